/// A CSS selector as the XPath that selects the same elements.
package struct CSSSelector: Sendable, Hashable {
    /// An XPath expression that begins at any node.
    package let xpath: String
    /// The attribute behind `@`, as in `a@href`.
    package let attribute: String?

    /// Reads a selector, which may end in `@attribute`.
    ///
    /// - Throws: when it is none, or one that has no XPath.
    package init(_ text: String) throws(ProgramError) {
        var selector = text[...]
        var attribute: String?
        if let at = CSSSelector.attributeMark(text) {
            attribute = String(text[text.index(after: at)...]).trimmed()
            selector = text[..<at]
        }
        if let attribute,
            attribute.isEmpty || !attribute.allSatisfy({ $0.isLetter || $0.isNumber || "-_:.".contains($0) })
        {
            throw ProgramError("expected an attribute's name after `@`", offset: text.utf8.count)
        }
        var parser = SelectorParser(String(selector))
        self.attribute = attribute
        xpath = try parser.group()
    }

    /// The last `@` outside brackets and quotes.
    private static func attributeMark(_ text: String) -> String.Index? {
        var depth = 0
        var quote: Character?
        var found: String.Index?
        for index in text.indices {
            let character = text[index]
            if let open = quote {
                if character == open { quote = nil }
            } else if character == "\"" || character == "'" {
                quote = character
            } else if character == "[" || character == "(" {
                depth += 1
            } else if character == "]" || character == ")" {
                depth -= 1
            } else if character == "@", depth == 0 {
                found = index
            }
        }
        return found
    }
}

private struct SelectorParser {
    private let characters: [Character]
    private var index = 0
    private var depth = 0

    private static let deepest = 20

    init(_ text: String) { characters = Array(text) }

    private var current: Character? { index < characters.count ? characters[index] : nil }

    private func error(_ expected: String) -> ProgramError {
        let found = current.map { "`\($0)`" } ?? "the end"
        let offset = String(characters[..<index]).utf8.count
        return ProgramError("expected \(expected), found \(found)", offset: offset)
    }

    private mutating func skipBlanks() -> Bool {
        let start = index
        while let character = current, character.isWhitespace { index += 1 }
        return index > start
    }

    mutating func group() throws(ProgramError) -> String {
        var paths: [String] = []
        repeat { paths.append(try complex()) } while take(",")
        guard current == nil else { throw error("a selector") }
        return paths.joined(separator: " | ")
    }

    private mutating func take(_ character: Character) -> Bool {
        guard current == character else { return false }
        index += 1
        return true
    }

    private mutating func complex() throws(ProgramError) -> String {
        _ = skipBlanks()
        var path = ""
        if take(">") {
            path = "./"
            _ = skipBlanks()
        } else {
            path = ".//"
        }
        path += try compound(amongChildren: true)
        while true {
            let blank = skipBlanks()
            guard let character = current, character != ",", character != ")" else { return path }
            switch character {
            case ">":
                index += 1
                _ = skipBlanks()
                path += "/" + (try compound(amongChildren: true))
            case "+":
                index += 1
                _ = skipBlanks()
                path += "/following-sibling::*[1]/self::" + (try compound(amongChildren: false))
            case "~":
                index += 1
                _ = skipBlanks()
                path += "/following-sibling::" + (try compound(amongChildren: false))
            default:
                guard blank else { throw error("a blank, `>`, `+`, `~` or `,`") }
                path += "//" + (try compound(amongChildren: true))
            }
        }
    }

    /// A name and its conditions.
    ///
    /// - Parameter amongChildren: whether the step goes through all children of an element. Their places are
    ///   then known by counting once; otherwise each one's place is counted anew.
    private mutating func compound(amongChildren: Bool) throws(ProgramError) -> String {
        var name = "*"
        var conditions = ""
        var place: Place?
        let start = index
        if take("*") {
        } else if let character = current, isNameStart(character) {
            name = try identifier().lowercased()
        }
        while let character = current {
            switch character {
            case ".":
                index += 1
                conditions += "[\(hasWord("@class", try identifier()))]"
            case "#":
                index += 1
                conditions += "[@id = \(literal(try identifier()))]"
            case "[": conditions += try attribute()
            case ":":
                switch try pseudoClass(name) {
                case .condition(let condition): conditions += condition
                case .place(let found) where amongChildren && place == nil: place = found
                case .place(let found): conditions += found.counted(name)
                }
            default:
                guard index > start else { throw error("a selector such as `h1`, `.price` or `[href]`") }
                return (place?.first(name) ?? name) + conditions
            }
        }
        guard index > start else { throw error("a selector such as `h1`, `.price` or `[href]`") }
        return (place?.first(name) ?? name) + conditions
    }

    private func isNameStart(_ character: Character) -> Bool {
        character.isLetter || character == "_" || character == "-" || character == "\\" || !character.isASCII
    }

    private mutating func identifier() throws(ProgramError) -> String {
        var name = ""
        while let character = current {
            if character == "\\", index + 1 < characters.count {
                index += 1
                name.append(escaped())
            } else if isNameStart(character) || character.isNumber {
                name.append(character)
                index += 1
            } else {
                break
            }
        }
        guard !name.isEmpty else { throw error("a name") }
        return name
    }

    /// The character that stands behind a `\`: itself, or the one whose number is written in up to six
    /// hexadecimal digits, which a blank may end.
    private mutating func escaped() -> Character {
        let digits = characters[index...].prefix(6).prefix { $0.isASCII && $0.isHexDigit }
        guard !digits.isEmpty else {
            defer { index += 1 }
            return characters[index]
        }
        index += digits.count
        if current?.isWhitespace == true { index += 1 }
        let scalar = UInt32(String(digits), radix: 16).flatMap(Unicode.Scalar.init)
        return scalar.map { $0.value == 0 ? "\u{FFFD}" : Character($0) } ?? "\u{FFFD}"
    }

    /// How an attribute's value is compared.
    private enum Comparison: String {
        case equal = "="
        case hasWord = "~="
        case hasLanguage = "|="
        case begins = "^="
        case holds = "*="
        case ends = "$="
    }

    private mutating func attribute() throws(ProgramError) -> String {
        index += 1
        _ = skipBlanks()
        let name = "@" + (try identifier()).lowercased()
        _ = skipBlanks()
        if take("]") { return "[\(name)]" }
        var sign = ""
        while let character = current, "~|^$*=!".contains(character), sign.last != "=" {
            sign.append(character)
            index += 1
        }
        guard let comparison = Comparison(rawValue: sign) else {
            throw error("`]`, `=`, `~=`, `|=`, `^=`, `$=` or `*=`")
        }
        _ = skipBlanks()
        let value = literal(try attributeValue())
        _ = skipBlanks()
        if current == "i" || current == "s" { index += 1 }
        _ = skipBlanks()
        guard take("]") else { throw error("`]`") }
        switch comparison {
        case .equal: return "[\(name) = \(value)]"
        case .hasWord:
            return "[contains(concat(' ', normalize-space(\(name)), ' '), concat(' ', \(value), ' '))]"
        case .hasLanguage: return "[\(name) = \(value) or starts-with(\(name), concat(\(value), '-'))]"
        case .begins: return "[starts-with(\(name), \(value))]"
        case .holds: return "[contains(\(name), \(value))]"
        case .ends:
            return "[substring(\(name), string-length(\(name)) - string-length(\(value)) + 1) = \(value)]"
        }
    }

    private mutating func attributeValue() throws(ProgramError) -> String {
        guard let quote = current, quote == "\"" || quote == "'" else { return try identifier() }
        index += 1
        var value = ""
        while let character = current, character != quote {
            value.append(character)
            index += 1
        }
        guard take(quote) else { throw error("the closing \(quote)") }
        return value
    }

    private enum PseudoClass {
        case condition(String)
        case place(Place)
    }

    private mutating func pseudoClass(_ element: String) throws(ProgramError) -> PseudoClass {
        index += 1
        let name = try identifier().lowercased()
        guard name.hasPrefix("nth-") else { return .condition(try condition(name, element)) }
        switch name {
        case "nth-child": return .place(Place(formula: try nth(), isOfType: false, isFromEnd: false))
        case "nth-last-child": return .place(Place(formula: try nth(), isOfType: false, isFromEnd: true))
        case "nth-of-type": return .place(Place(formula: try nth(), isOfType: true, isFromEnd: false))
        case "nth-last-of-type": return .place(Place(formula: try nth(), isOfType: true, isFromEnd: true))
        default: throw unsupported(name)
        }
    }

    private func unsupported(_ name: String) -> ProgramError {
        ProgramError("`:\(name)` is not supported", offset: String(characters[..<index]).utf8.count)
    }

    private mutating func condition(_ name: String, _ siblings: String) throws(ProgramError) -> String {
        switch name {
        case "first-child": return "[not(preceding-sibling::*[1])]"
        case "last-child": return "[not(following-sibling::*[1])]"
        case "only-child": return "[not(preceding-sibling::*[1]) and not(following-sibling::*[1])]"
        case "first-of-type": return "[not(preceding-sibling::\(siblings)[1])]"
        case "last-of-type": return "[not(following-sibling::\(siblings)[1])]"
        case "only-of-type":
            return "[not(preceding-sibling::\(siblings)[1]) and not(following-sibling::\(siblings)[1])]"
        case "empty": return "[not(node())]"
        case "root": return "[not(parent::*)]"
        case "checked": return "[@checked or @selected]"
        case "disabled": return "[@disabled]"
        case "not": return "[not(\(try alternatives("self::")))]"
        case "is", "where": return "[\(try alternatives("self::"))]"
        case "has": return "[\(try alternatives(".//"))]"
        case "contains":
            guard take("(") else { throw error("`(`") }
            _ = skipBlanks()
            let value = try attributeValue()
            _ = skipBlanks()
            guard take(")") else { throw error("`)`") }
            return "[contains(., \(literal(value)))]"
        default: throw unsupported(name)
        }
    }

    private mutating func alternatives(_ axis: String) throws(ProgramError) -> String {
        guard take("(") else { throw error("`(`") }
        depth += 1
        defer { depth -= 1 }
        guard depth <= SelectorParser.deepest else {
            throw ProgramError(
                "selectors stand within each other more than \(SelectorParser.deepest) deep",
                offset: String(characters[..<index]).utf8.count)
        }
        var parts: [String] = []
        repeat {
            _ = skipBlanks()
            var own = axis
            if axis == ".//", take(">") {
                own = "./"
                _ = skipBlanks()
            }
            parts.append(own + (try compound(amongChildren: axis == ".//")))
            _ = skipBlanks()
        } while take(",")
        guard take(")") else { throw error("`)`") }
        return parts.joined(separator: " or ")
    }

    /// `odd`, `even`, `3`, `2n+1`.
    private mutating func nth() throws(ProgramError) -> Place.Formula {
        guard take("(") else { throw error("`(`") }
        var formula = ""
        while let character = current, character != ")" {
            if !character.isWhitespace { formula.append(character) }
            index += 1
        }
        guard take(")") else { throw error("`)`") }
        switch formula.lowercased() {
        case "odd": return Place.Formula(step: 2, offset: 1)
        case "even": return Place.Formula(step: 2, offset: 0)
        case let text:
            if let number = Int(text) { return Place.Formula(step: 0, offset: number) }
            let parts = text.split(separator: "n", maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2 else { throw error("a number, `odd`, `even` or `2n+1` before `)`") }
            let step = parts[0].isEmpty || parts[0] == "+" ? 1 : parts[0] == "-" ? -1 : Int(parts[0])
            let offset = parts[1].isEmpty ? 0 : Int(parts[1])
            guard let step, let offset else { throw error("a number, `odd`, `even` or `2n+1` before `)`") }
            return Place.Formula(step: step, offset: offset)
        }
    }

    private func hasWord(_ attribute: String, _ word: String) -> String {
        "contains(concat(' ', normalize-space(\(attribute)), ' '), \(literal(" " + word + " ")))"
    }
}

/// The place of an element among its siblings, as `:nth-child(2n+1)` and its kin ask for it.
private struct Place {
    /// `2n+1` is a step of 2 and an offset of 1.
    struct Formula {
        let step: Int
        let offset: Int

        func condition(_ place: String) -> String {
            if step == 0 { return "[\(place) = \(offset)]" }
            let bound = step > 0 ? "\(place) >= \(offset)" : "\(place) <= \(offset)"
            return "[\(bound) and (\(place) - \(offset)) mod \(step.magnitude) = 0]"
        }
    }

    let formula: Formula
    /// Whether only siblings of the same name count.
    let isOfType: Bool
    let isFromEnd: Bool

    /// A step to the children of this name, with the place as its first condition: the step itself counts
    /// them.
    func first(_ name: String) -> String {
        let condition = formula.condition(isFromEnd ? "(last() - position() + 1)" : "position()")
        if isOfType || name == "*" { return name + condition }
        return "*" + condition + "[self::\(name)]"
    }

    /// The place as a condition that can stand anywhere, and counts an element's siblings.
    func counted(_ name: String) -> String {
        let siblings = (isFromEnd ? "following" : "preceding") + "-sibling::" + (isOfType ? name : "*")
        return formula.condition("(count(\(siblings)) + 1)")
    }
}

/// A text as an XPath literal, which knows no escapes.
private func literal(_ text: String) -> String {
    if !text.contains("'") { return "'\(text)'" }
    if !text.contains("\"") { return "\"\(text)\"" }
    let parts = text.split(separator: "'", omittingEmptySubsequences: false).map { "'\($0)'" }
    return "concat(" + parts.joined(separator: ", \"'\", ") + ")"
}

extension String {
    /// The text without the blanks at its two ends.
    package func trimmed() -> String {
        var text = self[...]
        while text.first?.isWhitespace == true { text.removeFirst() }
        while text.last?.isWhitespace == true { text.removeLast() }
        return String(text)
    }
}
