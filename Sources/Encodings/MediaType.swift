/// A content type as a server says it, such as `text/html; charset=gbk`.
package struct MediaType: Sendable, Hashable {
    /// How bytes of the type are read.
    package enum Reading: Sendable {
        case json
        /// Text in some character set.
        case text
        /// The server says nothing, so the bytes themselves are looked at.
        case unknown
        /// No text: pictures, archives and the like.
        case bytes
    }

    /// In lower case and without parameters; empty where the server says nothing.
    package let name: String
    /// The character set as the server writes it; nil where it says none.
    package let charset: String?

    /// - Parameter header: the value of `Content-Type`; nil or empty where there is none.
    package init(_ header: String?) {
        let parts = (header ?? "").split(separator: ";", omittingEmptySubsequences: false)
        name = parts.first.map { MediaType.trimmed($0).lowercased() } ?? ""
        charset = parts.dropFirst().lazy.compactMap(MediaType.charset).first
    }

    private static func charset(_ parameter: Substring) -> String? {
        guard let equals = parameter.firstIndex(of: "="),
            trimmed(parameter[..<equals]).lowercased() == "charset"
        else { return nil }
        let value = trimmed(parameter[parameter.index(after: equals)...])
        return value.isEmpty ? nil : value
    }

    private static func trimmed(_ text: Substring) -> String {
        func isAround(_ character: Character) -> Bool {
            character.isWhitespace || character == "\"" || character == "'"
        }
        let start = text.drop(while: isAround)
        guard let last = start.lastIndex(where: { !isAround($0) }) else { return "" }
        return String(start[...last])
    }

    private static let textWords: Set<Substring> = [
        "json", "ndjson", "jsonl", "jsonlines", "json5", "xml", "javascript", "ecmascript", "yaml",
        "urlencoded",
    ]

    /// How the type says that its bytes are read.
    package var reading: Reading {
        if name.isEmpty { return .unknown }
        if charset?.lowercased() == "binary" { return .bytes }
        guard let (kind, subtype) = parts else { return .unknown }
        if subtype == "json" || subtype == "x-json" || subtype.hasSuffix("+json") { return .json }
        // By whole words: `vnd.openxmlformats-officedocument` is no XML.
        let words = subtype.split { $0 == "-" || $0 == "+" || $0 == "." }
        return kind == "text" || words.contains(where: MediaType.textWords.contains) ? .text : .bytes
    }

    /// Whether its texts are XML.
    package var isXML: Bool {
        guard let (_, subtype) = parts else { return false }
        return subtype == "xml" || subtype == "xml-dtd" || subtype.hasSuffix("+xml")
    }

    /// Whether its texts are HTML pages, however they are written.
    package var isHTML: Bool { name == "text/html" || name == "application/xhtml+xml" }

    /// Whether its texts may name their character set themselves, as XML and HTML do.
    package var namesCharsetInside: Bool { isXML || isHTML }

    private var parts: (kind: Substring, subtype: Substring)? {
        let parts = name.split(separator: "/", maxSplits: 1)
        return parts.count == 2 ? (parts[0], parts[1]) : nil
    }
}
