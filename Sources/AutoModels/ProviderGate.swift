import AutoRuntime
import StepKinds
import Synchronization
import Values

/// What all questions to one provider pass, so that a limit that one of them meets holds the others back as
/// well.
final class ProviderGate: Sendable {
    private struct State {
        var free: Int
        var waiting: [(number: Int, continuation: CheckedContinuation<Bool, Never>)] = []
        var lastNumber = 0
        /// Until when the provider wants to be left alone, in nanoseconds since 1970.
        var closedUntil: Int64 = 0
        /// When the latest questions began or will begin, at most `perMinute` of them.
        var beginnings: [Int64] = []
    }

    private let state: Mutex<State>
    private let perMinute: Int?
    private let clock: any Clock
    /// What the provider is called in a sentence.
    private let title: String

    init(atOnce: Int?, perMinute: Int?, title: String, clock: any Clock) {
        state = Mutex(State(free: atOnce ?? .max))
        self.perMinute = perMinute
        self.title = title
        self.clock = clock
    }

    /// Asks a question when its turn has come.
    ///
    /// - Parameter most: nanoseconds that are worth waiting.
    /// - Throws: what the body throws; kind `rate_limited`, with the time that is left, where the provider
    ///   wants to be left alone for longer than `most`.
    func pass<Answer: Sendable>(
        waiting most: Int64, _ body: () async throws(StepFailure) -> Answer
    ) async throws(StepFailure) -> Answer {
        guard await enter() else { throw .cancelled }
        defer { leave() }
        try await waitUntilOpen(most)
        return try await body()
    }

    /// Keeps the gate closed for so many seconds from now on.
    func close(seconds: Double) {
        // A server may name any number.
        let time = clock.now() + Int64(min(max(seconds, 0), 86_400) * 1e9)
        state.withLock { $0.closedUntil = max($0.closedUntil, time) }
    }

    /// Nanoseconds that remain until the provider may be asked again.
    private func remaining() -> Int64 {
        let now = clock.now()
        return state.withLock { max(0, $0.closedUntil - now) }
    }

    private func waitUntilOpen(_ most: Int64) async throws(StepFailure) {
        try await sleep(placeInMinute())
        // While some wait, another may meet the limit once more; who has waited as often as this goes and
        // asks.
        for _ in 0..<8 {
            let time = remaining()
            guard time > 0 else { return }
            guard time <= most else {
                throw StepFailure(
                    .rateLimited,
                    "\(title) is asked too often, and wants to be left alone for \(durationText(seconds: Double(time) / 1e9)) more",
                    retryable: true, retryAfter: Double(time) / 1e9)
            }
            // Those who have waited together do not begin together.
            try await sleep(time + Int64.random(in: 0...min(time / 10, 1_000_000_000)))
        }
    }

    private func sleep(_ nanoseconds: Int64) async throws(StepFailure) {
        guard nanoseconds > 0 else { return }
        do throws(CancellationError) { try await clock.sleep(nanoseconds: nanoseconds) } catch {
            throw .cancelled
        }
    }

    /// Nanoseconds until one more question may begin; its place is taken.
    private func placeInMinute() -> Int64 {
        guard let perMinute else { return 0 }
        let now = clock.now()
        return state.withLock { state in
            var beginning = now
            if state.beginnings.count >= perMinute {
                beginning = max(now, state.beginnings.removeFirst() + 60_000_000_000)
            }
            state.beginnings.append(beginning)
            return beginning - now
        }
    }

    // Places for those who ask at once.

    /// - Returns: false when the task was cancelled before its turn came.
    private func enter() async -> Bool {
        let number = state.withLock { state in
            state.lastNumber += 1
            return state.lastNumber
        }
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isFree = state.withLock { state -> Bool? in
                    // A cancel that came before would find nobody waiting.
                    if Task.isCancelled { return false }
                    guard state.free > 0 else {
                        state.waiting.append((number, continuation))
                        return nil
                    }
                    state.free -= 1
                    return true
                }
                if let isFree { continuation.resume(returning: isFree) }
            }
        } onCancel: {
            let left = state.withLock { state -> CheckedContinuation<Bool, Never>? in
                guard let place = state.waiting.firstIndex(where: { $0.number == number }) else { return nil }
                return state.waiting.remove(at: place).continuation
            }
            left?.resume(returning: false)
        }
    }

    private func leave() {
        let next = state.withLock { state -> CheckedContinuation<Bool, Never>? in
            guard !state.waiting.isEmpty else {
                state.free += 1
                return nil
            }
            return state.waiting.removeFirst().continuation
        }
        next?.resume(returning: true)
    }
}
