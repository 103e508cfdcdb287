import AutoNet
import AutoRuntime
import StepKinds
import TestSupport
import Testing

/// Urls as a real server sees them.
@Suite(.timeLimit(.minutes(1))) struct WireTests {
    private func seen(_ target: String) async throws -> String? {
        let server = try await TestServer { _, _ in ServerAnswer(pieces: ["ok"]) }
        let response = try await withClient { try await $0.send(HTTPRequest(url: server.url + target)) }
        try await server.stop()
        #expect(response.status == 200)
        return server.seen.last?.path
    }

    @Test(
        .timeLimit(.minutes(1)),
        arguments: [
            ("", "/"), ("?only", "/?only"), ("/a%20b?x%20y", "/a%20b?x%20y"),
            ("/a%20[b]?q=[1]%20{x|y}", "/a%20[b]?q=[1]%20{x|y}"),
            ("/a{b}|c^d", "/a%7Bb%7D|c%5Ed"), ("/ä?ö=ü%20", "/%C3%A4?%C3%B6=%C3%BC%20"),
            ("/caf%E9/x?y=%E9", "/caf%E9/x?y=%E9"), ("/100%?a=%zz", "/100%?a=%zz"),
            ("//a//b/../c", "//a//c"), ("/x?a=\"<>'", "/x?a=%22%3C%3E%27"), ("/x#part", "/x"),
            ("/a%2Fb%2e%2e/%2e%2e/c", "/c"), ("/a;b=c:d@e!$&'()*+,~", "/a;b=c:d@e!$&'()*+,~"),
        ])
    func targetsAreSentAsTheyAreWritten(target: String, expected: String) async throws {
        #expect(try await seen(target) == expected)
    }

    @Test(.timeLimit(.minutes(1))) func theTargetIsNoHeaderOnTheWire() async throws {
        let server = try await TestServer { _, _ in ServerAnswer(pieces: ["ok"]) }
        let response = try await withClient { try await $0.send(HTTPRequest(url: server.url + "/[x]?a=|")) }
        try await server.stop()
        #expect(response.url == server.url + "/[x]?a=|")
        let request = try #require(server.seen.first)
        #expect(request.headers.allSatisfy { !$0.0.lowercased().hasPrefix("autorun") })
        #expect(request[header: "host"] == "127.0.0.1:\(server.port)")
    }

    /// As other clients do; what the author writes comes first.
    @Test func aNameAndPasswordOfTheURLAreSent() async throws {
        let server = try await TestServer { _, _ in ServerAnswer(pieces: ["ok"]) }
        let address = "http://eva:geheim%20@127.0.0.1:\(server.port)/a"
        let own = HTTPRequest(url: address, headers: [("Authorization", "Bearer x")], allowPrivate: true)
        let statuses = try await withClient {
            [try await $0.send(HTTPRequest(url: address)).status, try await $0.send(own).status]
        }
        #expect(statuses == [200, 200])
        try await server.stop()
        #expect(server.seen.map { $0[header: "authorization"] } == ["Basic ZXZhOmdlaGVpbSA=", "Bearer x"])
        #expect(server.seen.allSatisfy { $0.path == "/a" && $0[header: "host"]?.contains("@") == false })
    }

    @Test(.timeLimit(.minutes(1))) func redirectsAreResolvedByTheStandard() async throws {
        let server = try await TestServer { request, _ in
            switch request.path {
            case "/a/b?q": ServerAnswer(302, headers: [("location", "../c[1]%20{d}?e=%20|")])
            default: ServerAnswer(pieces: ["there"])
            }
        }
        let response = try await withClient { try await $0.send(HTTPRequest(url: server.url + "/a/b?q")) }
        try await server.stop()
        #expect(server.seen.map(\.path) == ["/a/b?q", "/c[1]%20%7Bd%7D?e=%20|"])
        #expect(response.url == server.url + "/c[1]%20%7Bd%7D?e=%20|")
    }

    @Test(.timeLimit(.minutes(1)), arguments: ["GET /x HTTP/1.1\r\nx: y", "", "GE T", "GÄT"])
    func methodsAreWords(method: String) async throws {
        let failure = await #expect(throws: StepFailure.self) {
            try await withClient {
                try await $0.send(HTTPRequest(method: method, url: "http://127.0.0.1:1/"))
            }
        }
        #expect(failure?.kind == .method)
    }

    @Test(
        .timeLimit(.minutes(1)),
        arguments: [("x y", "z"), ("", "z"), ("x", "a\r\nb: c"), ("x", "a\u{0}b"), ("x:", "z"), ("ä", "z")])
    func headersCannotCarryOthers(name: String, value: String) async throws {
        let request = HTTPRequest(url: "http://127.0.0.1:1/", headers: [(name, value)])
        let failure = await #expect(throws: StepFailure.self) {
            try await withClient { try await $0.send(request) }
        }
        #expect(failure?.kind == .header)
    }

    /// A command that ends by an error shuts nothing down itself; the library would stop the program then.
    @Test func aClientThatGoesUnusedIsShutDown() async throws {
        let server = try await TestServer { _, _ in ServerAnswer(pieces: ["ok"]) }
        let url = server.url
        func ask() async throws -> Int {
            let client = OutsideClient(
                allowedHosts: try AllowedHosts(["127.0.0.1"]), clock: FixedClock(time: 0))
            return try await client.send(HTTPRequest(url: url + "/")).status
        }
        #expect(try await ask() == 200)
        try await server.stop()
    }
}
