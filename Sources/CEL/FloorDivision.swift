import Diagnostics
import Values

/// `a // b`, which divides in Python and begins a comment in many other languages.
extension TokenStream {
    /// Whether the `//` at a place divides: an operand stands before it on its line, and an expression behind it up to the
    /// line's end. As a comment it would take the divisor away, and nobody would see it.
    func isFloorDivision(at start: Int) -> Bool {
        guard lexer.starts(with: "//", at: start), lexer.byte(at: start + 2) != UInt8(ascii: "/"),
            let operand = operandBefore(start)
        else { return false }
        var ahead = lexer
        ahead.offset = start + 2
        while let byte = ahead.byte(at: ahead.offset), byte == 0x20 || byte == 0x09 { ahead.offset += 1 }
        guard let first = ahead.byte(at: ahead.offset) else { return false }
        // One word behind a number or a name is likelier a comment.
        guard isDigit(first) || operand == .value,
            isDigit(first) || isIdentifierStart(first) || first == UInt8(ascii: "(")
        else { return false }
        return isExpressionToLineEnd(ahead)
    }

    /// What stands before a `//`.
    private enum Operand {
        /// A number or a name, which may be a type or a step as well.
        case word
        /// A field that is read, or what stands in brackets.
        case value
    }

    private func operandBefore(_ start: Int) -> Operand? {
        var end = start
        while end > 0, lexer.bytes[end - 1] == 0x20 || lexer.bytes[end - 1] == 0x09 { end -= 1 }
        let floor = max(0, end - Lexer.mendReach)
        var first = end
        while first > floor, isIdentifierPart(lexer.bytes[first - 1]) || lexer.bytes[first - 1] == 0x2E {
            first -= 1
        }
        var lineStart = first
        while lineStart > floor, lexer.bytes[lineStart - 1] != 0x0A { lineStart -= 1 }
        lexer.work?.add(end - lineStart)
        guard end > 0, end > lineStart, isInValue(lexer.bytes[lineStart..<end]) else { return nil }
        if first < end {
            let word = lexer.bytes[first..<end]
            return isIdentifierStart(word[word.startIndex]) && word.contains(UInt8(ascii: "."))
                ? .value : .word
        }
        let last = lexer.bytes[end - 1]
        return last == UInt8(ascii: ")") || last == UInt8(ascii: "]") ? .value : nil
    }

    /// Whether a line goes on in a value, and not in a declaration or behind an edge: `input n: int // 3`, `-> next // 2`.
    private func isInValue(_ line: ArraySlice<UInt8>) -> Bool {
        if lexer.depth > 0 || line.contains(UInt8(ascii: "{")) { return true }
        return !isIdentifierStart(line[line.startIndex]) && line.firstRange(of: "->".utf8) == nil
    }

    /// Whether operands and operators take turns up to the line's end, or to what closes the brackets around them.
    private func isExpressionToLineEnd(_ start: Lexer) -> Bool {
        var ahead = start
        let reach = ahead.offset + Lexer.mendReach
        var open = 0
        var isOperandNext = true
        while ahead.offset < reach {
            guard let token = try? ahead.next() else { return false }
            if token.newlineBefore || token.kind == .endOfText { return open == 0 && !isOperandNext }
            switch token.kind {
            case .identifier, .int, .intMinimum, .uint, .double, .duration, .text, .bytes:
                guard isOperandNext else { return false }
                isOperandNext = false
            case .symbol(.openParen), .symbol(.openBracket):
                open += 1
                isOperandNext = true
            case .symbol(.closeParen), .symbol(.closeBracket):
                guard open > 0 else { return !isOperandNext }
                open -= 1
                isOperandNext = false
            case .symbol(.closeBrace), .symbol(.arrow): return open == 0 && !isOperandNext
            case .symbol(.comma) where open == 0: return !isOperandNext
            case .symbol(.slash):
                guard !isOperandNext else { return false }
                if ahead.byte(at: ahead.offset) == UInt8(ascii: "/") { ahead.offset += 1 }
                isOperandNext = true
            case .symbol: isOperandNext = true
            case .endOfText: return false
            }
        }
        return false
    }

    /// Tells a `//` that has been taken as an operator.
    mutating func tellFloorDivision(_ span: Span) {
        slips.append(
            Diagnostic(
                .expected, "`//` is no operator here", at: span,
                help: "of ints write `/`, which leaves the rest out; a comment begins with `#`",
                fix: FixIt(span: span, replacement: "/", isSafe: false)))
    }
}
