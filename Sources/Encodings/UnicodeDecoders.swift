/// The text of bytes in UTF-8: each longest beginning of a character that does not become one is one U+FFFD.
func decodeUTF8(_ bytes: [UInt8]) -> Decoded {
    var index = validUTF8(bytes, from: 0)
    if index == bytes.count { return Decoded(utf8: bytes, firstFault: nil) }
    var output = DecodingOutput(size: bytes.count)
    var start = 0
    while true {
        output.append(utf8: bytes[start..<index])
        guard index < bytes.count else { return output.decoded }
        output.appendFault(at: index)
        start = index + brokenLength(bytes, at: index)
        index = validUTF8(bytes, from: start)
    }
}

/// Where the whole characters end that begin at an offset.
private func validUTF8(_ bytes: [UInt8], from start: Int) -> Int {
    var index = start
    while index < bytes.count {
        if bytes[index] < 0x80 {
            index += 1
            continue
        }
        let length = characterLength(bytes[index])
        guard length > 1, fittingLength(bytes, at: index, length) == length else { break }
        index += length
    }
    return index
}

/// How many bytes a character takes that begins with a byte; 0 where none does.
private func characterLength(_ first: UInt8) -> Int {
    switch first {
    case 0x00...0x7F: 1
    case 0xC2...0xDF: 2
    case 0xE0...0xEF: 3
    case 0xF0...0xF4: 4
    default: 0
    }
}

/// How many bytes at an offset can belong to one character of a length, its first byte included.
private func fittingLength(_ bytes: [UInt8], at start: Int, _ length: Int) -> Int {
    // The second byte is where longer forms than needed, halves of pairs and numbers beyond Unicode show.
    let second: ClosedRange<UInt8> =
        switch bytes[start] {
        case 0xE0: 0xA0...0xBF
        case 0xED: 0x80...0x9F
        case 0xF0: 0x90...0xBF
        case 0xF4: 0x80...0x8F
        default: 0x80...0xBF
        }
    var count = 1
    while count < length, start + count < bytes.count {
        let allowed = count == 1 ? second : 0x80...0xBF
        guard allowed.contains(bytes[start + count]) else { break }
        count += 1
    }
    return count
}

private func brokenLength(_ bytes: [UInt8], at start: Int) -> Int {
    max(1, fittingLength(bytes, at: start, characterLength(bytes[start])))
}

/// The text of bytes in UTF-16: half of a pair, and half of a unit at the end, are each one U+FFFD.
func decodeUTF16(_ bytes: [UInt8], isBig: Bool) -> Decoded {
    var output = DecodingOutput(size: bytes.count)
    func unit(_ index: Int) -> UInt32? {
        guard index + 1 < bytes.count else { return nil }
        let (first, second) = (UInt32(bytes[index]), UInt32(bytes[index + 1]))
        return isBig ? first << 8 | second : second << 8 | first
    }
    var index = 0
    while let first = unit(index) {
        switch first {
        case 0xD800...0xDBFF:
            guard let second = unit(index + 2), (0xDC00...0xDFFF).contains(second) else {
                output.appendFault(at: index)
                // With half a pair at the end goes half a unit that stands behind it.
                if index + 3 == bytes.count { index += 1 }
                break
            }
            output.append(0x10000 + (first - 0xD800) << 10 + (second - 0xDC00))
            index += 2
        case 0xDC00...0xDFFF: output.appendFault(at: index)
        default: output.append(first)
        }
        index += 2
    }
    if index < bytes.count { output.appendFault(at: index) }
    return output.decoded
}
