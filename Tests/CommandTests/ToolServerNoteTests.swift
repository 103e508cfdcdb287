import TestSupport
import Testing

/// What the servers of tools get that a project's settings name.
@Suite(.timeLimit(.minutes(1))) struct ToolServerNoteTests {
    private func notes(_ settings: String, userSettings: String = "") async throws -> [String] {
        let command = try Command()
        defer { command.clean() }
        _ = try command.file("autorun.toml", settings)
        let own = try command.file("config/autorun/autorun.toml", userSettings)
        let file = try command.file(
            "a.auto",
            """
            automation "A"
            START begin -> say
            DATA_TRANSFORM say -> end { prompt_template { value: 1 } }

            """)
        let folder = String(own.dropLast("/autorun/autorun.toml".count))
        let result = try await command.run(
            "autorun", ["run", file, "--json"],
            environment: ["XDG_CONFIG_HOME": folder, "MY_TOKEN": "sesame-open-123"], folder: command.state)
        #expect(result.code == 0 && !result.errors.contains("sesame"), "\(result)")
        // The folder is another one each time.
        return result.errors.replacing(" of \(command.state)/autorun.toml", with: "").split(separator: "\n")
            .map(String.init).filter { $0.hasPrefix("note: [mcp.") }
    }

    private static let unboxed =
        "[mcp.a]\ncommand = \"node a.js\"\nunsafe = true\nenv = { T = \"${MY_TOKEN}\" }\n"

    @Test func whatGoesToAServerIsTold() async throws {
        #expect(
            try await notes(Self.unboxed) == [
                "note: [mcp.a] runs `node` without a box", "note: [mcp.a] gives MY_TOKEN to `node`",
            ])
        let url = "[mcp.b]\nurl = \"https://tools.example.org/mcp\"\nheaders = { x = \"${MY_TOKEN}\" }\n"
        #expect(try await notes(url) == ["note: [mcp.b] sends MY_TOKEN to https://tools.example.org"])
    }

    /// What the user's own settings say, they know; a boxed command and a variable that is not set give nothing away.
    @Test func whatIsTheUsersOwnIsNot() async throws {
        #expect(try await notes("", userSettings: Self.unboxed).isEmpty)
        #expect(try await notes(Self.unboxed, userSettings: Self.unboxed).isEmpty)
        #expect(try await notes("[mcp.a]\ncommand = \"node a.js\"\nenv = { T = \"${NOT_SET}\" }\n").isEmpty)
    }
}
