/// Reads the text of a selector into its parts.
struct CSSParser {
    var scanner: CSSScanner
    /// What lists that forgive have left out.
    var leftOut: [ProgramError] = []
    /// How many parentheses stand around what is read.
    private var depth = 0
    /// Whether it reads what stands for a pseudo-class, which may name states that have no name of their own.
    var readsDefinition = false
    /// What nests too deep is an error in lists that forgive, too.
    private var isTooDeep = false

    private static let deepest = 20

    init(_ text: String) { scanner = CSSScanner(text) }

    static let exampleSelector = "a selector such as `h1`, `.price` or `[href]`"

    /// The whole text, each alternative with what it takes.
    mutating func wholeList() throws(ProgramError) -> [CSSSelector.Alternative] {
        var alternatives: [CSSSelector.Alternative] = []
        repeat { alternatives += try alternative() } while scanner.take(",")
        guard scanner.isAtEnd else { throw scanner.error("a blank, `>`, `+`, `~` or `,`") }
        // One `@attribute` behind a list without any other belongs to all of the list.
        guard let last = alternatives.last, isWrittenWithAt, case .attribute = last.taken,
            alternatives.dropLast().allSatisfy({ $0.taken == .element })
        else { return alternatives }
        return alternatives.map { CSSSelector.Alternative(selector: $0.selector, taken: last.taken) }
    }

    /// Whether the alternative that was read last ends in `@attribute`.
    private var isWrittenWithAt = false

    private mutating func alternative() throws(ProgramError) -> [CSSSelector.Alternative] {
        _ = try scanner.skipBlanks()
        isWrittenWithAt = scanner.current == UInt8(ascii: "@")
        if isWrittenWithAt {
            // `@href` alone is an attribute of the element from which the page is seen.
            let scope = ComplexSelector(CompoundSelector([.state(.scope)]))
            return [CSSSelector.Alternative(selector: scope, taken: try attributeBehindAt())]
        }
        let leading = try combinator()
        let selector = try complex(leading: leading, isOutermost: true)
        guard !isAtPseudoElement else { return try pseudoElements(of: selector) }
        _ = try scanner.skipBlanks()
        isWrittenWithAt = scanner.current == UInt8(ascii: "@")
        let taken = isWrittenWithAt ? try attributeBehindAt() : .element
        return [CSSSelector.Alternative(selector: selector, taken: taken)]
    }

    /// A selector with the pseudo-element that stands here.
    private mutating func pseudoElements(of selector: ComplexSelector) throws(ProgramError)
        -> [CSSSelector.Alternative]
    {
        let taken = try pseudoElement()
        _ = try scanner.skipBlanks()
        let inside = CSSSelector.Alternative(selector: selector, taken: taken)
        guard let last = selector.rest.last, last.combinator == .descendant, last.compound.conditions.isEmpty
        else { return [inside] }
        // `h1 ::text` and `h1 *::text` mean the texts of the heading itself, too, as Scrapy's users know them.
        let outer = ComplexSelector(
            leading: selector.leading, selector.first, Array(selector.rest.dropLast()))
        return [CSSSelector.Alternative(selector: outer, taken: taken), inside]
    }

    private mutating func attributeBehindAt() throws(ProgramError) -> CSSSelector.Taken {
        scanner.index += 1
        _ = try scanner.skipBlanks()
        var name = scanner.name()
        // Names of attributes hold what ends names of elements: `a@xlink:href`, `p@v-bind.x`.
        while let byte = scanner.current, byte == UInt8(ascii: ":") || byte == UInt8(ascii: ".") {
            scanner.index += 1
            name += String(Unicode.Scalar(byte)) + scanner.name()
        }
        guard !name.isEmpty else { throw scanner.error("an attribute's name after `@`") }
        _ = try scanner.skipBlanks()
        return .attribute(name)
    }

    /// `::text` or `::attr(name)`.
    private mutating func pseudoElement() throws(ProgramError) -> CSSSelector.Taken {
        let start = scanner.index
        scanner.index += 2
        let name = try scanner.identifier("`text` or `attr(…)` after `::`").lowercased()
        switch name {
        case "text": return .texts
        case "attr":
            guard scanner.take("(") else {
                throw scanner.error("`(` and an attribute's name, as in `::attr(href)`")
            }
            _ = try scanner.skipBlanks()
            let attribute = scanner.isAtQuote ? try scanner.string() : scanner.name()
            _ = try scanner.skipBlanks()
            guard !attribute.isEmpty else { throw scanner.error("an attribute's name, as in `::attr(href)`") }
            guard scanner.take(")") else { throw scanner.error("`)`") }
            return .attribute(attribute)
        default:
            throw ProgramError(
                "`::\(name)` is nothing that a page holds: `::text` takes texts, `::attr(href)` an attribute",
                offset: start)
        }
    }

    // Lists, and selectors with combinators.

    /// The combinator that stands here; nil for none.
    private mutating func combinator() throws(ProgramError) -> Combinator? {
        guard let byte = scanner.current,
            let combinator = Combinator(rawValue: String(Unicode.Scalar(byte))), combinator != .descendant
        else { return nil }
        scanner.index += 1
        _ = try scanner.skipBlanks()
        return combinator
    }

    /// - Parameter isOutermost: whether the last compound may be `::text` alone, as in `p ::text`.
    private mutating func complex(leading: Combinator?, isOutermost: Bool = false) throws(ProgramError)
        -> ComplexSelector
    {
        let first = try compound(mayBeEmpty: isOutermost)
        var rest: [ComplexSelector.Step] = []
        while true {
            let hasBlank = try scanner.skipBlanks()
            switch scanner.current {
            case nil, UInt8(ascii: ","), UInt8(ascii: ")"), UInt8(ascii: "@"):
                return ComplexSelector(leading: leading, first, rest)
            default: break
            }
            if isOutermost, isAtPseudoElement, !hasBlank {
                return ComplexSelector(leading: leading, first, rest)
            }
            let sign = try combinator()
            guard sign != nil || hasBlank else { throw scanner.error("a blank, `>`, `+`, `~` or `,`") }
            if let sign, scanner.isAtEnd {
                throw scanner.error("\(CSSParser.exampleSelector) after `\(sign.rawValue)`")
            }
            rest.append(.init(sign ?? .descendant, try compound(mayBeEmpty: isOutermost)))
        }
    }

    private var isAtPseudoElement: Bool {
        scanner.current == UInt8(ascii: ":") && scanner.byte(1) == UInt8(ascii: ":")
    }

    /// Conditions on one element, up to what is none.
    private mutating func compound(mayBeEmpty: Bool) throws(ProgramError) -> CompoundSelector {
        let start = scanner.index
        var conditions = try typeConditions()
        while let byte = scanner.current {
            switch byte {
            case UInt8(ascii: "."):
                scanner.index += 1
                conditions.append(.hasClass(try className()))
            case UInt8(ascii: "#"):
                scanner.index += 1
                let name = scanner.name()
                guard !name.isEmpty else { throw scanner.error("an id after `#`") }
                conditions.append(.id(name))
            case UInt8(ascii: "["): conditions.append(.attribute(try attribute()))
            case UInt8(ascii: "&"):
                scanner.index += 1
                conditions.append(.state(.scope))
            case UInt8(ascii: ":") where isAtPseudoElement:
                guard mayBeEmpty else { throw scanner.error("no `::` inside parentheses") }
                return CompoundSelector(conditions)
            case UInt8(ascii: ":"): conditions.append(try pseudoClass())
            case UInt8(ascii: "/") where scanner.byte(1) == UInt8(ascii: "*"): try scanner.skipComment()
            default:
                guard scanner.index > start else { throw scanner.error(CSSParser.exampleSelector) }
                return CompoundSelector(conditions)
            }
        }
        guard scanner.index > start else { throw scanner.error(CSSParser.exampleSelector) }
        return CompoundSelector(conditions)
    }

    private mutating func className() throws(ProgramError) -> String {
        if let digit = scanner.current, CSSScanner.isDigit(digit) {
            let rest = String(decoding: scanner.bytes[(scanner.index + 1)...], as: UTF8.self)
            let next = rest.prefix { $0.isLetter || $0.isNumber || $0 == "-" || $0 == "_" }
            throw ProgramError(
                "a class does not begin with a digit as it stands: write `.\\3\(Character(Unicode.Scalar(digit))) "
                    + "\(next)`", offset: scanner.index)
        }
        return try scanner.identifier("the name of a class after `.`")
    }

    /// The selectors between parentheses, behind the opening one.
    ///
    /// - Parameter forgives: whether one that cannot be read is left out.
    mutating func arguments(isRelative: Bool = false, forgives: Bool = false) throws(ProgramError)
        -> [ComplexSelector]
    {
        depth += 1
        defer { depth -= 1 }
        guard depth <= CSSParser.deepest else {
            isTooDeep = true
            throw ProgramError(
                "selectors stand within each other more than \(CSSParser.deepest) deep",
                offset: scanner.index)
        }
        var selectors: [ComplexSelector] = []
        repeat {
            _ = try scanner.skipBlanks()
            let start = scanner.index
            do throws(ProgramError) {
                selectors.append(try argument(isRelative))
            } catch {
                guard forgives, !isTooDeep, let end = endOfArgument(from: start) else { throw error }
                if end > start { leftOut.append(error) }
                scanner.index = end
            }
        } while scanner.take(",")
        guard scanner.take(")") else { throw scanner.error("`)`") }
        return selectors
    }

    private mutating func argument(_ isRelative: Bool) throws(ProgramError) -> ComplexSelector {
        let selector = try complex(leading: isRelative ? try combinator() : nil)
        guard scanner.current == UInt8(ascii: ",") || scanner.current == UInt8(ascii: ")") else {
            throw scanner.error("a blank, `>`, `+`, `~`, `,` or `)`")
        }
        return selector
    }

    /// Where the argument that begins at a byte ends: at a `,` or `)` that is in no brackets and no quotes of its
    /// own; nil where the text ends before.
    private func endOfArgument(from start: Int) -> Int? {
        var rest = scanner
        rest.index = start
        var open = 0
        var isInBrackets = false
        while let byte = rest.current {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "'"):
                if (try? rest.string()) == nil { return nil }
                continue
            case UInt8(ascii: "\\"): rest.index += 1
            case UInt8(ascii: "["): isInBrackets = true
            case UInt8(ascii: "]"): isInBrackets = false
            case _ where isInBrackets: break
            case UInt8(ascii: "("): open += 1
            case UInt8(ascii: ")") where open == 0, UInt8(ascii: ",") where open == 0: return rest.index
            case UInt8(ascii: ")"): open -= 1
            default: break
            }
            rest.index += 1
        }
        return nil
    }
}
