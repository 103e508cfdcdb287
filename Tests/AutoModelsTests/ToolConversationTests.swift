import AutoModels
import AutoRuntime
import StepKinds
import TestSupport
import Testing
import Values

/// A conversation in which tools have been used, in the form of each provider.
@Suite(.timeLimit(.minutes(1))) struct ToolConversationTests {
    private static let tool = Value.record([
        ("name", .string("f")), ("description", .string("d")),
        ("parameters", .record([("type", .string("object"))])),
    ])

    /// What is asked after a reply with two calls, both of which have been answered.
    private func request(_ model: String, after reply: ModelReply) -> ModelRequest {
        let results = reply.calls.map { call in
            Value.record([
                ("role", .string("tool")), ("tool_call_id", .string(call.id)),
                ("content", .string("gave \(call.id)")),
            ])
        }
        let user = Value.record([("role", .string("user")), ("content", .string("Do it."))])
        return ModelRequest(
            model: model, messages: [user, reply.message] + results,
            options: MapValue(record: [("tools", .list([Self.tool]))]))
    }

    private let reply = ModelReply(
        "Let me see.",
        calls: [
            ToolCall(id: "x", name: "f", arguments: #"{"a":1}"#), ToolCall(id: "y", name: "f", arguments: ""),
        ])

    @Test func openAIIsToldInItsForm() async throws {
        let client = SaidClient(#"{"choices":[{"message":{"content":"done"},"finish_reason":"stop"}]}"#)
        let given = try await client.models().reply(to: request("gpt-x", after: reply))
        #expect(given == "done")
        let messages = client.seen.first?.asMap?["messages"]?.asList ?? []
        #expect(messages.count == 4)
        let calls = messages[1].asMap?["tool_calls"]?.asList?.compactMap(\.asMap) ?? []
        #expect(calls.map { $0["id"] } == [.string("x"), .string("y")])
        #expect(calls.last?["function"]?.asMap?["arguments"] == .string("{}"))
        #expect(messages[3].asMap?["tool_call_id"] == .string("y"))
    }

    /// All results of one reply stand in one message, and the signed thinking goes back as it came.
    @Test func anthropicIsToldInItsForm() async throws {
        let frames = [
            #"{"type":"message_start","message":{"model":"claude-x","usage":{"input_tokens":1}}}"#,
            #"{"type":"content_block_start","index":0,"content_block":{"type":"thinking","thinking":"","signature":""}}"#,
            #"{"type":"content_block_delta","index":0,"delta":{"type":"thinking_delta","thinking":"Hm."}}"#,
            #"{"type":"content_block_delta","index":0,"delta":{"type":"signature_delta","signature":"sig"}}"#,
            #"{"type":"content_block_start","index":1,"content_block":{"type":"tool_use","id":"x","name":"f","input":{}}}"#,
            #"{"type":"content_block_delta","index":1,"delta":{"type":"input_json_delta","partial_json":"{\"a\":1}"}}"#,
            #"{"type":"message_delta","delta":{"stop_reason":"tool_use"},"usage":{"output_tokens":2}}"#,
            #"{"type":"message_stop"}"#,
        ].map { "data: \($0)\n\n" }.joined()
        let client = SaidClient(frames)
        let given = try await client.models().reply(to: request("claude-x", after: reply))
        #expect(given.calls == [ToolCall(id: "x", name: "f", arguments: #"{"a":1}"#)])
        _ = try await client.models().reply(to: request("claude-x", after: given))
        let first = client.seen.first?.asMap?["messages"]?.asList ?? []
        #expect(first.count == 3)
        let results = first.last?.asMap?["content"]?.asList?.compactMap(\.asMap) ?? []
        #expect(results.map { $0["tool_use_id"] } == [.string("x"), .string("y")])
        let again = client.seen.last?.asMap?["messages"]?.asList ?? []
        let blocks = again[1].asMap?["content"]?.asList ?? []
        #expect(
            blocks.first
                == .record([
                    ("type", .string("thinking")), ("thinking", .string("Hm.")),
                    ("signature", .string("sig")),
                ]))
        #expect(blocks.last?.asMap?["input"] == .record([("a", .int(1))]))
    }

    /// Where a server says that the model has no tools, they are told in words, and what it writes is read for calls.
    @Test(arguments: [
        #"{"tool_calls": [{"name": "f", "arguments": {"a": 1}}]}"#,
        "I use it.\n```json\n{\"tool_calls\": [{\"name\": \"f\", \"arguments\": {\"a\": 1}}]}\n```",
        "<tool_call>\n{\"name\": \"f\", \"arguments\": {\"a\": 1}}\n</tool_call>",
    ]) func toolsAreToldInWords(_ text: String) async throws {
        let client = ScriptedClient { _, number in
            number == 1 ? .error(400, "registry/gemma does not support tools") : .said(text)
        }
        let given = try await client.models().reply(to: request("gpt-x", after: reply))
        #expect(given.calls.map(\.name) == ["f"] && given.calls.first?.value == .record([("a", .int(1))]))
        let body = client.bodies[1]
        #expect(body["tools"] == nil)
        let messages = body["messages"]?.asList?.compactMap(\.asMap) ?? []
        #expect(messages.first?["role"] == .string("system"))
        #expect(messages.first?["content"]?.asText?.contains("tool_calls") == true)
        #expect(messages.allSatisfy { $0["tool_calls"] == nil && $0["role"] != .string("tool") })
        #expect(messages.last?["content"] == .string("The tool gave:\ngave y"))
    }

    /// What is no tool that was offered is a text like any other.
    @Test func aTextThatLooksLikeACallIsAText() async throws {
        let text = #"{"tool_calls": [{"name": "g", "arguments": {}}]}"#
        let client = ScriptedClient { _, _ in .said(text) }
        let given = try await client.models().reply(to: request("gpt-x", after: reply))
        #expect(given.calls.isEmpty && given.text == text)
    }
}
