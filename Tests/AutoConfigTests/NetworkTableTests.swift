import AutoChecker
import AutoConfig
import Testing

/// `[network]` of `autorun.toml`.
@Suite(.timeLimit(.minutes(1))) struct NetworkTableTests {
    private func network(_ texts: String...) throws -> NetworkSettings {
        var settings = ProjectSettings()
        for text in texts { try settings.read("[network]\n" + text, from: "autorun.toml") }
        return settings.network
    }

    @Test func everythingIsRead() throws {
        let read = try network("user_agent = \"acme/1.0\"\nrobots = true\nper_host = 2\ndelay = \"500ms\"")
        #expect(read.userAgent == "acme/1.0" && read.robots == true)
        #expect(read.perHost == 2 && read.delay == 500_000_000)
        #expect(try network("") == NetworkSettings())
    }

    /// What the nearer file says wins, and of the other stays what it does not say.
    @Test func theLaterWins() throws {
        let read = try network("robots = true\nper_host = 2\ndelay = 1", "per_host = 4\nrobots = false")
        #expect(read.robots == false && read.perHost == 4 && read.delay == 1_000_000_000)
    }

    @Test(arguments: [
        ("robot = true", "did you mean `robots`?"), ("robots = \"yes\"", "`robots` is true or false"),
        ("per_host = 0", "`per_host` is a whole number from 1"),
        ("per_host = \"2\"", "`per_host` is a whole"),
        ("delay = \"soon\"", "`delay` is a time"), ("delay = \"2h\"", "up to a minute"),
        ("delay = -1", "`delay` is a time"), ("user_agent = \"\"", "`user_agent` is what requests say"),
        ("user_agent = \"a\\nb\"", "`user_agent` is what requests say"),
        ("user_agent = 5", "`user_agent` is"),
    ])
    func mistakesAreTold(_ text: String, _ words: String) {
        let error = #expect(throws: SettingsError.self) { try network(text) }
        #expect(error?.message.contains(words) == true, "\(error?.message ?? "")")
        #expect(error?.message.hasPrefix("autorun.toml: [network]") == true)
    }

    @Test(arguments: [
        ("autorun/1.0 (+x)", "autorun"), ("Acme-Bot/2", "Acme-Bot"), ("two words", "two"), ("/1", "autorun"),
    ])
    func theProductIsWhatItBeginsWith(_ agent: String, _ product: String) {
        #expect(NetworkSettings.product(of: agent) == product)
    }
}
