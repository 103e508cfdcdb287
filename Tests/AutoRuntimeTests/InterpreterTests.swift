import AutoChecker
import AutoRuntime
import AutoStore
import CEL
import Diagnostics
import OrderedCollections
import StepKinds
import Synchronization
import Testing
import Values

/// Time that passes only when somebody sleeps.
final class TestClock: AutoRuntime.Clock {
    private let time = Mutex<Int64>(1_700_000_000_000_000_000)
    let slept = Mutex<[Int64]>([])

    func now() -> Int64 { time.withLock { $0 } }

    func advance(by nanoseconds: Int64) { time.withLock { $0 += nanoseconds } }

    func sleep(nanoseconds: Int64) async throws(CancellationError) {
        // Any other time is over at once, so a step that has to end in time has these ten minutes, its own or none.
        if nanoseconds >= 600_000_000_000 {
            do { try await Task.sleep(for: .seconds(600)) } catch { throw CancellationError() }
        }
        slept.withLock { $0.append(nanoseconds) }
        time.withLock { $0 += nanoseconds }
        await Task.yield()
        if Task.isCancelled { throw CancellationError() }
    }
}

/// Plays the part of models: what each step answers, by name and count of calls.
final class Actor: StepExecutor {
    typealias Part = @Sendable (StepWork, Int) async throws(StepFailure) -> StepOutcome
    private let part: Part
    private let counts = Mutex<[String: Int]>([:])
    /// The model that every step asks.
    let model = Mutex("")

    init(_ part: @escaping Part) { self.part = part }

    func count(_ step: String) -> Int { counts.withLock { $0[step] ?? 0 } }

    func model(for work: StepWork) -> String { model.withLock { $0 } }

    func execute(_ work: StepWork) async throws(StepFailure) -> StepOutcome {
        let count = counts.withLock { counts in
            counts[work.step.name, default: 0] += 1
            return counts[work.step.name] ?? 0
        }
        return try await part(work, count)
    }
}

struct Stage {
    let actor: Actor
    let clock = TestClock()
    let store: MemoryStore
    let plan: Plan
    let stored: StoredAutomation
    let events = Events()

    final class Events: Sendable { let lines = Mutex<[String]>([]) }

    /// - Parameter keepsRecords: whether `store` can be asked for them.
    init(
        _ text: String, keepsRecords: Bool = false,
        _ part: @escaping Actor.Part = { work, _ throws(StepFailure) in .value(work.fields["user"] ?? .null) }
    ) throws {
        let result = check(SourceText(name: "test.auto", text: "automation \"Test\"\n" + text))
        let automation = try #require(
            result.automation, "\(render(result.findings, in: result.source, as: .short))")
        actor = Actor(part)
        plan = Plan(automation)
        let id = ID(name: "test.auto")
        store = MemoryStore(keepsRecords: keepsRecords, clock: clock)
        stored = StoredAutomation(
            id: id, name: "Test", path: "test.auto", text: text,
            stepInfos: automation.stepInfos(automationID: id, fileTime: 0))
    }

    func run(
        _ inputs: Value = .record([]), secrets: [String: String] = [:], modelKeys: [String: String] = [:],
        earlier: SessionRecord? = nil,
        desk: AnswerDesk? = nil, departure: Departure? = nil, store: (any Store)? = nil,
        listen: @escaping @Sendable (RunEvent) -> Void = { _ in }
    ) async throws -> (RunEnd, SessionRecord) {
        let executors = Executors(forAll: actor)
        let interpreter = Interpreter(executors: executors, store: store ?? self.store, clock: clock)
        let id = ID(milliseconds: 1, count: 1, random: 1)
        var request = RunRequest(
            plan: plan, automation: stored, sessionID: earlier?.header.id ?? id, inputs: inputs,
            secrets: secrets, earlier: earlier, modelKeys: modelKeys)
        request.desk = desk
        request.departure = departure
        let header = if let earlier { earlier.header } else { try await interpreter.open(request) }
        return try await interpreter.run(request, header: header) { [events, plan] event in
            listen(event)
            guard case .step(_, let record) = event else { return }
            events.lines.withLock {
                $0.append("\(plan.automation.steps[record.stepIndex].name) \(record.status.rawValue)")
            }
        }
    }
}

private func names(_ record: SessionRecord) -> [String] {
    record.steps.map { record.stepInfos[$0.stepIndex].name }
}

private func result(_ record: SessionRecord, _ step: String) -> String? {
    record.steps.last { record.stepInfos[$0.stepIndex].name == step }?.result.map(resultText)
}

@Suite(.timeLimit(.minutes(1))) struct InterpreterTests {
    @Test(.timeLimit(.minutes(1)))
    func nothingToDo() async throws {
        let (end, record) = try await Stage("START begin -> end").run()
        #expect(end == .finished)
        #expect(record.header.status == .finished)
        #expect(names(record) == ["begin"])
        #expect(record.steps[0].result == .string(""))
    }

    @Test(.timeLimit(.minutes(1)))
    func recordHasTheAPIsShape() async throws {
        let stage = try Stage(
            "input a: text = \"x\"\nSTART begin -> ask\nLLM_CALL ask -> end { prompt_template { user: \"Hi ${inputs.a}\" } }"
        )
        let (_, record) = try await stage.run(.record([("a", .string("x"))]))
        let json = try #require(record.json.asMap)
        func keys(_ map: MapValue?) -> [String] { (map?.entries.keys ?? []).map(JSON.keyText) }
        #expect(
            keys(json) == [
                "id", "automation_id", "inputs", "error", "status", "created_at", "updated_at", "steps",
                "steps_count", "current_step",
            ])
        let step = try #require(json["steps"]?.asList?.last?.asMap)
        #expect(
            keys(step) == ["id", "status", "prompt", "result", "error", "step", "created_at", "updated_at"])
        #expect(
            keys(step["step"]?.asMap) == [
                "id", "name", "step_type", "prompt_template", "created_at", "updated_at",
            ])
        #expect(JSON.text(step["prompt"] ?? .null) == "{\"type\":\"LLM_CALL\",\"user\":\"Hi x\"}")
        #expect(
            JSON.text(step["step"]?.asMap?["prompt_template"] ?? .null)
                == "{\"type\":\"LLM_CALL\",\"user\":\"Hi ${inputs.a}\"}")
        #expect(json["current_step"] == json["steps"]?.asList?.last)
        #expect(json["created_at"]?.asText == "2023-11-14T22:13:20Z")
        #expect(ID(json["id"]?.asText ?? "") != nil)
    }

    @Test(.timeLimit(.minutes(1)))
    func forksRunAtOnceAndMeet() async throws {
        let text = """
            START begin -> [a, b]
            LLM_CALL a -> join { prompt_template { user: "a" } }
            LLM_CALL b -> b2 { prompt_template { user: "b" } }
            DATA_TRANSFORM b2 -> join { prompt_template { value: b.result + "2" } }
            DATA_TRANSFORM join -> end { prompt_template { value: a.result + b2.result } }
            """
        // Each branch waits for the other to begin: one after the other, they would never end.
        let began = AsyncStream<Void>.makeStream()
        let other = AsyncStream<Void>.makeStream()
        let (end, record) = try await Stage(text) { work, _ throws(StepFailure) in
            if work.step.name == "a" {
                began.continuation.finish()
                for await _ in other.stream {}
            } else {
                other.continuation.finish()
                for await _ in began.stream {}
            }
            return .value(work.fields["user"] ?? .null)
        }.run()
        #expect(end == .finished)
        #expect(result(record, "join") == "ab2")
        #expect(names(record).filter { $0 == "join" }.count == 1)
    }

    @Test(.timeLimit(.minutes(1)))
    func aFailingBranchStopsItsSibling() async throws {
        let text = """
            START begin -> [a, b]
            LLM_CALL a -> end { prompt_template { user: "a" } }
            LLM_CALL b -> end { prompt_template { user: "b" } }
            """
        let (end, record) = try await Stage(text) { work, _ throws(StepFailure) in
            if work.step.name == "a" { throw StepFailure(.failed, "a broke") }
            await untilCancelled()
            throw .cancelled
        }.run()
        #expect(end == .failed)
        #expect(record.header.error == "step a: a broke")
        #expect(
            record.steps.filter { $0.status == .failed }.compactMap(\.error).sorted() == [
                "a broke", "cancelled",
            ])
    }

    @Test(.timeLimit(.minutes(1)))
    func eachKeepsTheOrder() async throws {
        let text = """
            START begin -> t
            LLM_CALL t -> none { each: i, x in ["a", "b", "c", "d"]
              at_once: 3
              prompt_template { user: "${i}${x}" } }
            DATA_TRANSFORM none -> end { each: x in [1].filter(y, y > 1)
              prompt_template { value: x } }
            """
        let (_, record) = try await Stage(text) { work, _ throws(StepFailure) in
            for _ in 0..<(work.fields["user"]?.asText == "0a" ? 50 : 1) { await Task.yield() }
            return .value(work.fields["user"] ?? .null)
        }.run()
        let prompts = record.steps.compactMap { $0.prompt?.asMap?["user"]?.asText }
        #expect(prompts == ["0a", "1b", "2c", "3d"])
        #expect(names(record) == ["begin", "t", "t", "t", "t"])
    }

    @Test(.timeLimit(.minutes(1)))
    func retriesThenErrorBranch() async throws {
        let text = """
            START begin -> a
            LLM_CALL a -> end { retry: { attempts: 3, first_delay: 1s, factor: 2 }
              on_error -> b
              prompt_template { user: "a" } }
            DATA_TRANSFORM b -> end { prompt_template { value: a.error.kind + ": " + a.error.message } }
            """
        let stage = try Stage(text) { _, count throws(StepFailure) in
            throw StepFailure(.network, "try \(count)", retryable: true, retryAfter: count == 1 ? 7 : nil)
        }
        let (end, record) = try await stage.run()
        #expect(end == .finished)
        #expect(result(record, "b") == "network: try 3")
        #expect(record.steps.map(\.status) == [.finished, .failed, .finished])
        let slept = stage.clock.slept.withLock { $0 }
        #expect(
            slept.count == 2 && slept[0] == 7_000_000_000
                && (1_000_000_000...2_000_000_000).contains(slept[1]))
    }

    @Test(.timeLimit(.minutes(1)))
    func timeoutEndsAnAttempt() async throws {
        let text = "START begin -> a\nLLM_CALL a -> end { timeout: 5s\n prompt_template { user: \"a\" } }"
        let (end, record) = try await Stage(text) { _, _ throws(StepFailure) in
            await untilCancelled()
            throw .cancelled
        }.run()
        #expect(end == .failed)
        #expect(record.header.error == "step a: no answer within 5 s")
    }

    @Test(.timeLimit(.minutes(1)))
    func waitingGoesOnWhereItWas() async throws {
        let text = """
            START begin -> [a, b]
            LLM_CALL a -> join { prompt_template { user: "a" } }
            GET_USER_INPUT b -> join { prompt_template { message: "?" } }
            DATA_TRANSFORM join -> end { prompt_template { value: a.result + b.result } }
            """
        let first = try Stage(text) { work, _ throws(StepFailure) in
            work.step.name == "b" ? .waiting : .value(.string("A"))
        }
        let (end, waiting) = try await first.run()
        #expect(end == .waiting)
        #expect(waiting.header.status == .running)
        #expect(waiting.currentStep?.prompt?.asMap?["message"] == .string("?"))
        let second = try Stage(text) { _, _ throws(StepFailure) in .value(.string("B")) }
        let (finished, record) = try await second.run(earlier: waiting)
        #expect(finished == .finished)
        #expect(result(record, "join") == "AB")
        #expect(second.actor.count("a") == 0 && second.actor.count("b") == 1)
        #expect(record.steps.prefix(3).map(\.id) == waiting.steps.prefix(3).map(\.id))
    }

    @Test(.timeLimit(.minutes(1)))
    func cancelEndsEverything() async throws {
        let text = "START begin -> a\nLLM_CALL a -> end { prompt_template { user: \"a\" } }"
        let began = AsyncStream<Void>.makeStream()
        let stage = try Stage(text) { _, _ throws(StepFailure) in
            began.continuation.finish()
            await untilCancelled()
            throw .cancelled
        }
        let task = Task { try await stage.run() }
        for await _ in began.stream {}
        task.cancel()
        let (end, record) = try await task.value
        #expect(end == .failed)
        #expect(record.header.error == "cancelled" && record.header.status == .failed)
        #expect(record.steps.last?.status == .failed && record.steps.last?.error == "cancelled")
    }

    @Test(.timeLimit(.minutes(1)))
    func secretsStaySecret() async throws {
        let text = """
            secret KEY
            START begin -> r
            REST_API r -> end { prompt_template { url: "https://example.org", headers: { a: "Bearer ${secrets.KEY}" } } }
            """
        let seen = Mutex("")
        let stage = try Stage(text) { work, _ throws(StepFailure) in
            seen.withLock { $0 = JSON.text(.map(work.fields)) }
            return .value(
                .record([
                    ("echo", .string("s3cr3t-canary")),
                    ("encoded", .string(base64(Array("s3cr3t-canary".utf8)))),
                ]))
        }
        let (_, record) = try await stage.run(secrets: ["KEY": "s3cr3t-canary"])
        #expect(seen.withLock { $0 }.contains("Bearer s3cr3t-canary"))
        let shown = JSON.text(record.json)
        #expect(!shown.contains("canary") && !shown.contains(base64(Array("s3cr3t-canary".utf8))))
        #expect(shown.contains("Bearer [secret KEY]"))
    }

    /// The key of a model, given as an input or answered by a person, is hidden like any secret.
    @Test(.timeLimit(.minutes(1)))
    func modelKeysAreHiddenInInputsToo() async throws {
        let text = """
            input note: text
            START begin -> ask
            GET_USER_INPUT ask -> end { prompt_template { message: "Is it ${inputs.note}?" } }
            """
        let stage = try Stage(text) { _, _ throws(StepFailure) in .value(.string("it is sk-canary-12345")) }
        let (_, record) = try await stage.run(
            .record([("note", .string("sk-canary-12345"))]), modelKeys: ["OPENAI_API_KEY": "sk-canary-12345"])
        let shown = JSON.text(record.json)
        #expect(!shown.contains("canary"))
        #expect(record.header.inputs == .record([("note", .string("[secret OPENAI_API_KEY]"))]))
        #expect(result(record, "ask") == "it is [secret OPENAI_API_KEY]")
    }

    @Test(.timeLimit(.minutes(1)))
    func urlsAreEncoded() async throws {
        let text = """
            input q: text
            START begin -> r
            REST_API r -> end { prompt_template { url: "https://example.org/a/${inputs.q}?x=${inputs.q}" } }
            """
        let stage = try Stage(text) { work, _ throws(StepFailure) in .value(work.fields["url"] ?? .null) }
        let (_, record) = try await stage.run(.record([("q", .string("b/c d&é"))]))
        #expect(result(record, "r") == "https://example.org/a/b%2Fc%20d%26%C3%A9?x=b%2Fc%20d%26%C3%A9")
    }

    @Test(.timeLimit(.minutes(1)))
    func recordsAreCommittedInOrder() async throws {
        let stage = try Stage("START begin -> a\nLLM_CALL a -> end { prompt_template { user: \"a\" } }")
        _ = try await stage.run()
        #expect(
            stage.events.lines.withLock { $0 } == [
                "begin NEW", "begin RUNNING", "begin FINISHED", "a NEW", "a RUNNING", "a FINISHED",
            ])
    }
}

/// Comes back when the task is cancelled.
func untilCancelled() async {
    while !Task.isCancelled { try? await Task.sleep(for: .seconds(60)) }
}
