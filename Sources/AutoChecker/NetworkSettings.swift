import Diagnostics

/// How steps behave at the servers of others, as `[network]` of `autorun.toml` says it.
///
/// What is nil is not said: then what is usual holds.
package struct NetworkSettings: Sendable, Hashable {
    /// What requests say who we are.
    package var userAgent: String?
    /// Whether a server's robots.txt is obeyed by every WEB_SCRAPE step that does not say otherwise.
    package var robots: Bool?
    /// How many pages of one host are asked for at once.
    package var perHost: Int?
    /// Nanoseconds between the beginnings of two requests to one host.
    package var delay: Int64?

    package init() {}

    /// The usual User-Agent: what it is, and what for.
    package static let usualUserAgent = "autorun/\(toolVersion) (+a program that runs its user's automations)"
    /// How many requests one host is asked at once: a little more than browsers do.
    package static let usualPerHost = 8

    /// What a robots.txt calls us: what the User-Agent begins with.
    package static func product(of userAgent: String) -> String {
        let name = userAgent.prefix { $0.isASCII && ($0.isLetter || $0 == "_" || $0 == "-") }
        return name.isEmpty ? "autorun" : String(name)
    }
}
