import AutoRuntime
import StepKinds
import TestSupport
import Testing
import Values

/// `response: true` and `headers` of WEB_SCRAPE.
@Suite(.timeLimit(.minutes(1))) struct ScrapeResponseTests {
    private let url = ("url", Value.string("https://example.org/a"))

    private func client(_ status: Int, _ body: String, type: String? = "Text/HTML; charset=utf-8")
        -> FixedClient
    {
        FixedClient(status: status, type.map { [("content-type", $0)] } ?? [], Array(body.utf8))
    }

    @Test func theResponseStandsBesideThePage() async throws {
        let read = try await scrape(
            client(200, "<h1>Hi</h1>"),
            [
                url, ("select", .record([("t", .string("h1")), ("u", .string("h2"))])),
                ("response", .bool(true)),
            ])
        #expect(
            read
                == .record([
                    ("status", .int(200)), ("url", .string("https://example.org/")),
                    ("type", .string("text/html")), ("page", .record([("t", .string("Hi"))])),
                ]))
    }

    /// A 404 is an answer like any other then, and a selector that finds nothing is no failure.
    @Test(arguments: [404, 429, 500, 204]) func anyStatusIsAnAnswer(status: Int) async throws {
        let text = status == 204 ? "" : "<p>Sorry</p>"
        let fields = [url, ("select", Value.string("h1"))]
        let read = try await scrape(client(status, text, type: nil), fields + [("response", .bool(true))])
        #expect(read.asMap?["status"] == .int(Int64(status)) && read.asMap?["type"] == .string(""))
        #expect(read.asMap?["page"] == nil)
        let failure = await #expect(throws: StepFailure.self) {
            try await scrape(client(status, text), fields)
        }
        #expect(failure?.kind == (status == 429 ? .rateLimited : status == 204 ? .select : .status))
    }

    @Test func headersAreSent() async throws {
        let client = client(200, "<p>Hi</p>")
        let headers = Value.record([("Accept", .string("text/plain")), ("X-N", .int(5)), ("X-None", .null)])
        _ = try await scrape(client, [url, ("headers", headers)])
        let sent = try #require(client.seen.first)
        #expect(sent.headers.map(\.0) == ["Accept", "X-N"] && sent.headers.map(\.1) == ["text/plain", "5"])
        #expect(sent.secretHeaders.contains("authorization") && !sent.secretHeaders.contains("x-n"))
    }

    @Test(arguments: ["Host", "content-length", "Transfer-Encoding"])
    func someHeadersAreTheRequestsOwn(name: String) async throws {
        let client = client(200, "")
        let failure = await #expect(throws: StepFailure.self) {
            try await scrape(client, [url, ("headers", .record([(name, .string("x"))]))])
        }
        #expect(
            failure?.kind == .header && failure?.message.contains("`\(name)`") == true && client.seen.isEmpty)
    }
}
