/// What a page says of its own character set, found in its bytes before they are text.
///
/// HTML asks for the first 1,024 bytes; many pages say it later, behind a long title or scripts. What stands
/// in comments, and in elements that hold plain text, is no element.
struct CharsetPrescan {
    private static let limit = 64 << 10

    /// The encoding that the page names.
    var encoding: TextEncoding?
    /// The first label that no encoding has; nil where there is none.
    var unknown: String?

    static func scan(_ bytes: [UInt8]) -> CharsetPrescan {
        var scan = MarkupScan(bytes.prefix(limit))
        var result = CharsetPrescan()
        let declared = scan.xmlEncoding()
        while result.encoding == nil, let tag = scan.nextTag() {
            if tag == "meta", let label = charset(of: scan.attributes()) { result.take(label) }
        }
        // What an element of the page says counts before the line above it.
        if result.encoding == nil, let declared { result.take(declared) }
        return result
    }

    private mutating func take(_ label: String) {
        if let encoding = TextEncoding(label: label) {
            self.encoding = encoding.asNamedInside
        } else if unknown == nil, !label.isEmpty {
            unknown = label
        }
    }

    private static func charset(of attributes: [String: String]) -> String? {
        if let charset = attributes["charset"] { return charset }
        guard attributes["http-equiv"]?.lowercased() == "content-type", let content = attributes["content"]
        else {
            return nil
        }
        return charset(inContent: Array(content.utf8))
    }

    /// The label behind `charset=` in the content of a `meta` element.
    private static func charset(inContent content: [UInt8]) -> String? {
        let word = Array("charset".utf8)
        var rest = content[...]
        while let start = rest.firstIndex(ofASCII: word) {
            rest = rest[(start + word.count)...].drop(while: isBlank)
            guard rest.first == UInt8(ascii: "=") else { continue }
            rest = rest.dropFirst().drop(while: isBlank)
            guard let quote = rest.first else { return nil }
            if quote == UInt8(ascii: "\"") || quote == UInt8(ascii: "'") {
                guard let end = rest.dropFirst().firstIndex(of: quote) else { return nil }
                return String(decoding: rest[(rest.startIndex + 1)..<end], as: UTF8.self)
            }
            return String(
                decoding: rest.prefix { !isBlank($0) && $0 != UInt8(ascii: ";") }, as: UTF8.self)
        }
        return nil
    }
}

extension ArraySlice<UInt8> {
    /// Where a word of small letters begins, in whatever letters it is written.
    package func firstIndex(ofASCII word: [UInt8]) -> Int? {
        guard let first = word.first, count >= word.count else { return nil }
        return (startIndex...(endIndex - word.count)).first { start in
            smallLetter(self[start]) == first
                && word.indices.allSatisfy { smallLetter(self[start + $0]) == word[$0] }
        }
    }
}
