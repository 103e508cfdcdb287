package import Diagnostics
import Values

/// How other languages write what this one has too.
///
/// Where only one thing can be meant, it is told once, with its mend, and reading goes on as if it were mended: nothing
/// that follows is a mistake of its own.
extension TokenStream {
    /// Remembers a mistake that reading has made good for.
    package mutating func tell(
        _ code: Code, _ message: String, at span: Span, help: String, replacing place: Span? = nil,
        by mend: String?
    ) {
        let fix = mend.map { FixIt(span: place ?? span, replacement: $0) }
        slips.append(Diagnostic(code, message, at: span, help: help, fix: fix))
    }

    /// The next token, past comments and signs of other languages.
    mutating func readToken() throws(Diagnostic) -> Token {
        guard isAutomation else { return try lexer.next() }
        var newline = false
        while true {
            let start = lexer.offset
            do throws(Diagnostic) {
                let token = try lexer.next()
                let isBroken = newline || token.newlineBefore
                if token.isSymbol(.slash), isFloorDivision(at: token.span.start) {
                    lexer.offset = token.span.end + 1
                    return Token(
                        kind: token.kind, span: Span(token.span.start, lexer.offset), newlineBefore: isBroken)
                }
                if token.isSymbol(.slash), skipComment(from: token.span.start) {
                    newline = isBroken
                    continue
                }
                return Token(kind: token.kind, span: token.span, newlineBefore: isBroken)
            } catch {
                // A `${name` without its `}`: the text is read once more, as if it were closed.
                if error.code == .unclosedText, let fix = error.fix, fix.span.start == fix.span.end,
                    lexer.missingBraces[error.span.start] == nil,
                    lexer.missingBraces.count < Lexer.mostMissingBraces
                {
                    newline = newline || lexer.bytes[start..<error.span.start].contains(0x0A)
                    slips.append(error)
                    lexer.missingBraces[error.span.start] = fix.span.start
                    continue
                }
                let isBroken = newline || lexer.bytes[start..<max(start, error.span.start)].contains(0x0A)
                if let token = readOn(behind: error, isBroken) { return token }
                // One within a text's `${…}` is behind where reading stands: as a token it would be met for ever.
                guard error.code == .badCharacter, error.span.end == lexer.offset else { throw error }
                newline = newline || lexer.bytes[start..<error.span.start].contains(0x0A)
                switch foreignSign(error) {
                case .unknown: throw error
                case .blank: continue
                case .arrow(let span):
                    return Token(kind: .symbol(.arrow), span: span, newlineBefore: newline)
                case .sign(let symbol):
                    return Token(kind: .symbol(symbol), span: error.span, newlineBefore: newline)
                }
            }
        }
    }

    /// The token that a text over several lines, whose end is found, or `1min` is read as; nil for another mistake.
    private mutating func readOn(behind error: Diagnostic, _ newlineBefore: Bool) -> Token? {
        guard let fix = error.fix else { return nil }
        if error.code == .unclosedText {
            slips.append(error)
            lexer.offset = fix.span.end
            let text = String(decoding: lexer.bytes[error.span.end..<(fix.span.end - 1)], as: UTF8.self)
            return Token(kind: .text([.characters(text)]), span: fix.span, newlineBefore: newlineBefore)
        }
        let digits = fix.replacement.prefix { $0.isASCII && $0.isNumber }
        guard error.code == .badLiteral, error.span.end == lexer.offset, let number = Int64(digits),
            let duration = durationInWords(number, String(fix.replacement[digits.endIndex...]))?.duration
        else { return nil }
        slips.append(error)
        let nanoseconds = duration.seconds * 1_000_000_000 + duration.nanoseconds
        return Token(kind: .duration(nanoseconds), span: error.span, newlineBefore: newlineBefore)
    }

    /// Where a line ends, or `reach` bytes behind a place when it is longer.
    func endOfLine(from start: Int, within reach: Int = .max) -> Int {
        var index = start
        while let byte = lexer.byte(at: index), byte != 0x0A, index - start < reach { index += 1 }
        lexer.work?.add(index - start)
        return index
    }

    /// What a character that means nothing here stands for.
    enum ForeignSign {
        case sign(Symbol)
        /// A dash that stands for that of `->`, with the `>` behind it.
        case arrow(Span)
        case blank
        case unknown
    }

    /// What a character that means nothing here stands for in other languages.
    private mutating func foreignSign(_ finding: Diagnostic) -> ForeignSign {
        let character = String(decoding: lexer.bytes[finding.span.start..<finding.span.end], as: UTF8.self)
        if character == ";" { return semicolon(finding) }
        if character == "$", tellDollar(finding) { return .blank }
        if character == "\u{00A0}" {
            slips.append(finding.with(FixIt(span: finding.span, replacement: " ")))
            return .blank
        }
        guard let symbol = signs[character] else { return .unknown }
        if symbol == .minus, lexer.byte(at: lexer.offset) == UInt8(ascii: ">") {
            lexer.offset += 1
            let span = Span(finding.span.start, lexer.offset)
            slips.append(
                Diagnostic(
                    .badCharacter, finding.message, at: finding.span, help: "write `->`",
                    fix: FixIt(span: span, replacement: "->")))
            return .arrow(span)
        }
        slips.append(
            Diagnostic(
                .badCharacter, finding.message, at: finding.span, help: "write `\(symbol.rawValue)`",
                fix: FixIt(span: finding.span, replacement: symbol.rawValue)))
        return .sign(symbol)
    }

    // Operators.

    /// The operator that a token is, or that it stands for in other languages.
    func binaryOperator(_ token: Token) -> BinaryOperator? {
        switch token.kind {
        case .symbol(.less) where isAutomation && lexer.byte(at: token.span.end) == UInt8(ascii: ">"):
            .notEqual
        // `=>` is an arrow.
        case .symbol(.assign): lexer.byte(at: token.span.end) == UInt8(ascii: ">") ? nil : .equal
        case .symbol(let symbol): BinaryOperator(rawValue: symbol.rawValue)
        // A word before a `:` is the next entry's key.
        case .identifier("in"): isFollowedByColon(token) ? nil : .isIn
        case .identifier(let word): isFollowedByColon(token) ? nil : operatorWords[word]
        case .int, .intMinimum, .uint, .double, .duration, .text, .bytes, .endOfText: nil
        }
    }

    /// Takes an operator, and tells where it is another language's.
    mutating func takeOperator(_ binaryOperator: BinaryOperator) throws(Diagnostic) {
        // A sign of other alphabets has been told when it was read as this operator.
        let next = try peek()
        let isTold = slips.last?.span == next.span
        let token = try take()
        guard !isTold else { return }
        var span = token.span
        if token.isSymbol(.slash), span.end > span.start + 1 { return tellFloorDivision(span) }
        if isAutomation, token.isSymbol(.star), lexer.byte(at: span.end) == UInt8(ascii: "*") {
            throw Diagnostic(
                .expected, "`**` is no operator here", at: Span(span.start, span.end + 1),
                help: "there is no power: multiply, or use PYTHON")
        }
        switch token.kind {
        case .symbol(.less) where binaryOperator == .notEqual: span = span.union(try take().span)
        case .symbol(.equal), .symbol(.notEqual), .symbol(.assign):
            let next = try peek()
            if isAutomation, next.isSymbol(.assign), next.span.start == span.end {
                span = span.union(try take().span)
            }
        default: break
        }
        let written = String(decoding: lexer.bytes[span.start..<span.end], as: UTF8.self)
        guard written != binaryOperator.rawValue else { return }
        tell(
            .expected, "`\(written)` is no operator here", at: span,
            help: "write `\(binaryOperator.rawValue)`" + (written == "=" ? " to compare" : ""),
            by: binaryOperator.rawValue)
    }

    /// `not x`, behind which a whole comparison stands; nil when the name is one.
    mutating func notInWords(_ token: Token) throws(Diagnostic) -> Expression? {
        guard token.kind == .identifier("not") || token.kind == .identifier("NOT"),
            let next = second(), beginsOperand(next) || next.isSymbol(.openParen)
        else { return nil }
        try take()
        nesting += 1
        defer { nesting -= 1 }
        guard nesting <= 200 else { throw tooDeep(token.span) }
        let operand = try binary(minimum: BinaryOperator.equal.precedence)
        let written = String(decoding: lexer.bytes[operand.span.start..<operand.span.end], as: UTF8.self)
        let isBinary = if case .binary = operand.kind { written.first != "(" } else { false }
        tell(
            .expected, "`not` is no operator here", at: token.span, help: "write `!`, as in `!(a == b)`",
            replacing: Span(token.span.start, operand.span.end),
            by: isBinary ? "!(\(written))" : "!" + written)
        return try node(.unary(.not, operand), token.span.union(operand.span))
    }

    /// `if a then b else c`; nil when `if` is a name.
    mutating func ifInWords(_ token: Token) throws(Diagnostic) -> Expression? {
        guard isAutomation, token.kind == .identifier("if"), let next = second(),
            beginsOperand(next) || (next.isSymbol(.openParen) && next.span.start > token.span.end)
        else { return nil }
        let usage = "write `condition ? this : that`"
        try take()
        nesting += 1
        defer { nesting -= 1 }
        guard nesting <= 200 else { throw tooDeep(token.span) }
        let condition = try binary(minimum: 1)
        if try peek().kind == .identifier("then") { try take() }
        let word = try peek()
        guard !word.newlineBefore, beginsOperand(word) || word.isSymbol(.openParen) else {
            throw Diagnostic(.expected, "an expression has no `if`", at: token.span, help: usage)
        }
        let yes = try binary(minimum: 1)
        guard try peek().kind == .identifier("else") else {
            throw Diagnostic(.expected, "an expression has no `if`", at: token.span, help: usage)
        }
        try take()
        return try conditional(condition, yes, try binary(minimum: 1), Span(token.span.start, lastEnd))
    }

    /// `b if a else c`, behind the `b`; nil when no `if` stands here.
    mutating func ifBehind(_ yes: Expression, _ token: Token) throws(Diagnostic) -> Expression? {
        guard token.kind == .identifier("if"), !isFollowedByColon(token) else { return nil }
        try take()
        let condition = try binary(minimum: 1)
        guard try peek().kind == .identifier("else") else {
            throw Diagnostic(
                .expected, "an expression has no `if`", at: token.span,
                help: "write `condition ? this : that`")
        }
        try take()
        nesting += 1
        defer { nesting -= 1 }
        guard nesting <= 200 else { throw tooDeep(token.span) }
        return try conditional(condition, yes, try expression(), Span(yes.span.start, lastEnd))
    }

    private mutating func conditional(
        _ condition: Expression, _ yes: Expression, _ no: Expression, _ span: Span
    ) throws(Diagnostic) -> Expression {
        func written(_ part: Expression) -> String {
            String(decoding: lexer.bytes[part.span.start..<part.span.end], as: UTF8.self)
        }
        tell(
            .expected, "an expression has no `if`", at: span, help: "write `condition ? this : that`",
            by: "\(written(condition)) ? \(written(yes)) : \(written(no))")
        return try node(.conditional(condition, yes, no), span)
    }

    /// `True`, `None` and their like; nil for other names.
    mutating func foreignLiteral(_ name: String, _ token: Token) throws(Diagnostic) -> Expression? {
        guard isAutomation, let value = literals[name] else { return nil }
        let next = lexer.byte(at: token.span.end)
        // `{ None: 1 }` has a key.
        guard next != UInt8(ascii: "."), next != UInt8(ascii: "("), !bareKeys || !isFollowedByColon(token)
        else {
            return nil
        }
        try take()
        let mend = JSON.text(value)
        tell(.unknownName, "nothing is named `\(name)`", at: token.span, help: "write `\(mend)`", by: mend)
        return Expression(.literal(value), at: token.span)
    }

    // Commas.

    /// Tells that a comma is missing before the next token.
    package mutating func tellMissingComma(before next: Token, _ place: String) {
        let gap = next.newlineBefore ? Span(lastEnd, lastEnd) : Span(lastEnd, next.span.start)
        // `[for x in xs: x]` and `function(x) { … }` of other languages are no lists that lack commas.
        let isLoop = next.kind == .identifier("for") || endsWithFor
        let mend = isLoop || next.isSymbol(.openBrace) ? nil : ","
        tell(
            .missingComma, "a `,` is missing \(place)", at: gap,
            help: isLoop
                ? "each element of a list: `xs.map(x, …)`, `xs.filter(x, …)`, `xs.exists(x, …)`"
                : "put a `,` between the two",
            replacing: Span(lastEnd, lastEnd), by: mend)
    }

    /// Whether the last token that was taken is the word `for`.
    private var endsWithFor: Bool {
        lastEnd > 2 && (0..<3).allSatisfy { byte(at: lastEnd - 3 + $0) == Array("for".utf8)[$0] }
    }

    /// Whether the next element of a list, or argument, stands here without its comma; told if so.
    package mutating func passMissingComma(_ place: String) throws(Diagnostic) -> Bool {
        let next = try peek()
        // `"say "hello""`: what follows a quote at once is the rest of the text.
        guard beginsOperand(next), !isFollowedByColon(next), next.newlineBefore || next.span.start > lastEnd
        else { return false }
        // A block that begins on the next line: the bracket before it is missing.
        if next.newlineBefore, case .identifier = next.kind, sign(behind: next) == UInt8(ascii: "{") {
            return false
        }
        tellMissingComma(before: next, place)
        return true
    }

    /// Whether the next entry of a map stands here without its comma; told if so.
    mutating func passMissingEntryComma() throws(Diagnostic) -> Bool {
        let next = try peek()
        guard beginsOperand(next), isFollowedByColon(next), next.span.start > lastEnd else { return false }
        tellMissingComma(before: next, "between two entries")
        return true
    }

    /// Whether a token can only begin an operand, never go on with one.
    package func beginsOperand(_ token: Token) -> Bool {
        switch token.kind {
        case .identifier(let name):
            name != "in" && name != "if" && name != "else" && operatorWords[name] == nil
        case .int, .intMinimum, .uint, .double, .duration, .text, .bytes: true
        case .symbol(let symbol): symbol == .openBrace || symbol == .not
        case .endOfText: false
        }
    }

    /// Whether `:` is what stands behind a token on its line.
    package func isFollowedByColon(_ token: Token) -> Bool { sign(behind: token) == UInt8(ascii: ":") }

    /// The first byte behind a token that is no blank.
    private func sign(behind token: Token) -> UInt8? {
        var index = token.span.end
        while let byte = lexer.byte(at: index), byte == 0x20 || byte == 0x09 { index += 1 }
        return lexer.byte(at: index)
    }

    /// The token behind the next one, when it stands on the same line.
    package func second() -> Token? {
        var probe = probe()
        guard (try? probe.take()) != nil, let token = try? probe.peek(), !token.newlineBefore else {
            return nil
        }
        return token
    }

    /// What to say where a text goes on behind its quote: `"say "hello" to"`.
    package func quoteInside() -> Diagnostic? {
        guard let text = lastText, text.end == lastEnd, lexer.bytes[text.start] == UInt8(ascii: "\""),
            lexer.byte(at: text.start + 1) != UInt8(ascii: "\"") || text.end == text.start + 2,
            let next = lexer.byte(at: lastEnd), isIdentifierPart(next) || next == UInt8(ascii: "\"")
        else { return nil }
        let line = lexer.bytes[text.start..<endOfLine(from: text.start, within: Lexer.mendReach)]
        var fix: FixIt?
        if line.endIndex < text.start + Lexer.mendReach, let last = line.lastIndex(of: UInt8(ascii: "\"")),
            last > lastEnd,
            lexer.bytes[(last + 1)..<line.endIndex].allSatisfy({ " \t\r,})]".utf8.contains($0) })
        {
            let inside = String(decoding: lexer.bytes[(text.start + 1)..<last], as: UTF8.self)
            // Quotes inside `${…}` are its own.
            if !inside.contains("${") || !inside.contains("[\"") {
                fix = FixIt(
                    span: Span(text.start + 1, last),
                    replacement: inside.replacing("\\\"", with: "\"").replacing("\"", with: "\\\""))
            }
        }
        return Diagnostic(
            .expected, "the text ends at this quote, and letters follow it", at: Span(lastEnd - 1, lastEnd),
            notes: [Note(Span(text.start, text.start + 1), "it begins here")],
            help: "write `\\\"` for a quote inside a text", fix: fix)
    }
}

extension Diagnostic {
    /// The same finding with a mend.
    func with(_ fix: FixIt) -> Diagnostic {
        Diagnostic(code, message, at: span, label: label, notes: notes, help: help, fix: fix)
    }
}

private let signs: [String: Symbol] = [
    "→": .arrow, "⇒": .arrow, "≠": .notEqual, "≤": .lessEqual, "≥": .greaterEqual, "−": .minus, "–": .minus,
    "×": .star, "÷": .slash, "，": .comma, "：": .colon, "（": .openParen, "）": .closeParen, "&": .andAnd,
]

private let operatorWords: [String: BinaryOperator] = [
    "and": .and, "AND": .and, "or": .or, "OR": .or, "is": .equal,
]

private let literals: [String: Value] = [
    "True": .bool(true), "TRUE": .bool(true), "False": .bool(false), "FALSE": .bool(false), "None": .null,
    "NULL": .null, "nil": .null, "Null": .null, "undefined": .null,
]
