import AutoConfig
import TestSupport
import Testing

/// The options of `autorun serve`, as the command takes them.
@Suite(.timeLimit(.minutes(1))) struct ServeOptionTests {
    @Test func theHelpNamesEachVariable() async throws {
        let command = try Command()
        defer { command.clean() }
        let help = try await command.run("autorun", ["serve", "--help"]).output
        for option in ServeOption.allCases {
            #expect(help.contains(option.typed) && help.contains(option.variable), "\(option)")
        }
    }

    /// A server that got further would say that its file is not there, and end with 3.
    @Test func aMistakeIsWrongUsage() async throws {
        let command = try Command()
        defer { command.clean() }
        let places: [(arguments: [String], environment: [String: String], toml: String, words: String)] = [
            (["--rate", "fast"], [:], "", "--rate is `fast`"),
            ([], ["AUTORUN_LISTEN": "8080"], "", "AUTORUN_LISTEN is `8080`"),
            ([], [:], "[server]\nlog_level = 3\n", "[server] log_level is the number 3"),
            ([], [:], "[server]\nallow_host = [\"a b\"]\n", "[server] allow_host: "),
            ([], ["AUTORUN_ALLOW_HOST": "a b"], "", "AUTORUN_ALLOW_HOST: "),
            ([], [:], "[server]\nprot = 1\n", "[server] has no `prot`"),
        ]
        for (number, place) in places.enumerated() {
            _ = try command.file("\(number)/autorun.toml", place.toml)
            let result = try await command.run(
                "autorun", ["serve", "gone.auto"] + place.arguments, environment: place.environment,
                folder: "\(command.state)/\(number)")
            #expect(result.code == 2 && result.errors.contains(place.words), "\(result)")
        }
    }

    /// What is typed holds, whatever the other places say.
    @Test func whatIsTypedWins() async throws {
        let command = try Command()
        defer { command.clean() }
        _ = try command.file("p/autorun.toml", "[server]\nlisten = \"127.0.0.1:0\"\n")
        let result = try await command.run(
            "autorun", ["serve", "gone.auto", "--listen", "127.0.0.1:0", "--no-unsafe-python"],
            environment: ["AUTORUN_LISTEN": "nowhere", "AUTORUN_UNSAFE_PYTHON": "perhaps"],
            folder: command.state + "/p")
        #expect(result.code == 3 && result.errors.contains("gone.auto"), "\(result)")
    }
}
