import Diagnostics

/// Letters that other languages have before the quotes of a text.
extension TokenStream {
    /// `f"…"`: the letter before the quotes is left out; nil when the name is one.
    mutating func prefixedText(_ name: String, _ token: Token) throws(Diagnostic) -> Expression? {
        guard isAutomation, textPrefixes.contains(name) else { return nil }
        let quote = lexer.byte(at: token.span.end)
        guard quote == UInt8(ascii: "\"") || quote == UInt8(ascii: "'") else { return nil }
        try take()
        let message = "a text has no `\(name)` before its quotes"
        let help = "leave it out: every text in \" fills in `${expression}`"
        let next = try peek()
        guard name.lowercased().contains("f"), lexer.bytes[next.span.start..<next.span.end].contains(0x7B),
            case .text(let pieces) = next.kind
        else {
            tell(.expected, message, at: token.span, help: help, by: "")
            return try primary()
        }
        try take()
        let place = token.span.union(next.span)
        guard pieces.count == 1, let (filled, mended) = pythonText(next.span) else {
            // Without the letter the text would be another one.
            tell(
                .expected, message, at: token.span,
                help: "leave it out, and write `${expression}` for each `{expression}`", by: nil)
            return try text(pieces, next.span)
        }
        tell(.expected, message, at: token.span, help: "write \(mended)", replacing: place, by: mended)
        return try text(filled, next.span)
    }

    /// Refuses `key=…` among the arguments of a call.
    mutating func refuseNamedArgument() throws(Diagnostic) {
        let token = try peek()
        guard isAutomation, case .identifier(let name) = token.kind, let sign = second(),
            sign.isSymbol(.assign), let after = lexer.byte(at: sign.span.end),
            after != UInt8(ascii: "="), after != UInt8(ascii: ">")
        else { return }
        let isSorting = name == "key" || name == "reverse"
        throw Diagnostic(
            .expected, "an argument has no name here", at: token.span.union(sign.span),
            help: isSorting
                ? "a list is sorted by `list.sortBy(x, x.price)`, and turned round by `list.reverse()`"
                : "arguments stand in their order: leave `\(name)=` out")
    }

    /// Refuses `new Date()` and the like; a name that stands for itself is followed by no other one.
    mutating func refusePrefix(_ name: String, _ token: Token) throws(Diagnostic) {
        guard isAutomation, let help = foreignPrefixes[name], let next = second(), !next.newlineBefore,
            next.span.start > token.span.end, case .identifier(let word) = next.kind, word != "in",
            binaryOperator(next) == nil
        else { return }
        throw Diagnostic(.expected, "an expression has no `\(name)`", at: token.span, help: help)
    }

    /// What an f-string of Python fills in, as the pieces of a text of this language, and how that is written; nil where it
    /// says more than the values, such as `{price:.2f}`.
    private func pythonText(_ span: Span) -> (pieces: [TextPiece], text: String)? {
        let quote = lexer.byte(at: span.start)
        let width = lexer.byte(at: span.start + 1) == quote && span.end - span.start >= 6 ? 3 : 1
        let inside = Span(span.start + width, span.end - width)
        // Of a text of several lines each one's indentation is left out.
        guard !lexer.bytes[inside.start..<inside.end].contains(0x0A) else { return nil }
        var pieces: [TextPiece] = []
        var (characters, text): ([UInt8], [UInt8]) = ([], [])
        var place = inside.start
        while place < inside.end {
            let byte = lexer.bytes[place]
            let isDouble = place + 1 < inside.end && lexer.bytes[place + 1] == byte
            switch byte {
            case UInt8(ascii: "{") where !isDouble:
                guard let end = lexer.bytes[place..<inside.end].firstIndex(of: UInt8(ascii: "}")) else {
                    return nil
                }
                let written = lexer.bytes[(place + 1)..<end]
                guard !written.isEmpty, !written.contains(where: ":!={\"".utf8.contains) else { return nil }
                pieces.append(.characters(String(decoding: characters, as: UTF8.self)))
                pieces.append(.expression(Span(place + 1, end)))
                characters = []
                text += Array("${".utf8) + written + Array("}".utf8)
                place = end + 1
            case UInt8(ascii: "\\"),
                UInt8(ascii: "}") where !isDouble, UInt8(ascii: "\"") where width == 1:
                return nil
            default:
                if byte == UInt8(ascii: "{") || byte == UInt8(ascii: "}") { place += 1 }
                characters.append(byte)
                text.append(byte)
                place += 1
            }
        }
        pieces.append(.characters(String(decoding: characters, as: UTF8.self)))
        let quotes = String(repeating: "\"", count: width)
        return (pieces, quotes + String(decoding: text, as: UTF8.self) + quotes)
    }
}

/// Whether letters stand before the quotes of a text, which is thereby meant to be filled in, as Python has it: `f"Hello {name}"`.
///
/// - Parameter start: where the text's first quote stands.
package func hasFillingPrefix(before start: Int, in bytes: [UInt8]) -> Bool {
    var first = start
    while first > 0, start - first < 3, isIdentifierPart(bytes[first - 1]) { first -= 1 }
    guard first < start else { return false }
    let name = String(decoding: bytes[first..<start], as: UTF8.self)
    return textPrefixes.contains(name) && name.lowercased().contains("f")
}

/// What Python, C# and others write before the quotes of a text.
private let textPrefixes: Set<String> = ["f", "F", "u", "t", "fr", "rf", "s"]

/// What other languages write before an expression, which so is no text without quotes, and what to do about it.
package let foreignPrefixes = [
    "typeof": "write `type(x)`",
    "new":
        "values are written out; a time is read by `timestamp(text)`, and the run's is `session.started_at`",
    "await": "leave it out: a step has ended before another one reads its result",
    "lambda": "a variable stands in the macro that has it, as in `list.map(x, x + 1)`",
    "return": "leave it out: the expression itself is what comes of it",
]
