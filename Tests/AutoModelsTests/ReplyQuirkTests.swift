import AutoModels
import AutoRuntime
import StepKinds
import TestSupport
import Testing
import Values

/// What servers send that is not as the references say, or not a whole reply: none may pass for one.
@Suite(.timeLimit(.minutes(1))) struct ReplyQuirkTests {
    /// What has to come of what a server says.
    enum Outcome: Sendable {
        case reply(String)
        /// The kind's word, and what the message has to hold.
        case failure(String, String)
    }

    struct Quirk: Sendable, CustomTestStringConvertible {
        let name: String
        let model: String
        let body: String
        let outcome: Outcome
        var testDescription: String { name }

        static func openAI(_ name: String, _ body: String, _ outcome: Outcome) -> Quirk {
            Quirk(name: name, model: "openai/gpt-x", body: body, outcome: outcome)
        }

        static func anthropic(_ name: String, _ body: String, _ outcome: Outcome) -> Quirk {
            Quirk(name: name, model: "anthropic/claude-x", body: body, outcome: outcome)
        }
    }

    private static func said(_ text: String) -> String {
        #"{"choices":[{"delta":{"content":\#(JSON.text(.string(text)))}}]}"#
    }

    private static func ended(_ reason: String) -> String {
        #"{"choices":[{"delta":{},"finish_reason":"\#(reason)"}]}"#
    }

    private static func called(_ call: String) -> String {
        #"{"choices":[{"delta":{"tool_calls":[\#(call)]}}]}"#
    }

    private static func anthropicText(_ text: String, stop: String) -> String {
        stream([
            #"{"type":"message_start","message":{"role":"assistant","content":[],"usage":{"input_tokens":3}}}"#,
            #"{"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}"#,
            #"{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"\#(text)"}}"#,
            #"{"type":"message_delta","delta":{"stop_reason":"\#(stop)"},"usage":{"output_tokens":5}}"#,
            #"{"type":"message_stop"}"#,
        ])
    }

    static let endings: [Quirk] =
        ["length", "max_tokens", "MAX_TOKENS", "model_length"].map {
            .openAI(
                "cut by \($0)", stream([said("half"), ended($0), "[DONE]"]),
                .failure("cut", "cut before its end"))
        }
        + ["max_tokens", "model_context_window_exceeded", "pause_turn"].map {
            .anthropic("cut by \($0)", anthropicText("half", stop: $0), .failure("cut", "cut before its end"))
        }
        + [
            .anthropic(
                "the limit is told", anthropicText("half", stop: "max_tokens"),
                .failure("cut", "32000 tokens")),
            .anthropic("ends", anthropicText("whole", stop: "end_turn"), .reply("whole")),
            .anthropic(
                "refuses", anthropicText("", stop: "refusal"), .failure("refused", "refused to answer")),
            .openAI(
                "cut, not streamed",
                #"{"choices":[{"message":{"content":"half"},"finish_reason":"length"}]}"#,
                .failure("cut", "cut before its end")),
            .openAI(
                "filtered", stream([said("half"), ended("content_filter")]), .failure("refused", "filtered")),
            .openAI("filtered by Gemini", stream([ended("SAFETY")]), .failure("refused", "filtered")),
            .openAI(
                "filtered, not streamed",
                #"{"choices":[{"message":{"content":null},"finish_reason":"content_filter"}]}"#,
                .failure("refused", "filtered")),
            .openAI(
                "an error at the end", stream([said("half"), ended("error")]), .failure("stream", "broke off")
            ),
            .openAI("no end", stream([said("half")]), .failure("stream", "cut off")),
            .openAI(
                "words by which it goes on",
                stream([#"{"choices":[{"delta":{"content":"half"},"finish_reason":""}]}"#, ended("null")]),
                .failure("stream", "cut off")),
            .openAI(
                "a reason behind the word", stream([ended("content_filter: RECITATION")]),
                .failure("refused", "filtered")),
            .openAI(
                "a garbled call of Gemini", stream([ended("function_call_filter: MALFORMED_FUNCTION_CALL")]),
                .failure("stream", "MALFORMED_FUNCTION_CALL")),
            .openAI(
                "Gemini's reason is told", stream([ended("content_filter: RECITATION")]),
                .failure("refused", "RECITATION")),
            .openAI(
                "more behind the end", stream([said("whole"), "[DONE]", said(" and more"), "bye"]),
                .reply("whole")),
            .anthropic(
                "more behind Anthropic's end",
                anthropicText("whole", stop: "end_turn")
                    + stream([#"{"type":"content_block_delta","delta":{"text":" and more"}}"#]),
                .reply("whole")),
            .openAI(
                "another choice between",
                stream([
                    said("who"),
                    #"{"choices":[{"index":1,"delta":{"content":"x"},"finish_reason":"length"}]}"#,
                    said("le"), ended("stop"),
                ]), .reply("whole")),
            .openAI(
                "choices in disorder",
                #"{"choices":[{"index":1,"message":{"content":"x"}},{"index":0,"message":{"content":"whole"}}]}"#,
                .reply("whole")),
            .openAI("no last line end", stream([said("whole")]) + "data: [DONE]", .reply("whole")),
            .openAI("blanks behind the end", stream([said("whole"), "[DONE] "]), .reply("whole")),
            .openAI(
                "a mark at the start", "\u{FEFF}" + stream([said("whole"), ended("stop")]), .reply("whole")),
        ]

    static let thinking: [Quirk] = [
        .openAI(
            "thinking first", stream([said("<think>\nA {\"a\": 1}?\n</think>\n\nB"), ended("stop")]),
            .reply("B")),
        .openAI(
            "only thinking's end", stream([said("It is A.\n</think>\n\nB"), ended("stop")]), .reply("B")),
        .openAI(
            "only thinking", stream([said("<think>A</think>\n"), ended("stop")]),
            .failure("empty", "thinking only")),
        .openAI(
            "endless thinking", stream([said("<think>A"), ended("stop")]), .failure("empty", "thinking only")),
        .openAI(
            "a field of thinking",
            stream([
                #"{"choices":[{"delta":{"reasoning_content":"A","content":null}}]}"#, said("B"),
                ended("stop"),
            ]), .reply("B")),
        .openAI(
            "shows the tags in a fence",
            stream([said("So:\n```\n<think>\nhm\n</think>\nParis\n```\nStrip it."), ended("stop")]),
            .reply("So:\n```\n<think>\nhm\n</think>\nParis\n```\nStrip it.")),
        .openAI(
            "speaks of both tags",
            stream([said("It stands between <think> and </think>\nalways."), ended("stop")]),
            .reply("It stands between <think> and </think>\nalways.")),
        .openAI(
            "speaks of the tag", stream([said("The tag `</think>` ends it."), ended("stop")]),
            .reply("The tag `</think>` ends it.")),
        .openAI(
            "parts of thinking",
            #"{"choices":[{"message":{"content":[{"type":"thinking","thinking":[{"type":"text","text":"A"}]},{"type":"text","text":"B"}]},"finish_reason":"stop"}]}"#,
            .reply("B")),
    ]

    static let empty: [Quirk] = [
        .openAI("nothing", "", .failure("empty", "empty")),
        .openAI("blanks", "\n\n", .failure("empty", "empty")),
        .openAI("no choices", #"{"choices":[]}"#, .failure("empty", "empty")),
        .openAI("no choices, streamed", stream([#"{"choices":[]}"#, "[DONE]"]), .failure("empty", "empty")),
        .openAI(
            "no content", #"{"choices":[{"message":{"content":null},"finish_reason":"stop"}]}"#,
            .failure("empty", "empty")),
        .openAI("blank content", stream([said(" \n"), ended("stop")]), .failure("empty", "empty")),
        .openAI(
            "parts",
            #"{"choices":[{"message":{"content":[{"type":"text","text":"a"},{"type":"text","text":"b"}]},"finish_reason":"stop"}]}"#,
            .reply("ab")),
        .openAI(
            "streamed parts",
            stream([#"{"choices":[{"delta":{"content":[{"type":"text","text":"a"}]}}]}"#, ended("stop")]),
            .reply("a")),
        .openAI(
            "a mark before JSON", "\u{FEFF}{\"choices\":[{\"message\":{\"content\":\"a\"}}]}", .reply("a")),
        .anthropic(
            "no content at Anthropic", #"{"type":"message","content":[],"stop_reason":"end_turn"}"#,
            .failure("empty", "empty")),
        .anthropic("nothing at Anthropic", "", .failure("empty", "empty")),
    ]

    static let errors: [Quirk] = [
        .openAI("error", #"{"error":{"message":"no GPU left"}}"#, .failure("stream", "no GPU left")),
        .openAI("error as text", #"{"error":"no GPU left"}"#, .failure("stream", "no GPU left")),
        .openAI(
            "error with a status", #"{"error":{"message":"slowly","code":429}}"#,
            .failure("rate_limited", "slowly")),
        .openAI(
            "error in a stream", stream([said("half"), #"{"error":{"message":"no GPU left"}}"#]),
            .failure("stream", "no GPU left")),
        .openAI(
            "no error", stream([#"{"error":null,"choices":[{"delta":{"content":"a"}}]}"#, ended("stop")]),
            .reply("a")),
        .openAI(
            "a page",
            "<!DOCTYPE html><html><head><style>p {}</style></head><body><p>Sign in\nfirst</p></body></html>",
            .failure("body", "Sign in first")),
        .openAI("FastAPI", #"{"detail":"the model sleeps"}"#, .failure("stream", "the model sleeps")),
        .openAI(
            "FastAPI's fields", #"{"detail":[{"loc":["body","seed"],"msg":"not a number","type":"int"}]}"#,
            .failure("stream", "body.seed: not a number")),
        .openAI(
            "Gemini", #"[{"error":{"code":400,"message":"no such voice","status":"INVALID_ARGUMENT"}}]"#,
            .failure("request", "no such voice")),
        .openAI(
            "vLLM", #"{"object":"error","message":"out of pages","type":"ServerError","code":500}"#,
            .failure("status", "out of pages")),
        .openAI(
            "Mistral",
            #"{"object":"error","message":{"detail":[{"loc":["body","stop"],"msg":"too many"}]},"type":"x","code":null}"#,
            .failure("stream", "body.stop: too many")),
        .openAI(
            "OpenRouter",
            #"{"error":{"message":"Provider returned error","code":502,"metadata":{"raw":"overheated"}}}"#,
            .failure("status", "overheated")),
        .openAI(
            "OpenRouter's choice",
            stream([
                #"{"choices":[{"delta":{"content":""},"finish_reason":"error","error":{"message":"overheated"}}]}"#
            ]), .failure("stream", "overheated")),
        .openAI("Amazon", stream([#"{"Message":"asleep"}"#]), .failure("stream", "asleep")),
        .openAI(
            "Zhipu", stream([#"{"code":500,"msg":"asleep","success":false}"#]), .failure("status", "asleep")),
        .openAI("Baidu", stream([#"{"error_code":3,"error_msg":"asleep"}"#]), .failure("stream", "asleep")),
        .openAI(
            "MiniMax",
            stream([#"{"base_resp":{"status_code":1008,"status_msg":"no balance"},"choices":null}"#]),
            .failure("stream", "no balance")),
        .openAI(
            "no error of MiniMax",
            stream([
                #"{"base_resp":{"status_code":0,"status_msg":"success"},"choices":[{"delta":{"content":"a"}}]}"#,
                ended("stop"),
            ]), .reply("a")),
        .openAI(
            "a line between the events", stream([said("half")]) + #"{"error":{"message":"no GPU left"}}"#,
            .failure("stream", "no GPU left")),
        .openAI("something else", #"{"state":"asleep"}"#, .failure("body", "asleep")),
        .openAI("words as an event", "event: error\ndata: overheated\n\n", .failure("stream", "overheated")),
        .anthropic(
            "overloaded",
            "event: error\ndata: {\"type\":\"error\",\"error\":{\"type\":\"overloaded_error\",\"message\":\"Overloaded\"}}\n\n",
            .failure("status", "Overloaded")),
    ]

    private static let weather = #"[{"name":"weather","arguments":{"city":"Ulm"}}]"#
    private static let two =
        #"[{"name":"weather","arguments":{"city":"Ulm"}},{"name":"time","arguments":{}}]"#

    static let calls: [Quirk] = [
        .openAI(
            "by index",
            stream([
                called(#"{"index":0,"id":"a","function":{"name":"weather","arguments":""}}"#),
                called(#"{"index":0,"function":{"arguments":"{\"city\":"}}"#),
                called(#"{"index":0,"function":{"arguments":"\"Ulm\"}"}}"#),
                called(#"{"index":1,"id":"b","function":{"name":"time","arguments":"{}"}}"#),
                ended("tool_calls"),
            ]), .reply(two)),
        .openAI(
            "without index",
            stream([
                called(#"{"id":"a","function":{"name":"weather","arguments":"{\"city\":"}}"#),
                called(#"{"function":{"arguments":"\"Ulm\"}"}}"#),
                called(#"{"id":"b","function":{"name":"time","arguments":"{}"}}"#), ended("tool_calls"),
            ]), .reply(two)),
        .openAI(
            "without index and id",
            stream([
                called(#"{"function":{"name":"weather","arguments":{"city":"Ulm"}}}"#),
                called(#"{"function":{"name":"time","arguments":{}}}"#), ended("stop"),
            ]), .reply(two)),
        .openAI(
            "told apart by id alone",
            stream([
                called(#"{"id":"a","function":{"name":"weather","arguments":"{\"city\":"}}"#),
                called(#"{"id":"b","function":{"name":"time","arguments":"{}"}}"#),
                called(#"{"id":"a","function":{"arguments":"\"Ulm\"}"}}"#), ended("tool_calls"),
            ]), .reply(two)),
        .openAI(
            "an index as text",
            stream([
                called(#"{"index":"0","function":{"name":"weather","arguments":"{\"city\":"}}"#),
                called(#"{"index":"1","function":{"name":"time","arguments":"{}"}}"#),
                called(#"{"index":"0","function":{"arguments":"\"Ulm\"}"}}"#), ended("tool_calls"),
            ]), .reply(two)),
        .openAI(
            "one index for all",
            stream([
                called(
                    #"{"index":0,"id":"a","function":{"name":"weather","arguments":"{\"city\":\"Ulm\"}"}}"#),
                called(#"{"index":0,"id":"b","function":{"name":"time","arguments":"{}"}}"#), ended("stop"),
            ]), .reply(two)),
        .openAI(
            "the name repeated",
            stream([
                called(#"{"index":0,"id":"a","function":{"name":"weather","arguments":"{\"city\":"}}"#),
                called(#"{"index":0,"id":"a","function":{"name":"weather","arguments":"\"Ulm\"}"}}"#),
                ended("tool_calls"),
            ]), .reply(weather)),
        .openAI(
            "not streamed",
            #"{"choices":[{"message":{"content":null,"tool_calls":[{"id":"a","type":"function","function":{"name":"weather","arguments":"{\"city\":\"Ulm\"}"}}]},"finish_reason":"tool_calls"}]}"#,
            .reply(weather)),
        .openAI(
            "a refusal, not streamed",
            #"{"choices":[{"message":{"content":null,"refusal":"not that"},"finish_reason":"stop"}]}"#,
            .failure("refused", "not that")),
        .anthropic(
            "Anthropic, not streamed",
            #"{"type":"message","content":[{"type":"text","text":"a"},{"type":"text","text":"b"}],"stop_reason":"end_turn","usage":{"input_tokens":1,"output_tokens":2}}"#,
            .reply("ab")),
        .anthropic(
            "Anthropic's call, not streamed",
            #"{"type":"message","content":[{"type":"tool_use","id":"a","name":"weather","input":{"city":"Ulm"}}],"stop_reason":"tool_use"}"#,
            .reply(weather)),
        .anthropic(
            "types by the events' names",
            "event: content_block_delta\ndata: {\"delta\":{\"text\":\"a\"}}\n\nevent: message_stop\ndata: {}\n\n",
            .reply("a")),
    ]

    @Test(arguments: endings + thinking + empty + errors + calls)
    func eachGivesAReplyOrSaysWhyNot(quirk: Quirk) async {
        for pieces in [1, 7, Int.max] {
            let client = SaidClient(quirk.body, pieces: pieces)
            let messages = [Value.record([("role", .string("user")), ("content", .string("U"))])]
            let request = ModelRequest(model: quirk.model, messages: messages)
            do throws(StepFailure) {
                let reply = try await client.models().reply(to: request)
                guard case .reply(let expected) = quirk.outcome else {
                    Issue.record("answered \(reply)")
                    continue
                }
                #expect(shown(reply) == expected)
            } catch {
                guard case .failure(let kind, let words) = quirk.outcome else {
                    Issue.record("failed: \(error.message)")
                    continue
                }
                #expect(error.kind.word == kind && error.message.contains(words), "\(error)")
            }
        }
    }

    @Test(arguments: [
        #"{"detail":"the model sleeps"}"#, #"{"object":"error","message":"the model sleeps"}"#,
        #"[{"error":{"message":"the model sleeps"}}]"#,
        #"{"message":{"detail":[{"msg":"the model sleeps"}]}}"#,
        "<html><title>503</title><p>the model\nsleeps</p>", "the model sleeps",
    ])
    func aRefusalKeepsTheServersWords(body: String) async {
        for status in [400, 422, 503] {
            let models = SaidClient(body, status: status).models()
            let failure = await #expect(throws: StepFailure.self) {
                try await models.reply(to: ModelRequest(model: "openai/gpt-x", messages: []))
            }
            #expect(failure?.message.contains("the model sleeps") == true, "\(failure?.message ?? "")")
        }
    }

    @Test func anEmptyReplyMayBeTriedAgainAndACutOneNot() async {
        for (body, isRetryable) in [
            ("", true), (#"{"choices":[{"message":{"content":"a"},"finish_reason":"length"}]}"#, false),
        ] {
            let models = SaidClient(body).models()
            let failure = await #expect(throws: StepFailure.self) {
                try await models.reply(to: ModelRequest(model: "openai/gpt-x", messages: []))
            }
            #expect(failure?.isRetryable == isRetryable)
        }
    }
}

/// The calls that a reply asks for, without their ids; else its text.
private func shown(_ reply: ModelReply) -> String {
    guard !reply.calls.isEmpty else { return reply.text }
    return JSON.text(
        .list(reply.calls.map { .record([("name", .string($0.name)), ("arguments", $0.value)]) }))
}
