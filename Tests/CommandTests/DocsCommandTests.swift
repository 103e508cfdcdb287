import TestSupport
import Testing

/// `autorun docs`, and the servers that give the same to models, as processes.
@Suite(.timeLimit(.minutes(1))) struct DocsCommandTests {
    @Test func theLanguageIsOnePage() async throws {
        let command = try Command()
        defer { command.clean() }
        let page = try await command.run("autorun", ["docs", "--for-agents"])
        #expect(page.code == 0 && page.errors.isEmpty && page.output.hasPrefix("# The `.auto` language\n"))
        #expect(page.output.utf8.count <= 12_000)
        #expect(try await command.run("autorun", ["docs", "language"]).output == page.output)
    }

    @Test(arguments: [
        ("LLM_CALL", "`temperature`"), ("rest_api", "REST_API"), ("sortBy", "a function"),
        ("timeout", "a setting"), ("a301", "# A301"), ("functions", "`size("), ("max_cost", "header"),
    ])
    func aTopicIsLookedUp(_ topic: String, _ words: String) async throws {
        let command = try Command()
        defer { command.clean() }
        let entry = try await command.run("autorun", ["docs", topic])
        #expect(entry.code == 0 && entry.output.contains(words), "\(entry)")
    }

    @Test func whatThereIsNotIsAnswered() async throws {
        let command = try Command()
        defer { command.clean() }
        let unknown = try await command.run("autorun", ["docs", "LLM_CAL"])
        #expect(unknown.code == 2 && unknown.errors.contains("did you mean `LLM_CALL`?"))
        let both = try await command.run("autorun", ["docs", "LLM_CALL", "--for-agents"])
        #expect(both.code == 2)
        let topics = try await command.run("autorun", ["docs"])
        #expect(topics.code == 0 && topics.output.contains("autorun docs functions"))
    }

    /// Everything at once, as a shell gives it.
    @Test func aShellCanSpeakToTheAuthoringServer() async throws {
        let command = try Command()
        defer { command.clean() }
        let lines = [
            #"{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-06-18","capabilities":{}}}"#,
            #"{"jsonrpc":"2.0","method":"notifications/initialized"}"#,
            #"{"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"explain","arguments":{"code":"A301"}}}"#,
        ]
        let done = try await command.run("autocheck", ["mcp"], input: lines.joined(separator: "\n") + "\n")
        #expect(done.code == 0 && done.errors.isEmpty, "\(done)")
        #expect(done.output.split(separator: "\n").count == 2)
        #expect(done.output.contains(#""id":2,"result""#) && done.output.contains("no START"))
        let wrong = try await command.run("autocheck", ["mcp", "x"])
        #expect(wrong.code == 2 && wrong.errors.contains("takes no arguments"))
    }

    @Test func aFileThatIsNotThereIsNotServedAsATool() async throws {
        let command = try Command()
        defer { command.clean() }
        let refused = try await command.run("autorun", ["mcp", command.state + "/none.auto"])
        #expect(
            refused.code == 3 && refused.errors.contains("there is no such file") && refused.output.isEmpty)
    }
}
