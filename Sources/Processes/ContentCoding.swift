/// A way in which a server packs the body of an answer, as `Content-Encoding` names it (RFC 9110, section
/// 8.4.1; RFC 7932 for `br`; RFC 8878 for `zstd`).
package enum ContentCoding: String, Sendable, Hashable, CaseIterable {
    case gzip
    /// zlib's format, as the standard says, or bare deflate, as some servers send it.
    case deflate
    case brotli = "br"
    case zstd

    /// What `Accept-Encoding` says of what can be unpacked here.
    package static let accepted = allCases.map(\.rawValue).joined(separator: ", ")

    /// So many times a body may be packed: no server has a reason for more.
    package static let most = 4

    /// The codings of a `Content-Encoding`, in the order in which they were applied.
    ///
    /// - Throws: for a coding that is not known here, or for more than `most`.
    package static func list(_ header: String) throws(UnknownCoding) -> [ContentCoding] {
        var codings: [ContentCoding] = []
        for word in header.split(separator: ",") {
            let name = word.lowercased().filter { !$0.isWhitespace }
            switch name {
            case "", "identity": continue
            case "x-gzip": codings.append(.gzip)
            default:
                guard let coding = ContentCoding(rawValue: name) else { throw UnknownCoding(name: name) }
                codings.append(coding)
            }
            guard codings.count <= most else { throw UnknownCoding(name: nil) }
        }
        return codings
    }
}

/// Why a `Content-Encoding` cannot be undone.
package struct UnknownCoding: Error, Sendable, Hashable {
    /// The coding that is not known; nil where there are too many of those that are.
    package let name: String?
}

/// What came of unpacking a body. It travels in a worker's answer as the body with one byte behind it.
package enum UnpackedBody: Sendable, Hashable {
    case whole([UInt8])
    /// Unpacked it would have more bytes than were asked for.
    case tooLarge

    /// The bytes as they travel.
    package var bytes: [UInt8] {
        switch self {
        case .whole(var body):
            body.append(1)
            return body
        case .tooLarge: return [0]
        }
    }

    /// Nil for what is no such answer.
    package init?(_ bytes: [UInt8]) {
        var body = bytes
        switch body.popLast() {
        case 1: self = .whole(body)
        case 0: self = .tooLarge
        default: return nil
        }
    }
}
