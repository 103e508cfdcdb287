import AutoChecker
import AutoRuntime
import CEL
import StepKinds
import TestSupport
import Testing
import Values

/// Urls as a REST_API step makes them.
@Suite(.timeLimit(.minutes(1))) struct RequestURLTests {
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
        #expect(failure?.kind == .url && failure?.message.contains("abc") == false)
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
