import AutoChecker
import AutoSyntax
import CEL
import StepKinds
import Synchronization
import Testing
import Values

@testable import AutoRuntime

/// Forks and `each` on one `parallel`, which counts the branches that do something.
@Suite(.timeLimit(.minutes(1))) struct ParallelTests {
    private func isBalanced(_ desk: AnswerDesk) -> Bool { desk.counts == (active: 1, waiting: 0) }

    /// After an `each` over nothing, a question that nobody can be waited for in is sent away at once.
    @Test(.timeLimit(.minutes(1)))
    func nothingToRunLeavesTheCountRight() async throws {
        let text = """
            START begin -> t
            LLM_CALL t -> ask { each: x in [1].filter(y, y > 1)
              at_once: 2
              prompt_template { user: "${x}" } }
            GET_USER_INPUT ask -> end { timeout: 1h
              prompt_template { message: "?" } }
            """
        let desk = AnswerDesk()
        let (end, record) = try await Stage(text) { _, _ throws(StepFailure) in .waiting }.run(desk: desk)
        #expect(end == .waiting && record.waiting.count == 1)
        #expect(isBalanced(desk))
    }

    /// Whatever forks, elements and loops are in each other, and however they end, the count is right
    /// afterwards, and the session goes on to its end when everything has been answered.
    @Test(.timeLimit(.minutes(1)), arguments: 0..<150)
    func theCountIsRightAfterAnyRun(seed: Int) async throws {
        let stage = try Stage(RandomAutomation.text(seed: seed)) { work, count throws(StepFailure) in
            var dice = Dice(seed: UInt64(seed * 1_000 + work.step.index * 31 + count))
            for _ in 0..<dice.roll(4) { await Task.yield() }
            if work.step.type == .getUserInput { return .waiting }
            if dice.roll(4) == 0 { throw StepFailure(.status, "by chance") }
            return .value(.string("ok"))
        }
        var earlier: SessionRecord?
        for round in 0..<300 {
            let desk = AnswerDesk()
            let (end, record) = try await stage.run(earlier: earlier, desk: desk) { event in
                // Some questions are answered while the run goes on, as soon as they are asked.
                guard case .step(let ordinal, let record) = event, record.status == .running,
                    stage.plan.automation.steps[record.stepIndex].type == .getUserInput
                else { return }
                if (ordinal + seed) % 3 == 0 { desk.answer(record.id, .string("at once")) }
            }
            #expect(isBalanced(desk), "seed \(seed), round \(round): \(desk.counts)")
            guard end == .waiting else {
                #expect(end == .finished || end == .failed)
                return
            }
            #expect(!record.waiting.isEmpty)
            earlier = record.answered("later")
        }
        Issue.record("seed \(seed): the session came to no end")
    }

    /// Cancelled at any moment, a run leaves the count right.
    @Test(.timeLimit(.minutes(1)), arguments: 0..<60)
    func theCountIsRightAfterACancellation(seed: Int) async throws {
        let stage = try Stage(RandomAutomation.text(seed: seed)) { work, _ throws(StepFailure) in
            await Task.yield()
            return work.step.type == .getUserInput ? .waiting : .value(.string("ok"))
        }
        let desk = AnswerDesk()
        var dice = Dice(seed: UInt64(seed))
        let left = Mutex(1 + dice.roll(20))
        let task = Mutex<Task<RunEnd, any Error>?>(nil)
        let started = Task {
            try await stage.run(desk: desk) { _ in
                let isTime = left.withLock { left in
                    left -= 1
                    return left == 0
                }
                if isTime { task.withLock { $0 }?.cancel() }
            }.0
        }
        task.withLock { $0 = started }
        let end = try await started.value
        #expect(end == .failed || end == .waiting || end == .finished)
        #expect(isBalanced(desk), "seed \(seed): \(desk.counts)")
    }

    /// A branch that waits is told its answer while another one goes on.
    @Test(.timeLimit(.minutes(1)))
    func anAnswerIsTakenWhileOthersRun() async throws {
        let text = """
            START begin -> [a, b]
            LLM_CALL a -> join { prompt_template { user: "a" } }
            GET_USER_INPUT b -> c { prompt_template { message: "?" } }
            LLM_CALL c -> join { prompt_template { user: "c" } }
            DATA_TRANSFORM join -> end { prompt_template { value: a.result + b.result + c.result } }
            """
        let desk = AnswerDesk()
        // `a` goes on until `c`, which follows the answer, has begun.
        let began = AsyncStream<Void>.makeStream()
        let (end, record) = try await Stage(text) { work, _ throws(StepFailure) in
            switch work.step.name {
            case "a": for await _ in began.stream {}
            case "b": return .waiting
            default: began.continuation.finish()
            }
            return .value(.string(work.step.name))
        }.run(desk: desk) { event in
            guard case .step(_, let record) = event, record.stepIndex == 2, record.status == .running else {
                return
            }
            desk.answer(record.id, .string("B"))
        }
        #expect(end == .finished && record.steps.last?.result == .string("aBc"))
        #expect(isBalanced(desk))
    }

    /// An answer that was handed over when the question's time ran out is the one that counts, and is
    /// recorded.
    @Test(.timeLimit(.minutes(1)), arguments: 0..<50)
    func anAnswerInTheLastMomentCounts(number: Int) async throws {
        let text = """
            START begin -> [a, ask]
            LLM_CALL a -> join { prompt_template { user: "a" } }
            GET_USER_INPUT ask -> join { timeout: 2s
              prompt_template { message: "?", default: "nobody" } }
            DATA_TRANSFORM join -> end { prompt_template { value: ask.result } }
            """
        let desk = AnswerDesk()
        let asked = AsyncStream<Void>.makeStream()
        // The test's clock lets two seconds pass at once, so the time is over as soon as it begins.
        let (end, record) = try await Stage(text) { work, _ throws(StepFailure) in
            if work.step.type == .getUserInput { return .waiting }
            for await _ in asked.stream {}
            return .value(.string("a"))
        }.run(desk: desk) { event in
            guard case .step(_, let record) = event, record.status == .running, record.stepIndex == 2
            else { return }
            desk.answer(record.id, .string("yes"))
            asked.continuation.finish()
        }
        #expect(end == .finished && record.steps.last?.result == .string("yes"))
        #expect(record.steps.first { $0.stepIndex == 2 }?.result == .string("yes"))
        #expect(isBalanced(desk))
    }

    /// No more parts run at once than may, each one begins once, and the last ones are begun too.
    @Test(.timeLimit(.minutes(1)), arguments: [(0, 3), (1, 3), (7, 1), (7, 3), (3, 7)])
    func soManyAtOnce(count: Int, limit: Int) async throws {
        let running = Mutex((now: 0, most: 0))
        let desk = AnswerDesk()
        var begun: [Int] = []
        var ended: Set<Int> = []
        await desk.parallel(count, limit: limit) { place in
            begun.append(place)
            return {
                running.withLock { $0 = ($0.now + 1, max($0.most, $0.now + 1)) }
                for _ in 0..<3 { await Task.yield() }
                running.withLock { $0.now -= 1 }
                return place
            }
        } end: { place, part in
            #expect(place == part)
            ended.insert(place)
            return .goOn
        }
        #expect(begun == Array(0..<count) && ended.count == count)
        #expect(running.withLock { $0.most } <= limit && isBalanced(desk))
    }

    /// The first failure cancels what runs, and nothing else begins.
    @Test(.timeLimit(.minutes(1)))
    func theFirstFailureStopsTheOthers() async throws {
        let desk = AnswerDesk()
        var begun = 0
        await desk.parallel(5, limit: 2) { place in
            begun += 1
            return {
                if place == 1 { await untilCancelled() }
                return place
            }
        } end: { _, _ in
            .stop
        }
        #expect(begun == 2 && isBalanced(desk))
    }
}

extension SessionRecord {
    /// The same with every question answered, as a store has it afterwards.
    func answered(_ answer: String) -> SessionRecord {
        var copy = self
        for asked in waiting {
            guard let place = steps.firstIndex(where: { $0.id == asked.id }) else { continue }
            copy.steps[place].status = .finished
            copy.steps[place].result = .string(answer)
        }
        return copy
    }
}
