/// Appends a string as a JSON string literal, escaping only what RFC 8259 demands.
///
/// - Parameter isOver: asked now and then; when it says yes, the rest of the text is left out.
package func appendJSONString(_ text: String, to output: inout [UInt8], unless isOver: () -> Bool = { false })
{
    output.append(UInt8(ascii: "\""))
    var text = text
    text.withUTF8 { bytes in
        // Written for builds that are not optimised, too: there an iterator of pairs, or a slice that is copied
        // byte by byte, takes seconds for a megabyte.
        var (clean, index) = (0, 0)
        while index < bytes.count {
            if index & 0xFFFF == 0xFFFF, isOver() { return }
            let byte = bytes[index]
            if byte < 0x20 || byte == 0x22 || byte == 0x5C {
                if clean < index {
                    output.append(contentsOf: UnsafeBufferPointer(rebasing: bytes[clean..<index]))
                }
                appendEscape(of: byte, to: &output)
                clean = index + 1
            }
            index += 1
        }
        output.append(contentsOf: UnsafeBufferPointer(rebasing: bytes[clean...]))
    }
    output.append(UInt8(ascii: "\""))
}

/// A string as a JSON string literal.
package func jsonString(_ text: String) -> String {
    var output: [UInt8] = []
    appendJSONString(text, to: &output)
    return String(decoding: output, as: UTF8.self)
}

/// Byte by byte: megabytes of these are written when JSON stands in JSON.
private func appendEscape(of byte: UInt8, to output: inout [UInt8]) {
    output.append(UInt8(ascii: "\\"))
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"):
        output.append(byte)
    case 0x0A: output.append(UInt8(ascii: "n"))
    case 0x0D: output.append(UInt8(ascii: "r"))
    case 0x09: output.append(UInt8(ascii: "t"))
    case 0x08: output.append(UInt8(ascii: "b"))
    case 0x0C: output.append(UInt8(ascii: "f"))
    default:
        // Below 0x20, so the first digit is 0 or 1.
        output.append(UInt8(ascii: "u"))
        output.append(UInt8(ascii: "0"))
        output.append(UInt8(ascii: "0"))
        output.append(byte < 0x10 ? UInt8(ascii: "0") : UInt8(ascii: "1"))
        let digit = byte & 15
        output.append(digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") - 10 + digit)
    }
}
