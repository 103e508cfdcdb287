import AutoModels
import AutoRuntime
import CEL
import StepKinds
import TestSupport
import Testing
import Values

/// Which answers may be asked for again, and when.
@Suite(.timeLimit(.minutes(1))) struct TryingAgainTests {
    /// 1994-11-06T08:49:37Z.
    private static let then: Int64 = 784_111_777

    private func seconds(_ retryAfter: String, date: String? = nil, now: Int64 = then) -> Double? {
        let headers = [("retry-after", retryAfter)] + (date.map { [("date", $0)] } ?? [])
        return HTTPResponse(status: 503, headers: headers, body: [], url: "").retryAfter(
            now: now * 1_000_000_000)
    }

    @Test(
        .timeLimit(.minutes(1)),
        arguments: [
            ("7", 7.0), (" 0 ", 0), ("86400", 86_400), ("1.5", 1.5),
            ("Sun, 06 Nov 1994 08:49:37 GMT", 0), ("Sun, 06 Nov 1994 08:50:37 GMT", 60),
            ("Sunday, 06-Nov-94 08:49:47 GMT", 10), ("Sun Nov  6 08:49:47 1994", 10),
            ("Mon, 07 Nov 1994 08:49:37 GMT", 86_400), ("Sat, 05 Nov 1994 08:49:37 GMT", 0),
            ("Sun, 06 Nov 1994 08:49:60 GMT", 22), ("Sunday, 06-Nov-93 08:49:47 GMT", 0),
        ])
    func reads(text: String, expected: Double) { #expect(seconds(text) == expected) }

    @Test(
        .timeLimit(.minutes(1)),
        arguments: [
            "", "soon", "5 5", "-5", "1e3", "inf", "nan", "0x10", "1.2.3", "Sun, 06 Nov 1994",
            "Sun, 31 Feb 1994 08:49:37 GMT",
            "Sun, 06 Nov 1994 25:00:00 GMT", "Sun, 06 Now 1994 08:49:37 GMT", "Sun, 06 Nov 1994 08:49:37 PST",
            "1994-11-06T08:49:37Z",
        ])
    func refuses(text: String) { #expect(seconds(text) == nil) }

    /// A server whose clock is wrong counts by its own.
    @Test(.timeLimit(.minutes(1))) func theServersOwnDateCounts() {
        let date = "Sun, 06 Nov 2044 08:49:37 GMT"
        #expect(seconds("Sun, 06 Nov 2044 08:49:40 GMT", date: date) == 3)
        #expect(seconds("Sun, 06 Nov 2044 08:49:30 GMT", date: date) == 0)
        #expect(seconds("5", date: date) == 5)
        #expect(seconds("Sun, 06 Nov 1994 08:49:40 GMT", date: "yesterday") == 3)
    }

    @Test(
        .timeLimit(.minutes(1)),
        arguments: [
            (408, true), (425, true), (429, true), (500, true), (503, true), (599, true), (200, false),
            (304, false),
            (400, false), (401, false), (404, false), (422, false),
        ])
    func statuses(status: Int, again: Bool) async throws {
        #expect(HTTPResponse(status: status, headers: [], body: [], url: "").mayBeTriedAgain == again)
        guard status != 200 else { return }
        let client = FixedClient(status: status, [("retry-after", "Sun, 06 Nov 1994 08:49:47 GMT")])
        let clock = FixedClock(time: TryingAgainTests.then * 1_000_000_000)
        let url = ("url", Value.string("https://example.org/"))
        let models = Models(
            settings: ModelSettings(
                environment: ["OPENAI_API_KEY": "k", "ANTHROPIC_API_KEY": "k"], defaultModel: nil),
            client: client, builtin: NoModel(), clock: clock)
        let embedder = OpenAIEmbedder(
            client: client, base: "https://example.org", key: nil, model: "m", clock: clock)
        for failure in [
            await #expect(throws: StepFailure.self) { try await rest(client, [url], clock: clock) },
            await #expect(throws: StepFailure.self) { try await scrape(client, [url], clock: clock) },
            await #expect(throws: StepFailure.self) {
                try await models.reply(to: ModelRequest(model: "openai/gpt-x", messages: []))
            },
            await #expect(throws: StepFailure.self) {
                try await models.reply(to: ModelRequest(model: "anthropic/claude-x", messages: []))
            },
            await #expect(throws: StepFailure.self) { try await embedder.embed(["a"], asQueries: true) },
        ] {
            #expect(failure?.isRetryable == again && failure?.retryAfter == (again ? 10 : nil), "\(status)")
        }
    }

    /// Servers of models say it more exactly in a header of their own.
    @Test(.timeLimit(.minutes(1)), arguments: [("1500", 1.5), ("soon", 7), ("-1", 7), ("", 7)])
    func milliseconds(text: String, expected: Double) {
        let headers = [("retry-after", "7"), ("retry-after-ms", text)]
        let response = HTTPResponse(status: 429, headers: headers, body: [], url: "")
        #expect(response.retryAfter(now: 0) == expected)
    }

    /// No waiting brings money into an account.
    @Test(.timeLimit(.minutes(1))) func withoutCreditNothingIsTriedAgain() async {
        let body = "{\"error\": {\"code\": \"insufficient_quota\", \"message\": \"pay first\"}}"
        let embedder = OpenAIEmbedder(
            client: FixedClient(status: 429, [("retry-after", "7")], Array(body.utf8)),
            base: "https://example.org", key: "k", model: "m", clock: FixedClock(time: 0))
        let failure = await #expect(throws: StepFailure.self) {
            try await embedder.embed(["a"], asQueries: true)
        }
        #expect(failure?.kind == .rateLimited && failure?.isRetryable == false)
        #expect(failure?.retryAfter == nil && failure?.message.contains("pay first") == true)
    }
}
