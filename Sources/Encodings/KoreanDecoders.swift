/// The text of bytes in EUC-KR with all that windows-949 adds.
func decodeEUCKR(_ bytes: [UInt8]) -> Decoded {
    let index = DoubleByteIndex.eucKR
    return decodePairs(bytes) {
        (0x81...0xFE).contains($0) ? .lead : .nothing
    } pair: { lead, trail in
        guard (0x41...0xFE).contains(trail) else { return nil }
        return index.code(row: Int(lead) - 0x81, column: Int(trail) - 0x41).map { ($0, nil) }
    }
}

/// The text of bytes in ISO-2022-KR: seven bits, a byte before and one behind what is Korean.
func decodeISO2022KR(_ bytes: [UInt8]) -> Decoded {
    let announcement: [UInt8] = [0x1B, 0x24, 0x29, 0x43]
    let (intoKorean, outOfKorean): (UInt8, UInt8) = (0x0E, 0x0F)
    var output = DecodingOutput(size: bytes.count)
    var isKorean = false
    var index = 0
    while index < bytes.count {
        let byte = bytes[index]
        switch byte {
        case 0x1B where bytes[index...].starts(with: announcement): index += announcement.count - 1
        case intoKorean: isKorean = true
        case outOfKorean: isKorean = false
        case 0x21...0x7E where isKorean && index + 1 < bytes.count:
            let trail = bytes[index + 1]
            let code =
                (0x21...0x7E).contains(trail)
                ? DoubleByteIndex.eucKR.code(row: Int(byte) - 1, column: Int(trail) + 0x3F) : nil
            if let code { output.append(code) } else { output.appendFault(at: index) }
            if code != nil { index += 1 }
        case 0x80...: output.appendFault(at: index)
        default:
            // A line that ends ends its Korean.
            if byte == 0x0A { isKorean = false }
            output.append(ascii: byte)
        }
        index += 1
    }
    return output.decoded
}
