internal import CLibXML2
import Encodings

/// Makes the text of XML what a strict parser takes, without losing anything: many feeds are written by
/// people.
///
/// A `&` that begins no entity is one for itself; the names of HTML's characters, such as `&nbsp;`, are those
/// characters; and what may stand nowhere in XML becomes U+FFFD.
struct XMLText {
    private let bytes: [UInt8]
    private var output: [UInt8] = []
    /// Entities that the document declares itself.
    private let declared: Set<[UInt8]>

    /// - Returns: the text in UTF-8, without the blanks before it.
    static func mended(_ utf8: [UInt8]) -> [UInt8] {
        var text = XMLText(Array(utf8.drop(while: isBlank)))
        text.run()
        return text.output
    }

    /// A text in which the characters stand that it writes as `&amp;`, `&#8217;` or `&eacute;`.
    static func decoded(_ text: String) -> String {
        guard text.contains("&") else { return text }
        let bytes = Array(text.utf8)
        var output: [UInt8] = []
        var index = 0
        while index < bytes.count {
            let name: ArraySlice<UInt8> =
                bytes[index] == UInt8(ascii: "&")
                ? bytes[(index + 1)...].prefix(32).prefix(while: isNameByte) : []
            if !name.isEmpty, name.endIndex < bytes.count, bytes[name.endIndex] == UInt8(ascii: ";"),
                let code = name.first == UInt8(ascii: "#")
                    ? number(name.dropFirst()) : characterOfHTML(Array(name)),
                isAllowed(code), let scalar = Unicode.Scalar(code)
            {
                output += Array(String(scalar).utf8)
                index = name.endIndex + 1
            } else {
                output.append(bytes[index])
                index += 1
            }
        }
        return String(decoding: output, as: UTF8.self)
    }

    private init(_ bytes: [UInt8]) {
        self.bytes = bytes
        declared = XMLText.declarations(bytes)
        output.reserveCapacity(bytes.count)
    }

    private mutating func run() {
        var index = 0
        // What stands there is text, whatever it looks like.
        let verbatim: [(start: [UInt8], end: [UInt8])] = [
            (Array("<![CDATA[".utf8), Array("]]>".utf8)), (Array("<!--".utf8), Array("-->".utf8)),
            (Array("<?".utf8), Array("?>".utf8)),
        ]
        while index < bytes.count {
            switch bytes[index] {
            case UInt8(ascii: "&"):
                index += reference(at: index)
            case UInt8(ascii: "<"):
                let kind = verbatim.first(where: { bytes[index...].starts(with: $0.start) })
                let behind = kind.map { end(of: $0.end, from: index) } ?? index + 1
                for place in index..<behind { append(at: place) }
                index = behind
            default:
                append(at: index)
                index += 1
            }
        }
    }

    private func end(of word: [UInt8], from start: Int) -> Int {
        var index = start
        while index + word.count <= bytes.count {
            if bytes[index] == word[0], bytes[index...].starts(with: word) { return index + word.count }
            index += 1
        }
        return bytes.count
    }

    /// One byte, or U+FFFD for a control character.
    private mutating func append(at index: Int) {
        let byte = bytes[index]
        if XMLText.isAllowed(UInt32(byte)) {
            output.append(byte)
        } else {
            output += [0xEF, 0xBF, 0xBD]
        }
    }

    private static func isAllowed(_ code: UInt32) -> Bool {
        switch code {
        case 0x09, 0x0A, 0x0D, 0x20...0xD7FF, 0xE000...0xFFFD, 0x10000...0x10FFFF: true
        default: false
        }
    }

    /// Writes the reference that begins at an offset, mended where it has to be.
    ///
    /// - Returns: how many bytes are read.
    private mutating func reference(at start: Int) -> Int {
        let name = bytes[(start + 1)...].prefix(32).prefix {
            $0 != UInt8(ascii: ";") && XMLText.isNameByte($0)
        }
        let length = name.count + 2
        guard !name.isEmpty, name.endIndex < bytes.count, bytes[name.endIndex] == UInt8(ascii: ";") else {
            output += Array("&amp;".utf8)
            return 1
        }
        if name.first == UInt8(ascii: "#") {
            if let code = XMLText.number(name.dropFirst()) {
                output += XMLText.isAllowed(code) ? bytes[start..<(start + length)] : [0xEF, 0xBF, 0xBD]
            } else {
                output += Array("&amp;".utf8)
                return 1
            }
        } else if XMLText.own.contains(Array(name)) || declared.contains(Array(name)) {
            output += bytes[start..<(start + length)]
        } else if let code = XMLText.characterOfHTML(Array(name)) {
            output += Array("&#\(code);".utf8)
        } else {
            output += Array("&amp;".utf8)
            return 1
        }
        return length
    }

    private static let own = Set(["amp", "lt", "gt", "quot", "apos"].map { Array($0.utf8) })

    private static func isNameByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "#"), UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."), UInt8(ascii: ":"),
            0x80...:
            true
        default: (0x30...0x39).contains(byte) || isLetter(byte)
        }
    }

    /// The number of a character as `#` is followed by it; nil for what is none.
    private static func number(_ digits: ArraySlice<UInt8>) -> UInt32? {
        let isHex = digits.first == UInt8(ascii: "x")
        let text = String(decoding: isHex ? digits.dropFirst() : digits, as: UTF8.self)
        guard text.utf8.allSatisfy({ $0 != UInt8(ascii: "+") && $0 != UInt8(ascii: "-") }) else { return nil }
        return UInt32(text, radix: isHex ? 16 : 10)
    }

    private static func characterOfHTML(_ name: [UInt8]) -> UInt32? {
        (name + [0]).withUnsafeBufferPointer { htmlEntityLookup($0.baseAddress)?.pointee.value }
    }

    /// The names behind `<!ENTITY` in the document type, without those that stand for something outside:
    /// these stay in the text as they are written.
    private static func declarations(_ bytes: [UInt8]) -> Set<[UInt8]> {
        let word = Array("<!ENTITY".utf8)
        var names: Set<[UInt8]> = []
        var rest = bytes[...]
        while let start = rest.firstIndex(of: UInt8(ascii: "<")) {
            rest = rest[start...]
            guard rest.starts(with: word) else {
                rest = rest.dropFirst()
                continue
            }
            rest = rest.dropFirst(word.count).drop(while: isBlank)
            let name = rest.prefix { !isBlank($0) }
            rest = rest[name.endIndex...].drop(while: isBlank)
            let isInside = rest.first == UInt8(ascii: "\"") || rest.first == UInt8(ascii: "'")
            if isInside { names.insert(Array(name)) }
        }
        return names
    }
}
