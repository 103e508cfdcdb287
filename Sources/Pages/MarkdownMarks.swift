/// What text is marked with, from the outside in: a link, emphasis, code. As small as a number, because each
/// piece of text carries it.
struct MarkdownMarks: Equatable {
    enum Mark: UInt64 {
        case link = 1
        case strong
        case emphasis
        case deleted
        case code
        case subscripted
        case superscripted
        case keyboard
        case highlighted
        case underlined
        case inserted
        case quoted

        /// The mark that an element sets; nil for elements that set none.
        init?(_ role: ElementRole, _ name: String) {
            switch role {
            case .strong: self = .strong
            case .emphasis: self = .emphasis
            case .deleted: self = .deleted
            case .code: self = .code
            case .kept:
                guard let mark = Mark.kept[name] else { return nil }
                self = mark
            case .hidden, .inline, .block, .paragraph, .heading, .bullets, .numbers, .item, .term,
                .definition,
                .quote, .preformatted, .rule, .table, .rowGroup, .row, .cell, .caption, .lineBreak, .link,
                .image, .input:
                return nil
            }
        }

        private static let kept: [String: Mark] = [
            "sub": .subscripted, "sup": .superscripted, "kbd": .keyboard, "mark": .highlighted,
            "u": .underlined, "ins": .inserted, "q": .quoted,
        ]

        /// The element of HTML that stands for the mark where Markdown has no sign for it, or none that
        /// works.
        var element: StaticString {
            switch self {
            case .link: "a"
            case .strong: "strong"
            case .emphasis: "em"
            case .deleted: "del"
            case .code: "code"
            case .subscripted: "sub"
            case .superscripted: "sup"
            case .keyboard: "kbd"
            case .highlighted: "mark"
            case .underlined: "u"
            case .inserted: "ins"
            case .quoted: "q"
            }
        }
    }

    /// Four bits for each mark, the outermost lowest.
    private var bits: UInt64 = 0
    private(set) var count = 0
    /// The place of the link among the text's links; -1 without one.
    private(set) var link: Int32 = -1

    subscript(place: Int) -> Mark? { Mark(rawValue: bits >> UInt64(4 * place) & 15) }

    func contains(_ mark: Mark) -> Bool { (0..<count).contains { self[$0] == mark } }

    /// These marks and one more, innermost but for code, in which nothing can be marked.
    ///
    /// - Parameter link: the place of the link, for a link.
    func adding(_ mark: Mark, link: Int32 = -1) -> MarkdownMarks {
        guard !contains(mark) else { return self }
        var more = self
        if contains(.code) {
            // What is marked in code would be letters there; a link is worth being put around it.
            guard mark == .link else { return self }
            more.count -= 1
            more.bits &= (1 << UInt64(4 * more.count)) - 1
            more.append(.link)
            more.append(.code)
        } else {
            more.append(mark)
        }
        if mark == .link { more.link = link }
        return more
    }

    private mutating func append(_ mark: Mark) {
        bits |= mark.rawValue << UInt64(4 * count)
        count += 1
    }

    /// The outer marks that both have.
    func shared(with other: MarkdownMarks) -> MarkdownMarks {
        if self == other { return self }
        var common = MarkdownMarks()
        while common.count < min(count, other.count), let mark = self[common.count],
            mark == other[common.count], mark != .link || link == other.link
        {
            common.append(mark)
            if mark == .link { common.link = link }
        }
        return common
    }

    /// These marks without code, which no image or break can stand in.
    var withoutCode: MarkdownMarks {
        guard count > 0, self[count - 1] == .code else { return self }
        var less = self
        less.count -= 1
        less.bits &= (1 << UInt64(4 * less.count)) - 1
        return less
    }
}
