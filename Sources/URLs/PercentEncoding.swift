/// Which bytes are percent-encoded in a part of a url; those outside ASCII and the controls always are.
struct PercentEncodeSet: Sendable {
    private let low: UInt64
    private let high: UInt64

    private init(low: UInt64, high: UInt64) {
        self.low = low
        self.high = high
    }

    func contains(_ byte: UInt8) -> Bool {
        guard byte < 0x80 else { return true }
        return byte < 64 ? low >> UInt64(byte) & 1 == 1 : high >> UInt64(byte - 64) & 1 == 1
    }

    private func adding(_ characters: StaticString) -> PercentEncodeSet {
        var low = low
        var high = high
        characters.withUTF8Buffer { buffer in
            for byte in buffer where byte < 0x80 {
                if byte < 64 { low |= 1 << UInt64(byte) } else { high |= 1 << UInt64(byte - 64) }
            }
        }
        return PercentEncodeSet(low: low, high: high)
    }

    // The sets of the standard, each of which adds to the one it names.
    static let control = PercentEncodeSet(low: 0xFFFF_FFFF, high: 1 << 63)
    static let fragment = control.adding(" \"<>`")
    static let query = control.adding(" \"#<>")
    static let specialQuery = query.adding("'")
    static let path = query.adding("?^`{}")
    static let userinfo = path.adding("/:;=@[\\]|")
    /// All but letters, digits and `-_.~`: what a value must not hold to be one value in any part.
    static let value = userinfo.adding("!$%&'()*+,")
    /// All but letters, digits and `*-._`; a blank, which a form writes as `+`, is in it, too.
    static let form = value.adding("~").removingStar

    private var removingStar: PercentEncodeSet {
        PercentEncodeSet(low: low & ~(1 << UInt64(UInt8(ascii: "*"))), high: high)
    }

    func append(_ bytes: some Sequence<UInt8>, to output: inout [UInt8]) {
        for byte in bytes {
            if contains(byte) {
                appendEscape(of: byte, to: &output)
            } else {
                output.append(byte)
            }
        }
    }

    func encoded(_ bytes: some Sequence<UInt8>) -> String {
        var output: [UInt8] = []
        append(bytes, to: &output)
        return String(decoding: output, as: UTF8.self)
    }
}

func appendEscape(of byte: UInt8, to output: inout [UInt8]) {
    output.append(UInt8(ascii: "%"))
    output.append(hexadecimalDigit(byte >> 4))
    output.append(hexadecimalDigit(byte & 15))
}

private func hexadecimalDigit(_ value: UInt8) -> UInt8 {
    value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "A") + value - 10
}

/// A value that is put into a url, as a segment of its path, as a name or a value in its query, as its
/// fragment, user name or password: everything but `A-Z a-z 0-9 - _ . ~` as `%XX` of its UTF-8 bytes.
///
/// No encoding keeps the values `.` and `..` from being followed as dot segments of a path; ask
/// `isDotSegment` before such a value becomes one.
package func percentEncoded(value: String) -> String {
    PercentEncodeSet.value.encoded(value.utf8)
}

/// The text with each `%XX` decoded; a `%` without two hexadecimal digits behind it stays as it is, and
/// bytes that are not UTF-8 become U+FFFD.
package func percentDecoded(_ text: String) -> String {
    String(decoding: percentDecodedBytes(text), as: UTF8.self)
}

/// The bytes of the text with each `%XX` decoded, for what may not be UTF-8.
package func percentDecodedBytes(_ text: String) -> [UInt8] {
    percentDecoded(Array(text.utf8)[...])
}

func percentDecoded(_ bytes: ArraySlice<UInt8>) -> [UInt8] {
    var output: [UInt8] = []
    output.reserveCapacity(bytes.count)
    var index = bytes.startIndex
    while index < bytes.endIndex {
        if bytes[index] == UInt8(ascii: "%"), index + 2 < bytes.endIndex,
            let high = hexadecimalValue(bytes[index + 1]), let low = hexadecimalValue(bytes[index + 2])
        {
            output.append(UInt8(high << 4 | low))
            index += 3
        } else {
            output.append(bytes[index])
            index += 1
        }
    }
    return output
}

/// Whether a path takes the segment for a step that stays (`.`) or goes up (`..`), escaped or not.
package func isDotSegment(_ segment: String) -> Bool {
    dotCount(of: Array(segment.utf8)[...]) != nil
}

/// One for `.`, two for `..`, each dot perhaps written `%2e`; nil for every other segment.
func dotCount(of segment: ArraySlice<UInt8>) -> Int? {
    guard segment.count <= 6 else { return nil }
    let decoded = percentDecoded(segment)
    guard decoded.count == 1 || decoded.count == 2, decoded.allSatisfy({ $0 == UInt8(ascii: ".") }) else {
        return nil
    }
    return decoded.count
}
