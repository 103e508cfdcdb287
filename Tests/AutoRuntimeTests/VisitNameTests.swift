import AutoChecker
import AutoRuntime
import CEL
import StepKinds
import Testing
import Values

/// Which records a rerun takes over.
@Suite(.timeLimit(.minutes(1))) struct VisitNameTests {
    private let loop = """
        START begin -> count
        DATA_TRANSFORM count -> more { max_visits: 30
          prompt_template { value: count.results.size() } }
        LOGIC_DECISION more { prompt_template {
          again: when count.result < 24 -> count
          done: else -> end } }
        """

    private func taken(_ record: SessionRecord, _ stage: Stage, _ visit: VisitName) throws -> [StepRecord] {
        try record.recordsToRerun(from: visit, of: stage.plan.automation, now: 5)
    }

    @Test(.timeLimit(.minutes(1)))
    func theTwentiethVisitStartsThere() async throws {
        let stage = try Stage(loop)
        let (_, record) = try await stage.run()
        // START, then two records a turn.
        #expect(try taken(record, stage, VisitName(text: "count#20")).count == 1 + 2 * 19)
        #expect(try taken(record, stage, VisitName(text: "count")).count == 1)
        #expect(try taken(record, stage, VisitName(text: "count#1")).count == 1)
        #expect(try taken(record, stage, VisitName(text: "more#3")).count == 6)
        #expect(
            try taken(record, stage, .record(record.steps[17].id)).map(\.id) == record.steps[..<17].map(\.id))
    }

    /// What is taken over is not run again, and what follows begins as it did the first time.
    @Test(.timeLimit(.minutes(1)))
    func aRerunGoesOnFromTheVisit() async throws {
        let stage = try Stage(loop)
        let (_, record) = try await stage.run()
        var earlier = record
        earlier.header.status = .running
        earlier.steps = try taken(record, stage, VisitName(text: "count#20"))
        let (end, again) = try await stage.run(earlier: earlier)
        #expect(end == .finished && again.steps.count == record.steps.count)
        #expect(again.steps[..<39].map(\.id) == record.steps[..<39].map(\.id))
        #expect(again.steps.map(\.result) == record.steps.map(\.result))
    }

    @Test(
        .timeLimit(.minutes(1)),
        arguments: [
            ("count#26", "the step `count` has 25 records, so there is no `count#26`"),
            ("count#0", "`count#0` names no visit: write STEP, or STEP#2 for the step's second record"),
            ("count#x", "`count#x` names no visit: write STEP, or STEP#2 for the step's second record"),
            ("cont", "the session never came to a step `cont`, did you mean `count`?"),
            ("other", "the session never came to a step `other`; it came to begin, count, more"),
            ("begin#2", "the step `begin` has one record, so there is no `begin#2`"),
        ])
    func whatIsNotThereIsSaid(name: String, words: String) async throws {
        let stage = try Stage(loop)
        let (_, record) = try await stage.run()
        #expect(throws: VisitProblem(words)) { try taken(record, stage, VisitName(text: name)) }
    }

    /// A sibling that was cancelled runs again: replayed as it was, it would end the new session at once.
    @Test(.timeLimit(.minutes(1)))
    func aCancelledSiblingRunsAgain() async throws {
        let text = """
            START begin -> [a, b]
            LLM_CALL a -> end { prompt_template { user: "a" } }
            LLM_CALL b -> end { prompt_template { user: "b" } }
            """
        let stage = try Stage(text) { work, _ throws(StepFailure) in
            if work.step.name == "b" { throw StepFailure(.failed, "b broke") }
            await untilCancelled()
            throw .cancelled
        }
        let (_, record) = try await stage.run()
        // The branches begin in any order; the failing one is rerun, with the other before it or behind it.
        let records = try taken(record, stage, VisitName(text: "b"))
        #expect(records.allSatisfy { $0.status == .new || $0.status == .finished })
    }
}
