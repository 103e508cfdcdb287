/// The pairs as `application/x-www-form-urlencoded` text, as in `q=two+words&page=2`.
package func formEncoded(_ pairs: [(name: String, value: String)]) -> String {
    var output: [UInt8] = []
    for (index, pair) in pairs.enumerated() {
        if index > 0 { output.append(UInt8(ascii: "&")) }
        appendFormEncoded(pair.name, to: &output)
        output.append(UInt8(ascii: "="))
        appendFormEncoded(pair.value, to: &output)
    }
    return String(decoding: output, as: UTF8.self)
}

/// The pairs of an `application/x-www-form-urlencoded` text or of a url's query, in their order.
///
/// A part without `=` is a name with an empty value, and bytes that are not UTF-8 become U+FFFD.
package func formDecoded(_ text: String) -> [(name: String, value: String)] {
    let bytes = Array(text.utf8)
    return bytes.split(separator: UInt8(ascii: "&")).map { part in
        let middle = part.firstIndex(of: UInt8(ascii: "=")) ?? part.endIndex
        return (name: formDecoded(part[..<middle]), value: formDecoded(part[middle...].dropFirst()))
    }
}

private func appendFormEncoded(_ text: String, to output: inout [UInt8]) {
    for byte in text.utf8 {
        if byte == UInt8(ascii: " ") {
            output.append(UInt8(ascii: "+"))
        } else if PercentEncodeSet.form.contains(byte) {
            appendEscape(of: byte, to: &output)
        } else {
            output.append(byte)
        }
    }
}

private func formDecoded(_ bytes: ArraySlice<UInt8>) -> String {
    let spaced = bytes.map { $0 == UInt8(ascii: "+") ? UInt8(ascii: " ") : $0 }
    return String(decoding: percentDecoded(spaced[...]), as: UTF8.self)
}
