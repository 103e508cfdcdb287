import AutoChecker
import AutoModels
import AutoRuntime
import StepKinds
import Synchronization
import Testing
import Values

/// A provider that gives one reply after the other, and the last one for ever.
final class ScriptedModel: ModelProvider {
    private let replies: [String]
    private let count = Mutex(0)

    init(_ replies: [String]) { self.replies = replies }

    /// The messages of the last question.
    private let seen = Mutex<[Value]>([])

    var lastMessages: [Value] { seen.withLock { $0 } }

    /// How often it was asked.
    var asked: Int { count.withLock { $0 } }

    func identity(of model: String) -> String { "scripted" }

    func reply(to request: ModelRequest) async throws(StepFailure) -> ModelReply {
        let place = count.withLock { count in
            count += 1
            return count - 1
        }
        request.onCall(
            ModelCall(provider: "scripted", model: request.model, tokens: .init(input: 1, output: 1)))
        seen.withLock { $0 = request.messages }
        return ModelReply(replies[min(place, replies.count - 1)])
    }
}

/// Which value of its type a model's reply is taken for.
@Suite(.timeLimit(.minutes(1))) struct TypedReplyTests {
    private static let verdict = DataType.record(
        [DataField("kind", .oneOf(["a", "b"])), DataField("n", .int, isOptional: true)], name: "Verdict")

    /// The JSON of the value, and how often the model was asked.
    private func value(_ replies: [String], _ type: DataType) async throws -> (json: String, asked: Int) {
        let model = ScriptedModel(replies)
        let request = ModelRequest(model: "m", messages: [], resultType: type)
        return (JSON.text(try await structuredReply(model, request)), model.asked)
    }

    @Test(arguments: [
        (#"{"kind": "a"}"#, #"{"kind":"a"}"#),
        (#"For example {"kind": "a", "n": 1000000000}. The answer: {"kind": "b"}"#, #"{"kind":"b"}"#),
        (
            "Draft:\n```json\n{\"kind\": \"a\", \"n\": 1}\n```\nFinal:\n```json\n{\"kind\": \"b\"}\n```\n",
            #"{"kind":"b"}"#
        ),
        ("```json\n{\"kind\": \"b\"}\n```\nSee {x: 1}.", #"{"kind":"b"}"#),
        ("It is {kind: 'b', n: 2.0,} as in [1].", #"{"kind":"b","n":2}"#),
    ])
    func theAnswerIsTakenAndNotTheLargestValue(reply: String, expected: String) async throws {
        let (json, asked) = try await value([reply], Self.verdict)
        #expect(json == expected && asked == 1)
    }

    @Test(arguments: [
        #"{"kind": "a", "n": 1"#,
        #"For example {"kind": "a"}. The answer: {"kind": "c"}"#,
        #"{"kind": "a" and then words"#,
    ])
    func whatIsCutOrDoesNotFitIsAskedForAgain(reply: String) async throws {
        let (json, asked) = try await value([reply, #"{"kind": "b"}"#], Self.verdict)
        #expect(json == #"{"kind":"b"}"# && asked == 2)
    }

    @Test(arguments: [
        (#"{"a": 1}"#, #"{"a":1}"#), ("[1, 2]", "[1,2]"), (#""yes""#, #""yes""#),
        ("Here:\n[1, 2]\nDone.", "[1,2]"), ("```\n[3]\n```", "[3]"), (#"Here: {"a": 1}"#, #"{"a":1}"#),
    ])
    func jsonIsTaken(reply: String, expected: String) async throws {
        let (json, asked) = try await value([reply], .json)
        #expect(json == expected && asked == 1)
    }

    @Test(arguments: [
        "I'm sorry, I cannot help with that.", "As the source says [1], no.", "", "{\"a\": \"cut o",
    ])
    func proseIsNoJSON(reply: String) async throws {
        let (json, asked) = try await value([reply, "{}"], .json)
        #expect(json == "{}" && asked == 2)
        let failure = await #expect(throws: StepFailure.self) { try await value([reply], .json) }
        #expect(failure?.kind == .result && failure?.message.contains("JSON") == true)
    }

    private static let labels = ["bug", "bug report", "billing", "other"]

    @Test(arguments: [
        ("bug", "bug"), ("Bug", "bug"), (#""Bug""#, "bug"), ("**bug**", "bug"), ("`bug`.", "bug"),
        ("The label is: bug", "bug"), ("The label is **Bug**, since it crashes.", "bug"),
        ("Label: bug. It crashes.", "bug"), ("bug\n\nIt crashes.", "bug"), (#"{"label": "bug"}"#, "bug"),
        (#"{"label": "Bug", "confidence": 0.9, "reason": "It crashes."}"#, "bug"),
        ("```json\n{\"label\": \"billing\"}\n```", "billing"), ("It is a bug report.", "bug report"),
    ])
    func labelsAreFound(reply: String, expected: String) async throws {
        let (json, asked) = try await value([reply], .oneOf(Self.labels))
        #expect(json == JSON.text(.string(expected)) && asked == 1)
    }

    @Test(arguments: [
        "bug or billing", "It is a bug, and billing has to know.", "It is not a bug.", "This isn't a bug",
        "Debugging", "nothing", #"{"first": "bug", "second": "billing"}"#,
        #"{"label": "crash", "reason": "much like a \"bug\""}"#,
        "A bug makes an application misbehave, as here",
    ])
    func whatNamesNoLabelOrTwoIsAskedForAgain(reply: String) async throws {
        let (json, asked) = try await value([reply, "other"], .oneOf(Self.labels))
        #expect(json == #""other""# && asked == 2)
    }

    /// One question is told of for each reply, with the reply where it was not just the value.
    @Test func rawRepliesGoWithTheirQuestions() async throws {
        for (replies, raw) in [
            ([#"{"kind": "a"}"#], [nil]), ([#"It is {kind: 'a'}."#], [#"It is {kind: 'a'}."#]),
            ([#"{"kind": "c"}"#, "?", #"{"kind": "a"}"#], [#"{"kind": "c"}"#, "?", nil]),
        ] as [([String], [String?])] {
            let told = Mutex<[String?]>([])
            var request = ModelRequest(model: "m", messages: [], resultType: Self.verdict)
            request.onCall = { call in told.withLock { $0.append(call.raw) } }
            _ = try await structuredReply(ScriptedModel(replies), request)
            #expect(told.withLock { $0 } == raw)
        }
    }

    @Test func theFindingAndTheShapeAreSaidWhenAskedAgain() async throws {
        let model = ScriptedModel([#"{"kind": "c"}"#, #"{"kind": "a"}"#])
        let request = ModelRequest(model: "m", messages: [], resultType: Self.verdict)
        _ = try await structuredReply(model, request)
        let said = model.lastMessages.compactMap { $0.asMap?["content"]?.asText }
        #expect(said.count == 2 && said.first == #"{"kind": "c"}"#)
        #expect(said.last?.contains(#"`kind`: expected"#) == true)
        #expect(said.last?.contains(Self.verdict.shapeForModels) == true)
    }

    @Test func theShapeIsShortAndHasTheDescriptions() {
        let type = DataType.record(
            [
                DataField("kind", .oneOf(["a", "b"]), documentation: "What it is"),
                DataField("items", .list(.record([DataField("n", .int)], name: "Item")), isOptional: true),
            ], name: "T")
        #expect(
            type.shapeForModels == """
                {
                  // What it is
                  "kind": "a" or "b",
                  "items": [{
                    "n": whole number
                  }, ...] or null
                }
                """)
        #expect(DataType.int.wishForModels(asObject: true).contains(#""value": whole number"#))
    }

    @Test func jsonIsAskedForInWords() async throws {
        for (words, count) in [("Say something", 2), ("Say something in JSON", 1)] {
            let client = SaidClient(
                stream([#"{"choices":[{"delta":{"content":"{}"},"finish_reason":"stop"}]}"#]))
            let messages = [Value.record([("role", .string("user")), ("content", .string(words))])]
            let request = ModelRequest(model: "openai/gpt-x", messages: messages, resultType: .json)
            #expect(try await structuredReply(client.models(), request) == .record([]))
            let sent = try #require(client.seen.first?.asMap)
            #expect(sent["messages"]?.asList?.count == count)
            #expect(sent["response_format"]?.asMap?["type"] == .string("json_object"))
        }
    }

    @Test func aWrappedValueIsUnwrapped() async throws {
        let body =
            #"{"type":"message","content":[{"type":"tool_use","name":"result","input":{"value":{"a":1}}}],"stop_reason":"tool_use"}"#
        let request = ModelRequest(model: "anthropic/claude-x", messages: [], resultType: .json)
        #expect(try await structuredReply(SaidClient(body).models(), request) == .record([("a", .int(1))]))
    }

    @Test func theToolsOfTheStepAreSentBesideTheResult() async throws {
        let body =
            #"{"type":"message","content":[{"type":"tool_use","name":"result","input":{"value":3}}],"stop_reason":"tool_use"}"#
        let tool = Value.record([("name", .string("weather"))])
        for (tools, choice, names) in [([tool], "any", ["weather", "result"]), ([], "tool", ["result"])] {
            let client = SaidClient(body)
            let options = MapValue(record: tools.isEmpty ? [] : [("tools", .list(tools))])
            let request = ModelRequest(
                model: "anthropic/claude-x", messages: [], resultType: .int, options: options)
            #expect(try await structuredReply(client.models(), request) == .int(3))
            let sent = client.seen.first?.asMap
            #expect(sent?["tool_choice"]?.asMap?["type"] == .string(choice))
            #expect(sent?["tools"]?.asList?.compactMap { $0.asMap?["name"]?.asText } == names)
        }
    }
}
