internal import Diagnostics
import Encodings
import Programs

/// The names in an XPath that libxml2 would look up only when it comes to them: functions, prefixes, variables.
enum XPathNames {
    static let regularExpressions = "http://exslt.org/regular-expressions"

    /// The first name that means nothing here; nil when all do.
    static func problem(in xpath: String) -> ProgramError? {
        var scanner = XPathScanner(xpath)
        while let name = scanner.next() {
            if let problem = problem(with: name) { return problem }
        }
        return nil
    }

    private static func problem(with name: XPathScanner.Name) -> ProgramError? {
        switch name.kind {
        case .variable:
            return ProgramError(
                "`$\(name.text)` is not known: an XPath has no variables here", offset: name.offset)
        case .function:
            guard !functions.contains(name.text) else { return nil }
            if let instead = instead[name.text] {
                return ProgramError(
                    "XPath 1.0 has no `\(name.text)()`: write \(instead)", offset: name.offset)
            }
            let near = nearestName(to: name.text, in: functions).map { "; did you mean `\($0)()`?" } ?? ""
            return ProgramError("the function `\(name.text)()` is not known" + near, offset: name.offset)
        case .other:
            let parts = name.text.split(separator: ":", maxSplits: 1)
            guard parts.count == 2, parts[0] != "xml", namespaces[String(parts[0])] == nil else { return nil }
            return ProgramError(
                "the prefix `\(parts[0])` is not known: write `*[name() = '\(name.text)']`",
                offset: name.offset)
        }
    }

    private static let functions: Set<String> = [
        "last", "position", "count", "id", "local-name", "namespace-uri", "name", "string", "concat",
        "starts-with", "contains", "substring-before", "substring-after", "substring", "string-length",
        "normalize-space", "translate", "boolean", "not", "true", "false", "lang", "number", "sum", "floor",
        "ceiling", "round", "has-class", "re:test", "re:match", "re:replace",
    ]

    /// What to write for functions of XPath 2, which many know.
    private static let instead: [String: String] = [
        "ends-with": "`substring(a, string-length(a) - string-length('b') + 1) = 'b'`, or `re:test(a, 'b$')`",
        "lower-case":
            "`translate(a, 'ABCDEFGHIJKLMNOPQRSTUVWXYZ', 'abcdefghijklmnopqrstuvwxyz')`, or `re:test(a, '…', 'i')`",
        "upper-case":
            "`translate(a, 'abcdefghijklmnopqrstuvwxyz', 'ABCDEFGHIJKLMNOPQRSTUVWXYZ')`, or `re:test(a, '…', 'i')`",
        "matches": "`re:test(a, '…')`", "replace": "`re:replace(a, '…', 'g', '…')`",
        "tokenize": "`re:match(a, '[^ ]+', 'g')`", "exists": "`boolean(a)`", "empty": "`not(a)`",
        "string-join": "a list of selectors, and join its texts in a DATA_TRANSFORM",
        "distinct-values": "a list of selectors, and DATA_TRANSFORM with `jq: 'unique'`",
        "min": "a list of selectors, and DATA_TRANSFORM with `jq: 'min'`",
        "max": "a list of selectors, and DATA_TRANSFORM with `jq: 'max'`",
    ]

    /// Prefixes that feeds and other XML documents have made their own.
    static let namespaces: [String: String] = [
        "re": regularExpressions, "html": "http://www.w3.org/1999/xhtml",
        "xhtml": "http://www.w3.org/1999/xhtml", "svg": "http://www.w3.org/2000/svg",
        "xlink": "http://www.w3.org/1999/xlink", "atom": "http://www.w3.org/2005/Atom",
        "rss": "http://purl.org/rss/1.0/", "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
        "dc": "http://purl.org/dc/elements/1.1/", "dcterms": "http://purl.org/dc/terms/",
        "content": "http://purl.org/rss/1.0/modules/content/",
        "sy": "http://purl.org/rss/1.0/modules/syndication/",
        "slash": "http://purl.org/rss/1.0/modules/slash/",
        "wfw": "http://wellformedweb.org/CommentAPI/", "media": "http://search.yahoo.com/mrss/",
        "itunes": "http://www.itunes.com/dtds/podcast-1.0.dtd",
        "podcast": "https://podcastindex.org/namespace/1.0",
        "georss": "http://www.georss.org/georss", "gml": "http://www.opengis.net/gml",
        "geo": "http://www.w3.org/2003/01/geo/wgs84_pos#", "thr": "http://purl.org/syndication/thread/1.0",
        "opensearch": "http://a9.com/-/spec/opensearch/1.1/",
        "sitemap": "http://www.sitemaps.org/schemas/sitemap/0.9",
        "image": "http://www.google.com/schemas/sitemap-image/1.1",
        "video": "http://www.google.com/schemas/sitemap-video/1.1",
        "news": "http://www.google.com/schemas/sitemap-news/0.9",
    ]
}

/// Finds the names in an XPath, and tells functions and variables from the names of elements.
private struct XPathScanner {
    enum Kind {
        case function
        case variable
        /// An element, an attribute, an axis or an operator.
        case other
    }

    struct Name {
        let text: String
        let kind: Kind
        let offset: Int
    }

    private let bytes: [UInt8]
    private var index = 0
    /// Whether a value has just ended: a name behind it is `and`, `or`, `div` or `mod`.
    private var isBehindValue = false

    private static let nodeTypes: Set = ["text", "node", "comment", "processing-instruction"]

    init(_ text: String) { bytes = Array(text.utf8) }

    mutating func next() -> Name? {
        while index < bytes.count {
            let byte = bytes[index]
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "'"):
                index = (bytes[(index + 1)...].firstIndex(of: byte) ?? bytes.count - 1) + 1
                isBehindValue = true
            case UInt8(ascii: "$"):
                let start = index
                index += 1
                isBehindValue = true
                return Name(text: name(), kind: .variable, offset: start)
            case _ where XPathScanner.isNameStart(byte):
                if let found = named() { return found }
            default:
                let isDigit = byte >= 0x30 && byte <= 0x39
                let isStar = byte == UInt8(ascii: "*") && !isBehindValue
                if !isBlank(byte) { isBehindValue = isDigit || isStar || ")].".utf8.contains(byte) }
                index += 1
            }
        }
        return nil
    }

    /// The name that begins here; nil for an operator, an axis and a type of nodes, which always mean something.
    private mutating func named() -> Name? {
        let start = index
        let text = name()
        if isBehindValue, ["and", "or", "div", "mod"].contains(text) {
            isBehindValue = false
            return nil
        }
        isBehindValue = true
        let next = bytes[index...].drop(while: isBlank)
        if next.starts(with: "::".utf8) { return nil }
        let isCall = next.first == UInt8(ascii: "(")
        if isCall, XPathScanner.nodeTypes.contains(text) { return nil }
        return Name(text: text, kind: isCall ? .function : .other, offset: start)
    }

    /// A name with its prefix; the `:` of an axis does not belong to it.
    private mutating func name() -> String {
        let start = index
        while index < bytes.count {
            let byte = bytes[index]
            let next = index + 1 < bytes.count ? bytes[index + 1] : 0
            let isColon =
                byte == UInt8(ascii: ":") && (XPathScanner.isNameStart(next) || next == UInt8(ascii: "*"))
            guard
                XPathScanner.isNameStart(byte) || byte >= 0x30 && byte <= 0x39 || byte == UInt8(ascii: "-")
                    || byte == UInt8(ascii: ".") || isColon
            else { break }
            index += 1
        }
        if index < bytes.count, bytes[index] == UInt8(ascii: "*"), index > start,
            bytes[index - 1] == UInt8(ascii: ":")
        {
            index += 1
        }
        return String(decoding: bytes[start..<index], as: UTF8.self)
    }

    private static func isNameStart(_ byte: UInt8) -> Bool {
        let lower = byte | 0x20
        return lower >= 0x61 && lower <= 0x7A || byte == UInt8(ascii: "_") || byte >= 0x80
    }
}
