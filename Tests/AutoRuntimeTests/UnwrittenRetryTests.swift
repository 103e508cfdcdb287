import AutoRuntime
import AutoStore
import StepKinds
import Synchronization
import Testing
import Values

/// A question to a model is asked again where that surely helps, though the file says nothing of it.
@Suite(.timeLimit(.minutes(1))) struct UnwrittenRetryTests {
    private func tries(
        _ step: String, _ failure: StepFailure, failing count: Int = .max
    ) async throws -> (count: Int, end: RunEnd, slept: [Double]) {
        let stage = try Stage("START begin -> t\n" + step) { _, number throws(StepFailure) in
            if number <= count { throw failure }
            return .value(.string("yes"))
        }
        let (end, _) = try await stage.run()
        // The timeout of a step is a sleep, too.
        let slept = stage.clock.slept.withLock { $0 }.map { Double($0) / 1e9 }.filter { $0 < 500 }
        return (stage.actor.count("t"), end, slept)
    }

    private let ask = "LLM_CALL t -> end { prompt_template { user: \"U\" } }"

    @Test(arguments: [
        (FailureKind.rateLimited, 3), (.status, 3), (.network, 3), (.stream, 3), (.empty, 3), (.body, 3),
        (.timeout, 1), (.result, 1), (.embedding, 1),
    ])
    func whatPassesIsTriedThreeTimes(kind: FailureKind, count: Int) async throws {
        let (tried, end, slept) = try await tries(ask, StepFailure(kind, "no", retryable: true))
        #expect(tried == count && end == .failed)
        // Jittered, and longer each time.
        let bounds = [0.5...1.0, 1.0...2.0].prefix(count - 1)
        #expect(slept.count == bounds.count && zip(slept, bounds).allSatisfy { $1.contains($0) }, "\(slept)")
    }

    @Test func oneThatIsAnsweredThenGoesOn() async throws {
        let (tried, end, slept) = try await tries(
            ask, StepFailure(.rateLimited, "no", retryable: true, retryAfter: 7), failing: 1)
        #expect(tried == 2 && end == .finished && slept == [7])
    }

    /// Many who ask at once are let through a few at a time, so that some wait for a limit again and again.
    @Test func waitingForALimitIsNoTry() async throws {
        let limit = StepFailure(.rateLimited, "no", retryable: true, retryAfter: 1)
        let (tried, end, slept) = try await tries(ask, limit, failing: 12)
        #expect(tried == 13 && end == .finished && slept == Array(repeating: 1, count: 12))
        #expect(try await tries(ask, limit).count == 23)
        let written = "LLM_CALL t -> end { retry: { attempts: 2 }\n prompt_template { user: \"U\" } }"
        #expect(try await tries(written, limit).count == 2)
    }

    @Test func whatIsForeverIsNotTriedAgain() async throws {
        #expect(try await tries(ask, StepFailure(.status, "no")).count == 1)
    }

    @Test func whatIsWrittenWins() async throws {
        let failure = StepFailure(.status, "no", retryable: true)
        let step = "LLM_CALL t -> end { retry: { attempts: 1 }\n prompt_template { user: \"U\" } }"
        #expect(try await tries(step, failure).count == 1)
        let slow = "LLM_CALL t -> end { retry: { attempts: 2 }\n prompt_template { user: \"U\" } }"
        #expect(try await tries(slow, StepFailure(.timeout, "no", retryable: true)).count == 2)
    }

    @Test(arguments: [
        ("LLM_CALL t -> end { prompt_template { user: \"U\", model: \"builtin\" } }", 1),
        ("REST_API t -> end { prompt_template { url: \"https://example.org/\" } }", 1),
        ("TEXT_TO_JSON t -> end { prompt_template { text: \"U\", model: \"gpt-4o\" } }", 3),
        ("TEXT_TO_JSON t -> end { prompt_template { text: \"U\" } }", 1),
        (
            "EMBEDDING_SEARCH t -> end { prompt_template { query: \"U\", documents: [\"a\"], model: \"e\" } }",
            3
        ),
    ])
    func onlyQuestionsToModelsAre(step: String, count: Int) async throws {
        #expect(try await tries(step, StepFailure(.status, "no", retryable: true)).count == count)
    }
}
