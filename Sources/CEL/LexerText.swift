package import Diagnostics
import Values

/// Where a text literal stands: its quotes, and how its characters are to be read.
private struct TextLiteral {
    let start: Int
    let quote: UInt8
    let triple: Bool
    let raw: Bool
    let isBytes: Bool
    let interpolates: Bool
    /// The first byte of the content, and the first byte of the closing quotes.
    var content: Range<Int>
    /// Where each `${` ends, by its offset: found once, or texts in texts would cost twice as much with each level.
    var closes: [Int: Int] = [:]
    var width: Int { triple ? 3 : 1 }
}

extension Lexer {
    mutating func text(prefix: TextPrefix) throws(Diagnostic) -> TokenKind {
        let literal = try boundaries(prefix: prefix, program: false)
        offset = literal.content.upperBound + literal.width
        if literal.isBytes { return .bytes(try decodeBytes(literal)) }
        return .text(try decode(literal))
    }

    /// Reads a program letter for letter: any of the four quotes, no escapes, no `${…}`.
    ///
    /// Returns nil when no text starts here. The map gives, for each line of the program, its offset in the source.
    package mutating func program() throws(Diagnostic) -> ProgramText? {
        _ = skipBlanks()
        let start = offset
        var index = offset
        if byte(at: index).map({ $0 | 0x20 == UInt8(ascii: "r") }) == true { index += 1 }
        guard let quote = byte(at: index), quote == UInt8(ascii: "\"") || quote == UInt8(ascii: "'") else {
            return nil
        }
        let literal = try boundaries(
            prefix: TextPrefix(length: index - offset, raw: true, bytes: false), from: index, program: true)
        offset = literal.content.upperBound + literal.width
        var lines: [ProgramLine] = []
        let (body, indent) = dedentation(literal)
        var text: [UInt8] = []
        var lineStart = body.lowerBound
        while lineStart <= body.upperBound {
            var lineEnd = lineStart
            while lineEnd < body.upperBound, bytes[lineEnd] != 0x0A { lineEnd += 1 }
            let from = skipIndent(lineStart, indent, until: lineEnd)
            var to = lineEnd
            if literal.triple, to > from, bytes[to - 1] == 0x0D { to -= 1 }
            lines.append(ProgramLine(offsetInText: text.count, offsetInSource: from))
            text.append(contentsOf: bytes[from..<to])
            if lineEnd < body.upperBound { text.append(0x0A) }
            lineStart = lineEnd + 1
        }
        return ProgramText(
            text: String(decoding: text, as: UTF8.self), span: Span(start, offset), lines: lines)
    }

    private func boundaries(prefix: TextPrefix, from: Int? = nil, program: Bool) throws(Diagnostic)
        -> TextLiteral
    {
        let open = from ?? offset
        let quote = bytes[open]
        let triple = byte(at: open + 1) == quote && byte(at: open + 2) == quote
        let interpolates =
            dialect == .automation && quote == UInt8(ascii: "\"") && !prefix.raw && !prefix.bytes
        var literal = TextLiteral(
            start: open - prefix.length, quote: quote, triple: triple, raw: prefix.raw, isBytes: prefix.bytes,
            interpolates: interpolates, content: open..<open)
        let first = open + literal.width
        var index = first
        // What a text goes over is read even where its end is not found.
        defer { work?.add(index - first) }
        while let byte = byte(at: index) {
            if byte == quote,
                !triple || (self.byte(at: index + 1) == quote && self.byte(at: index + 2) == quote)
            {
                literal.content = first..<index
                return literal
            }
            if byte == 0x0A, !triple { break }
            if byte == UInt8(ascii: "\\"), !prefix.raw {
                index += 2
            } else if interpolates, starts(with: "$${", at: index) {
                index += 3
            } else if interpolates, starts(with: "${", at: index) {
                let close = try endOfInterpolation(from: index)
                literal.closes[index] = close
                index = bytes[close] == quote ? close : close + 1
            } else {
                index += 1
            }
        }
        throw unclosed(literal, isProgram: program)
    }

    private func unclosed(_ literal: TextLiteral, isProgram: Bool) -> Diagnostic {
        let quotes = String(repeating: Character(Unicode.Scalar(literal.quote)), count: literal.width)
        let help =
            literal.triple
            ? "end it with \(quotes)"
            : "end it with \(quotes) on the same line, or use \(quotes)\(quotes)\(quotes) for several lines"
        return Diagnostic(
            .unclosedText,
            literal.triple ? "this block of text is never closed" : "this text is not closed on its line",
            at: Span(literal.start, literal.start + literal.width), label: "it opens here", help: help,
            fix: block(of: literal, isProgram: isProgram))
    }

    /// A text that goes on over its line, as a block: where its end is plain to see, at a quote that ends a line.
    private func block(of literal: TextLiteral, isProgram: Bool) -> FixIt? {
        guard dialect == .automation, !literal.triple, isProgram || !literal.raw,
            literal.quote == UInt8(ascii: "\"")
        else {
            return nil
        }
        var index = literal.start + 1
        var lineStart = index
        defer { work?.add(index - literal.start) }
        while let byte = byte(at: index) {
            if byte == 0x0A {
                lineStart = index + 1
                // An empty line, or the next entry: the quote is missing on the first line.
                let line = bytes[lineStart..<end].prefix { $0 != 0x0A }
                let word = line.drop { $0 == 0x20 || $0 == 0x09 }.prefix(while: isIdentifierPart)
                if line.isEmpty
                    || (!word.isEmpty && word.endIndex < end && bytes[word.endIndex] == UInt8(ascii: ":"))
                {
                    return nil
                }
            } else if byte == literal.quote, bytes[index - 1] != UInt8(ascii: "\\") {
                let behind = bytes[(index + 1)..<end].prefix { $0 != 0x0A }
                guard lineStart > literal.start + 1, behind.allSatisfy({ " \t\r,})]".utf8.contains($0) })
                else {
                    return nil
                }
                let text = String(decoding: bytes[(literal.start + 1)..<index], as: UTF8.self)
                return FixIt(
                    span: Span(literal.start, index + 1), replacement: "\"\"\"\n\(text)\n\"\"\"")
            }
            index += 1
        }
        return nil
    }

    /// Where the `}` is missing in `"… ${name"`: before the quote, since no name goes on with one. Nil where it is not plain.
    private func missingBrace(from start: Int) -> FixIt? {
        guard dialect == .automation, depth == 0 else { return nil }
        var index = start + 2
        while let byte = byte(at: index), isIdentifierPart(byte) || byte == UInt8(ascii: ".") { index += 1 }
        guard index > start + 2, byte(at: index) == UInt8(ascii: "\""),
            byte(at: index + 1) != UInt8(ascii: "\"")
        else { return nil }
        return FixIt(span: Span(index, index), replacement: "}")
    }

    /// The offset of the `}` that closes the `${` at an offset, or of the quote before which it is missing.
    private func endOfInterpolation(from start: Int) throws(Diagnostic) -> Int {
        if let quote = missingBraces[start] { return quote }
        let open = Diagnostic(
            .unclosedText, "this `${` is never closed", at: Span(start, start + 2),
            help: "end it with `}`, or write `$${` for the characters `${`", fix: missingBrace(from: start))
        guard depth < 200 else {
            throw Diagnostic(
                .tooDeep, "texts stand in texts more than 200 deep", at: Span(start, start + 2),
                help: "name the inner text in a step of its own")
        }
        var inner = Lexer(
            bytes: bytes, range: (start + 2)..<end, dialect: dialect, depth: depth + 1, work: work)
        var braces = 0
        while true {
            let token: Token
            let before = inner.offset
            do throws(Diagnostic) {
                token = try inner.next()
            } catch {
                // What means nothing within is told when the expression is read; the text goes on behind its `}`.
                if error.code == .badCharacter || error.code == .badLiteral, inner.offset > before {
                    continue
                }
                // The quote that should end the outer text was taken for one inside it.
                throw error.code == .unclosedText ? open : error
            }
            switch token.kind {
            case .symbol(.openBrace): braces += 1
            case .symbol(.closeBrace):
                if braces == 0 { return token.span.start }
                braces -= 1
            case .endOfText: throw open
            case .identifier, .int, .intMinimum, .uint, .double, .duration, .text, .bytes, .symbol: break
            }
        }
    }

    /// The content without the first line break and the last line, and the indentation that each line drops.
    private func dedentation(_ literal: TextLiteral) -> (body: Range<Int>, indent: Range<Int>) {
        let content = literal.content
        guard dialect == .automation, literal.triple else { return (content, 0..<0) }
        var first = content.lowerBound
        while first < content.upperBound, bytes[first] == 0x20 || bytes[first] == 0x09 || bytes[first] == 0x0D
        { first += 1 }
        guard first < content.upperBound, bytes[first] == 0x0A else { return (content, 0..<0) }
        var last = content.upperBound
        while last > first, bytes[last - 1] == 0x20 || bytes[last - 1] == 0x09 { last -= 1 }
        guard bytes[last - 1] == 0x0A else { return ((first + 1)..<content.upperBound, 0..<0) }
        var bodyEnd = last - 1
        if bodyEnd > first, bytes[bodyEnd - 1] == 0x0D { bodyEnd -= 1 }
        return ((first + 1)..<max(bodyEnd, first + 1), last..<content.upperBound)
    }

    private func skipIndent(_ start: Int, _ indent: Range<Int>, until end: Int) -> Int {
        var index = start
        for expected in bytes[indent] {
            guard index < end, bytes[index] == expected else { break }
            index += 1
        }
        return index
    }

    private func decode(_ literal: TextLiteral) throws(Diagnostic) -> [TextPiece] {
        let (body, indent) = dedentation(literal)
        var pieces: [TextPiece] = []
        var characters: [UInt8] = []
        var index = skipIndent(body.lowerBound, indent, until: body.upperBound)
        while index < body.upperBound {
            let byte = bytes[index]
            if byte == 0x0D, byteIsNewline(index + 1), literal.triple, dialect == .automation {
                index += 1
            } else if byte == 0x0A {
                characters.append(byte)
                index = skipIndent(index + 1, indent, until: body.upperBound)
            } else if byte == UInt8(ascii: "\\"), !literal.raw {
                if let next = lineContinuation(literal, at: index) {
                    index = skipIndent(next, indent, until: body.upperBound)
                } else {
                    index = try escape(at: index, bytesLiteral: false, into: &characters)
                }
            } else if literal.interpolates, starts(with: "$${", at: index) {
                characters.append(contentsOf: "${".utf8)
                index += 3
            } else if literal.interpolates, starts(with: "${", at: index) {
                let close =
                    if let known = literal.closes[index] {
                        known
                    } else {
                        try endOfInterpolation(from: index)
                    }
                if !characters.isEmpty {
                    pieces.append(.characters(String(decoding: characters, as: UTF8.self)))
                }
                characters = []
                pieces.append(.expression(Span(index + 2, close)))
                index = close + 1
            } else {
                characters.append(byte)
                index += 1
            }
        }
        if !characters.isEmpty || pieces.isEmpty {
            pieces.append(.characters(String(decoding: characters, as: UTF8.self)))
        }
        return pieces
    }

    private func byteIsNewline(_ index: Int) -> Bool { byte(at: index) == 0x0A }

    private func lineContinuation(_ literal: TextLiteral, at index: Int) -> Int? {
        guard literal.triple, dialect == .automation else { return nil }
        if byteIsNewline(index + 1) { return index + 2 }
        return byte(at: index + 1) == 0x0D && byteIsNewline(index + 2) ? index + 3 : nil
    }

    private func decodeBytes(_ literal: TextLiteral) throws(Diagnostic) -> [UInt8] {
        var output: [UInt8] = []
        var index = literal.content.lowerBound
        while index < literal.content.upperBound {
            if bytes[index] == UInt8(ascii: "\\"), !literal.raw {
                index = try escape(at: index, bytesLiteral: true, into: &output)
            } else {
                output.append(bytes[index])
                index += 1
            }
        }
        return output
    }

    /// Decodes the escape at an offset and returns the offset after it.
    private func escape(at start: Int, bytesLiteral: Bool, into output: inout [UInt8]) throws(Diagnostic)
        -> Int
    {
        guard let letter = byte(at: start + 1) else { throw badEscape(start, 1) }
        if let simple = simpleEscape(letter) {
            output.append(simple)
            return start + 2
        }
        let digits: Int
        let radix: UInt32
        var first = start + 2
        switch letter {
        case UInt8(ascii: "x"), UInt8(ascii: "X"): (digits, radix) = (2, 16)
        case UInt8(ascii: "u"): (digits, radix) = (4, 16)
        case UInt8(ascii: "U"): (digits, radix) = (8, 16)
        case 0x30...0x33: (digits, radix, first) = (3, 8, start + 1)
        default: throw badEscape(start, 2)
        }
        var value: UInt32 = 0
        for index in first..<(first + digits) {
            guard let byte = byte(at: index), let digit = hexValue(byte), digit < radix else {
                throw badEscape(start, digits + 1)
            }
            value = value &* radix &+ digit
        }
        if bytesLiteral {
            guard digits <= 3, value < 256 else { throw badEscape(start, digits + 2) }
            output.append(UInt8(value))
        } else {
            guard let scalar = Unicode.Scalar(value) else { throw badEscape(start, digits + 2) }
            output.append(contentsOf: UTF8.encode(scalar).map(Array.init) ?? [])
        }
        return first + digits
    }

    private func badEscape(_ start: Int, _ length: Int) -> Diagnostic {
        let stop = min(start + length, end)
        let found = String(decoding: bytes[start..<stop], as: UTF8.self)
        let help =
            found == "\\$"
            ? "write `$${` for the characters `${`"
            : "write `\\\\` for a backslash, or use r\"…\" where none is special"
        return Diagnostic(.badLiteral, "`\(found)` is no escape", at: Span(start, stop), help: help)
    }
}

private func simpleEscape(_ letter: UInt8) -> UInt8? {
    switch letter {
    case UInt8(ascii: "a"): 0x07
    case UInt8(ascii: "b"): 0x08
    case UInt8(ascii: "f"): 0x0C
    case UInt8(ascii: "n"): 0x0A
    case UInt8(ascii: "r"): 0x0D
    case UInt8(ascii: "t"): 0x09
    case UInt8(ascii: "v"): 0x0B
    case UInt8(ascii: "\\"), UInt8(ascii: "\""), UInt8(ascii: "'"), UInt8(ascii: "`"), UInt8(ascii: "?"):
        letter
    default: nil
    }
}
