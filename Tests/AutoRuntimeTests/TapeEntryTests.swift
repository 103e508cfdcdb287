import AutoRuntime
import Testing
import Values

/// A recording keeps values as they were, and reads what older versions wrote.
@Suite(.timeLimit(.minutes(1))) struct TapeEntryTests {
    private func exactly(_ value: Value) -> String { JSON.text(TypedJSON.encode(value)) }

    @Test func questionsAndAnswersComeBackAsTheyWere() throws {
        let duration = try #require(Duration(text: "30s"))
        let request = Value.record([("timeout", .duration(duration)), ("n", .uint(1)), ("x", .double(2))])
        let entry = TapeEntry(kind: .model, step: "a", request: request, answer: .value(.bytes([255])))
        let read = try #require(TapeEntry(json: try JSON.parse(JSON.text(entry.json))))
        #expect(exactly(read.request) == exactly(request))
        guard case .value(let answer) = read.answer else {
            Issue.record("expected a value")
            return
        }
        #expect(exactly(answer) == exactly(.bytes([255])))
    }

    @Test func anOlderRecordingIsRead() throws {
        let text = #"{"kind":"http","step":"a","request":{"$ref":"x"},"answer":{"status":200}}"#
        let read = try #require(TapeEntry(json: try JSON.parse(text)))
        #expect(exactly(read.request) == exactly(.record([("$ref", .string("x"))])))
    }
}
