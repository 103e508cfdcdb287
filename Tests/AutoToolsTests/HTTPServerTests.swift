import AutoRuntime
import AutoTools
import MCP
import StepKinds
import Synchronization
import Testing
import Values

/// Servers at a url, in both transports that there have been.
@Suite(.timeLimit(.minutes(1))) struct HTTPServerTests {
    private let url = "https://tools.example/mcp"
    private let secrets = ["authorization": "Bearer sesame-open-123"]

    private func connect(_ server: ScriptedServer) async throws -> any ToolServer {
        let clock = PatientClock(skipped: [25])
        let servers = MCPToolServers(client: server, clock: clock, folder: nil) { _ in nil }
        return try await servers.connect(
            ToolServerAddress(name: "the MCP server `s`", place: .url(url), headers: secrets))
    }

    private func say(_ server: any ToolServer) async throws -> ToolAnswer {
        try await server.call("say", MapValue()) { _ in }
    }

    private func event(_ value: Value, id: String? = nil) -> String {
        (id.map { "id: \($0)\n" } ?? "") + "event: message\ndata: " + JSON.text(value) + "\n\n"
    }

    /// Answers each message as usual; GET has no stream here.
    private func usual(_ asked: ScriptedServer.Asked, session: String? = nil) -> ScriptedServer.Answer {
        guard asked.method == "POST", let message = asked.message else { return .status(405) }
        guard case .request = message else { return .status(202) }
        let headers =
            message.name == MCPMethod.initialize ? session.map { [("mcp-session-id", $0)] } ?? [] : []
        return .json(message.answered(usualResult(message)), headers: headers)
    }

    @Test func aSessionIsBegunUsedAndEnded() async throws {
        let scripted = ScriptedServer { usual($0, session: "abc") }
        let server = try await connect(scripted)
        #expect(server.tools.map(\.name) == ["say"])
        let answer = try await say(server)
        #expect(answer == ToolAnswer(value: .string("say"), isError: false))
        await server.close()
        let posts = scripted.asked.filter { $0.method == "POST" }
        #expect(
            posts.map { $0.message?.name } == [
                MCPMethod.initialize, MCPNotification.initialized, MCPMethod.listTools, MCPMethod.callTool,
            ])
        #expect(posts.allSatisfy { $0.headers["authorization"] == "Bearer sesame-open-123" && $0.url == url })
        #expect(posts.allSatisfy { $0.headers["accept"] == "application/json, text/event-stream" })
        #expect(
            posts.first?.headers["mcp-session-id"] == nil
                && posts.first?.headers["mcp-protocol-version"] == nil)
        for later in scripted.asked.dropFirst() {
            #expect(
                later.headers["mcp-session-id"] == "abc"
                    && later.headers["mcp-protocol-version"] == ProtocolRevision.newest.rawValue)
        }
        #expect(scripted.asked.last?.method == "DELETE")
        // `allow_private` of a server stands in the settings.
        #expect(scripted.asked.allSatisfy { $0.allowsPrivateBy.contains("[mcp.NAME] of autorun.toml") })
    }

    /// An older server is told its own revision by no header, and one without a session hears no farewell.
    @Test func anOlderRevisionIsSpoken() async throws {
        let scripted = ScriptedServer { asked in
            guard let message = asked.message, case .request = message else { return .status(202) }
            return .json(message.answered(usualResult(message, revision: .march2025)))
        }
        let server = try await connect(scripted)
        _ = try await say(server)
        await server.close()
        #expect(scripted.asked.allSatisfy { $0.headers["mcp-protocol-version"] == nil })
        #expect(!scripted.words.contains("DELETE"))
    }

    @Test func anAnswerMayBeAStream() async throws {
        let scripted = ScriptedServer { asked in
            guard asked.message?.name == MCPMethod.callTool, let message = asked.message,
                case .request(_, _, let params) = message
            else { return usual(asked) }
            let token = params[MCPField.meta]?.asMap?[MCPField.progressToken] ?? .null
            let progress = RPCMessage.notification(
                method: MCPNotification.progress,
                params: MapValue(record: [
                    (MCPField.progressToken, token), (MCPField.progress, .int(1)), (MCPField.total, .int(2)),
                ]))
            let log = RPCMessage.notification(method: MCPNotification.message, params: MapValue())
            let text =
                ": hello\n\n" + event(log.value) + event(progress.value)
                + event(message.answered(usualResult(message)))
            return .stream(text.map(String.init))
        }
        let server = try await connect(scripted)
        let heard = Mutex<[String]>([])
        let answer = try await server.call("say", MapValue()) { words in heard.withLock { $0.append(words) } }
        #expect(answer.value == .string("say") && heard.withLock { $0 } == ["1 of 2"])
        await server.close()
    }

    /// A stream that breaks before the answer is asked to go on from its last event, as often as it takes.
    @Test func aBrokenStreamGoesOn() async throws {
        let scripted = ScriptedServer { asked in
            if asked.method == "GET" {
                switch asked.headers["last-event-id"] {
                case "1": return .stream(["id: 2\nretry: 25\ndata:\n\n"])
                case "2":
                    let answer = RPCMessage.response(
                        id: .number(3),
                        result: usualResult(
                            .request(id: .number(3), method: MCPMethod.callTool, params: MapValue())))
                    return .stream([event(answer.value, id: "3")])
                default: return .status(405)
                }
            }
            guard asked.message?.name == MCPMethod.callTool else { return usual(asked) }
            return .stream(["id: 1\nretry: 25\ndata:\n\n"], breaks: true)
        }
        let server = try await connect(scripted)
        let answer = try await say(server)
        #expect(!answer.isError)
        #expect(scripted.asked.compactMap { $0.headers["last-event-id"] } == ["1", "2"])
        await server.close()
    }

    @Test(arguments: [false, true]) func aStreamThatEndsTooEarlyIsLost(_ breaks: Bool) async throws {
        let scripted = ScriptedServer { asked in
            guard asked.message?.name == MCPMethod.callTool else { return usual(asked) }
            return .stream(["data: {\"jsonrpc\":\"2.0\""], breaks: breaks)
        }
        let server = try await connect(scripted)
        let failure = await #expect(throws: StepFailure.self) { try await say(server) }
        let words =
            breaks
            ? "the MCP server `s`: the connection broke"
            : "the MCP server `s` ended its answer before the answer was whole"
        #expect(failure?.message == words)
        // The tool may have done its work.
        #expect(failure?.isRetryable == false)
        await server.close()
    }

    /// A list that cannot be read takes nothing away from the call before; the next call tells it.
    @Test func aListThatCannotBeReadIsToldByTheNextCall() async throws {
        let lists = Mutex(0)
        let scripted = ScriptedServer { asked in
            guard let message = asked.message else { return usual(asked) }
            if message.name == MCPMethod.listTools,
                lists.withLock({
                    $0 += 1
                    return $0 > 1
                })
            {
                return .json(message.answered(.record([(MCPField.tools, .string("none"))])))
            }
            guard message.name == MCPMethod.callTool else { return usual(asked) }
            let change = RPCMessage.notification(method: MCPNotification.toolsChanged, params: MapValue())
            return .stream([event(change.value), event(message.answered(usualResult(message)))])
        }
        let server = try await connect(scripted)
        let answer = try await say(server)
        #expect(answer.value == .string("say"))
        let failure = await #expect(throws: StepFailure.self) { try await say(server) }
        #expect(
            failure?.message
                == "the MCP server `s` tells its tools in a form that is none: `tools` is no list")
        await server.close()
    }

    /// A session that the server does not know any more is begun anew, once.
    @Test(arguments: [1, 5]) func anExpiredSessionBeginsAnew(_ times: Int) async throws {
        let left = Mutex(times)
        let sessions = Mutex(0)
        let scripted = ScriptedServer { asked in
            if asked.message?.name == MCPMethod.initialize {
                return usual(
                    asked,
                    session: sessions.withLock {
                        $0 += 1
                        return "s\($0)"
                    })
            }
            let isLost =
                asked.message?.name == MCPMethod.callTool
                && left.withLock {
                    $0 -= 1
                    return $0 >= 0
                }
            return isLost ? .status(404, "Session not found") : usual(asked)
        }
        let server = try await connect(scripted)
        if times == 1 {
            #expect(try await say(server).value == .string("say"))
            #expect(scripted.asked.last { $0.message != nil }?.headers["mcp-session-id"] == "s2")
        } else {
            let failure = await #expect(throws: StepFailure.self) { try await say(server) }
            #expect(failure?.message.contains("answered 404") == true, "\(failure?.message ?? "")")
        }
        #expect(scripted.words.count { $0 == "POST initialize" } == 2)
        await server.close()
    }

    /// Cancelled, a call is taken back with the server, and its request goes no further.
    @Test func aCallIsTakenBack() async throws {
        let (begun, says) = AsyncStream<Void>.makeStream()
        let (taken, tells) = AsyncStream<RPCMessage>.makeStream()
        let scripted = ScriptedServer { asked in
            if asked.message?.name == MCPNotification.cancelled, let message = asked.message {
                tells.yield(message)
            }
            guard asked.message?.name == MCPMethod.callTool else { return usual(asked) }
            return .open { _ in says.finish() }
        }
        let server = try await connect(scripted)
        let task = Task { try await say(server) }
        for await _ in begun {}
        task.cancel()
        let failure = await #expect(throws: StepFailure.self) { try await task.value }
        #expect(failure?.kind == .cancelled)
        for await message in taken {
            guard case .notification(_, let params) = message else { return #expect(Bool(false)) }
            #expect(params[MCPField.requestID] == .int(3))
            break
        }
        await server.close()
    }

    /// What the server says by itself comes on a stream of its own.
    @Test func aChangeOfTheToolsIsHeard() async throws {
        let isMore = Mutex(false)
        let (sender, says) = AsyncStream<@Sendable (String) -> Void>.makeStream()
        let (listed, tells) = AsyncStream<Void>.makeStream()
        let scripted = ScriptedServer { asked in
            if asked.method == "GET" { return .open { says.yield($0) } }
            guard asked.message?.name == MCPMethod.listTools, let message = asked.message else {
                return usual(asked)
            }
            let tools = isMore.withLock { $0 } ? [tool("say"), tool("more")] : [tool("say")]
            defer { if tools.count > 1 { tells.finish() } }
            return .json(message.answered(usualResult(message, tools: tools)))
        }
        let server = try await connect(scripted)
        for await send in sender {
            isMore.withLock { $0 = true }
            send(
                event(RPCMessage.notification(method: MCPNotification.toolsChanged, params: MapValue()).value)
            )
            break
        }
        for await _ in listed {}
        // A call waits for the list that is being read.
        _ = try await say(server)
        #expect(server.tools.map(\.name) == ["say", "more"])
        await server.close()
    }

    // Refusals.

    @Test(arguments: [
        (401, "{\"error\":\"invalid_token\"}", FailureKind.refused, "refuses the key (401)"),
        (403, "", .refused, "refuses the key (403)"),
        (500, "<html>", .status, "answered 500"),
        (429, "slowly", .rateLimited, "is asked too often: slowly"),
        (
            400,
            "{\"jsonrpc\":\"2.0\",\"id\":1,\"error\":{\"code\":-32000,\"message\":\"sesame-open-123 is bad\"}}",
            .status,
            "answered 400: [secret authorization] is bad"
        ),
    ])
    func aRefusalIsTold(_ status: Int, _ body: String, _ kind: FailureKind, _ words: String) async throws {
        let scripted = ScriptedServer { _ in .status(status, body) }
        let failure = await #expect(throws: StepFailure.self) { try await connect(scripted) }
        #expect(failure?.kind == kind)
        #expect(
            failure?.message.hasPrefix("the MCP server `s` \(words)") == true, "\(failure?.message ?? "")")
    }

    /// Who has to sign in elsewhere is told where the key goes.
    @Test(arguments: [
        (
            "Bearer resource_metadata=\"https://a.example/.well-known/oauth-protected-resource\"",
            "an access token of it"
        ),
        ("Basic realm=\"x\"", "\"Basic ${MY_TOKEN}\""), ("Bearer", "put its key into a variable"),
    ])
    func aServerThatWantsAKeySaysWhereItGoes(_ challenge: String, _ words: String) async throws {
        let scripted = ScriptedServer { _ in .status(401, "", headers: [("www-authenticate", challenge)]) }
        let failure = await #expect(throws: StepFailure.self) { try await connect(scripted) }
        let message = failure?.message ?? ""
        #expect(message.contains(words), "\(message)")
        #expect(message.contains("under [mcp.NAME] in autorun.toml"), "\(message)")
    }

    @Test func whatTakesARequestAndGivesNothingIsTold() async throws {
        let scripted = ScriptedServer { _ in .status(202) }
        let failure = await #expect(throws: StepFailure.self) { try await connect(scripted) }
        #expect(failure?.message == "the MCP server `s` ended its answer before the answer was whole")
    }

    /// A page of a website, say.
    @Test func whatIsNoSuchServerIsTold() async throws {
        let scripted = ScriptedServer { _ in .json(.string("hello")) }
        let failure = await #expect(throws: StepFailure.self) { try await connect(scripted) }
        #expect(failure?.message.contains("sent what is no message: a message is an object") == true)
    }

    // The transport of the first revision.

    private func older(_ endpoint: String) -> ScriptedServer {
        let sender = Mutex<(@Sendable (String) -> Void)?>(nil)
        return ScriptedServer { asked in
            if asked.method == "GET" {
                return .open { send in
                    sender.withLock { $0 = send }
                    send("event: endpoint\ndata: \(endpoint)\n\n")
                }
            }
            guard asked.url != url, let message = asked.message else { return .status(405) }
            if case .request = message {
                let answer = message.answered(usualResult(message, revision: .november2024))
                sender.withLock { $0 }?(event(answer))
            }
            return .status(202)
        }
    }

    @Test func aServerOfTheFirstRevisionIsSpokenWith() async throws {
        let scripted = older("/messages?session=5")
        let server = try await connect(scripted)
        let answer = try await say(server)
        #expect(answer.value == .string("say"))
        await server.close()
        #expect(scripted.words.prefix(2) == ["POST initialize", "GET"])
        #expect(
            scripted.asked.dropFirst(2).allSatisfy { $0.url == "https://tools.example/messages?session=5" })
    }

    /// The keys of this server are for this server.
    @Test(arguments: [
        "https://other.example/messages", "//other.example/", "http://tools.example/messages", "data:x",
    ])
    func itsMessagesGoToNoOtherServer(_ endpoint: String) async throws {
        let scripted = older(endpoint)
        let failure = await #expect(throws: StepFailure.self) { try await connect(scripted) }
        #expect(failure != nil && scripted.asked.allSatisfy { $0.url == url })
    }

    /// Where neither transport is there, the first refusal is told.
    @Test func theFirstRefusalIsTold() async throws {
        let scripted = ScriptedServer { asked in .status(asked.method == "POST" ? 404 : 405) }
        let failure = await #expect(throws: StepFailure.self) { try await connect(scripted) }
        #expect(failure?.message == "the MCP server `s` answered 404: nothing is at its url")
    }
}
