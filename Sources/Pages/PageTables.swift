import Programs
import Values

/// The tables of a page as values: where rows name the columns, a list of records by these names, else a list
/// of lists. A cell that spans over several places stands in each of them.
struct PageTables {
    private let part: PagePart
    private var tree: PageTree { part.tree }
    /// How many bytes the cells may have: those of a page that repeats some of them.
    private var budget: Int

    init(_ part: PagePart) {
        self.part = part
        var length = 0
        for node in part.tree.nodes where part.tree.kind(node) == .text {
            length += part.tree.bytes(node).count
        }
        budget = 20 * length + 10_000_000
    }

    /// Every table in the order of the page, those in other tables too.
    ///
    /// - Throws: for a table whose cells span so far, or stand in each other so deep, that it would be many
    ///   times as large as the page.
    mutating func values() throws(ProgramError) -> Value {
        var values: [Value] = []
        for element in part.elements(concealed: false) where tree.role(element) == .table {
            values.append(try value(element))
        }
        return .list(values)
    }

    private mutating func value(_ table: PageTree.Node) throws(ProgramError) -> Value {
        let grid = TableGrid(table, of: part)
        guard !grid.isTooLarge else { throw PageTables.tooLarge }
        var texts: [PageTree.Node: String] = [:]
        var rows: [[String]] = []
        for row in grid.rows {
            var cells: [String] = []
            for cell in row {
                guard let cell else {
                    cells.append("")
                    continue
                }
                let text = texts[cell.node] ?? PageWriter.line(cell.node, of: part)
                texts[cell.node] = text
                budget -= text.utf8.count
                guard budget >= 0 else { throw PageTables.tooLarge }
                cells.append(text)
            }
            rows.append(cells)
        }
        let heads = rows.prefix(grid.headCount).filter { $0.contains { !$0.isEmpty } }
        let body = rows.dropFirst(grid.headCount)
        guard !heads.isEmpty else { return .list(body.map { .list($0.map(Value.string)) }) }
        let names = PageTables.names(heads)
        return .list(body.map { row in .record(zip(names, row).map { ($0, .string($1)) }) })
    }

    private static let tooLarge = ProgramError(
        "a table of the page has cells that span so far that it would be many times as large as the page")

    /// The names of the columns: of several heads above each other all that differ, joined by ` / `; of equal
    /// names the second gets `.1`, the third `.2`.
    private static func names(_ heads: [[String]]) -> [String] {
        var taken: Set<String> = []
        var counts: [String: Int] = [:]
        return heads[0].indices.map { column in
            var parts: [String] = []
            for head in heads where !head[column].isEmpty && head[column] != parts.last {
                parts.append(head[column])
            }
            let name = parts.joined(separator: " / ")
            var own = name
            while !taken.insert(own).inserted {
                counts[name, default: 0] += 1
                own = "\(name).\(counts[name] ?? 0)"
            }
            return own
        }
    }
}
