import TestSupport
import Testing
import Values

/// What a plan says of servers of tools.
@Suite(.timeLimit(.minutes(1))) struct PlannedServerTests {
    private static let settings = """
        [mcp.files]
        command = "python3 srv/files.py --key=sesame"
        [mcp.own]
        command = "own"
        unsafe = true
        [mcp.web]
        url = "https://u:sesame@example.org/mcp?key=sesame"
        """
    private static let file = """
        automation "A"
        START begin -> agent
        LLM_CALL agent -> end {
          timeout: 60s
          prompt_template {
            user: "x"
            model: "gpt-4o"
            tools: [{ mcp: "files" }, { mcp: "own" }, { mcp: "web" }, { mcp: "./run.sh -v" }, { mcp: "files" }]
          }
        }

        """

    /// Each once, without what may be a key.
    @Test func serversAreListed() async throws {
        let command = try Command()
        defer { command.clean() }
        _ = try command.file("autorun.toml", Self.settings)
        let file = try command.file("a.auto", Self.file)
        let text = try await command.run("autorun", ["plan", file], folder: command.state)
        #expect(
            text.output.contains(
                """
                  agent: asks a model
                  agent: uses the MCP server `files`, the command `python3 files.py` in the box, without network
                  agent: uses the MCP server `own`, the command `own` without a box
                  agent: uses the MCP server `web` at https://example.org/mcp
                  agent: uses an MCP server, the command `run.sh` in the box, without network

                """), "\(text)")
        let json = try await command.run("autorun", ["plan", file, "--json"], folder: command.state)
        let steps = try JSON.parse(json.output).asMap?["steps"]?.asList ?? []
        let servers = steps.compactMap { $0.asMap?["mcp_servers"] }
        #expect(
            servers.map(JSON.text) == [
                #"[{"name":"files","command":"python3 files.py","boxed":true},{"name":"own","command":"own","boxed":false},{"name":"web","url":"https://example.org/mcp"},{"name":null,"command":"run.sh","boxed":true}]"#
            ])
        #expect(!(text.output + json.output).contains("sesame"))
    }
}
