import Diagnostics

/// A table of text in columns, as wide as a terminal: where it would be wider, cells of text go over several lines.
package struct TextTable {
    /// How the cells of a column stand.
    package enum Column: Sendable {
        /// A column that stands to the left and may be narrowed.
        case text
        /// A column that stands to the right and is always whole.
        case number
    }

    private let columns: [Column]
    private let rows: [[String]]

    /// Columns to which text is not narrowed further.
    private static let leastText = 8
    private static let gap = "  "

    /// - Parameter rows: each with a cell for each column.
    package init(_ columns: [Column], rows: [[String]]) {
        self.columns = columns
        self.rows = rows
    }

    /// The lines of each row, no wider than `width` where the numbers and eight columns for each text leave room for that.
    package func lines(width: Int) -> [[String]] {
        let widths = widths(width)
        return rows.map { row in
            let cells = row.indices.map { place in
                columns[place] == .text ? wrapped(row[place], columns: widths[place]) : [row[place]]
            }
            return (0..<(cells.map(\.count).max() ?? 0)).map { line in
                let parts = cells.indices.map { place in
                    padded(line < cells[place].count ? cells[place][line] : "", place, widths[place])
                }
                let whole = parts.joined(separator: TextTable.gap)
                return String(whole.reversed().drop { $0 == " " }.reversed())
            }
        }
    }

    private func padded(_ cell: String, _ place: Int, _ width: Int) -> String {
        let blanks = String(repeating: " ", count: max(0, width - displayWidth(of: cell)))
        return columns[place] == .text ? cell + blanks : blanks + cell
    }

    /// The columns' widths: of the texts always the widest is narrowed.
    private func widths(_ width: Int) -> [Int] {
        var widths = columns.indices.map { place in rows.map { displayWidth(of: $0[place]) }.max() ?? 0 }
        let gaps = TextTable.gap.utf8.count * max(0, columns.count - 1)
        var excess = widths.reduce(gaps, +) - width
        let texts = columns.indices.filter { columns[$0] == .text }
        while excess > 0, let widest = texts.max(by: { widths[$0] < widths[$1] }),
            widths[widest] > TextTable.leastText
        {
            widths[widest] -= 1
            excess -= 1
        }
        return widths
    }
}
