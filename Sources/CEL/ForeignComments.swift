import Diagnostics

/// Comments and ends of lines as other languages have them.
extension TokenStream {
    /// Skips `// …` and `/* … */`; false when none stands here, as behind the `:` of a url.
    mutating func skipComment(from start: Int) -> Bool {
        guard start == 0 || lexer.bytes[start - 1] != UInt8(ascii: ":") else { return false }
        if lexer.starts(with: "//", at: start) {
            lexer.offset = endOfLine(from: start)
            tell(
                .badCharacter, "a comment begins with `#`, not with `//`", at: Span(start, start + 2),
                help: "write `#`", by: "#")
            return true
        }
        guard lexer.starts(with: "/*", at: start) else { return false }
        var close = start + 2
        while close < lexer.end, !lexer.starts(with: "*/", at: close) { close += 1 }
        let end = min(close + 2, lexer.end)
        lexer.offset = end
        let isAlone = lexer.bytes[end..<endOfLine(from: end)].allSatisfy {
            $0 == 0x20 || $0 == 0x09 || $0 == 0x0D
        }
        let lines = String(decoding: lexer.bytes[(start + 2)..<close], as: UTF8.self)
            .split(separator: "\n", omittingEmptySubsequences: false)
            .map {
                ("# " + $0.drop { $0 == " " || $0 == "\t" || $0 == "*" }).split(separator: " ").joined(
                    separator: " ")
            }
        tell(
            .badCharacter, "a comment begins with `#` and ends with its line", at: Span(start, start + 2),
            help: "begin each of its lines with `#`", replacing: Span(start, end),
            by: isAlone ? lines.joined(separator: "\n") : nil)
        return true
    }

    /// `;` at the end of a line is left out; between two entries it stands for the comma.
    mutating func semicolon(_ finding: Diagnostic) -> ForeignSign {
        if isFirstOnLine(finding.span.start) {
            lexer.offset = endOfLine(from: finding.span.start)
            tell(
                .badCharacter, "a comment begins with `#`, not with `;`", at: finding.span, help: "write `#`",
                by: "#")
            return .blank
        }
        var ahead = lexer
        let isLast = ahead.skipBlanks() || ahead.byte(at: ahead.offset) == UInt8(ascii: "}")
        if isLast || ahead.offset >= ahead.end {
            slips.append(finding.with(FixIt(span: finding.span, replacement: "")))
            return .blank
        }
        slips.append(
            Diagnostic(
                .badCharacter, finding.message, at: finding.span,
                help: "entries on one line are parted by `,`",
                fix: FixIt(span: finding.span, replacement: ",")))
        return .sign(.comma)
    }

    /// Whether only blanks stand before a place on its line.
    private func isFirstOnLine(_ place: Int) -> Bool {
        var index = place
        while index > 0, lexer.bytes[index - 1] == 0x20 || lexer.bytes[index - 1] == 0x09 { index -= 1 }
        lexer.work?.add(place - index)
        return index == 0 || lexer.bytes[index - 1] == 0x0A
    }
}
