import AutoChecker
import AutoRuntime
import Computing
import StepKinds
import Synchronization
import Values

/// What all questions to one provider pass, so that a limit that one of them meets holds the others back as
/// well.
final class ProviderGate: Sendable {
    fileprivate struct State {
        /// The time until which the provider wants to be left alone with a model, in nanoseconds since 1970.
        var closedUntil: [String: Int64] = [:]
        /// When questions began or will begin that matter for `perMinute`, the earliest first.
        var beginnings: [Int64] = []
        /// How many questions may begin in a minute; nil for any number.
        var perMinute: Int?
    }

    private let state = Mutex(State())
    /// Lets so many ask at once as the provider takes.
    private let places: Gate
    private let clock: any Clock
    /// What the provider is called in a sentence.
    private let title: String

    private static let minute: Int64 = 60_000_000_000

    init(title: String, clock: any Clock) {
        places = Gate(.max)
        self.title = title
        self.clock = clock
    }

    /// Holds the questions within limits; of several limits the narrowest counts.
    func narrow(atOnce: Int?, perMinute: Int?) {
        if let atOnce { places.narrow(to: atOnce) }
        guard let perMinute else { return }
        state.withLock { $0.perMinute = min($0.perMinute ?? perMinute, perMinute) }
    }

    /// Asks a question when its turn has come.
    ///
    /// - Parameter model: as the provider calls it; its limits concern no other model.
    /// - Parameter most: nanoseconds that are worth waiting.
    /// - Throws: what the body throws; kind `rate_limited`, with the time that is left, where the question's
    ///   turn comes later than `most` from now.
    func pass<Answer: Sendable>(
        _ model: String, waiting most: Int64, _ body: () async throws(StepFailure) -> Answer
    ) async throws(StepFailure) -> Answer {
        try await waitForPlaceInMinute(model, most)
        // Whoever waits for a model holds no place that a question to another model could have.
        guard await places.enter() else { throw .cancelled }
        defer { places.leave() }
        try await waitUntilOpen(model, most)
        return try await body()
    }

    /// Keeps the gate closed for a model for so many seconds from now on.
    func close(_ model: String, seconds: Double) {
        // A server may name any number.
        let time = clock.now() + Int64(min(max(seconds, 0), 86_400) * 1e9)
        state.withLock { $0.closedUntil[model] = max($0.closedUntil[model] ?? 0, time) }
    }

    /// Nanoseconds that remain until the provider may be asked for the model again.
    private func remaining(_ model: String) -> Int64 {
        let now = clock.now()
        return state.withLock { max(0, ($0.closedUntil[model] ?? 0) - now) }
    }

    private func waitUntilOpen(_ model: String, _ most: Int64) async throws(StepFailure) {
        // While some wait, another may meet the limit once more; who has waited as often as this goes and
        // asks.
        for _ in 0..<8 {
            let time = remaining(model)
            guard time > 0 else { return }
            guard time <= most else {
                throw later(time, "\(title) is asked too often, and wants to be left alone for", "more")
            }
            // Those who have waited together do not begin together.
            try await sleep(time + Int64.random(in: 0...min(time / 2, 1_000_000_000)))
        }
    }

    private func sleep(_ nanoseconds: Int64) async throws(StepFailure) {
        guard nanoseconds > 0 else { return }
        do throws(CancellationError) { try await clock.sleep(nanoseconds: nanoseconds) } catch {
            throw .cancelled
        }
    }

    /// Waits until the model may be asked, then for a place among the questions of a minute, which a question
    /// that is given up leaves to others.
    private func waitForPlaceInMinute(_ model: String, _ most: Int64) async throws(StepFailure) {
        try await waitUntilOpen(model, most)
        guard let perMinute = state.withLock({ $0.perMinute }) else { return }
        let now = clock.now()
        let beginning = state.withLock { state in
            let beginning = state.freePlace(now, perMinute, ProviderGate.minute)
            if beginning - now <= most { state.insert(beginning) }
            return beginning
        }
        guard beginning - now <= most else {
            throw later(
                beginning - now,
                "\(title) is asked \(perMinute) times a minute already, its `per_minute`: the next turn is in"
            )
        }
        do throws(StepFailure) { try await sleep(beginning - now) } catch {
            state.withLock { $0.remove(beginning) }
            throw error
        }
    }

    /// The failure of a question whose turn comes in so many nanoseconds.
    private func later(_ time: Int64, _ words: String, _ end: String? = nil) -> StepFailure {
        let seconds = Double(time) / 1e9
        let all = [words, durationText(seconds: seconds), end].compactMap { $0 }
        return StepFailure(
            .rateLimited, all.joined(separator: " "), retryable: true, retryAfter: seconds)
    }
}

/// The gates of all accounts that a process asks with: what is asked by one automation counts for the others that
/// ask the same provider with the same key.
package final class ProviderGates: Sendable {
    /// What a provider counts its limits for.
    private struct Account: Hashable {
        let base: String
        /// Empty where nothing lets anybody in.
        let key: String
    }

    private let gates = Mutex<[Account: ProviderGate]>([:])

    package init() {}

    /// The gate of a provider's account, held within the limits that its settings say besides those of others.
    func gate(of provider: Provider, _ clock: any Clock) -> ProviderGate {
        let account = Account(base: provider.base, key: provider.credential ?? "")
        let gate = gates.withLock { gates in
            let gate = gates[account] ?? ProviderGate(title: provider.title, clock: clock)
            gates[account] = gate
            return gate
        }
        gate.narrow(atOnce: provider.settings.atOnce, perMinute: provider.settings.perMinute)
        return gate
    }
}

extension ProviderGate.State {
    /// The earliest time from now on around which a minute has fewer than `perMinute` beginnings.
    fileprivate mutating func freePlace(_ now: Int64, _ perMinute: Int, _ minute: Int64) -> Int64 {
        let past = beginnings.prefix { $0 <= now - minute }.count
        beginnings.removeFirst(past)
        var (first, next) = (0, 0)
        for time in [now] + beginnings.map({ $0 + minute }) {
            while first < beginnings.count, beginnings[first] <= time - minute { first += 1 }
            while next < beginnings.count, beginnings[next] < time + minute { next += 1 }
            if next - first < perMinute { return time }
        }
        return now
    }

    fileprivate mutating func insert(_ beginning: Int64) {
        beginnings.insert(beginning, at: beginnings.firstIndex { $0 > beginning } ?? beginnings.count)
    }

    fileprivate mutating func remove(_ beginning: Int64) {
        if let place = beginnings.firstIndex(of: beginning) { beginnings.remove(at: place) }
    }
}
