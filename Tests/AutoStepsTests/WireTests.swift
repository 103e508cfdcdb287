import AutoChecker
import AutoNet
import AutoRuntime
import CEL
import TestSupport
import Testing
import Values

/// Urls as a real server sees them.
@Suite struct WireTests {
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
        #expect(failure?.kind == "method")
    }

    @Test(
        .timeLimit(.minutes(1)),
        arguments: [("x y", "z"), ("", "z"), ("x", "a\r\nb: c"), ("x", "a\u{0}b"), ("x:", "z"), ("ä", "z")])
    func headersCannotCarryOthers(name: String, value: String) async throws {
        let request = HTTPRequest(url: "http://127.0.0.1:1/", headers: [(name, value)])
        let failure = await #expect(throws: StepFailure.self) {
            try await withClient { try await $0.send(request) }
        }
        #expect(failure?.kind == "header")
    }
}

/// Urls as a REST_API step makes them.
@Suite struct RequestURLTests {
    private func url(_ url: String, query: [(String, Value)] = []) async throws -> String? {
        let client = FixedClient()
        _ = try await rest(client, [("url", .string(url)), ("query", .record(query))])
        return client.seen.first?.url
    }

    @Test(.timeLimit(.minutes(1))) func queriesAreAdded() async throws {
        #expect(
            try await url(
                "https://example.org/a?x=1#y",
                query: [("q", .string("ä&=+ ")), ("n", .list([.int(1), .int(2)]))])
                == "https://example.org/a?x=1&q=%C3%A4%26%3D%2B%20&n=1&n=2#y")
        #expect(try await url("https://example.org", query: [("a", .null)]) == "https://example.org/")
        #expect(
            try await url("https://Example.org/[a]%20?{b}", query: [("c", .bool(true))])
                == "https://example.org/[a]%20?{b}&c=true")
    }

    @Test(.timeLimit(.minutes(1))) func formsAreEncodedAsForms() async throws {
        let client = FixedClient()
        _ = try await rest(
            client,
            [
                ("url", .string("https://example.org/")),
                ("form", .record([("a b", .string("c&d ä")), ("e", .list([.int(1), .int(2)]))])),
            ])
        let request = try #require(client.seen.first)
        #expect(request.body.map { String(decoding: $0, as: UTF8.self) } == "a+b=c%26d+%C3%A4&e=1&e=2")
    }

    @Test(
        .timeLimit(.minutes(1)),
        arguments: [
            "https://exa mple.org/", "https:/x", "example.org", "https://", "https://h:99999/?token=abc",
        ])
    func whatIsNoURLIsToldWithoutItsQuery(text: String) async throws {
        let failure = await #expect(throws: StepFailure.self) { try await url(text) }
        #expect(failure?.kind == "url" && failure?.message.contains("abc") == false)
    }

    @Test(.timeLimit(.minutes(1))) func theWellKnownHeadersAreSecret() async throws {
        let client = FixedClient()
        _ = try await rest(
            client,
            [
                ("url", .string("https://example.org/")),
                ("auth", .record([("bearer", .string("t"))])), ("body", .string("b")),
            ])
        let request = try #require(client.seen.first)
        #expect(request.secretHeaders.isSuperset(of: ["authorization", "cookie", "x-api-key"]))
        #expect(!request.bodyIsSecret)
    }

    @Test(
        .timeLimit(.minutes(1)),
        arguments: [
            (
                "https://example.org/${inputs.x}", "a/b?c#d%20[ä]",
                "https://example.org/a%2Fb%3Fc%23d%2520%5B%C3%A4%5D"
            ),
            ("https://example.org/a?q=${inputs.x}", "1&b=2 +", "https://example.org/a?q=1%26b%3D2%20%2B"),
            ("https://${inputs.x}.example.org/", "eu-1", "https://eu-1.example.org/"),
            ("${inputs.x}/a[1]%20", "https://example.org", "https://example.org/a[1]%20"),
            ("https://example.org/v.${inputs.x}/", ".", "https://example.org/v../"),
            ("https://example.org/?p=${inputs.x}", "..", "https://example.org/?p=.."),
        ])
    func valuesAreEncodedForTheirPlace(template: String, value: String, expected: String) async throws {
        let client = FixedClient()
        #expect(try await error(ofURL: template, inputs: [("x", value)], client) == nil)
        #expect(client.seen.first?.url == expected)
    }

    @Test(
        .timeLimit(.minutes(1)),
        arguments: [
            ("https://example.org/${inputs.x}/b", "."), ("https://example.org/${inputs.x}", ".."),
            ("https://example.org/a/.${inputs.x}?q", "."), ("https://example.org/%2e${inputs.x}/b", "."),
            ("https://${inputs.x}/", "evil.example/"), ("https://${inputs.x}.example.org/", "a@b"),
            ("https:/${inputs.x}/", "a:b@c"), ("https:\\\\\\\\${inputs.x}/", "a b"),
        ])
    func valuesThatLeadElsewhereAreRefused(template: String, value: String) async throws {
        let client = FixedClient()
        let words = try await error(ofURL: template, inputs: [("x", value)], client)
        #expect(
            words?.contains("of a url") == true || words?.contains("of the url") == true, "\(words ?? "")")
        #expect(client.seen.isEmpty)
    }

    @Test(
        .timeLimit(.minutes(1)),
        arguments: [
            ("https://ä.example/[x]{|}", true), ("https://x/a b", false), ("https:example.org", false),
            ("https:///x", false), ("mailto:a@b.example", true), ("file:", false),
            ("https://h:99999/", false),
            ("https://a%40b/", false),
        ])
    func urlTyped(text: String, isOne: Bool) { #expect(isURL(text) == isOne) }
}
