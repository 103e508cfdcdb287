import AutoRuntime
import CEL
import StepKinds
import Testing
import Values

/// What bounds a loop, and what is said when it does.
@Suite(.timeLimit(.minutes(1))) struct VisitLimitTests {
    private let loop = """
        START begin -> a
        DATA_TRANSFORM a -> d { BOUND_A
          prompt_template { value: 0 } }
        LOGIC_DECISION d { BOUND_D
          prompt_template { again: when a.results.size() < LAST -> a
          done: else -> end } }
        """

    private func run(a: String = "", d: String = "", until last: Int) async throws -> SessionRecord {
        let text = loop.replacing("BOUND_A", with: a).replacing("BOUND_D", with: d)
            .replacing("LAST", with: "\(last)")
        return try await Stage(text).run().1
    }

    @Test(.timeLimit(.minutes(1)))
    func aLoopWithinItsLimitEnds() async throws {
        let record = try await run(a: "max_visits: 5", until: 4)
        #expect(record.header.status == .finished && record.steps.count == 9)
    }

    @Test(.timeLimit(.minutes(1)))
    func theStepWhoseLimitItIsIsNamed() async throws {
        let record = try await run(a: "max_visits: 5", until: 100)
        #expect(
            record.header.error
                == "step a: visited 5 times without coming to an end: that is its `max_visits`; for more, raise the `max_visits` of `a`"
        )
    }

    @Test(.timeLimit(.minutes(1)))
    func aLoopWithoutALimitStops() async throws {
        let record = try await run(until: 5_000)
        #expect(
            record.header.error
                == "step a: visited 1000 times without coming to an end: no `max_visits` bounds it, so it stops there; for another limit add `max_visits` to `a`"
        )
    }

    /// A large limit on any one step is the limit of the whole loop.
    @Test(.timeLimit(.minutes(1)), arguments: [("max_visits: 100000", ""), ("", "max_visits: 100000")])
    func oneStepBoundsTheWholeLoop(a: String, d: String) async throws {
        let record = try await run(a: a, d: d, until: 1_200)
        #expect(
            record.header.status == .finished && record.steps.count == 2_401, "\(record.header.error ?? "")")
    }

    /// A loop inside another one, which the limit does not lead through, is bounded by itself.
    @Test(.timeLimit(.minutes(1)))
    func anInnerLoopIsALoopOfItsOwn() async throws {
        let text = """
            START begin -> outer
            DATA_TRANSFORM outer -> inner { max_visits: 100000
              prompt_template { value: 0 } }
            DATA_TRANSFORM inner -> d { prompt_template { value: 0 } }
            LOGIC_DECISION d { prompt_template {
              again: when inner.results.size() < 5000 -> inner
              round: when outer.results.size() < 2 -> outer
              done: else -> end } }
            """
        let (_, record) = try await Stage(text).run()
        #expect(record.header.error?.hasPrefix("step inner: visited 1000 times") == true)
    }

    /// `on_error` that leads back into the loop takes the failure by the limit, but not for ever.
    @Test(.timeLimit(.minutes(1)))
    func anErrorBranchDoesNotUndoTheLimit() async throws {
        let text = """
            START begin -> a
            LLM_CALL a -> d { max_visits: 2
              on_error -> d
              prompt_template { user: "a" } }
            LOGIC_DECISION d { prompt_template {
              again: when a.results.size() < 5000 -> a
              done: else -> end } }
            """
        let (end, record) = try await Stage(text).run()
        #expect(end == .failed)
        #expect(
            record.header.error
                == "step d: visited 3 times without coming to an end: its loop is bounded by the `max_visits` of `a`; for more, raise that"
        )
    }

    /// A step whose `on_error` leads to itself fails at its limit again and again, but not for ever.
    @Test(.timeLimit(.minutes(1)))
    func anErrorBranchToItselfEnds() async throws {
        let text = """
            START begin -> a
            LLM_CALL a -> end { max_visits: 2
              on_error -> a
              prompt_template { user: "a" } }
            """
        let (end, record) = try await Stage(text) { _, _ throws(StepFailure) in
            throw StepFailure(.status, "no")
        }
        .run()
        #expect(end == .failed && record.steps.count == 3)
        #expect(record.header.error?.hasPrefix("step a: visited 2 times") == true)
    }
}
