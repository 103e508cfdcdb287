import AutoChecker
import AutoNet
import AutoRuntime
import StepKinds
import Synchronization
import TestSupport
import Testing

/// How pages are fetched from other people's servers: robots.txt, cookies, names and turns.
@Suite(.timeLimit(.minutes(1))) struct GuestTests {
    private func request(_ url: String, _ servers: ServerMemory? = ServerMemory(), robots: Bool = false)
        -> HTTPRequest
    {
        var request = HTTPRequest(url: url)
        request.manners = NetworkSettings()
        request.servers = servers
        request.heedsRobots = robots
        return request
    }

    private func robots(_ answer: ServerAnswer) async throws -> TestServer {
        try await TestServer { request, _ in
            request.path == "/robots.txt" ? answer : ServerAnswer(pieces: ["page"])
        }
    }

    @Test func robotsAreKeptOut() async throws {
        let server = try await robots(
            ServerAnswer(pieces: ["user-agent: *\ndisallow: /private\n\nuser-agent: mine\ndisallow: /x"]))
        let servers = ServerMemory()
        try await withClient { client in
            let open = try await client.send(request(server.url + "/open", servers, robots: true))
            #expect(open.status == 200)
            let refused = await client.failure(of: request(server.url + "/private/1", servers, robots: true))
            #expect(refused?.kind == .robots && refused?.isRetryable == false)
            #expect(
                refused?.message.contains("line 2, `Disallow: /private`") == true, "\(refused?.message ?? "")"
            )
            var named = request(server.url + "/x", servers, robots: true)
            named.headers = [("User-Agent", "mine/1.0")]
            // Rules of another name are asked for in another run.
            named.servers = ServerMemory()
            #expect(await client.failure(of: named)?.message.contains("`mine`") == true)
            #expect(try await client.send(request(server.url + "/private/1", servers)).status == 200)
        }
        #expect(server.seen.map(\.path) == ["/robots.txt", "/open", "/robots.txt", "/private/1"])
        #expect(server.seen[0][header: "user-agent"]?.hasPrefix("autorun/") == true)
        try await server.stop()
    }

    /// Who asked for the page hears of the file that was asked for first; once, since it is kept.
    @Test func theFileIsTold() async throws {
        let server = try await robots(ServerAnswer(pieces: ["user-agent: *\nallow: /"]))
        let told = Mutex<[HTTPExchange]>([])
        let servers = ServerMemory()
        try await withClient { client in
            for _ in 0..<2 {
                var request = request(server.url + "/a", servers, robots: true)
                request.onErrand = { exchange in told.withLock { $0.append(exchange) } }
                _ = try await client.send(request)
            }
        }
        let expected = HTTPExchange(method: "GET", url: server.url + "/robots.txt", status: 200, bytes: 22)
        #expect(told.withLock { $0 } == [expected])
        try await server.stop()
    }

    /// However many come at once, a host is asked once.
    @Test func theFileIsFetchedOnce() async throws {
        let server = try await robots(ServerAnswer(pieces: ["user-agent: *\nallow: /"]))
        let servers = ServerMemory()
        try await withClient { client in
            try await withThrowingTaskGroup(of: Int.self) { group in
                for number in 0..<10 {
                    group.addTask {
                        try await client.send(request(server.url + "/\(number)", servers, robots: true))
                            .status
                    }
                }
                for try await status in group { #expect(status == 200) }
            }
        }
        #expect(server.seen.count { $0.path == "/robots.txt" } == 1 && server.seen.count == 11)
        try await server.stop()
    }

    @Test(arguments: [(404, true), (403, true), (500, false), (503, false)])
    func aFileThatIsNotThere(status: Int, lets: Bool) async throws {
        let server = try await robots(ServerAnswer(status))
        let failure = try await withClient { client in
            await client.failure(of: request(server.url + "/x", robots: true))
        }
        #expect((failure == nil) == lets)
        if let failure { #expect(failure.kind == .robots && failure.message.contains("answered \(status)")) }
        try await server.stop()
    }

    /// The page that is given instead is one that may be asked for, too.
    @Test func redirectsObeyRobots() async throws {
        let server = try await TestServer { request, _ in
            switch request.path {
            case "/robots.txt": ServerAnswer(pieces: ["user-agent: *\ndisallow: /private"])
            case "/open": ServerAnswer(302, headers: [("location", "/private")])
            default: ServerAnswer(pieces: ["page"])
            }
        }
        let failure = try await withClient { client in
            await client.failure(of: request(server.url + "/open", robots: true))
        }
        #expect(failure?.kind == .robots && !server.seen.contains { $0.path == "/private" })
        try await server.stop()
    }

    /// A server that sets a cookie with a redirect, and gives the page to whoever brings it.
    @Test func cookiesGoBackWithinARun() async throws {
        let server = try await TestServer { request, _ in
            if request[header: "cookie"] == "seen=1" { return ServerAnswer(pieces: ["page"]) }
            return ServerAnswer(
                302,
                headers: [
                    ("location", request.path), ("set-cookie", "seen=1"), ("set-cookie", "x=y; Path=/q"),
                ])
        }
        let servers = ServerMemory()
        try await withClient { client in
            let first = try await client.send(request(server.url + "/a", servers))
            #expect(first.body == Array("page".utf8) && first.redirects == 1)
            #expect(try await client.send(request(server.url + "/b", servers)).redirects == 0)
            // Another run has its own, and a request of nobody's has none.
            #expect(try await client.send(request(server.url + "/c")).redirects == 1)
            #expect(await client.failure(of: request(server.url + "/d", nil))?.kind == .redirects)
        }
        #expect(server.seen.prefix(3).map { $0[header: "cookie"] } == [nil, "seen=1", "seen=1"])
        try await server.stop()
    }

    /// `localhost` and `127.0.0.1` are two hosts, though one machine.
    @Test func cookiesGoToNoOtherHost() async throws {
        let other = try await TestServer { _, _ in ServerAnswer(pieces: ["page"]) }
        let server = try await TestServer { _, _ in
            ServerAnswer(
                302,
                headers: [
                    ("location", "http://localhost:\(other.port)/"), ("set-cookie", "a=1"),
                    ("set-cookie", "b=2; Domain=localhost"),
                ])
        }
        try await withClient(allowed: ["127.0.0.1", "localhost", "::1"]) { client in
            _ = try await client.send(request(server.url + "/"))
        }
        #expect(other.seen.map { $0[header: "cookie"] } == [nil])
        try await server.stop()
        try await other.stop()
    }

    @Test func weSayWhoWeAre() async throws {
        let server = try await TestServer { _, _ in ServerAnswer(pieces: ["page"]) }
        try await withClient { client in
            var named = request(server.url)
            named.manners?.userAgent = "acme/1.0"
            _ = try await client.send(request(server.url))
            _ = try await client.send(named)
            named.headers = [("User-Agent", "other/2")]
            _ = try await client.send(named)
        }
        let names = server.seen.compactMap { $0[header: "user-agent"] }
        #expect(names == [NetworkSettings.usualUserAgent, "acme/1.0", "other/2"])
        try await server.stop()
    }

    /// What one request was told is obeyed by the next, which is another session's.
    @Test func retryAfterHoldsOthersBack() async throws {
        let clock = SteppingClock(time: 1_700_000_000_000_000_000)
        let server = try await TestServer { _, count in
            count == 1 ? ServerAnswer(429, headers: [("retry-after", "20")]) : ServerAnswer(pieces: ["page"])
        }
        try await withClient(clock: clock) { client in
            let refused = try await client.send(request(server.url))
            #expect(refused.status == 429)
            #expect(try await client.send(request(server.url)).status == 200)
            #expect(clock.slept == [20_000_000_000])
        }
        try await server.stop()
    }

    @Test func theDelayOfRobotsIsKept() async throws {
        let clock = SteppingClock(time: 1_700_000_000_000_000_000)
        let server = try await robots(ServerAnswer(pieces: ["user-agent: *\ncrawl-delay: 2"]))
        let servers = ServerMemory()
        try await withClient(clock: clock) { client in
            for _ in 0..<3 { _ = try await client.send(request(server.url + "/x", servers, robots: true)) }
        }
        // The file itself was the first request.
        #expect(clock.slept == [2_000_000_000, 2_000_000_000, 2_000_000_000])
        try await server.stop()
    }

    @Test(arguments: [
        ("/b", "/b#here"), ("/b#there", "/b#there"), ("?q", "/a?q#here"), ("//127.0.0.1:PORT/b", "/b#here"),
        ("/b c", "/b%20c#here"),
    ]) func redirectsKeepTheFragment(_ location: String, _ end: String) async throws {
        let ports = Mutex(0)
        let server = try await TestServer { request, _ in
            guard request.path == "/a" else { return ServerAnswer(pieces: ["page"]) }
            let place = location.replacing("PORT", with: "\(ports.withLock { $0 })")
            return ServerAnswer(302, headers: [("location", place)])
        }
        ports.withLock { $0 = server.port }
        let answer = try await withClient { try await $0.send(request(server.url + "/a#here")) }
        #expect(answer.url == server.url + end && answer.redirects == 1)
        try await server.stop()
    }

    /// An empty `Location` names no other page.
    @Test func anEmptyLocationIsAnAnswer() async throws {
        let server = try await TestServer { _, _ in ServerAnswer(302, headers: [("location", "")]) }
        let answer = try await withClient { try await $0.send(request(server.url)) }
        #expect(answer.status == 302 && server.seen.count == 1)
        try await server.stop()
    }
}
