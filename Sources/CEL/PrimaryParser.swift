import Diagnostics
import Values

private let reservedWords: Set<String> = [
    "as", "break", "const", "continue", "else", "for", "function", "if", "import", "let", "loop", "package",
    "namespace", "return", "var", "void", "while",
]

extension TokenStream {
    mutating func primary() throws(Diagnostic) -> Expression {
        let token = try peek()
        switch token.kind {
        case .int(let value): return try literal(.int(value))
        case .uint(let value): return try literal(.uint(value))
        case .double(let value): return try literal(.double(value))
        case .bytes(let value): return try literal(.bytes(value))
        case .duration(let nanoseconds): return try literal(.duration(Duration(nanoseconds: nanoseconds)))
        case .text(let pieces):
            try take()
            return try text(pieces, token.span)
        case .identifier(let name):
            return try named(name, token, rooted: false)
        case .symbol(.dot):
            try take(as: .prefix)
            let next = try peek()
            guard case .identifier(let name) = next.kind else {
                throw unexpected(next, expected: "a name after `.`")
            }
            return try named(name, next, rooted: true)
        case .symbol(.openParen):
            return try parenthesised()
        case .symbol(.openBracket):
            return try list()
        case .symbol(.openBrace):
            return try map()
        case .intMinimum:
            throw Diagnostic(
                .badLiteral, "9223372036854775808 does not fit an int", at: token.span,
                help: "an int goes up to 9223372036854775807")
        case .symbol(.slash) where isAutomation && patternMend(token) != nil:
            throw Diagnostic(
                .expected, "a pattern stands in quotes, and not between `/`", at: token.span,
                help: patternMend(token).map { "write \($0.replacement)" }, fix: patternMend(token))
        case .symbol, .endOfText:
            throw unexpected(token, expected: "an expression", help: operatorOnNextLine(token))
        }
    }

    /// What to do about an operator that begins a line; nil for other tokens.
    package func operatorOnNextLine(_ token: Token) -> String? {
        guard isAutomation, token.newlineBefore, case .symbol(let symbol) = token.kind,
            BinaryOperator(rawValue: symbol.rawValue) != nil || [.dot, .question, .colon].contains(symbol)
        else { return nil }
        return "a new line ends a field: put `\(symbol.rawValue)` at the end of the line before"
    }

    private mutating func literal(_ value: Value) throws(Diagnostic) -> Expression {
        Expression(.literal(value), at: try take().span)
    }

    mutating func text(_ pieces: [TextPiece], _ span: Span) throws(Diagnostic) -> Expression {
        if pieces.count == 1, case .characters(let text) = pieces[0] {
            return Expression(.literal(.string(text)), at: span)
        }
        var parts: [TextPart] = []
        for piece in pieces {
            switch piece {
            case .characters(let text): parts.append(.characters(text))
            case .expression(let whole):
                let place = withoutSecondBraces(whole)
                var tokens = try inner(place)
                tokens.openBrackets = 1
                tokens.nesting = nesting + 1
                if try tokens.peek().kind == .endOfText {
                    throw Diagnostic(
                        .expected, "expected an expression between `${` and `}`, found nothing", at: place,
                        help: "write `$${}` for the characters `${}`")
                }
                let expression = try tokens.expression()
                let rest = try tokens.peek()
                guard rest.kind == .endOfText else {
                    throw unexpected(rest, expected: "an operator or `}`")
                }
                slips += tokens.slips
                parts.append(.expression(expression))
            }
        }
        return try node(.text(parts), span)
    }

    /// The place of an expression in a text; `${{ x }}` of other tools is told and read as `${x}`.
    private mutating func withoutSecondBraces(_ place: Span) -> Span {
        let bytes = lexer.bytes[place.start..<place.end]
        guard isAutomation, bytes.count > 2, bytes.first == UInt8(ascii: "{"),
            bytes.last == UInt8(ascii: "}"), !bytes.contains(UInt8(ascii: ":")), isOnePair(bytes)
        else { return place }
        let inside = bytes.dropFirst().dropLast()
        guard let first = inside.firstIndex(where: { $0 != 0x20 }),
            let last = inside.lastIndex(where: { $0 != 0x20 })
        else { return place }
        let expression = Span(first, last + 1)
        let written = String(decoding: lexer.bytes[first...last], as: UTF8.self)
        tell(
            .expected, "an expression in a text stands between `${` and `}`", at: place,
            help: "write `${\(written)}`", by: written)
        return expression
    }

    /// Whether the brace that opens the bytes is closed by the last one, and not by one before it, as in `{} == {}`.
    private func isOnePair(_ bytes: ArraySlice<UInt8>) -> Bool {
        var depth = 0
        for (place, byte) in zip(bytes.indices, bytes) {
            if byte == UInt8(ascii: "{") { depth += 1 }
            if byte == UInt8(ascii: "}") { depth -= 1 }
            if depth == 0, place < bytes.endIndex - 1 { return false }
        }
        return true
    }

    private mutating func named(_ name: String, _ token: Token, rooted: Bool) throws(Diagnostic) -> Expression
    {
        if !rooted {
            switch name {
            case "true": return try literal(.bool(true))
            case "false": return try literal(.bool(false))
            case "null": return try literal(.null)
            case "in": throw unexpected(token, expected: "an expression")
            default: break
            }
            if let expression = try foreignLiteral(name, token) { return expression }
            if let expression = try prefixedText(name, token) { return expression }
            if let expression = try ifInWords(token) { return expression }
            try refusePrefix(name, token)
        }
        // In automations steps may be named by them: `loop.result` is what the user means.
        guard isAutomation || !reservedWords.contains(name) else {
            throw Diagnostic(
                .reservedName, "`\(name)` is a reserved word of expressions", at: token.span,
                help: name == "if" || name == "else"
                    ? "write `condition ? this : that`" : "choose another name")
        }
        try take()
        let next = try peek()
        if next.isSymbol(.openParen), next.span.start == token.span.end {
            return try call(name, token.span, target: nil)
        }
        return Expression(.name(name, rooted: rooted), at: token.span)
    }

    private mutating func parenthesised() throws(Diagnostic) -> Expression {
        let open = try take()
        try refuseFunction(behind: open)
        let outer = bareKeys
        bareKeys = false
        defer { bareKeys = outer }
        return try bracketed(open) { (tokens: inout TokenStream) throws(Diagnostic) in
            let inner = try tokens.expression()
            let close = try tokens.close(.closeParen, open)
            return Expression(inner.kind, at: open.span.union(close.span))
        }
    }

    private mutating func list() throws(Diagnostic) -> Expression {
        let open = try take()
        return try bracketed(open) { (tokens: inout TokenStream) throws(Diagnostic) in
            var elements: [ListElement] = []
            while try !tokens.peek().isSymbol(.closeBracket) {
                let optional = try tokens.takeIf(.question, as: .prefix) != nil
                elements.append(ListElement(value: try tokens.expression(), optional: optional))
                if try tokens.takeIf(.comma) != nil { continue }
                if elements.count == 1, try tokens.peek().kind == .identifier("for") {
                    throw try tokens.comprehension(of: elements[0].value, open)
                }
                guard try tokens.passMissingComma("between two elements of the list") else { break }
            }
            let close = try tokens.close(.closeBracket, open)
            return try tokens.node(.list(elements), open.span.union(close.span))
        }
    }

    private mutating func map() throws(Diagnostic) -> Expression {
        let open = try take()
        return try bracketed(open) { (tokens: inout TokenStream) throws(Diagnostic) in
            var entries: [MapEntry] = []
            while try !tokens.peek().isSymbol(.closeBrace) {
                let optional = try tokens.takeIf(.question, as: .prefix) != nil
                let key = try tokens.mapKey()
                _ = try tokens.expect(.colon, "after a key", as: .suffix)
                entries.append(MapEntry(key: key, value: try tokens.expression(), optional: optional))
                let next = try tokens.peek()
                let newlineSeparates = tokens.bareKeys && next.newlineBefore && !next.isSymbol(.comma)
                if try tokens.takeIf(.comma) == nil, !newlineSeparates {
                    guard try tokens.passMissingEntryComma() else { break }
                }
            }
            let close = try tokens.close(.closeBrace, open)
            return try tokens.node(.map(entries), open.span.union(close.span))
        }
    }

    private mutating func mapKey() throws(Diagnostic) -> Expression {
        let token = try peek()
        // Whatever word it is: `in`, `null` and `true` name a record's field as well as any.
        if bareKeys, case .identifier(let name) = token.kind, isFollowedByColon(token) {
            try take()
            return Expression(.literal(.string(name)), at: token.span)
        }
        let key = try expression()
        guard bareKeys, case .name(let name, rooted: false) = key.kind else { return key }
        return Expression(.literal(.string(name)), at: key.span)
    }

    /// A call, or the macro of that name when its arguments have the macro's form.
    mutating func call(_ name: String, _ nameSpan: Span, target: Expression?) throws(Diagnostic) -> Expression
    {
        let open = try take(as: .suffix)
        let (arguments, close) = try self.arguments(open)
        let span = (target?.span ?? nameSpan).union(close.span)
        if let macro = try macro(name, nameSpan, target: target, arguments, span) { return macro }
        return try node(.call(name, nameSpan: nameSpan, target: target, arguments), span)
    }
}
