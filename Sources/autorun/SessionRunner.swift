import AutoChecker
import AutoNet
import AutoRuntime
import AutoSteps
import AutoStore
import Diagnostics
import Dispatch
import Foundation
import Synchronization
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

    /// Starts a session; `taking` are records of another that this one takes over.
    func start(inputs: Value, secrets: [String: String], taking earlier: [StepRecord] = []) async throws {
        let store = try await reaching { () async throws(StoreError) in
            try await openStore(
                host.storePath(options.store), for: .work(options.durability), clock: host.clock)
        }
        let id = ID.ofNow(host.clock)
        let taken = earlier.map { $0.copied(as: ID.ofNow(host.clock)) }
        // What is recorded is what the outside says, not what an earlier run remembers.
        let request = RunRequest(
            plan: loaded.plan, automation: loaded.stored, sessionID: id, inputs: inputs, secrets: secrets,
            earlier: taken.isEmpty ? nil : SessionRecord(taken, of: id, loaded.stored, inputs),
            usesCache: !options.noCache && tape == nil, modelKeys: host.modelKeys)
        try await run(request, store) { interpreter in
            guard !taken.isEmpty else {
                return try await interpreter.open(request)
            }
            let header = request.newHeader(now: host.clock.now() / 1_000_000_000)
            // In one commit: a session that began without them would do again what they did.
            _ = try await store.start(header, of: loaded.stored, taking: taken, held: true, key: nil)
            return header
        }
    }

    func resume(_ stored: StoredSession, store: any Store, secrets: [String: String]) async throws {
        let header = stored.record.header
        let request = RunRequest(
            plan: loaded.plan, automation: stored.automation, sessionID: header.id, inputs: header.inputs,
            secrets: secrets,
            earlier: stored.record, usesCache: !options.noCache,
            modelKeys: host.modelKeys)
        try await run(request, store) { _ in header }
    }

    /// Goes on with a session without showing it.
    func goOn(_ stored: StoredSession, store: any Store, secrets: [String: String]) async throws -> (
        RunEnd, SessionRecord
    ) {
        let header = stored.record.header
        let request = RunRequest(
            plan: loaded.plan, automation: stored.automation, sessionID: header.id, inputs: header.inputs,
            secrets: secrets, earlier: stored.record, usesCache: !options.noCache,
            modelKeys: host.modelKeys)
        let answers = TerminalAnswers(given: try options.givenAnswers(), asksTerminal: false, pause: {})
        let executors = host.executors(
            folder: loaded.folder, loaded.plan.automation.models, answers: answers,
            allowsUnboxedPython: options.unsafePython)
        let interpreter = Interpreter(executors: executors, store: store, clock: host.clock)
        return try await interruptible(store, nil) {
            try await SessionRunner.run(request, header, store, interpreter) { _ in }
        }
    }

    /// Runs a session until it ends, or waits for a person. Answers that others recorded meanwhile are taken up.
    private static func run(
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
        }
    }

    private func run(
        _ request: RunRequest, _ store: any Store, open: (Interpreter) async throws -> SessionHeader
    ) async throws {
        let showsProgress =
            Terminal.isTerminal(.standardError) && Terminal.isTerminal(.standardOutput) && !options.json
            && !options.events
        let display =
            showsProgress
            ? ProgressDisplay(
                infos: request.automation.stepInfos, colour: options.color.applies(to: .standardError)) : nil
        let asks =
            answersTerminal && Terminal.isTerminal(.standardInput) && Terminal.isTerminal(.standardError)
            && !options.json && !options.events
        let answers = TerminalAnswers(
            given: try options.givenAnswers(), asksTerminal: asks, pause: { display?.finish() })
        let executors = host.executors(
            folder: loaded.folder, loaded.plan.automation.models, answers: answers,
            allowsUnboxedPython: options.unsafePython,
            tape: tape)
        let interpreter = Interpreter(executors: executors, store: store, clock: host.clock)
        let events =
            options.events
            ? EventPrinter(infos: request.automation.stepInfos, earlier: request.earlier?.steps ?? []) : nil
        do {
            let header = try await open(interpreter)
            let (end, record) = try await interruptible(store, display) {
                try await SessionRunner.run(request, header, store, interpreter) { event in
                    display?.show(event)
                    events?.show(event)
                }
            }
            display?.finish()
            await host.client.shutDown()
            try report(end, record)
        } catch let error as StoreError {
            display?.finish()
            throw CommandError(error.message, code: Exit.unreachable)
        }
    }

    /// Runs with the spinner turning; Ctrl-C or a termination signal cancels the session, which then ends in good order.
    private func interruptible<Result: Sendable>(
        _ store: any Store, _ display: ProgressDisplay?,
        _ body: @escaping @Sendable () async throws -> Result
    ) async throws -> Result {
        let task = Task(executorPreference: store.executor) { try await body() }
        let sources = [SIGINT, SIGTERM].map { number in
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
            source.setEventHandler { task.cancel() }
            source.resume()
            return source
        }
        let ticker = display.map { display in
            Task {
                while !Task.isCancelled {
                    display.tick()
                    try await Task.sleep(for: .milliseconds(100))
                }
            }
        }
        defer {
            ticker?.cancel()
            for source in sources { source.cancel() }
        }
        return try await task.value
    }

    private func report(_ end: RunEnd, _ record: SessionRecord) throws {
        if options.json { print(JSON.pretty(record.json)) }
        switch end {
        case .finished:
            if !options.json, !options.events,
                let result = record.steps.last(where: { $0.status == .finished })?.result
            {
                let text = resultText(result)
                print(Terminal.isTerminal(.standardOutput) ? safe(text) : text)
            }
        case .failed:
            throw ExitFailure.of(record, loaded.plan.automation)
        case .waiting, .answered:
            tellQuestions(of: record)
            throw CommandExit(code: Exit.waiting)
        }
    }

    private func tellQuestions(of record: SessionRecord) {
        let waiting = record.waiting
        let place = options.store.map { " --store \($0)" } ?? ""
        for step in waiting {
            let name = record.stepInfos[step.stepIndex].name
            printError(
                "`\(name)` waits for an answer: \(safe(step.prompt?.asMap?["message"]?.asText ?? ""))")
            if waiting.count > 1, host.storePath(options.store) != memoryPlace {
                printError(
                    "answer it: autorun answer \(record.header.id.text) VALUE --step \(step.id.text)\(place)")
            }
        }
        if host.storePath(options.store) == memoryPlace {
            printError(
                "answer it beforehand: autorun run … --answer NAME=VALUE (the store :memory: forgets this session)"
            )
        } else if waiting.count < 2 {
            printError("answer it: autorun answer \(record.header.id.text) VALUE\(place)")
        }
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

/// How the command ends after everything has been said.
struct CommandExit: Error {
    let code: Int32
}

enum ExitFailure {
    /// Says why the run failed, where in the file, and what ran before.
    static func of(_ record: SessionRecord, _ automation: CheckedAutomation) -> any Error {
        let error = record.header.error ?? "failed"
        if error == "cancelled" {
            printError("autorun: cancelled")
            return CommandExit(code: Exit.interrupted)
        }
        var lines = ["autorun: " + safe(error)]
        let failed = record.steps.last { $0.status == .failed && $0.error != "cancelled" }
        if let failed, automation.steps.indices.contains(failed.stepIndex) {
            let position = automation.source.position(at: automation.steps[failed.stepIndex].nameSpan.start)
            lines.append("  --> \(automation.source.name):\(position.line):\(position.column)")
        }
        let names = record.steps.map { record.stepInfos[$0.stepIndex].name }
        let shown = names.count > 12 ? ["…"] + names.suffix(12) : names[...].map { $0 }
        lines.append("  steps: " + shown.joined(separator: " -> "))
        printError(lines.joined(separator: "\n"))
        return CommandExit(code: Exit.failed)
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
        case .text, .retry: break
        }
    }

    private func line(_ value: Value) {
        FileHandle.standardOutput.write(Data((JSON.text(value) + "\n").utf8))
    }
}
