import TestSupport
import Testing

/// `--allow-host` is read before anything runs.
@Suite(.timeLimit(.minutes(1))) struct AllowHostTests {
    private static let text = """
        automation "Asks"
        START begin -> t
        REST_API t -> end { prompt_template { url: "http://127.0.0.1:1/" } }
        """

    @Test(
        .timeLimit(.minutes(1)),
        arguments: ["http://127.0.0.1", "127.0.0.1/x", "*", "10.0.0.0/33", "a b", "", "u:canary@h"])
    func whatIsNotUnderstoodIsWrongUsage(pattern: String) async throws {
        let command = try Command()
        defer { command.clean() }
        let file = try command.file("a.auto", AllowHostTests.text)
        for arguments in [["run", file], ["serve", file, "--listen", "127.0.0.1:0"]] {
            let result = try await command.run("autorun", arguments + ["--allow-host", pattern])
            #expect(result.code == 2, "\(result)")
            #expect(result.errors.contains("--allow-host") && !result.errors.contains("canary"))
            #expect(!result.errors.contains("http://127.0.0.1:1/"))
        }
    }

    @Test(
        .timeLimit(.minutes(1)),
        arguments: ["127.0.0.1", "127.0.0.1:1", "127.0.0.0/8", "[::ffff:127.0.0.1]", "0.0.0.0/0"])
    func whatIsUnderstoodOpens(pattern: String) async throws {
        let command = try Command()
        defer { command.clean() }
        let file = try command.file("a.auto", AllowHostTests.text)
        let result = try await command.run("autorun", ["run", file, "--allow-host", pattern])
        #expect(result.code == 1 && result.errors.contains("refuses the connection"), "\(result)")
    }

    @Test(
        .timeLimit(.minutes(1)), arguments: ["127.0.0.1:2", "127.0.0.2", "10.0.0.0/8", "*.localhost", "::1"])
    func whatIsNotNamedStaysClosed(pattern: String) async throws {
        let command = try Command()
        defer { command.clean() }
        let file = try command.file("a.auto", AllowHostTests.text)
        let result = try await command.run("autorun", ["run", file, "--allow-host", pattern])
        #expect(result.code == 1 && result.errors.contains("own network"), "\(result)")
    }
}
