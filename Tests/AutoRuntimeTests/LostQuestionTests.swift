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

/// A model that tells of a question that was lost, and whose replies cost two cents.
private final class Retelling: ModelProvider {
    private let calls = Mutex(0)

    var count: Int { calls.withLock { $0 } }

    func reply(to request: ModelRequest) async throws(StepFailure) -> ModelReply {
        calls.withLock { $0 += 1 }
        if let lost = request.lost?.taken(provider: "p", model: request.model, inputTokens: 7) {
            request.onCall(lost)
        }
        var call = ModelCall(
            provider: "p", model: request.model, tokens: ModelCall.Tokens(input: 100, output: 100))
        call.dollars = 0.02
        request.onCall(call)
        return ModelReply("reply")
    }

    func identity(of model: String) -> String { model }
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
        let models = Retelling()
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
    private func stage(_ most: String, _ models: Retelling) throws -> SpendingStage {
        let text = """
            automation "Lost"
            max_cost \(most)
            START a -> w
            LLM_CALL w -> end { prompt_template { model: "priced", user: "Hi", max_tokens: 300 } }
            """
        return try SpendingStage(text, Asking(models: BoundedModels(models, SpendingStage.options)))
    }

    private func lost(_ trace: [TraceEvent]) -> [ModelCall] {
        trace.compactMap { event in
            guard case .model(let call) = event.happening, call.isBrokenOff else { return nil }
            return call
        }
    }

    @Test func theTraceTellsOfTheQuestionThatNeverEnded() async throws {
        let resumed = try await resumed("$0.10")
        #expect(resumed.record.header.status == .finished && resumed.asked == 1)
        let call = try #require(lost(resumed.trace).first)
        #expect(lost(resumed.trace).count == 1 && call.dollars == nil && call.tokens.areEstimated)
        #expect(call.mostDollars.map { Int(($0 * 100).rounded()) } == 3, "the bound counts the most of it")
        let cost = resumed.record.costs(resumed.trace).total
        #expect(cost.calls == 2 && cost.unpriced == 1)
        #expect(cost.dollarsText == "$0.0200 and 1 of unknown price")
    }

    /// Both may cost three cents: the one that was lost, and the same once more.
    @Test func theBoundHasRoomForBoth() async throws {
        let resumed = try await resumed("$0.05")
        #expect(resumed.record.header.status == .failed && resumed.asked == 0)
        #expect(resumed.record.steps.last?.errorKind == "max_cost")
    }

    /// A step that had not begun, or waited for its next try or for a tool, asked nobody when its process
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
        #expect(lost(try await resumed("$0.10", behind: [failed]).trace).isEmpty)
        #expect(lost(try await resumed("$0.10", behind: [round]).trace).isEmpty)
        #expect(lost(try await resumed("$0.10", behind: [round, end]).trace).count == 1)
    }

    /// What a session has called spends from the caller's bound, also when the caller is gone on with.
    @Test func calledSessionsCountAfterAResume() async throws {
        let models = Retelling()
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
