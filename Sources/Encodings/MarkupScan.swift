/// Goes through the bytes of a page from tag to tag, without making a tree of it: for what has to be known
/// before they are text.
package struct MarkupScan {
    private let bytes: ArraySlice<UInt8>
    private var index: Int
    /// The offset where the scan stands: behind the name of the tag that was found last.
    package var position: Int { index }
    /// Whether the attributes of a tag come next.
    private var isInTag = false
    /// Words whose end is nowhere in the rest, so that it is looked for once.
    private var missing: Set<[UInt8]> = []

    /// - Parameter bytes: a page, or the beginning of one.
    package init(_ bytes: ArraySlice<UInt8>) {
        self.bytes = bytes
        index = bytes.startIndex
    }

    /// Elements that hold no other elements, only text.
    private static let textElements: Set<String> = [
        "script", "style", "title", "textarea", "xmp", "iframe", "noembed", "noframes",
    ]

    /// The encoding that `<?xml … encoding="…"?>` at the beginning names.
    func xmlEncoding() -> String? {
        let start = bytes.drop(while: isBlank)
        guard start.starts(with: Array("<?xml".utf8)), let end = start.firstIndex(of: UInt8(ascii: ">"))
        else {
            return nil
        }
        let word = Array("encoding".utf8)
        guard let found = start[..<end].firstIndex(ofASCII: word) else { return nil }
        var rest = start[(found + word.count)..<end].drop(while: isBlank)
        guard rest.first == UInt8(ascii: "=") else { return nil }
        rest = rest.dropFirst().drop(while: isBlank)
        guard let quote = rest.first, quote == UInt8(ascii: "\"") || quote == UInt8(ascii: "'"),
            let close = rest.dropFirst().firstIndex(of: quote)
        else { return nil }
        return String(decoding: rest[(rest.startIndex + 1)..<close], as: UTF8.self)
    }

    /// The name of the next tag that begins an element, in small letters; nil at the end. The tag's
    /// attributes can be asked for until the next call.
    package mutating func nextTag() -> String? {
        if isInTag { skipAttributes() }
        while let start = bytes[index...].firstIndex(of: UInt8(ascii: "<")) {
            index = start + 1
            guard index < bytes.endIndex else { return nil }
            switch bytes[index] {
            case UInt8(ascii: "!"), UInt8(ascii: "?"): skipDeclaration()
            case UInt8(ascii: "/"): skip(past: [UInt8(ascii: ">")])
            case let byte where isLetter(byte):
                let name = takeName()
                if MarkupScan.textElements.contains(name) {
                    skipAttributes()
                    skipText(of: name)
                } else {
                    isInTag = true
                    return name
                }
            default: break
            }
        }
        return nil
    }

    /// The attributes of the tag, by their names in small letters; of equal ones the first.
    package mutating func attributes() -> [String: String] {
        isInTag = false
        var all: [String: String] = [:]
        while index < bytes.endIndex {
            index =
                bytes[index...].firstIndex { !isBlank($0) && $0 != UInt8(ascii: "/") }
                ?? bytes.endIndex
            guard index < bytes.endIndex, bytes[index] != UInt8(ascii: ">") else { break }
            let name = bytes[index...].prefix {
                !isBlank($0) && $0 != UInt8(ascii: "=") && $0 != UInt8(ascii: ">")
                    && $0 != UInt8(ascii: "/")
            }
            index = max(name.endIndex, index + 1)
            let value = takeValue()
            let key = String(decoding: name.map(smallLetter), as: UTF8.self)
            if all[key] == nil { all[key] = value }
        }
        return all
    }

    /// The next text between tags, without that of scripts and styles; nil at the end.
    package mutating func nextText() -> ArraySlice<UInt8>? {
        while index < bytes.endIndex {
            guard bytes[index] == UInt8(ascii: "<") else {
                let text = bytes[index...].prefix { $0 != UInt8(ascii: "<") }
                index = text.endIndex
                return text
            }
            let start = index
            skipTag()
            index = max(index, start + 1)
        }
        return nil
    }

    /// From a `<` behind the tag, the comment or the script that begins there.
    private mutating func skipTag() {
        index += 1
        guard index < bytes.endIndex else { return }
        switch bytes[index] {
        case UInt8(ascii: "!"), UInt8(ascii: "?"): skipDeclaration()
        case UInt8(ascii: "/"): skip(past: [UInt8(ascii: ">")])
        case let byte where isLetter(byte):
            let name = takeName()
            skipAttributes()
            if name == "script" || name == "style" { skipText(of: name) }
            if index < bytes.endIndex, bytes[index] == UInt8(ascii: ">") { index += 1 }
        default: break
        }
    }

    /// To the end of the tag; what stands in quotes behind `=` does not end it.
    private mutating func skipAttributes() {
        isInTag = false
        var isBehindEquals = false
        while index < bytes.endIndex, bytes[index] != UInt8(ascii: ">") {
            let byte = bytes[index]
            index += 1
            if isBehindEquals, byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "'") {
                index = bytes[index...].firstIndex(of: byte).map { $0 + 1 } ?? bytes.endIndex
                isBehindEquals = false
            } else if !isBlank(byte) {
                isBehindEquals = byte == UInt8(ascii: "=")
            }
        }
    }

    private mutating func takeName() -> String {
        let name = bytes[index...].prefix {
            !isBlank($0) && $0 != UInt8(ascii: ">") && $0 != UInt8(ascii: "/")
        }
        index = name.endIndex
        return String(decoding: name.map(smallLetter), as: UTF8.self)
    }

    /// The value behind a name; empty where there is none.
    private mutating func takeValue() -> String {
        let rest = bytes[index...].drop(while: isBlank)
        guard rest.first == UInt8(ascii: "=") else { return "" }
        let value = rest.dropFirst().drop(while: isBlank)
        index = value.startIndex
        guard let quote = value.first else { return "" }
        if quote == UInt8(ascii: "\"") || quote == UInt8(ascii: "'") {
            let inside = value.dropFirst().prefix { $0 != quote }
            index = min(inside.endIndex + 1, bytes.endIndex)
            return String(decoding: inside, as: UTF8.self)
        }
        let bare = value.prefix { !isBlank($0) && $0 != UInt8(ascii: ">") }
        index = bare.endIndex
        return String(decoding: bare, as: UTF8.self)
    }

    private mutating func skipDeclaration() {
        guard bytes[index...].starts(with: Array("!--".utf8)) else { return skip(past: [UInt8(ascii: ">")]) }
        // `<!-->` is a whole comment, too.
        index += 1
        skip(past: Array("-->".utf8))
    }

    /// A text whose end is nowhere is no reason to skip the rest.
    private mutating func skipText(of name: String) { skip(past: Array("</\(name)".utf8)) }

    private mutating func skip(past word: [UInt8]) {
        guard !missing.contains(word) else { return }
        if let end = bytes[index...].firstIndex(ofASCII: word) {
            index = end + word.count
        } else {
            missing.insert(word)
        }
    }
}
