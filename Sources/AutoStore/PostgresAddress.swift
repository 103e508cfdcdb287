/// Where a store on PostgreSQL is.
package struct PostgresAddress: Sendable {
    /// As libpq reads it, with a password where one was written.
    let text: String
    /// The same without any password, for people.
    package let shown: String

    private static let beginnings = ["postgres://", "postgresql://"]

    /// Nil for what is no such address.
    package init?(_ description: String) {
        guard let beginning = Self.beginnings.first(where: description.hasPrefix) else { return nil }
        text = description
        let rest = description.dropFirst(beginning.count)
        let authority = rest.prefix { $0 != "/" && $0 != "?" }
        var shown = beginning
        if let at = authority.lastIndex(of: "@") {
            shown += authority[..<at].prefix { $0 != ":" } + authority[at...]
        } else {
            shown += authority
        }
        let behind = rest[authority.endIndex...]
        shown += behind.prefix { $0 != "?" }
        let settings = behind.drop { $0 != "?" }.dropFirst().split(separator: "&").filter { setting in
            !setting.lowercased().hasPrefix("password=") && !setting.lowercased().hasPrefix("sslpassword=")
        }
        if !settings.isEmpty { shown += "?" + settings.joined(separator: "&") }
        self.shown = shown
    }
}
