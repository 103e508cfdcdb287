import Computing
import Synchronization
package import URLs

/// What one run remembers of the servers that it has asked: their cookies, and what they let robots do. It ends
/// with the run, and no other run sees it.
package final class ServerMemory: Sendable {
    private struct State {
        var jar = CookieJar()
        var rules: [String: RobotsFile] = [:]
        /// A gate for each origin, which lets one request at a time ask for its robots.txt.
        var gates: [String: Gate] = [:]
    }

    private let state = Mutex(State())

    package init() {}

    /// What a request to a url carries as `Cookie` (`CookieJar.header`).
    package func cookies(for url: WebURL, besides written: String?, now: Int64) -> String? {
        state.withLock { $0.jar.header(for: url, besides: written, now: now) }
    }

    /// Takes the cookies that an answer sets.
    ///
    /// - Parameter now: seconds since 1970.
    package func take(_ headers: [(String, String)], from url: WebURL, now: Int64) {
        state.withLock { $0.jar.take(headers, from: url, now: now) }
    }

    /// The robots.txt of an origin, asked for once; whoever comes meanwhile waits for it.
    ///
    /// - Parameter now: seconds since 1970.
    /// - Throws: what `fetch` throws, which is not remembered; `cancelled` when the wait was.
    package func robots(
        of origin: String, now: Int64, isolation: isolated (any Actor)? = #isolation,
        _ fetch: () async throws(StepFailure) -> RobotsFile
    ) async throws(StepFailure) -> RobotsFile {
        let gate = state.withLock { state in
            let gate = state.gates[origin] ?? Gate(1)
            state.gates[origin] = gate
            return gate
        }
        guard await gate.enter() else { throw .cancelled }
        defer { gate.leave() }
        if let known = state.withLock({ $0.rules[origin] }), known.isFresh(now: now) { return known }
        let file = try await fetch()
        state.withLock { $0.rules[origin] = file }
        return file
    }
}
