import AutoRuntime
import StepKinds
import Testing
import Values

/// Which visit of its step, and which element, a record is of.
@Suite(.timeLimit(.minutes(1))) struct RecordVisitTests {
    @Test func elementsShareTheirVisitAndAreCounted() async throws {
        let stage = try Stage(
            """
            input pages: list<text>
            START begin -> read
            DATA_TRANSFORM read -> again { each: page in inputs.pages
              prompt_template { value: page + "!" } }
            DATA_TRANSFORM again -> more { prompt_template { value: again.?result.orValue(0) + 1 } }
            LOGIC_DECISION more { prompt_template {
              back: when again.result < 2 -> read
              done: else -> end } }
            """)
        let (end, record) = try await stage.run(
            .record([("pages", .list([.string("kiel"), .string("rom")]))]))
        #expect(end == .finished)
        let visits = record.visits(stage.plan)
        let read = zip(record.steps, visits).filter { record.stepInfos[$0.0.stepIndex].name == "read" }
        #expect(read.map(\.1.number) == [1, 1, 2, 2])
        #expect(read.map(\.1.element?.number) == [1, 2, 1, 2])
        #expect(read.allSatisfy { $0.1.element?.count == 2 })
        #expect(read.map(\.1.element?.text) == ["kiel", "rom", "kiel", "rom"])
        let again = zip(record.steps, visits).filter { record.stepInfos[$0.0.stepIndex].name == "again" }
        #expect(again.map(\.1.number) == [1, 2] && again.allSatisfy { $0.1.element == nil })
    }

    /// The list may be what an earlier step gave, itself by elements.
    @Test func theListIsKnownAgainFromTheRecordsBefore() async throws {
        let stage = try Stage(
            """
            START begin -> double
            DATA_TRANSFORM double -> show { each: n in [1, 2, 3]
              prompt_template { value: n * 2 } }
            DATA_TRANSFORM show -> end { each: n in double.result
              prompt_template { value: n } }
            """)
        let (_, record) = try await stage.run()
        let shown = zip(record.steps, record.visits(stage.plan))
            .filter { record.stepInfos[$0.0.stepIndex].name == "show" }
        #expect(shown.map(\.1.element?.text) == ["2", "4", "6"])
        #expect(record.result(stage.plan) == .list([.int(2), .int(4), .int(6)]))
    }

    /// A session ends with the whole list, of the step's last visit only.
    @Test(arguments: [
        ("", "[10,5]"), ("on_failed: \"null\"", "[10,null,5]"), ("on_failed: \"drop\"", "[10,5]"),
    ])
    func theResultIsTheList(field: String, result: String) async throws {
        let list = field.isEmpty ? "[1, 2]" : "[1, 0, 2]"
        let stage = try Stage(
            """
            START begin -> part
            DATA_TRANSFORM part -> end { each: n in \(list)
              \(field)
              prompt_template { value: 10 / n } }
            """)
        let (end, record) = try await stage.run()
        #expect(end == .finished)
        #expect(record.result(stage.plan).map { JSON.text($0) } == result)
    }
}
