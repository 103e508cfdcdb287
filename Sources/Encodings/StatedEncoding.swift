/// What has told in which encoding a text is written.
package enum EncodingEvidence: Sendable, Hashable {
    /// A byte-order mark at the beginning.
    case mark
    /// The server.
    case server
    /// The text itself: a `meta` element, or `<?xml encoding="…"?>`.
    case text
    /// All bytes are UTF-8, or the zeros between them show UTF-16.
    case bytes
    /// The letters that are frequent in it.
    case guess
    /// Nothing at all.
    case nothing
}

/// What is said of the encoding of a text.
package enum StatedEncoding: Sendable, Hashable {
    /// - `markLength`: how many bytes at the beginning are a byte-order mark.
    case known(TextEncoding, EncodingEvidence, markLength: Int)
    /// A label that no encoding has, and nothing else.
    case unknown(label: String)
    case nothing

    /// By the Encoding Standard a byte-order mark counts first, then the server, then the text itself. A
    /// label that no encoding has counts as none where something else tells more.
    ///
    /// - Parameters:
    ///   - said: the label that the server gave; nil where it gave none.
    ///   - namesItself: whether texts of this kind name their encoding, as HTML and XML do.
    package init(of bytes: [UInt8], said: String?, namesItself: Bool) {
        if let (encoding, length) = TextEncoding.marked(bytes) {
            self = .known(encoding, .mark, markLength: length)
            return
        }
        if let encoding = said.flatMap(TextEncoding.init(label:)) {
            self = .known(encoding, .server, markLength: 0)
            return
        }
        let inside = namesItself ? CharsetPrescan.scan(bytes) : CharsetPrescan()
        if let encoding = inside.encoding {
            self = .known(encoding, .text, markLength: 0)
        } else if let label = said ?? inside.unknown {
            self = .unknown(label: String(label.prefix(40).map { $0.isNewline || $0 == "`" ? " " : $0 }))
        } else {
            self = .nothing
        }
    }
}
