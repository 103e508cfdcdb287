import AutoRuntime
import CEL
import StepKinds
import Testing
import Values

/// A run that was interrupted sees the same values as one that was not.
@Suite(.timeLimit(.minutes(1))) struct ResumedValueTests {
    /// The record as a store gives it back.
    private func kept(_ record: SessionRecord) throws -> SessionRecord {
        func again(_ value: Value) throws -> Value {
            try KeptJSON.value(KeptJSON.text(value))
        }
        var steps = record.steps
        for place in steps.indices {
            steps[place].prompt = try steps[place].prompt.map(again)
            steps[place].result = try steps[place].result.map(again)
        }
        let header = record.header
        return SessionRecord(
            header: SessionHeader(
                id: header.id, automationID: header.automationID, inputs: try again(header.inputs),
                status: header.status, error: header.error, createdAt: header.createdAt,
                updatedAt: header.updatedAt), steps: steps, stepInfos: record.stepInfos)
    }

    private let text = """
        input doc: bytes
        START begin -> pause
        DATA_TRANSFORM pause -> ask { prompt_template { value: { for: duration("90s"), whole: 3, part: 3.0, raw: b"\\xff\\x00" } } }
        GET_USER_INPUT ask -> note { prompt_template { message: "Go on?" } }
        DATA_TRANSFORM note -> end { prompt_template { value: {
          bytes: size(inputs.doc), seconds: pause.prompt.value.for.getSeconds(), kinds: [
            type(pause.prompt.value.whole) == int, type(pause.prompt.value.part) == double,
            type(pause.prompt.value.raw) == bytes, type(pause.result.for) == google.protobuf.Duration] } } }
        """

    @Test(.timeLimit(.minutes(1)))
    func valuesKeepTheirTypes() async throws {
        let inputs = Value.record([("doc", .bytes([0, 255, 1, 2, 3, 4, 5, 6]))])
        let stage = try Stage(text) { _, _ throws(StepFailure) in .waiting }
        let (end, waiting) = try await stage.run(inputs)
        #expect(end == .waiting)
        let resumed = try kept(waiting).answered("yes")
        let (_, whole) = try await Stage(text) { _, _ throws(StepFailure) in .value(.string("yes")) }.run(
            inputs)
        let (_, record) = try await stage.run(resumed.header.inputs, earlier: resumed)
        let expected = #"{"bytes":8,"seconds":90,"kinds":[true,true,true,true]}"#
        #expect(whole.steps.last?.result.map(resultText) == expected, "\(whole.header.error ?? "")")
        #expect(record.steps.last?.result.map(resultText) == expected, "\(record.header.error ?? "")")
    }

    /// A question whose prompt holds more than plain JSON stands on: its time does not begin anew.
    @Test(.timeLimit(.minutes(1)))
    func aQuestionStandsOn() async throws {
        let text = """
            START begin -> ask
            GET_USER_INPUT ask -> end { timeout: 1h
              result: list<int>
              prompt_template { message: "?", default: [1, 2] } }
            """
        let stage = try Stage(text) { _, _ throws(StepFailure) in .waiting }
        let (_, waiting) = try await stage.run()
        stage.clock.advance(by: 1_800_000_000_000)
        let (_, again) = try await stage.run(earlier: try kept(waiting))
        #expect(again.steps.last?.updatedAt == waiting.steps.last?.updatedAt)
    }
}
