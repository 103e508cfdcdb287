import CEL
import Diagnostics
import Values

/// A text in double quotes whose characters are these and nothing else: a `${` in it is no interpolation.
package func quotedText(_ characters: String) -> String {
    "\"" + escapedText(Array(characters.replacingTemplates().utf8), inBlock: false) + "\""
}

/// Bytes of a text as they are written between quotes; in a block of text line breaks stay.
package func escapedText(_ bytes: some Sequence<UInt8>, inBlock: Bool) -> String {
    var out: [UInt8] = []
    for byte in bytes {
        switch byte {
        case 0x0A: out += inBlock ? [0x0A] : Array("\\n".utf8)
        case 0x0D: out += Array("\\r".utf8)
        case 0x09: out += Array("\\t".utf8)
        case 0x22: out += Array("\\\"".utf8)
        case 0x5C: out += Array("\\\\".utf8)
        case 0..<0x20, 0x7F: out += Array("\\x\(String(byte, radix: 16).leftPadded(to: 2))".utf8)
        default: out.append(byte)
        }
    }
    return String(decoding: out, as: UTF8.self)
}

/// A program in quotes that it does not hold, taken letter for letter; nil when it holds all kinds of them.
package func quotedProgram(_ text: String) -> String? {
    // By bytes, as it is read back: CRLF is one character, and so is a quote with the combining mark behind it.
    let bytes = text.utf8
    if !bytes.contains(0x0A), !bytes.contains(0x0D) {
        if !bytes.contains(UInt8(ascii: "\"")) { return "\"\(text)\"" }
        if !bytes.contains(UInt8(ascii: "'")) { return "'\(text)'" }
    }
    let quotes = ["'''", "\"\"\""].first { bytes.firstRange(of: $0.utf8) == nil }
    return quotes.map { "\($0)\n\(text)\n\($0)" }
}

extension String {
    /// Literal `${` as `$${`, so that a text and an expression are told apart.
    package func replacingTemplates() -> String {
        guard contains("${") else { return self }
        var output = ""
        var rest = self[...]
        while let range = rest.firstRange(ofText: "${") {
            output += rest[..<range.lowerBound] + "$${"
            rest = rest[range.upperBound...]
        }
        return output + rest
    }
}
