import AutoChecker
import AutoModels
import AutoRuntime
import StepKinds
import Synchronization
import TestSupport
import Testing
import Values

/// What a provider does not accept is found out once, worked around, remembered, and told.
@Suite(.timeLimit(.minutes(1))) struct WorkaroundTests {
    private let record = DataType.record([DataField("n", .int)], name: "V")

    /// A server that refuses a request as the test says, and else answers.
    private func client(
        _ reply: String, refusing refusal: @escaping @Sendable (MapValue) -> ScriptedAnswer?
    ) -> ScriptedClient {
        ScriptedClient { request, _ throws(StepFailure) in
            let body = (try? JSON.parse(bytes: request.body ?? []))?.asMap ?? MapValue()
            return refusal(body) ?? .said(reply)
        }
    }

    @Test(arguments: [400, 422])
    func aRefusedSchemaLeadsToJSONModeAndThenToThePrompt(status: Int) async throws {
        let client = client(#"{"n": 1}"#) { body in
            body["response_format"] == nil
                ? nil : .error(status, "'response_format' of this type is not supported by this model")
        }
        let models = client.models()
        let notes = Mutex<[String?]>([])
        for _ in 0..<2 {
            var request = question("gpt-x", record)
            request.onCall = { call in notes.withLock { $0.append(call.note) } }
            #expect(try await models.reply(to: request) == #"{"n": 1}"#)
        }
        let formats = client.bodies.map { $0["response_format"]?.asMap?["type"]?.asText }
        #expect(
            formats == ["json_schema", "json_object", nil, nil], "the second question goes straight there")
        let prompts = client.bodies.map { JSON.text($0["messages"] ?? .null).contains("of this shape") }
        #expect(prompts == [false, true, true, true])
        let told = notes.withLock { $0 }
        #expect(
            told.count == 2 && told.allSatisfy { $0?.contains("schema in the prompt alone") == true },
            "\(told)")
    }

    /// Some say it by another status, or behind many other words.
    @Test(arguments: [404, 500, 501, 400])
    func aRefusalMayHaveAnotherStatusAndManyWords(status: Int) async throws {
        let words =
            String(repeating: "No endpoints found. ", count: 30)
            + "None supports the requested parameters (response_format)"
        let client = client(#"{"n": 1}"#) { body in
            body["response_format"] == nil ? nil : .error(status, words)
        }
        #expect(try await client.models().reply(to: question("gpt-x", record)) == #"{"n": 1}"#)
        #expect(client.seen.count == 3)
    }

    @Test func aServerThatIsDownIsNoQuirk() async {
        let client = client("yes") { _ in .error(500, "the upstream role system is not available") }
        _ = await #expect(throws: StepFailure.self) {
            try await client.models().reply(to: question("gpt-x"))
        }
        #expect(client.seen.count == 1)
    }

    @Test func refusedStreamOptionsAreLeftOut() async throws {
        let client = client("yes") { body in
            body["stream_options"] == nil ? nil : .error(400, "Unrecognized request argument: stream_options")
        }
        #expect(try await client.models().reply(to: question("gpt-x")) == "yes")
        #expect(client.bodies.map { $0["stream_options"] == nil } == [false, true])
    }

    @Test func theOtherFieldOfTokensIsTaken() async throws {
        let words =
            "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead."
        let client = client("yes") { $0["max_tokens"] == nil ? nil : .error(400, words) }
        let models = client.models()
        let tokens = ("max_tokens", Value.int(50))
        #expect(try await models.reply(to: question("o3", nil, [tokens])) == "yes")
        #expect(client.bodies.map { $0["max_completion_tokens"] } == [nil, .int(50)])
        #expect(try await models.reply(to: question("o3", nil, [tokens])) == "yes")
        #expect(client.seen.count == 3)
    }

    @Test(arguments: [
        "Your organization must be verified to stream this model.",
        "Unsupported value: 'stream' does not support true",
    ])
    func aReplyIsAskedForInOnePiece(words: String) async throws {
        let client = client("yes") { $0["stream"] == .bool(false) ? nil : .error(400, words) }
        #expect(try await client.models().reply(to: question("gpt-x")) == "yes")
        #expect(client.bodies.map { $0["stream"] } == [.bool(true), .bool(false)])
        #expect(client.bodies.last?["stream_options"] == nil)
    }

    @Test(arguments: [
        "Unsupported value: 'messages[0].role' does not support 'system' with this model.",
        "System role not supported",
    ])
    func systemIsSaidByTheUser(words: String) async throws {
        let client = client("yes") { body in
            JSON.text(body["messages"] ?? .null).contains("system") ? .error(400, words) : nil
        }
        var request = question("gpt-x")
        request.messages.insert(.record([("role", .string("system")), ("content", .string("S"))]), at: 0)
        #expect(try await client.models().reply(to: request) == "yes")
        #expect(
            client.bodies.last?["messages"]
                == .list([.record([("role", .string("user")), ("content", .string("S\n\nU"))])]))
        #expect(client.seen.count == 2)
    }

    @Test func mistralHasAnotherNameForASeed() async throws {
        let client = client("yes") { _ in nil }
        let models = client.models(["MISTRAL_API_KEY": "k"])
        _ = try await models.reply(to: question("mistral-small-latest", nil, [("seed", .int(7))]))
        #expect(client.bodies.first?["random_seed"] == .int(7) && client.bodies.first?["seed"] == nil)
    }

    @Test func whatTheSettingsSayIsNotTriedFirst() async throws {
        let client = client(#"{"n": 1}"#) { _ in nil }
        let settings = ProviderSettings(
            .openai, base: "http://127.0.0.1:9", structured: .prompt, streamOptions: false,
            tokensField: .maxCompletionTokens)
        let models = client.models([:], providers: ["mine": settings])
        _ = try await models.reply(to: question("mine/m", record, [("max_tokens", .int(5))]))
        let body = try #require(client.bodies.first)
        #expect(body["response_format"] == nil && body["stream_options"] == nil)
        #expect(body["max_completion_tokens"] == .int(5) && body["max_tokens"] == nil)
    }

    /// What no workaround mends is told in the server's words, and not asked for ever.
    @Test(arguments: [
        "temperature does not support 0.2 with this model", "Invalid schema for response_format",
        "stream_options is unknown", "use max_completion_tokens",
    ])
    func whatIsRefusedForEverIsTold(words: String) async {
        let client = client("yes") { _ in .error(400, words) }
        let options: [(String, Value)] = [("temperature", .double(0.2)), ("max_tokens", .int(5))]
        let failure = await #expect(throws: StepFailure.self) {
            try await client.models().reply(to: question("gpt-x", record, options))
        }
        #expect(
            failure?.kind == .request && failure?.message.contains(words) == true, "\(failure?.message ?? "")"
        )
        #expect(client.seen.count <= 4)
    }

    /// Too long a prompt names `max_tokens`, too, and no other field would help.
    @Test func aPromptThatIsTooLongIsNoQuirk() async {
        let client = client("yes") { _ in
            .error(
                400,
                "maximum context length is 8 tokens, you requested 9 (8 in the messages, 1 in max_tokens)")
        }
        let failure = await #expect(throws: StepFailure.self) {
            try await client.models().reply(to: question("gpt-x", nil, [("max_tokens", .int(1))]))
        }
        #expect(failure?.kind == .context && client.seen.count == 1)
    }
}

/// What Anthropic's language has another way for, or none.
@Suite(.timeLimit(.minutes(1))) struct AnthropicFieldTests {
    private let reply =
        #"{"content":[{"type":"text","text":"Let me look."},{"type":"tool_use","name":"f","input":{"a":1}}],"stop_reason":"tool_use"}"#

    private func body(_ options: [(String, Value)], _ type: DataType? = nil) async throws -> MapValue {
        let client = SaidClient(reply)
        _ = try await client.models().reply(to: question("claude-x", type, options))
        return try #require(client.seen.first?.asMap)
    }

    @Test func whatItCannotBeToldIsAnError() async {
        let client = SaidClient(reply)
        let failure = await #expect(throws: StepFailure.self) {
            try await client.models().reply(to: question("claude-x", nil, [("seed", .int(1))]))
        }
        #expect(failure?.kind == .field && failure?.message.contains("`seed`") == true && client.seen.isEmpty)
    }

    @Test func reasoningIsABudgetBesideTheReply() async throws {
        let body = try await body(
            [("reasoning", .string("low")), ("max_tokens", .int(100)), ("top_p", .double(0.9))], .int)
        #expect(body["thinking"]?.asMap?["budget_tokens"] == .int(2_048))
        #expect(body["max_tokens"] == .int(2_148) && body["top_p"] == .double(0.9))
        #expect(
            body["tool_choice"]?.asMap?["type"] == .string("auto"),
            "one that thinks cannot be made to use a tool")
    }

    /// Reply and thinking together stay within the model's longest reply, with room for the reply.
    @Test(arguments: [
        ("claude-sonnet-4-5", "high", 64_000, 16_384), ("claude-sonnet-4-5", "xhigh", 64_000, 32_000),
        ("claude-opus-4-1", "xhigh", 32_000, 16_000), ("claude-x", "low", 32_000, 2_048),
    ])
    func thinkingStaysWithinTheLongestReply(
        model: String, reasoning: String, most: Int64, budget: Int64
    ) async throws {
        let client = SaidClient(reply)
        _ = try await client.models().reply(
            to: question(model, nil, [("reasoning", .string(reasoning))]))
        let body = try #require(client.seen.first?.asMap)
        #expect(body["max_tokens"] == .int(most))
        #expect(body["thinking"]?.asMap?["budget_tokens"] == .int(budget))
    }

    @Test func toolsAreToldInTheProvidersForm() async throws {
        let function = Value.record([
            ("name", .string("f")), ("description", .string("d")),
            ("parameters", .record([("type", .string("object"))])),
        ])
        let ofOpenAI = Value.record([("type", .string("function")), ("function", function)])
        let ofAnthropic = Value.record([
            ("name", .string("f")), ("description", .string("d")),
            ("input_schema", .record([("type", .string("object"))])),
        ])
        for form in [function, ofOpenAI, ofAnthropic] {
            let tools = [("tools", Value.list([form]))]
            #expect(try await body(tools)["tools"] == .list([ofAnthropic]))
            let client = SaidClient(#"{"choices":[{"message":{"content":"a"}}]}"#)
            _ = try await client.models().reply(to: question("gpt-x", nil, tools))
            #expect(client.seen.first?.asMap?["tools"] == .list([ofOpenAI]))
        }
    }

    @Test func textBesideCallsIsKept() async throws {
        let given = try await SaidClient(reply).models().reply(to: question("claude-x"))
        #expect(given.text == "Let me look.")
        #expect(given.calls.map(\.name) == ["f"] && given.calls.first?.value == .record([("a", .int(1))]))
    }
}
