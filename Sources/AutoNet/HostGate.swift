import AutoChecker
import AutoRuntime
import StepKinds
import Synchronization
import Values

/// What all requests for pages of one process pass: so many at once go to one host, with a pause between them,
/// and none while the host wants to be left alone.
///
/// Every step may have other settings, so each request brings its own.
final class HostGate: Sendable {
    /// How one request may be sent.
    struct Turn: Sendable {
        /// How many may be under way at once, this one counted.
        let atOnce: Int
        /// Nanoseconds after the beginning of the request before.
        let pause: Int64
        /// Nanoseconds that are worth waiting for a host that wants to be left alone.
        let most: Int64
    }

    fileprivate struct Waiting {
        let number: Int
        let atOnce: Int
        let continuation: CheckedContinuation<Bool, Never>
    }

    fileprivate struct Host {
        var underWay = 0
        /// In the order of their coming.
        var waiting: [Waiting] = []
        /// When the last request began or will begin, in nanoseconds since 1970.
        var lastBeginning: Int64 = .min
        /// Until when the host wants to be left alone, in nanoseconds since 1970.
        var closedUntil: Int64 = .min
    }

    private struct State {
        var hosts: [String: Host] = [:]
        var number = 0
    }

    private let state = Mutex(State())
    private let clock: any Clock

    init(clock: any Clock) { self.clock = clock }

    /// Waits until a request may be sent. Whoever has entered leaves once.
    ///
    /// - Parameter host: with its port.
    /// - Throws: `rate_limited`, with the time that is left, where the host wants to be left alone for longer
    ///   than is worth waiting; `cancelled` when the wait was.
    func enter(_ host: String, _ turn: Turn) async throws(StepFailure) {
        try await waitUntilOpen(host, turn)
        guard await takePlace(host, turn.atOnce) else { throw .cancelled }
        do throws(StepFailure) {
            // While it waited for its place, another request may have been sent away.
            try await waitUntilOpen(host, turn)
            try await pause(host, turn)
        } catch {
            leave(host)
            throw error
        }
    }

    /// Lets the next request in.
    func leave(_ host: String) {
        state.withLock { $0.hosts[host]?.underWay -= 1 }
        wake(host)
    }

    /// Keeps the gate closed for a host for so many seconds from now on.
    func close(_ host: String, seconds: Double) {
        // A server may name any number.
        let time = clock.now() + Int64(min(max(seconds, 0), 86_400) * 1e9)
        state.withLock { state in
            var known = state.hosts[host] ?? Host()
            known.closedUntil = max(known.closedUntil, time)
            state.hosts[host] = known
        }
    }

    private func waitUntilOpen(_ host: String, _ turn: Turn) async throws(StepFailure) {
        // Whoever is sent away again and again goes and asks in the end, and hears it from the server itself.
        for _ in 0..<8 {
            let now = clock.now()
            let until = state.withLock { $0.hosts[host]?.closedUntil ?? .min }
            guard until > now else { return }
            guard until - now <= turn.most else {
                let seconds = Double(until - now) / 1e9
                throw StepFailure(
                    .rateLimited,
                    "`\(host)` is asked too often, and wants to be left alone for \(durationText(seconds: seconds)) more",
                    retryable: true, retryAfter: seconds)
            }
            try await sleep(until - now)
        }
    }

    /// Waits as long as the pause after the request before lasts.
    private func pause(_ host: String, _ turn: Turn) async throws(StepFailure) {
        let now = clock.now()
        let beginning = state.withLock { state in
            let last = state.hosts[host]?.lastBeginning ?? .min
            let beginning = last == .min ? now : max(now, last + turn.pause)
            state.hosts[host]?.lastBeginning = beginning
            return beginning
        }
        try await sleep(beginning - now)
    }

    private func sleep(_ nanoseconds: Int64) async throws(StepFailure) {
        guard nanoseconds > 0 else { return }
        do throws(CancellationError) { try await clock.sleep(nanoseconds: nanoseconds) } catch {
            throw .cancelled
        }
    }

    /// False when the task was cancelled before its turn came; then nothing is to be left.
    private func takePlace(_ host: String, _ atOnce: Int) async -> Bool {
        let number = state.withLock { state in
            state.number += 1
            return state.number
        }
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let answer = state.withLock { state -> Bool? in
                    // The handler may have run already, and would not run again.
                    if Task.isCancelled { return false }
                    var known = state.hosts[host] ?? Host()
                    defer { state.hosts[host] = known }
                    if known.waiting.isEmpty, known.underWay < atOnce {
                        known.underWay += 1
                        return true
                    }
                    known.waiting.append(
                        Waiting(number: number, atOnce: atOnce, continuation: continuation))
                    return nil
                }
                if let answer { continuation.resume(returning: answer) }
            }
        } onCancel: {
            let given = state.withLock { state -> Waiting? in
                guard let place = state.hosts[host]?.waiting.firstIndex(where: { $0.number == number }) else {
                    return nil
                }
                return state.hosts[host]?.waiting.remove(at: place)
            }
            given?.continuation.resume(returning: false)
            // Those behind may need fewer places to be free.
            if given != nil { wake(host) }
        }
    }

    /// Lets those in whose turn has come, and forgets a host of which nothing has to be remembered.
    private func wake(_ host: String) {
        let now = clock.now()
        let woken = state.withLock { state -> [Waiting] in
            guard var known = state.hosts[host] else { return [] }
            var woken: [Waiting] = []
            while let first = known.waiting.first, known.underWay < first.atOnce {
                known.underWay += 1
                woken.append(known.waiting.removeFirst())
            }
            state.hosts[host] = known
            if state.hosts.count > 1_000 { state.hosts = state.hosts.filter { $0.value.matters(now) } }
            return woken
        }
        for waiting in woken { waiting.continuation.resume(returning: true) }
    }
}

extension HostGate.Host {
    /// Whether forgetting it would change what comes: no pause that is asked for is longer than a minute.
    fileprivate func matters(_ now: Int64) -> Bool {
        underWay > 0 || !waiting.isEmpty || closedUntil > now
            || (lastBeginning != .min && lastBeginning > now - HostGate.longestPause)
    }
}

extension HostGate {
    /// A server's `Crawl-delay` is heeded up to so many nanoseconds, and `delay` may not be longer.
    static let longestPause: Int64 = 60_000_000_000
}
