import AutoChecker
import AutoModels
import AutoRuntime
import StepKinds
import Synchronization
import TestSupport
import Testing
import Values

/// What newer models refuse: another form of the same is found once and told; what the step itself says is an
/// error in words, since nothing written is left out.
@Suite(.timeLimit(.minutes(1))) struct RefusedFieldTests {
    private let record = DataType.record([DataField("n", .int)], name: "V")

    /// A server of Anthropic's language that refuses a request as the test says, and else answers with a
    /// text.
    private func client(
        _ reply: String = "yes", refusing refusal: @escaping @Sendable (MapValue) -> String?
    ) -> ScriptedClient {
        ScriptedClient { request, _ throws(StepFailure) in
            let body = (try? JSON.parse(bytes: request.body ?? []))?.asMap ?? MapValue()
            if let words = refusal(body) { return .error(400, words) }
            let text = Value.record([("type", .string("text")), ("text", .string(reply))])
            return ScriptedAnswer(
                body: JSON.text(
                    .record([
                        ("type", .string("message")), ("content", .list([text])),
                        ("stop_reason", .string("end_turn")),
                    ])))
        }
    }

    @Test func thinkingIsAskedForByItsEffort() async throws {
        let client = client { body in
            body["thinking"]?.asMap?["budget_tokens"] == nil
                ? nil
                : #""thinking.type.enabled" is not supported for this model. Use "thinking.type.adaptive" and "output_config.effort"."#
        }
        let models = client.models()
        let notes = Mutex<[String?]>([])
        for word in ["high", "minimal"] {
            var request = question("claude-x", nil, [("reasoning", .string(word))])
            request.onCall = { call in notes.withLock { $0.append(call.note) } }
            #expect(try await models.reply(to: request) == "yes")
        }
        let efforts = client.bodies.map { $0["output_config"]?.asMap?["effort"] }
        #expect(efforts == [nil, .string("high"), .string("low")], "the second question goes straight there")
        #expect(client.bodies.last?["thinking"] == .record([("type", .string("adaptive"))]))
        #expect(notes.withLock { $0 }.allSatisfy { $0?.contains("by its effort") == true })
    }

    /// Newer models think where nothing is said, so that `none` is said.
    @Test func noThinkingIsSaid() async throws {
        let client = client { _ in nil }
        let models = client.models()
        _ = try await models.reply(to: question("claude-x", nil, [("reasoning", .string("none"))]))
        _ = try await models.reply(to: question("claude-x"))
        #expect(client.bodies.map { $0["thinking"] } == [.record([("type", .string("disabled"))]), nil])
    }

    @Test(arguments: [
        ("max_tokens: 32000 > 8192, which is the maximum allowed number of output tokens", Int64(8_192)),
        ("input length and `max_tokens` exceed context limit: 190000 + 32000 > 200000", 10_000),
    ])
    func aReplyIsAskedForAsLongAsTheServerGivesIt(words: String, most: Int64) async throws {
        let client = client { body in (body["max_tokens"]?.asInt ?? 0) > Int(most) ? words : nil }
        let models = client.models()
        for _ in 0..<2 { #expect(try await models.reply(to: question("claude-x")) == "yes") }
        #expect(client.bodies.map { $0["max_tokens"] } == [.int(32_000), .int(most), .int(most)])
    }

    @Test func aWrittenLengthIsNotChanged() async {
        let client = client { _ in "max_tokens: 9000 > 8192, which is the maximum allowed" }
        let failure = await #expect(throws: StepFailure.self) {
            try await client.models().reply(to: question("claude-x", nil, [("max_tokens", .int(9_000))]))
        }
        #expect(failure?.kind == .request && client.seen.count == 1)
    }

    @Test func aToolThatCannotBeForcedIsLeftToTheModel() async throws {
        let client = client(#"{"n": 1}"#) { body in
            body["tool_choice"]?.asMap?["type"] == .string("auto")
                ? nil : "tool_choice: forcing a tool is not supported by this model"
        }
        #expect(try await client.models().reply(to: question("claude-x", record)) == #"{"n": 1}"#)
        #expect(client.seen.count == 2)
    }

    /// Anthropic's language has no JSON mode, and tools cannot be told in words there.
    @Test func whatAnthropicCannotBeAskedOtherwiseIsTold() async throws {
        let schema = client(#"{"n": 1}"#) { $0["tools"] == nil ? nil : "input_schema is not supported" }
        #expect(try await schema.models().reply(to: question("claude-x", record)) == #"{"n": 1}"#)
        #expect(schema.seen.count == 2)
        let tools = client { _ in "tools are not supported by this model" }
        let offered = Value.list([.record([("name", .string("f")), ("parameters", .record([]))])])
        let failure = await #expect(throws: StepFailure.self) {
            try await tools.models().reply(to: question("claude-x", nil, [("tools", offered)]))
        }
        #expect(failure?.kind == .request && tools.seen.count == 1)
    }

    @Test(arguments: [
        ("Unsupported value: 'temperature' does not support 0 with this model.", "leave `temperature` out"),
        ("`temperature` and `top_p` cannot both be specified", "leave `temperature` or `top_p` out"),
        ("Unsupported value: 'reasoning_effort' does not support 'minimal'", "leave `reasoning` out"),
        ("Unknown parameter: 'min_p'.", "leave `min_p` out"),
    ])
    func whatTheStepSaysIsAnErrorWithItsMend(words: String, mend: String) async {
        let client = client { _ in words }
        let options: [(String, Value)] = [
            ("temperature", .int(0)), ("top_p", .double(0.5)), ("reasoning", .string("minimal")),
            ("extra", .record([("min_p", .double(0.1))])),
        ]
        for model in ["claude-x", "gpt-x"] {
            let failure = await #expect(throws: StepFailure.self) {
                try await client.models().reply(to: question(model, nil, options))
            }
            let message = failure?.message ?? ""
            #expect(message.contains(words) && message.contains(mend), "\(message)")
        }
        #expect(client.seen.count == 2)
    }

    /// Words that name no field of the step have no such mend.
    @Test(arguments: ["Unknown parameter: 'seed'.", "temperature of the prompt is fine"])
    func otherWordsStayAlone(words: String) async {
        let client = client { _ in words }
        let failure = await #expect(throws: StepFailure.self) {
            try await client.models().reply(to: question("gpt-x", nil, [("temperature", .int(0))]))
        }
        #expect(failure?.message.contains("leave") == false)
    }

    @Test(arguments: [
        "Conversation roles must alternate user/assistant/user/assistant/...",
        "Only user and assistant roles are supported!",
    ])
    func aTemplateOfTwoRolesIsToldBySystemlessMessages(words: String) async throws {
        let client = ScriptedClient { request, _ throws(StepFailure) in
            let text = String(decoding: request.body ?? [], as: UTF8.self)
            return text.contains(#""system""#) ? .error(400, words) : .said("yes")
        }
        var request = question("gpt-x")
        request.messages.insert(.record([("role", .string("system")), ("content", .string("S"))]), at: 0)
        #expect(try await client.models().reply(to: request) == "yes")
        #expect(client.seen.count == 2)
    }
}
