import Encodings
import Programs

/// Writes a page out as text or as Markdown.
package enum PageWriter {
    /// How a page is written out.
    package enum Style {
        case text
        case markdown
    }

    /// - Parameter base: what the page's links are seen from.
    package static func write(_ part: PagePart, as style: Style, base: PageBase = PageBase(url: "")) -> String
    {
        if !part.tree.isHTML { return XMLPlainText.write(part) }
        switch style {
        case .text:
            var writer = TextWriter(part)
            part.walk(&writer)
            return writer.text.trimmed()
        case .markdown:
            var writer = MarkdownWriter(part, base)
            part.walk(&writer)
            return writer.finished()
        }
    }

    /// The text of a node in one line, without the marks of lists.
    static func line(_ node: PageTree.Node, of part: PagePart) -> String {
        let part = PagePart(part.tree, [node], hidden: part.hidden)
        var writer = TextWriter(part, marksItems: false)
        part.walk(&writer)
        return String(decoding: writer.output.withBlanksCollapsed, as: UTF8.self).trimmed()
    }
}

/// Writes a page as a browser shows its text: what are blocks on lines of their own, cells behind tabs, items
/// of lists behind their marks.
struct TextWriter: PageVisitor {
    private let part: PagePart
    private var tree: PageTree { part.tree }
    private let marksItems: Bool
    private(set) var output: [UInt8] = []
    private var isBlankPending = false
    private var pendingBreaks = 0
    /// Tabs and marks of items that go before what is written next.
    private var pendingTabs = 0
    private var pendingMarks: [UInt8] = []
    /// How long the mark of each item that is open is.
    private var markLengths: [Int] = []
    /// Whether what comes next stands behind the mark of its item or in the line of its row, though it be a
    /// block.
    private var holdsBreaks = false
    private var preformattedDepth = 0
    /// The number of the next item, for each list that is open; nil for bullets.
    private var lists: [Int?] = []
    /// For each row that is open, how many cells it has begun, and where the text stood when it began.
    private var tableRows: [(cells: Int, start: Int)] = []

    init(_ part: PagePart, marksItems: Bool = true) {
        self.part = part
        self.marksItems = marksItems
    }

    var text: String { String(decoding: output, as: UTF8.self) }

    mutating func enter(_ element: PageTree.Node, _ role: ElementRole) -> Bool {
        switch role {
        case .lineBreak:
            // Two of them are what people write between paragraphs.
            pendingBreaks = min(pendingBreaks + 1, 2)
            return false
        case .image, .input, .hidden: return false
        case .bullets, .numbers:
            lists.append(role == .numbers ? tree.listStart(element) : nil)
            separate(1)
        case .item: beginItem(element)
        case .preformatted:
            separate(2)
            preformattedDepth += 1
        case .row:
            separate(1)
            tableRows.append((0, output.count))
        case .cell: beginCell()
        case .inline, .block, .paragraph, .heading, .term, .definition, .quote, .rule, .table, .rowGroup,
            .caption, .link, .strong, .emphasis, .deleted, .code, .kept:
            separate(TextWriter.breaks(role))
        }
        return true
    }

    mutating func leave(_ element: PageTree.Node, _ role: ElementRole) {
        switch role {
        case .bullets, .numbers:
            lists.removeLast()
            separate(1)
        case .item:
            let length = markLengths.popLast() ?? 0
            // What has shown nothing has no mark.
            if !pendingMarks.isEmpty { pendingMarks.removeLast(length) }
            if pendingMarks.isEmpty { holdsBreaks = false }
            separate(1)
        case .preformatted:
            preformattedDepth -= 1
            separate(2)
        case .row:
            if let row = tableRows.popLast(), output.count > row.start { writeTabs() }
            pendingTabs = 0
            holdsBreaks = false
            separate(1)
        case .cell:
            if !holdsBreaks { pendingBreaks = 0 }
            holdsBreaks = false
            isBlankPending = false
        case .hidden, .inline, .block, .paragraph, .heading, .term, .definition, .quote, .rule, .table,
            .rowGroup, .caption, .lineBreak, .link, .image, .input, .strong, .emphasis, .deleted, .code,
            .kept:
            separate(TextWriter.breaks(role))
        }
    }

    /// How many line breaks an element has around it: one ends a line, two leave a line empty.
    private static func breaks(_ role: ElementRole) -> Int {
        switch role {
        case .paragraph, .heading, .table, .quote, .preformatted: 2
        case .block, .bullets, .numbers, .item, .term, .definition, .rule, .rowGroup, .row, .cell, .caption: 1
        case .hidden, .inline, .lineBreak, .link, .image, .input, .strong, .emphasis, .deleted, .code, .kept:
            0
        }
    }

    private mutating func separate(_ breaks: Int) {
        if breaks > 0, !holdsBreaks { pendingBreaks = max(pendingBreaks, breaks) }
    }

    private mutating func beginItem(_ item: PageTree.Node) {
        separate(1)
        // An item that was asked for by itself is no item of a list.
        guard marksItems, !lists.isEmpty || !part.isOutermost(item) else { return markLengths.append(0) }
        var mark = "- "
        if let last = lists.last, let number = last {
            let own = tree.itemNumber(item) ?? number
            lists[lists.count - 1] = own &+ 1
            mark = "\(own). "
        }
        pendingMarks += mark.utf8
        markLengths.append(mark.utf8.count)
        holdsBreaks = true
    }

    private mutating func beginCell() {
        guard let row = tableRows.last else { return separate(1) }
        if row.cells > 0 { pendingTabs += 1 }
        tableRows[tableRows.count - 1].cells += 1
        isBlankPending = false
        holdsBreaks = true
    }

    mutating func text(_ bytes: UnsafeBufferPointer<UInt8>) {
        guard let first = bytes.first, let last = bytes.last else { return }
        if preformattedDepth > 0 {
            writeGap()
            output += bytes
            return
        }
        if isBlank(first) { isBlankPending = true }
        var start = 0
        while start < bytes.count {
            guard !isBlank(bytes[start]) else {
                start += 1
                continue
            }
            var end = start + 1
            while end < bytes.count, !isBlank(bytes[end]) { end += 1 }
            writeGap()
            output += UnsafeBufferPointer(rebasing: bytes[start..<end])
            isBlankPending = true
            start = end
        }
        // The loop says that a blank stands behind every word; behind the last one there may be none.
        if !isBlank(last) { isBlankPending = false }
    }

    private mutating func writeGap() {
        let isLineFresh = pendingBreaks > 0 || pendingTabs > 0 || !pendingMarks.isEmpty
        if pendingBreaks > 0, !output.isEmpty {
            for _ in 0..<pendingBreaks { output.append(0x0A) }
        } else if isBlankPending, !isLineFresh, !output.isEmpty {
            output.append(0x20)
        }
        writeTabs()
        output += pendingMarks
        pendingMarks = []
        (pendingBreaks, isBlankPending, holdsBreaks) = (0, false, false)
    }

    private mutating func writeTabs() {
        for _ in 0..<pendingTabs { output.append(0x09) }
        pendingTabs = 0
    }
}

extension PageTree {
    /// The number of a numbered list's first item.
    func listStart(_ list: Node) -> Int {
        attribute("start", list).flatMap { Int($0.trimmed()) } ?? 1
    }

    /// The number that an item gives itself; nil for most.
    func itemNumber(_ item: Node) -> Int? { attribute("value", item).flatMap { Int($0.trimmed()) } }
}
