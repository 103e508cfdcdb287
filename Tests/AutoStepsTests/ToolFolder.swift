import AutoChecker
import AutoModels
import AutoRuntime
import AutoSteps
import AutoStore
import AutoSyntax
import Diagnostics
import StepKinds
import Synchronization
import TestSupport
import Testing
import Values

/// A model that answers as the test says, by the request and its number from 1.
final class ScriptedTools: ModelProvider {
    typealias Script = @Sendable (ModelRequest, Int) throws(StepFailure) -> ModelReply
    private let script: Script
    private let requests = Mutex<[ModelRequest]>([])

    init(_ script: @escaping Script) { self.script = script }

    var asked: [ModelRequest] { requests.withLock { $0 } }

    func reply(to request: ModelRequest) async throws(StepFailure) -> ModelReply {
        let number = requests.withLock { requests in
            requests.append(request)
            return requests.count
        }
        return try script(request, number)
    }

    func identity(of model: String) -> String { model }
}

/// A server with the tools `search` and `fs.read`, which read, and `send`, which changes something.
final class FakeToolServer: ToolServer, ToolServers {
    let used = Mutex<[String]>([])
    /// Whether it answers nothing any more, not even a `ping`, until somebody connects anew.
    let isStuck = Mutex(false)
    /// How many connections were closed.
    let closed = Mutex(0)
    /// How many connections were open at once, at the most.
    let mostOpen = Mutex(0)
    private let ended = Mutex(false)
    let connections = Mutex(0)

    var isGone: Bool { ended.withLock { $0 } }

    var tools: [OfferedTool] {
        [("search", true), ("send", false), ("fs.read", true)].map { name, isReadOnly in
            OfferedTool(
                name: name, description: "Does \(name).", parameters: FakeToolServer.parameters, result: nil,
                isReadOnly: isReadOnly)
        }
    }

    private static let parameters = Value.record([
        ("type", .string("object")),
        (
            "properties",
            .record([
                ("count", .record([("type", .string("integer"))])),
                ("sure", .record([("type", .string("boolean"))])),
                (
                    "names",
                    .record([
                        ("type", .string("array")), ("items", .record([("type", .string("string"))])),
                    ])
                ),
            ])
        ),
    ])

    func asked(by entry: MapValue) throws(StepFailure) -> (address: ToolServerAddress, only: [String]?) {
        let name = entry["mcp"]?.asText ?? ""
        let login = entry["auth"]?.asMap?["bearer"]?.asText
        return (
            ToolServerAddress(
                name: name, place: .command([name]), headers: login.map { ["authorization": $0] } ?? [:]),
            entry["only"]?.asList?.compactMap(\.asText)
        )
    }

    func connect(_ address: ToolServerAddress) async throws(StepFailure) -> any ToolServer {
        let open = connections.withLock { connections in
            connections += 1
            return connections - closed.withLock { $0 }
        }
        mostOpen.withLock { $0 = max($0, open) }
        ended.withLock { $0 = false }
        isStuck.withLock { $0 = false }
        if address.name == "gone" { throw StepFailure(.tool, "gone: it is not there") }
        if address.name == "silent" { try await waitForever() }
        return self
    }

    func call(
        _ name: String, _ arguments: MapValue, onProgress: @escaping @Sendable (String) -> Void
    ) async throws(StepFailure) -> ToolAnswer {
        used.withLock { $0.append(name + JSON.text(.map(arguments))) }
        if arguments["die"] != nil { ended.withLock { $0 = true } }
        if arguments["die"] != nil || arguments["lose"] != nil {
            throw StepFailure(.tool, "no answer came")
        }
        if arguments["stick"] != nil { isStuck.withLock { $0 = true } }
        if arguments["hang"] != nil || isStuck.withLock({ $0 }) { try await waitForever() }
        if arguments["fail"] != nil { return ToolAnswer(value: .string("it is broken"), isError: true) }
        return ToolAnswer(value: .string("found"), isError: false)
    }

    func answers() async -> Bool { !isStuck.withLock { $0 } }

    func close() async { closed.withLock { $0 += 1 } }

    /// - Throws: once whoever waits is cancelled.
    private func waitForever() async throws(StepFailure) {
        let (never, says) = AsyncStream<Void>.makeStream()
        for await _ in never {}
        says.finish()
        throw .cancelled
    }
}

/// A folder of automations one of whose steps has tools, run on a store in memory.
struct ToolFolder: Callees {
    let model: ScriptedTools
    let server = FakeToolServer()
    let store: MemoryStore
    let plan: Plan
    let stored: StoredAutomation
    private let clock = SystemClock()
    private let versions = CalledVersions { _ in 0 }

    init(_ files: [String: String], _ script: @escaping ScriptedTools.Script) throws {
        model = ScriptedTools(script)
        store = MemoryStore(keepsRecords: true, clock: clock)
        (plan, stored) = try checkedFolder(files)
    }

    private var executors: Executors {
        Executors(forAll: ToolSteps(model: ModelStep(provider: model)), toolServers: server)
    }

    private var interpreter: Interpreter {
        Interpreter(executors: executors, store: store, clock: clock, callees: self)
    }

    func parts(for automation: CheckedAutomation, at path: String, calledBy caller: StoredAutomation)
        async throws(StepFailure) -> CalleeParts
    {
        let version = try await versions.version(of: automation, at: path, calledBy: caller)
        return CalleeParts(
            automation: version.stored, plan: version.plan, executors: executors, secrets: [:], modelKeys: [:]
        )
    }

    private func request(_ id: ID, _ earlier: SessionRecord?) throws -> RunRequest {
        RunRequest(
            plan: plan, automation: stored, sessionID: id,
            inputs: try fittedInputs(plan.automation.inputs, MapValue()), earlier: earlier)
    }

    func run() async throws -> (end: RunEnd, record: SessionRecord) {
        let request = try request(ID.ofNow(clock), nil)
        return try await interpreter.run(request, header: try await interpreter.open(request))
    }

    /// What the session gives; the test fails where it fails.
    func result() async throws -> Value {
        let (end, record) = try await run()
        try #require(end == .finished, "\(record.header.error ?? "")")
        return try #require(record.results(plan).first?.value)
    }

    /// Goes on with a session that this process does not hold.
    func resume(_ record: SessionRecord) async throws -> (end: RunEnd, record: SessionRecord) {
        let id = record.header.id
        #expect(try await store.claim(id) == .taken)
        while true {
            let stored = try #require(try await store.session(id, of: nil, withValues: true))
            let turn = try await interpreter.run(
                try request(id, stored.record), header: stored.record.header)
            // Something that it waited for came while it ran: it goes on at once, as on a server.
            if turn.0 != .answered { return turn }
        }
    }

    /// Tries a session that FAILED again, in a new one.
    func retry(_ failed: SessionRecord) async throws -> (end: RunEnd, record: SessionRecord) {
        let now = clock.now()
        let taken = try await store.takenOver(
            failed.recordsToRetry(plan.automation, now: now / 1_000_000_000), from: failed, now: now)
        let header = try request(ID.ofNow(clock), nil).newHeader(now: now / 1_000_000_000)
        _ = try await store.start(header, of: stored, taking: taken, held: true, key: nil)
        let earlier = SessionRecord(header: header, steps: taken.steps, stepInfos: failed.stepInfos)
        return try await interpreter.run(try request(header.id, earlier), header: header)
    }

    /// Answers the question that a called session asks.
    func answer(_ session: SessionRecord, _ answer: String) async throws {
        let question = try #require(session.waiting.first)
        let outcome = try await store.answer(
            session.header.id, step: question.id, with: .string(answer), key: nil, now: 0)
        #expect(outcome == .recorded)
    }

    /// The session as it stands in the store.
    func stored(_ id: ID) async throws -> SessionRecord {
        try #require(try await store.session(id, of: nil)).record
    }

    /// The sessions that were called, oldest first.
    func called() async throws -> [SessionRecord] {
        try await store.sessions(SessionQuery(limit: 100)).filter { $0.header.caller != nil }
            .sorted { $0.header.id.text < $1.header.id.text }
    }
}

/// Does model steps; a person has not answered yet.
private struct ToolSteps: StepExecutor {
    let model: ModelStep

    func execute(_ work: StepWork) async throws(StepFailure) -> StepOutcome {
        work.step.type == .getUserInput ? .waiting : try await model.execute(work)
    }
}
