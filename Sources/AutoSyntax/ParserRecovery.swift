import CEL
import Diagnostics

/// How reading goes on behind a mistake that stands inside brackets.
extension Parser {
    /// After a mistake within the brackets of an entry: goes behind them, when they close before the next declaration.
    mutating func skipEntry(from start: Int) -> Bool {
        guard let mistake = findings.last, !insideUnclosedBlock,
            [.expected, .wrongType, .badCharacter, .badLiteral].contains(mistake.code)
                || isUnclosedOnLine(mistake)
        else { return false }
        var probe = tokens.probe()
        probe.move(to: start)
        var brackets = EntryBrackets()
        // An entry longer than this is likelier never closed; and each mistake may look so far.
        for _ in 0..<500 {
            let token: Token
            do throws(Diagnostic) { token = try probe.peek() } catch {
                if brackets.open.isEmpty, error.span.start > mistake.span.start,
                    beginsLine(error.span.start, behind: probe.lastEnd)
                {
                    // What cannot be read is the next entry's.
                    if brackets.hasAny { tokens.move(to: probe.lastEnd) }
                    return brackets.hasAny
                }
                guard pass(error, in: &probe, &brackets) else { return false }
                continue
            }
            if token.kind == .endOfText || (token.newlineBefore && startsDeclaration(token)) { return false }
            if brackets.open.isEmpty, token.span.start > mistake.span.start,
                token.newlineBefore || token.isSymbol(.closeBrace) || token.isSymbol(.comma)
            {
                guard brackets.hasAny else { return false }
                // Not to the token itself, which is then no longer known to begin a line.
                tokens.move(to: token.newlineBefore ? probe.lastEnd : token.span.start)
                if token.isSymbol(.comma) { _ = try? tokens.take() }
                return true
            }
            if case .symbol(let symbol) = token.kind, !brackets.pass(symbol) { return false }
            guard (try? probe.take()) != nil else { return false }
        }
        return false
    }

    private func beginsLine(_ place: Int, behind end: Int) -> Bool {
        end < place && automation.source.bytes[end..<place].contains(0x0A)
    }

    /// Goes behind what cannot be read; false where nobody knows where it ends.
    private func pass(_ error: Diagnostic, in probe: inout TokenStream, _ brackets: inout EntryBrackets)
        -> Bool
    {
        if error.code == .badCharacter || error.code == .badLiteral {
            probe.take(upTo: max(probe.here, error.span.end))
            return true
        }
        guard isUnclosedOnLine(error) else { return false }
        let bytes = automation.source.bytes
        let end = bytes[error.span.start...].firstIndex(of: 0x0A) ?? bytes.count
        probe.take(upTo: end)
        return closersBehindText(bytes[error.span.end..<max(end, error.span.end)]).allSatisfy {
            brackets.pass($0)
        }
    }

    /// Whether a mistake is a text that should end on its line, and does not.
    private func isUnclosedOnLine(_ error: Diagnostic) -> Bool {
        error.code == .unclosedText && error.span.end - error.span.start < 3
            && tokens.byte(at: error.span.start) != UInt8(ascii: "$")
    }

    /// The brackets at the end of a text that is not closed, which stand behind a blank: they are none of its own.
    private func closersBehindText(_ text: ArraySlice<UInt8>) -> [Symbol] {
        var start = text.endIndex
        while start > text.startIndex, " \t\r,})]".utf8.contains(text[start - 1]) { start -= 1 }
        return text[start...].drop { $0 != 0x20 && $0 != 0x09 }.compactMap { byte -> Symbol? in
            switch byte {
            case UInt8(ascii: "}"): .closeBrace
            case UInt8(ascii: "]"): .closeBracket
            case UInt8(ascii: ")"): .closeParen
            default: nil
            }
        }
    }
}

/// The brackets of an entry that is passed over.
private struct EntryBrackets {
    /// Those that are open, the innermost one last.
    private(set) var open: [Symbol] = []
    /// Whether there were any.
    private(set) var hasAny = false

    /// Passes a sign; false where it closes what is not open.
    mutating func pass(_ symbol: Symbol) -> Bool {
        if [.openBrace, .openBracket, .openParen].contains(symbol) {
            open.append(symbol)
            hasAny = true
        } else if symbol == .closeBrace {
            return open.popLast() == .openBrace
        } else if symbol == .closeBracket {
            return open.popLast() == .openBracket
        } else if symbol == .closeParen {
            return open.popLast() == .openParen
        }
        return true
    }
}
