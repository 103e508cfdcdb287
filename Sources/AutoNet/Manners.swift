import AutoChecker
import AutoRuntime
import StepKinds
import URLs

/// How a guest behaves: it asks what robots may do, waits for its turn, and takes and gives back cookies.
extension OutsideClient {
    /// Sends one request when its turn has come, if the server lets robots ask for it.
    func sendAsGuest(
        _ hop: Hop, _ onBytes: (@Sendable ([UInt8]) -> Void)?
    ) async throws(StepFailure) -> HTTPResponse {
        let pause = try await pauseForRobots(hop)
        guard let manners = hop.request.manners, let host = hop.url.origin else {
            return try await sendTakingCookies(hop, onBytes)
        }
        let turn = HostGate.Turn(
            atOnce: manners.perHost ?? NetworkSettings.usualPerHost, pause: max(manners.delay ?? 0, pause),
            most: hop.request.longestWait)
        try await hosts.enter(host, turn)
        defer { hosts.leave(host) }
        let response = try await sendTakingCookies(hop, onBytes)
        if [429, 503].contains(response.status), let seconds = response.retryAfter(now: clock.now()) {
            hosts.close(host, seconds: seconds)
        }
        return response
    }

    private func sendTakingCookies(
        _ hop: Hop, _ onBytes: (@Sendable ([UInt8]) -> Void)?
    ) async throws(StepFailure) -> HTTPResponse {
        let response = try await sendOnce(hop, onBytes)
        hop.request.servers?.take(response.headers, from: hop.url, now: secondsNow)
        return response
    }

    /// What a request carries as `Cookie`: what its author wrote, and what servers have set.
    func cookies(for hop: Hop) -> String? {
        let written = hop.request.headers.filter { $0.0.lowercased() == "cookie" }.map(\.1)
        let all = written.isEmpty ? nil : written.joined(separator: "; ")
        return hop.request.servers?.cookies(for: hop.url, besides: all, now: secondsNow) ?? all
    }

    private var secondsNow: Int64 { clock.now() / 1_000_000_000 }

    /// Looks whether the server's robots.txt lets us ask for a page, where the request heeds it.
    ///
    /// - Returns: nanoseconds that the server wants between two requests.
    /// - Throws: kind `robots` where it does not.
    private func pauseForRobots(_ hop: Hop) async throws(StepFailure) -> Int64 {
        guard hop.request.heedsRobots, let origin = hop.url.origin else { return 0 }
        let servers = hop.request.servers ?? ServerMemory()
        let file = try await servers.robots(of: origin, now: secondsNow) { () async throws(StepFailure) in
            try await robotsFile(origin, hop)
        }
        switch file {
        case .none: return 0
        case .unknown(let reason, _):
            throw StepFailure(
                .robots,
                "nothing of \(origin) is fetched, since its robots.txt, which says what may be, cannot be "
                    + "read: \(reason)",
                retryable: true)
        case .rules(let rules):
            if let rule = rules.refusal(of: hop.url.requestTarget) {
                throw StepFailure(
                    .robots,
                    "\(origin)/robots.txt keeps \(rules.agent == "*" ? "robots" : "`\(rules.agent)`") from "
                        + "this page: line \(rule.line), `Disallow: \(rule.pattern.prefix(200))`")
            }
            return Int64(min(rules.delay ?? 0, Double(HostGate.longestPause) / 1e9) * 1e9)
        }
    }

    private func robotsFile(_ origin: String, _ hop: Hop) async throws(StepFailure) -> RobotsFile {
        var request = HTTPRequest(
            url: origin + "/robots.txt",
            headers: [("accept", "text/plain, */*;q=0.5"), ("user-agent", hop.userAgent)],
            allowPrivate: hop.request.allowPrivate)
        request.step = hop.request.step
        request.manners = hop.request.manners
        request.servers = hop.request.servers
        request.longestWait = hop.request.longestWait
        let url = request.url
        func tell(_ status: Int?, _ bytes: Int, redirects: Int = 0) {
            hop.request.onErrand?(
                HTTPExchange(method: "GET", url: url, status: status, bytes: bytes, redirects: redirects))
        }
        do throws(StepFailure) {
            let response = try await send(request, onBytes: nil)
            tell(response.status, response.body.count, redirects: response.redirects)
            return RobotsFile(response, for: NetworkSettings.product(of: hop.userAgent), now: secondsNow)
        } catch {
            tell(nil, 0)
            switch error.kind {
            // The page itself would meet the same.
            case .cancelled, .refused, .rateLimited, .url: throw error
            // Behind so many redirects there is no file (RFC 9309, section 2.3.1.2).
            case .redirects: return .none
            // Whatever else went wrong, the file may be there and forbid the page.
            default: return .unknown(error.message, since: secondsNow)
            }
        }
    }
}

extension Hop {
    /// What the request says who we are.
    var userAgent: String {
        request.headers.first { $0.0.lowercased() == "user-agent" }?.1 ?? request.manners?.userAgent
            ?? NetworkSettings.usualUserAgent
    }
}
