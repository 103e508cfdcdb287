import AutoRuntime
import StepKinds
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

    /// Elements of `each` that ask the same at the same time have each their own answer, in whichever order they ask again.
    @Test func eachElementHasItsOwnAnswer() async throws {
        let entries = [2, 1, 3].map { number in
            TapeEntry(
                kind: .model, step: "a", element: number, request: .string("?"),
                answer: .value(.int(Int64(number))))
        }
        let read = try entries.map { try #require(TapeEntry(json: $0.json)) }
        #expect(read.map(\.element) == [2, 1, 3])
        let tape = ReplayTape(read.map { ("an entry", $0) })
        func ask(_ element: Int?) async throws -> Value {
            try await Sending.$current.withValue(Sending(confirm: { nil }, element: element)) {
                try await tape.answer(.model, step: "a", request: .string("?")) { () throws(StepFailure) in
                    .null
                }
            }
        }
        for number in [3, 1, 2] { #expect(try await ask(number) == .int(Int64(number))) }
        // Asked once more, the last of its own.
        #expect(try await ask(1) == .int(1))
        #expect(try await ask(nil) == .int(3))
    }

    @Test func anOlderRecordingIsRead() throws {
        let text = #"{"kind":"http","step":"a","request":{"$ref":"x"},"answer":{"status":200}}"#
        let read = try #require(TapeEntry(json: try JSON.parse(text)))
        #expect(exactly(read.request) == exactly(.record([("$ref", .string("x"))])))
    }
}
