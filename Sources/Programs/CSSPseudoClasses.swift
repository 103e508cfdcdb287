internal import Diagnostics

/// Pseudo-classes: what stands behind a single `:`.
extension CSSParser {
    /// Reads a pseudo-class with its arguments.
    mutating func pseudoClass() throws(ProgramError) -> CompoundSelector.Condition {
        let start = scanner.index
        scanner.index += 1
        let name = try scanner.identifier("the name of a pseudo-class after `:`").lowercased()
        guard scanner.take("(") else {
            if let condition = try plainPseudoClass(name) { return condition }
            throw unknown(name, isFunction: false, at: start)
        }
        guard let condition = try function(name) else { throw unknown(name, isFunction: true, at: start) }
        return condition
    }

    /// A pseudo-class without arguments; nil where there is none of this name.
    func plainPseudoClass(_ name: String) throws(ProgramError) -> CompoundSelector.Condition? {
        if let places = CSSParser.places[name] {
            guard places.count > 1 else { return places.first.map { .place($0) } }
            return .any([ComplexSelector(CompoundSelector(places.map { .place($0) }))])
        }
        if CSSParser.liveNames.contains(name) { return .state(.never) }
        if let definition = CSSParser.definitions[name] {
            var parser = CSSParser(definition + ")")
            parser.readsDefinition = true
            return .any(try parser.arguments())
        }
        guard readsDefinition || !name.hasPrefix("-") else { return nil }
        return ElementState(rawValue: name).map { .state($0) }
    }

    private mutating func function(_ name: String) throws(ProgramError) -> CompoundSelector.Condition? {
        switch name {
        case "is", "where", "matches", "any": return .any(try arguments(forgives: true))
        case "not": return .not(try arguments())
        case "has": return .has(try arguments(isRelative: true))
        case "nth-child", "nth-last-child": return .place(try place(isOfType: false, name))
        case "nth-of-type", "nth-last-of-type": return .place(try place(isOfType: true, name))
        case "contains", "-soup-contains":
            return .contains(try containedTexts(isOwn: false, mayIgnoreCapitals: false))
        case "-soup-contains-own", "lexbor-contains":
            return .contains(try containedTexts(isOwn: true, mayIgnoreCapitals: name == "lexbor-contains"))
        case "lang": return .language(try words("a language, such as `en`"))
        case "dir":
            let start = scanner.index
            let words = try words("`ltr` or `rtl`").map { $0.lowercased() }
            guard words == ["ltr"] || words == ["rtl"] else {
                throw ProgramError("expected `ltr` or `rtl` in `:dir()`", offset: start)
            }
            return .direction(isLeftToRight: words == ["ltr"])
        case "current", "host", "host-context":
            _ = try arguments()
            return .state(.never)
        default: return nil
        }
    }

    /// What is written here in place of what jQuery adds to CSS.
    private static let ofOtherTools = [
        "first": "`:first-child`, or `:first-of-type`", "last": "`:last-child`, or `:last-of-type`",
        "eq": "`:nth-child(2)`, which counts from 1", "nth": "`:nth-child(2)`", "gt": "`:nth-child(n+3)`",
        "lt": "`:nth-child(-n+3)`", "odd": "`:nth-child(odd)`", "even": "`:nth-child(even)`",
        "text": "an xpath, such as `xpath(\"//p/text()\")`",
    ]

    private func unknown(_ name: String, isFunction: Bool, at start: Int) -> ProgramError {
        let (others, form) = isFunction ? (CSSParser.functionNames, "()") : (CSSParser.pseudoClassNames, "")
        if isFunction ? CSSParser.pseudoClassNames.contains(name) : CSSParser.functionNames.contains(name) {
            return ProgramError(
                isFunction
                    ? "`:\(name)` takes nothing in parentheses"
                    : "`:\(name)` wants parentheses, as in `:\(name)(…)`",
                offset: start)
        }
        if let element = CSSParser.pseudoElements.first(where: { $0 == name }) {
            return ProgramError("`:\(element)` is nothing that a page holds", offset: start)
        }
        if let other = CSSParser.ofOtherTools[name] {
            return ProgramError("`:\(name)\(form)` is not known; write \(other)", offset: start)
        }
        let near = nearestName(to: name, in: others).map { "; did you mean `:\($0)\(form)`?" } ?? ""
        return ProgramError("`:\(name)\(form)` is not known" + near, offset: start)
    }

    // Arguments that are no selectors.

    /// Words or texts in quotes between commas, up to the closing parenthesis.
    private mutating func words(_ expected: String) throws(ProgramError) -> [String] {
        var words: [String] = []
        repeat {
            _ = try scanner.skipBlanks()
            words.append(try word(expected))
            _ = try scanner.skipBlanks()
        } while scanner.take(",")
        guard scanner.take(")") else { throw scanner.error("`)`") }
        return words
    }

    private mutating func word(_ expected: String) throws(ProgramError) -> String {
        if scanner.isAtQuote { return try scanner.string() }
        var word = scanner.take("*") ? "*" : ""
        word += scanner.name()
        guard !word.isEmpty else { throw scanner.error(expected) }
        return word
    }

    private mutating func containedTexts(isOwn: Bool, mayIgnoreCapitals: Bool) throws(ProgramError)
        -> ContainedTexts
    {
        var texts: [String] = []
        var ignoresCapitals = false
        repeat {
            _ = try scanner.skipBlanks()
            texts.append(try word("a text, in quotes unless it is one word"))
            _ = try scanner.skipBlanks()
            if mayIgnoreCapitals, scanner.take("i") || scanner.take("I") { ignoresCapitals = true }
            _ = try scanner.skipBlanks()
        } while scanner.take(",")
        guard scanner.take(")") else { throw scanner.error("`)`; a text with a blank needs quotes") }
        return ContainedTexts(texts: texts, isOwn: isOwn, ignoresCapitals: ignoresCapitals)
    }

    /// `odd`, `even`, `3`, `2n+1`, and for children `2 of .new`.
    private mutating func place(isOfType: Bool, _ name: String) throws(ProgramError) -> PlaceCondition {
        _ = try scanner.skipBlanks()
        let (step, offset) = try formula()
        let hasBlank = try scanner.skipBlanks()
        var among: [ComplexSelector] = []
        if hasBlank, !isOfType, takeWord("of") {
            among = try arguments()
        } else {
            guard scanner.take(")") else { throw scanner.error(isOfType ? "`)`" : "`)` or `of`") }
        }
        return PlaceCondition(
            step: step, offset: offset, isOfType: isOfType, isFromEnd: name.hasPrefix("nth-last"),
            among: among)
    }

    private mutating func formula() throws(ProgramError) -> (step: Int, offset: Int) {
        if takeWord("odd") { return (2, 1) }
        if takeWord("even") { return (2, 0) }
        let start = scanner.index
        let sign = scanner.take("-") ? "-" : scanner.take("+") ? "+" : ""
        let digits = takeDigits()
        guard scanner.take("n") || scanner.take("N") else {
            if digits.isEmpty { throw scanner.error("a number, `odd`, `even` or `2n+1`") }
            return (0, try number(sign + digits, start))
        }
        let step = try number(sign + (digits.isEmpty ? "1" : digits), start)
        let end = scanner.index
        _ = try scanner.skipBlanks()
        let second = scanner.take("-") ? "-" : scanner.take("+") ? "+" : ""
        guard !second.isEmpty else {
            scanner.index = end
            return (step, 0)
        }
        _ = try scanner.skipBlanks()
        let place = scanner.index
        let offset = takeDigits()
        guard !offset.isEmpty else { throw scanner.error("a number after `\(second)`") }
        return (step, try number(second + offset, place))
    }

    private func number(_ text: String, _ start: Int) throws(ProgramError) -> Int {
        // No page has as many nodes as this; beyond it, sums could overflow.
        guard let number = Int(text), number.magnitude < 1 << 62 else {
            throw ProgramError("this number is too large for a place", offset: start)
        }
        return number
    }

    private mutating func takeDigits() -> String {
        let digits = scanner.bytes[scanner.index...].prefix { CSSScanner.isDigit($0) }
        scanner.index += digits.count
        return String(decoding: digits, as: UTF8.self)
    }

    /// Goes over a word of small letters, in whatever letters it is written.
    private mutating func takeWord(_ word: String) -> Bool {
        var ahead = scanner
        guard ahead.isAtIdentifier, ahead.name().lowercased() == word else { return false }
        scanner = ahead
        return true
    }
}

/// The tables of pseudo-classes.
extension CSSParser {
    /// What a mistyped pseudo-class without arguments may have meant.
    static var pseudoClassNames: [String] {
        Array(places.keys) + Array(definitions.keys) + Array(liveNames)
            + ElementState.allCases.map(\.rawValue).filter { !$0.hasPrefix("-") }
    }

    static let functionNames = [
        "is", "where", "matches", "any", "not", "has", "nth-child", "nth-last-child", "nth-of-type",
        "nth-last-of-type", "contains", "-soup-contains", "-soup-contains-own", "lexbor-contains", "lang",
        "dir",
        "current", "host", "host-context",
    ]

    private static let places: [String: [PlaceCondition]] = [
        "first-child": [PlaceCondition(step: 0, offset: 1)],
        "last-child": [PlaceCondition(step: 0, offset: 1, isFromEnd: true)],
        "only-child": [
            PlaceCondition(step: 0, offset: 1), PlaceCondition(step: 0, offset: 1, isFromEnd: true),
        ],
        "first-of-type": [PlaceCondition(step: 0, offset: 1, isOfType: true)],
        "last-of-type": [PlaceCondition(step: 0, offset: 1, isOfType: true, isFromEnd: true)],
        "only-of-type": [
            PlaceCondition(step: 0, offset: 1, isOfType: true),
            PlaceCondition(step: 0, offset: 1, isOfType: true, isFromEnd: true),
        ],
    ]

    /// What only a page has that somebody looks at: no element is it.
    private static let liveNames: Set<String> = HTMLNames.words(
        """
        active autofill buffering current focus focus-visible focus-within fullscreen future host hover local-link
        modal past paused picture-in-picture playing popover-open seeking stalled target target-within user-invalid
        user-valid visited volume-locked
        """)

    private static let pseudoElements = [
        "after", "before", "first-letter", "first-line", "placeholder", "selection", "marker", "backdrop",
    ]

    /// What can be said in selectors itself, after the standard of HTML.
    private static let definitions: [String: String] = [
        "link": ":is(a, area, link)[href]",
        "any-link": ":is(a, area)[href]",
        "checked": ":is(input[type=checkbox], input[type=radio])[checked], option[selected]",
        "disabled": """
        :is(\(controls), fieldset, optgroup, option)[disabled], optgroup[disabled] > option,
        fieldset[disabled] > :is(\(controls), fieldset),
        fieldset[disabled] > :not(legend:nth-of-type(1)) :is(\(controls), fieldset)
        """,
        "enabled": ":is(\(controls), fieldset, optgroup, option):not(:disabled)",
        "required": ":is(input, select, textarea)[required]",
        "optional": ":is(input, select, textarea):not([required])",
        "read-write": writable,
        "read-only": ":not(:read-write)",
        "placeholder-shown": """
        input:is(:not([type]), [type=""], \(types("text search url tel email password number"))):is(
            :not([value]), [value=""]):is([placeholder]:not([placeholder=""])), textarea[placeholder]:not([placeholder=""]):empty
        """,
        "default": ":checked, :-default-button",
        "indeterminate": "progress:not([value]), input[type=checkbox][indeterminate], :-undecided-radio",
        "in-range": "\(ranged):-in-range",
        "out-of-range": "\(ranged):-out-of-range",
        "open": ":is(details, dialog)[open]",
        "muted": ":is(audio, video)[muted]",
    ]
    private static let controls = "button, input, select, textarea"
    private static let ranged = """
        input:is([type=range], :is(\(types("date month week time datetime-local number"))):is([min], [max]))
        """
    private static let editable = ":is([contenteditable=\"\"], [contenteditable=true i])"
    private static let writable = """
        :is(textarea, input:is(:not([type]), [type=""], \(types(
            "date datetime-local email month number password search tel text time url week")))
        ):not([readonly], :disabled), \(editable), \(editable) :not([contenteditable=false i])
        """

    private static func types(_ names: String) -> String {
        names.split(separator: " ").map { "[type=\($0)]" }.joined(separator: ", ")
    }
}
