import CEL
import Diagnostics
import Values

/// What first files hold, written as other languages have it: told once, with its mend, and read on.
extension Parser {
    /// Tells a mistake that reading has made good for.
    mutating func tell(
        _ message: String, at span: Span, help: String, replacing place: Span? = nil, by mend: String?
    ) {
        tokens.tell(.expected, message, at: span, help: help, replacing: place, by: mend)
    }

    func written(_ span: Span) -> String {
        String(decoding: automation.source.bytes[span.start..<span.end], as: UTF8.self)
    }

    /// The first byte behind a place that is no blank, on its line or behind it.
    func sign(behind place: Int) -> UInt8? {
        automation.source.bytes[place...].first { $0 != 0x20 && $0 != 0x09 }
    }

    // Between names and values.

    /// Takes the `:` between a name and its value; `=`, `=>` or nothing at all before a value are told and taken for it.
    mutating func colon(_ purpose: String) throws(Diagnostic) {
        let token = try tokens.peek()
        if token.isSymbol(.colon) {
            let before = tokens.lastEnd
            try tokens.take(as: .suffix)
            try passBehindColon(token, from: before)
            return
        }
        if token.isSymbol(.assign) {
            let before = tokens.lastEnd
            try tokens.take(as: .suffix)
            let next = try tokens.peek()
            let isArrow = next.isSymbol(.greater) && next.span.start == token.span.end
            if isArrow { try tokens.take() }
            let span = Span(token.span.start, tokens.lastEnd)
            tell(
                "expected `:` \(purpose), found `\(isArrow ? "=>" : "=")`", at: span, help: "write `:`",
                replacing: Span(before, span.end), by: sign(at: span.end) == 0x20 ? ":" : ": ")
            return
        }
        guard !token.newlineBefore, beginsValue(token) else {
            throw tokens.unexpected(token, expected: "`:` \(purpose)")
        }
        tell(
            "expected `:` \(purpose), found \(token.inWords)", at: token.span,
            help: "put a `:` between the two",
            replacing: Span(tokens.lastEnd, tokens.lastEnd),
            by: token.span.start > tokens.lastEnd ? ":" : ": ")
    }

    /// `:=`, whose `=` is left out.
    private mutating func passBehindColon(_ colon: Token, from start: Int) throws(Diagnostic) {
        guard tokens.byte(at: colon.span.end) == UInt8(ascii: "=") else { return }
        let token = try tokens.peek()
        guard token.isSymbol(.assign) else { return }
        try tokens.take()
        tell(
            "`:=` is `:` here", at: colon.span.union(token.span), help: "write `:`",
            replacing: Span(start, token.span.end), by: ":")
    }

    func sign(before place: Int) -> UInt8? { place > 0 ? automation.source.bytes[place - 1] : nil }

    private func beginsValue(_ token: Token) -> Bool {
        switch token.kind {
        case .text, .int, .uint, .double, .duration: true
        case .identifier(let word): word == "true" || word == "false"
        case .symbol(let symbol): symbol == .openBrace || symbol == .openBracket
        case .intMinimum, .bytes, .endOfText: false
        }
    }

    /// Passes over a `:` or `=` where none belongs, as in `automation: "…"` and `prompt_template: {`.
    mutating func passSign(behind word: String) throws(Diagnostic) {
        let token = try tokens.peek()
        guard !token.newlineBefore, token.isSymbol(.colon) || token.isSymbol(.assign) else { return }
        let before = tokens.lastEnd
        try tokens.take()
        tell(
            "no \(token.inWords) stands behind `\(word)`", at: token.span, help: "leave it out",
            replacing: Span(before, token.span.end),
            by: sign(behind: token.span.end) == sign(at: token.span.end) ? " " : "")
    }

    private func sign(at place: Int) -> UInt8? {
        place < automation.source.bytes.count ? automation.source.bytes[place] : nil
    }

    /// A text that stands without quotes: `user: Hello world`. The rest of its line is it.
    mutating func unquoted(_ value: FieldValue) throws(Diagnostic) -> FieldValue {
        guard case .expression(let expression) = value, case .name(let word, rooted: false) = expression.kind
        else { return value }
        let next = try tokens.peek()
        guard !next.newlineBefore, isProse(next), !beginsEntry(next) else { return value }
        if let help = foreignPrefixes[word] {
            throw Diagnostic(
                .expected, "an expression has no `\(word)`", at: expression.span, help: help)
        }
        let bytes = automation.source.bytes
        var end = next.span.start
        while end < bytes.count, bytes[end] != 0x0A, bytes[end] != UInt8(ascii: ","),
            bytes[end] != UInt8(ascii: "}")
        {
            end += 1
        }
        while end > next.span.end, bytes[end - 1] == 0x20 || bytes[end - 1] == 0x0D { end -= 1 }
        let span = Span(expression.span.start, end)
        let text = written(span)
        tell(
            "a text stands in quotes", at: span, help: "write \(quotedText(text))",
            by: text.contains("\"") ? nil : "\"\(text)\"")
        tokens.take(upTo: end)
        return .expression(Expression(.literal(.string(text)), at: span))
    }

    private func isProse(_ token: Token) -> Bool {
        switch token.kind {
        case .identifier, .int, .double: token.span.start > tokens.lastEnd
        // An address.
        case .symbol(.colon): tokens.byte(at: token.span.end) == UInt8(ascii: "/")
        case .symbol, .intMinimum, .uint, .duration, .text, .bytes, .endOfText: false
        }
    }

    // Between entries.

    /// Whether a token begins the next entry of a block or record.
    func beginsEntry(_ token: Token) -> Bool {
        guard token.span.start > tokens.lastEnd else { return false }
        switch token.kind {
        case .text: return sign(behind: token.span.end) == UInt8(ascii: ":")
        case .identifier(let word):
            let next = sign(behind: token.span.end)
            if next == UInt8(ascii: ":") || next == UInt8(ascii: "=") || next == UInt8(ascii: "{") {
                return true
            }
            return word == TestWord.expect.rawValue || SettingForm(rawValue: word) != nil
        case .int, .intMinimum, .uint, .double, .duration, .bytes, .symbol, .endOfText: return false
        }
    }

    /// The end of an entry: a comma, the end of its line or of its block; a missing comma is told.
    mutating func endOfEntry(_ expected: String = "the end of the line") throws(Diagnostic) {
        if try tokens.takeIf(.comma) != nil { return }
        let token = try tokens.peek()
        if token.newlineBefore || token.kind == .endOfText || token.isSymbol(.closeBrace) { return }
        guard beginsEntry(token) else {
            throw tokens.quoteInside() ?? tokens.unexpected(token, expected: expected)
        }
        tokens.tellMissingComma(
            before: token, "before `\(written(token.span))`: entries on one line are parted by it")
    }

    /// Whether another element of a list follows: its comma is taken, or told when it is missing.
    mutating func another(_ place: String) throws(Diagnostic) -> Bool {
        try tokens.takeIf(.comma) != nil ? true : try tokens.passMissingComma(place)
    }

    /// The end of a declaration; one that begins on the same line is told and read.
    mutating func endOfLine() throws(Diagnostic) {
        let token = try tokens.peek()
        if token.newlineBefore || token.kind == .endOfText || token.isSymbol(.closeBrace) { return }
        if case .identifier(let word) = token.kind,
            DeclarationWord(rawValue: word) != nil || StepType(rawValue: word) != nil
        {
            tell(
                "`\(word)` begins a line of its own", at: token.span, help: "break the line before it",
                replacing: Span(tokens.lastEnd, token.span.start), by: "\n")
            return
        }
        throw tokens.quoteInside() ?? tokens.unexpected(token, expected: "the end of the line")
    }

    // Names.

    /// A name in quotes, or with `-` or blanks in it; nil when no such name stands here.
    mutating func foreignName(_ token: Token) throws(Diagnostic) -> Name? {
        guard case .text(let pieces) = token.kind, pieces.count == 1, case .characters(let text) = pieces[0],
            let first = text.utf8.first, isIdentifierStart(first),
            text.utf8.allSatisfy({ isIdentifierPart($0) || $0 == 0x2D || $0 == 0x20 })
        else { return nil }
        try tokens.take()
        let name = text.replacing("-", with: "_").replacing(" ", with: "_")
        tell("a name stands without quotes", at: token.span, help: "write `\(name)`", by: name)
        return Name(name, at: token.span)
    }

    /// Where a name ends with what follows it behind a `-`.
    private func endOfHyphenated(_ start: Int) -> Int {
        let bytes = automation.source.bytes
        var end = start
        while end + 1 < bytes.count, bytes[end] == UInt8(ascii: "-"), isIdentifierPart(bytes[end + 1]) {
            end += 1
            while end < bytes.count, isIdentifierPart(bytes[end]) { end += 1 }
        }
        return end
    }

    /// A record's key with a `-` in it, as headers have it, without its quotes; nil where none stands here.
    mutating func hyphenatedKey(_ word: String, _ token: Token) throws(Diagnostic) -> Name? {
        let end = endOfHyphenated(token.span.end)
        guard end > token.span.end else { return nil }
        while tokens.lastEnd < end { try tokens.take() }
        let span = Span(token.span.start, end)
        let key = written(span)
        tell(
            "a key with a `-` in it stands in quotes", at: span, help: "write \(quotedText(key))",
            by: quotedText(key))
        return Name(key, at: span)
    }

    /// What of a name follows behind a `-`: `my-step` is told and read as `my_step`.
    mutating func hyphenated(_ name: Name) throws(Diagnostic) -> Name {
        let end = endOfHyphenated(name.span.end)
        guard end > name.span.end else { return name }
        let span = Span(name.span.start, end)
        let mended = written(span).replacing("-", with: "_")
        while tokens.lastEnd < end { try tokens.take() }
        tell(
            "a name holds letters, digits and `_`, and no `-`", at: span, help: "write `\(mended)`",
            by: mended)
        return Name(mended, at: span)
    }

}

/// Settings that name the next step, as other tools have them.
let edgeWords: Set<String> = ["next", "then", "goto", "go_to", "to", "next_step"]

/// What other tools call the block of a step's fields; `inputs` is one of these fields.
let templateWords: Set<String> = [
    "prompt", "template", "fields", "config", "with", "params", "parameters", "args", "promptTemplate",
]

/// The step type that other tools call so; nil for words that are close to none.
func foreignStepType(_ word: String) -> StepType? {
    switch word.uppercased() {
    case "LLM", "MODEL", "PROMPT", "CHAT", "AI", "GPT", "COMPLETION", "AI_CALL", "MODEL_CALL", "AGENT",
        "GENERATE":
        .llmCall
    case "HTTP", "HTTP_REQUEST", "HTTP_CALL", "API", "API_CALL", "REST", "REQUEST", "FETCH", "REST_CALL",
        "GET", "POST",
        "WEBHOOK", "CALL_API":
        .restAPI
    case "DECISION", "DECIDE", "IF", "BRANCH", "CONDITION", "CONDITIONAL", "SWITCH", "ROUTER", "ROUTE",
        "LOGIC", "CHOICE":
        .logicDecision
    case "INPUT", "ASK", "USER_INPUT", "ASK_USER", "HUMAN", "HUMAN_INPUT", "QUESTION", "FORM", "APPROVAL",
        "USER":
        .getUserInput
    case "SCRAPE", "WEB", "BROWSE", "BROWSER", "CRAWL", "SCRAPER", "WEBPAGE", "WEB_PAGE", "WEB_FETCH":
        .webScrape
    case "SEARCH", "EMBEDDING", "EMBEDDINGS", "RAG", "VECTOR_SEARCH", "RETRIEVE", "RETRIEVAL",
        "SEMANTIC_SEARCH":
        .embeddingSearch
    case "CODE", "SCRIPT", "PY", "PYTHON_CODE", "RUN_PYTHON", "PYTHON3": .python
    case "TRANSFORM", "SET", "JQ", "MAP", "DATA", "COMPUTE", "EXPRESSION", "FORMAT", "VARIABLE", "REGEX":
        .dataTransform
    case "PARSE_JSON", "JSON", "TO_JSON", "PARSE", "EXTRACT", "EXTRACT_JSON": .textToJSON
    case "BEGIN", "ENTRY", "TRIGGER", "INIT": .start
    default: nil
    }
}
