extension TextEncoding {
    /// The characters of the bytes from 0x80 on, for an encoding in which each byte is one character; 0xFFFD stands for
    /// nothing. Empty for other encodings.
    var upperHalf: [UInt16] {
        switch self {
        case .ibm866: SingleByteTables.ibm866
        case .iso8859Part2: SingleByteTables.iso8859Part2
        case .iso8859Part3: SingleByteTables.iso8859Part3
        case .iso8859Part4: SingleByteTables.iso8859Part4
        case .iso8859Part5: SingleByteTables.iso8859Part5
        case .iso8859Part6: SingleByteTables.iso8859Part6
        case .iso8859Part7: SingleByteTables.iso8859Part7
        case .iso8859Part8, .iso8859Part8Logical: SingleByteTables.iso8859Part8
        case .iso8859Part10: SingleByteTables.iso8859Part10
        case .iso8859Part13: SingleByteTables.iso8859Part13
        case .iso8859Part14: SingleByteTables.iso8859Part14
        case .iso8859Part15: SingleByteTables.iso8859Part15
        case .iso8859Part16: SingleByteTables.iso8859Part16
        case .koi8r: SingleByteTables.koi8r
        case .koi8u: SingleByteTables.koi8u
        case .macintosh: SingleByteTables.macintosh
        case .windows874: SingleByteTables.windows874
        case .windows1250: SingleByteTables.windows1250
        case .windows1251: SingleByteTables.windows1251
        case .windows1252: SingleByteTables.windows1252
        case .windows1253: SingleByteTables.windows1253
        case .windows1254: SingleByteTables.windows1254
        case .windows1255: SingleByteTables.windows1255
        case .windows1256: SingleByteTables.windows1256
        case .windows1257: SingleByteTables.windows1257
        case .windows1258: SingleByteTables.windows1258
        case .macCyrillic: SingleByteTables.macCyrillic
        // A part of the private use area, in order.
        case .userDefined: Array(0xF780...0xF7FF)
        case .utf8, .utf16LittleEndian, .utf16BigEndian, .gbk, .gb18030, .hz, .big5, .eucJP, .iso2022JP,
            .shiftJIS, .eucKR, .iso2022KR:
            []
        }
    }
}

/// The text of bytes each of which is one character.
func decodeSingleBytes(_ bytes: [UInt8], _ upperHalf: [UInt16]) -> Decoded {
    var output = DecodingOutput(size: bytes.count)
    var index = 0
    while index < bytes.count {
        let byte = bytes[index]
        if byte < 0x80 {
            index = output.appendASCII(bytes, at: index)
            continue
        }
        let code = upperHalf[Int(byte) - 0x80]
        if code == 0xFFFD { output.appendFault(at: index) } else { output.append(UInt32(code)) }
        index += 1
    }
    return output.decoded
}
