import Programs
import Values

/// A table as the grid that a browser shows: each cell in every place over which it spans.
struct TableGrid {
    struct Cell {
        let node: PageTree.Node
        /// Whether the cell begins further left or further up.
        let isContinued: Bool
    }

    private struct Row {
        let cells: [PageTree.Node]
        /// The group of rows in which it stands, at whose end every cell ends; nil for none.
        let group: PageTree.Node?
        let section: Section
    }

    private enum Section: Int {
        case head
        case body
        case foot
    }

    /// A cell that reaches down into the rows that follow.
    private struct Reach {
        let column: Int
        let node: PageTree.Node
        let rows: Int
    }

    /// Rows of the head first, those of the foot last; nil where a row has no cell.
    private(set) var rows: [[Cell?]] = []
    /// How many rows name the columns.
    private(set) var headCount = 0
    private(set) var caption: PageTree.Node?
    /// Whether the cells span so far that the table is laid out as though none spanned at all.
    private(set) var isTooLarge = false
    /// Whether the element only lays out what is in it: it says so, has a single cell, holds other tables, or
    /// has parts of a page in its cells.
    private(set) var isLayout = false

    private let tree: PageTree

    init(_ table: PageTree.Node, of part: PagePart) {
        tree = part.tree
        let found = read(table, part)
        let sorted = [Section.head, .body, .foot].flatMap { section in found.filter { $0.section == section }
        }
        headCount = countHeads(sorted)
        rows = laidOut(sorted, spans: true)
        if isTooLarge { rows = laidOut(sorted, spans: false) }
        let width = rows.map(\.count).max() ?? 0
        for place in rows.indices { rows[place] += [Cell?](repeating: nil, count: width - rows[place].count) }
        isLayout = isOnlyLayout(table, sorted)
    }

    // Finding the rows.

    private mutating func read(_ table: PageTree.Node, _ part: PagePart) -> [Row] {
        var rows: [Row] = []
        var group: PageTree.Node?
        var index = table.index + 1
        while index < tree.end(table) {
            let node = PageTree.Node(index: index)
            index += 1
            guard tree.kind(node) == .element else { continue }
            let role = tree.role(node)
            guard role != .hidden, role != .table, !part.hidden.contains(node), !tree.isConcealed(node) else {
                index = tree.end(node)
                continue
            }
            if let open = group, tree.end(open) <= node.index { group = nil }
            switch role {
            case .rowGroup:
                group = node
                // Cells without a row make one.
                let cells = tree.children(node).filter { isCell($0, part) }
                if !cells.isEmpty { rows.append(Row(cells: cells, group: group, section: section(group))) }
            case .caption:
                if caption == nil { caption = node }
                index = tree.end(node)
            case .row:
                rows.append(Row(cells: cells(node, part), group: group, section: section(group)))
                index = tree.end(node)
            case .cell: index = tree.end(node)
            case .hidden, .inline, .block, .paragraph, .heading, .bullets, .numbers, .item, .term,
                .definition, .quote, .preformatted, .rule, .table, .lineBreak, .link, .image, .input, .strong,
                .emphasis, .deleted, .code, .kept:
                break
            }
        }
        return rows
    }

    private func cells(_ row: PageTree.Node, _ part: PagePart) -> [PageTree.Node] {
        var cells: [PageTree.Node] = []
        var index = row.index + 1
        while index < tree.end(row) {
            let node = PageTree.Node(index: index)
            index += 1
            guard tree.kind(node) == .element else { continue }
            if isCell(node, part) { cells.append(node) }
            // A form may stand around cells; what is in cells and in other tables is not asked.
            if tree.role(node) == .cell || tree.role(node) == .table { index = tree.end(node) }
        }
        return cells
    }

    private func isCell(_ node: PageTree.Node, _ part: PagePart) -> Bool {
        tree.role(node) == .cell && !part.hidden.contains(node) && !tree.isConcealed(node)
    }

    private func section(_ group: PageTree.Node?) -> Section {
        switch group.map(tree.name) {
        case "thead": .head
        case "tfoot": .foot
        default: .body
        }
    }

    /// The rows of the head; without one, the first rows in which every cell is a head, but never all rows.
    private func countHeads(_ rows: [Row]) -> Int {
        let rows = rows.filter { !$0.cells.isEmpty }
        let said = rows.prefix { $0.section == .head }.count
        if said > 0 { return said }
        let count = rows.prefix { row in row.cells.allSatisfy { tree.name($0) == "th" } }.count
        return min(count, max(rows.count - 1, 0))
    }

    // Laying them out.

    private mutating func laidOut(_ rows: [Row], spans: Bool) -> [[Cell?]] {
        var grid: [[Cell?]] = []
        var reaching: [Reach] = []
        let most = 20 * rows.reduce(0) { $0 + $1.cells.count } + 100_000
        var total = 0
        for (place, row) in rows.enumerated() {
            if place > 0, rows[place - 1].group != row.group { reaching = [] }
            let (line, next) = laidOut(row, reaching, spans, upTo: most - total)
            total += line.count
            guard total <= most else {
                isTooLarge = true
                return []
            }
            // A row without cells counts only for those that reach down into it.
            if !line.isEmpty { grid.append(line) }
            reaching = next
        }
        return grid
    }

    /// - Parameter most: a line longer than this is not laid out to its end.
    private func laidOut(_ row: Row, _ reaching: [Reach], _ spans: Bool, upTo most: Int) -> (
        [Cell?], [Reach]
    ) {
        var line: [Cell?] = []
        var next: [Reach] = []
        var waiting = reaching[...]
        func place(_ node: PageTree.Node, _ rows: Int, isContinued: Bool) {
            if rows > 1 { next.append(Reach(column: line.count, node: node, rows: rows - 1)) }
            line.append(Cell(node: node, isContinued: isContinued))
        }
        for node in row.cells where line.count <= most {
            while let first = waiting.first, first.column <= line.count {
                place(first.node, first.rows, isContinued: true)
                waiting = waiting.dropFirst()
            }
            let down = spans ? span("rowspan", node, most: 65_534) : 1
            for column in 0..<(spans ? max(span("colspan", node, most: 1_000), 1) : 1) {
                // Nought rows are all that follow in the group.
                place(node, down == 0 ? Int.max : down, isContinued: column > 0)
            }
        }
        for reach in waiting {
            while line.count < reach.column { line.append(nil) }
            place(reach.node, reach.rows, isContinued: true)
        }
        return (line, next)
    }

    private func span(_ name: String, _ node: PageTree.Node, most: Int) -> Int {
        guard let said = tree.attribute(name, node) else { return 1 }
        let digits = said.trimmed().utf8.prefix { isDigit($0) }
        // More digits than these are more than the most, whatever they are.
        guard !digits.isEmpty, let number = Int(String(decoding: digits.prefix(9), as: UTF8.self)) else {
            return 1
        }
        return min(number, most)
    }

    // What it is for.

    private func isOnlyLayout(_ table: PageTree.Node, _ rows: [Row]) -> Bool {
        let role = tree.attribute("role", table)
        if role == "presentation" || role == "none" { return true }
        let cells = rows.flatMap(\.cells)
        if cells.count <= 1 { return true }
        var isData = caption != nil || rows.contains { $0.section == .head }
        isData = isData || cells.contains { tree.name($0) == "th" }
        return cells.contains { holdsPage($0, isData: isData) }
    }

    private func holdsPage(_ cell: PageTree.Node, isData: Bool) -> Bool {
        var paragraphs = 0
        for node in tree.descendants(cell) where tree.kind(node) == .element {
            switch tree.role(node) {
            case .table: return true
            case .heading, .quote, .rule: if !isData { return true }
            case .paragraph:
                paragraphs += 1
                if !isData, paragraphs > 2 { return true }
            case .hidden, .inline, .block, .bullets, .numbers, .item, .term, .definition, .preformatted,
                .rowGroup, .row, .cell, .caption, .lineBreak, .link, .image, .input, .strong, .emphasis,
                .deleted, .code, .kept:
                break
            }
        }
        return false
    }
}
