import AutoNet
import AutoRuntime
import StepKinds
import TestSupport
import Testing

/// Requests that go out by a proxy.
@Suite(.timeLimit(.minutes(1))) struct ProxyTests {
    private func request(_ url: String, by proxy: String) -> HTTPRequest {
        var request = HTTPRequest(url: url, allowPrivate: true)
        request.proxy = proxy
        return request
    }

    /// The host has no address that this machine could find: the proxy looks it up.
    @Test func theProxyReachesTheHost() async throws {
        let proxy = try await TestProxy(saying: "by proxy")
        let asked = request(
            "http://models.invalid/v1", by: "http://me:s%40cret@127.0.0.1:\(proxy.port)")
        let response = try await withClient { try await $0.send(asked) }
        let seen = proxy.seen
        try await proxy.stop()
        #expect(String(decoding: response.body, as: UTF8.self) == "by proxy")
        let connect = try #require(seen.first)
        #expect(connect.hasPrefix("CONNECT models.invalid:80 "), "\(connect)")
        // me:s@cret
        #expect(connect.lowercased().contains("proxy-authorization: basic bwu6c0bjcmv0"), "\(connect)")
        #expect(seen.dropFirst().first?.hasPrefix("GET /v1 ") == true, "\(seen)")
        #expect(seen.dropFirst().allSatisfy { !$0.lowercased().contains("proxy-authorization") })
    }

    /// The same host without the proxy is another connection.
    @Test func whoNamesNoProxyUsesNone() async throws {
        let proxy = try await TestProxy(saying: "by proxy")
        let server = try await TestServer { _, _ in ServerAnswer(pieces: ["straight"]) }
        let by = request(server.url, by: "http://127.0.0.1:\(proxy.port)")
        let straight = HTTPRequest(url: server.url, allowPrivate: true)
        let bodies = try await withClient { client in
            var bodies: [String] = []
            for asked in [by, straight, by] {
                bodies.append(String(decoding: try await client.send(asked).body, as: UTF8.self))
            }
            return bodies
        }
        try await proxy.stop()
        try await server.stop()
        #expect(bodies == ["by proxy", "straight", "by proxy"])
    }

    /// No proxy opens the way to the addresses where clouds keep keys, and none is such an address.
    @Test(arguments: [
        ("http://169.254.169.254/", "http://127.0.0.1:9"),
        ("http://models.invalid/", "http://169.254.169.254:80"),
    ])
    func theGuardHolds(url: String, proxy: String) async throws {
        let failure = try await withClient { await $0.failure(of: request(url, by: proxy)) }
        #expect(failure?.kind == .refused)
    }

    /// The server behind it was never asked, so that its address would lead nowhere.
    @Test func aProxyThatIsGoneIsNamed() async throws {
        let proxy = try await TestProxy(saying: "by proxy")
        let port = proxy.port
        try await proxy.stop()
        let failure = try await withClient {
            await $0.failure(
                of: request("http://models.invalid/v1", by: "http://me:hidden@127.0.0.1:\(port)"))
        }
        let message = failure?.message ?? ""
        #expect(failure?.kind == .network && failure?.isRetryable == true)
        #expect(message.hasPrefix("the proxy http://127.0.0.1:\(port)"), "\(message)")
        #expect(message.hasSuffix("refuses the connection: nothing listens there"), "\(message)")
        #expect(!message.contains("models.invalid") && !message.contains("hidden"), "\(message)")
    }

    @Test func whatIsNoProxyIsTold() async throws {
        let failure = try await withClient {
            await $0.failure(of: request("http://models.invalid/", by: "socks5://user:hidden@127.0.0.1"))
        }
        #expect(failure?.kind == .url && failure?.message.contains("hidden") == false)
    }
}
