import AutoRuntime
import AutoStore
import StepKinds
import Synchronization
import Testing
import Values

/// Steps that are tried again, and whose process ends in between: what had been tried counts.
@Suite(.timeLimit(.minutes(1))) struct ResumedTryTests {
    private static let second: Int64 = 1_000_000_000

    /// The tries that a trace tells of, in their order.
    private func tries(_ trace: [TraceEvent]) -> [Int?] {
        trace.filter { $0.happening.word == .attempt }.map(\.attempt)
    }

    /// A session whose process ended behind its step's second try; the third one always fails.
    ///
    /// - Parameter passed: seconds since that try ended.
    private func resumed(
        _ end: AttemptEnd, passed: Int64
    ) async throws -> (count: Int, slept: [Int64], tries: [Int?]) {
        let stage = try Stage(
            """
            START begin -> t
            LLM_CALL t -> end {
              retry: { attempts: 3, first_delay: 1s }
              prompt_template { user: "U" }
            }
            """, keepsRecords: true
        ) { _, _ throws(StepFailure) in throw StepFailure(.status, "busy", retryable: true) }
        let header = SessionHeader(
            id: ID(milliseconds: 1, count: 1, random: 1), automationID: stage.stored.id, inputs: .record([]),
            status: .running, error: nil, createdAt: 0, updatedAt: 0)
        let steps = [Status.finished, .running].enumerated().map { place, status in
            StepRecord(
                id: ID(milliseconds: 2, count: UInt16(place), random: 1), stepIndex: place, status: status,
                prompt: .record([]), result: status == .finished ? .string("") : nil, error: nil,
                errorKind: nil, createdAt: 0, updatedAt: 0)
        }
        let told = TraceEvent(
            at: stage.clock.now() - passed * Self.second, record: steps[1].id, attempt: 2, .attempt(end))
        _ = try await stage.store.start(
            header, of: stage.stored, taking: TakenOver(steps: steps, trace: [told]), held: true, key: nil)
        let earlier = SessionRecord(header: header, steps: steps, stepInfos: stage.stored.stepInfos)
        let (_, record) = try await stage.run(earlier: earlier)
        #expect(record.header.status == .failed)
        // The timeout of a step is a sleep, too.
        let slept = stage.clock.slept.withLock { $0 }.filter { $0 < 500 * Self.second }
        return (stage.actor.count("t"), slept, tries(try await stage.store.trace(of: header.id)))
    }

    private static let failed = AttemptEnd(
        time: 1, kind: .status, message: "busy", delay: 300 * ResumedTryTests.second)

    /// The pause goes on where it was, also where a clock was set back meanwhile; one that is over is over.
    @Test(arguments: [(1, [299]), (400, []), (-3_600, [300])] as [(Int64, [Int64])])
    func aStepGoesOnWithItsNextTry(passed: Int64, slept: [Int64]) async throws {
        let resumed = try await resumed(Self.failed, passed: passed)
        #expect(resumed.count == 1 && resumed.tries == [2, 3])
        #expect(resumed.slept == slept.map { $0 * Self.second })
    }

    /// What a try gave that was told as the last one did not come into the record: it is done again.
    @Test func aTryWhoseResultIsLostIsDoneAgain() async throws {
        let resumed = try await resumed(AttemptEnd(time: 1), passed: 1)
        #expect(resumed.count == 2 && resumed.tries == [2, 2, 3])
    }

    /// A call whose process ended in the pause behind its second try, or when the third had failed and nobody had heard it.
    @Test(arguments: [(1, 1), (2, 0)]) func aCallGoesOnWithItsNextTry(named: Int, asked: Int) async throws {
        let files = [
            "main.auto": """
            automation "Main"
            START begin -> c
            REST_API c -> end {
              retry: { attempts: 3, first_delay: 100s, max_delay: 200s }
              prompt_template { automation: "think.auto", inputs: { word: "x" } }
            }
            """,
            "think.auto": """
            automation "Thinking"
            input word: text
            START begin -> think
            LLM_CALL think -> end { prompt_template { user: inputs.word } }
            """,
        ]
        let folder = try Folder(files) { _, _ throws(StepFailure) in throw StepFailure(.status, "busy") }
        let (_, record) = try await folder.run()
        let called = try await folder.called()
        #expect(called.count == 3)
        let trace = try await folder.store.trace(of: record.header.id).filter { ($0.attempt ?? 0) < 3 }
        let told = try #require(trace.last)
        guard case .attempt(let end) = told.happening, let delay = end.delay else {
            Issue.record("no pause was told: \(told)")
            return
        }

        var interrupted = record
        interrupted.header.status = .running
        interrupted.header.error = nil
        var prompt = try #require(record.steps[1].prompt?.asMap)
        prompt["session_id"] = .string(called[named].header.id.text)
        interrupted.steps[1].prompt = .map(prompt)
        interrupted.steps[1].status = .running
        (interrupted.steps[1].error, interrupted.steps[1].errorKind) = (nil, nil)

        let copy = try Folder(files) { _, _ throws(StepFailure) in throw StepFailure(.status, "busy") }
        copy.clock.advance(by: told.at + Self.second - copy.clock.now())
        _ = try await copy.store.start(
            interrupted.header, of: copy.stored, taking: TakenOver(steps: interrupted.steps, trace: trace),
            held: false, key: nil)
        for session in called.prefix(named + 1) {
            let stored = try #require(try await folder.store.session(session.header.id, of: nil))
            _ = try await copy.store.start(
                session.header, of: stored.automation, taking: TakenOver(steps: stored.record.steps),
                held: false, key: nil)
        }
        let (last, after) = try await copy.resume(interrupted)
        #expect(last == .failed && after.steps[1].errorKind == "session")
        #expect(copy.actor.count("think") == asked)
        #expect(try await copy.called().count == 3)
        #expect(tries(try await copy.store.trace(of: record.header.id)) == [1, 2, 3])
        let slept = copy.clock.slept.withLock { $0 }.filter { $0 < 500 * Self.second }
        #expect(slept == (named == 1 ? [delay - Self.second] : []))
    }
}
