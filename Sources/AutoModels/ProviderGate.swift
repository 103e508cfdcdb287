import AutoRuntime
import Computing
import StepKinds
import Synchronization
import Values

/// What all questions to one provider pass, so that a limit that one of them meets holds the others back as
/// well.
final class ProviderGate: Sendable {
    private struct State {
        /// Until when the provider wants to be left alone, in nanoseconds since 1970.
        var closedUntil: Int64 = 0
        /// When the latest questions began or will begin, at most `perMinute` of them.
        var beginnings: [Int64] = []
    }

    private let state = Mutex(State())
    /// Lets so many ask at once as the provider takes.
    private let places: Gate
    private let perMinute: Int?
    private let clock: any Clock
    /// What the provider is called in a sentence.
    private let title: String

    init(atOnce: Int?, perMinute: Int?, title: String, clock: any Clock) {
        places = Gate(atOnce ?? .max)
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
        guard await places.enter() else { throw .cancelled }
        defer { places.leave() }
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
}
