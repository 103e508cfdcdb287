/// Bytes as text, and where they were none.
package struct Decoded: Sendable, Hashable {
    /// Valid UTF-8. Each sequence of bytes that stands for nothing has become one U+FFFD.
    package var utf8: [UInt8]
    /// The offset of the first byte that belongs to no character; nil where all of them do.
    package var firstFault: Int?
}

extension TextEncoding {
    /// The text of bytes in this encoding, as the Encoding Standard decodes it. No byte ends it early: what
    /// stands for nothing becomes U+FFFD, and a letter of ASCII behind half a character is kept. A byte-order
    /// mark stays.
    package func decode(_ bytes: [UInt8]) -> Decoded {
        switch self {
        case .utf8: return decodeUTF8(bytes)
        case .utf16LittleEndian: return decodeUTF16(bytes, isBig: false)
        case .utf16BigEndian: return decodeUTF16(bytes, isBig: true)
        case .gbk, .gb18030: return decodeGB18030(bytes)
        case .hz: return decodeHZ(bytes)
        case .big5: return decodeBig5(bytes)
        case .eucJP: return decodeEUCJP(bytes)
        case .iso2022JP:
            var decoder = ISO2022JPDecoder(bytes)
            return decoder.decode()
        case .shiftJIS: return decodeShiftJIS(bytes)
        case .eucKR: return decodeEUCKR(bytes)
        case .iso2022KR: return decodeISO2022KR(bytes)
        case .ibm866, .iso8859Part2, .iso8859Part3, .iso8859Part4, .iso8859Part5, .iso8859Part6,
            .iso8859Part7, .iso8859Part8, .iso8859Part8Logical, .iso8859Part10, .iso8859Part13,
            .iso8859Part14, .iso8859Part15, .iso8859Part16, .koi8r, .koi8u, .macintosh, .windows874,
            .windows1250, .windows1251, .windows1252, .windows1253, .windows1254, .windows1255,
            .windows1256, .windows1257, .windows1258, .macCyrillic, .userDefined:
            return decodeSingleBytes(bytes, upperHalf)
        }
    }
}

/// Text in UTF-8 as it grows.
struct DecodingOutput {
    private var utf8: [UInt8] = []
    private var firstFault: Int?

    /// - Parameter size: how many bytes are decoded.
    init(size: Int) { utf8.reserveCapacity(size + size / 2) }

    var decoded: Decoded { Decoded(utf8: utf8, firstFault: firstFault) }

    mutating func append(ascii byte: UInt8) { utf8.append(byte) }

    /// Appends the letters of ASCII that stand at an offset; most texts are full of them.
    ///
    /// - Returns: the offset behind them.
    mutating func appendASCII(_ bytes: [UInt8], at start: Int) -> Int {
        var end = start
        while end < bytes.count, bytes[end] < 0x80 { end += 1 }
        utf8.append(contentsOf: bytes[start..<end])
        return end
    }

    /// - Parameter code: the number of a character, never half of a surrogate pair.
    mutating func append(_ code: UInt32) {
        func tail(_ shift: UInt32) -> UInt8 { UInt8(truncatingIfNeeded: 0x80 | (code >> shift & 0x3F)) }
        if code < 0x80 {
            utf8.append(UInt8(truncatingIfNeeded: code))
            return
        }
        if code < 0x800 {
            utf8.append(UInt8(truncatingIfNeeded: 0xC0 | code >> 6))
        } else {
            if code < 0x10000 {
                utf8.append(UInt8(truncatingIfNeeded: 0xE0 | code >> 12))
            } else {
                utf8.append(UInt8(truncatingIfNeeded: 0xF0 | code >> 18))
                utf8.append(tail(12))
            }
            utf8.append(tail(6))
        }
        utf8.append(tail(0))
    }

    mutating func append(utf8 bytes: ArraySlice<UInt8>) { utf8.append(contentsOf: bytes) }

    /// - Parameter offset: where the bytes that stand for nothing begin.
    mutating func appendFault(at offset: Int) {
        if firstFault == nil { firstFault = offset }
        append(0xFFFD)
    }
}
