import AutoModels
import AutoRuntime
import TestSupport
import Testing
import Values

/// What stands in the parts of a message beside text and image, such as the marks of Anthropic's cache, is sent.
@Suite(.timeLimit(.minutes(1))) struct AnthropicPartTests {
    private static let mark = #""cache_control":{"type":"ephemeral"}"#

    private func sent(_ messages: String) async throws -> MapValue {
        let client = SaidClient(
            stream([
                #"{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"Hi"}}"#,
                #"{"type":"message_delta","delta":{"stop_reason":"end_turn"}}"#, #"{"type":"message_stop"}"#,
            ]))
        let messages = try #require(JSON.parse(messages).asList)
        _ = try await client.models().reply(
            to: ModelRequest(model: "claude-x", messages: messages, options: MapValue()))
        return try #require(client.seen.first?.asMap)
    }

    @Test func marksOfTheSystemPromptGoAlong() async throws {
        let body = try await sent(
            #"[{"role":"system","content":"Be brief."},"#
                + #"{"role":"system","content":[{"type":"text","text":"The law."},{"type":"text","text":"All of it.",\#(Self.mark)}]},"#
                + #"{"role":"user","content":"Go on."}]"#)
        let wanted = try JSON.parse(
            #"[{"type":"text","text":"Be brief."},{"type":"text","text":"The law."},"#
                + #"{"type":"text","text":"All of it.",\#(Self.mark)}]"#)
        #expect(body["system"] == wanted)
    }

    @Test func partsWithoutMarksAreOneText() async throws {
        let body = try await sent(
            #"[{"role":"system","content":"A"},{"role":"system","content":[{"type":"text","text":"B"},"C"]},"#
                + #"{"role":"user","content":"D"}]"#)
        #expect(body["system"] == .string("A\n\nB\nC"))
    }

    @Test func marksOfAnImageGoAlong() async throws {
        let body = try await sent(
            #"[{"role":"user","content":[{"type":"image_url","image_url":{"url":"https://example.org/a.png"},\#(Self.mark)}]}]"#
        )
        let wanted = try JSON.parse(
            #"[{"type":"image","source":{"type":"url","url":"https://example.org/a.png"},\#(Self.mark)}]"#)
        #expect(body["messages"]?.asList?.first?.asMap?["content"] == wanted)
    }
}
