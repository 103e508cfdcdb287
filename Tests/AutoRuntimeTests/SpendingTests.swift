import AutoChecker
import AutoRuntime
import AutoStore
import Diagnostics
import OrderedCollections
import StepKinds
import Synchronization
import TestSupport
import Testing
import Values

/// `max_cost $…` while a session runs.
@Suite(.timeLimit(.minutes(1))) struct SpendingTests {
    private let options = SpendingStage.options

    private func loop(_ most: String, model: String = "priced", tokens: Int = 200) -> String {
        """
        automation "Spend"
        max_cost \(most)
        START begin -> work
        LLM_CALL work -> again {
          max_visits: 9
          prompt_template { model: "\(model)", user: "Hi", max_tokens: \(tokens) }
        }
        LOGIC_DECISION again {
          prompt_template {
            more: when work.results.size() < 9 -> work
            done: else -> end
          }
        }
        """
    }

    private func run(_ text: String, _ models: any ModelProvider) async throws
        -> (record: SessionRecord, trace: [TraceEvent])
    {
        let stage = try SpendingStage(text, Asking(models: BoundedModels(models, options)))
        let record = try await stage.run()
        return (record, try await stage.store.trace(of: record.header.id))
    }

    @Test func theCallThatCouldPassTheBoundIsNotMade() async throws {
        let meter = Meter()
        // A call can cost 2 cents and what its prompt is, and costs 2: the fifth does not fit into 10 cents.
        let (record, trace) = try await run(loop("$0.10"), meter)
        #expect(meter.count == 4)
        #expect(record.header.status == .failed)
        let failed = try #require(record.steps.last { $0.status == .failed })
        #expect(failed.errorKind == "max_cost")
        let error = try #require(failed.error)
        #expect(error.contains("max_cost $0.1000") && error.contains("only $0.0200 is left"), "\(error)")
        let cost = record.costs(trace)
        #expect(cost.map(\.step) == ["work"] && cost.map(\.model) == ["p/priced"])
        #expect(cost.total.calls == 4 && cost.total.unpriced == 0)
        #expect(cost.total.dollarsText == "$0.0800")
    }

    @Test func whatFitsIsNotHeldBack() async throws {
        let meter = Meter()
        let (record, _) = try await run(loop("$0.25"), meter)
        #expect(meter.count == 9 && record.header.status == .finished)
    }

    @Test func unknownPricesHoldNothingAndAreSaid() async throws {
        let meter = Meter()
        let (record, trace) = try await run(loop("$0.01", model: "nobody-knows"), meter)
        #expect(meter.count == 9 && record.header.status == .finished)
        let cost = record.costs(trace).total
        #expect(cost.unpriced == 9 && cost.dollarsText == "unknown")
        #expect(JSON.text(.record(cost.fields)).contains(#""dollars":null"#))
    }

    @Test func whatCanNeverFitFailsAtOnce() async throws {
        let spending = Spending(most: 1, spent: 0.75)
        let meter = Meter()
        var request = ModelRequest(model: "priced", messages: [], options: MapValue())
        request.options["max_tokens"] = .int(5_000)
        request.spending = spending
        let failure = await #expect(throws: StepFailure.self) {
            try await BoundedModels(meter, options).reply(to: request)
        }
        #expect(failure?.kind == .maxCost && failure?.isRetryable == false && meter.count == 0)
        #expect(failure?.message.contains("a call to `priced` can cost $0.5000") == true)
        #expect(failure?.message.contains("only $0.2500 is left") == true)
    }

    /// As binary fractions three times ten cents are a little more than thirty.
    @Test func whatComesToTheBoundItselfIsNotHeldBack() async throws {
        let meter = Meter()
        var request = ModelRequest(model: "priced", messages: [], options: MapValue())
        request.options["max_tokens"] = .int(1_000)
        request.spending = Spending(most: 0.3, spent: 0.1 + 0.1)
        #expect(try await BoundedModels(meter, options).reply(to: request).text == "reply")
    }

    /// Nobody says what a question cost that was broken off, so that the most it could cost is counted, here and
    /// in the trace that a later run of the session reads.
    @Test func whatWasBrokenOffCountsAtMost() async throws {
        let heard = Mutex<[ModelCall]>([])
        var request = ModelRequest(model: "priced", messages: [], options: MapValue())
        // Three cents for each.
        request.options["max_tokens"] = .int(300)
        request.spending = Spending(most: 0.05, spent: 0)
        request.onCall = { call in heard.withLock { $0.append(call) } }
        let failing = BoundedModels(BrokenOff(), options)
        await #expect(throws: StepFailure.self) { try await failing.reply(to: request) }
        let call = try #require(heard.withLock { $0.first })
        #expect(call.isBrokenOff && call.dollars == 0.001)
        #expect(call.mostDollars.map { Int(($0 * 1_000).rounded()) } == 30)
        let failure = await #expect(throws: StepFailure.self) {
            try await BoundedModels(Meter(), options).reply(to: request)
        }
        #expect(failure?.kind == .maxCost && failure?.message.contains("only $0.0200 is left") == true)
        let kept = TraceEvent.Happening.model(call)
        #expect(TraceEvent.Happening(.model, data: kept.data) == kept)
    }

    /// A question that never left, or that a server refused, has cost nothing.
    @Test func whatWasNotAskedCountsNothing() async throws {
        var request = ModelRequest(model: "priced", messages: [], options: MapValue())
        request.options["max_tokens"] = .int(300)
        request.spending = Spending(most: 0.05, spent: 0)
        let failing = BoundedModels(Failing(kind: .cancelled), options)
        await #expect(throws: StepFailure.self) { try await failing.reply(to: request) }
        #expect(try await BoundedModels(Meter(), options).reply(to: request).text == "reply")
    }

    /// The vectors that could pass the bound are not asked for; those of which no price is known are.
    @Test func vectorsAreHeldWithinTheBound() async throws {
        let meter = VectorMeter()
        // A hundred tokens, a cent by this price.
        var request = EmbeddingRequest([String(repeating: "t", count: 400)], areQueries: false)
        request.spending = Spending(most: 0.025, spent: 0)
        let priced = BoundedEmbedder(meter, model: "p/e", price: Price(input: 100, output: 0))
        for _ in 0..<2 { _ = try await priced.embed(request) }
        let failure = await #expect(throws: StepFailure.self) { try await priced.embed(request) }
        #expect(failure?.kind == .maxCost && meter.count == 2)
        #expect(failure?.message.contains("a call to `p/e` can cost $0.0100") == true)
        _ = try await BoundedEmbedder(meter, model: "p/x", price: nil).embed(request)
        #expect(meter.count == 3)
    }

    /// What was paid is in the store while the step is still at work: a crash would forget it else.
    @Test(arguments: [true, false]) func aCallThatWasPaidIsHandedOverAtOnce(isBounded: Bool) async throws {
        let text = """
            \(isBounded ? "max_cost $1" : "")
            START a -> w
            LLM_CALL w -> end { prompt_template { user: "Hi" } }
            """
        let seen = Mutex(0)
        let looking = Looking { count in seen.withLock { $0 = count } }
        let stage = try SpendingStage(text, looking)
        looking.stage.withLock { $0 = stage }
        _ = try await stage.run()
        #expect(seen.withLock { $0 } == (isBounded ? 1 : 0))
    }

    /// What a model could do with tools, and what its provider is told besides, is read by it like the prompt.
    @Test func toolsAndFurtherFieldsCountAsPrompt() {
        var request = ModelRequest(model: "priced", messages: [], options: MapValue())
        #expect(request.estimatedTokens == 0)
        request.options["tools"] = .list([.string(String(repeating: "t", count: 398))])
        #expect(request.estimatedTokens == 100)
        request.options["extra"] = .record([("e", .string(String(repeating: "e", count: 392)))])
        #expect(request.estimatedTokens == 200)
    }

    /// Anthropic's models think beyond the longest reply.
    @Test func thinkingCountsWhereItComesOnTop() {
        var options = options
        options.prices["claude-x"] = Price(input: 100, output: 100)
        func cents(_ model: String, _ reasoning: String?) -> Int? {
            options.dearestCall(of: model, promptTokens: 0, replyTokens: 100, reasoning: reasoning).map {
                Int(($0 * 100).rounded())
            }
        }
        #expect(cents("claude-x", nil) == 1 && cents("claude-x", "none") == 1)
        #expect(cents("claude-x", "high") == 165)
        #expect(cents("priced", "high") == 1)
    }

    /// Calls that are under way mostly cost less than was reserved for them: the next one waits for them.
    @Test func aCallWaitsForRoomThatOthersGiveBack() async throws {
        let spending = Spending(most: 0.055, spent: 0)
        let (letGo, isLetGo) = AsyncStream<Void>.makeStream()
        let first = Meter {
            for await _ in letGo { break }
        }
        let second = Meter()
        var request = ModelRequest(model: "priced", messages: [], options: MapValue())
        // Three cents for each: both together pass the bound, and what they cost does not.
        request.options["max_tokens"] = .int(300)
        request.spending = spending
        let (begun, hasBegun) = AsyncStream<Void>.makeStream()
        try await withThrowingTaskGroup(of: String.self) { group in
            group.addTask { [request, options] in
                var request = request
                request.model = "priced"
                let announcing = Announcing(first) { hasBegun.finish() }
                return try await BoundedModels(announcing, options).reply(to: request).text
            }
            for await _ in begun {}
            group.addTask { [request, options] in
                try await BoundedModels(second, options).reply(to: request).text
            }
            #expect(second.count == 0)
            isLetGo.finish()
            var replies: [String] = []
            for try await reply in group { replies.append(reply) }
            #expect(replies == ["reply", "reply"])
        }
        #expect(first.count == 1 && second.count == 1)
    }

    @Test func aCallThatWaitsForRoomIsCancelled() async throws {
        let spending = Spending(most: 0.055, spent: 0)
        let (letGo, isLetGo) = AsyncStream<Void>.makeStream()
        let (begun, hasBegun) = AsyncStream<Void>.makeStream()
        let first = Announcing(
            Meter {
                for await _ in letGo { break }
            }
        ) { hasBegun.finish() }
        var request = ModelRequest(model: "priced", messages: [], options: MapValue())
        request.options["max_tokens"] = .int(300)
        request.spending = spending
        let holder = Task { [request, options] in try await BoundedModels(first, options).reply(to: request) }
        for await _ in begun {}
        let waiting = Task { [request, options] in
            try await BoundedModels(Meter(), options).reply(to: request)
        }
        waiting.cancel()
        let failure = await #expect(throws: StepFailure.self) { try await waiting.value }
        #expect(failure?.kind == .cancelled)
        isLetGo.finish()
        #expect(try await holder.value.text == "reply")
    }

    /// Of a call that was broken off the most that it can have cost.
    @Test(arguments: [false, true]) func anEarlierRunOfTheSessionCounts(isBrokenOff: Bool) async throws {
        let meter = Meter()
        let stage = try SpendingStage(loop("$0.10"), Asking(models: BoundedModels(meter, options)))
        let header = try await stage.interpreter.open(stage.request())
        var call = ModelCall(
            provider: "p", model: "priced", tokens: ModelCall.Tokens(input: 0, output: 0))
        call.isBrokenOff = isBrokenOff
        call.dollars = isBrokenOff ? 0.01 : 0.07
        call.mostDollars = isBrokenOff ? 0.07 : nil
        try await stage.keep(call, of: header.id)
        let record = try await stage.goOn(header, [], as: .resumed)
        #expect(meter.count == 1 && record.header.status == .failed)
        let trace = try await stage.store.trace(of: header.id)
        #expect(trace.contains { $0.happening == .session(.resumed) && $0.record == nil })
    }
}

/// A model whose reply is broken off behind ten tokens.
private struct BrokenOff: ModelProvider {
    func reply(to request: ModelRequest) async throws(StepFailure) -> ModelReply {
        var call = ModelCall(
            provider: "p", model: request.model,
            tokens: ModelCall.Tokens(input: 0, output: 10, areEstimated: true))
        call.isBrokenOff = true
        call.dollars = 0.001
        request.onCall(call)
        throw StepFailure(.timeout, "no")
    }

    func identity(of model: String) -> String { model }
}

/// An embedding model that says how often it was asked, and costs a cent.
private final class VectorMeter: Embedder {
    private let calls = Mutex(0)

    var count: Int { calls.withLock { $0 } }
    let identity = "e"

    func embed(_ request: EmbeddingRequest) async throws(StepFailure) -> [[Float]] {
        calls.withLock { $0 += 1 }
        var call = ModelCall(
            provider: "p", model: "e",
            tokens: ModelCall.Tokens(input: request.estimatedTokens, output: 0))
        call.dollars = 0.01
        request.onCall(call)
        return request.texts.map { _ in [1] }
    }
}

/// A model that is never asked.
private struct Failing: ModelProvider {
    let kind: FailureKind

    func reply(to request: ModelRequest) async throws(StepFailure) -> ModelReply {
        throw StepFailure(kind, "no")
    }

    func identity(of model: String) -> String { model }
}

/// A step that has asked a model, and looks then how many calls the store of its stage knows.
private final class Looking: StepExecutor {
    let stage = Mutex<SpendingStage?>(nil)
    private let tell: @Sendable (Int) -> Void

    init(_ tell: @escaping @Sendable (Int) -> Void) { self.tell = tell }

    func execute(_ work: StepWork) async throws(StepFailure) -> StepOutcome {
        guard work.step.name == "w", let stage = stage.withLock({ $0 }) else { return .value(.string("")) }
        work.trace(
            .model(ModelCall(provider: "p", model: "m", tokens: ModelCall.Tokens(input: 1, output: 1))))
        do throws(StoreError) {
            tell(try await stage.store.trace(of: SpendingStage.session).count { $0.happening.word == .model })
        } catch {
            throw StepFailure(.failed, error.message)
        }
        return .value(.string("reply"))
    }
}

/// Says when it is asked, before the model within answers.
private struct Announcing: ModelProvider {
    private let inner: any ModelProvider
    private let say: @Sendable () -> Void

    init(_ inner: any ModelProvider, _ say: @escaping @Sendable () -> Void) {
        self.inner = inner
        self.say = say
    }

    func reply(to request: ModelRequest) async throws(StepFailure) -> ModelReply {
        say()
        return try await inner.reply(to: request)
    }

    func identity(of model: String) -> String { inner.identity(of: model) }
}
