import AutoChecker
import AutoRuntime
import Computing
import StepKinds
import Synchronization
import Values

/// What all requests for pages of one process pass: so many at once go to one host, with a pause between them,
/// and none while the host wants to be left alone.
///
/// Every step may have other settings, so each request brings its own. Of several numbers at once the smallest holds
/// for a host.
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

    fileprivate struct Host {
        let gate: Gate
        /// How many have come and not left, those that wait counted.
        var users = 0
        /// When the last request began or will begin, in nanoseconds since 1970.
        var lastBeginning: Int64 = .min
        /// The time until which the host wants to be left alone, in nanoseconds since 1970.
        var closedUntil: Int64 = .min
    }

    private let hosts = Mutex<[String: Host]>([:])
    private let clock: any Clock

    init(clock: any Clock) { self.clock = clock }

    /// Waits until a request may be sent. Whoever has entered leaves once.
    ///
    /// - Parameter host: with its port.
    /// - Throws: `rate_limited`, with the time that is left, where the host wants to be left alone for longer
    ///   than is worth waiting; `cancelled` when the wait was.
    func enter(_ host: String, _ turn: Turn) async throws(StepFailure) {
        let gate = use(host, turn.atOnce)
        do throws(StepFailure) {
            try await waitUntilOpen(host, turn)
            guard await gate.enter() else { throw .cancelled }
        } catch {
            forget(host)
            throw error
        }
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
        hosts.withLock { $0[host]?.gate }?.leave()
        forget(host)
    }

    /// The gate of a host, which is kept for as long as somebody uses it.
    private func use(_ host: String, _ atOnce: Int) -> Gate {
        hosts.withLock { hosts in
            var known = hosts[host] ?? Host(gate: Gate(atOnce))
            known.users += 1
            known.gate.narrow(to: atOnce)
            hosts[host] = known
            return known.gate
        }
    }

    /// Somebody uses a host no more; where many are known, those of which nothing has to be remembered are forgotten.
    private func forget(_ host: String) {
        let now = clock.now()
        hosts.withLock { hosts in
            hosts[host]?.users -= 1
            if hosts.count > 1_000 { hosts = hosts.filter { $0.value.matters(now) } }
        }
    }

    /// Keeps the gate closed for a host for so many seconds from now on.
    func close(_ host: String, seconds: Double) {
        // A server may name any number.
        let time = clock.now() + Int64(min(max(seconds, 0), 86_400) * 1e9)
        hosts.withLock { hosts in
            var known = hosts[host] ?? Host(gate: Gate(HostGate.mostAtOnce))
            known.closedUntil = max(known.closedUntil, time)
            hosts[host] = known
        }
    }

    private func waitUntilOpen(_ host: String, _ turn: Turn) async throws(StepFailure) {
        // Whoever is sent away again and again goes and asks in the end, and hears it from the server itself.
        for _ in 0..<8 {
            let now = clock.now()
            let until = hosts.withLock { $0[host]?.closedUntil ?? .min }
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
        let beginning = hosts.withLock { hosts in
            let last = hosts[host]?.lastBeginning ?? .min
            let beginning = last == .min ? now : max(now, last + turn.pause)
            hosts[host]?.lastBeginning = beginning
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
}

extension HostGate.Host {
    /// Whether forgetting it would change what comes: no pause that is asked for is longer than a minute.
    fileprivate func matters(_ now: Int64) -> Bool {
        users > 0 || closedUntil > now
            || (lastBeginning != .min && lastBeginning > now - HostGate.longestPause)
    }
}

extension HostGate {
    /// No setting lets more requests go to one host at once.
    private static let mostAtOnce = 1_000_000

    /// A server's `Crawl-delay` is heeded up to so many nanoseconds, and `delay` may not be longer.
    static let longestPause: Int64 = 60_000_000_000
}
