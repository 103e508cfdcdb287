import Programs

/// Writes a page as Markdown that a reader of CommonMark with GitHub's tables turns back into the same page.
struct MarkdownWriter: PageVisitor {
    private struct List {
        /// The number of the next item; nil for bullets.
        var next: Int?
        let mark: UInt8
        /// Whether its items are paragraphs, set apart by blank lines.
        let isLoose: Bool
        var hasItems = false

        var block: MarkdownLines.Block {
            .list(mark: mark, interrupts: next == nil || next == 1)
        }
    }

    /// What has to be ended when an element ends.
    private enum Ending {
        case nothing
        case marks(MarkdownMarks)
        case flow(MarkdownSpans.Flow)
        case quote
        case item(List, isOfList: Bool)
        /// - Parameter isResumed: whether the list stands in an item of the list around it that has ended.
        case list(isResumed: Bool)
    }

    let part: PagePart
    var tree: PageTree { part.tree }
    let base: PageBase
    var lines = MarkdownLines()
    var inline = MarkdownInline()
    var links: [MarkdownSpans.Link] = []
    var marks = MarkdownMarks()
    var flow = MarkdownSpans.Flow.paragraph
    private var headingLevel = 1
    private var lists: [List] = []
    private var endings: [Ending] = []
    /// What the next paragraph begins with: a box, or the colon of a definition.
    var lead: [UInt8] = []
    private var kind = MarkdownLines.Block.paragraph

    init(_ part: PagePart, _ base: PageBase) {
        self.part = part
        self.base = base
    }

    mutating func finished() -> String {
        flush()
        return String(decoding: lines.output, as: UTF8.self)
    }

    /// What stands in a cell, as one line.
    static func cell(_ cell: PageTree.Node, of part: PagePart, _ base: PageBase) -> [UInt8] {
        let part = PagePart(part.tree, [cell], hidden: part.hidden)
        var writer = MarkdownWriter(part, base)
        writer.flow = .cell
        part.walk(&writer)
        let text = MarkdownSpans.written(writer.inline, links: writer.links, in: .cell)
        guard text.contains(UInt8(ascii: "|")) else { return text }
        return text.flatMap { $0 == UInt8(ascii: "|") ? [UInt8(ascii: "\\"), $0] : [$0] }
    }

    // The walk.

    mutating func text(_ shown: UnsafeBufferPointer<UInt8>) { inline.text(shown, marks) }

    mutating func enter(_ element: PageTree.Node, _ role: ElementRole) -> Bool {
        switch role {
        case .hidden: return false
        case .lineBreak:
            inline.lineBreak()
            return false
        case .image:
            image(element)
            return false
        case .input:
            box(element)
            return false
        case .rule:
            separate()
            if flow == .paragraph { lines.write(lines.isAtMark ? "___".utf8 : "---".utf8, as: .rule) }
            return false
        case .preformatted:
            preformatted(element)
            return false
        case .table where flow == .paragraph:
            flush()
            if table(element) { return false }
            endings.append(.nothing)
        case .inline, .block, .paragraph, .heading, .bullets, .numbers, .item, .term, .definition, .quote,
            .table, .rowGroup, .row, .cell, .caption, .link, .strong, .emphasis, .deleted, .code, .kept:
            endings.append(begin(element, role))
        }
        return true
    }

    mutating func leave(_ element: PageTree.Node, _ role: ElementRole) {
        guard let ending = endings.popLast() else { return }
        switch ending {
        case .nothing: if MarkdownWriter.isBlock(role) { separate() }
        case .marks(let outer):
            if role == .link { nameLink(element) }
            marks = outer
        case .flow(let outer):
            flush()
            flow = outer
        case .quote:
            flush()
            _ = lines.end(as: .quote)
        case .item(let list, let isOfList): endItem(element, list, isOfList)
        case .list(let isResumed):
            separate()
            lists.removeLast()
            if isResumed, let outer = lists.last { _ = lines.end(as: outer.block) }
        }
        if role == .definition || role == .term { (kind, lead) = (.paragraph, []) }
    }

    private static func isBlock(_ role: ElementRole) -> Bool {
        switch role {
        case .hidden, .inline, .lineBreak, .link, .image, .input, .strong, .emphasis, .deleted, .code, .kept:
            false
        case .block, .paragraph, .heading, .bullets, .numbers, .item, .term, .definition, .quote,
            .preformatted,
            .rule, .table, .rowGroup, .row, .cell, .caption:
            true
        }
    }

    private mutating func begin(_ element: PageTree.Node, _ role: ElementRole) -> Ending {
        let outer = marks
        if role == .link {
            marks = addLink(element)
            return .marks(outer)
        }
        if let mark = MarkdownMarks.Mark(role, tree.name(element)) {
            marks = marks.adding(mark)
            return .marks(outer)
        }
        guard MarkdownWriter.isBlock(role) else { return .nothing }
        separate()
        guard flow == .paragraph else { return .nothing }
        switch role {
        case .heading:
            headingLevel = Int(tree.name(element).utf8.last ?? 0x31) - 0x30
            flow = .heading
            return .flow(.paragraph)
        case .quote where lines.canNest:
            lines.beginQuote()
            return .quote
        case .bullets, .numbers: return beginList(element, role)
        case .item: return beginItem(element)
        case .term:
            kind = .term
            return .nothing
        case .definition:
            if lines.last == .term || lines.last == .definition {
                (kind, lead) = (.definition, Array(": ".utf8))
            }
            return .nothing
        case .hidden, .inline, .block, .paragraph, .quote, .preformatted, .rule, .table, .rowGroup, .row,
            .cell, .caption, .lineBreak, .link, .image, .input, .strong, .emphasis, .deleted, .code, .kept:
            return .nothing
        }
    }

    // Blocks.

    /// Sets apart what comes before from what comes next.
    mutating func separate() {
        switch flow {
        case .paragraph: flush()
        case .heading: inline.blank(marks)
        case .cell: inline.newLine()
        }
    }

    private mutating func flush() {
        guard !inline.isEmpty else {
            inline.removeAll()
            return
        }
        var text = MarkdownSpans.written(inline, links: links, in: flow)
        inline.removeAll()
        if flow == .heading {
            if text.last == UInt8(ascii: "#") { MarkdownWriter.escapeLast(&text) }
            lines.write(
                [UInt8](repeating: UInt8(ascii: "#"), count: headingLevel) + [0x20] + text, as: .heading)
        } else {
            text = MarkdownEscapes.lines(text, isAtItem: lines.isAtItem && lead.isEmpty)
            lines.write(lead + text, as: kind)
            if kind == .definition { (kind, lead) = (.paragraph, []) }
        }
        lead = []
    }

    /// A sign at the end of a heading would only close it.
    private static func escapeLast(_ text: inout [UInt8]) {
        let rest = text.reversed().drop { $0 == UInt8(ascii: "#") }
        if rest.first == nil || rest.first == 0x20 { text.insert(UInt8(ascii: "\\"), at: text.count - 1) }
    }

    private mutating func beginList(_ element: PageTree.Node, _ role: ElementRole) -> Ending {
        // A list that stands between the items of another belongs to the item before it.
        var isResumed = false
        if let outer = lists.last, outer.hasItems, lines.canNest, let parent = tree.parent(element),
            tree.role(parent) == .bullets || tree.role(parent) == .numbers
        {
            let width = outer.next == nil ? 2 : "\(outer.next ?? 1). ".utf8.count
            lines.resumeItem(width: width, as: outer.block, isTight: !outer.isLoose)
            isResumed = true
        }
        var start: Int?
        if role == .numbers {
            let number = tree.listStart(element)
            start = number < 0 || number > 999_999_999 ? 1 : number
        }
        var (mark, other) = start == nil ? (UInt8(ascii: "-"), UInt8(ascii: "*")) : (0x2E, 0x29)
        // Two lists in a row would be one, did their marks not differ.
        if case .list(mark, _)? = lines.last { swap(&mark, &other) }
        lists.append(List(next: start, mark: mark, isLoose: isLoose(element)))
        return .list(isResumed: isResumed)
    }

    private mutating func beginItem(_ element: PageTree.Node) -> Ending {
        // An item that was asked for by itself is no item of a list.
        guard lines.canNest, !lists.isEmpty || !part.isOutermost(element) else { return .nothing }
        var list = lists.last ?? List(next: nil, mark: UInt8(ascii: "-"), isLoose: false)
        if lists.isEmpty, case .list(list.mark, _)? = lines.last { list.hasItems = true }
        if list.next != nil, let own = tree.itemNumber(element), own >= 0 {
            list.next = own
        }
        let number = list.next.map { Array("\(min($0, 999_999_999))".utf8) } ?? []
        lines.beginItem(
            number + [list.mark, 0x20], as: list.block,
            gap: list.hasItems ? list.isLoose ? .blank : .line : nil, isTight: !list.isLoose)
        return .item(list, isOfList: !lists.isEmpty)
    }

    private mutating func endItem(_ element: PageTree.Node, _ list: List, _ isOfList: Bool) {
        flush()
        // An item that holds nothing is one; that of which nothing is shown, such as an icon, is none.
        let isEmpty = !tree.children(element).contains { tree.kind($0) == .element }
        guard lines.end(as: list.block, keepsEmpty: isEmpty), isOfList else { return }
        lists[lists.count - 1].hasItems = true
        if let number = list.next { lists[lists.count - 1].next = min(number, 999_999_998) + 1 }
    }

    private func isLoose(_ list: PageTree.Node) -> Bool {
        tree.children(list).contains { item in
            tree.kind(item) == .element
                && tree.children(item).contains { tree.kind($0) == .element && tree.role($0) == .paragraph }
        }
    }
}
