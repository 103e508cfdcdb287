import CEL
import Diagnostics
import Values

/// Choices of texts as other languages write them, or without their quotes: told with their mend, and read as `one_of(…)`.
extension Parser {
    mutating func words(from start: Int, until symbol: Symbol) throws(Diagnostic) -> TypeNode {
        let values = try choices(until: symbol).values
        let close = try tokens.expect(symbol, "after the values")
        return oneOf(values, Span(start, close.span.end))
    }

    /// What closes the bracket that a token opens; nil for any other token.
    func closing(_ token: Token) -> Symbol? {
        switch token.kind {
        case .symbol(.openParen): .closeParen
        case .symbol(.openBracket): .closeBracket
        case .symbol(.less): .greater
        case .symbol, .identifier, .int, .intMinimum, .uint, .double, .duration, .text, .bytes, .endOfText:
            nil
        }
    }

    /// The texts of a choice up to its `)`; those that stand without quotes are told in one finding.
    mutating func quotedChoices() throws(Diagnostic) -> [Name] {
        let mendsBefore = tokens.mendsTold
        let (values, isBare) = try choices(until: .closeParen)
        guard isBare, let first = values.first, let last = values.last else { return values }
        let span = first.span.union(last.span)
        let mend = values.map { quotedText($0.text) }.joined(separator: ", ")
        // A comment would be lost, and what lacks a comma is mended first.
        let isPlain = tokens.mendsTold == mendsBefore && !written(span).contains("#")
        tell(
            "the texts of a choice stand in quotes", at: span, help: "write \(mend)", by: isPlain ? mend : nil
        )
        return values
    }

    /// The texts of a choice, and whether one of them is a word without quotes, which is read as the text.
    private mutating func choices(until symbol: Symbol) throws(Diagnostic) -> (values: [Name], isBare: Bool) {
        var (values, isBare) = ([Name](), false)
        while try !tokens.peek().isSymbol(symbol) {
            let token = try tokens.peek()
            if let end = endOfWord(token) {
                values.append(Name(written(Span(token.span.start, end)), at: Span(token.span.start, end)))
                tokens.take(upTo: end)
                isBare = true
            } else {
                values.append(try plainText("a text such as \"yes\""))
            }
            guard try another("between two values") else { break }
        }
        return (values, isBare)
    }

    /// Where a word such as `in-progress` ends that begins at a token; nil where no word does.
    private func endOfWord(_ token: Token) -> Int? {
        guard case .identifier(let word) = token.kind, !namesType(word) else { return nil }
        let bytes = automation.source.bytes
        let hyphen = UInt8(ascii: "-")
        var end = token.span.end
        while end + 1 < bytes.count, bytes[end] == hyphen, isIdentifierStart(bytes[end + 1]) {
            end = bytes[(end + 1)...].firstIndex { !isIdentifierPart($0) } ?? bytes.count
        }
        return end
    }

    /// `yes/no` and `yes | no`, behind the first word; nil where no word follows, or one names a type.
    mutating func bareChoice(_ first: Name) throws(Diagnostic) -> TypeNode? {
        var probe = tokens.probe()
        var values = [first]
        while let bar = barBehind(values[values.count - 1].span.end) {
            probe.move(to: bar + 1)
            guard let token = try? probe.take(), !token.newlineBefore, case .identifier(let word) = token.kind
            else { return nil }
            values.append(Name(word, at: token.span))
        }
        // A type may be declared further below.
        let isOfTypes =
            sign(behind: first.span.end) == UInt8(ascii: "|")
            && values.contains { $0.text.first?.isUppercase == true }
        guard values.count > 1, let last = values.last, !isOfTypes,
            !values.contains(where: { namesType($0.text) })
        else { return nil }
        tokens.take(upTo: last.span.end)
        return oneOf(values, first.span.union(last.span))
    }

    private func namesType(_ word: String) -> Bool {
        TypeWord(rawValue: word) != nil || otherTypeName(word) != nil || word == "null"
            || automation.types.contains { $0.name.text == word }
    }

    /// Where `|` or `/` stands behind a place on its line.
    private func barBehind(_ place: Int) -> Int? {
        guard let sign = sign(behind: place), [UInt8(ascii: "|"), UInt8(ascii: "/")].contains(sign) else {
            return nil
        }
        return automation.source.bytes[place...].firstIndex(of: sign)
    }

    /// `"a" | "b"`.
    mutating func wordsWithBars(_ token: Token) throws(Diagnostic) -> TypeNode {
        var values = [try plainText("a text")]
        while sign(behind: tokens.lastEnd) == UInt8(ascii: "|"), endOfNull(behind: tokens.lastEnd) == nil {
            var place = tokens.lastEnd
            while tokens.byte(at: place) != UInt8(ascii: "|") { place += 1 }
            tokens.move(to: place + 1)
            values.append(try plainText("a text behind `|`"))
        }
        return oneOf(values, Span(token.span.start, tokens.lastEnd))
    }

    private mutating func oneOf(_ values: [Name], _ span: Span) -> TypeNode {
        let type = TypeNode(kind: .oneOf(values), span: span)
        tell(
            "a choice of texts is written `one_of(…)`", at: span, help: "write `\(mended(type))`",
            by: mended(type))
        return type
    }
}

extension Parser {
    /// `{ city }` for `{ city: city }`, behind the name; nil where something else follows.
    mutating func shorthand(_ name: Name) throws(Diagnostic) -> Field? {
        let next = try tokens.peek()
        guard next.isSymbol(.comma) || next.isSymbol(.closeBrace), isIdentifier(name.text),
            name.span.end - name.span.start == name.text.utf8.count
        else { return nil }
        tell(
            "the key `\(name.text)` has no value", at: name.span,
            help: "write `\(name.text): …` with its value",
            replacing: Span(name.span.end, name.span.end), by: ": \(name.text)")
        // Where it is written out, the checker looks at the name.
        return Field(name: name, value: .expression(Expression(.literal(.null), at: name.span)))
    }

    /// `secret TOKEN = …`: told, and the value passed over.
    mutating func passSecretValue(_ name: Name) throws(Diagnostic) {
        var token = try tokens.peek()
        if token.isSymbol(.colon), !token.newlineBefore, case .identifier? = tokens.second()?.kind {
            try tokens.take()
            _ = try typeNode()
            tell(
                "a secret has no type: it is a text", at: Span(token.span.start, tokens.lastEnd),
                help: "leave it out", replacing: Span(name.span.end, tokens.lastEnd), by: "")
            token = try tokens.peek()
        }
        guard token.isSymbol(.assign), !token.newlineBefore else { return }
        try tokens.take()
        // What stands on the next line is a declaration of its own.
        if try !tokens.peek().newlineBefore { _ = try expression() }
        let place = Span(name.span.end, tokens.lastEnd)
        tell(
            "a secret has no value in the file", at: Span(token.span.start, tokens.lastEnd),
            help: "leave it out: it is read from the environment variable `\(name.text)`", replacing: place,
            by: "")
    }

    /// The name of a test; one that stands without quotes is told and read.
    mutating func testName() throws(Diagnostic) -> Name {
        let token = try tokens.peek()
        guard case .identifier = token.kind, !token.newlineBefore else {
            return try plainText("the test's name in quotes")
        }
        let bytes = automation.source.bytes
        let line = bytes[token.span.start...].prefix { $0 != 0x0A }
        guard var end = line.firstIndex(of: UInt8(ascii: "{")) else {
            return try plainText("the test's name in quotes")
        }
        while end > token.span.end, bytes[end - 1] == 0x20 || bytes[end - 1] == 0x09 { end -= 1 }
        let span = Span(token.span.start, end)
        let text = written(span)
        tokens.take(upTo: end)
        let isPlain = !text.contains("\"") && !text.contains("\\")
        tell(
            "a test's name stands in quotes", at: span, help: "write \(quotedText(text))",
            by: isPlain ? "\"\(text)\"" : nil)
        return Name(text, at: span)
    }
}

/// What other languages call a choice of texts.
let choiceWords: Set<String> = ["enum", "oneof", "choice", "choices", "literal", "union"]
