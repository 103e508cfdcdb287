import AutoChecker
import AutoModels
import AutoRuntime
import StepKinds
import TestSupport
import Testing
import Values

/// A client whose server says bytes that are no text.
private struct ByteClient: HTTPClient {
    let body: [UInt8]

    func send(_ request: HTTPRequest, onBytes: (@Sendable ([UInt8]) -> Void)?) async throws(StepFailure)
        -> HTTPResponse
    {
        onBytes?(body)
        return HTTPResponse(status: 200, headers: [], body: body, url: request.url)
    }
}

/// What users of other clients have reported of servers; `Tests/Models/quirks_reports.py` has the same and
/// more over the wire.
@Suite(.timeLimit(.minutes(1))) struct ReportedQuirkTests {
    private static let end = [#"{"choices":[{"delta":{},"finish_reason":"stop"}]}"#, "[DONE]"]

    private func reply(_ body: String, _ model: String = "openai/gpt-x") async throws -> String {
        try await SaidClient(body).models().reply(to: question(model)).text
    }

    private func failure(_ body: String, _ model: String = "openai/gpt-x", status: Int = 200) async
        -> StepFailure?
    {
        await #expect(throws: StepFailure.self) {
            try await SaidClient(body, status: status).models().reply(to: question(model))
        }
    }

    @Test(arguments: [
        (#"{"a":2}"#, #"{"a":2}"#), ("42", "42"), ("true", "true"), (#"{"type":"text","text":"T"}"#, "T"),
    ])
    func contentMayBeAValue(content: String, text: String) async throws {
        let given = try await reply(
            #"{"choices":[{"message":{"content":\#(content)},"finish_reason":"stop"}]}"#)
        #expect(given == text)
    }

    @Test(arguments: [#"{"code":0,"message":""}"#, "0", "false", "{}", #"{"message":null}"#])
    func anErrorOfNothingIsNone(error: String) async throws {
        let body = #"{"choices":[{"message":{"content":"T"},"finish_reason":"stop"}],"error":\#(error)}"#
        #expect(try await reply(body) == "T")
    }

    /// Some servers count the tokens where the choice's number belongs; two choices are told apart all the same.
    @Test(arguments: [
        ([(1, "null"), (2, "null"), (3, #""stop""#)], "abc"), ([(0, "null"), (1, #""stop""#)], "ab"),
        ([(0, #""stop""#), (1, #""stop""#)], "a"), ([(0, "null"), (1, "null"), (0, #""stop""#)], "ac"),
    ])
    func piecesMayBeCounted(numbers: [(Int, String)], text: String) async throws {
        let pieces = zip(numbers, ["a", "b", "c"]).map { number, text in
            #"{"choices":[{"index":\#(number.0),"delta":{"content":"\#(text)"},"finish_reason":\#(number.1)}]}"#
        }
        #expect(try await reply(stream(pieces + ["[DONE]"])) == text)
    }

    @Test func aChoiceInTwoPartsIsWhole() async throws {
        let parts = [#"{"delta":{"content":"a"}}"#, #"{"delta":{"content":"b"},"finish_reason":"stop"}"#]
        #expect(
            try await reply(stream([#"{"choices":[\#(parts.joined(separator: ","))]}"#, "[DONE]"])) == "ab")
    }

    @Test(arguments: ["[done]", #""[DONE]""#]) func theEndMayBeWrittenOtherwise(end: String) async throws {
        #expect(try await reply(stream([#"{"choices":[{"delta":{"content":"a"}}]}"#, end])) == "a")
    }

    @Test func numbersThatAreNoneAreRead() async throws {
        let note = #""n":[NaN,-Infinity,Infinity,"NaN \" Infinity"]"#
        let body = stream([#"{"choices":[{"delta":{"content":"Infinity \" NaN"}}],\#(note)}"#] + Self.end)
        #expect(try await reply(body) == #"Infinity " NaN"#)
        let whole = #"{"choices":[{"message":{"content":"T"},"finish_reason":"stop"}],\#(note)}"#
        #expect(try await reply(whole) == "T")
    }

    @Test(arguments: ["data: ", ""]) func eventsMayStandOnALineEach(start: String) async throws {
        let pieces = ["a", "b"].map { #"{"choices":[{"delta":{"content":"\#($0)"}}]}"# } + Self.end.prefix(1)
        let done = start.isEmpty ? [] : ["[DONE]"]
        let body = (pieces + done).map { "\(start)\($0)\n" }.joined()
        #expect(try await reply(body) == "ab")
        let cut = pieces.dropLast().map { "\(start)\($0)\n" }.joined()
        #expect(await failure(cut)?.kind == .stream)
        #expect(await failure("\(start)\(pieces[0])\n")?.kind == .stream)
    }

    /// Servers that count bytes cut a character between two events, or three.
    @Test func theBytesOfACharacterAreJoined() async throws {
        let pieces: [[UInt8]] = [[0x61, 0xF0], [0x9F, 0x8C], [0x8D, 0x62]]
        let body = pieces.flatMap {
            Array(#"data: {"choices":[{"delta":{"content":""#.utf8) + $0 + Array("\"}}]}\n\n".utf8)
        }
        let client = ByteClient(body: body + Array(stream(Self.end).utf8))
        let models = Models(
            settings: ModelSettings(environment: ["OPENAI_API_KEY": "key-openai-0"], defaultModel: nil),
            client: client, builtin: NoModel(), clock: FixedClock(time: 0))
        #expect(try await models.reply(to: question("gpt-x")) == "a🌍b")
    }

    @Test func whatIsSaidOnceMoreCountsOnce() async throws {
        let whole = #"{"choices":[{"message":{"content":"ab"},"finish_reason":"stop"}]}"#
        let pieces = ["a", "b"].map { #"{"choices":[{"delta":{"content":"\#($0)"}}]}"# }
        #expect(try await reply(stream(pieces + [whole, "[DONE]"])) == "ab")
        let soFar = #"{"choices":[{"message":{"content":"a"}}]}"#
        #expect(try await reply(stream([soFar, whole, "[DONE]"])) == "ab")
    }

    @Test(arguments: [
        ("network_error", FailureKind.stream), ("time_limit", .stream), ("UNEXPECTED_TOOL_CALL", .stream),
        ("sensitive", .refused), ("ERROR_TOXIC", .refused), ("max_new_tokens", .cut),
    ])
    func aWordForTheEndIsUnderstoodByItsParts(word: String, kind: FailureKind) async {
        let body = stream([
            #"{"choices":[{"delta":{"content":"half"},"finish_reason":"\#(word)"}]}"#, "[DONE]",
        ])
        #expect(await failure(body)?.kind == kind)
    }

    @Test func theWordsOfAServerAreKept() async {
        let stops = #"{"choices":[{"delta":{},"finish_reason":"stop"}],"x_groq":{"error":"over capacity"}}"#
        #expect(await failure(stream([stops]))?.message.contains("over capacity") == true)
        #expect(await failure(stream(["out of memory"]))?.message.contains("out of memory") == true)
        let empty = #"{"choices":[{"delta":{},"finish_reason":"OTHER"}]}"#
        #expect(await failure(stream([empty]))?.message.contains("`OTHER`") == true)
        let raw = #"{"error":{"message":"M","metadata":{"raw":{"error":{"message":"the seed is odd"}}}}}"#
        #expect(await failure(raw, status: 400)?.message.contains("the seed is odd") == true)
        let described = #"{"error":"invalid_token","error_description":"it is old"}"#
        #expect(await failure(described, status: 401)?.message.contains("it is old") == true)
    }

    /// Who moderates what is asked answers by the status that is usual for keys.
    @Test func aRefusedQuestionIsNoRefusedKey() async {
        let flagged = await failure(
            #"{"error":{"message":"Input was flagged","metadata":{"reasons":["violence"]}}}"#, status: 403)
        #expect(flagged?.kind == .refused && flagged?.message.contains("violence") == true)
        #expect(flagged?.message.contains("key") == false)
        let key = await failure(#"{"error":{"message":"Key not allowed"}}"#, status: 403)
        #expect(key?.message.contains("refused the key") == true)
    }

    @Test(arguments: [
        "This model's maximum prompt length is 131072 but the request contains 537812 tokens.",
        "Your request exceeded model token limit: 131072", "Prompt exceeds max length",
        "Range of input length should be [1, 98304]",
    ])
    func aPromptThatIsTooLongIsToldByItsWords(words: String) async {
        let body = JSON.text(.record([("error", .record([("message", .string(words))]))]))
        #expect(await failure(body, status: 400)?.kind == .context)
    }

    @Test func anthropicsLanguageOfOthersIsRead() async throws {
        let text = #"{"type":"message","content":"T","stop_reason":"end_turn"}"#
        #expect(try await reply(text, "anthropic/claude-x") == "T")
        let refusal =
            #"{"type":"message","content":[],"stop_reason":"refusal","stop_details":{"explanation":"weapons"}}"#
        let refused = await failure(refusal, "anthropic/claude-x")
        #expect(refused?.kind == .refused && refused?.message.contains("weapons") == true)
        let twice = stream([
            #"{"type":"message_start","message":{}}"#,
            #"{"type":"content_block_start","index":0,"content_block":{"type":"tool_use","name":"f","input":{"a":2}}}"#,
            #"{"type":"content_block_delta","index":0,"delta":{"partial_json":"{\"a\":2}"}}"#,
            #"{"type":"message_delta","delta":{"stop_reason":"tool_use"}}"#, #"{"type":"message_stop"}"#,
        ])
        let given = try await SaidClient(twice).models().reply(to: question("anthropic/claude-x"))
        #expect(given.calls.map(\.value) == [.record([("a", .int(2))])])
    }

    private static let tools: [(String, Value)] = [
        (
            "tools",
            .list([
                .record([
                    ("name", .string("f")), ("description", .string("d")),
                    ("parameters", .record([("type", .string("object"))])),
                ])
            ])
        )
    ]

    private func calls(_ message: String) async throws -> [ToolCall] {
        let body = #"{"choices":[{"message":\#(message),"finish_reason":"tool_calls"}]}"#
        return try await SaidClient(body).models().reply(to: question("gpt-x", nil, Self.tools)).calls
    }

    @Test(arguments: [
        #"{"id":"a","function":{"name":"f","arguments":"{\"x\":1}"}}"#,
        #"{"id":"a","name":"f","arguments":"{\"x\":1}"}"#,
        #"{"id":"a","function":{"name":"f","parameters":{"x":1}}}"#,
        #"{"id":7,"function":{"name":"f","arguments":"\"{\\\"x\\\":1}\""}}"#,
    ])
    func aCallMayHaveOtherForms(call: String) async throws {
        for list in ["[\(call)]", call] {
            let calls = try await calls(#"{"content":null,"tool_calls":\#(list)}"#)
            #expect(calls.map(\.name) == ["f"] && calls.map(\.value) == [.record([("x", .int(1))])])
        }
    }

    @Test func aCallThatIsSaidOnceMoreIsOne() async throws {
        let call =
            #"{"choices":[{"delta":{"tool_calls":[{"index":0,"id":"a","function":{"name":"f","arguments":"{\"x\":1}"}}]}}]}"#
        let client = SaidClient(stream([call, call] + Self.end))
        let calls = try await client.models().reply(to: question("gpt-x", nil, Self.tools)).calls
        #expect(calls.map(\.value) == [.record([("x", .int(1))])])
    }

    @Test(arguments: [
        #"<tool_call>{"name": "f", "arguments": {"x": 1}}</tool_call>"#,
        #"<tool_call>{"name": "f", "parameters": {"x": 1}}</tool_call>"#,
        "<tool_call>\n<function=f>\n<parameter=x>\n1\n</parameter>\n</function>\n</tool_call>",
        "<tool_call>f\n<arg_key>x</arg_key>\n<arg_value>1</arg_value>\n</tool_call>",
        #"<function=f>{"x": 1}</function>"#, #"[TOOL_CALLS][{"name": "f", "arguments": {"x": 1}}]"#,
        #"[TOOL_CALLS]f[ARGS]{"x": 1}"#,
    ])
    func callsInATextAreFound(text: String) async throws {
        let calls = try await calls(#"{"content":\#(JSON.text(.string(text)))}"#)
        #expect(calls.map(\.name) == ["f"] && calls.map(\.value) == [.record([("x", .int(1))])])
    }

    /// What is no call of a tool that was offered stays text.
    @Test(arguments: ["<function=g>{}</function>", "<function=f>half", "[TOOL_CALLS]"])
    func otherTextsStayTexts(text: String) async throws {
        #expect(try await calls(#"{"content":\#(JSON.text(.string(text)))}"#).isEmpty)
    }

    @Test(arguments: [
        "[THINK]A[/THINK]B", "◁think▷A◁/think▷\nB", "<seed:think>A</seed:think>B", "<thought>A</thought>B",
        "<|START_THINKING|>A<|END_THINKING|><|START_RESPONSE|>B<|END_RESPONSE|>",
        "<|channel|>analysis<|message|>A<|end|><|start|>assistant<|channel|>final<|message|>B<|return|>",
    ])
    func theAnswerStandsBehindTheThinking(text: String) async throws {
        let content = JSON.text(.string(text))
        let given = try await reply(
            #"{"choices":[{"message":{"content":\#(content)},"finish_reason":"stop"}]}"#)
        #expect(given == "B")
    }
}
