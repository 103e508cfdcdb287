package import URLs

/// The cookies that servers have set during one run, by the rules of RFC 6265.
package struct CookieJar: Sendable {
    private var cookies: [Cookie] = []

    /// So many of one domain are kept, and so many in all, the newest.
    private static let mostOfDomain = 50
    private static let most = 1_000

    package init() {}

    /// Takes what an answer's `Set-Cookie` headers say.
    ///
    /// - Parameter url: what was asked and answered.
    /// - Parameter now: seconds since 1970.
    package mutating func take(_ headers: [(String, String)], from url: WebURL, now: Int64) {
        for (name, value) in headers where name == "set-cookie" {
            guard let cookie = Cookie(value, from: url, now: now) else { continue }
            add(cookie, from: url)
        }
        cookies.removeAll { $0.expires.map { $0 <= now } ?? false }
    }

    /// What a request to a url carries as `Cookie`; nil for none. Longer paths stand first, then what was set
    /// first.
    ///
    /// - Parameter written: a `Cookie` that the step's author wrote, whose cookies go before those of the same name.
    /// - Parameter now: seconds since 1970.
    package func header(for url: WebURL, besides written: String? = nil, now: Int64) -> String? {
        let names = Set(
            (written ?? "").split(separator: ";").compactMap { $0.split(separator: "=").first }
                .map { String($0.drop { $0 == " " }) })
        let going = cookies.enumerated()
            .filter { $0.element.goes(to: url, now: now) && !names.contains($0.element.name) }
            .sorted { ($1.element.path.utf8.count, $0.offset) < ($0.element.path.utf8.count, $1.offset) }
            .map { $0.element.name + "=" + $0.element.value }
        let all = (written.map { [$0] } ?? []) + going
        return all.isEmpty ? nil : all.joined(separator: "; ")
    }

    private mutating func add(_ cookie: Cookie, from url: WebURL) {
        // Over http, where anybody on the way may write, none that was set over https is changed.
        let isProtected = cookies.contains {
            $0.isSecure && url.scheme != "https" && $0.name == cookie.name && $0.domain == cookie.domain
        }
        guard !isProtected else { return }
        if let place = cookies.firstIndex(where: { $0.isReplaced(by: cookie) }) {
            cookies[place] = cookie
            return
        }
        cookies.append(cookie)
        if cookies.count(where: { $0.domain == cookie.domain }) > CookieJar.mostOfDomain,
            let oldest = cookies.firstIndex(where: { $0.domain == cookie.domain })
        {
            cookies.remove(at: oldest)
        }
        if cookies.count > CookieJar.most { cookies.removeFirst() }
    }
}
