import AutoRuntime
import Testing
import Values

/// What models write as the arguments of a call, what is read in it, and what they are told of it again.
@Suite(.timeLimit(.minutes(1))) struct ToolCallTests {
    private func call(_ arguments: String) -> ToolCall { ToolCall(id: "x", name: "f", arguments: arguments) }

    @Test(arguments: [
        #"{"a":1}"#, #"{"a":1,}"#, "```json\n{\"a\":1}\n```", "json\n{\"a\":1}", "{'a': 1}", #""{\"a\":1}""#,
    ])
    func whatIsNearlyJSONIsRead(written: String) throws {
        #expect(call(written).value == .record([("a", .int(1))]))
        let message = ModelReply("", calls: [call(written)]).message.asMap
        let told = message?["tool_calls"]?.asList?.first?.asMap?["function"]?.asMap?["arguments"]?.asText
        #expect(try JSON.parse(told ?? "") == .record([("a", .int(1))]))
    }

    @Test(arguments: ["", " \n", "null", "[]", #""""#, #""  ""#]) func noArgumentsAreNone(written: String) {
        #expect(call(written).value == .record([]))
    }

    /// Two records in one text mean neither, and the tool's model is told what it wrote.
    @Test(arguments: [#"{"a":1}{"a":2}"#, "Ulm", #"weather in {"a":1}"#, "{'a': 1"])
    func whatIsNoneStaysAsItIs(written: String) {
        #expect(call(written).value == .string(written))
    }
}
