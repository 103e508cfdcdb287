import AutoRuntime
import AutoServer
import AutoStore
import Foundation
import Testing
import Values

/// A client of the Model Context Protocol that comes by HTTP.
private struct ToolClient {
    let client: Client
    /// What the server said that this client is.
    let session: String

    /// Begins, and checks what the server says.
    init(_ client: Client, canAsk: Bool = false) async throws {
        self.client = client
        let capabilities = canAsk ? #"{"elicitation":{}}"# : "{}"
        let answer = try await ToolClient.post(
            client,
            #"{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-06-18","capabilities":\#(capabilities),"clientInfo":{"name":"test","version":"1"}}}"#
        )
        try #require(answer.status == 200, "\(answer.text)")
        session = try #require(answer.header("Mcp-Session-Id"))
        #expect(answer.json["result"]["serverInfo"]["name"] == .string("autorun"))
        let ready = try await notify("notifications/initialized")
        #expect(ready.status == 202 && ready.text.isEmpty)
    }

    static func post(_ client: Client, _ body: String, headers: [String: String] = [:]) async throws
        -> Answer
    {
        let accept = ["Accept": "application/json, text/event-stream"]
        return try await client.send(
            .post, "/mcp", body, type: "application/json", headers: accept.merging(headers) { $1 })
    }

    func notify(_ method: String) async throws -> Answer {
        try await ToolClient.post(
            client, #"{"jsonrpc":"2.0","method":"\#(method)"}"#, headers: headers)
    }

    var headers: [String: String] {
        ["Mcp-Session-Id": session, "MCP-Protocol-Version": "2025-06-18"]
    }

    /// The answer to a request, wherever in a stream it stands.
    func ask(_ method: String, _ params: String = "{}") async throws -> Value {
        let answer = try await ToolClient.post(
            client, #"{"jsonrpc":"2.0","id":2,"method":"\#(method)","params":\#(params)}"#, headers: headers)
        try #require(answer.status == 200, "\(answer.text)")
        guard answer.json == .null else { return answer.json }
        return try #require(answer.events.map(\.data).first { $0["id"] == .int(2) })
    }

    func call(_ tool: String, _ arguments: String = "{}") async throws -> Value {
        try await ask("tools/call", #"{"name":"\#(tool)","arguments":\#(arguments)}"#)
    }
}

private let sum = """
    automation "Sum"
    description "Adds two numbers."
    input a: int "The first"
    input b: int = 1
    result { sum: int }
    START begin -> add
    DATA_TRANSFORM add -> end { prompt_template { value: { sum: inputs.a + inputs.b } } }
    """

/// Automations as tools at /mcp.
@Suite(.timeLimit(.minutes(1))) struct ToolServerTests {
    @Test func anAutomationIsATool() async throws {
        try await TestServer().run { client in
            _ = try await client.make(sum)
            let tools = try await ToolClient(client)
            let tool = try await tools.ask("tools/list")["result"]["tools"].items.first ?? .null
            #expect(tool["name"] == .string("Sum") && tool["description"] == .string("Adds two numbers."))
            #expect(tool["inputSchema"]["required"] == .list([.string("a")]))
            #expect(tool["inputSchema"]["properties"]["a"]["description"] == .string("The first"))
            #expect(tool["outputSchema"]["properties"]["sum"]["type"] == .string("integer"))
            #expect(tool["annotations"]["readOnlyHint"] == .bool(true))
            let result = try await tools.call("Sum", #"{"a":2}"#)["result"]
            #expect(result["structuredContent"] == .record([("sum", .int(3))]))
            #expect(result["isError"] == .bool(false))
            #expect(result["content"].items.first?["text"] == .string(#"{"sum":3}"#))
        }
    }

    @Test func aTextIsWrapped() async throws {
        try await TestServer().run { client in
            _ = try await client.make(hello)
            let tools = try await ToolClient(client)
            let result = try await tools.call("Hello", #"{"name":"Ada"}"#)["result"]
            #expect(result["structuredContent"] == .record([("result", .string("Hello ADA"))]))
            #expect(result["content"].items.first?["text"] == .string("Hello ADA"))
        }
    }

    @Test func whatDoesNotFitIsRefused() async throws {
        try await TestServer().run { client in
            _ = try await client.make(sum)
            let tools = try await ToolClient(client)
            for arguments in ["{}", #"{"a":"x"}"#, #"{"a":1,"c":2}"#] {
                let result = try await tools.call("Sum", arguments)["result"]
                #expect(result["isError"] == .bool(true), "\(arguments)")
                #expect(result["content"].items.first?["text"].asText?.contains("`") == true)
            }
            let unknown = try await tools.call("Sun")["error"]
            #expect(unknown["message"].asText?.contains("did you mean `Sum`?") == true)
        }
    }

    /// An earlier version of it would not be what the file says.
    @Test func aFileThatDoesNotPassIsNotOffered() async throws {
        let server = TestServer()
        _ = try await server.serve(sum, problem: "line 1: something is wrong (A001)")
        try await server.run { client in
            let tools = try await ToolClient(client)
            #expect(try await tools.ask("tools/list")["result"]["tools"].items.isEmpty)
            #expect(try await tools.call("file", #"{"a":1}"#)["error"]["code"] == .int(-32_602))
        }
        _ = try await server.serve(sum)
        try await server.run { client in
            let tools = try await ToolClient(client)
            let names = try await tools.ask("tools/list")["result"]["tools"].items.map { $0["name"] }
            #expect(names == [.string("file")])
        }
    }

    @Test func whoCannotBeAskedIsToldHowToGoOn() async throws {
        try await TestServer().run { client in
            let automation = try await client.make(ask)
            let tools = try await ToolClient(client)
            let tool = try await tools.ask("tools/list")["result"]["tools"].items.first ?? .null
            #expect(tool["outputSchema"]["anyOf"].items.count == 2)
            let result = try await tools.call("Ask")["result"]
            #expect(result["isError"] == .bool(false))
            let waiting = result["structuredContent"]["waiting"]
            let id = try #require(waiting["session_id"].asText)
            #expect(waiting["questions"].items.first?["message"] == .string("Really?"))
            #expect(waiting["questions"].items.first?["answer_by"].asText?.contains(id) == true)
            let session = "\(automation)/sessions/\(id)"
            let answered = try await client.send(.patch, session + "/user_input", #"{"user_input":"yes"}"#)
            #expect(answered.status == 200, "\(answered.text)")
            #expect(try await client.ended(session)["status"] == .string("FINISHED"))
        }
    }

    @Test func sessionsAreResources() async throws {
        try await TestServer().run { client in
            _ = try await client.make(sum)
            let tools = try await ToolClient(client)
            let result = try await tools.call("Sum", #"{"a":2}"#)["result"]
            let id = try #require(result["_meta"]["autorun/session_id"].asText)
            let address = "autorun://session/" + id
            let listed = try await tools.ask("resources/list")["result"]["resources"].items
            #expect(listed.map { $0["uri"] } == [.string(address)])
            let read = try await tools.ask("resources/read", #"{"uri":"\#(address)"}"#)["result"]["contents"]
            let record = try JSON.parse(try #require(read.items.first?["text"].asText))
            #expect(record["id"] == .string(id) && record["status"] == .string("FINISHED"))
            let none = #"{"uri":"autorun://session/3c90c3cc-0d44-4b50-8888-8dd25736052a"}"#
            #expect(try await tools.ask("resources/read", none)["error"]["code"] == .int(-32_002))
        }
    }

    @Test func aCallThatIsTakenBackEndsItsSession() async throws {
        try await TestServer().run { client in
            let automation = try await client.make(slow)
            let tools = try await ToolClient(client)
            async let call = ToolClient.post(
                client,
                #"{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":"Slow","arguments":{}}}"#,
                headers: tools.headers.merging(["Accept": "text/event-stream"]) { $1 })
            var session = ""
            while session.isEmpty {
                let list = try await client.get(automation + "/sessions?view=summary").json
                session = list.items.first?["id"].asText ?? ""
            }
            _ = try await client.running("\(automation)/sessions/\(session)", "LLM_CALL")
            let cancelled = try await ToolClient.post(
                client,
                #"{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":7}}"#,
                headers: tools.headers)
            #expect(cancelled.status == 202)
            let record = try await client.ended("\(automation)/sessions/\(session)")
            #expect(record["status"] == .string("FAILED") && record["error"] == .string("cancelled"))
            let ended = try await client.send(.delete, "/mcp", headers: tools.headers)
            #expect(ended.status == 204)
            // No answer came: who has taken a call back waits for none.
            #expect(try await call.events.isEmpty)
        }
    }

    @Test func whatIsNoMessageIsRefused() async throws {
        try await TestServer().run { client in
            let tools = try await ToolClient(client)
            for (body, code) in [("{", -32_700), ("[]", -32_600), (#"{"id":1}"#, -32_600)] {
                let answer = try await ToolClient.post(client, body, headers: tools.headers)
                #expect(answer.status == 400, "\(body)")
                #expect(answer.json["error"]["code"] == .int(Int64(code)), "\(body)")
            }
            // Lists of messages are an earlier revision's.
            let list = try await ToolClient.post(
                client, #"[{"jsonrpc":"2.0","id":1,"method":"ping"}]"#, headers: tools.headers)
            #expect(list.status == 400)
        }
    }

    @Test func aClientIsKnownByItsIDAndItsToken() async throws {
        let server = TestServer()
        let reader = server.entry("reader", .read)
        try await server.store.add(reader)
        try await server.run { client in
            _ = try await client.make(sum)
            let tools = try await ToolClient(client)
            let ping = #"{"jsonrpc":"2.0","id":1,"method":"ping"}"#
            #expect(try await ToolClient.post(client, ping).status == 400)
            let unknown = try await ToolClient.post(client, ping, headers: ["Mcp-Session-Id": "no"])
            #expect(unknown.status == 404)
            let other = client.with(token: "reader")
            #expect(try await ToolClient.post(other, ping, headers: tools.headers).status == 404)
            #expect(
                try await ToolClient.post(client.with(token: nil), ping, headers: tools.headers).status == 401
            )
            var revision = tools.headers
            revision["MCP-Protocol-Version"] = "1999-01-01"
            #expect(try await ToolClient.post(client, ping, headers: revision).status == 400)
            // A token that may only look lists the tools and calls none.
            let readerTools = try await ToolClient(other)
            #expect(try await readerTools.ask("tools/list")["result"]["tools"].items.count == 1)
            let call = #"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"Sum"}}"#
            let refused = try await ToolClient.post(other, call, headers: readerTools.headers)
            #expect(refused.status == 403 && refused.text.contains("run"))
            #expect(try await client.send(.delete, "/mcp", headers: tools.headers).status == 204)
            #expect(try await ToolClient.post(client, ping, headers: tools.headers).status == 404)
        }
    }

    @Test(arguments: [
        ("http://evil.example", 403), ("null", 403), ("http://localhost:3000", 200), ("http://[::1]:1", 200),
        ("https://127.0.0.1", 200), ("http://localhost.evil.example", 403),
    ])
    func pagesOfOtherPlacesAreRefused(_ origin: String, _ status: Int) async throws {
        try await TestServer().run { client in
            let tools = try await ToolClient(client)
            let answer = try await ToolClient.post(
                client, #"{"jsonrpc":"2.0","id":1,"method":"ping"}"#,
                headers: tools.headers.merging(["Origin": origin]) { $1 })
            #expect(answer.status == status)
        }
    }

    /// A client whose connection broke names the last event that it has, and is told what came behind that.
    @Test func aStreamGoesOnBehindAnEvent() async throws {
        try await TestServer().run { client in
            _ = try await client.make(sum)
            let tools = try await ToolClient(client)
            func called(_ id: Int) async throws -> Answer {
                try await ToolClient.post(
                    client,
                    #"{"jsonrpc":"2.0","id":\#(id),"method":"tools/call","params":{"name":"Sum","arguments":{"a":\#(id)},"_meta":{"progressToken":\#(id)}}}"#,
                    headers: tools.headers)
            }
            func after(_ event: String) async throws -> Answer {
                let more = ["Accept": "text/event-stream", "Last-Event-ID": event]
                return try await client.get("/mcp", headers: tools.headers.merging(more) { $1 })
            }
            let (first, second) = (try await called(5), try await called(6))
            let events = first.events
            let ids = (events + second.events).map { $0.id ?? "" }
            #expect(Set(ids).count == ids.count && !ids.contains(""), "\(ids)")
            #expect(events.count > 1 && events.last?.data["id"] == .int(5), "\(first.text)")
            // Of its own stream only, whatever other streams there were.
            let again = try await after(ids[0])
            #expect(again.status == 200)
            #expect(again.events.map(\.data) == events.dropFirst().map(\.data), "\(again.text)")
            #expect(again.events.map { $0.id } == events.dropFirst().map { $0.id })
            #expect(try await after(events.last?.id ?? "").events.isEmpty)
            for unknown in ["999-1", "1-99", "x", ""] {
                #expect(try await after(unknown).status == 410, "\(unknown)")
            }
            // Another client's streams are not to be had.
            let other = try await ToolClient(client)
            let foreign = try await client.get(
                "/mcp",
                headers: other.headers.merging(["Accept": "text/event-stream", "Last-Event-ID": ids[0]]) {
                    $1
                })
            #expect(foreign.status == 410)
        }
    }
}
