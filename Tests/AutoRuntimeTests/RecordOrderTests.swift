import AutoChecker
import AutoRuntime
import AutoSyntax
import CEL
import StepKinds
import Synchronization
import Testing
import Values

/// The changes that a store receives, over the death of a process at any of them.
@Suite(.timeLimit(.minutes(1))) struct RecordOrderTests {
    /// What a store has received.
    private final class Changes: Sendable {
        private let all = Mutex<[RunEvent]>([])

        func add(_ event: RunEvent) { all.withLock { $0.append(event) } }

        var events: [RunEvent] { all.withLock { $0 } }
    }

    private func stage(_ seed: Int) throws -> Stage {
        try Stage(RandomAutomation.text(seed: seed)) { work, count throws(StepFailure) in
            var dice = Dice(seed: UInt64(seed * 1_000 + work.step.index * 31 + count))
            for _ in 0..<dice.roll(4) { await Task.yield() }
            if work.step.type == .getUserInput { return .waiting }
            if dice.roll(5) == 0 { throw StepFailure(.status, "by chance") }
            return .value(.string("ok"))
        }
    }

    /// What a store holds when the process dies after so many changes.
    private func record(_ whole: SessionRecord, after changes: ArraySlice<RunEvent>) -> SessionRecord {
        var record = SessionRecord(header: whole.header, steps: [], stepInfos: whole.stepInfos)
        record.header.status = .new
        for case .step(let ordinal, let step) in changes {
            if ordinal < record.steps.count {
                record.steps[ordinal] = step
            } else {
                record.steps.append(step)
            }
        }
        for case .session(let header) in changes { record.header = header }
        return record
    }

    private func rank(_ status: Status) -> Int {
        switch status {
        case .new: 0
        case .running: 1
        case .finished, .failed: 2
        }
    }

    /// No record goes back to an earlier state, and none that has ended changes at all.
    private func expectOrder(_ changes: [RunEvent], _ about: String) {
        var last: [ID: Status] = [:]
        for case .step(_, let record) in changes {
            if let before = last[record.id] {
                #expect(rank(before) < 2, "\(about): \(before) and then \(record.status)")
                #expect(rank(before) <= rank(record.status), "\(about): \(before) and then \(record.status)")
            }
            last[record.id] = record.status
        }
    }

    @Test(.timeLimit(.minutes(1)), arguments: 0..<60)
    func noRecordGoesBack(seed: Int) async throws {
        let stage = try stage(seed)
        let first = Changes()
        let (_, whole) = try await stage.run(desk: AnswerDesk()) { first.add($0) }
        let received = first.events
        expectOrder(received, "seed \(seed)")
        var dice = Dice(seed: UInt64(seed))
        for _ in 0..<5 {
            let kept = received[..<dice.roll(received.count)]
            var left = record(whole, after: kept)
            guard left.header.status != .finished, left.header.status != .failed else { continue }
            // Somebody answers while no process runs the session.
            if dice.roll(2) == 0 { left = left.answered("yes") }
            let second = Changes()
            let (_, resumed) = try await stage.run(earlier: left, desk: AnswerDesk()) { second.add($0) }
            expectOrder(Array(kept) + second.events, "seed \(seed), \(kept.count) changes kept")
            for ended in left.steps where rank(ended.status) == 2 {
                let now = resumed.steps.first { $0.id == ended.id }
                #expect(now?.status == ended.status && now?.result == ended.result)
            }
        }
    }

    /// A session that waits, is answered and goes on: RUNNING, then FINISHED, and nothing between them.
    @Test(.timeLimit(.minutes(1)))
    func anAnsweredQuestionIsNotAskedAnew() async throws {
        let text = """
            START begin -> ask
            GET_USER_INPUT ask -> note { timeout: 1h
              prompt_template { message: "How long?" } }
            DATA_TRANSFORM note -> end { prompt_template { value: ask.result } }
            """
        let stage = try Stage(text) { _, _ throws(StepFailure) in .waiting }
        let first = Changes()
        let (end, waiting) = try await stage.run { first.add($0) }
        #expect(end == .waiting)
        // Taken up again without an answer, it goes on waiting as it stands: nothing is written anew.
        let idle = Changes()
        let (still, again) = try await stage.run(earlier: waiting) { idle.add($0) }
        #expect(still == .waiting)
        #expect(!idle.events.contains { if case .step = $0 { true } else { false } })
        let last = Changes()
        let (finished, record) = try await stage.run(earlier: again.answered("an hour")) { last.add($0) }
        #expect(finished == .finished && record.steps.last?.result == .string("an hour"))
        let asked = try #require(waiting.waiting.first)
        #expect(
            !last.events.contains {
                if case .step(_, let changed) = $0 { changed.id == asked.id } else { false }
            })
        expectOrder(first.events + last.events, "answered")
    }
}
