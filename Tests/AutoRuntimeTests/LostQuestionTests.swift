import AutoChecker
import AutoRuntime
import AutoStore
import AutoSyntax
import Diagnostics
import StepKinds
import Synchronization
import TestSupport
import Testing
import Values

/// A model whose replies cost two cents.
private final class Priced: ModelProvider {
    private let calls = Mutex(0)

    var count: Int { calls.withLock { $0 } }

    func reply(to request: ModelRequest) async throws(StepFailure) -> ModelReply {
        calls.withLock { $0 += 1 }
        var call = ModelCall(
            provider: "p", model: request.model, tokens: ModelCall.Tokens(input: 100, output: 100))
        call.dollars = 0.02
        request.onCall(call)
        return ModelReply("reply")
    }

    func identity(of model: String) -> String { model }
}

/// A model that looks what the store knows while it is asked, and whose first try fails.
private final class Looking: ModelProvider {
    struct Seen {
        var store: MemoryStore?
        var open: [[ModelQuestion]] = []
    }

    let seen = Mutex(Seen())

    func reply(to request: ModelRequest) async throws(StepFailure) -> ModelReply {
        let store = seen.withLock { $0.store }
        let trace = (try? await store?.trace(of: SpendingStage.session)) ?? []
        let tries = seen.withLock { seen in
            seen.open.append(trace.openQuestions.values.flatMap { $0 })
            return seen.open.count
        }
        guard tries > 1 else { throw StepFailure(.network, "no way", retryable: true) }
        request.onCall(
            ModelCall(provider: "p", model: request.model, tokens: ModelCall.Tokens(input: 1, output: 1)))
        return ModelReply("reply")
    }

    func identity(of model: String) -> String { model }

    func firstQuestion(_ request: ModelRequest) -> ModelQuestion? {
        ModelQuestion(provider: "p", model: request.model, inputTokens: 7)
    }
}

/// What is known after a process has died in the middle of a question to a model.
@Suite(.timeLimit(.minutes(1))) struct LostQuestionTests {
    private struct Resumed {
        let record: SessionRecord
        let trace: [TraceEvent]
        let asked: Int
    }

    /// A session whose process died while its step was RUNNING, behind these events, and that another one
    /// goes on with.
    private func resumed(
        _ most: String, status: Status = .running, behind events: [TraceEvent.Happening] = []
    )
        async throws -> Resumed
    {
        let models = Priced()
        let stage = try stage(most, models)
        let header = try await stage.interpreter.open(stage.request())
        let steps = [(0, Status.finished), (1, status)].map { place, status in
            StepRecord(
                id: ID(milliseconds: 2, count: UInt16(place), random: 1), stepIndex: place, status: status,
                prompt: .record([]), result: status == .finished ? .record([]) : nil, error: nil,
                errorKind: nil, createdAt: 0, updatedAt: 0)
        }
        try await stage.store.commit(
            steps.enumerated().map { .step(session: header.id, ordinal: $0.offset, $0.element) }
                + events.map {
                    .trace(session: header.id, TraceEvent(at: 0, record: steps[1].id, attempt: 1, $0))
                })
        let record = try await stage.goOn(header, steps, as: .takenOver)
        return Resumed(
            record: record, trace: try await stage.store.trace(of: header.id), asked: models.count)
    }

    /// A session with one question, which can cost three cents.
    private func stage(_ most: String, _ models: Priced) throws -> SpendingStage {
        let text = """
            automation "Lost"
            max_cost \(most)
            START a -> w
            LLM_CALL w -> end { prompt_template { model: "priced", user: "Hi", max_tokens: 300 } }
            """
        return try SpendingStage(text, Asking(models: BoundedModels(models, SpendingStage.options)))
    }

    private static let asking = TraceEvent.Happening.asking(
        ModelQuestion(provider: "q", model: "other", inputTokens: 9, mostDollars: 0.03))

    /// Who was asked is what the trace had said, whatever the settings say now.
    @Test func aQuestionThatHadBegunIsToldAsItBegan() async throws {
        let resumed = try await resumed("$0.10", behind: [Self.asking])
        #expect(resumed.record.header.status == .finished && resumed.asked == 1)
        let call = try #require(lost(resumed.trace).first)
        #expect(lost(resumed.trace).count == 1 && call.provider == "q" && call.model == "other")
        #expect(call.dollars == nil && call.tokens.input == 9 && call.mostDollars == 0.03)
        #expect(resumed.record.costs(resumed.trace).total.dollarsText == "$0.0200 and 1 of unknown price")
        // The most of it counts, once: there is room for it and for the same again.
        #expect(try await self.resumed("$0.07", behind: [Self.asking]).record.header.status == .finished)
        let refused = try await self.resumed("$0.05", behind: [Self.asking])
        #expect(refused.record.steps.last?.errorKind == "max_cost" && refused.asked == 0)
    }

    @Test func whatCameOfItEndsIt() async throws {
        let failed = TraceEvent.Happening.attempt(
            AttemptEnd(time: 1, kind: .network, message: "no", delay: 1_000))
        #expect(lost(try await resumed("$0.10", behind: [Self.asking, failed]).trace).isEmpty)
        let again = try await resumed("$0.10", behind: [Self.asking, failed, Self.asking])
        #expect(lost(again.trace).count == 1)
    }

    /// Nobody has gone on with the session yet: what was lost is told all the same.
    @Test func costsTellOfAQuestionWithoutAnEnd() throws {
        let record = StepRecord(
            id: ID(milliseconds: 2, count: 1, random: 1), stepIndex: 1, status: .running, prompt: nil,
            result: nil, error: nil, errorKind: nil, createdAt: 0, updatedAt: 0)
        let stage = try stage("$0.10", Priced())
        let header = SessionHeader(
            id: SpendingStage.session, automationID: stage.stored.id, inputs: .record([]), status: .running,
            error: nil, createdAt: 0, updatedAt: 0)
        let session = SessionRecord(header: header, steps: [record], stepInfos: stage.stored.stepInfos)
        let costs = session.costs([TraceEvent(at: 0, record: record.id, attempt: 1, Self.asking)])
        #expect(costs.map(\.model) == ["q/other"])
        #expect(costs.total.calls == 1 && costs.total.dollarsText == "unknown")
    }

    /// The record and who is asked are on disk before anybody is; so is the next try's question when that ends.
    @Test func whoIsAskedIsOnDiskBefore() async throws {
        let models = Looking()
        let text = """
            automation "Asks"
            START a -> w
            LLM_CALL w -> end {
              retry: { attempts: 2 }
              prompt_template { model: "m", user: "Hi" }
            }
            """
        let stage = try SpendingStage(text, Asking(models: models))
        models.seen.withLock { $0.store = stage.store }
        let record = try await stage.run()
        #expect(record.header.status == .finished)
        let question = ModelQuestion(provider: "p", model: "m", inputTokens: 7)
        #expect(models.seen.withLock { $0.open } == [[question], [question]])
        let trace = try await stage.store.trace(of: SpendingStage.session)
        #expect(trace.map(\.happening.word) == [.asking, .attempt, .asking, .model, .attempt])
        #expect(trace.openQuestions.isEmpty)
    }

    /// Batches go beside each other: each that nobody heard of is told, with the most that it can have cost.
    @Test func eachOfSeveralQuestionsIsTold() async throws {
        let batches = (0..<3).map { place in
            TraceEvent.Happening.asking(
                ModelQuestion(provider: "q", model: "e", inputTokens: 9, mostDollars: 0.02, batch: place))
        }
        var answer = ModelCall(provider: "q", model: "e", tokens: ModelCall.Tokens(input: 9, output: 0))
        answer.batch = 1
        let events = batches + [.model(answer)]
        let resumed = try await resumed("$0.10", behind: events)
        #expect(resumed.record.header.status == .finished)
        #expect(lost(resumed.trace).map(\.batch) == [0, 2] && resumed.trace.openQuestions.isEmpty)
        // Two of them, and the question of now with a little more than three cents.
        #expect(try await self.resumed("$0.08", behind: events).record.header.status == .finished)
        #expect(try await self.resumed("$0.07", behind: events).record.header.status == .failed)
        // One that is asked once more is the same.
        #expect(try await lost(self.resumed("$0.10", behind: [batches[0], batches[0]]).trace).count == 1)
    }

    private func lost(_ trace: [TraceEvent]) -> [ModelCall] {
        trace.compactMap { event in
            guard case .model(let call) = event.happening, call.isBrokenOff else { return nil }
            return call
        }
    }

    /// A step that had not begun, or waited for its next try, for a tool or for its turn, asked nobody when its process
    /// died.
    @Test func whereNoQuestionWasUnderWayNoneIsTold() async throws {
        let failed = TraceEvent.Happening.attempt(
            AttemptEnd(time: 1, kind: .network, message: "no", delay: 1_000))
        let round = TraceEvent.Happening.tools(
            ToolRound(
                number: 1, reply: ModelReply("", calls: [ToolCall(id: "x", name: "f", arguments: "")]),
                places: [ToolRound.Place()]))
        let end = TraceEvent.Happening.tool(
            ToolEnd(
                round: 1, place: 0, name: "f", arguments: .record([]), result: "", isError: false, time: 1))
        #expect(lost(try await resumed("$0.10", status: .new).trace).isEmpty)
        #expect(lost(try await resumed("$0.10").trace).isEmpty)
        #expect(lost(try await resumed("$0.10", behind: [failed]).trace).isEmpty)
        #expect(lost(try await resumed("$0.10", behind: [round]).trace).isEmpty)
        #expect(lost(try await resumed("$0.10", behind: [round, end]).trace).isEmpty)
        #expect(lost(try await resumed("$0.10", behind: [round, end, Self.asking]).trace).count == 1)
    }

    /// What a session has called spends from the caller's bound, also when the caller is gone on with.
    @Test func calledSessionsCountAfterAResume() async throws {
        let models = Priced()
        let stage = try stage("$0.10", models)
        let header = try await stage.interpreter.open(stage.request())
        let inner = SessionHeader(
            id: ID(milliseconds: 2, count: 1, random: 1), automationID: stage.stored.id, inputs: .record([]),
            status: .running, error: nil, createdAt: 0, updatedAt: 0, caller: header.id)
        try await stage.store.begin(inner, of: stage.stored, held: true)
        var call = ModelCall(
            provider: "p", model: "priced", tokens: ModelCall.Tokens(input: 0, output: 0))
        call.dollars = 0.08
        try await stage.keep(call, of: inner.id)
        let record = try await stage.goOn(header, [], as: .resumed)
        #expect(record.header.status == .failed && models.count == 0)
        #expect(record.steps.last?.errorKind == "max_cost")
    }
}
