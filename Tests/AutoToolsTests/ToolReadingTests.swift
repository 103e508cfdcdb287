import AutoRuntime
import AutoTools
import MCP
import StepKinds
import Testing
import Values

/// What servers say of themselves, of their tools and of calls.
@Suite(.timeLimit(.minutes(1))) struct ToolReadingTests {
    private func connect(_ result: @escaping @Sendable (RPCMessage) -> Value) async throws -> any ToolServer {
        let scripted = ScriptedServer { asked in
            guard let message = asked.message, case .request = message else {
                return .status(asked.method == "POST" ? 202 : 405)
            }
            return .json(message.answered(result(message)))
        }
        let servers = MCPToolServers(client: scripted, clock: PatientClock(), folder: nil) { _ in nil }
        return try await servers.connect(
            ToolServerAddress(name: "the MCP server `s`", place: .url("https://tools.example/")))
    }

    private func record(_ text: String) -> Value { (try? JSON.parse(text)) ?? .null }

    @Test func toolsAreReadAsTheyAre() async throws {
        let listed = """
            {"tools": [
              {"name": "a", "title": "A tool", "inputSchema": {"type": "object", "required": ["x"]}},
              {"name": "b", "description": "B.", "inputSchema": {"type": "object"}, "outputSchema": {"type": "object"},
               "annotations": {"readOnlyHint": true, "title": "other"}},
              {"name": "c", "annotations": {"readOnlyHint": "yes"}}
            ], "nextCursor": null}
            """
        let server = try await connect { $0.name == MCPMethod.listTools ? record(listed) : usualResult($0) }
        let object = record(#"{"type": "object"}"#)
        #expect(
            server.tools == [
                OfferedTool(
                    name: "a", description: "A tool",
                    parameters: record(#"{"type": "object", "required": ["x"]}"#),
                    result: nil, isReadOnly: false),
                OfferedTool(
                    name: "b", description: "B.", parameters: object, result: object, isReadOnly: true),
                OfferedTool(name: "c", description: "", parameters: object, result: nil, isReadOnly: false),
            ])
        await server.close()
    }

    @Test func allPagesAreRead() async throws {
        let server = try await connect { message in
            guard case .request(_, MCPMethod.listTools, let params) = message else {
                return usualResult(message)
            }
            let number = params[MCPField.cursor]?.asText.flatMap(Int.init) ?? 0
            return .record([
                (MCPField.tools, .list([tool("t\(number)")])),
                (MCPField.nextCursor, number < 4 ? .string("\(number + 1)") : .null),
            ])
        }
        #expect(server.tools.map(\.name) == ["t0", "t1", "t2", "t3", "t4"])
        await server.close()
    }

    /// Pages without an end, and what else is no list of tools.
    @Test(arguments: [
        (#"{"tools": [], "nextCursor": "again"}"#, "tells its tools on more than 200 pages"),
        (#"{"tools": [{"name": "a"}, {"name": "a"}]}"#, "offers two tools of the name `a`"),
        (#"{"tools": {}}"#, "tells its tools in a form that is none: `tools` is no list"),
        (#"{"tools": [{"name": ""}]}"#, "in a form that is none: a tool has no name"),
        (#"{"tools": [{"name": "a", "inputSchema": []}]}"#, "`inputSchema` of `a` is no object"),
        (#"{"tools": [], "nextCursor": 5}"#, "`nextCursor` is no text"),
    ])
    func whatIsNoListIsTold(_ listed: String, _ words: String) async throws {
        let failure = await #expect(throws: StepFailure.self) {
            try await connect { $0.name == MCPMethod.listTools ? record(listed) : usualResult($0) }
        }
        #expect(
            failure?.message.hasPrefix("the MCP server `s` ") == true
                && failure?.message.contains(words) == true)
    }

    @Test(arguments: [
        (
            #"{"protocolVersion": "2031-01-01"}"#, FailureKind.unsupported,
            "speaks revision 2031-01-01 of the Model"
        ),
        (#"{"hello": 1}"#, .tool, "is no server of the Model Context Protocol: it names no revision of it"),
    ])
    func aServerThatIsNoneIsTold(_ greeting: String, _ kind: FailureKind, _ words: String) async throws {
        let failure = await #expect(throws: StepFailure.self) { try await connect { _ in record(greeting) } }
        #expect(failure?.kind == kind && failure?.message.hasPrefix("the MCP server `s` \(words)") == true)
    }

    /// A server without the capability has no tools, and is not asked for them.
    @Test func aServerMayHaveNoTools() async throws {
        let server = try await connect { message in
            message.name == MCPMethod.initialize
                ? record(#"{"protocolVersion": "2025-06-18", "capabilities": {"prompts": {}}}"#) : .null
        }
        #expect(server.tools.isEmpty)
        await server.close()
    }

    /// What a server has said of a tool's results holds, or the model hears that it does not.
    @Test(arguments: [
        (#"{"structuredContent": {"n": 1, "days": [{"high": 3.5}]}}"#, nil),
        (#"{"structuredContent": {"n": 1.0, "kind": "b", "next": {"n": 2, "next": null}}}"#, nil),
        (#"{"content": [{"type": "text", "text": "1"}]}"#, "it gave no structuredContent"),
        (#"{"structuredContent": {}}"#, "the field `n` is missing"),
        (#"{"structuredContent": {"n": 1.5}}"#, "`n`: expected `integer`, found"),
        (#"{"structuredContent": {"n": -1}}"#, "`n`: expected at least 0, found"),
        (#"{"structuredContent": {"n": 1, "m": 2}}"#, "the field `m` has no place there"),
        (#"{"structuredContent": {"n": 1, "kind": "c"}}"#, #"`kind`: expected `"a"` or `"b"`, found"#),
        (
            #"{"structuredContent": {"n": 1, "days": [{"high": 1}, {"high": "hot"}]}}"#,
            "`days[1].high`: expected `number`, found"
        ),
        (#"{"structuredContent": {"n": 1, "next": {"n": "x"}}}"#, "`next`: fits none of the 2 forms"),
        // What failed says why, whatever it was to give.
        (#"{"content": [{"type": "text", "text": "no"}], "isError": true}"#, "no"),
    ])
    func resultsFitTheirSchema(_ result: String, _ words: String?) async throws {
        let schema = """
            {"$ref": "#/$defs/node", "$defs": {"node": {"type": "object", "required": ["n"], "additionalProperties": false,
              "properties": {"n": {"type": "integer", "minimum": 0}, "kind": {"enum": ["a", "b"]},
                "days": {"type": "array", "items": {"type": "object", "properties": {"high": {"type": "number"}}}},
                "next": {"anyOf": [{"$ref": "#/$defs/node"}, {"type": "null"}]}}}}}
            """
        let said = tool("say", [(MCPField.outputSchema, record(schema))])
        let server = try await connect { message in
            message.name == MCPMethod.callTool ? record(result) : usualResult(message, tools: [said])
        }
        let answer = try await server.call("say", MapValue()) { _ in }
        #expect(answer.isError == (words != nil), "\(answer.value)")
        if let words { #expect(answer.value.asText?.contains(words) == true, "\(answer.value)") }
        await server.close()
    }

    /// A schema that leads round, and one beyond all measure, say nothing, and end.
    @Test(arguments: [##"{"$ref": "#"}"##, ##"{"allOf": [{"$ref": "#"}, {"$ref": "#"}]}"##])
    func aSchemaWithoutAnEndEnds(_ schema: String) async throws {
        let said = tool("say", [(MCPField.outputSchema, record(schema))])
        let server = try await connect { message in
            message.name == MCPMethod.callTool
                ? record(#"{"structuredContent": {"n": 1}}"#) : usualResult(message, tools: [said])
        }
        #expect(try await !server.call("say", MapValue()) { _ in }.isError)
        await server.close()
    }

    @Test(arguments: [
        (#"{"content": [{"type": "text", "text": "a"}, {"type": "text", "text": "b"}]}"#, #""a\nb""#, false),
        (#"{"content": []}"#, #""""#, false),
        (
            #"{"content": [{"type": "text", "text": "{}"}], "structuredContent": {"n": 1}}"#, #"{"n":1}"#,
            false
        ),
        (
            #"{"content": [{"type": "text", "text": "no"}], "structuredContent": {"n": 1}, "isError": true}"#,
            #""no""#, true
        ),
        // An error without words is told with what there is.
        (#"{"content": [], "structuredContent": {"why": 1}, "isError": true}"#, #""{\"why\":1}""#, true),
        (#"{"isError": true}"#, #""the tool failed, and its server does not say why""#, true),
        (
            #"{"content": [{"type": "image", "mimeType": "image/png", "data": "aGk="}]}"#,
            #""[an image, image/png, 2 bytes]""#, false
        ),
        (#"{"content": [{"type": "audio", "data": ""}]}"#, #""[a sound, 0 bytes]""#, false),
        (
            #"{"content": [{"type": "resource", "resource": {"uri": "a:b", "text": "inner"}}]}"#, #""inner""#,
            false
        ),
        (
            #"{"content": [{"type": "resource", "resource": {"uri": "a:b", "mimeType": "x/y", "blob": "aGk="}}]}"#,
            #""[a file, a:b, x/y, 2 bytes]""#, false
        ),
        (
            #"{"content": [{"type": "resource_link", "uri": "a:b", "name": "n", "description": "d"}]}"#,
            #""[n, a:b: d]""#, false
        ),
        (
            #"{"content": [{"type": "hologram"}]}"#,
            #""[content of type `hologram`, which cannot be shown]""#, false
        ),
    ])
    func whatACallGivesIsRead(_ result: String, _ value: String, _ isError: Bool) async throws {
        let server = try await connect { $0.name == MCPMethod.callTool ? record(result) : usualResult($0) }
        let answer = try await server.call("say", MapValue()) { _ in }
        #expect(JSON.text(answer.value) == value && answer.isError == isError)
        await server.close()
    }

    @Test(arguments: ["5", "{}", #"{"content": "text"}"#]) func whatIsNoResultIsTold(_ result: String)
        async throws
    {
        let server = try await connect { $0.name == MCPMethod.callTool ? record(result) : usualResult($0) }
        let failure = await #expect(throws: StepFailure.self) {
            try await server.call("say", MapValue()) { _ in }
        }
        #expect(
            failure?.message == "the MCP server `s` answered a call of `say` with what is no result of a tool"
        )
        await server.close()
    }
}
