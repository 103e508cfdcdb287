import Diagnostics

/// An option of `autorun serve`. It can be set on the command line, by an environment variable, or in `[server]`
/// of `autorun.toml`. Its raw value is its name on the command line, without the dashes.
///
/// All that is said of the options anywhere (the help, the names, the errors, the documentation) is made from here.
package enum ServeOption: String, Sendable, CaseIterable {
    case listen
    case store
    case durability
    case tlsCert = "tls-cert"
    case tlsKey = "tls-key"
    case atOnce = "at-once"
    case queue
    case maxBody = "max-body"
    case rate
    case requestSeconds = "request-seconds"
    case grace
    case logLevel = "log-level"
    case only
    case noWork = "no-work"
    case allowHost = "allow-host"
    case out
    case unsafePython = "unsafe-python"

    /// What an option takes.
    package enum Kind: Sendable, Hashable {
        /// `HOST:PORT`
        case address
        /// A file or a folder; in `autorun.toml` a relative path begins in the folder of that file.
        case file
        case oneOf([String])
        /// A whole number from 1 to a thousand million.
        case number
        /// Several hosts.
        case hosts
        /// Several names of automations.
        case names
        case flag
    }

    /// As it is typed: `--tls-cert`.
    package var typed: String { "--" + rawValue }

    /// The environment variable: `AUTORUN_TLS_CERT`.
    package var variable: String { "AUTORUN_" + key.uppercased() }

    /// The key in `[server]`: `tls_cert`.
    package var key: String { String(rawValue.map { $0 == "-" ? "_" : $0 }) }

    /// What the option takes.
    package var kind: Kind {
        switch self {
        case .listen: .address
        case .store, .tlsCert, .tlsKey, .out: .file
        case .durability: .oneOf(["power", "process"])
        case .atOnce, .queue, .maxBody, .rate, .requestSeconds, .grace: .number
        case .logLevel: .oneOf(["trace", "debug", "info", "notice", "warning", "error", "critical"])
        case .allowHost: .hosts
        case .only: .names
        case .noWork, .unsafePython: .flag
        }
    }

    /// What holds where nobody says anything; nil for nothing.
    package var usual: ServeValue? {
        switch self {
        case .listen: .text("127.0.0.1:8080")
        case .durability: .text("power")
        case .atOnce: .number(1_000)
        case .queue: .number(10_000)
        case .maxBody: .number(8_192)
        case .rate: .number(20_000)
        case .requestSeconds: .number(30)
        case .grace: .number(25)
        case .logLevel: .text("info")
        case .noWork, .unsafePython: .flag(false)
        case .store, .tlsCert, .tlsKey, .only, .allowHost, .out: nil
        }
    }

    /// What it does, in a sentence.
    package var meaning: String {
        switch self {
        case .listen: "Where to listen, as HOST:PORT; port 0 takes a free one."
        case .store: "The file that records are kept in, or a database: postgres://USER@HOST/DATABASE."
        case .durability:
            "What a commit survives: power (a power cut) or process (the end of this process only)."
        case .tlsCert: "A certificate chain in PEM, for TLS."
        case .tlsKey: "Its private key in PEM."
        case .atOnce: "How many sessions run at once; more wait for their turn."
        case .queue: "How many sessions may wait for their turn."
        case .maxBody: "The largest body of a request, in kB."
        case .rate: "Requests a second that one token may make."
        case .requestSeconds: "Seconds in which a request's head, and then its body, must have come."
        case .grace:
            "Seconds that a server told to end waits for steps under way; its sessions go on elsewhere from their next."
        case .only:
            "The names of the automations whose sessions this server runs; others of the store run them otherwise. "
                + "Several in a variable are separated by commas."
        case .noWork: "Run no session: answer the API only, and leave the work to other servers of the store."
        case .logLevel: "Log lines from this level on: \(ServeOption.listed(kind))."
        case .allowHost:
            "What of the own network steps may reach: a host, host:port, an address, a network such as "
                + "10.0.0.0/8, or *.domain; several in a variable are separated by commas."
        case .out:
            "The folder into which steps of served files write; without it they write none. Automations that came "
                + "by the API write none."
        case .unsafePython: "Run PYTHON steps without a box where bubblewrap is missing."
        }
    }

    /// The meaning with the usual value and the environment variable, for `--help`.
    package var help: String {
        let usual = usual.map { "usual: \($0.text); " } ?? ""
        return "\(meaning) (\(usual)\(variable))"
    }

    static let largestNumber = 1_000_000_000

    /// What may be written, for errors.
    package var expected: String {
        switch kind {
        case .address: "HOST:PORT, such as 127.0.0.1:8080"
        case .file: "a path"
        case .oneOf(let words): inWords(words)
        case .number: "a whole number from 1 to \(ServeOption.largestNumber)"
        case .hosts: "a list of hosts"
        case .names: "a list of names of automations"
        case .flag: "true or false"
        }
    }

    /// The options as a table of Markdown.
    package static var table: String {
        let rows = allCases.map { option in
            let usual = option.usual.map { "`\($0.text)`" } ?? ""
            return
                "| `\(option.typed)` | `\(option.key)` | `\(option.variable)` | \(usual) | \(option.meaning) |"
        }
        return
            (["| option | in `[server]` | variable | usual | what it says |", "|---|---|---|---|---|"] + rows)
            .joined(separator: "\n")
    }

    private static func listed(_ kind: Kind) -> String {
        guard case .oneOf(let words) = kind else { return "" }
        return words.joined(separator: ", ")
    }
}

/// A value of an option, as it was found or as it is usual.
package enum ServeValue: Sendable, Hashable {
    case text(String)
    case number(Int)
    case flag(Bool)
    case list([String])

    /// As it would be written into an environment variable.
    package var text: String {
        switch self {
        case .text(let text): text
        case .number(let number): String(number)
        case .flag(let isOn): isOn ? "true" : "false"
        case .list(let list): list.joined(separator: ",")
        }
    }
}

/// Where a server listens.
package struct ListenAddress: Sendable, Hashable {
    /// A name or an address; an IPv6 address without its brackets.
    package let host: String
    /// 0 for one that the system chooses.
    package let port: Int

    /// - Parameter text: `HOST:PORT`, an IPv6 address in brackets. Nil for anything else.
    package init?(_ text: String) {
        guard let colon = text.lastIndex(of: ":"), let port = Int(text[text.index(after: colon)...]),
            (0...65_535).contains(port)
        else { return nil }
        var host = String(text[..<colon])
        if host.hasPrefix("["), host.hasSuffix("]") { host = String(host.dropFirst().dropLast()) }
        guard !host.isEmpty else { return nil }
        self.host = host
        self.port = port
    }
}
