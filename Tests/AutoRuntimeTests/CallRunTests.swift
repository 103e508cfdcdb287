import AutoChecker
import AutoRuntime
import AutoStore
import Diagnostics
import StepKinds
import Synchronization
import TestSupport
import Testing
import Values

/// A folder of automations that call one another, run on a store in memory.
struct Folder: Callees {
    let files: [String: String]
    let actor: Actor
    let clock = TestClock()
    let store: MemoryStore
    let plan: Plan
    let stored: StoredAutomation
    /// The servers of tools that can be reached.
    let servers: any ToolServers
    private let versions = CalledVersions { _ in 0 }

    init(
        _ files: [String: String], trust: TrustSettings = TrustSettings(),
        servers: any ToolServers = NoToolServers(), keepsRecords: Bool = true,
        _ part: @escaping Actor.Part = { _, _ throws(StepFailure) in .waiting }
    ) throws {
        self.files = files
        self.servers = servers
        actor = Actor(part)
        store = MemoryStore(keepsRecords: keepsRecords, clock: clock)
        var options = CheckOptions()
        options.trust = trust
        // The checker would tell before the run what these tests want the run to find.
        if trust.isEnforced { options.severities[.untrusted] = .off }
        (plan, stored) = try checkedFolder(files, options)
    }

    func parts(for automation: CheckedAutomation, at path: String, calledBy caller: StoredAutomation)
        async throws(StepFailure) -> CalleeParts
    {
        let version = try await versions.version(of: automation, at: path, calledBy: caller)
        return CalleeParts(
            automation: version.stored, plan: version.plan,
            executors: Executors(forAll: actor, toolServers: servers), secrets: [:],
            modelKeys: [:])
    }

    private var interpreter: Interpreter {
        Interpreter(
            executors: Executors(forAll: actor, toolServers: servers), store: store, clock: clock,
            callees: self)
    }

    private func request(_ id: ID, _ earlier: SessionRecord?) throws -> RunRequest {
        RunRequest(
            plan: plan, automation: stored, sessionID: id,
            inputs: try fittedInputs(plan.automation.inputs, MapValue()), earlier: earlier)
    }

    func run(departure: Departure? = nil) async throws -> (end: RunEnd, record: SessionRecord) {
        var request = try request(ID.ofNow(clock), nil)
        request.departure = departure
        return try await interpreter.run(request, header: try await interpreter.open(request))
    }

    /// Goes on with a session that this process does not hold.
    func resume(_ record: SessionRecord) async throws -> (end: RunEnd, record: SessionRecord) {
        #expect(try await store.claim(record.header.id) == .taken)
        return try await goOn(record)
    }

    /// Goes on with a session from what was recorded of it.
    func goOn(_ record: SessionRecord) async throws -> (end: RunEnd, record: SessionRecord) {
        let id = record.header.id
        let stored = try #require(try await store.session(id, of: nil, withValues: true))
        return try await interpreter.run(try request(id, stored.record), header: stored.record.header)
    }

    /// Tries a session that FAILED again, in a new one.
    func retry(_ failed: SessionRecord) async throws -> (end: RunEnd, record: SessionRecord) {
        let now = clock.now() / 1_000_000_000
        let taken = try await store.takenOver(
            failed.recordsToRetry(plan.automation, now: now), from: failed, now: clock.now())
        let header = SessionHeader(
            id: ID.ofNow(clock), automationID: stored.id, inputs: failed.header.inputs, status: .new,
            error: nil,
            createdAt: now, updatedAt: now)
        _ = try await store.start(header, of: stored, taking: taken, held: true, key: nil)
        let earlier = SessionRecord(header: header, steps: taken.steps, stepInfos: failed.stepInfos)
        return try await interpreter.run(try request(header.id, earlier), header: header)
    }

    /// The sessions that were called, oldest first.
    func called() async throws -> [SessionRecord] {
        try await store.sessions(SessionQuery(limit: 1_000)).filter { $0.header.caller != nil }
            .sorted { $0.header.id.text < $1.header.id.text }
    }
}

@Suite(.timeLimit(.minutes(1))) struct CallRunTests {
    private static let caller = """
        automation "Main"
        START begin -> c
        REST_API c -> use { prompt_template { automation: "sub/echo.auto", inputs: { word: "x" } } }
        DATA_TRANSFORM use -> end { prompt_template { value: c.result.said + c.prompt.session_id } }
        """
    private static let echo = """
        automation "Echo"
        input word: text
        result { said: text }
        START begin -> make
        DATA_TRANSFORM make -> end { prompt_template { value: { said: "I say " + inputs.word } } }
        """
    private static let asking = """
        automation "Asking"
        input word: text
        result { said: text }
        START begin -> ask
        GET_USER_INPUT ask -> make { prompt_template { message: "What is ${inputs.word}?" } }
        DATA_TRANSFORM make -> end { prompt_template { value: { said: ask.result } } }
        """

    @Test func aCallIsASessionOfItsOwn() async throws {
        let folder = try Folder(["main.auto": CallRunTests.caller, "sub/echo.auto": CallRunTests.echo])
        let (end, record) = try await folder.run()
        #expect(end == .finished, "\(record.header.error ?? "")")
        let called = try await folder.called()
        #expect(called.count == 1)
        let session = try #require(called.first)
        #expect(session.header.status == .finished && session.header.caller == record.header.id)
        #expect(session.header.automationID == ID(name: "/folder/sub/echo.auto"))
        #expect(session.header.automationID != record.header.automationID)
        #expect(session.header.inputs == .record([("word", .string("x"))]))
        #expect(record.results(folder.plan).first?.value == .string("I say x" + session.header.id.text))
        #expect(record.steps[1].prompt?.asMap?["session_id"] == .string(session.header.id.text))
    }

    @Test func aFailedSessionFailsTheStep() async throws {
        let failing = CallRunTests.echo.replacing(
            #"{ said: "I say " + inputs.word }"#,
            #"{ said: string(1 / size(inputs.word.trim().substring(1))) }"#)
        let folder = try Folder(["main.auto": CallRunTests.caller, "sub/echo.auto": failing])
        let (end, record) = try await folder.run()
        #expect(end == .failed)
        let step = record.steps[1]
        let id = try #require(try await folder.called().first).header.id.text
        #expect(step.errorKind == "session")
        #expect(
            step.error?.hasPrefix("the automation `Echo` failed in its session \(id): step make: ") == true,
            "\(step.error ?? "")")
    }

    /// While the called session waits for a person, so does the caller; the answer lets both go on, in the same session.
    @Test func aCallWaitsForAPerson() async throws {
        let folder = try Folder(["main.auto": CallRunTests.caller, "sub/echo.auto": CallRunTests.asking])
        let (end, record) = try await folder.run()
        #expect(end == .waiting)
        let session = try #require(try await folder.called().first)
        let question = try #require(session.steps.last)
        #expect(question.status == .running)
        let outcome = try await folder.store.answer(
            session.header.id, step: question.id, with: .string("rain"), key: nil, now: 0)
        #expect(outcome == .recorded)
        // Both may be taken now: whoever calls goes on.
        let due = try await folder.store.next(10, except: [], files: [record.header.automationID])
        #expect(due.taken == [record.header.id])
        try await folder.store.release(record.header.id)
        let (last, after) = try await folder.resume(record)
        #expect(last == .finished, "\(after.header.error ?? "")")
        #expect(after.results(folder.plan).first?.value == .string("rain" + session.header.id.text))
        #expect(try await folder.called().count == 1)
    }

    /// The question is the called session's: who has called it asks nothing itself.
    @Test func onlyWhoAsksIsListedAsWaiting() async throws {
        let folder = try Folder(["main.auto": CallRunTests.caller, "sub/echo.auto": CallRunTests.asking])
        let (_, record) = try await folder.run()
        let session = try #require(try await folder.called().first)
        var query = SessionQuery(limit: 9)
        query.isWaiting = true
        #expect(try await folder.store.outlines(query, withInputs: false).map(\.id) == [session.header.id])
        #expect(try await folder.store.counts().waiting == 1)
        query = SessionQuery(limit: 9)
        query.caller = record.header.id
        #expect(try await folder.store.outlines(query, withInputs: false).map(\.id) == [session.header.id])
    }

    /// The question is found through the session that waits for it, with the id that is answered.
    @Test func aQuestionIsFoundBelowItsCallers() async throws {
        let between = """
            automation "Between"
            input word: text
            START begin -> inner
            REST_API inner -> end { prompt_template { automation: "echo.auto", inputs: { word: inputs.word } } }
            """
        let main = CallRunTests.caller.replacing("sub/echo.auto", "sub/between.auto").replacing(
            "c.result.said + ", "")
        let folder = try Folder([
            "main.auto": main, "sub/between.auto": between, "sub/echo.auto": CallRunTests.asking,
        ])
        let (end, record) = try await folder.run()
        #expect(end == .waiting)
        let found = try await folder.store.asking(below: record.header.id, most: 9)
        #expect(found.map(\.automation.name) == ["Asking"])
        #expect(found.first?.record.waiting.count == 1)
        #expect(try await folder.store.asking(below: record.header.id, most: 0).isEmpty)
    }

    /// Where another process goes on with the called session first, the caller goes on when it has ended.
    @Test func whoEverEndsTheCalledSessionWakesItsCaller() async throws {
        let folder = try Folder(["main.auto": CallRunTests.caller, "sub/echo.auto": CallRunTests.asking])
        let (_, record) = try await folder.run()
        let session = try #require(try await folder.called().first)
        let question = try #require(session.steps.last)
        _ = try await folder.store.answer(
            session.header.id, step: question.id, with: .string("rain"), key: nil, now: 0)
        let other = MemoryStore(sharing: folder.store, owner: "another process")
        #expect(try await other.claim(session.header.id) == .taken)
        // It waits for whoever runs what it called.
        let run = Task { try await folder.resume(record) }
        while folder.clock.slept.withLock({ $0.count < 3 }) { await Task.yield() }
        var header = session.header
        (header.status, header.error) = (.failed, "broken")
        try await other.commit([.session(header)])
        let (last, after) = try await run.value
        #expect(last == .failed)
        #expect(after.header.error?.contains("broken") == true)
    }

    @Test func cancellingTheCallerCancelsWhatItCalled() async throws {
        let folder = try Folder(["main.auto": CallRunTests.caller, "sub/echo.auto": CallRunTests.asking])
        let (_, record) = try await folder.run()
        #expect(try await folder.store.cancel(record.header.id, now: 5) == .ended)
        let session = try #require(try await folder.called().first)
        #expect(session.header.status == .failed && session.header.error == "cancelled")
        #expect(session.steps.allSatisfy { $0.status != .running })
    }

    @Test func cancellingTheCalledSessionFailsTheCall() async throws {
        let folder = try Folder(["main.auto": CallRunTests.caller, "sub/echo.auto": CallRunTests.asking])
        let (_, record) = try await folder.run()
        let session = try #require(try await folder.called().first)
        #expect(try await folder.store.cancel(session.header.id, now: 5) == .ended)
        let (end, after) = try await folder.resume(record)
        #expect(end == .failed && after.steps[1].errorKind == "session")
    }

    /// A run that died behind the call's end takes what it gave; nothing is done a second time.
    @Test func aCrashCallsNothingTwice() async throws {
        let thinking = """
            automation "Echo"
            input word: text
            result { said: text }
            START begin -> think
            LLM_CALL think -> make { timeout: 10m, prompt_template { user: inputs.word } }
            DATA_TRANSFORM make -> end { prompt_template { value: { said: think.result } } }
            """
        let folder = try Folder(["main.auto": CallRunTests.caller, "sub/echo.auto": thinking]) {
            work, _ throws(StepFailure) in .value(.string("thought"))
        }
        let (_, record) = try await folder.run()
        var running = record
        running.header.status = .running
        running.steps = Array(record.steps.prefix(2))
        running.steps[1].status = .running
        running.steps[1].result = nil
        let copy = try Folder(folder.files) { _, _ throws(StepFailure) in .value(.string("thought anew")) }
        for session in [running] + (try await folder.called()) {
            let isOuter = session.header.id == running.header.id
            let automation =
                isOuter
                ? copy.stored
                : try #require(try await folder.store.session(session.header.id, of: nil, withValues: true))
                    .automation
            _ = try await copy.store.start(
                session.header, of: automation, taking: TakenOver(steps: session.steps), held: false, key: nil
            )
        }
        let (end, after) = try await copy.resume(running)
        #expect(end == .finished, "\(after.header.error ?? "")")
        #expect(copy.actor.count("think") == 0)
        #expect(after.results(copy.plan).first?.value.asText?.hasPrefix("thought0") == true)
    }

    @Test func aRecursionComesBack() async throws {
        func file(_ start: Int) -> String {
            """
            automation "Count down"
            input from: int = \(start)
            result list<int>
            START begin -> more
            LOGIC_DECISION more { prompt_template { yes: when inputs.from > 0 -> again
              no: else -> none } }
            REST_API again -> out { prompt_template { automation: "main.auto", inputs: { from: inputs.from - 1 } } }
            DATA_TRANSFORM out -> end { prompt_template { value: [inputs.from] + again.result } }
            DATA_TRANSFORM none -> end { prompt_template { value: [] } }
            """
        }
        let folder = try Folder(["main.auto": file(32)])
        let (end, record) = try await folder.run()
        #expect(end == .finished, "\(record.header.error ?? "")")
        #expect(record.results(folder.plan).first?.value.asList?.count == 32)
        let deeper = try Folder(["main.auto": file(33)])
        let (other, failed) = try await deeper.run()
        #expect(other == .failed)
        #expect(
            failed.header.error?.hasSuffix("automations call one another here more than 32 deep") == true,
            "\(failed.header.error ?? "")")
    }

    /// Branches of a fork in a called automation meet in a decision, after one of them has waited for a person: the call
    /// gives what comes behind, or the decision's label where that is the end.
    @Test(arguments: [("x", Value.string("ends")), ("y", .string("behind y and fine"))])
    func branchesThatMeetInADecisionGiveOneResult(said: String, expected: Value) async throws {
        let main = """
            automation "Main"
            START begin -> c
            REST_API c -> use { prompt_template { automation: "forked.auto" } }
            DATA_TRANSFORM use -> end { prompt_template { value: c.result } }
            """
        let forked = """
            automation "Forked"
            START begin -> [a, b]
            LLM_CALL a -> way { timeout: 10m, prompt_template { user: "?" } }
            GET_USER_INPUT b -> way { prompt_template { message: "?" } }
            LOGIC_DECISION way { prompt_template {
              ends: when a.result == "x" -> end
              more: else -> behind
            } }
            DATA_TRANSFORM behind -> end { prompt_template { value: "behind " + a.result + " and " + b.result } }
            """
        let folder = try Folder(["main.auto": main, "forked.auto": forked]) {
            work, _ throws(StepFailure) in
            work.step.name == "a" ? .value(.string(said)) : .waiting
        }
        let (end, record) = try await folder.run()
        #expect(end == .waiting)
        let asking = try #require(try await folder.called().first)
        _ = try await folder.store.answer(
            asking.header.id, step: try #require(asking.waiting.first).id, with: .string("fine"), key: nil,
            now: 0)
        let (last, after) = try await folder.resume(record)
        #expect(last == .finished, "\(after.header.error ?? "")")
        #expect(after.results(folder.plan).first?.value == expected)
        #expect(folder.actor.count("a") == 1)
        let steps = try #require(try await folder.called().first).steps
        #expect(steps.map(\.status).allSatisfy { $0 == .finished } && steps.count == (said == "x" ? 4 : 5))
    }

    @Test func aGraphRunsForEachElement() async throws {
        let main = """
            automation "Main"
            START begin -> c
            REST_API c -> end {
              each: w in ["a", "b", "c"]
              at_once: 2
              prompt_template { automation: "echo.auto", inputs: { word: w } }
            }
            """
        let folder = try Folder(["main.auto": main, "echo.auto": CallRunTests.echo])
        let (end, record) = try await folder.run()
        #expect(end == .finished)
        let said = record.results(folder.plan).first?.value.asList?.map { $0.asMap?["said"]?.asText ?? "" }
        #expect(said == ["I say a", "I say b", "I say c"])
        #expect(try await folder.called().count == 3)
    }
}

extension String {
    fileprivate func replacing(_ part: String, _ other: String) -> String {
        guard let range = firstRange(ofText: part) else { return self }
        return self[..<range.lowerBound] + other + self[range.upperBound...]
    }
}
