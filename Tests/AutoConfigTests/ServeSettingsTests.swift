import AutoConfig
import Foundation
import TestSupport
import Testing

/// Where the options of `autorun serve` come from, and how their mistakes are told.
@Suite(.timeLimit(.minutes(1))) struct ServeSettingsTests {
    private func file(_ text: String, path: String = "autorun.toml") throws(SettingsError) -> ProjectSettings
    {
        var settings = ProjectSettings()
        try settings.read(text, from: path)
        return settings
    }

    private func settings(
        typed: [ServeOption: [String]] = [:], variables: [String: String] = [:], _ text: String = ""
    ) throws(SettingsError) -> ServeSettings {
        let server = try file(text).server
        return try ServeSettings(typed: { typed[$0] }, variable: { variables[$0] }, file: server)
    }

    /// A value that an option takes, and that is not the usual one.
    private func other(_ option: ServeOption) -> String {
        switch option.kind {
        case .address: "[::1]:9000"
        case .file: "/x/\(option.key)"
        case .oneOf(let words): words.last ?? ""
        case .number: "7"
        case .hosts, .names: "a.example"
        case .flag: "true"
        }
    }

    /// The same as it is written in `autorun.toml`.
    private func written(_ option: ServeOption, _ text: String) -> String {
        switch option.kind {
        case .address, .file, .oneOf: "\(option.key) = \"\(text)\"\n"
        case .number, .flag: "\(option.key) = \(text)\n"
        case .hosts, .names: "\(option.key) = [\"\(text)\"]\n"
        }
    }

    @Test func namesFollowFromOne() {
        #expect(ServeOption.tlsCert.typed == "--tls-cert" && ServeOption.tlsCert.key == "tls_cert")
        #expect(ServeOption.tlsCert.variable == "AUTORUN_TLS_CERT")
        #expect(Set(ServeOption.allCases.map(\.variable)).count == ServeOption.allCases.count)
    }

    @Test func withoutAnythingTheUsualHolds() throws {
        let settings = try settings()
        for option in ServeOption.allCases { #expect(settings.text(option) == option.usual?.text) }
        #expect(settings.number(.rate) == 20_000 && !settings.isSet(.unsafePython))
        #expect(settings.list(.allowHost).isEmpty && settings.text(.store) == nil)
    }

    @Test(arguments: ServeOption.allCases)
    func eachComesFromEachPlace(option: ServeOption) throws {
        // A certificate and its key only go together.
        let isPair = option == .tlsCert || option == .tlsKey
        let options = isPair ? [ServeOption.tlsCert, .tlsKey] : [option]
        let typed = Dictionary(uniqueKeysWithValues: options.map { ($0, [other($0)]) })
        let variables = Dictionary(uniqueKeysWithValues: options.map { ($0.variable, other($0)) })
        let text = "[server]\n" + options.map { written($0, other($0)) }.joined()
        for settings in [
            try settings(typed: typed), try settings(variables: variables), try settings(text),
        ] {
            #expect(settings.text(option) == other(option))
        }
    }

    @Test func theNearestPlaceWins() throws {
        let text = "[server]\nrate = 1\nqueue = 1\nat_once = 1\nunsafe_python = true\nallow_host = [\"c\"]"
        let settings = try settings(
            typed: [.rate: ["3"], .unsafePython: ["false"], .allowHost: ["a", "b"]],
            variables: ["AUTORUN_RATE": "2", "AUTORUN_QUEUE": "2", "AUTORUN_AT_ONCE": ""], text)
        #expect(settings.number(.rate) == 3 && settings.number(.queue) == 2)
        #expect(settings.number(.atOnce) == 1, "an empty variable is as good as none")
        #expect(!settings.isSet(.unsafePython) && settings.list(.allowHost) == ["a", "b"])
    }

    @Test func aVariableHoldsAListWithCommas() throws {
        let settings = try settings(variables: ["AUTORUN_ALLOW_HOST": "10.0.0.0/8, *.example ,h:1"])
        #expect(settings.list(.allowHost) == ["10.0.0.0/8", "*.example", "h:1"])
        #expect(settings.place(of: .allowHost) == "AUTORUN_ALLOW_HOST")
    }

    @Test func pathsOfTheFileBeginInItsFolder() throws {
        let text = "[server]\nstore = \"data/../a.sqlite\"\ntls_cert = \"/etc/c.pem\"\ntls_key = \"k.pem\""
        let server = try file(text, path: "/srv/p/autorun.toml").server
        let settings = try ServeSettings(
            typed: { _ in nil }, variable: { $0 == "AUTORUN_TLS_KEY" ? "own.pem" : nil }, file: server)
        #expect(settings.text(.store) == "/srv/p/a.sqlite" && settings.text(.tlsCert) == "/etc/c.pem")
        #expect(settings.text(.tlsKey) == "own.pem", "any other path begins where the command runs")
    }

    @Test func aDatabaseIsNoPath() throws {
        let address = "postgres://auto@db/auto"
        #expect(try settings("[server]\nstore = \"\(address)\"").text(.store) == address)
    }

    @Test func theProjectsFileWinsOverTheUsersOwn() throws {
        var both = try file("[server]\nrate = 5\nqueue = 6")
        try both.read("[server]\nrate = 7", from: "autorun.toml")
        #expect(both.server[.rate]?.value == .number(7) && both.server[.queue]?.value == .number(6))
    }

    @Test(arguments: [
        (
            "server = 1",
            "autorun.toml: [server] is a table: write [server] on a line of its own, and its keys below it"
        ),
        ("[server]\nlisetn = \"x\"", "autorun.toml: [server] has no `lisetn`: did you mean `listen`?"),
        (
            "[server]\nrate = \"fast\"",
            "rate is the text \"fast\": expected a whole number from 1 to 1000000000"
        ),
        ("[server]\nrate = 0", "rate is the number 0: expected a whole number from 1 to 1000000000"),
        (
            "[server]\nrate = 1.5",
            "rate is a value of another kind: expected a whole number from 1 to 1000000000"
        ),
        ("[server]\nlisten = 8080", "listen is the number 8080: expected HOST:PORT, such as 127.0.0.1:8080"),
        ("[server]\ndurability = \"disk\"", "durability is the text \"disk\": expected `power` or `process`"),
        ("[server]\nstore = true", "store is true: expected a path"),
        ("[server]\nallow_host = \"a\"", "allow_host is the text \"a\": expected a list of hosts"),
        ("[server]\nallow_host = [1]", "allow_host is a list: expected a list of hosts"),
        ("[server]\nunsafe_python = \"yes\"", "unsafe_python is the text \"yes\": expected true or false"),
    ])
    func mistakesInTheFileAreToldInWords(text: String, words: String) {
        let whole = words.hasPrefix("autorun.toml") ? words : "autorun.toml: [server] " + words
        #expect(throws: SettingsError(message: whole)) { try file(text) }
    }

    @Test(arguments: [
        (ServeOption.listen, "8080", "expected HOST:PORT, such as 127.0.0.1:8080"),
        (.listen, "h:70000", "expected HOST:PORT, such as 127.0.0.1:8080"),
        (.rate, "fast", "expected a whole number from 1 to 1000000000"),
        (.maxBody, "0", "expected a whole number from 1 to 1000000000"),
        (.maxBody, "10000000000", "expected a whole number from 1 to 1000000000"),
        (.durability, "disk", "expected `power` or `process`"),
        (.logLevel, "loud", "expected `trace`, `debug`, `info`, `notice`, `warning`, `error` or `critical`"),
        (.unsafePython, "yes", "expected true or false"),
    ])
    func mistakesNameTheirPlace(option: ServeOption, text: String, words: String) {
        #expect(throws: SettingsError(message: "\(option.variable) is `\(text)`: \(words)")) {
            try settings(variables: [option.variable: text])
        }
        #expect(throws: SettingsError(message: "\(option.typed) is `\(text)`: \(words)")) {
            try settings(typed: [option: [text]])
        }
    }

    @Test(arguments: [" ", ",", " , "]) func aListOfHostsHasAHost(text: String) throws {
        let words = "AUTORUN_ALLOW_HOST is ``: expected a list of hosts"
        #expect(throws: SettingsError(message: words)) {
            try settings(variables: ["AUTORUN_ALLOW_HOST": text])
        }
        #expect(
            try settings(variables: ["AUTORUN_ALLOW_HOST": "a.example,"]).list(.allowHost) == ["a.example"])
    }

    @Test func aCertificateNeedsItsKey() {
        let words = "a certificate and its key belong together, --tls-cert and --tls-key"
        #expect(throws: SettingsError(message: "AUTORUN_TLS_KEY stands alone: " + words)) {
            try settings(variables: ["AUTORUN_TLS_KEY": "k.pem"])
        }
        #expect(throws: SettingsError(message: "--tls-cert stands alone: " + words)) {
            try settings(typed: [.tlsCert: ["c.pem"]])
        }
    }

    /// The page of the settings has the table that is made of the options.
    @Test func theDocumentationHasEachOption() throws {
        let page = try String(contentsOfFile: Command.root + "/Grammar/README.md", encoding: .utf8)
        let start = try #require(page.range(of: "<!-- made from Sources/AutoConfig: server -->\n"))
        let rest = page[start.upperBound...]
        let end = try #require(rest.range(of: "\n<!-- end -->"))
        #expect(rest[..<end.lowerBound] == ServeOption.table)
    }
}
