/// Appends a string as a JSON string literal, escaping only what RFC 8259 demands.
///
/// - Parameter isOver: asked now and then; when it says yes, the rest of the text is left out.
package func appendJSONString(_ text: String, to output: inout [UInt8], unless isOver: () -> Bool = { false })
{
    output.append(UInt8(ascii: "\""))
    var text = text
    text.withUTF8 { bytes in
        var clean = 0
        for (index, byte) in bytes.enumerated() {
            if index & 0xFFFF == 0xFFFF, isOver() { return }
            guard byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") else { continue }
            output.append(contentsOf: bytes[clean..<index])
            appendEscape(of: byte, to: &output)
            clean = index + 1
        }
        output.append(contentsOf: bytes[clean...])
    }
    output.append(UInt8(ascii: "\""))
}

/// A string as a JSON string literal.
package func jsonString(_ text: String) -> String {
    var output: [UInt8] = []
    appendJSONString(text, to: &output)
    return String(decoding: output, as: UTF8.self)
}

private func appendEscape(of byte: UInt8, to output: inout [UInt8]) {
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"):
        // One by one: megabytes of these are written when JSON stands in JSON.
        output.append(UInt8(ascii: "\\"))
        output.append(byte)
    case 0x0A: output.append(contentsOf: "\\n".utf8)
    case 0x0D: output.append(contentsOf: "\\r".utf8)
    case 0x09: output.append(contentsOf: "\\t".utf8)
    case 0x08: output.append(contentsOf: "\\b".utf8)
    case 0x0C: output.append(contentsOf: "\\f".utf8)
    default:
        let digits = Array("0123456789abcdef".utf8)
        output.append(contentsOf: "\\u00".utf8)
        output.append(digits[Int(byte >> 4)])
        output.append(digits[Int(byte & 15)])
    }
}
