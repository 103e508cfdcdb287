/// Reads the parts that CSS Syntax knows, names, strings and blanks, one after the other.
struct CSSScanner {
    let bytes: [UInt8]
    var index = 0

    init(_ text: String) { bytes = Array(text.utf8) }

    var current: UInt8? { byte(0) }

    var isAtEnd: Bool { index >= bytes.count }

    func byte(_ distance: Int) -> UInt8? {
        index + distance < bytes.count ? bytes[index + distance] : nil
    }

    /// What stands here, for the words of an error: a whole character.
    var found: String {
        guard index < bytes.count else { return "the end" }
        let rest = String(decoding: bytes[index...].prefix(32), as: UTF8.self)
        return rest.first.map { $0 == "`" ? "a backtick" : "`\($0)`" } ?? "the end"
    }

    func error(_ expected: String) -> ProgramError {
        ProgramError("expected \(expected), found \(found)", offset: index)
    }

    mutating func take(_ character: Unicode.Scalar) -> Bool {
        guard let current, UInt32(current) == character.value else { return false }
        index += 1
        return true
    }

    /// Goes over blanks and comments.
    ///
    /// - Returns: whether there was a blank, which is how an element within another is written; a comment is none.
    /// - Throws: for a comment without an end.
    mutating func skipBlanks() throws(ProgramError) -> Bool {
        var hasBlank = false
        while let byte = current {
            if CSSScanner.isBlank(byte) {
                hasBlank = true
                index += 1
            } else if byte == UInt8(ascii: "/"), self.byte(1) == UInt8(ascii: "*") {
                try skipComment()
            } else {
                break
            }
        }
        return hasBlank
    }

    /// Goes over the comment that begins here.
    ///
    /// - Throws: when it has no end.
    mutating func skipComment() throws(ProgramError) {
        let start = index
        index += 2
        while index + 1 < bytes.count {
            if bytes[index] == UInt8(ascii: "*"), bytes[index + 1] == UInt8(ascii: "/") {
                index += 2
                return
            }
            index += 1
        }
        throw ProgramError("the comment that begins here has no `*/`", offset: start)
    }

    static func isBlank(_ byte: UInt8) -> Bool {
        byte == 0x20 || byte == 0x09 || byte == 0x0A || byte == 0x0D || byte == 0x0C
    }

    static func isDigit(_ byte: UInt8) -> Bool { byte >= 0x30 && byte <= 0x39 }

    static func isNameStart(_ byte: UInt8) -> Bool {
        let lower = byte | 0x20
        return lower >= 0x61 && lower <= 0x7A || byte == UInt8(ascii: "_") || byte >= 0x80 || byte == 0
    }

    private static func isName(_ byte: UInt8) -> Bool {
        isNameStart(byte) || isDigit(byte) || byte == UInt8(ascii: "-")
    }

    /// Whether a `\` stands so many bytes from here that begins an escape: no line may end behind it.
    private func isEscape(_ distance: Int) -> Bool {
        guard byte(distance) == UInt8(ascii: "\\") else { return false }
        guard let next = byte(distance + 1) else { return false }
        return next != 0x0A && next != 0x0D && next != 0x0C
    }

    /// Whether an identifier begins here: a name that begins with no digit.
    var isAtIdentifier: Bool {
        guard let current else { return false }
        guard current == UInt8(ascii: "-") else { return CSSScanner.isNameStart(current) || isEscape(0) }
        guard let next = byte(1) else { return false }
        return next == UInt8(ascii: "-") || CSSScanner.isNameStart(next) || isEscape(1)
    }

    /// An identifier, with its escapes read.
    mutating func identifier(_ expected: String) throws(ProgramError) -> String {
        guard isAtIdentifier else { throw error(expected) }
        return name()
    }

    /// The characters of a name from here on, which may begin with a digit; empty when there are none.
    mutating func name() -> String {
        var name: [UInt8] = []
        while let byte = current {
            if isEscape(0) {
                index += 1
                name += escaped().utf8
            } else if CSSScanner.isName(byte) {
                name += byte == 0 ? Array("\u{FFFD}".utf8) : [byte]
                index += 1
            } else {
                break
            }
        }
        return String(decoding: name, as: UTF8.self)
    }

    /// The character that stands behind a `\`: itself, or the one whose number is written in up to six
    /// hexadecimal digits, which a blank may end.
    private mutating func escaped() -> String {
        let digits = bytes[index...].prefix(6).prefix { UInt8.isHexDigit($0) }
        guard !digits.isEmpty else {
            // All bytes of the character: those that go on with it begin with the bits 10.
            let start = index
            index += 1
            while let byte = current, byte & 0xC0 == 0x80 { index += 1 }
            return String(decoding: bytes[start..<index], as: UTF8.self)
        }
        index += digits.count
        if current == 0x0D, byte(1) == 0x0A { index += 1 }
        if let byte = current, CSSScanner.isBlank(byte) { index += 1 }
        let number = UInt32(String(decoding: digits, as: UTF8.self), radix: 16) ?? 0
        guard number != 0, let scalar = Unicode.Scalar(number) else { return "\u{FFFD}" }
        return String(Character(scalar))
    }

    /// The text between the quotes that begin here.
    ///
    /// - Throws: when the closing quote is missing, also at the end of the line.
    mutating func string() throws(ProgramError) -> String {
        let quote = bytes[index]
        index += 1
        var value: [UInt8] = []
        while let byte = current, byte != quote {
            if byte == UInt8(ascii: "\\") {
                index += 1
                if let next = current, next == 0x0A || next == 0x0D || next == 0x0C {
                    // The line goes on: neither the `\` nor the end of the line belongs to the text.
                    index += next == 0x0D && self.byte(1) == 0x0A ? 2 : 1
                } else if current != nil {
                    value += escaped().utf8
                }
            } else if byte == 0x0A || byte == 0x0D || byte == 0x0C {
                break
            } else {
                value.append(byte)
                index += 1
            }
        }
        guard current == quote else { throw error("the closing \(Character(Unicode.Scalar(quote)))") }
        index += 1
        return String(decoding: value, as: UTF8.self)
    }

    var isAtQuote: Bool { current == UInt8(ascii: "\"") || current == UInt8(ascii: "'") }
}

extension UInt8 {
    fileprivate static func isHexDigit(_ byte: UInt8) -> Bool {
        CSSScanner.isDigit(byte) || (byte | 0x20 >= 0x61 && byte | 0x20 <= 0x66)
    }
}
