#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// The user's folders, by the XDG Base Directory Specification. None of them need be there.
package struct UserFolders: Sendable, Hashable {
    /// What lasts: the store.
    package let state: String
    /// What can be made anew: the embedding model, packages for PYTHON.
    package let cache: String
    /// The user's own `autorun.toml`; nil without a home, where a shared folder could hold somebody else's.
    package let config: String?

    /// - Parameter variable: the value of an environment variable, nil where it is not set.
    package init(variable: (String) -> String?) {
        let home = variable("HOME").flatMap { $0.hasPrefix("/") ? $0 : nil }
        func folder(_ name: String, _ usual: String) -> String? {
            // A relative path is to be ignored, says the specification.
            if let set = variable(name), set.hasPrefix("/") { return set + "/autorun" }
            return home.map { $0 + "/" + usual + "/autorun" }
        }
        let temporary = variable("TMPDIR").flatMap { $0.hasPrefix("/") ? $0 : nil } ?? "/tmp"
        state = folder("XDG_STATE_HOME", ".local/state") ?? temporary + "/autorun-state"
        cache = folder("XDG_CACHE_HOME", ".cache") ?? temporary + "/autorun-cache"
        config = folder("XDG_CONFIG_HOME", ".config")
    }

    /// - Parameter environment: the variables of the process.
    package init(environment: [String: String]) { self.init { environment[$0] } }

    /// By the environment of this process, read without Foundation.
    package init() { self.init { name in getenv(name).map { String(cString: $0) } } }
}
