import CEL
import Diagnostics
import Values

/// A token with what stands before it, for the formatter.
struct FormatToken {
    struct Comment {
        let text: String
        /// Whether it stands behind something on its line.
        let isTrailing: Bool
        let blankBefore: Bool
    }

    /// Nil for a program, and for the end of the file.
    let kind: TokenKind?
    let text: String
    let span: Span
    let comments: [Comment]
    let newlineBefore: Bool
    /// Whether an empty line stands before it, comments not counted.
    let blankBefore: Bool
    let isEnd: Bool

    func isSymbol(_ symbol: Symbol) -> Bool { kind == .symbol(symbol) }

    var word: String? {
        if case .identifier(let word) = kind { word } else { nil }
    }

    /// Whether the token itself goes over several lines.
    var isMultiline: Bool { text.utf8.contains(0x0A) }

    var isOpener: Bool { isSymbol(.openBrace) || isSymbol(.openBracket) || isSymbol(.openParen) }
    var isCloser: Bool { isSymbol(.closeBrace) || isSymbol(.closeBracket) || isSymbol(.closeParen) }
}

/// Every token of a file that parses, programs whole.
func formatTokens(_ automation: Automation) throws(Diagnostic) -> [FormatToken] {
    let bytes = automation.source.bytes
    let programs = programSpans(automation)
    let first = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
    var lexer = Lexer(bytes: bytes, range: first..<bytes.count, dialect: .automation)
    var tokens: [FormatToken] = []
    while true {
        let gap = Gap(bytes, from: lexer.offset)
        let kind: TokenKind?
        let span: Span
        if let end = programs[gap.end] {
            lexer = Lexer(bytes: bytes, range: end..<bytes.count, dialect: .automation)
            (kind, span) = (nil, Span(gap.end, end))
        } else {
            let token = try lexer.next()
            (kind, span) = (token.kind, token.span)
        }
        let isEnd = kind == .endOfText
        tokens.append(
            FormatToken(
                kind: isEnd ? nil : kind, text: isEnd ? "" : automation.source.text(span), span: span,
                comments: gap.comments, newlineBefore: gap.newline, blankBefore: gap.blank, isEnd: isEnd))
        if isEnd { return tokens }
    }
}

/// What stands between two tokens: blanks, line breaks, comments.
private struct Gap {
    var comments: [FormatToken.Comment] = []
    var newline = false
    var blank = false
    var end: Int

    init(_ bytes: [UInt8], from start: Int) {
        end = start
        var breaks = 0
        while end < bytes.count {
            switch bytes[end] {
            case 0x0A:
                breaks += 1
                newline = true
                end += 1
            case 0x20, 0x09, 0x0D, 0x0C: end += 1
            case UInt8(ascii: "#"):
                let first = end
                while end < bytes.count, bytes[end] != 0x0A { end += 1 }
                var text = String(decoding: bytes[first..<end], as: UTF8.self)
                while let last = text.last, last.isWhitespace { text.removeLast() }
                comments.append(
                    FormatToken.Comment(
                        text: text, isTrailing: !newline && start > 0, blankBefore: breaks > 1))
                breaks = 0
            default:
                blank = breaks > 1
                return
            }
        }
        blank = breaks > 1
    }
}

/// Where each program of a file begins and ends.
private func programSpans(_ automation: Automation) -> [Int: Int] {
    var spans: [Int: Int] = [:]
    func add(_ value: FieldValue) {
        switch value {
        case .program(let program), .xpath(let program, _): spans[program.span.start] = program.span.end
        case .record(let fields, _): for field in fields { add(field.value) }
        case .list(let items, _): for item in items { add(item) }
        case .expression: break
        }
    }
    for step in automation.steps { for field in step.fields { add(field.value) } }
    return spans
}
