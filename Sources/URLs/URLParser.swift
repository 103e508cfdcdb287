/// Reads one url. Each function is one or a few states of the standard's state machine, which are
/// named so that the two can be compared.
///
/// The text is held as UTF-8 bytes: all characters that mean something to the machine are ASCII, and
/// all others are percent-encoded byte by byte.
struct URLParser {
    let input: [UInt8]
    let base: WebURL?
    var position = 0
    var url = WebURL(scheme: "")
    var kind = URLScheme.other
    /// The path read so far, a slash in front of each segment. A segment holds no slash of its own, so
    /// the standard's list of segments can always be told from this.
    var path: [UInt8] = []

    init(_ text: String, base: WebURL?) {
        let bytes = Array(text.utf8)
        let first = bytes.firstIndex { $0 > 0x20 } ?? bytes.endIndex
        let last = bytes.lastIndex { $0 > 0x20 } ?? bytes.startIndex - 1
        input = bytes[first..<max(first, last + 1)].filter { $0 != 0x09 && $0 != 0x0A && $0 != 0x0D }
        self.base = base
    }

    func byte(at index: Int) -> UInt8? { index < input.count ? input[index] : nil }

    var isSpecial: Bool { kind != .other }

    /// Whether a slash stands there, or a backslash in a url of a special scheme, which is taken for one.
    func isSlash(at index: Int) -> Bool {
        guard let byte = byte(at: index) else { return false }
        return byte == UInt8(ascii: "/") || isSpecial && byte == UInt8(ascii: "\\")
    }

    mutating func parse() throws(URLError) -> WebURL {
        if let scheme = takeScheme() {
            setScheme(scheme)
            try afterScheme()
        } else {
            try withoutScheme()
        }
        return url
    }

    /// The states "scheme start" and "scheme".
    private mutating func takeScheme() -> String? {
        guard let first = input.first, isLetter(first) else { return nil }
        for (index, byte) in input.enumerated() {
            switch byte {
            case UInt8(ascii: ":"):
                position = index + 1
                return String(decoding: input[..<index].map(lowered), as: UTF8.self)
            case UInt8(ascii: "+"), UInt8(ascii: "-"), UInt8(ascii: "."):
                continue
            default:
                guard isLetter(byte) || isDigit(byte) else { return nil }
            }
        }
        return nil
    }

    private mutating func setScheme(_ scheme: String) {
        url.scheme = scheme
        kind = URLScheme(scheme)
    }

    /// The end of the state "scheme", with "special relative or authority", "special authority slashes"
    /// and "path or authority".
    private mutating func afterScheme() throws(URLError) {
        if kind == .file {
            try file()
        } else if isSpecial {
            let twoSlashes =
                byte(at: position) == UInt8(ascii: "/") && byte(at: position + 1) == UInt8(ascii: "/")
            if !twoSlashes, let base, base.scheme == url.scheme {
                try relative(to: base)
            } else {
                try authorityAfterSlashes()
            }
        } else if byte(at: position) == UInt8(ascii: "/") {
            position += 1
            if byte(at: position) == UInt8(ascii: "/") {
                position += 1
                try authority()
            } else {
                readPath()
            }
        } else {
            readOpaquePath()
        }
    }

    /// The state "no scheme".
    private mutating func withoutScheme() throws(URLError) {
        guard let base else { throw missingScheme() }
        if base.hasOpaquePath {
            guard input.first == UInt8(ascii: "#") else {
                throw URLError(
                    "the base has the scheme \(quoted(base.scheme.utf8)) and no path of segments, so that "
                        + "only a reference that begins with `#` can be resolved against it")
            }
            url = base
            readQueryAndFragment()
            return
        }
        setScheme(base.scheme)
        if kind == .file { try file() } else { try relative(to: base) }
    }

    private func missingScheme() -> URLError {
        if input.isEmpty { return URLError("the url is empty") }
        // What stands before an `@` or in a query may be a secret, which no message shows.
        let start = input.prefix { $0 != UInt8(ascii: "?") && $0 != UInt8(ascii: "#") }
        let isShown = !start.isEmpty && !input.contains(UInt8(ascii: "@"))
        return URLError((isShown ? quoted(start) : "the url") + " has no scheme such as `https:` in front")
    }

    /// The states "relative" and "relative slash".
    private mutating func relative(to base: WebURL) throws(URLError) {
        if isSlash(at: position) {
            position += 1
            if isSlash(at: position) {
                position += 1
                if isSpecial { try authorityAfterSlashes() } else { try authority() }
            } else {
                copyAuthority(of: base)
                readPath()
            }
            return
        }
        copyAuthority(of: base)
        path = Array(base.path.utf8)
        readRelativePath(query: base.query)
    }

    /// What a reference says when its path does not begin with a slash; `path` holds the base's path.
    private mutating func readRelativePath(query: String?) {
        switch byte(at: position) {
        case nil, UInt8(ascii: "?"), UInt8(ascii: "#"):
            url.query = query
            finishPath()
        default:
            shortenPath()
            readPath()
        }
    }

    private mutating func copyAuthority(of base: WebURL) {
        url.username = base.username
        url.password = base.password
        url.host = base.host
        url.port = base.port
    }

    /// The states "file" and "file slash".
    private mutating func file() throws(URLError) {
        url.host = .empty
        let base = base.flatMap { $0.scheme == "file" ? $0 : nil }
        if isSlash(at: position) {
            position += 1
            if isSlash(at: position) {
                position += 1
                try fileHost()
                return
            }
            if let base {
                url.host = base.host
                if !startsWithDriveLetter, let drive = driveSegment(of: base) { path = drive }
            }
            readPath()
        } else if let base {
            url.host = base.host
            path = Array(base.path.utf8)
            if startsWithDriveLetter { path = [] }
            readRelativePath(query: base.query)
        } else {
            readPath()
        }
    }

    /// The first segment of the base's path with its slash, when it is a drive letter such as `/C:`.
    private func driveSegment(of base: WebURL) -> [UInt8]? {
        let start = Array(base.path.utf8.prefix(4))
        let isWhole = start.count == 3 || start.count == 4 && start[3] == UInt8(ascii: "/")
        guard isWhole, start[2] == UInt8(ascii: ":"), isDriveLetter(start[1..<3]) else { return nil }
        return Array(start.prefix(3))
    }

    /// Whether a drive letter stands here, with nothing or the end of a segment behind it.
    private var startsWithDriveLetter: Bool {
        guard position + 2 <= input.count, isDriveLetter(input[position..<position + 2]) else { return false }
        return byte(at: position + 2).map { "/\\?#".utf8.contains($0) } ?? true
    }

    /// The state "file host".
    private mutating func fileHost() throws(URLError) {
        let start = position
        let end = input[start...].firstIndex { "/\\?#".utf8.contains($0) } ?? input.endIndex
        if isDriveLetter(input[start..<end]) {
            // A drive letter where a host could stand begins the path.
            readPath()
            return
        }
        if start < end {
            let host = try HostParser(input[start..<end]).parse(isSpecial: true)
            url.host = host == .domain("localhost") ? .empty : host
        }
        position = end
        startPath()
    }
}
