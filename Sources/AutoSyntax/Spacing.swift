import CEL

/// Whether a blank stands between two tokens that follow each other on a line.
func isBlankBetween(_ first: SyntaxToken, _ second: SyntaxToken) -> Bool {
    if first.role == .prefix { return false }
    switch first.kind {
    case .symbol(.openParen), .symbol(.openBracket), .symbol(.dot): return false
    case .symbol(.less) where first.role == .suffix: return false
    case .symbol(.openBrace): return !second.isSymbol(.closeBrace)
    case .symbol, .identifier, .int, .intMinimum, .uint, .double, .duration, .text, .bytes, .endOfText, nil:
        break
    }
    if second.role == .suffix { return false }
    switch second.kind {
    case .symbol(.closeParen), .symbol(.closeBracket), .symbol(.comma): return false
    case .symbol, .identifier, .int, .intMinimum, .uint, .double, .duration, .text, .bytes, .endOfText, nil:
        return true
    }
}
