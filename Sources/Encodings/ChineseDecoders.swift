/// The text of bytes in GB 18030, of which GBK is a part: characters of one, two and four bytes.
func decodeGB18030(_ bytes: [UInt8]) -> Decoded { decodeLong(bytes, character: longGB18030) }

/// The character at an offset that is none of ASCII, nil where there is none, and how many bytes are read with
/// it.
private func longGB18030(_ bytes: [UInt8], at start: Int) -> (code: UInt32?, length: Int) {
    let part = bytes[start...].prefix(4)
    // The euro, as GBK has it.
    if bytes[start] == 0x80 { return (0x20AC, 1) }
    guard bytes[start] != 0xFF, part.count > 1 else { return (nil, 1) }
    let lead = Int(bytes[start])
    let second = bytes[start + 1]
    guard (0x30...0x39).contains(second) else {
        let code = trailIndex(second).flatMap { DoubleByteIndex.gb18030.code(row: lead - 0x81, column: $0) }
        return (code, code == nil && second < 0x80 ? 1 : 2)
    }
    guard part.count > 2 else { return (nil, part.count) }
    let third = bytes[start + 2]
    guard (0x81...0xFE).contains(third) else { return (nil, 1) }
    guard part.count > 3 else { return (nil, part.count) }
    let fourth = bytes[start + 3]
    guard (0x30...0x39).contains(fourth) else { return (nil, 1) }
    let pointer =
        ((lead - 0x81) * 10 + Int(second) - 0x30) * 1_260 + (Int(third) - 0x81) * 10 + Int(fourth) - 0x30
    return (GB18030Ranges.code(pointer), 4)
}

private func trailIndex(_ byte: UInt8) -> Int? {
    switch byte {
    case 0x40...0x7E: Int(byte) - 0x40
    case 0x80...0xFE: Int(byte) - 0x41
    default: nil
    }
}

/// The text of bytes in Big5.
func decodeBig5(_ bytes: [UInt8]) -> Decoded {
    let index = DoubleByteIndex.big5
    return decodePairs(bytes) {
        (0x81...0xFE).contains($0) ? .lead : .nothing
    } pair: { lead, trail in
        let column: Int
        switch trail {
        case 0x40...0x7E: column = Int(trail) - 0x40
        case 0xA1...0xFE: column = Int(trail) - 0x62
        default: return nil
        }
        // Four letters of the Latin script of Hong Kong are a letter and its accent.
        switch (lead, trail) {
        case (0x88, 0x62): return (0xCA, 0x304)
        case (0x88, 0x64): return (0xCA, 0x30C)
        case (0x88, 0xA3): return (0xEA, 0x304)
        case (0x88, 0xA5): return (0xEA, 0x30C)
        default: return index.code(row: Int(lead) - 0x81, column: column).map { ($0, nil) }
        }
    }
}

/// The text of bytes in HZ: seven bits, `~{` before and `~}` behind what is Chinese.
func decodeHZ(_ bytes: [UInt8]) -> Decoded {
    var output = DecodingOutput(size: bytes.count)
    var isChinese = false
    var index = 0
    while index < bytes.count {
        let byte = bytes[index]
        let next = index + 1 < bytes.count ? bytes[index + 1] : nil
        var length = 1
        switch (byte, next) {
        case (UInt8(ascii: "~"), UInt8(ascii: "{")): (isChinese, length) = (true, 2)
        case (UInt8(ascii: "~"), UInt8(ascii: "}")): (isChinese, length) = (false, 2)
        case (UInt8(ascii: "~"), UInt8(ascii: "~")) where !isChinese:
            output.append(ascii: byte)
            length = 2
        case (UInt8(ascii: "~"), 0x0A): length = 2
        case (0x80..., _): output.appendFault(at: index)
        case (0x21..., let next?) where isChinese:
            let code =
                (0x21...0x7E).contains(next)
                ? trailIndex(next | 0x80).flatMap {
                    DoubleByteIndex.gb18030.code(row: Int(byte | 0x80) - 0x81, column: $0)
                } : nil
            if let code { output.append(code) } else { output.appendFault(at: index) }
            length = code == nil ? 1 : 2
        default:
            // A line that ends ends its Chinese.
            if byte == 0x0A { isChinese = false }
            output.append(ascii: byte)
        }
        index += length
    }
    return output.decoded
}
