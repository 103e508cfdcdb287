/// A text with the brackets, colons, commas and quotes of JSON where it has them as Chinese and Japanese keyboards write
/// them, `｛`, `：`, `＂`; as it is where brackets of JSON's own stand in it. Within quotes nothing is changed.
func withPlainBrackets(_ bytes: [UInt8]) -> [UInt8] {
    guard bytes.contains(0xEF), !bytes.contains(where: { $0 == .openBrace || $0 == .openBracket }) else {
        return bytes
    }
    var output: [UInt8] = []
    output.reserveCapacity(bytes.count)
    var hasBracket = false
    var quote: UInt8?
    var place = 0
    while place < bytes.count {
        let plain = plainForm(bytes, place)
        let byte = plain ?? bytes[place]
        if let open = quote {
            if byte == open { quote = nil }
        } else if byte == .quote {
            quote = byte
        }
        if let plain, quote == nil || plain == .quote {
            hasBracket = hasBracket || plain.isOpener && beginsJSON(bytes, place + 3)
            output.append(plain)
            place += 3
        } else {
            output.append(bytes[place])
            place += 1
        }
    }
    return hasBracket ? output : bytes
}

/// Whether what stands behind a bracket can only be JSON.
private func beginsJSON(_ bytes: [UInt8], _ start: Int) -> Bool {
    var place = start
    while place < bytes.count, bytes[place] <= 0x20 { place += 1 }
    guard place < bytes.count else { return false }
    let byte = plainForm(bytes, place) ?? bytes[place]
    return byte == .quote || byte == .apostrophe || byte.isDigit || byte.isOpener || byte.isCloser
}

/// What a full-width mark at a place is in ASCII; nil where none stands.
private func plainForm(_ bytes: [UInt8], _ place: Int) -> UInt8? {
    guard bytes[place] == 0xEF, place + 2 < bytes.count else { return nil }
    switch (bytes[place + 1], bytes[place + 2]) {
    case (0xBD, 0x9B): return .openBrace
    case (0xBD, 0x9D): return .closeBrace
    case (0xBC, 0xBB): return .openBracket
    case (0xBC, 0xBD): return .closeBracket
    case (0xBC, 0x9A): return .colon
    case (0xBC, 0x8C): return .comma
    case (0xBC, 0x82): return .quote
    default: return nil
    }
}
