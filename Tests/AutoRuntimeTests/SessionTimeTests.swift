import AutoChecker
import AutoRuntime
import AutoStore
import Diagnostics
import Testing
import Values

/// `session.started_at` is when the session began, whenever and how often it is read.
@Suite(.timeLimit(.minutes(1))) struct SessionTimeTests {
    private let text = """
        START begin -> ask
        GET_USER_INPUT ask -> note { prompt_template { message: "Go on?" } }
        DATA_TRANSFORM note -> end { prompt_template { value: {
          at: "${session.started_at}", year: session.started_at.getFullYear(),
          day: format_time(session.started_at, "%Y-%m-%d", "Europe/Berlin") } } }
        """

    @Test func itIsTheRecordsAndTheSameAfterAResume() async throws {
        let stage = try Stage(text) { _, _ throws(StepFailure) in .waiting }
        let (end, waiting) = try await stage.run()
        #expect(end == .waiting)
        stage.clock.advance(by: 86_400_000_000_000)
        let (_, record) = try await stage.run(earlier: waiting.answered("yes"))
        let expected = #"{"at":"2023-11-14T22:13:20Z","year":2023,"day":"2023-11-14"}"#
        #expect(record.steps.last?.result.map(resultText) == expected, "\(record.header.error ?? "")")
        #expect(record.json.asMap?["created_at"]?.asText == "2023-11-14T22:13:20Z")
    }

    @Test func aTestSetsItByNow() async throws {
        let text = """
            automation "T"
            START begin -> t
            DATA_TRANSFORM t -> end { prompt_template { value: "${session.started_at}" } }
            test "runs" {
              now: "2026-01-31T09:00:00Z"
              expect t.result == "2026-01-31T09:00:00Z"
              expect session.started_at == timestamp("2026-01-31T09:00:00Z")
            }

            """
        let checked = check(SourceText(name: "t.auto", text: text))
        let automation = try #require(
            checked.automation, "\(render(checked.findings, in: checked.source, as: .short))")
        let clock = TestClock()
        let runner = TestRunner(
            executors: Executors(forAll: Actor { _, _ throws(StepFailure) in .value(.null) }), clock: clock
        ) { MemoryStore(keepsRecords: false, clock: clock) }
        let id = ID(name: "t.auto")
        let stored = StoredAutomation(
            id: id, name: "T", path: "t.auto", text: text,
            stepInfos: automation.stepInfos(automationID: id, fileTime: 0))
        let outcome = try await runner.run(automation.tests[0], of: Plan(automation), stored)
        #expect(outcome.failures.map(\.text) == [])
    }

    @Test func itsTypeIsKnown() {
        let text = """
            automation "T"
            START begin -> t
            DATA_TRANSFORM t -> end { prompt_template { value: session.started_at + 1 } }

            """
        let findings = check(SourceText(name: "t.auto", text: text)).findings
        #expect(findings.contains { $0.message.contains("timestamp") }, "\(findings.map(\.message))")
    }
}
