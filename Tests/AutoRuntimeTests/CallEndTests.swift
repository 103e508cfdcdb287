import AutoRuntime
import AutoStore
import StepKinds
import Synchronization
import Testing
import Values

/// How calls end that do not succeed at once: tries after a delay, and what a cancellation reaches.
@Suite(.timeLimit(.minutes(1))) struct CallEndTests {
    private static let thinking = """
        automation "Thinking"
        input word: text
        START begin -> think
        LLM_CALL think -> end { prompt_template { user: inputs.word } }
        """

    /// Each try is a session of its own, after the delay that the step's `retry` says.
    @Test func aFailedCallIsTriedAgainAfterADelay() async throws {
        let main = """
            automation "Main"
            START begin -> c
            REST_API c -> end {
              retry: { attempts: 3, first_delay: 10s, factor: 2, max_delay: 60s }
              prompt_template { automation: "think.auto", inputs: { word: "x" } }
            }
            """
        let folder = try Folder(["main.auto": main, "think.auto": CallEndTests.thinking]) {
            _, count throws(StepFailure) in
            guard count > 2 else { throw StepFailure(.status, "busy") }
            return .value(.string("thought"))
        }
        let (end, record) = try await folder.run()
        #expect(end == .finished, "\(record.header.error ?? "")")
        let slept = folder.clock.slept.withLock { $0.map { $0 / 1_000_000_000 } }
        #expect(slept.count == 2, "\(slept)")
        #expect((5...10).contains(slept.first ?? 0) && (10...20).contains(slept.last ?? 0), "\(slept)")
        let called = try await folder.called()
        #expect(called.map(\.header.status) == [.failed, .failed, .finished])
        #expect(
            record.steps.last?.prompt?.asMap?["session_id"] == called.last.map { .string($0.header.id.text) })
        // The tries stand in the trace, as those of other steps do.
        let tries = try await folder.store.trace(of: record.header.id).filter {
            $0.happening.word == .attempt
        }
        #expect(tries.count == 3, "\(tries)")
    }

    /// What did not come to a session would fail again in the same way.
    @Test func whatCannotSucceedIsNotTriedAgain() async throws {
        let main = """
            automation "Main"
            input from: json = 5
            START begin -> c
            REST_API c -> end {
              retry: { attempts: 3, first_delay: 10s }
              prompt_template { automation: "think.auto", inputs: { word: inputs.from } }
            }
            """
        let folder = try Folder(["main.auto": main, "think.auto": CallEndTests.thinking])
        let (end, record) = try await folder.run()
        #expect(end == .failed && record.steps.last?.errorKind == "input", "\(record.header.error ?? "")")
        #expect(folder.clock.slept.withLock { $0.isEmpty })
        #expect(try await folder.called().isEmpty)
    }

    /// Three files: one that forks and calls for each element, one in between, one with `last` in it.
    private static func tree(_ last: String) -> [String: String] {
        [
            "main.auto": """
            automation "Main"
            START begin -> [each_word, alone]
            REST_API each_word -> both {
              each: w in ["a", "b"]
              at_once: 2
              prompt_template { automation: "middle.auto", inputs: { word: w } }
            }
            REST_API alone -> both { prompt_template { automation: "deep.auto", inputs: { word: "c" } } }
            DATA_TRANSFORM both -> end { prompt_template { value: 1 } }
            """,
            "middle.auto": """
            automation "Middle"
            input word: text
            START begin -> inner
            REST_API inner -> end { prompt_template { automation: "deep.auto", inputs: { word: inputs.word } } }
            """,
            "deep.auto": """
            automation "Deep"
            input word: text
            START begin -> work
            \(last)
            """,
        ]
    }

    /// A person is waited for at two depths, behind a fork and an `each`: all of it ends in one commit.
    @Test func cancellingTheOutermostEndsAllThatWaits() async throws {
        let folder = try Folder(
            CallEndTests.tree("GET_USER_INPUT work -> end { prompt_template { message: inputs.word } }"))
        let (end, record) = try await folder.run()
        #expect(end == .waiting)
        #expect(try await folder.called().count == 5)
        #expect(try await folder.store.cancel(record.header.id, now: 5) == .ended)
        let all = try await folder.store.sessions(SessionQuery(limit: 100))
        #expect(all.count == 6)
        for session in all {
            #expect(session.header.status == .failed && session.header.error == "cancelled")
            #expect(session.steps.allSatisfy { $0.status != .running })
        }
        #expect(try await folder.store.counts().waiting == 0)
    }

    /// Work is under way at two depths, behind a fork and an `each`: the task that runs the outermost is
    /// cancelled, and each session is recorded as ended.
    @Test func cancellingTheOutermostEndsAllThatRuns() async throws {
        let (begun, tell) = AsyncStream.makeStream(of: Void.self)
        let folder = try Folder(
            CallEndTests.tree("LLM_CALL work -> end { prompt_template { user: inputs.word } }")
        ) { _, _ throws(StepFailure) in
            tell.yield()
            await untilCancelled()
            throw .cancelled
        }
        let run = Task { try await folder.run() }
        var count = 0
        for await _ in begun {
            count += 1
            if count == 3 { break }
        }
        run.cancel()
        let (end, record) = try await run.value
        #expect(end == .failed && record.header.error == "cancelled")
        let all = try await folder.store.sessions(SessionQuery(limit: 100))
        #expect(all.count == 6)
        #expect(all.allSatisfy { $0.header.status == .failed }, "\(all.map(\.header))")
        #expect(all.allSatisfy { $0.steps.allSatisfy { $0.status != .running } })
    }
}
