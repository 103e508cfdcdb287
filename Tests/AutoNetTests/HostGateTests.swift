import AutoRuntime
import StepKinds
import Synchronization
import TestSupport
import Testing

@testable import AutoNet

/// How requests take turns at a host.
@Suite(.timeLimit(.minutes(1))) struct HostGateTests {
    private static let second: Int64 = 1_000_000_000

    private func turn(_ atOnce: Int = 8, pause: Int64 = 0, most: Int64 = 600 * second) -> HostGate.Turn {
        HostGate.Turn(atOnce: atOnce, pause: pause, most: most)
    }

    /// How many were in at once, at most.
    private final class Counter: Sendable {
        private let state = Mutex((now: 0, most: 0, all: 0))

        func enter() {
            state.withLock { state in
                state.now += 1
                state.all += 1
                state.most = max(state.most, state.now)
            }
        }

        func leave() { state.withLock { $0.now -= 1 } }

        var most: Int { state.withLock { $0.most } }
        var all: Int { state.withLock { $0.all } }
    }

    @Test func soManyAreLetInAtOnce() async {
        let gate = HostGate(clock: FixedClock(time: 0))
        let counter = Counter()
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<40 {
                group.addTask {
                    try? await gate.enter("a.example:443", turn(2))
                    counter.enter()
                    await Task.yield()
                    counter.leave()
                    gate.leave("a.example:443")
                }
            }
        }
        #expect(counter.all == 40 && counter.most <= 2)
    }

    /// Each host has its own turns.
    @Test func hostsDoNotWaitForEachOther() async throws {
        let gate = HostGate(clock: FixedClock(time: 0))
        try await gate.enter("a.example:443", turn(1))
        try await gate.enter("b.example:443", turn(1))
        try await gate.enter("a.example:80", turn(1))
    }

    @Test func beginningsKeepTheirDistance() async throws {
        let clock = SteppingClock(time: 0)
        let gate = HostGate(clock: clock)
        for _ in 0..<3 {
            try await gate.enter("a.example:443", turn(pause: Self.second / 2))
            gate.leave("a.example:443")
        }
        #expect(clock.slept == [Self.second / 2, Self.second / 2])
    }

    /// What one request was told holds the others back as well.
    @Test func aClosedHostIsWaitedFor() async throws {
        let clock = SteppingClock(time: 0)
        let gate = HostGate(clock: clock)
        gate.close("a.example:443", seconds: 7)
        gate.close("a.example:443", seconds: 3)
        try await gate.enter("a.example:443", turn())
        gate.leave("a.example:443")
        #expect(clock.slept == [7 * Self.second])
        try await gate.enter("b.example:443", turn())
        #expect(clock.slept.count == 1)
    }

    @Test func aLongWaitIsToldInstead() async throws {
        let clock = SteppingClock(time: 0)
        let gate = HostGate(clock: clock)
        gate.close("a.example:443", seconds: 90)
        let failure = await #expect(throws: StepFailure.self) {
            try await gate.enter("a.example:443", turn(most: 30 * Self.second))
        }
        #expect(failure?.kind == .rateLimited && failure?.isRetryable == true && failure?.retryAfter == 90)
        #expect(failure?.message.contains("`a.example:443`") == true && clock.slept.isEmpty)
    }

    /// Who gives up leaves its turn to the next one.
    @Test func cancelledOnesTakeNoPlace() async throws {
        let gate = HostGate(clock: FixedClock(time: 0))
        try await gate.enter("a.example:443", turn(1))
        let waiting = Task { try await gate.enter("a.example:443", turn(1)) }
        waiting.cancel()
        let failure = await #expect(throws: StepFailure.self) { try await waiting.value }
        #expect(failure?.kind == .cancelled)
        gate.leave("a.example:443")
        try await gate.enter("a.example:443", turn(1))
    }
}
