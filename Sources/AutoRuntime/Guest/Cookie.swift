import URLs

/// A cookie as RFC 6265 keeps it.
struct Cookie: Sendable, Hashable {
    let name: String
    let value: String
    /// The host that set it, or the domain that it set it for; in small letters.
    let domain: String
    /// Whether only the host itself gets it, and none below.
    let isHostOnly: Bool
    let path: String
    /// Whether only https gets it.
    let isSecure: Bool
    /// Seconds since 1970; nil for one that lasts as long as the run does.
    let expires: Int64?

    /// The longest name and value together, in bytes, as browsers take them.
    private static let longest = 4_096

    /// Reads a `Set-Cookie`.
    ///
    /// - Parameter url: what was asked.
    /// - Parameter now: seconds since 1970.
    /// - Returns: nil for what is no cookie, or one that the server may not set.
    init?(_ header: String, from url: WebURL, now: Int64) {
        // A control character would end the header in which the cookie goes back.
        guard header.utf8.allSatisfy({ $0 == 0x09 || ($0 >= 0x20 && $0 != 0x7F) }) else { return nil }
        let parts = header.split(separator: ";", omittingEmptySubsequences: false)
        let pair = Cookie.pair(parts[0])
        guard let value = pair.value, !pair.name.isEmpty,
            pair.name.utf8.count + value.utf8.count <= Cookie.longest
        else { return nil }
        var attributes: [String: String] = [:]
        for part in parts.dropFirst() {
            let (name, value) = Cookie.pair(part)
            attributes[name.lowercased()] = value ?? ""
        }
        self.name = pair.name
        self.value = value
        isSecure = attributes["secure"] != nil
        guard !isSecure || url.scheme == "https" else { return nil }
        let host = url.hostText
        switch Cookie.domain(attributes["domain"] ?? "", of: url) {
        case .hostOnly: (domain, isHostOnly) = (host, true)
        case .domain(let name): (domain, isHostOnly) = (name, false)
        case .foreign: return nil
        }
        path = attributes["path"].flatMap { $0.hasPrefix("/") ? $0 : nil } ?? Cookie.defaultPath(of: url)
        expires = Cookie.end(attributes, now)
        // A server says by these names what holds of the cookie, so that none may bear them of which it does not.
        if name.hasPrefix("__Secure-"), !isSecure { return nil }
        if name.hasPrefix("__Host-") {
            guard isSecure, isHostOnly, path == "/", attributes["path"] != nil else { return nil }
        }
    }

    /// Whether a request to a url carries the cookie.
    ///
    /// - Parameter now: seconds since 1970.
    func goes(to url: WebURL, now: Int64) -> Bool {
        guard expires.map({ $0 > now }) ?? true, !isSecure || url.scheme == "https" else { return false }
        let host = url.hostText
        guard isHostOnly ? host == domain : Cookie.matches(host, domain, isAddress: url.addressBytes != nil)
        else { return false }
        let asked = url.path.isEmpty ? "/" : url.path
        return asked == path
            || (asked.hasPrefix(path) && (path.hasSuffix("/") || asked.dropFirst(path.count).hasPrefix("/")))
    }

    /// Whether the other one is set in place of this one.
    func isReplaced(by other: Cookie) -> Bool {
        name == other.name && domain == other.domain && isHostOnly == other.isHostOnly && path == other.path
    }

    /// Whether a host is a domain or lies below it.
    private static func matches(_ host: String, _ domain: String, isAddress: Bool) -> Bool {
        host == domain || (!isAddress && host.hasSuffix("." + domain))
    }

    private enum Reach {
        case hostOnly
        case domain(String)
        /// The server may not set cookies for it.
        case foreign
    }

    private static func domain(_ attribute: String, of url: WebURL) -> Reach {
        let written = attribute.hasPrefix(".") ? String(attribute.dropFirst()) : attribute
        guard !written.isEmpty else { return .hostOnly }
        let host = url.hostText
        // Read as a url's host it is in small letters, and in ASCII.
        guard let domain = try? WebURL("http://" + written).hostText, !domain.isEmpty else { return .foreign }
        guard matches(host, domain, isAddress: url.addressBytes != nil) else { return .foreign }
        if isPublicSuffix(domain) { return domain == host ? .hostOnly : .foreign }
        return .domain(domain)
    }

    /// The folder of the url's path.
    private static func defaultPath(of url: WebURL) -> String {
        guard let last = url.path.lastIndex(of: "/"), last != url.path.startIndex else { return "/" }
        return String(url.path[..<last])
    }

    private static func end(_ attributes: [String: String], _ now: Int64) -> Int64? {
        if let text = attributes["max-age"], let seconds = wholeNumber(text) {
            return seconds <= 0 ? .min : now + min(seconds, longestLife)
        }
        return attributes["expires"].flatMap(secondsOfCookieDate)
    }

    /// No cookie lasts longer than 400 days.
    private static let longestLife: Int64 = 400 * 86_400

    /// Digits with a `-` before them; a number too large to count is a very large one.
    private static func wholeNumber(_ text: String) -> Int64? {
        let digits = text.hasPrefix("-") ? text.dropFirst() : text[...]
        guard !digits.isEmpty, digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
        return text.hasPrefix("-") ? 0 : Int64(digits) ?? .max
    }

    /// `name=value`; without a `=` the value is nil.
    private static func pair(_ part: Substring) -> (name: String, value: String?) {
        guard let sign = part.firstIndex(of: "=") else { return (trimmed(part), nil) }
        return (trimmed(part[..<sign]), trimmed(part[part.index(after: sign)...]))
    }

    private static func trimmed(_ text: Substring) -> String {
        String(text.drop { $0 == " " || $0 == "\t" }.reversed().drop { $0 == " " || $0 == "\t" }.reversed())
    }
}
