import AutoChecker
import AutoModels
import AutoRuntime
import StepKinds
import Synchronization
import TestSupport
import Testing
import Values

/// A server of embeddings that takes so many texts at once.
private final class LimitedServer: HTTPClient {
    let most: Int
    let status: Int
    let words: String
    private let counts = Mutex<[Int]>([])

    init(most: Int, status: Int, words: String) {
        (self.most, self.status, self.words) = (most, status, words)
    }

    /// How many texts each request had.
    var asked: [Int] { counts.withLock { $0 } }

    func send(_ request: HTTPRequest, onBytes: (@Sendable ([UInt8]) -> Void)?) async throws(StepFailure)
        -> HTTPResponse
    {
        let texts = (try? JSON.parse(bytes: request.body ?? []))?.asMap?["input"]?.asList ?? []
        counts.withLock { $0.append(texts.count) }
        let error = Value.record([("error", .record([("message", .string(words))]))])
        let items = texts.enumerated().map { place, text in
            let numbers: [Double] = [1, Double(text.asText ?? "") ?? 0]
            return Value.record([
                ("index", .int(Int64(place))), ("embedding", .list(numbers.map(Value.double))),
            ])
        }
        let isRefused = texts.count > most
        let body = isRefused ? error : .record([("data", .list(items))])
        return HTTPResponse(
            status: isRefused ? status : 200, headers: [], body: Array(JSON.text(body).utf8), url: request.url
        )
    }
}

@Suite(.timeLimit(.minutes(1))) struct EmbedderTests {
    private func embedder(_ client: any HTTPClient) -> OpenAIEmbedder {
        OpenAIEmbedder(
            client: client, base: "https://example.org", key: nil, model: "m", clock: FixedClock(time: 0))
    }

    @Test(arguments: [
        (400, "batch size is invalid, it should not be larger than 10", [25, 10, 10, 5]),
        (422, "batch size 25 > maximum allowed batch size 10", [25, 10, 10, 5]),
        (413, "too many inputs", [25, 12, 6, 6, 6, 6, 1]),
        (400, "Requested 50000 tokens, max 20 tokens per request", [25, 12, 6, 6, 6, 6, 1]),
        (413, "Request Entity Too Large", [25, 12, 6, 6, 6, 6, 1]),
    ])
    func aLimitOfTheServerIsKept(status: Int, words: String, asked: [Int]) async throws {
        let server = LimitedServer(most: 10, status: status, words: words)
        let vectors = try await embedder(server).embed((0..<25).map(String.init), asQueries: false)
        #expect(server.asked == asked)
        #expect(vectors.count == 25)
        // The second number grows with the text's: nothing is out of its place.
        #expect(vectors.map { $0[1] / $0[0] }.map { Int($0.rounded()) } == Array(0..<25))
    }

    @Test func manyTextsGoInBatchesAndKeepTheirOrder() async throws {
        let server = LimitedServer(most: 64, status: 400, words: "batch too large")
        let vectors = try await embedder(server).embed((0..<200).map(String.init), asQueries: false)
        #expect(server.asked.sorted() == [8, 64, 64, 64])
        #expect(vectors.map { $0[1] / $0[0] }.map { Int($0.rounded()) } == Array(0..<200))
    }

    /// Each batch is told before it is asked, with its tokens, and what came of it ends it.
    @Test func eachBatchIsToldBefore() async throws {
        let server = LimitedServer(most: 64, status: 400, words: "batch too large")
        let told = Mutex<[TraceEvent.Happening]>([])
        var request = EmbeddingRequest((0..<130).map { String($0 + 1_000) }, areQueries: false)
        request.onAsking = { question in told.withLock { $0.append(.asking(question)) } }
        request.onCall = { call in told.withLock { $0.append(.model(call)) } }
        _ = try await embedder(server).embed(request)
        let asked = told.withLock { $0 }.compactMap { happening -> ModelQuestion? in
            if case .asking(let question) = happening { question } else { nil }
        }
        #expect(asked.sorted { ($0.batch ?? 0) < ($1.batch ?? 0) }.map(\.inputTokens) == [64, 64, 2])
        let record = ID(milliseconds: 2, count: 1, random: 1)
        let trace = told.withLock { $0 }.map { TraceEvent(at: 0, record: record, attempt: 1, $0) }
        #expect(trace.openQuestions.isEmpty)
        // Behind the last one that was asked the process dies: it is open, and whichever else no answer is told of.
        let last = try #require(trace.lastIndex { $0.happening.word == .asking })
        let open = Array(trace[...last]).openQuestions[record] ?? []
        #expect(open.count == 3 - trace[...last].count { $0.happening.word == .model })
        #expect(open.last == asked.last)
    }

    @Test func theBatchOfTheSettingsIsTaken() async throws {
        let server = LimitedServer(most: 64, status: 400, words: "batch too large")
        let settings = ModelSettings(
            environment: [:], defaultModel: nil,
            providers: ["mine": ProviderSettings(.openai, base: "http://127.0.0.1:9", embedBatch: 3)])
        let embedders = Embedders(
            ModelServers(settings, client: server, clock: FixedClock(time: 0)), local: embedder(server),
            default: "mine/e")
        let made = try embedders.embedder(of: "default")
        _ = try await made.embed((0..<7).map(String.init), asQueries: false)
        #expect(server.asked.sorted() == [1, 3, 3] && made.identity == "e at http://127.0.0.1:9")
        #expect(embedders.isLocal("builtin") && !embedders.isLocal("default"))
    }

    /// Each batch is a question with its own tokens and dollars; where a server does not say them, they are
    /// estimated.
    @Test(arguments: [true, false]) func whatVectorsUsedIsTold(isSaid: Bool) async throws {
        let usage = isSaid ? #","model":"e-1","usage":{"prompt_tokens":7,"total_tokens":7}"# : ""
        let client = ScriptedClient { _, _ throws(StepFailure) in
            ScriptedAnswer(body: #"{"data":[{"index":0,"embedding":[1,0]}]\#(usage)}"#)
        }
        let settings = ModelSettings(
            environment: [:], defaultModel: nil,
            providers: ["mine": ProviderSettings(.openai, base: "http://127.0.0.1:9", embedBatch: 1)])
        let embedders = Embedders(
            ModelServers(settings, client: client, clock: FixedClock(time: 0)), local: embedder(client),
            default: "builtin", price: { $0 == "mine/e" ? Price(input: 1_000, output: 0) : nil })
        let told = Mutex<[ModelCall]>([])
        var request = EmbeddingRequest(["12345678", "abcdefgh"], areQueries: false)
        request.onCall = { call in told.withLock { $0.append(call) } }
        _ = try await embedders.embedder(of: "mine/e").embed(request)
        var call = ModelCall(
            provider: "mine", model: "e",
            tokens: ModelCall.Tokens(input: isSaid ? 7 : 2, output: 0, areEstimated: !isSaid))
        call.answered = isSaid ? "e-1" : nil
        call.dollars = isSaid ? 0.007 : 0.002
        let calls = (0..<2).map { batch in
            var call = call
            call.batch = batch
            return call
        }
        // They are asked beside each other.
        #expect(told.withLock { $0.sorted { $0.batch ?? 0 < $1.batch ?? 0 } } == calls)
    }

    /// What a batch used that was broken off is not known, and it is said to be so.
    @Test func aBatchThatWasBrokenOffIsTold() async throws {
        let client = ScriptedClient { _, _ throws(StepFailure) in throw .cancelled }
        let told = Mutex<[ModelCall]>([])
        var request = EmbeddingRequest(["12345678"], areQueries: false)
        request.onCall = { call in told.withLock { $0.append(call) } }
        await #expect(throws: StepFailure.self) { try await embedder(client).embed(request) }
        let calls = told.withLock { $0 }
        #expect(calls.map(\.isBrokenOff) == [true] && calls.map(\.tokens.input) == [2])
        #expect(calls.map(\.tokens.areEstimated) == [true] && calls.map(\.dollars) == [nil])
    }

    @Test func anthropicEmbedsNothing() {
        let settings = ModelSettings(environment: ["ANTHROPIC_API_KEY": "k"], defaultModel: nil)
        let embedders = Embedders(
            ModelServers(settings, client: SaidClient("{}"), clock: FixedClock(time: 0)),
            local: embedder(SaidClient("{}")), default: "builtin")
        let failure = #expect(throws: StepFailure.self) { try embedders.embedder(of: "anthropic/claude-x") }
        #expect(failure?.kind == .field)
    }

    /// A limit in the midst of many batches is waited for, and costs none of what is there already.
    @Test func aLimitIsWaitedFor() async throws {
        let vector = ScriptedAnswer(body: #"{"data":[{"index":0,"embedding":[1,0]}]}"#)
        let client = ScriptedClient { _, number throws(StepFailure) in
            number == 2 ? .error(429, "slow down", [("retry-after", "3")]) : vector
        }
        let clock = SleepClock()
        let settings = ModelSettings(
            environment: [:], defaultModel: nil,
            providers: ["mine": ProviderSettings(.openai, base: "http://127.0.0.1:9", embedBatch: 1)])
        let embedders = Embedders(
            ModelServers(settings, client: client, clock: clock), local: embedder(client), default: "mine/e")
        let vectors = try await embedders.embedder(of: "default").embed(["a", "b", "c"], asQueries: false)
        #expect(vectors == [[1, 0], [1, 0], [1, 0]] && client.seen.count == 4)
        #expect(clock.slept.contains { (3...4).contains($0) }, "\(clock.slept)")
    }

    @Test func aLimitForEverEnds() async {
        let client = ScriptedClient { _, _ throws(StepFailure) in .error(429, "slow down") }
        let failure = await #expect(throws: StepFailure.self) {
            try await embedder(client).embed(["a"], asQueries: false)
        }
        #expect(failure?.kind == .rateLimited && client.seen.count == 6)
    }

    @Test func anotherRefusalIsNoLimit() async {
        let server = LimitedServer(most: 0, status: 400, words: "no such encoding")
        let failure = await #expect(throws: StepFailure.self) {
            try await embedder(server).embed(["a", "b"], asQueries: false)
        }
        #expect(failure?.message.contains("no such encoding") == true && server.asked == [2])
    }

    @Test(arguments: [
        (#"{"data":[{"index":0,"embedding":[1,0]},{"index":1,"embedding":[1,0,0]}]}"#, "lengths, 2 and 3"),
        (
            #"{"data":[{"index":0,"embedding":[1,null]},{"index":1,"embedding":[1]}]}"#,
            "without a vector for each"
        ),
        (#"{"detail":"the model sleeps"}"#, "the model sleeps"), ("<p>Sign in</p>", "Sign in"),
    ])
    func whatIsNoSetOfVectorsIsToldInWords(body: String, words: String) async {
        let failure = await #expect(throws: StepFailure.self) {
            try await embedder(SaidClient(body)).embed(["a", "b"], asQueries: false)
        }
        #expect(failure?.message.contains(words) == true, "\(failure?.message ?? "")")
    }
}
