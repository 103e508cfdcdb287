import Values

/// The ways in which one character is written by several in urls, JSON, programs and HTML.
enum Escapes {
    /// What stands at a place.
    enum Reading {
        case none
        /// The beginning of an escape at the end of what has come so far.
        case unfinished
        case byte(UInt8, length: Int)
        case scalar(Unicode.Scalar, length: Int)
    }

    static let percent = UInt8(ascii: "%")
    static let backslash = UInt8(ascii: "\\")
    static let ampersand = UInt8(ascii: "&")

    @inline(__always) static func begins(_ byte: UInt8) -> Bool {
        byte == percent || byte == backslash || byte == ampersand
    }

    /// Reads the escape that begins at `place`.
    ///
    /// - Parameter isOpen: whether more may follow behind the last of the bytes.
    @inline(__always)
    static func read(_ bytes: UnsafeBufferPointer<UInt8>, at place: Int, isOpen: Bool) -> Reading {
        switch bytes[place] {
        case percent: hexadecimal(bytes, place, 1, digits: 2, isOpen, asByte: true)
        case backslash: behindBackslash(bytes, place, isOpen)
        case ampersand: entity(bytes, place, isOpen)
        default: .none
        }
    }

    /// The bytes with all their escapes read once.
    static func decoded(_ bytes: [UInt8]) -> [UInt8] {
        bytes.withUnsafeBufferPointer { bytes in
            var output: [UInt8] = []
            var place = 0
            while place < bytes.count {
                switch read(bytes, at: place, isOpen: false) {
                case .none, .unfinished:
                    output.append(bytes[place])
                    place += 1
                case .byte(let byte, let length):
                    output.append(byte)
                    place += length
                case .scalar(let scalar, let length):
                    output += UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter
                    place += length
                }
            }
            return output
        }
    }

    /// `\n`, `\/`, `\x2f`, `\u002f`, `\u{2f}`, `\U0000002f`, and any sign behind a backslash, as Markdown has
    /// it.
    private static func behindBackslash(
        _ bytes: UnsafeBufferPointer<UInt8>, _ place: Int, _ isOpen: Bool
    ) -> Reading {
        guard place + 1 < bytes.count else { return isOpen ? .unfinished : .none }
        switch bytes[place + 1] {
        case UInt8(ascii: "n"): return .byte(0x0A, length: 2)
        case UInt8(ascii: "r"): return .byte(0x0D, length: 2)
        case UInt8(ascii: "t"): return .byte(0x09, length: 2)
        case UInt8(ascii: "b"): return .byte(0x08, length: 2)
        case UInt8(ascii: "f"): return .byte(0x0C, length: 2)
        case UInt8(ascii: "v"): return .byte(0x0B, length: 2)
        case UInt8(ascii: "x"): return hexadecimal(bytes, place, 2, digits: 2, isOpen, asByte: true)
        case UInt8(ascii: "U"): return hexadecimal(bytes, place, 2, digits: 8, isOpen, asByte: false)
        case UInt8(ascii: "u"): return unicode(bytes, place, isOpen)
        // These begin escapes of their own, or stand for a blank.
        case percent, ampersand, UInt8(ascii: "+"): return .none
        case 0x21...0x2F, 0x3A...0x40, 0x5B...0x60, 0x7B...0x7E:
            return .byte(bytes[place + 1], length: 2)
        default: return .none
        }
    }

    /// An escape with a fixed number of hexadecimal digits behind its first `skipped` bytes.
    private static func hexadecimal(
        _ bytes: UnsafeBufferPointer<UInt8>, _ place: Int, _ skipped: Int, digits: Int, _ isOpen: Bool,
        asByte: Bool
    ) -> Reading {
        let (value, count) = number(bytes, place + skipped, most: digits, isHexadecimal: true)
        let end = place + skipped + count
        guard count == digits else { return isOpen && end == bytes.count ? .unfinished : .none }
        if asByte { return .byte(UInt8(truncatingIfNeeded: value), length: end - place) }
        return Unicode.Scalar(value).map { .scalar($0, length: end - place) } ?? .none
    }

    private static func unicode(_ bytes: UnsafeBufferPointer<UInt8>, _ place: Int, _ isOpen: Bool) -> Reading
    {
        if place + 2 < bytes.count, bytes[place + 2] == UInt8(ascii: "{") {
            let (value, count) = number(bytes, place + 3, most: 6, isHexadecimal: true)
            let end = place + 3 + count
            guard end < bytes.count else { return isOpen ? .unfinished : .none }
            guard bytes[end] == UInt8(ascii: "}"), count > 0 else { return .none }
            return Unicode.Scalar(value).map { .scalar($0, length: end + 1 - place) } ?? .none
        }
        let (first, count) = number(bytes, place + 2, most: 4, isHexadecimal: true)
        guard count == 4 else { return isOpen && place + 2 + count == bytes.count ? .unfinished : .none }
        guard first >= 0xD800, first < 0xDC00 else {
            return Unicode.Scalar(first).map { .scalar($0, length: 6) } ?? .none
        }
        // The other half of a pair must follow.
        var next = place + 6
        for expected in [backslash, UInt8(ascii: "u")] {
            guard next < bytes.count else { return isOpen ? .unfinished : .none }
            guard bytes[next] == expected else { return .none }
            next += 1
        }
        let (second, length) = number(bytes, next, most: 4, isHexadecimal: true)
        guard length == 4 else { return isOpen && next + length == bytes.count ? .unfinished : .none }
        guard second >= 0xDC00, second < 0xE000 else { return .none }
        let value = 0x10000 + (first - 0xD800) << 10 + (second - 0xDC00)
        return Unicode.Scalar(value).map { .scalar($0, length: 12) } ?? .none
    }

    /// `&lt;`, `&#60;`, `&#x3c;`; a number may lack its semicolon, as browsers take it.
    private static func entity(_ bytes: UnsafeBufferPointer<UInt8>, _ place: Int, _ isOpen: Bool) -> Reading {
        guard place + 1 < bytes.count else { return isOpen ? .unfinished : .none }
        guard bytes[place + 1] == UInt8(ascii: "#") else { return namedEntity(bytes, place, isOpen) }
        let isHexadecimal = place + 2 < bytes.count && bytes[place + 2] | 0x20 == UInt8(ascii: "x")
        let start = place + (isHexadecimal ? 3 : 2)
        let (value, count) = number(bytes, start, most: 7, isHexadecimal: isHexadecimal)
        var end = start + count
        if end >= bytes.count, isOpen { return .unfinished }
        guard count > 0, let scalar = Unicode.Scalar(value) else { return .none }
        if end < bytes.count, bytes[end] == UInt8(ascii: ";") { end += 1 }
        return .scalar(scalar, length: end - place)
    }

    private static func namedEntity(
        _ bytes: UnsafeBufferPointer<UInt8>, _ place: Int, _ isOpen: Bool
    ) -> Reading {
        var name: UInt64 = 0
        var end = place + 1
        while end < bytes.count, bytes[end] != UInt8(ascii: ";") {
            let byte = bytes[end]
            let isLetterOrDigit =
                (byte | 0x20 >= UInt8(ascii: "a") && byte | 0x20 <= UInt8(ascii: "z"))
                || (byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9"))
            guard isLetterOrDigit, end - place <= Entities.longestName else { return .none }
            name = name << 8 | UInt64(byte)
            end += 1
        }
        guard end < bytes.count else { return isOpen ? .unfinished : .none }
        return Entities.scalars[name].map { .scalar($0, length: end + 1 - place) } ?? .none
    }

    /// A number of at most so many digits, and how many it has.
    private static func number(
        _ bytes: UnsafeBufferPointer<UInt8>, _ start: Int, most: Int, isHexadecimal: Bool
    ) -> (value: UInt32, count: Int) {
        var value: UInt32 = 0
        var count = 0
        while count < most, start + count < bytes.count {
            let digit = ByteTables.hexadecimal[Int(bytes[start + count])]
            guard digit < (isHexadecimal ? 16 : 10) else { break }
            value = isHexadecimal ? value << 4 | UInt32(digit) : value * 10 + UInt32(digit)
            count += 1
        }
        return (value, count)
    }
}
