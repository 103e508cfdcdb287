import Programs
import Values

/// Goes through the bytes of a TOML text, word by word.
struct TOMLScanner {
    private let bytes: [UInt8]
    private var index = 0
    private var line = 1

    /// - Parameter bytes: valid UTF-8.
    init(_ bytes: [UInt8]) { self.bytes = bytes }

    func wrong(_ words: String) -> ProgramError {
        ProgramError("the TOML cannot be read: at line \(line): \(words)")
    }

    /// The next byte; nil at the end.
    var peek: UInt8? { index < bytes.count ? bytes[index] : nil }

    mutating func step() { index += 1 }

    mutating func take(_ byte: UInt8) -> Bool {
        guard peek == byte else { return false }
        index += 1
        return true
    }

    mutating func takeBehindBlanks(_ byte: UInt8) -> Bool {
        skipBlanks()
        return take(byte)
    }

    mutating func expect(_ byte: UInt8, afterBlanks: Bool = true) throws(ProgramError) {
        if afterBlanks { skipBlanks() }
        guard take(byte) else { throw wrong("expected `\(Character(Unicode.Scalar(byte)))`, found \(found)") }
    }

    private var found: String {
        guard let byte = peek else { return "the end" }
        if byte == 0x0A || byte == 0x0D { return "the end of the line" }
        let character = String(decoding: bytes[index..<min(bytes.count, index + 4)], as: UTF8.self).first
        return "`\(character ?? " ")`"
    }

    /// Goes over blanks and tabs.
    mutating func skipBlanks() {
        while let byte = peek, byte == 0x20 || byte == 0x09 { index += 1 }
    }

    /// Goes over blanks, ends of lines and comments.
    mutating func skipToContent() throws(ProgramError) {
        while true {
            skipBlanks()
            if peek == UInt8(ascii: "#") { try skipComment() }
            guard try skipLineEnd() else { return }
        }
    }

    /// Nothing but a comment may stand in the rest of a line.
    mutating func endOfLine() throws(ProgramError) {
        skipBlanks()
        if peek == UInt8(ascii: "#") { try skipComment() }
        guard peek != nil else { return }
        guard try skipLineEnd() else { throw wrong("expected the end of the line, found \(found)") }
    }

    /// - Returns: whether the end of a line was there.
    private mutating func skipLineEnd() throws(ProgramError) -> Bool {
        guard let byte = peek, byte == 0x0A || byte == 0x0D else { return false }
        index += 1
        if byte == 0x0D, !take(0x0A) { throw wrong("a line ends with a carriage return alone") }
        line += 1
        return true
    }

    private mutating func skipComment() throws(ProgramError) {
        while let byte = peek, byte != 0x0A, byte != 0x0D {
            guard isText(byte) else { throw wrong("a control character stands in the comment") }
            index += 1
        }
    }

    private func isText(_ byte: UInt8) -> Bool { byte >= 0x20 && byte != 0x7F || byte == 0x09 }

    /// One name of a key, bare or in quotes.
    mutating func keyName() throws(ProgramError) -> String {
        if let quote = peek, quote == UInt8(ascii: "\"") || quote == UInt8(ascii: "'") {
            guard !isTriple(quote) else { throw wrong("a key stands in one line") }
            return try text()
        }
        let start = index
        while let byte = peek, isBare(byte) { index += 1 }
        guard index > start else { throw wrong("expected a key, found \(found)") }
        return String(decoding: bytes[start..<index], as: UTF8.self)
    }

    private func isBare(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"):
            true
        default: false
        }
    }

    /// A word in no quotes, up to what ends a value. A date may have one blank between its day and its time.
    mutating func word() throws(ProgramError) -> String {
        let start = index
        while let byte = peek,
            isBare(byte) || [0x2B, 0x2E, 0x3A].contains(byte) || isBlankInTime(from: start)
        {
            index += 1
        }
        guard index > start else { throw wrong("expected a value, found \(found)") }
        return String(decoding: bytes[start..<index], as: UTF8.self)
    }

    private func isBlankInTime(from start: Int) -> Bool {
        guard bytes[index] == 0x20, index - start == 10, bytes[start + 4] == UInt8(ascii: "-"),
            index + 1 < bytes.count
        else { return false }
        return (0x30...0x39).contains(bytes[index + 1])
    }

    private func isTriple(_ quote: UInt8) -> Bool {
        index + 2 < bytes.count && bytes[index] == quote && bytes[index + 1] == quote
            && bytes[index + 2] == quote
    }

    /// A text in quotes of any of the four kinds.
    mutating func text() throws(ProgramError) -> String {
        let quote = bytes[index]
        let isBlock = isTriple(quote)
        index += isBlock ? 3 : 1
        if isBlock { _ = try skipLineEnd() }
        let first = line
        var content: [UInt8] = []
        while let byte = peek {
            if byte == quote, try ends(quote, isBlock, &content) {
                return String(decoding: content, as: UTF8.self)
            }
            if byte == quote { continue }
            if byte == UInt8(ascii: "\\"), quote == UInt8(ascii: "\"") {
                try escape(isBlock, &content)
            } else if byte == 0x0A || byte == 0x0D {
                guard isBlock else { throw wrong("the text is not closed before the end of the line") }
                _ = try skipLineEnd()
                content.append(0x0A)
            } else {
                guard isText(byte) else { throw wrong("a control character stands in the text") }
                content.append(byte)
                index += 1
            }
        }
        line = first
        throw wrong("the text is never closed")
    }

    /// At a quote: whether the text ends here. Up to two quotes may stand in a block, also right before its end.
    private mutating func ends(_ quote: UInt8, _ isBlock: Bool, _ content: inout [UInt8]) throws(ProgramError)
        -> Bool
    {
        guard isBlock else {
            index += 1
            return true
        }
        let count = bytes[index...].prefix(6) { $0 == quote }
        guard count < 6 else { throw wrong("six quotes stand in a row") }
        index += count
        content += Array(repeating: quote, count: count < 3 ? count : count - 3)
        return count >= 3
    }

    private mutating func escape(_ isBlock: Bool, _ content: inout [UInt8]) throws(ProgramError) {
        index += 1
        guard let letter = peek else { throw wrong("the text is never closed") }
        index += 1
        switch letter {
        case UInt8(ascii: "b"): content.append(0x08)
        case UInt8(ascii: "t"): content.append(0x09)
        case UInt8(ascii: "n"): content.append(0x0A)
        case UInt8(ascii: "f"): content.append(0x0C)
        case UInt8(ascii: "r"): content.append(0x0D)
        case UInt8(ascii: "\""), UInt8(ascii: "\\"): content.append(letter)
        case UInt8(ascii: "u"): try character(digits: 4, &content)
        case UInt8(ascii: "U"): try character(digits: 8, &content)
        case 0x20, 0x09, 0x0A, 0x0D:
            guard isBlock else { throw wrong("`\\` stands before a blank") }
            index -= 1
            try skipBlankLines()
        default: throw wrong("`\\\(Character(Unicode.Scalar(letter)))` is no escape")
        }
    }

    /// `\` at the end of a line takes away the end of the line and the blanks behind it.
    private mutating func skipBlankLines() throws(ProgramError) {
        skipBlanks()
        guard try skipLineEnd() else { throw wrong("`\\` stands before a blank") }
        repeat { skipBlanks() } while try skipLineEnd()
    }

    private mutating func character(digits count: Int, _ content: inout [UInt8]) throws(ProgramError) {
        let digits = String(decoding: bytes[index..<min(bytes.count, index + count)], as: UTF8.self)
        guard digits.utf8.count == count, digits.allSatisfy({ $0.isASCII && $0.isHexDigit }),
            let code = UInt32(digits, radix: 16), let scalar = Unicode.Scalar(code)
        else { throw wrong("`\\\(count == 4 ? "u" : "U")` is followed by \(count) digits of a character") }
        content += Array(String(Character(scalar)).utf8)
        index += count
    }
}

extension ArraySlice<UInt8> {
    /// How many bytes at the beginning fit, of at most so many.
    fileprivate func prefix(_ most: Int, _ fits: (UInt8) -> Bool) -> Int {
        prefix(most).prefix(while: fits).count
    }
}
