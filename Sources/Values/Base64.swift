private let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

/// Bytes as base64 with padding (RFC 4648).
package func base64(_ bytes: [UInt8]) -> String {
    var output: [UInt8] = []
    for start in stride(from: 0, to: bytes.count, by: 3) {
        let group = bytes[start..<min(start + 3, bytes.count)]
        var bits = group.reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
        bits <<= UInt32(8 * (3 - group.count))
        for index in 0..<4 {
            output.append(
                index <= group.count ? alphabet[Int(bits >> UInt32(18 - 6 * index) & 63)] : UInt8(ascii: "="))
        }
    }
    return String(decoding: output, as: UTF8.self)
}

/// The bytes of a base64 text, padded or not; nil when it is none.
package func decodeBase64(_ text: String) -> [UInt8]? {
    let characters = text.utf8.reversed().drop { $0 == UInt8(ascii: "=") }.reversed()
    var output: [UInt8] = []
    var bits: UInt32 = 0
    var count = 0
    for character in characters {
        guard let value = alphabet.firstIndex(of: character) else { return nil }
        bits = bits << 6 | UInt32(value)
        count += 6
        if count >= 8 {
            count -= 8
            output.append(UInt8(bits >> UInt32(count) & 255))
        }
    }
    return characters.count % 4 == 1 ? nil : output
}
