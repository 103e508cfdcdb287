import AutoChecker
import AutoModels
import AutoNet
import AutoRuntime
import StepKinds
import Synchronization
import TestSupport
import Testing
import Values

private func openAIStream(_ parts: [String], end: Bool = true) -> [String] {
    parts.map { "data: {\"choices\":[{\"delta\":{\"content\":\(JSON.text(.string($0)))}}]}\n\n" }
        + (end
            ? ["data: {\"choices\":[{\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n", "data: [DONE]\n\n"]
            : [])
}

@Suite(.timeLimit(.minutes(1))) struct ModelTests {
    private func ask(
        _ server: TestServer, model: String, type: DataType? = nil,
        onText: @escaping @Sendable (String) -> Void = { _ in }
    ) async throws -> Value {
        let client = OutsideClient(clock: FixedClock(time: 0))
        let settings = ModelSettings(
            environment: [
                "OPENAI_BASE_URL": server.url + "/v1", "OPENAI_API_KEY": "k",
                "ANTHROPIC_BASE_URL": server.url, "ANTHROPIC_API_KEY": "k",
            ], defaultModel: nil)
        let models = Models(
            settings: settings, client: client, builtin: NoModel(), clock: FixedClock(time: 0))
        let messages: [Value] = [
            .record([("role", .string("system")), ("content", .string("S"))]),
            .record([("role", .string("user")), ("content", .string("U"))]),
        ]
        do {
            let value = try await structuredReply(
                models, ModelRequest(model: model, messages: messages, resultType: type, onText: onText))
            await client.shutDown()
            return value
        } catch {
            await client.shutDown()
            throw error
        }
    }

    @Test func openAIStreams() async throws {
        let server = try await TestServer { _, _ in
            ServerAnswer(
                headers: [("content-type", "text/event-stream")], pieces: openAIStream(["Hel", "lo ä"]))
        }
        let heard = Mutex("")
        let value = try await ask(server, model: "gpt-x") { text in heard.withLock { $0 += text } }
        try await server.stop()
        #expect(value == .string("Hello ä"))
        #expect(heard.withLock { $0 } == "Hello ä")
        let seen = try #require(server.seen.first)
        #expect(seen.path == "/v1/chat/completions" && seen[header: "authorization"] == "Bearer k")
        #expect(try JSON.parse(seen.body).asMap?["model"] == .string("gpt-x"))
    }

    @Test func structuredRepliesAreMendedOrAskedAgain() async throws {
        let type = DataType.record([DataField("kind", .oneOf(["a", "b"])), DataField("n", .int)], name: "V")
        let server = try await TestServer { _, count in
            ServerAnswer(
                pieces: openAIStream([
                    count == 1 ? "{\"kind\": \"c\", \"n\": 1}" : "Here: {kind: 'b', n: 2.0,}"
                ]))
        }
        let value = try await ask(server, model: "gpt-x", type: type)
        try await server.stop()
        #expect(JSON.text(value) == "{\"kind\":\"b\",\"n\":2}")
        #expect(server.seen.count == 2)
        #expect(
            server.seen[0].body.contains("\"json_schema\"")
                && server.seen[1].body.contains("`kind`: expected one_of"))
    }

    @Test func threeMisfitsFail() async throws {
        let server = try await TestServer { _, _ in ServerAnswer(pieces: openAIStream(["no"])) }
        let failure = await #expect(throws: StepFailure.self) {
            try await ask(server, model: "gpt-x", type: .int)
        }
        try await server.stop()
        #expect(failure?.kind == .result && server.seen.count == 3)
    }

    @Test(arguments: [
        (401, "{\"error\":{\"message\":\"bad key\"}}", "refused"),
        (429, "{\"error\":{\"message\":\"slow down\"}}", "rate_limited"),
        (400, "{\"error\":{\"code\":\"context_length_exceeded\",\"message\":\"too long\"}}", "context"),
        (503, "oops", "status"), (404, "{}", "model"),
    ])
    func openAIErrors(status: Int, body: String, kind: String) async throws {
        let server = try await TestServer { _, _ in
            ServerAnswer(status, headers: [("retry-after", "7")], pieces: [body])
        }
        let failure = await #expect(throws: StepFailure.self) { try await ask(server, model: "gpt-x") }
        try await server.stop()
        #expect(failure?.kind.word == kind)
        #expect(failure?.retryAfter == (status == 429 || status == 503 ? 7 : nil))
    }

    @Test func brokenStreamsAreTold() async throws {
        let cut = try await TestServer { _, _ in ServerAnswer(pieces: openAIStream(["half"], end: false)) }
        let first = await #expect(throws: StepFailure.self) { try await ask(cut, model: "gpt-x") }
        #expect(first?.message.contains("cut off") == true && first?.isRetryable == true)
        let torn = try await TestServer { _, _ in
            ServerAnswer(pieces: openAIStream(["half"], end: false), cut: true)
        }
        let second = await #expect(throws: StepFailure.self) { try await ask(torn, model: "gpt-x") }
        #expect(second?.isRetryable == true)
        let garbled = try await TestServer { _, _ in ServerAnswer(pieces: ["data: {nope\n\n"]) }
        let third = await #expect(throws: StepFailure.self) { try await ask(garbled, model: "gpt-x") }
        #expect(third?.message.contains("no JSON") == true)
        for server in [cut, torn, garbled] { try await server.stop() }
    }

    @Test func anthropicStreams() async throws {
        let server = try await TestServer { request, _ in
            let events =
                request.body.contains("tool_choice")
                ? [
                    "{\"type\":\"content_block_start\",\"content_block\":{\"type\":\"tool_use\",\"name\":\"result\"}}",
                    "{\"type\":\"content_block_delta\",\"delta\":{\"type\":\"input_json_delta\",\"partial_json\":\"{\\\"value\\\": \"}}",
                    "{\"type\":\"content_block_delta\",\"delta\":{\"type\":\"input_json_delta\",\"partial_json\":\"[1, 2]}\"}}",
                ] : ["{\"type\":\"content_block_delta\",\"delta\":{\"type\":\"text_delta\",\"text\":\"Hi\"}}"]
            return ServerAnswer(
                pieces: (events + ["{\"type\":\"message_stop\"}"]).map { "event: x\ndata: \($0)\n\n" })
        }
        #expect(try await ask(server, model: "claude-x") == .string("Hi"))
        #expect(
            try await ask(server, model: "anthropic/claude-x", type: .list(.int))
                == .list([.int(1), .int(2)]))
        try await server.stop()
        let body = try #require(JSON.parse(server.seen[0].body).asMap)
        #expect(body["system"] == .string("S") && body["max_tokens"] == .int(32_000))
        #expect(server.seen[0][header: "x-api-key"] == "k")
    }

    @Test func withoutAKeyTheMendIsSaid() async throws {
        // No Ollama runs on this machine either.
        let machine = ScriptedClient { _, _ throws(StepFailure) in
            throw StepFailure(.network, "nobody listens there")
        }
        let models = machine.models([:])
        let failure = await #expect(throws: StepFailure.self) {
            try await models.reply(to: ModelRequest(model: "gpt-x", messages: []))
        }
        #expect(failure?.kind == .noKey && failure?.message.contains("OPENAI_API_KEY") == true)
        let builtin = await #expect(throws: StepFailure.self) {
            try await models.reply(to: ModelRequest(model: "default", messages: []))
        }
        #expect(builtin?.message == "builtin was asked")
    }
}
