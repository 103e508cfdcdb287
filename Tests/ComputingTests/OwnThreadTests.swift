import Computing
import Synchronization
import Testing

/// Long computations, and how they come to an end. The loops of these tests are the computation.
@Suite(.timeLimit(.minutes(1))) struct OwnThreadTests {
    /// A task that is cancelled waits until its computation has noticed, so that nothing computes on.
    @Test func cancellationEndsTheComputation() async {
        let task = Task {
            await onOwnThread { limit -> Bool in
                var rounds = 0
                while !limit.isOver { rounds &+= 1 }
                return limit.isCancelled
            }
        }
        task.cancel()
        #expect(await task.value)
    }

    @Test func timeEndsTheComputation() async {
        let isOver = await onOwnThread(TimeLimit(nanoseconds: 1_000_000)) { limit -> Bool in
            while !limit.isOver {}
            return !limit.isCancelled
        }
        #expect(isOver)
    }

    /// More computations than there are threads for tasks hold none of these up.
    @Test func tasksGoOnWhileThreadsCompute() async {
        let limit = TimeLimit()
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<16 {
                group.addTask {
                    await onOwnThread(limit) { limit in
                        while !limit.isOver {}
                    }
                }
            }
            // This would never be reached if each of them held one of the few threads for tasks.
            for _ in 0..<16 { await Task.yield() }
            limit.cancel()
        }
        #expect(limit.isOver)
    }

    /// Values nest some hundred levels deep, and a thread's usual stack is too small for that.
    @Test func aThreadHasADeepStack() throws {
        @Sendable func depth(_ rest: Int) -> Int {
            withUnsafeTemporaryAllocation(byteCount: 4_096, alignment: 8) { buffer in
                buffer[0] = 1
                return rest == 0 ? 0 : depth(rest - 1) + Int(buffer[0])
            }
        }
        let reached = Atomic(0)
        let thread = try #require(
            startThread(isJoined: true) { reached.store(depth(1_200), ordering: .relaxed) })
        thread.join()
        #expect(reached.load(ordering: .relaxed) == 1_200)
    }
}

/// Until when a computation may go on.
@Suite(.timeLimit(.minutes(1))) struct TimeLimitTests {
    private static let hour: UInt64 = 3_600_000_000_000

    @Test func withoutAnEndOnlyCancellingEndsIt() {
        let limit = TimeLimit()
        #expect(!limit.isOver && limit.millisecondsLeft(atMost: 50) == 50)
        limit.cancel()
        #expect(limit.isOver && limit.isCancelled && limit.millisecondsLeft(atMost: 50) == 0)
    }

    @Test func whatHasRunOutIsNotCancelled() {
        let limit = TimeLimit(nanoseconds: 0)
        #expect(limit.isOver && !limit.isCancelled && limit.millisecondsLeft(atMost: 50) == 0)
    }

    /// A limit that no clock will reach is no limit that is over.
    @Test(arguments: [hour, UInt64(Int64.max), .max])
    func longLimitsAreFarAway(nanoseconds: UInt64) {
        let limit = TimeLimit(nanoseconds: nanoseconds)
        #expect(!limit.isOver && limit.millisecondsLeft(atMost: 50) == 50)
    }
}

/// So many at once, and no more.
@Suite(.timeLimit(.minutes(1))) struct GateTests {
    /// How many stand behind the gate.
    private final class Count: Sendable {
        private let numbers = Mutex((now: 0, most: 0, all: 0))

        var seen: (now: Int, most: Int, all: Int) { numbers.withLock { $0 } }

        func comeIn() {
            numbers.withLock {
                $0.now += 1
                $0.all += 1
                $0.most = max($0.most, $0.now)
            }
        }

        func goOut() { numbers.withLock { $0.now -= 1 } }
    }

    @Test(arguments: [1, 3]) func letsSoManyThrough(places: Int) async {
        let gate = Gate(places)
        let count = Count()
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<60 {
                group.addTask {
                    guard await gate.enter() else { return }
                    count.comeIn()
                    await Task.yield()
                    count.goOut()
                    gate.leave()
                }
            }
        }
        let seen = count.seen
        #expect(seen.all == 60 && seen.now == 0 && seen.most <= places, "\(seen)")
    }

    /// Who is cancelled while waiting takes no place, and leaves none behind that is lost.
    @Test func whoIsCancelledTakesNoPlace() async {
        let gate = Gate(1)
        #expect(await gate.enter())
        let waiting = (0..<20).map { _ in Task { await gate.enter() } }
        for task in waiting { task.cancel() }
        for task in waiting { #expect(await task.value == false) }
        gate.leave()
        #expect(await gate.enter())
        let next = Task { await gate.enter() }
        gate.leave()
        #expect(await next.value)
    }
}
