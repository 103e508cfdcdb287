import CEL
import Values

/// Where blanks stand between the tokens of an expression.
struct FlowSpacing {
    private enum Bracket {
        case paren
        case bracket
        case brace
    }

    private var before: FormatToken?
    private var open: [Bracket] = []
    /// For each open bracket, and outside of all, the `?` whose `:` is still to come.
    private var ternaries = [0]
    private var isPrefix = false

    var depth: Int { open.count }

    /// Whether the last token ends a value, so that a sign behind it stands between two.
    private var endsValue: Bool {
        guard let before else { return false }
        switch before.kind {
        case .identifier("in"): return false
        case .identifier, .int, .intMinimum, .uint, .double, .duration, .text, .bytes, nil: return true
        case .symbol(let symbol): return [.closeParen, .closeBracket, .closeBrace].contains(symbol)
        case .endOfText: return false
        }
    }

    func needsSpace(before token: FormatToken) -> Bool {
        guard let last = before else { return false }
        if isPrefix { return false }
        switch last.kind {
        case .symbol(.openParen), .symbol(.openBracket), .symbol(.dot): return false
        case .symbol(.openBrace): return !token.isSymbol(.closeBrace)
        case .symbol, .identifier, .int, .intMinimum, .uint, .double, .duration, .text, .bytes, .endOfText,
            nil:
            break
        }
        switch token.kind {
        case .symbol(.closeParen), .symbol(.closeBracket), .symbol(.comma), .symbol(.dot): return false
        case .symbol(.closeBrace): return true
        case .symbol(.colon): return (ternaries.last ?? 0) > 0
        case .symbol(.openParen):
            if case .identifier(let word) = last.kind { return word == "in" }
            return !endsValue
        case .symbol(.openBracket): return !endsValue
        case .symbol, .identifier, .int, .intMinimum, .uint, .double, .duration, .text, .bytes, .endOfText,
            nil:
            return true
        }
    }

    mutating func pass(_ token: FormatToken) {
        let followsValue = endsValue
        isPrefix = false
        switch token.kind {
        case .symbol(.openParen): push(.paren)
        case .symbol(.openBracket): push(.bracket)
        case .symbol(.openBrace): push(.brace)
        case .symbol(.closeParen), .symbol(.closeBracket), .symbol(.closeBrace):
            if !open.isEmpty {
                open.removeLast()
                ternaries.removeLast()
            }
        case .symbol(.question):
            // `.?name`, `[?key]`, `{?key: …}`: a mark before what follows.
            if followsValue { ternaries[ternaries.count - 1] += 1 } else { isPrefix = true }
        case .symbol(.colon):
            if ternaries[ternaries.count - 1] > 0 { ternaries[ternaries.count - 1] -= 1 }
        case .symbol(.minus), .symbol(.not): isPrefix = !followsValue
        case .symbol, .identifier, .int, .intMinimum, .uint, .double, .duration, .text, .bytes, .endOfText,
            nil:
            break
        }
        before = token
    }

    private mutating func push(_ bracket: Bracket) {
        open.append(bracket)
        ternaries.append(0)
    }
}
