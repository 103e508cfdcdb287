import AutoChecker
import AutoRuntime
import AutoStore
import Diagnostics
import StepKinds
import Synchronization
import TestSupport
import Testing
import Values

/// A model whose calls use always the same, and that says how often it was asked.
final class Meter: ModelProvider {
    private let calls = Mutex(0)
    /// Comes back when a call may answer.
    private let gate: @Sendable () async -> Void

    init(gate: @escaping @Sendable () async -> Void = {}) { self.gate = gate }

    var count: Int { calls.withLock { $0 } }

    func reply(to request: ModelRequest) async throws(StepFailure) -> ModelReply {
        calls.withLock { $0 += 1 }
        await gate()
        var call = ModelCall(
            provider: "p", model: request.model, tokens: ModelCall.Tokens(input: 100, output: 100))
        if call.model == "priced" { call.dollars = 0.02 }
        request.onCall(call)
        return ModelReply("reply")
    }

    func identity(of model: String) -> String { model }
}

/// Asks a model as steps do.
struct Asking: StepExecutor {
    let models: any ModelProvider

    func execute(_ work: StepWork) async throws(StepFailure) -> StepOutcome {
        .value(.string(try await models.reply(to: request(work)).text))
    }

    func firstQuestion(for work: StepWork) -> ModelQuestion? { models.firstQuestion(request(work)) }

    private func request(_ work: StepWork) -> ModelRequest {
        var request = ModelRequest(
            model: work.fields["model"]?.asText ?? "default",
            messages: [.record([("role", .string("user")), ("content", work.fields["user"] ?? .null)])])
        if let most = work.fields["max_tokens"] { request.options["max_tokens"] = most }
        request.ask(for: work)
        return request
    }
}

/// A session that spends, in a store of its own.
struct SpendingStage: Sendable {
    static let session = ID(milliseconds: 1, count: 1, random: 1)
    /// A token costs a ten-thousandth of a dollar, so that a call of the meter costs two cents.
    static var options: CheckOptions {
        var options = CheckOptions()
        options.prices = ["priced": Price(input: 100, output: 100)]
        return options
    }

    let store: MemoryStore
    let interpreter: Interpreter
    let stored: StoredAutomation
    private let plan: Plan

    init(_ text: String, _ executor: any StepExecutor) throws {
        // Without prices, so that the checker lets pass what the run is to hold.
        let automation = try #require(check(SourceText(name: "t.auto", text: text)).automation)
        let clock = TestClock()
        let id = ID(name: "t")
        store = MemoryStore(clock: clock)
        stored = StoredAutomation(
            automation, id: id, path: "", stepInfos: automation.stepInfos(automationID: id, fileTime: 0))
        plan = Plan(automation)
        interpreter = Interpreter(executors: Executors(forAll: executor), store: store, clock: clock)
    }

    func request(_ earlier: SessionRecord? = nil) -> RunRequest {
        RunRequest(
            plan: plan, automation: stored, sessionID: Self.session, inputs: .record([]), earlier: earlier)
    }

    func run() async throws -> SessionRecord {
        try await interpreter.run(request(), header: try await interpreter.open(request())).1
    }

    /// Another process goes on with the session.
    func goOn(_ header: SessionHeader, _ steps: [StepRecord], as turn: SessionTurn) async throws
        -> SessionRecord
    {
        var again = request(SessionRecord(header: header, steps: steps, stepInfos: stored.stepInfos))
        again.turn = turn
        return try await interpreter.run(again, header: header).1
    }

    /// Puts a call into the trace of a session, as an earlier process has.
    func keep(_ call: ModelCall, of session: ID) async throws {
        let event = TraceEvent(at: 0, record: nil, attempt: nil, .model(call))
        try await store.commit([.trace(session: session, event)])
    }
}
