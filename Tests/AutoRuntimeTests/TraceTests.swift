import AutoRuntime
import AutoStore
import AutoSyntax
import StepKinds
import Synchronization
import Testing
import Values

/// What the trace has of a run: in order, masked, and written with the records.
@Suite(.timeLimit(.minutes(1))) struct TraceTests {
    private static let happenings: [TraceEvent.Happening] = {
        var call = ModelCall(
            provider: "openai", model: "m",
            tokens: ModelCall.Tokens(input: 7, output: 3, cached: 2, reasoning: 1, areEstimated: true))
        (call.answered, call.finish, call.dollars, call.firstToken) = ("m-1", "stop", 0.25, 1_500_001)
        (call.isCached, call.raw, call.note) = (true, "{", "without a schema")
        return [
            .attempt(AttemptEnd(time: 1_234_567)),
            .attempt(AttemptEnd(time: 5, kind: .rateLimited, message: "busy", delay: 2_000_000_000)),
            .attempt(AttemptEnd(time: 5, kind: .raised("ValueError"), message: "no")),
            .model(call),
            .model(ModelCall(provider: "", model: "", tokens: ModelCall.Tokens(input: 0, output: 0))),
            .http(
                HTTPExchange(
                    method: "GET", url: "https://a.b/", status: 200, bytes: 9, redirects: 2, isRecorded: true)
            ),
            .http(HTTPExchange(method: "PUT", url: "https://a.b/", status: nil, bytes: 0)),
            .process(
                ProcessEnd(
                    exitCode: 0, processorTime: 1_000, peakMemory: 1 << 20, standardOutput: "out",
                    standardError: "err")),
            .process(
                ProcessEnd(
                    exitCode: nil, processorTime: nil, peakMemory: nil, standardOutput: "", standardError: "")
            ),
            .session(.takenOver), .session(.cancelled(by: "ci")), .session(.resumed), .session(.upgraded),
        ]
    }()

    @Test(arguments: happenings) func whatIsWrittenIsReadBack(_ happening: TraceEvent.Happening) throws {
        // As a store keeps it: as text.
        let data = try JSON.parse(JSON.text(happening.data))
        #expect(TraceEvent.Happening(happening.word, data: data) == happening)
    }

    /// Each text of an event is masked: a model's name or a method can be made from what a server said.
    @Test func noTextIsLeftAsItIs() {
        var call = ModelCall(
            provider: "p", model: "m-S3CRET", tokens: ModelCall.Tokens(input: 0, output: 0))
        (call.answered, call.finish, call.raw, call.note) = ("S3CRET", "S3CRET", "S3CRET", "S3CRET")
        let events: [TraceEvent.Happening] = [
            .attempt(AttemptEnd(time: 1, kind: .raised("S3CRET"), message: "S3CRET")), .model(call),
            .http(HTTPExchange(method: "S3CRET", url: "https://a.b/S3CRET", status: nil, bytes: 0)),
            .process(
                ProcessEnd(
                    exitCode: 1, processorTime: nil, peakMemory: nil, standardOutput: "S3CRET",
                    standardError: "S3CRET")),
        ]
        for event in events {
            let shown = JSON.text(event.masked { $0.replacing("S3CRET", with: "[hidden]") }.data)
            #expect(shown.contains("[hidden]") && !shown.contains("S3CRET"))
        }
    }

    @Test func anEventHasTheFormOfTheReference() throws {
        let record = ID(name: "record")
        let event = TraceEvent(
            at: 1_700_000_000_007_999_999, record: record, attempt: 2,
            .attempt(AttemptEnd(time: 1_500_000, kind: .timeout, message: "late", delay: 250_000_000)))
        #expect(
            JSON.text(event.json)
                == #"{"at":"2023-11-14T22:13:20.007Z","step_record_id":"\#(record.text)","event":"attempt","#
                + #""attempt":2,"data":{"ok":false,"kind":"timeout","message":"late","time_ms":1.5,"delay_ms":250.0}}"#
        )
        let ofSession = TraceEvent(at: 0, record: nil, attempt: nil, .session(.cancelled(by: "ci")))
        #expect(
            JSON.text(ofSession.json)
                == #"{"at":"1970-01-01T00:00:00.000Z","step_record_id":null,"event":"session","attempt":null,"#
                + #""data":{"turn":"cancelled","by":"ci"}}"#)
    }

    @Test func dataOfAnotherKindIsNotTaken() {
        #expect(TraceEvent.Happening(.session, data: .record([("turn", .string("gone"))])) == nil)
        #expect(TraceEvent.Happening(.attempt, data: .string("no object")) == nil)
    }

    // Of a run.

    private let twoTries = """
        secret KEY
        START begin -> work
        LLM_CALL work -> end {
          retry: { attempts: 3, first_delay: 1s, max_delay: 1s }
          prompt_template { user: "Hi" }
        }
        """

    /// What a run leaves in its store's trace.
    private func trace(of stage: Stage, secrets: [String: String] = [:]) async throws
        -> (trace: [TraceEvent], record: SessionRecord)
    {
        let store = MemoryStore(clock: stage.clock)
        let (_, record) = try await stage.run(secrets: secrets, store: store)
        return (try await store.trace(of: record.header.id), record)
    }

    @Test func everyTryIsTold() async throws {
        let stage = try Stage(twoTries) { work, count throws(StepFailure) in
            work.trace(.http(HTTPExchange(method: "GET", url: "https://\(count)/", status: 200, bytes: 1)))
            if count < 2 { throw StepFailure(.status, "busy", retryable: true) }
            return .value(.string("done"))
        }
        let (trace, record) = try await trace(of: stage, secrets: ["KEY": "canary-canary"])
        #expect(trace.map(\.happening.word) == [.http, .attempt, .http, .attempt])
        #expect(trace.map(\.attempt) == [1, 1, 2, 2])
        #expect(trace.allSatisfy { $0.record == record.steps[1].id })
        guard case .attempt(let first) = trace[1].happening, case .attempt(let last) = trace[3].happening
        else {
            Issue.record("no attempts: \(trace)")
            return
        }
        #expect(first.kind == .status && first.message == "busy")
        let delay = try #require(first.delay)
        #expect((500_000_000...1_000_000_000).contains(delay))
        #expect(last == AttemptEnd(time: 0))
        // Between the two tries lies the wait.
        #expect(trace[2].at - trace[1].at == delay)
    }

    @Test func theLastTryOfAStepThatFailsIsToldWithoutANextOne() async throws {
        let stage = try Stage(twoTries) { _, _ throws(StepFailure) in
            throw StepFailure(.refused, "never")
        }
        let (trace, _) = try await trace(of: stage, secrets: ["KEY": "canary-canary"])
        #expect(
            trace.map(\.happening) == [.attempt(AttemptEnd(time: 0, kind: .refused, message: "never"))])
    }

    @Test func noSecretIsInATrace() async throws {
        let secret = "canary-canary"
        let stage = try Stage(twoTries) { work, _ throws(StepFailure) in
            work.trace(
                .http(HTTPExchange(method: "GET", url: "https://a/?k=\(secret)", status: nil, bytes: 0)))
            var call = ModelCall(
                provider: "p", model: "m", tokens: ModelCall.Tokens(input: 1, output: 1))
            (call.raw, call.note) = ("{ \(secret)", "not \(secret)")
            work.trace(.model(call))
            work.trace(
                .process(
                    ProcessEnd(
                        exitCode: 1, processorTime: nil, peakMemory: nil, standardOutput: secret,
                        standardError: secret)))
            throw StepFailure(.refused, "key \(secret) is refused")
        }
        let (trace, _) = try await trace(of: stage, secrets: ["KEY": secret])
        #expect(trace.count == 4)
        for event in trace {
            let shown = JSON.text(event.json)
            #expect(!shown.contains("canary") && shown.contains("[secret KEY]"), "\(shown)")
        }
    }

    @Test func whatAPersonTakesIsNoTry() async throws {
        let text = """
            START begin -> ask
            GET_USER_INPUT ask -> end { prompt_template { message: "Well?" } }
            """
        let stage = try Stage(text) { _, _ throws(StepFailure) in .value(.string("yes")) }
        #expect(try await trace(of: stage).trace.isEmpty)
    }

    @Test func aRememberedReplyIsToldAsOne() async throws {
        let text = """
            START begin -> work
            LLM_CALL work -> again {
              cache: true
              prompt_template { user: "Hi", model: "m" }
            }
            LOGIC_DECISION again {
              prompt_template {
                more: when work.results.size() < 2 -> work
                done: else -> end
              }
            }
            """
        let stage = try Stage(text)
        stage.actor.model.withLock { $0 = "m at p" }
        let (trace, record) = try await trace(of: stage)
        #expect(trace.map(\.happening.word) == [.attempt, .model])
        guard case .model(let call) = trace[1].happening else { return }
        #expect(call.isCached && call.model == "m" && call.dollars == 0)
        let cost = record.costs(trace).total
        #expect(cost.calls == 0 && cost.remembered == 1 && cost.unpriced == 0)
    }

    /// Its texts were asked about once, at a server.
    @Test func aSearchThatIsRememberedIsTold() async throws {
        let stage = try Stage(
            """
            START begin -> work
            EMBEDDING_SEARCH work -> again {
              cache: true
              prompt_template { query: "Hi", documents: ["a"] }
            }
            LOGIC_DECISION again {
              prompt_template {
                more: when work.results.size() < 2 -> work
                done: else -> end
              }
            }
            """
        ) { _, _ throws(StepFailure) in .value(.list([])) }
        stage.actor.model.withLock { $0 = "m at p" }
        let (trace, _) = try await trace(of: stage)
        #expect(trace.map(\.happening.word) == [.attempt, .model])
        guard case .model(let call)? = trace.last?.happening else { return }
        #expect(call.isCached && call.model == "m" && call.dollars == 0)
    }

    /// Two providers have a model of the same name, and what was remembered belongs to the one that was asked.
    @Test func costsAreToldApartByProvider() throws {
        let info = StepInfo(
            id: ID(name: "info"), name: "work", type: .llmCall, template: .record([]), createdAt: 0,
            updatedAt: 0)
        let step = StepRecord(
            id: ID(name: "step"), stepIndex: 0, status: .finished, prompt: nil, result: nil, error: nil,
            errorKind: nil, createdAt: 0, updatedAt: 0)
        let header = SessionHeader(
            id: ID(name: "s"), automationID: ID(name: "a"), inputs: .record([]), status: .finished,
            error: nil,
            createdAt: 0, updatedAt: 0)
        let record = SessionRecord(header: header, steps: [step], stepInfos: [info])
        func event(_ provider: String, _ model: String, isCached: Bool = false) -> TraceEvent {
            var call = ModelCall(
                provider: provider, model: model, tokens: ModelCall.Tokens(input: 1, output: 1))
            call.isCached = isCached
            return TraceEvent(at: 0, record: step.id, attempt: 1, .model(call))
        }
        let costs = record.costs([
            event("", "m", isCached: true), event("a", "m"), event("b", "n"), event("c", "n"),
            event("", "b/n", isCached: true), event("builtin", "builtin"),
        ])
        #expect(costs.map(\.model) == ["a/m", "b/n", "builtin", "c/n"])
        #expect(costs.map(\.cost.calls) == [1, 1, 1, 1])
        #expect(costs.map(\.cost.remembered) == [1, 1, 0, 0])
    }

    @Test func listenersHearOfEventsThatAreWritten() async throws {
        let heard = Mutex<[TraceEvent]>([])
        let stage = try Stage(
            "START begin -> work\nLLM_CALL work -> end { prompt_template { user: \"Hi\" } }")
        let store = MemoryStore(clock: stage.clock)
        let (_, record) = try await stage.run(store: store) { event in
            if case .trace(let event) = event { heard.withLock { $0.append(event) } }
        }
        let kept = try await store.trace(of: record.header.id)
        #expect(kept.count == 1 && heard.withLock { $0 } == kept)
    }

    /// Runs a session whose step never ends, and cancels it while the step is under way.
    private func cancelled(by cancel: @Sendable (Task<Void, any Error>, MemoryStore, ID) async throws -> Void)
        async throws -> [TraceEvent]
    {
        let (begun, hasBegun) = AsyncStream<Void>.makeStream()
        let stage = try Stage(
            "START begin -> work\nLLM_CALL work -> end { prompt_template { user: \"Hi\" } }"
        ) {
            _, _ throws(StepFailure) in
            hasBegun.finish()
            try? await Task.sleep(for: .seconds(600))
            throw .cancelled
        }
        let store = MemoryStore(clock: stage.clock)
        let interpreter = Interpreter(
            executors: Executors(forAll: stage.actor), store: store, clock: stage.clock)
        let id = ID(milliseconds: 1, count: 1, random: 1)
        var request = RunRequest(
            plan: stage.plan, automation: stage.stored, sessionID: id, inputs: .record([]))
        request.canceller = "terminal"
        let header = try await interpreter.open(request)
        let task = Task { [request] in _ = try await interpreter.run(request, header: header) }
        for await _ in begun {}
        try await cancel(task, store, id)
        try await task.value
        return try await store.trace(of: id)
    }

    @Test func whoCancelsTheRunIsTold() async throws {
        let trace = try await cancelled { task, _, _ in task.cancel() }
        try #require(trace.map(\.happening.word) == [.attempt, .session])
        guard case .attempt(let end) = trace[0].happening else { return }
        #expect(end.kind == .cancelled && end.delay == nil)
        #expect(trace[1].happening == .session(.cancelled(by: "terminal")))
    }

    /// Who cancels from outside has said so already.
    @Test func anotherProcessThatCancelsIsToldOnce() async throws {
        let trace = try await cancelled { _, store, id in
            let other = MemoryStore(sharing: store, owner: "elsewhere/1/1")
            try await other.note(.cancelled(by: "ci"), in: id, now: 7)
            #expect(try await other.cancel(id, now: 1) == .requested)
        }
        #expect(trace.map(\.happening.word) == [.session, .attempt])
        #expect(trace.first?.happening == .session(.cancelled(by: "ci")))
    }
}
