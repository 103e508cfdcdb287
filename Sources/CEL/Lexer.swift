package import Diagnostics
import Values

/// Which text is read: an expression alone, or an automation (comments with `#`, `->`, durations, `${…}`).
package enum Dialect: Sendable, Hashable {
    case cel
    case automation
}

/// Makes tokens on demand, so that the parser can read programs letter for letter where they stand.
package struct Lexer: Sendable {
    let bytes: [UInt8]
    /// The byte at which the next token is looked for.
    package internal(set) var offset: Int
    let end: Int
    let dialect: Dialect
    /// How deep this text stands inside `${…}` of other texts.
    let depth: Int
    /// Counts the bytes that are read, by this lexer and those of the texts within; nil where nobody asks.
    let work: ReadingWork?
    /// Each `${` whose `}` is missing, with the offset of the quote before which it belongs: it is read as if it were
    /// closed there.
    var missingBraces: [Int: Int] = [:]
    /// Texts that stand without quotes: the offset at which each ends, by the one at which it begins.
    var unquoted: [Int: Int] = [:]
    /// So many are mended in one file: each costs another reading of its text.
    static let mostMissingBraces = 20
    /// How far a mend is looked for, in bytes: each mistake on a long line looks, and none may go over all of it.
    static let mendReach = 1_000

    package init(
        bytes: [UInt8], range: Range<Int>, dialect: Dialect, depth: Int = 0, work: ReadingWork? = nil
    ) {
        self.work = work
        self.bytes = bytes
        self.offset = range.lowerBound
        self.end = range.upperBound
        self.dialect = dialect
        self.depth = depth
    }

    func byte(at index: Int) -> UInt8? { index < end ? bytes[index] : nil }

    func starts(with text: StaticString, at index: Int) -> Bool {
        guard index + text.utf8CodeUnitCount <= end else { return false }
        for step in 0..<text.utf8CodeUnitCount where bytes[index + step] != text.utf8Start[step] {
            return false
        }
        return true
    }

    /// Skips blanks, line breaks and comments; true when a line break was among them.
    package mutating func skipBlanks() -> Bool {
        var newline = false
        while let byte = byte(at: offset) {
            if byte == 0x0A {
                newline = true
                offset += 1
            } else if byte == 0x20 || byte == 0x09 || byte == 0x0D || byte == 0x0C {
                offset += 1
            } else if isCommentStart {
                while let next = self.byte(at: offset), next != 0x0A { offset += 1 }
            } else {
                break
            }
        }
        return newline
    }

    private var isCommentStart: Bool {
        switch dialect {
        case .cel: starts(with: "//", at: offset)
        case .automation: byte(at: offset) == UInt8(ascii: "#")
        }
    }

    /// Reads the next token; at the end of the text `endOfText`, as often as it is asked for.
    ///
    /// - Throws: a finding when no token begins here; the lexer stands behind what it speaks of.
    package mutating func next() throws(Diagnostic) -> Token {
        let before = offset
        defer { work?.add(offset - before + 1) }
        let newline = skipBlanks()
        let start = offset
        guard let first = byte(at: offset) else {
            return Token(kind: .endOfText, span: Span(end, end), newlineBefore: newline)
        }
        let kind: TokenKind
        if let end = unquoted[start] {
            offset = end
            kind = .text([.characters(String(decoding: bytes[start..<end], as: UTF8.self))])
        } else if isIdentifierStart(first) {
            kind = try identifierOrPrefixedText()
        } else if isDigit(first) || (first == UInt8(ascii: ".") && byte(at: offset + 1).map(isDigit) == true)
        {
            kind = try number()
        } else if first == UInt8(ascii: "\"") || first == UInt8(ascii: "'") {
            kind = try text(prefix: .none)
        } else if first == UInt8(ascii: "`") {
            kind = try quotedIdentifier()
        } else {
            kind = .symbol(try symbol(first))
        }
        return Token(kind: kind, span: Span(start, offset), newlineBefore: newline)
    }

    private mutating func symbol(_ first: UInt8) throws(Diagnostic) -> Symbol {
        let second = byte(at: offset + 1)
        if let pair = pairSymbol(first, second), pair != .arrow || dialect == .automation {
            offset += 2
            return pair
        }
        if let single = singleSymbol(first), single != .assign || dialect == .automation {
            offset += 1
            return single
        }
        throw badCharacter()
    }

    private mutating func badCharacter() -> Diagnostic {
        let start = offset
        offset += 1
        while let byte = byte(at: offset), byte & 0xC0 == 0x80 { offset += 1 }
        let character = String(decoding: bytes[start..<offset], as: UTF8.self)
        let help: String? =
            switch character {
            case "&": "write `&&` for and"
            case "|": helpForBar()
            case "=": "write `==` to compare"
            case ";": "a new line ends a field; leave the `;` out"
            case "\u{201C}", "\u{201D}", "\u{2018}", "\u{2019}": "write straight quotes: \""
            case "\u{FEFF}": "save the file without a byte order mark in its middle"
            case "\u{00A0}": "write an ordinary blank; this one does not break lines"
            case "\\": "a `\\` stands only inside quotes"
            case "$" where byte(at: offset) == UInt8(ascii: "{"):
                "an expression stands here by itself: leave `${` and `}` out"
            case "$": "a name is written without `$`"
            default: nil
            }
        let scalar = character.unicodeScalars.first.map { $0.value } ?? 0
        let shown =
            scalar < 0x20 || scalar == 0x7F || scalar == 0xA0 || scalar == 0xFEFF
            ? "the character U+" + String(scalar, radix: 16, uppercase: true).leftPadded(to: 4)
            : "`\(character)`"
        return Diagnostic(
            .badCharacter, "\(shown) means nothing here", at: Span(start, offset), help: help,
            fix: wholeMend(character, from: start))
    }

    /// What is meant by one `|`: a text over several lines in YAML, a filter in templates, a choice in types.
    private func helpForBar() -> String {
        var next = offset
        while let byte = byte(at: next), byte == 0x20 || byte == 0x09 || byte == 0x0D { next += 1 }
        var before = offset - 2
        while before >= 0, bytes[before] == 0x20 || bytes[before] == 0x09 { before -= 1 }
        let last = before >= 0 ? bytes[before] : 0
        if byte(at: next) == 0x0A, last == UInt8(ascii: ":") || last == UInt8(ascii: "=") {
            return "a text over several lines stands between `\"\"\"` and `\"\"\"`"
        }
        if last == UInt8(ascii: "\"") || last == UInt8(ascii: "'") {
            return "put a `,` between the values of a choice"
        }
        if depth > 0 { return "nothing is piped: write a function, such as `x.upperAscii()`; `||` is or" }
        return "write `||` for or"
    }

    /// What to put in the place of a text in curly quotes, or of `${…}` where an expression stands.
    private func wholeMend(_ character: String, from start: Int) -> FixIt? {
        // Any other character costs no look at what follows it: there may be a million of them on a line.
        guard character == "$" || character == "\u{201C}" || character == "\u{201D}" else { return nil }
        var lineEnd = start
        while let byte = byte(at: lineEnd), byte != 0x0A, lineEnd < start + Lexer.mendReach { lineEnd += 1 }
        work?.add(lineEnd - start)
        let rest = String(decoding: bytes[start..<lineEnd], as: UTF8.self).dropFirst()
        if character == "$" {
            guard let close = rest.firstIndex(of: "}"), rest.first == "{" else {
                return FixIt(span: Span(start, start + 1), replacement: "")
            }
            let inside = String(rest[..<close].dropFirst())
            guard !inside.contains("{"), !inside.contains("\"") else { return nil }
            let end = start + 1 + rest[...close].utf8.count
            return FixIt(
                span: Span(start, end),
                replacement: isVariableName(inside) ? "secrets." + inside : inside)
        }
        guard
            let close = rest.lastIndex(where: { $0 == "\u{201D}" || $0 == "\u{201C}" })
                ?? rest.firstIndex(of: "\"")
        else { return nil }
        let end = start + character.utf8.count + rest[...close].utf8.count
        return FixIt(span: Span(start, end), replacement: "\"\(rest[..<close])\"")
    }

    private mutating func identifierOrPrefixedText() throws(Diagnostic) -> TokenKind {
        if let prefix = textPrefix() {
            offset += prefix.length
            return try text(prefix: prefix)
        }
        let start = offset
        while let byte = byte(at: offset), isIdentifierPart(byte) { offset += 1 }
        return .identifier(String(decoding: bytes[start..<offset], as: UTF8.self))
    }

    /// `` `a-b` `` names a field that is no identifier; CEL allows letters, digits and `_ . - /` and blanks.
    private mutating func quotedIdentifier() throws(Diagnostic) -> TokenKind {
        let start = offset
        offset += 1
        while let byte = byte(at: offset), byte != UInt8(ascii: "`"), byte != 0x0A { offset += 1 }
        guard byte(at: offset) == UInt8(ascii: "`"), offset > start + 1 else {
            if dialect == .automation, let end = bytes[offset...].firstIndex(of: UInt8(ascii: "`")),
                bytes[offset] == 0x0A
            {
                offset = end + 1
                throw Diagnostic(
                    .badCharacter, "backquotes hold a name, and no text of several lines",
                    at: Span(start, start + 1),
                    help: #"put """ in the place of each `, the first at the end of a line"#)
            }
            throw Diagnostic(
                .unclosedText, "this quoted name is not closed", at: Span(start, start + 1),
                help: "end it with `")
        }
        offset += 1
        let name = bytes[(start + 1)..<(offset - 1)]
        guard
            name.allSatisfy({ isIdentifierPart($0) || $0 == 0x20 || $0 == 0x2D || $0 == 0x2E || $0 == 0x2F })
        else {
            let text = String(decoding: name, as: UTF8.self)
            // What other languages write between backquotes is a text.
            let mended = dialect == .automation && !text.contains("\\") ? doubleQuoted(text) : nil
            throw Diagnostic(
                .badCharacter, "a quoted name holds letters, digits, `_`, `-`, `.`, `/` and blanks",
                at: Span(start, offset),
                help: mended.map { "a text stands in double quotes: \($0)" }
                    ?? (dialect == .automation
                        ? "a text stands in double quotes" : "read it as a key: [\"…\"]"),
                fix: mended.map { FixIt(span: Span(start, offset), replacement: $0) })
        }
        return .identifier(String(decoding: name, as: UTF8.self))
    }

    /// A text in double quotes; those in it that stand in no `${…}` are escaped.
    private func doubleQuoted(_ text: String) -> String {
        var (mended, depth) = ("\"", 0)
        var last: Character?
        for character in text {
            if character == "{", last == "$" || depth > 0 { depth += 1 }
            if character == "}", depth > 0 { depth -= 1 }
            if character == "\"", depth == 0 { mended.append("\\") }
            mended.append(character)
            last = character
        }
        return mended + "\""
    }

    private func textPrefix() -> TextPrefix? {
        var raw = false
        var bytesLiteral = false
        var index = offset
        while let byte = byte(at: index), index < offset + 2 {
            if byte | 0x20 == UInt8(ascii: "r"), !raw {
                raw = true
            } else if byte | 0x20 == UInt8(ascii: "b"), !bytesLiteral {
                bytesLiteral = true
            } else {
                break
            }
            index += 1
        }
        guard index > offset, let quote = byte(at: index),
            quote == UInt8(ascii: "\"") || quote == UInt8(ascii: "'")
        else { return nil }
        return TextPrefix(length: index - offset, raw: raw, bytes: bytesLiteral)
    }
}

struct TextPrefix {
    let length: Int
    let raw: Bool
    let bytes: Bool

    static let none = TextPrefix(length: 0, raw: false, bytes: false)
}

/// Whether a byte may begin a name: a letter of ASCII, or `_`.
package func isIdentifierStart(_ byte: UInt8) -> Bool {
    (byte | 0x20 >= UInt8(ascii: "a") && byte | 0x20 <= UInt8(ascii: "z")) || byte == UInt8(ascii: "_")
}

/// Whether a byte may stand within a name: a letter or digit of ASCII, or `_`.
package func isIdentifierPart(_ byte: UInt8) -> Bool { isIdentifierStart(byte) || isDigit(byte) }

/// Whether a text is one identifier: letters of ASCII, digits, `_`, and no digit first.
package func isIdentifier(_ text: some StringProtocol) -> Bool {
    text.utf8.first.map(isIdentifierStart) ?? false && text.utf8.allSatisfy(isIdentifierPart)
}

private func pairSymbol(_ first: UInt8, _ second: UInt8?) -> Symbol? {
    switch (first, second) {
    case (UInt8(ascii: "|"), UInt8(ascii: "|")): .orOr
    case (UInt8(ascii: "&"), UInt8(ascii: "&")): .andAnd
    case (UInt8(ascii: "="), UInt8(ascii: "=")): .equal
    case (UInt8(ascii: "!"), UInt8(ascii: "=")): .notEqual
    case (UInt8(ascii: "<"), UInt8(ascii: "=")): .lessEqual
    case (UInt8(ascii: ">"), UInt8(ascii: "=")): .greaterEqual
    case (UInt8(ascii: "-"), UInt8(ascii: ">")): .arrow
    default: nil
    }
}

private func singleSymbol(_ byte: UInt8) -> Symbol? {
    switch byte {
    case UInt8(ascii: "<"): .less
    case UInt8(ascii: ">"): .greater
    case UInt8(ascii: "+"): .plus
    case UInt8(ascii: "-"): .minus
    case UInt8(ascii: "*"): .star
    case UInt8(ascii: "/"): .slash
    case UInt8(ascii: "%"): .percent
    case UInt8(ascii: "!"): .not
    case UInt8(ascii: "?"): .question
    case UInt8(ascii: ":"): .colon
    case UInt8(ascii: ","): .comma
    case UInt8(ascii: "."): .dot
    case UInt8(ascii: "("): .openParen
    case UInt8(ascii: ")"): .closeParen
    case UInt8(ascii: "["): .openBracket
    case UInt8(ascii: "]"): .closeBracket
    case UInt8(ascii: "{"): .openBrace
    case UInt8(ascii: "}"): .closeBrace
    case UInt8(ascii: "="): .assign
    default: nil
    }
}
