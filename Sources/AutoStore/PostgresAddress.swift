/// Where a store on PostgreSQL is.
package struct PostgresAddress: Sendable {
    /// The address as libpq reads it, with a password where one was written.
    package let text: String
    /// The same without any password, for people.
    package let shown: String
    /// Whether it is clear where its user, its machine and its database end. Where a password is written with a letter
    /// that divides addresses, libpq would take the rest of it for a machine or a port, and would say so.
    let isClear: Bool

    static let kinds = ["postgres", "postgresql"]
    private static let beginnings = kinds.map { $0 + "://" }

    /// Nil for what is no such address.
    package init?(_ description: String) {
        guard let beginning = Self.beginnings.first(where: description.hasPrefix) else { return nil }
        text = description
        let rest = description.dropFirst(beginning.count)
        let authority = rest.prefix { $0 != "/" && $0 != "?" }
        let behind = rest[authority.endIndex...]
        let path = behind.prefix { $0 != "?" }
        isClear =
            authority.count { $0 == "@" } <= 1 && !behind.contains("@")
            && Self.hasPorts(authority[(authority.lastIndex(of: "@") ?? authority.startIndex)...])
        guard isClear else {
            // Whatever may be of a password is left out.
            let end = rest.lastIndex(of: "@") ?? authority.endIndex
            shown =
                beginning + authority.prefix { $0 != ":" && $0 != "@" } + rest[end...].prefix { $0 != "?" }
            return
        }
        var shown = beginning
        if let at = authority.lastIndex(of: "@") {
            shown += authority[..<at].prefix { $0 != ":" } + authority[at...]
        } else {
            shown += authority
        }
        shown += path
        let settings = behind.drop { $0 != "?" }.dropFirst().split(separator: "&").filter { setting in
            !setting.lowercased().hasPrefix("password=") && !setting.lowercased().hasPrefix("sslpassword=")
        }
        if !settings.isEmpty { shown += "?" + settings.joined(separator: "&") }
        self.shown = shown
    }

    /// Whether each machine's port is a number, where it has one.
    private static func hasPorts(_ machines: Substring) -> Bool {
        machines.split(separator: ",").allSatisfy { machine in
            // An address of IPv6 stands in brackets.
            let name = machine.lastIndex(of: "]") ?? machine.startIndex
            guard let colon = machine[name...].firstIndex(of: ":") else { return true }
            return machine[colon...].dropFirst().allSatisfy(\.isNumber)
        }
    }
}
