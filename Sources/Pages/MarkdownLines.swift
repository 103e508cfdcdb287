/// The lines of a Markdown text, each behind the marks of the quotes and items in which it stands.
struct MarkdownLines {
    /// A quote or an item that is open.
    private struct Container {
        let first: [UInt8]
        let rest: [UInt8]
        /// What was written last in it, which says how what follows is set apart.
        var last: Block?
        /// Whether it is an item of a list whose items stand line by line.
        let isTight: Bool
        /// What goes before it, as long as nothing in it is written.
        let gapBefore: Gap?
        let isItem: Bool
    }

    enum Block: Equatable {
        case paragraph
        case heading
        case code
        case table
        case rule
        case quote
        /// - Parameter mark: `-`, `*`, `.` or `)`, by which a reader tells a list from the one before it.
        case list(mark: UInt8, interrupts: Bool)
        case term
        case definition
    }

    enum Gap {
        case line
        case blank
    }

    private(set) var output: [UInt8] = []
    private var containers: [Container] = []
    /// The place of the outermost container in which nothing is written yet.
    private var firstFresh = 0
    private var rest: [UInt8] = []
    private var gap: Gap?
    private var outermost: Block?

    /// Readers follow some levels of nesting and no more; what stands deeper stays in the innermost of these.
    static let deepest = 24

    var canNest: Bool { containers.count < MarkdownLines.deepest }
    var last: Block? { containers.isEmpty ? outermost : containers[containers.count - 1].last }
    /// Whether what is written next is the first thing in an item.
    var isAtItem: Bool { firstFresh < containers.count && containers[containers.count - 1].isItem }
    var isAtMark: Bool { firstFresh < containers.count }

    private func gap(before block: Block) -> Gap {
        guard let last else { return .blank }
        if block == .definition { return last == .term || last == .definition ? .line : .blank }
        guard let inner = containers.last, inner.isTight else { return .blank }
        return MarkdownLines.mayTouch(last, block) ? .line : .blank
    }

    /// Whether a reader tells two blocks apart without a blank line between them.
    private static func mayTouch(_ first: Block, _ second: Block) -> Bool {
        switch (first, second) {
        case (.paragraph, .list(_, let interrupts)), (.quote, .list(_, let interrupts)): interrupts
        case (.paragraph, .code), (.paragraph, .heading), (.paragraph, .quote): true
        case (.heading, _), (.code, _): second != .table
        case (.list, .code), (.list, .heading): true
        default: false
        }
    }

    /// Begins a quote.
    mutating func beginQuote() {
        push(Array("> ".utf8), Array("> ".utf8), before: .quote, gap: nil, isTight: false, isItem: false)
    }

    /// Begins an item of a list.
    ///
    /// - Parameter gap: what sets it apart from the item before it; nil for the first one.
    mutating func beginItem(_ mark: [UInt8], as block: Block, gap: Gap?, isTight: Bool) {
        let indentation = [UInt8](repeating: 0x20, count: mark.count)
        push(mark, indentation, before: block, gap: gap, isTight: isTight, isItem: true)
    }

    /// Goes on in an item that has ended.
    mutating func resumeItem(width: Int, as block: Block, isTight: Bool) {
        let indentation = [UInt8](repeating: 0x20, count: width)
        push(
            indentation, indentation, before: block, gap: isTight ? .line : .blank, isTight: isTight,
            isItem: false)
    }

    private mutating func push(
        _ first: [UInt8], _ rest: [UInt8], before block: Block, gap: Gap?, isTight: Bool, isItem: Bool
    ) {
        let before = self.gap
        // What stands on the line of another mark is set apart by what goes before that mark.
        if !isAtMark { self.gap = gap ?? self.gap(before: block) }
        containers.append(
            Container(
                first: first, rest: rest, last: nil, isTight: isTight, gapBefore: before, isItem: isItem))
        self.rest += rest
    }

    /// Ends the innermost quote or item.
    ///
    /// - Parameter keepsEmpty: whether its mark is written though nothing stands behind it.
    /// - Returns: whether anything of it is written.
    mutating func end(as block: Block, keepsEmpty: Bool = false) -> Bool {
        if isAtMark, keepsEmpty { write([], as: .paragraph) }
        guard let ended = containers.popLast() else { return false }
        rest.removeLast(ended.rest.count)
        guard firstFresh > containers.count else {
            gap = ended.gapBefore
            return false
        }
        firstFresh = containers.count
        setLast(block)
        return true
    }

    private mutating func setLast(_ block: Block) {
        if containers.isEmpty { outermost = block } else { containers[containers.count - 1].last = block }
    }

    /// Writes a block of lines.
    mutating func write(_ block: some Collection<UInt8>, as kind: Block) {
        var gap = isAtMark ? gap ?? .blank : gap(before: kind)
        // A mark with nothing behind it would underline the paragraph above, and make it a heading.
        if block.isEmpty, (firstFresh == 0 ? outermost : containers[firstFresh - 1].last) == .paragraph {
            gap = .blank
        }
        self.gap = nil
        if !output.isEmpty {
            output.append(0x0A)
            // A line between them belongs to what both stand in.
            if case .blank = gap { endBlankLine(containers[..<firstFresh]) }
        }
        for (place, container) in containers.enumerated() {
            output += place < firstFresh ? container.rest : container.first
        }
        firstFresh = containers.count
        setLast(kind)
        for line in block.split(separator: 0x0A, maxSplits: 1, omittingEmptySubsequences: false) {
            if line.startIndex == block.startIndex { output += line } else { writeMore(line) }
        }
        if block.isEmpty { dropBlanks() }
    }

    private mutating func writeMore(_ lines: some Collection<UInt8>) {
        for line in lines.split(separator: 0x0A, omittingEmptySubsequences: false) {
            output.append(0x0A)
            output += rest
            output += line
            if line.isEmpty { dropBlanks() }
        }
    }

    private mutating func endBlankLine(_ shared: ArraySlice<Container>) {
        for container in shared { output += container.rest }
        dropBlanks()
        output.append(0x0A)
    }

    private mutating func dropBlanks() {
        while output.last == 0x20 { output.removeLast() }
    }
}
