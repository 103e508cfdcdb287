import AutoChecker
import AutoRuntime
import StepKinds
import Testing
import Values

/// What an entry of `tools` means by its server.
@Suite(.timeLimit(.minutes(1))) struct ToolServerNameTests {
    private func asked(
        _ fields: [(String, Value)], _ settings: [String: MCPSettings] = [:]
    ) throws(StepFailure) -> (address: ToolServerAddress, only: [String]?) {
        try ToolServerAddress.asked(by: MapValue(record: fields), settings) { ["KEY": "sesame-open"][$0] }
    }

    @Test func aNameIsThatOfTheSettings() throws {
        var settings = MCPSettings(.command(["python3", "server.py"]))
        settings.environment = ["API_KEY": "x-${KEY}"]
        settings.only = ["read"]
        settings.isUnsafe = true
        let (address, only) = try asked([("mcp", .string("files"))], ["files": settings])
        #expect(
            address
                == ToolServerAddress(
                    name: "the MCP server `files`", place: .command(["python3", "server.py"]), isBoxed: false,
                    environment: ["API_KEY": "x-sesame-open"]))
        #expect(only == ["read"])
        let (_, own) = try asked(
            [("mcp", .string("files")), ("only", .list([.string("list")]))], ["files": settings])
        #expect(own == ["list"])
    }

    @Test func aFileNamesItsOwn() throws {
        let url = Value.string("https://example.org/mcp?key=sesame-open")
        let (address, only) = try asked([("mcp", url), ("auth", .record([("bearer", .string("t"))]))])
        #expect(only == nil && address.place == .url("https://example.org/mcp?key=sesame-open"))
        // What stands behind `?` may be a key.
        #expect(address.name == "the MCP server at https://example.org")
        #expect(address.headers == ["authorization": "Bearer t"] && !address.allowsPrivate)
        let (command, _) = try asked([("mcp", .string("/opt/python3 ./srv.py --key=sesame 'a b'"))])
        #expect(command.place == .command(["/opt/python3", "./srv.py", "--key=sesame", "a b"]))
        #expect(
            command.name == "the MCP server `python3 srv.py`" && command.isBoxed
                && command.environment.isEmpty)
    }

    /// The login that a file writes wins over that of the settings.
    @Test func aLoginOfTheFileWins() throws {
        var settings = MCPSettings(.url("https://example.org"))
        settings.headers = ["Authorization": "Bearer ${KEY}", "x-team": "red"]
        let login = Value.record([("user", .string("u")), ("password", .string("p"))])
        let (address, _) = try asked([("mcp", .string("web")), ("auth", login)], ["web": settings])
        #expect(address.headers == ["authorization": "Basic dTpw", "x-team": "red"])
        #expect(
            try asked([("mcp", .string("web"))], ["web": settings]).address.headers["Authorization"]
                == "Bearer sesame-open")
    }

    @Test(
        arguments: [
            ([], "`mcp` of a tool is a command, a url, or a name"),
            ([("mcp", .string("  "))], "`mcp` of a tool is a command, a url, or a name"),
            ([("mcp", .int(5))], "`mcp` of a tool is"),
            ([("mcp", .string("a 'b"))], "the command of an MCP server has a `'` that is not closed"),
            (
                [("mcp", .string("a")), ("only", .list([.int(1)]))],
                "`only` of a tool is a list of the names of tools"
            ),
            (
                [("mcp", .string("https://x")), ("auth", .string("t"))],
                "`auth` of a tool is { bearer: … } or { user: …, password: … }"
            ),
            (
                [("mcp", .string("a b")), ("auth", .record([("bearer", .string("t"))]))],
                "`auth` is for an MCP server at a url"
            ),
        ] as [([(String, Value)], String)])
    func mistakesAreTold(_ fields: [(String, Value)], _ words: String) {
        let failure = #expect(throws: StepFailure.self) { try asked(fields) }
        #expect(
            failure?.kind == .field && failure?.message.hasPrefix(words) == true, "\(failure?.message ?? "")")
    }

    /// A command of the settings takes no login either.
    @Test func aCommandTakesNoLogin() {
        let login = Value.record([("bearer", .string("t"))])
        let failure = #expect(throws: StepFailure.self) {
            try asked([("mcp", .string("a")), ("auth", login)], ["a": MCPSettings(.command(["a"]))])
        }
        #expect(failure?.message.hasPrefix("`auth` is for an MCP server at a url") == true)
    }

    @Test func aVariableThatIsNotSetIsTold() {
        var settings = MCPSettings(.url("https://example.org"))
        settings.headers = ["x-key": "${NONE}"]
        let failure = #expect(throws: StepFailure.self) {
            try asked([("mcp", .string("web"))], ["web": settings])
        }
        #expect(failure?.kind == .noKey)
        #expect(
            failure?.message
                == "[mcp.web] of autorun.toml needs the environment variable NONE, which is not set")
    }
}
