/// A url as the WHATWG URL Standard reads it: a record of parts that are checked and written one way.
///
/// The parts are kept as the standard keeps them: the scheme in small letters without its colon, the
/// host in ASCII, the default port left out, dot segments followed, and everything that may not stand
/// in a part percent-encoded. Two urls are equal when they are written the same.
package struct WebURL: Sendable, Hashable {
    /// The scheme in small letters and without its colon, such as `https`.
    package internal(set) var scheme: String
    /// The user name, percent-encoded; the empty text when there is none.
    package internal(set) var username = ""
    /// The password, percent-encoded; the empty text when there is none.
    package internal(set) var password = ""
    /// The host; nil in urls such as `mailto:` that have none, `.empty` in urls such as `file:///tmp`.
    package internal(set) var host: Host?
    /// The port when it is not the default one of the scheme.
    package internal(set) var port: UInt16?
    /// The path, percent-encoded: `/a/b`, or any text without a slash in front when `hasOpaquePath`.
    package internal(set) var path = ""
    /// What stands behind `?`, percent-encoded and without the `?`; nil when there is no `?`.
    package internal(set) var query: String?
    /// What stands behind `#`, percent-encoded and without the `#`; nil when there is no `#`.
    package internal(set) var fragment: String?
    /// Whether the path is a plain text without segments, as in `mailto:a@b` or `data:,x`.
    package internal(set) var hasOpaquePath = false

    /// Who is asked: a domain, an address or a text that only the scheme's own programs understand.
    package enum Host: Sendable, Hashable {
        /// The name of a special url's host in ASCII, as in `example.com` or `xn--bcher-kva.example`.
        case domain(String)
        /// The address `a.b.c.d` as one number, `a` in its highest eight bits.
        case ipv4(UInt32)
        /// The eight pieces of an address, the first one first.
        case ipv6([UInt16])
        /// The percent-encoded host of a url whose scheme is not special.
        case opaque(String)
        /// The host of `file:///tmp` and of `custom:///x`.
        case empty
    }

    init(scheme: String) {
        self.scheme = scheme
    }

    /// Reads a url, or a reference such as `../b?c=d` that is resolved against the base.
    ///
    /// Blanks and control characters around the text, and tabs and line breaks anywhere in it, are
    /// left out. Percent escapes that are there are kept as they are.
    ///
    /// - Throws: what is wrong with the text, such as that the port is larger than 65535.
    package init(_ text: String, base: WebURL? = nil) throws(URLError) {
        var parser = URLParser(text, base: base)
        self = try parser.parse()
    }

    /// Whether the standard knows the scheme: http, https, ws, wss, ftp and file have hosts and paths.
    package var isSpecial: Bool { URLScheme(scheme) != .other }

    /// The port that a connection goes to: the url's own, or else the default one of its scheme.
    package var effectivePort: UInt16? { port ?? URLScheme(scheme).defaultPort }

    /// The host as the url has it, an IPv6 address in brackets; the empty text when there is none.
    package var hostText: String { host?.text ?? "" }

    /// The four or sixteen bytes of the host's address in network order; nil when it is no address.
    package var addressBytes: [UInt8]? {
        switch host {
        case .ipv4(let address):
            [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: address >> $0) }
        case .ipv6(let pieces):
            pieces.flatMap { [UInt8(truncatingIfNeeded: $0 >> 8), UInt8(truncatingIfNeeded: $0)] }
        case .domain, .opaque, .empty, nil:
            nil
        }
    }

    /// The whole url.
    package var text: String {
        var text = written(withCredentials: true)
        if let query { text += "?" + query }
        if let fragment { text += "#" + fragment }
        return text
    }

    /// The url without user name, password, query and fragment, which may hold secrets.
    package var textForErrors: String { written(withCredentials: false) }

    /// The path and the query as the first line of an HTTP request has them, as in `/search?q=a`.
    package var requestTarget: String {
        let target = path.isEmpty ? "/" : path
        return query.map { target + "?" + $0 } ?? target
    }

    /// Scheme, host and port as in `https://example.com:8443`; nil when the url's origin is opaque.
    ///
    /// Only http, https, ws, wss and ftp have an origin, and `blob:` urls that stand for an http or
    /// https url.
    package var origin: String? {
        switch URLScheme(scheme) {
        case .http, .https, .ws, .wss, .ftp:
            return scheme + "://" + hostText + portText
        case .file:
            return nil
        case .other:
            guard scheme == "blob", let inner = try? WebURL(path) else { return nil }
            return inner.scheme == "http" || inner.scheme == "https" ? inner.origin : nil
        }
    }

    /// Adds pairs that are encoded already, such as `a=1&b=2`, behind the query that is there.
    ///
    /// Percent escapes are kept, and what cannot stand in a query, such as `#`, is encoded.
    package mutating func appendQuery(_ pairs: String) {
        guard !pairs.isEmpty else { return }
        let set: PercentEncodeSet = isSpecial ? .specialQuery : .query
        var bytes = Array((query ?? "").utf8)
        if let last = bytes.last, last != UInt8(ascii: "&") { bytes.append(UInt8(ascii: "&")) }
        set.append(pairs.utf8, to: &bytes)
        query = String(decoding: bytes, as: UTF8.self)
    }

    private var portText: String { port.map { ":" + String($0) } ?? "" }

    private func written(withCredentials: Bool) -> String {
        var text = scheme + ":"
        if let host {
            text += "//"
            if withCredentials, !username.isEmpty || !password.isEmpty {
                text += username
                if !password.isEmpty { text += ":" + password }
                text += "@"
            }
            text += host.text + portText
        } else if !hasOpaquePath, path.utf8.starts(with: "//".utf8) {
            // Without the dot the path's first two slashes would be read as those before a host.
            text += "/."
        }
        return text + path
    }
}

/// The schemes that the standard treats in their own way, and all others.
enum URLScheme: Sendable {
    case http, https, ws, wss, ftp, file, other

    init(_ scheme: String) {
        self =
            switch scheme {
            case "http": .http
            case "https": .https
            case "ws": .ws
            case "wss": .wss
            case "ftp": .ftp
            case "file": .file
            default: .other
            }
    }

    var defaultPort: UInt16? {
        switch self {
        case .http, .ws: 80
        case .https, .wss: 443
        case .ftp: 21
        case .file, .other: nil
        }
    }
}
