import AutoChecker
import AutoNet
import AutoRuntime
import AutoSteps
import AutoStore
import CEL
import CommandEnd
import Computing
import Diagnostics
import Foundation
import Synchronization
import TerminalUI
import Values

/// Runs one session from the command line and shows it.
struct SessionRunner {
    let host: Host
    let loaded: LoadedAutomation
    let options: RunOptions
    /// Whether standard input is free to answer questions.
    let answersTerminal: Bool
    /// Where questions to the outside go besides, or instead.
    var tape: (any Tape)?

    /// Who cancels a session with Ctrl-C, for its trace.
    static let canceller = "terminal"

    /// Starts a session; `taking` is what it takes over from another one.
    func start(inputs: Value, secrets: [String: String], taking taken: TakenOver = TakenOver()) async throws {
        let store = try await reaching { () async throws(StoreError) in
            try await openStore(
                host.storePath(options.store), for: .work(options.durability), clock: host.clock)
        }
        let id = ID.ofNow(host.clock)
        // What is recorded is what the outside says, not what an earlier run remembers.
        var request = RunRequest(
            plan: loaded.plan, automation: loaded.stored, sessionID: id, inputs: inputs, secrets: secrets,
            earlier: taken.steps.isEmpty ? nil : SessionRecord(taken.steps, of: id, loaded.stored, inputs),
            usesCache: !options.noCache && tape == nil, modelKeys: host.modelKeys([loaded.folder]))
        request.canceller = Self.canceller
        try await run(request, store) { [request] interpreter in
            guard !taken.steps.isEmpty else {
                return try await interpreter.open(request)
            }
            let header = request.newHeader(now: host.clock.now() / 1_000_000_000)
            // In one commit: a session that began without them would do again what they did.
            _ = try await store.start(header, of: loaded.stored, taking: taken, held: true, key: nil)
            return header
        }
    }

    func resume(_ stored: StoredSession, store: any Store, secrets: [String: String]) async throws {
        try await run(await request(goingOnWith: stored, of: store, secrets), store) { _ in
            stored.record.header
        }
    }

    private func request(
        goingOnWith stored: StoredSession, of store: any Store, _ secrets: [String: String]
    ) async -> RunRequest {
        let header = stored.record.header
        var request = RunRequest(
            plan: loaded.plan, automation: stored.automation, sessionID: header.id, inputs: header.inputs,
            secrets: secrets, earlier: stored.record, usesCache: !options.noCache,
            modelKeys: host.modelKeys([loaded.folder]))
        request.turn = await stored.record.turn(of: store)
        request.canceller = Self.canceller
        return request
    }

    /// Goes on with a session without showing it.
    func goOn(_ stored: StoredSession, store: any Store, secrets: [String: String]) async throws -> (
        RunEnd, SessionRecord
    ) {
        let request = await request(goingOnWith: stored, of: store, secrets)
        // Of several sessions each takes the answers that are for it.
        let answers = TerminalAnswers(
            given: try options.givenAnswers(), display: nil, notes: host.notes, cancel: {})
        let executors = host.executors(
            folder: loaded.folder, loaded.plan.automation.models, answers: answers,
            allowsUnboxedPython: options.unsafePython, output: options.output)
        let callees = HostCallees(
            host: host, store: store, answers: answers, allowsUnboxedPython: options.unsafePython,
            output: options.output,
            tape: nil)
        let interpreter = Interpreter(
            executors: executors, store: store, clock: host.clock, callees: callees)
        return try await interruptible(request.sessionID, store, nil, Stopper()) {
            try await SessionRunner.run(request, stored.record.header, store, interpreter) { _ in }
        }
    }

    /// Runs a session until it ends, or waits for a person. Answers that others recorded meanwhile are taken up.
    static func run(
        _ request: RunRequest, _ header: SessionHeader, _ store: any Store, _ interpreter: Interpreter,
        listen: @escaping @Sendable (RunEvent) -> Void
    ) async throws -> (RunEnd, SessionRecord) {
        var request = request
        var header = header
        while true {
            let (end, record) = try await interpreter.run(request, header: header, listen: listen)
            guard end == .answered, let now = try await store.session(header.id, of: nil)
            else { return (end, record) }
            header = now.record.header
            request = RunRequest(
                plan: request.plan, automation: request.automation, sessionID: header.id,
                inputs: request.inputs, secrets: request.secrets, earlier: now.record,
                usesCache: request.usesCache, modelKeys: request.modelKeys)
            request.canceller = canceller
        }
    }

    private func run(
        _ request: RunRequest, _ store: any Store, open: (Interpreter) async throws -> SessionHeader
    ) async throws {
        let given = try options.givenAnswers(to: loaded.plan.automation)
        let display = newDisplay()
        let stopper = Stopper()
        let asksTerminal = answersTerminal && Terminal.isLive(.standardInput)
        let answers = TerminalAnswers(
            given: given, display: asksTerminal ? display : nil, notes: host.notes,
            cancel: { stopper.stop() })
        let executors = host.executors(
            folder: loaded.folder, loaded.plan.automation.models, answers: answers,
            allowsUnboxedPython: options.unsafePython, output: options.output, tape: tape)
        let cost = Mutex(ModelCost())
        let count = { @Sendable (event: RunEvent) in
            if case .trace(let event) = event, case .model(let call) = event.happening {
                cost.withLock { $0.add(call) }
            }
        }
        let callees = HostCallees(
            host: host, store: store, answers: answers, allowsUnboxedPython: options.unsafePython,
            output: options.output, tape: tape, listen: count)
        let interpreter = Interpreter(
            executors: executors, store: store, clock: host.clock, callees: callees)
        let show = shownEvents(of: request, on: display)
        let began = monotonicNow()
        do {
            let header = try await open(interpreter)
            let (end, record) = try await shown(on: display) {
                try await interruptible(header.id, store, display, stopper) {
                    try await SessionRunner.run(request, header, store, interpreter) { event in
                        show(event)
                        count(event)
                    }
                }
            }
            let seconds = Double(monotonicNow() - began) / 1e9
            await host.client.shutDown()
            try await report(
                record, seconds, cost.withLock { $0 }, isFurtherRun: request.turn != nil, store
            ).tell(end)
        } catch let error as StoreError {
            throw CommandError(error.message, code: Exit.unreachable)
        }
    }

    /// Shows what happens, to whoever looks and to who reads events.
    private func shownEvents(of request: RunRequest, on display: LiveDisplay?)
        -> @Sendable (RunEvent) -> Void
    {
        let (infos, earlier) = (request.automation.stepInfos, request.earlier?.steps ?? [])
        let events = options.events ? EventPrinter(infos: infos, earlier: earlier) : nil
        let news = Mutex(RunNews(infos: infos, earlier: earlier))
        return { event in
            if let display, let told = news.withLock({ $0.news(event) }) { display.show(told) }
            events?.show(event)
        }
    }

    /// Leaves the screen to the display while the body runs: remarks of others are written by it, too.
    private func shown<Result>(on display: LiveDisplay?, _ body: () async throws -> Result) async throws
        -> Result
    {
        host.notes.go(to: display)
        defer {
            host.notes.go(to: nil)
            display?.finish()
        }
        return try await body()
    }

    private func report(
        _ record: SessionRecord, _ seconds: Double, _ cost: ModelCost, isFurtherRun: Bool,
        _ store: any Store
    ) async -> RunReport {
        var next: NextCommands?
        // What cannot be listed is asked all the same: the session shows it.
        let called =
            (try? await store.calledQuestions(below: record) { NextCommands(session: $0, options: options) })
        if host.storePath(options.store) != memoryPlace {
            next = NextCommands(session: await store.knownID(of: record.header.id), options: options)
        }
        return RunReport(
            record: record, plan: loaded.plan, options: options, next: next, called: called ?? [],
            seconds: seconds,
            cost: cost,
            isFurtherRun: isFurtherRun, hasShownSteps: showsSteps)
    }

    private var isShown: Bool { Terminal.isLive(.standardError) && !options.json && !options.events }

    /// Whether each step is told on the terminal as it ends.
    private var showsSteps: Bool { isShown && Terminal.isTerminal(.standardOutput) }

    /// What shows the run and asks; nil where there is no terminal for it, or what is printed is for programs.
    private func newDisplay() -> LiveDisplay? {
        guard isShown else { return nil }
        return LiveDisplay(
            showsSteps: showsSteps,
            colour: options.color.applies(to: .standardError))
    }

    /// Runs with the wheel turning; Ctrl-C or a termination signal cancels the session, which then ends in good order.
    private func interruptible<Result: Sendable>(
        _ session: ID, _ store: any Store, _ display: LiveDisplay?, _ stopper: Stopper,
        _ body: @escaping @Sendable () async throws -> Result
    ) async throws -> Result {
        let ticker = display.map { display in
            Task {
                while !Task.isCancelled {
                    display.tick()
                    try await Task.sleep(for: .milliseconds(100))
                }
            }
        }
        defer { ticker?.cancel() }
        // The signals are taken before anything of the run can be seen: one that came earlier would be lost, since the
        // system discards it when the process begins to take signals itself.
        return try await interrupts(of: session) { stopper.stop() }.during {
            let task = Task(executorPreference: store.executor) { try await body() }
            stopper.stops { task.cancel() }
            return try await task.value
        }
    }

    private func interrupts(of session: ID, cancel: @escaping @Sendable () -> Void) -> Interrupts {
        let isForPerson = Terminal.isTerminal(.standardError)
        let mode = TerminalMode(of: FileHandle.standardInput.fileDescriptor)
        // The whole id: whoever wants to be gone at once does not wait for the store to say which end of it will do.
        let isKept = host.storePath(options.store) != memoryPlace
        let resume = isKept ? NextCommands(session: session.text, options: options).resume : nil
        return Interrupts(
            tell: { [notes = host.notes] in
                guard isForPerson else { return }
                notes.tell("cancelling the session; Ctrl-C again quits at once")
            }, cancel: cancel, quit: { quit(leaving: mode, resume: resume) })
    }
}

/// Ends the process at once, without waiting for anything that still works.
///
/// - Parameters:
///   - mode: how the terminal is to be left; nil where there is none.
///   - resume: the command that goes on with the session; nil where nothing does.
private func quit(leaving mode: TerminalMode?, resume: String?) -> Never {
    mode?.restore()
    printError("\nautorun: quit before the session had ended")
    if let resume { printError("  go on with it: \(resume)") }
    // Not `exit`: what it would clean up is in use by threads that still work.
    _exit(Exit.interrupted)
}

/// Cancels a run that may not have begun yet.
final class Stopper: Sendable {
    private enum State {
        case idle
        case running(@Sendable () -> Void)
        case stopped
    }

    private let state = Mutex(State.idle)

    /// - Parameter body: cancels the run; called at once when it was to be stopped before.
    func stops(by body: @escaping @Sendable () -> Void) {
        let isStopped = state.withLock { state in
            if case .stopped = state { return true }
            state = .running(body)
            return false
        }
        if isStopped { body() }
    }

    func stop() {
        let before = state.withLock { state in
            defer { state = .stopped }
            return state
        }
        if case .running(let body) = before { body() }
    }
}

extension SessionRecord {
    /// Records that a new session begins with.
    fileprivate init(_ steps: [StepRecord], of id: ID, _ automation: StoredAutomation, _ inputs: Value) {
        self.init(
            header: SessionHeader(
                id: id, automationID: automation.id, inputs: inputs, status: .running, error: nil,
                createdAt: 0, updatedAt: 0), steps: steps, stepInfos: automation.stepInfos)
    }
}

/// Prints each record as a line of JSON: step records as they change, the session when it begins and ends.
final class EventPrinter: Sendable {
    private let infos: [StepInfo]
    private let steps: Mutex<[StepRecord]>

    init(infos: [StepInfo], earlier: [StepRecord]) {
        self.infos = infos
        steps = Mutex(earlier)
    }

    func show(_ event: RunEvent) {
        switch event {
        case .session(let header):
            let record = SessionRecord(header: header, steps: steps.withLock { $0 }, stepInfos: infos)
            line(record.json)
        case .step(let ordinal, let record):
            steps.withLock { steps in
                if ordinal < steps.count { steps[ordinal] = record } else { steps.append(record) }
            }
            line(stepJSON(record, infos[record.stepIndex]))
        case .element, .text, .retry, .trace: break
        }
    }

    private func line(_ value: Value) {
        // Whoever reads may have gone away, which is no fault of the run.
        printNow(JSON.text(value) + "\n")
    }
}
