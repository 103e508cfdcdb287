import AutoChecker
import AutoRuntime
import StepKinds
import TestSupport
import Testing
import Values

@testable import AutoModels

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

    /// Each image with the type that its bytes have, however its url is written.
    @Test(arguments: [
        "data:image/png;base64,/9j/4AAQ", "DATA:image/jpeg;base64,/9j/4AAQ", "data:;base64,/9j/4AAQ",
        "data:image/jpeg,%FF%D8%FF%E0%00%10",
    ]) func theTypeOfADataURLIsThatOfItsBytes(url: String) async throws {
        let address = try await imageAddress(.string(url), "images") { _ throws(StepFailure) in [] }
        #expect(address == "data:image/jpeg;base64,/9j/4AAQ")
    }

    @Test(arguments: ["data:image/svg+xml,%3Csvg/%3E", "data:image/png;base64,@@", "data:image/png"])
    func aDataURLWithoutAnImageFails(url: String) async throws {
        await #expect(throws: StepFailure.self) {
            _ = try await imageAddress(.string(url), "images") { _ throws(StepFailure) in [] }
        }
    }

    private static func toolReply(_ input: String) -> String {
        stream([
            #"{"type":"content_block_start","index":0,"content_block":{"type":"tool_use","id":"x","name":"result","input":\#(input)}}"#,
            #"{"type":"message_delta","delta":{"stop_reason":"tool_use"}}"#, #"{"type":"message_stop"}"#,
        ])
    }

    /// A stream says no piece of an empty input, which is a value like any other.
    @Test func anEmptyInputOfATool() async throws {
        let empty = DataType.record([DataField("a", .int, isOptional: true)], name: "V")
        let client = SaidClient(Self.toolReply("{}"))
        let reply = try await structuredReply(
            client.models(), ModelRequest(model: "claude-x", messages: [], resultType: empty))
        #expect(reply == .record([]) && client.seen.count == 1)
        let numbers = SaidClient(Self.toolReply("[1, 2]"))
        let list = try await structuredReply(
            numbers.models(), ModelRequest(model: "claude-x", messages: [], resultType: .list(.int)))
        #expect(list == .list([.int(1), .int(2)]))
    }

    /// No provider takes a message without words.
    @Test func askedAgainAfterNothing() async throws {
        let client = SaidClient(Self.toolReply("{}"))
        let needed = DataType.record([DataField("a", .int)], name: "V")
        await #expect(throws: StepFailure.self) {
            _ = try await structuredReply(
                client.models(), ModelRequest(model: "claude-x", messages: [], resultType: needed))
        }
        let said = client.seen.flatMap { $0.asMap?["messages"]?.asList ?? [] }.compactMap(\.asMap)
        #expect(client.seen.count == 3)
        #expect(said.allSatisfy { $0["content"] != .string("") && $0["content"] != .list([]) })
    }
}
