import Values

/// What each of the 256 bytes means to the search for secrets.
enum ByteTables {
    static let blank: UInt8 = 0x20
    /// No digit of an encoding.
    static let none: UInt8 = 0xFF

    /// The byte as patterns hold it: white space of every kind, and the `+` of forms, is a blank.
    static let folded: [UInt8] = table { isWhitespace($0) || $0 == UInt8(ascii: "+") ? blank : $0 }

    /// Bytes that count once however many of one kind stand together: white space, because a key's lines are
    /// joined by blanks, and quotes, because CSV, SQL and YAML double them. 0 for all others.
    static let repeatable: [UInt8] = table {
        if isWhitespace($0) { return 1 }
        if $0 == UInt8(ascii: "\"") { return 2 }
        return $0 == UInt8(ascii: "'") ? 3 : 0
    }

    /// The value of a digit of base64 or base64url, else `none`.
    static let base64: [UInt8] = table {
        switch $0 {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"): $0 - UInt8(ascii: "A")
        case UInt8(ascii: "a")...UInt8(ascii: "z"): $0 - UInt8(ascii: "a") + 26
        case UInt8(ascii: "0")...UInt8(ascii: "9"): $0 - UInt8(ascii: "0") + 52
        case UInt8(ascii: "+"), UInt8(ascii: "-"): 62
        case UInt8(ascii: "/"), UInt8(ascii: "_"): 63
        default: none
        }
    }

    /// The value of a hexadecimal digit, else `none`.
    static let hexadecimal: [UInt8] = table {
        switch $0 {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): $0 - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): $0 - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): $0 - UInt8(ascii: "A") + 10
        default: none
        }
    }

    static func isWhitespace(_ byte: UInt8) -> Bool { byte == blank || (byte >= 0x09 && byte <= 0x0D) }

    /// The bytes as patterns hold them: what may be repeated counts once.
    static func fold(_ bytes: [UInt8]) -> [UInt8] {
        var output: [UInt8] = []
        var previous: UInt8 = 0
        for byte in bytes {
            let kind = repeatable[Int(byte)]
            guard kind == 0 || kind != previous else { continue }
            previous = kind
            output.append(folded[Int(byte)])
        }
        return output
    }

    private static func table(_ value: (UInt8) -> UInt8) -> [UInt8] { (0...255).map { value($0) } }
}
