package import Encodings
package import Programs
import Values

/// What came as a page: its bytes, and what is said of them.
package struct ServedPage: Sendable {
    /// How a page is read.
    package enum Kind: Sendable, Hashable {
        case html
        case xml
        case json
        /// Text as it is.
        case text
    }

    /// The page as it came, in its own encoding.
    package let bytes: [UInt8]
    /// The content type as the server says it.
    package let type: MediaType
    /// The url from which it came, after redirects; empty for a text that the author gives.
    package let url: String

    /// - Parameter type: the value of `Content-Type`; empty where nothing says one.
    package init(_ bytes: [UInt8], type: String, url: String) {
        self.bytes = bytes
        self.type = MediaType(type)
        self.url = url
    }

    /// How it is read: by its content type and by its bytes, which say more where the two do not agree; where
    /// neither says enough, by the ending of its url.
    ///
    /// - Throws: for what is no page, such as a PDF: a sentence that names what came.
    package func kind() throws(ProgramError) -> Kind {
        if let signature = FileSignature.of(bytes) { throw refusal(signature) }
        let start = PageStart(bytes)
        if type.isHTML { return htmlKind(start) }
        if type.isXML { return start.isHTML ? .html : .xml }
        if type.reading == .json { return .json }
        if type.reading == .text { return textKind(start) }
        if start.isXML || start.isFeed { return start.isHTML ? .html : .xml }
        if let signature = FileSignature.ofType(type.name) {
            guard start.isHTML else { throw refusal(signature) }
            return .html
        }
        return try unnamedKind(start)
    }

    /// A feed is often served as a page of HTML, and so is JSON.
    private func htmlKind(_ start: PageStart) -> Kind {
        guard type.name == "text/html" else { return .html }
        if start.isFeed || start.isXML && !start.isHTML { return .xml }
        return !url.isEmpty && isJSON(start) ? .json : .html
    }

    /// Servers that know no better say plain text of all that is text.
    private func textKind(_ start: PageStart) -> Kind {
        if start.isHTML { return .text }
        if start.isXML || start.isFeed || ServedPage.endingsOfXML.contains(ending) { return .xml }
        return ServedPage.endingsOfJSON.contains(ending) ? .json : .text
    }

    /// The kind of what has no type that says anything.
    private func unnamedKind(_ start: PageStart) throws(ProgramError) -> Kind {
        if ServedPage.endingsOfXML.contains(ending) { return start.isHTML ? .html : .xml }
        if ServedPage.endingsOfJSON.contains(ending) { return .json }
        if ServedPage.endingsOfText.contains(ending) { return .text }
        if start.isBinary {
            throw refusal(FileSignature(name: "data that are no text", type: type.name))
        }
        // An empty answer is a page with nothing on it.
        if ServedPage.endingsOfHTML.contains(ending) || bytes.isEmpty { return .html }
        return isJSON(start) ? .json : start.holdsTags ? .html : .text
    }

    private static let endingsOfXML: Set = ["xml", "rss", "atom", "rdf"]
    private static let endingsOfJSON: Set = ["json", "geojson", "jsonld"]
    private static let endingsOfHTML: Set = ["html", "htm", "xhtml", "xht"]
    private static let endingsOfText: Set = [
        "txt", "md", "csv", "tsv", "log", "yaml", "yml", "toml", "ini",
    ]

    /// Whether the whole is JSON: a text that only begins like it is none.
    private func isJSON(_ start: PageStart) -> Bool {
        guard start.mayBeJSON, let text = try? pageText(bytes, said: type.charset, namesItself: false) else {
            return false
        }
        return (try? JSON.parse(bytes: text.utf8)) != nil
    }

    /// The ending of the path's last part, in small letters; empty where it has none.
    private var ending: String {
        let path = url.prefix { $0 != "?" && $0 != "#" }
        guard let name = path.split(separator: "/").last, let point = name.lastIndex(of: ".") else {
            return ""
        }
        return name[name.index(after: point)...].lowercased()
    }

    private func refusal(_ signature: FileSignature) -> ProgramError {
        let source = url.isEmpty ? "the text is" : url.hasPrefix("file:") ? "the file is" : "the address gave"
        let type = signature.type.isEmpty ? "" : "\(signature.type), "
        return ProgramError(
            "\(source) \(signature.name) (\(type)\(ServedPage.size(bytes.count))), not a page: "
                + "WEB_SCRAPE reads HTML, XML, JSON and plain text; let a REST_API step fetch such a file, and a "
                + "PYTHON step read its bytes")
    }

    /// A number of bytes, as a person says it.
    private static func size(_ count: Int) -> String {
        switch count {
        case ..<1_000: return "\(count) bytes"
        case ..<1_000_000: return "\((count + 500) / 1_000) kB"
        default:
            let tenths = (count + 50_000) / 100_000
            return "\(tenths / 10).\(tenths % 10) MB"
        }
    }
}

/// What the beginning of a page shows before it is parsed.
private struct PageStart {
    /// The name of the first element, in small letters; empty where there is none.
    private let root: String
    private let first: UInt8?
    /// Whether the document type of HTML stands before the first element.
    private let hasDoctype: Bool
    let isBinary: Bool
    let isXML: Bool

    init(_ bytes: [UInt8]) {
        let mark = TextEncoding.marked(bytes)
        var head = Array(bytes.dropFirst(mark?.length ?? 0).prefix(8_192))
        let isWide = mark.map { $0.encoding != .utf8 } ?? (CharsetGuess.utf16(bytes) != nil)
        // In UTF-16 the letters of markup have a zero each.
        if isWide { head.removeAll { $0 == 0 } }
        let start = head.drop(while: isBlank)
        first = start.first
        isBinary = !isWide && head.prefix(1_445).contains(where: PageStart.isControl)
        isXML = start.starts(with: Array("<?xml".utf8))
        var scan = MarkupScan(start)
        root = scan.nextTag() ?? ""
        let before = start[..<min(scan.position, start.endIndex)]
        hasDoctype = before.firstIndex(ofASCII: Array("<!doctype html".utf8)) != nil
    }

    var isHTML: Bool { root == "html" || hasDoctype }

    /// A feed is known by its first element, whatever it is served as.
    var isFeed: Bool {
        first == UInt8(ascii: "<")
            && ["rss", "feed", "rdf:rdf", "urlset", "sitemapindex", "opml"].contains(root)
    }

    var mayBeJSON: Bool { first == UInt8(ascii: "{") || first == UInt8(ascii: "[") }

    var holdsTags: Bool { !root.isEmpty || first == UInt8(ascii: "<") }

    /// Bytes that no text holds.
    private static func isControl(_ byte: UInt8) -> Bool {
        byte < 0x09 || byte == 0x0B || (0x0E...0x1A).contains(byte) || (0x1C...0x1F).contains(byte)
    }
}
