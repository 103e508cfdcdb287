import Encodings

/// Writes the pieces of a paragraph as Markdown: their marks as signs where a reader pairs these as meant,
/// else as elements of HTML.
struct MarkdownSpans {
    struct Link {
        let target: String
        var title: String
    }

    /// Where the text stands, which says how a line break is written.
    enum Flow {
        case paragraph
        case heading
        case cell
    }

    private enum Sign {
        case star
        case underscore
        case element
    }

    private struct Open {
        let mark: MarkdownMarks.Mark
        let number: Int
        let sign: Sign
    }

    private let inline: MarkdownInline
    private let links: [Link]
    private let flow: Flow
    /// The sign of each marked piece of text, by its number in the order in which they begin.
    private var signs: [Sign] = []
    private var emphases: [Bool] = []

    private var output: [UInt8] = []
    private var open: [Open] = []
    private var openMarks = MarkdownMarks()
    private var begun = 0
    /// The marks of emphasis of each link that is open, the whole text's first; and of those that have ended.
    private var levels: [[MarkdownDelimiters.Mark]] = [[]]
    private var endedLevels: [[MarkdownDelimiters.Mark]] = []

    static func written(_ inline: MarkdownInline, links: [Link], in flow: Flow) -> [UInt8] {
        var spans = MarkdownSpans(inline, links, flow)
        spans.write()
        // What a reader would pair in another way gets the other sign first, then an element of HTML.
        for attempt in 0..<3 {
            let wrong = spans.wrong()
            guard !wrong.isEmpty else { break }
            spans.change(wrong, attempt)
            spans.write()
        }
        return spans.output
    }

    private init(_ inline: MarkdownInline, _ links: [Link], _ flow: Flow) {
        self.inline = inline
        self.links = links
        self.flow = flow
    }

    private func wrong() -> [Int] {
        var wrong: [Int] = []
        for level in endedLevels where !level.isEmpty {
            let right = MarkdownDelimiters.right(level, in: output)
            for mark in level where mark.isOpening && !right.contains(mark.piece) { wrong.append(mark.piece) }
        }
        return wrong
    }

    private mutating func change(_ wrong: [Int], _ attempt: Int) {
        switch attempt {
        case 0:
            let emphasized = wrong.filter { emphases[$0] }
            for number in emphasized.isEmpty ? wrong : emphasized {
                signs[number] = emphasized.isEmpty ? .element : .underscore
            }
        case 1: for number in wrong { signs[number] = .element }
        default: for number in signs.indices { signs[number] = .element }
        }
    }

    private mutating func write() {
        (output, open, openMarks, begun) = ([], [], MarkdownMarks(), 0)
        (levels, endedLevels) = ([[]], [])
        output.reserveCapacity(inline.bytes.count + 16)
        for place in inline.pieces.indices { write(place) }
        close(to: 0)
        endedLevels.append(levels[0])
    }

    private mutating func write(_ place: Int) {
        let piece = inline.pieces[place]
        switch piece.kind {
        case .lineBreak:
            turn(to: piece.marks)
            writeBreak(place)
        case .written:
            turn(to: piece.marks)
            output += inline.bytes[piece.start..<piece.end]
        case .text:
            if isBare(place) {
                turn(to: piece.marks.shared(with: openMarks))
                writeBare(piece)
            } else {
                writeText(piece, place)
            }
        }
    }

    private mutating func writeBreak(_ place: Int) {
        guard flow == .paragraph else {
            output += "<br>".utf8
            return
        }
        let isSecond = place > 0 && inline.pieces[place - 1].kind == .lineBreak
        output += (isSecond ? "\\\n" : "  \n").utf8
    }

    private mutating func writeText(_ piece: MarkdownInline.Piece, _ place: Int) {
        var text = inline.bytes[piece.start..<piece.end]
        if piece.marks.contains(.code) {
            turn(to: piece.marks.withoutCode)
            writeCode(text, isInLink: piece.marks.contains(.link))
            return
        }
        let following = place + 1 < inline.pieces.count ? inline.pieces[place + 1].marks : MarkdownMarks()
        let before = openMarks.shared(with: piece.marks)
        let after = piece.marks.shared(with: following)
        // A sign of emphasis does not hold beside a blank, be it one that HTML does not collapse.
        if before != piece.marks {
            let blanks = MarkdownSpans.leadingBlanks(text)
            if blanks > 0 {
                turn(to: blanks == text.count ? before.shared(with: after) : before)
                output += text.prefix(blanks)
                text = text.dropFirst(blanks)
            }
        }
        guard !text.isEmpty else { return }
        let blanks = after != piece.marks ? MarkdownSpans.trailingBlanks(text) : 0
        turn(to: piece.marks)
        let context: MarkdownEscapes.Context = piece.marks.contains(.link) ? .brackets : .line
        MarkdownEscapes.append(text.dropLast(blanks), to: &output, in: context)
        if blanks > 0 {
            turn(to: after)
            output += text.suffix(blanks)
        }
    }

    /// No-break spaces and ideographic ones.
    private static func leadingBlanks(_ text: ArraySlice<UInt8>) -> Int {
        var count = 0
        while true {
            let rest = text.dropFirst(count)
            if rest.starts(with: [0xC2, 0xA0]) {
                count += 2
            } else if rest.starts(with: [0xE3, 0x80, 0x80]) {
                count += 3
            } else {
                return count
            }
        }
    }

    private static func trailingBlanks(_ text: ArraySlice<UInt8>) -> Int {
        var count = 0
        while true {
            let rest = text.dropLast(count)
            if rest.suffix(2).elementsEqual([0xC2, 0xA0]) {
                count += 2
            } else if rest.suffix(3).elementsEqual([0xE3, 0x80, 0x80]) {
                count += 3
            } else {
                return count
            }
        }
    }

    private mutating func writeCode(_ text: ArraySlice<UInt8>, isInLink: Bool) {
        // At the beginning of a paragraph `[a]:` says where links lead, even where its end stands in code.
        if isInLink,
            zip(text, text.dropFirst()).contains(where: { $0 == (UInt8(ascii: "]"), UInt8(ascii: ":")) })
        {
            tag(.code, isOpening: true)
            MarkdownEscapes.append(text, to: &output, in: .brackets)
            return tag(.code, isOpening: false)
        }
        let fence = [UInt8](repeating: UInt8(ascii: "`"), count: MarkdownSpans.fence(text, atLeast: 1))
        let first = text.first
        let last = text.last
        let isPadded =
            first == UInt8(ascii: "`") || last == UInt8(ascii: "`")
            || first == 0x20 && last == 0x20 && text.contains { $0 != 0x20 }
        output += fence
        if isPadded { output.append(0x20) }
        output += text
        if isPadded { output.append(0x20) }
        output += fence
    }

    /// How many backticks hold a text that may hold backticks itself.
    static func fence(_ text: some Collection<UInt8>, atLeast least: Int) -> Int {
        var longest = least - 1
        var run = 0
        for byte in text {
            run = byte == UInt8(ascii: "`") ? run + 1 : 0
            longest = max(longest, run)
        }
        return longest + 1
    }

    // Marks.

    private mutating func turn(to marks: MarkdownMarks) {
        guard marks != openMarks else { return }
        close(to: openMarks.shared(with: marks).count)
        for place in open.count..<max(marks.count, open.count) {
            if let mark = marks[place] { begin(mark) }
        }
        openMarks = marks
    }

    private mutating func begin(_ mark: MarkdownMarks.Mark) {
        if begun == signs.count {
            signs.append(.star)
            emphases.append(mark == .emphasis)
        }
        let one = Open(mark: mark, number: begun, sign: signs[begun])
        begun += 1
        open.append(one)
        switch mark {
        case .link:
            // Behind an exclamation mark it would be an image.
            if output.last == UInt8(ascii: "!") { output.insert(UInt8(ascii: "\\"), at: output.count - 1) }
            output.append(UInt8(ascii: "["))
            levels.append([])
        case .strong, .emphasis, .deleted: sign(one, isOpening: true)
        case .code: break
        case .subscripted, .superscripted, .keyboard, .highlighted, .underlined, .inserted, .quoted:
            tag(mark, isOpening: true)
        }
    }

    private mutating func close(to count: Int) {
        while open.count > count, let one = open.popLast() {
            switch one.mark {
            case .link:
                output += "](".utf8
                if openMarks.link >= 0 { MarkdownSpans.append(links[Int(openMarks.link)], to: &output) }
                output.append(UInt8(ascii: ")"))
                endedLevels.append(levels.removeLast())
            case .strong, .emphasis, .deleted: sign(one, isOpening: false)
            case .code: break
            case .subscripted, .superscripted, .keyboard, .highlighted, .underlined, .inserted, .quoted:
                tag(one.mark, isOpening: false)
            }
        }
    }

    private mutating func sign(_ one: Open, isOpening: Bool) {
        guard one.sign != .element else { return tag(one.mark, isOpening: isOpening) }
        let sign: UInt8 =
            one.mark == .deleted
            ? UInt8(ascii: "~") : one.sign == .star ? UInt8(ascii: "*") : UInt8(ascii: "_")
        let length = one.mark == .emphasis ? 1 : 2
        levels[levels.count - 1].append(
            MarkdownDelimiters.Mark(
                piece: one.number, start: output.count, length: length, isOpening: isOpening))
        for _ in 0..<length { output.append(sign) }
    }

    private mutating func tag(_ mark: MarkdownMarks.Mark, isOpening: Bool) {
        output += (isOpening ? "<" : "</").utf8
        output += UnsafeBufferPointer(start: mark.element.utf8Start, count: mark.element.utf8CodeUnitCount)
        output.append(UInt8(ascii: ">"))
    }

    // Links.

    /// Whether a piece is a link that shows its own target, and nothing else.
    private func isBare(_ place: Int) -> Bool {
        let piece = inline.pieces[place]
        guard piece.marks.link >= 0, piece.marks[piece.marks.count - 1] == .link else { return false }
        let neighbours = [place - 1, place + 1].filter(inline.pieces.indices.contains)
        guard neighbours.allSatisfy({ inline.pieces[$0].marks.link != piece.marks.link }) else {
            return false
        }
        let link = links[Int(piece.marks.link)]
        let text = inline.bytes[piece.start..<piece.end]
        guard link.title.isEmpty, text.elementsEqual(link.target.utf8) else { return false }
        let scheme = text.prefix { $0 != UInt8(ascii: ":") }
        return scheme.count >= 2 && scheme.count <= 32 && scheme.count < text.count
            && scheme.allSatisfy(isLetter)
            && text.allSatisfy { $0 > 0x20 && $0 != UInt8(ascii: "<") && $0 != UInt8(ascii: ">") }
    }

    private mutating func writeBare(_ piece: MarkdownInline.Piece) {
        var marks = MarkdownMarks()
        for place in 0..<piece.marks.count - 1 {
            if let mark = piece.marks[place] { marks = marks.adding(mark) }
        }
        turn(to: marks)
        output.append(UInt8(ascii: "<"))
        output += inline.bytes[piece.start..<piece.end]
        output.append(UInt8(ascii: ">"))
    }

    /// The target and the title of a link or an image, as they stand in its parentheses.
    static func append(_ link: Link, to output: inout [UInt8]) {
        let target = link.target.utf8.filter { $0 != 0x0A && $0 != 0x0D && $0 != 0x09 }
        let isHeld =
            target.isEmpty || target.contains { $0 <= 0x20 || $0 == 0x7F } || target[0] == UInt8(ascii: "<")
        let held: Set<UInt8> =
            isHeld
            ? [UInt8(ascii: "<"), UInt8(ascii: ">")]
            : isBalanced(target) ? [] : [UInt8(ascii: "("), UInt8(ascii: ")")]
        if isHeld { output.append(UInt8(ascii: "<")) }
        appendLiteral(target[...], escaping: held, to: &output)
        if isHeld { output.append(UInt8(ascii: ">")) }
        guard !link.title.isEmpty else { return }
        output += " \"".utf8
        appendLiteral(link.title.utf8.withBlanksCollapsed[...], escaping: [UInt8(ascii: "\"")], to: &output)
        output.append(UInt8(ascii: "\""))
    }

    private static func appendLiteral(
        _ text: ArraySlice<UInt8>, escaping escaped: Set<UInt8>, to output: inout [UInt8]
    ) {
        for (index, byte) in zip(text.indices, text) {
            let isEscape = byte == UInt8(ascii: "\\")
            let after = index + 1 < text.endIndex ? text[index + 1] : UInt8(ascii: "\\")
            if escaped.contains(byte) || isEscape && MarkdownEscapes.isPunctuation(after)
                || byte == UInt8(ascii: "&") && MarkdownEscapes.isEntity(text[index...])
            {
                output.append(UInt8(ascii: "\\"))
            }
            output.append(byte)
        }
    }

    /// Whether each parenthesis has its other half, and they do not nest deeper than readers follow.
    private static func isBalanced(_ target: [UInt8]) -> Bool {
        var depth = 0
        for byte in target {
            if byte == UInt8(ascii: "(") { depth += 1 }
            if byte == UInt8(ascii: ")") { depth -= 1 }
            if depth < 0 || depth > 20 { return false }
        }
        return depth == 0
    }
}
