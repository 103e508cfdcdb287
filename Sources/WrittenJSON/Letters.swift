/// The bytes that mean something in JSON and in what people write in its place.
extension UInt8 {
    static let newline = UInt8(ascii: "\n")
    static let quote = UInt8(ascii: "\"")
    static let apostrophe = UInt8(ascii: "'")
    static let backtick = UInt8(ascii: "`")
    static let tilde = UInt8(ascii: "~")
    static let backslash = UInt8(ascii: "\\")
    static let slash = UInt8(ascii: "/")
    static let hash = UInt8(ascii: "#")
    static let comma = UInt8(ascii: ",")
    static let semicolon = UInt8(ascii: ";")
    static let colon = UInt8(ascii: ":")
    static let equals = UInt8(ascii: "=")
    static let plus = UInt8(ascii: "+")
    static let point = UInt8(ascii: ".")
    static let openBrace = UInt8(ascii: "{")
    static let closeBrace = UInt8(ascii: "}")
    static let openBracket = UInt8(ascii: "[")
    static let closeBracket = UInt8(ascii: "]")
    static let openParenthesis = UInt8(ascii: "(")
    static let closeParenthesis = UInt8(ascii: ")")

    var isOpener: Bool { self == .openBrace || self == .openBracket || self == .openParenthesis }

    var isCloser: Bool { self == .closeBrace || self == .closeBracket || self == .closeParenthesis }

    var isDigit: Bool { self >= 0x30 && self <= 0x39 }

    var isLetter: Bool { self | 0x20 >= 0x61 && self | 0x20 <= 0x7A || self >= 0x80 }

    /// Whether it can be part of a name that is written without quotes.
    var isPartOfName: Bool {
        isLetter || isDigit || self == 0x5F || self == 0x24 || self == 0x2D || self == .point
    }
}

/// How many bytes the blank at a place takes, whichever of Unicode's it is; 0 where there is none.
func blankLength(_ bytes: [UInt8], _ place: Int, _ end: Int) -> Int {
    let byte = bytes[place]
    if byte <= 0x20 { return 1 }
    if byte < 0x80 { return 0 }
    if byte == 0xC2, place + 1 < end, bytes[place + 1] == 0xA0 { return 2 }
    guard place + 2 < end else { return 0 }
    switch (byte, bytes[place + 1], bytes[place + 2]) {
    case (0xE2, 0x80, 0x80...0x8B), (0xE2, 0x80, 0xA8), (0xE2, 0x80, 0xA9), (0xE2, 0x80, 0xAF),
        (0xE2, 0x81, 0x9F), (0xE2, 0x81, 0xA0), (0xE3, 0x80, 0x80), (0xE1, 0x9A, 0x80), (0xEF, 0xBB, 0xBF):
        return 3
    default: return 0
    }
}

/// A mark that opens a text, and what may close it.
struct Quotation {
    /// The bytes of the opening mark.
    let length: Int
    private let closing: Closing

    private enum Closing {
        case same(UInt8)
        case anySingle
        case anyDouble
        case guillemet
    }

    /// - Returns: nil where no quote stands.
    init?(_ bytes: [UInt8], _ place: Int, _ end: Int) {
        switch bytes[place] {
        case .quote, .apostrophe: (length, closing) = (1, .same(bytes[place]))
        case .backtick: (length, closing) = (1, .anySingle)
        case 0xC2:
            switch place + 1 < end ? bytes[place + 1] : 0 {
            case 0xB4: (length, closing) = (2, .anySingle)
            case 0xAB: (length, closing) = (2, .guillemet)
            default: return nil
            }
        case 0xE2:
            guard place + 2 < end, bytes[place + 1] == 0x80 else { return nil }
            switch bytes[place + 2] {
            case 0x98, 0x99, 0x9A, 0x9B: (length, closing) = (3, .anySingle)
            case 0x9C, 0x9D, 0x9E, 0x9F: (length, closing) = (3, .anyDouble)
            default: return nil
            }
        case 0xEF where Self.isFullWidth(bytes, place, end): (length, closing) = (3, .anyDouble)
        default: return nil
        }
    }

    /// Whether `＂` stands at a place.
    private static func isFullWidth(_ bytes: [UInt8], _ place: Int, _ end: Int) -> Bool {
        place + 2 < end && bytes[place] == 0xEF && bytes[place + 1] == 0xBC && bytes[place + 2] == 0x82
    }

    /// How many bytes a closing mark at a place takes; 0 where none stands.
    func closingLength(_ bytes: [UInt8], _ place: Int, _ end: Int) -> Int {
        let byte = bytes[place]
        switch closing {
        case .same(let quote): return byte == quote ? 1 : 0
        case .anySingle:
            if byte == .backtick || byte == .apostrophe { return 1 }
            if byte == 0xC2, place + 1 < end, bytes[place + 1] == 0xB4 { return 2 }
            return curly(bytes, place, end, 0x98...0x9B)
        case .anyDouble:
            if byte == .quote { return 1 }
            return Self.isFullWidth(bytes, place, end) ? 3 : curly(bytes, place, end, 0x9C...0x9F)
        case .guillemet: return byte == 0xC2 && place + 1 < end && bytes[place + 1] == 0xBB ? 2 : 0
        }
    }

    private func curly(_ bytes: [UInt8], _ place: Int, _ end: Int, _ last: ClosedRange<UInt8>) -> Int {
        guard bytes[place] == 0xE2, place + 2 < end, bytes[place + 1] == 0x80 else { return 0 }
        return last.contains(bytes[place + 2]) ? 3 : 0
    }
}
