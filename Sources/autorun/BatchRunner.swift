import AutoChecker
import AutoRuntime
import AutoSteps
import Values

/// How a row came out.
struct BatchOutcome: Sendable {
    /// From 1.
    let row: Int
    /// Nil where none could be begun.
    let session: ID?
    let status: BatchStatus
    let result: Value?
    /// Why it failed, a sentence.
    let error: String?
    /// Whether its session is of the file as it was before it was changed.
    var isOfEarlierFile = false
}

enum BatchStatus: String, Sendable {
    case finished = "FINISHED"
    case failed = "FAILED"
    /// A person has to answer first.
    case waiting = "WAITING"
    /// It was not begun, or broken off.
    case cancelled = "CANCELLED"
    /// The store or another process keeps it from being run.
    case unreachable = "UNREACHABLE"
}

/// Runs the rows of a table, some at once, each as a session of its own.
struct BatchRunner: Sendable {
    let host: Host
    let loaded: LoadedAutomation
    let store: any Store
    let secrets: [String: String]
    let answers: TerminalAnswers
    let output: OutputFolder
    let allowsUnboxedPython: Bool
    let usesCache: Bool
    let retriesFailed: Bool
    let modelKeys: [String: String]

    /// Tells of each row when it has come to its end, in whatever order.
    func run(_ rows: [BatchRow], atOnce limit: Int, _ tell: @escaping @Sendable (BatchOutcome) -> Void) async
    {
        let interpreter = interpreter(for: loaded)
        await withTaskGroup(of: Void.self) { group in
            for (place, row) in rows.enumerated() {
                if place >= limit { await group.next() }
                group.addTask { tell(await outcome(of: row, interpreter)) }
            }
        }
    }

    private func interpreter(for loaded: LoadedAutomation) -> Interpreter {
        let executors = host.executors(
            folder: loaded.folder, loaded.plan.automation.models, answers: answers,
            allowsUnboxedPython: allowsUnboxedPython, output: output)
        let callees = HostCallees(
            host: host, store: store, answers: answers, allowsUnboxedPython: allowsUnboxedPython,
            output: output,
            tape: nil)
        return Interpreter(executors: executors, store: store, clock: host.clock, callees: callees)
    }

    private func outcome(of row: BatchRow, _ interpreter: Interpreter) async -> BatchOutcome {
        guard !Task.isCancelled else { return without(session: nil, row, .cancelled, nil) }
        do { return try await run(row, interpreter) } catch {
            let words = (error as? StoreError)?.message ?? (error as? CommandError)?.message
            return without(session: nil, row, .unreachable, words ?? "the row cannot be run")
        }
    }

    private func without(session: ID?, _ row: BatchRow, _ status: BatchStatus, _ error: String?)
        -> BatchOutcome
    {
        BatchOutcome(row: row.number, session: session, status: status, result: nil, error: error)
    }

    /// Begins a session for the row, or goes on with the one that it has.
    private func run(_ row: BatchRow, _ interpreter: Interpreter) async throws -> BatchOutcome {
        // Each session that is not to count any more makes way for the next.
        for attempt in 0... {
            var request = RunRequest(
                plan: loaded.plan, automation: loaded.stored, sessionID: ID.ofNow(host.clock),
                inputs: row.inputs,
                secrets: secrets, usesCache: usesCache, modelKeys: modelKeys)
            request.canceller = SessionRunner.canceller
            let header = request.newHeader(now: host.clock.now() / 1_000_000_000)
            let start = try await store.start(
                header, of: loaded.stored, taking: TakenOver(), held: true, key: row.sessionKey(attempt))
            switch start {
            case .started:
                let (end, record) = try await SessionRunner.run(request, header, store, interpreter) { _ in }
                return outcome(of: row, end, record, loaded.plan)
            case .repeated(let id):
                guard let stored = try await store.session(id, of: nil) else { continue }
                if var outcome = try await earlier(stored, of: row, attempt) {
                    outcome.isOfEarlierFile = stored.automation.text != loaded.stored.text
                    return outcome
                }
            case .differs:
                throw CommandError(
                    "the row's session has other inputs: choose another --name", code: Exit.usage)
            }
        }
        return without(session: nil, row, .unreachable, nil)
    }

    /// What came of a session that the row has already, which goes on where it has not ended; nil where another one is to
    /// be begun.
    private func earlier(_ stored: StoredSession, of row: BatchRow, _ attempt: Int) async throws
        -> BatchOutcome?
    {
        let header = stored.record.header
        let id = header.id
        if header.status == .failed {
            if retriesFailed || header.isCancelled { return nil }
            // It was tried once more before: what came of that counts.
            let next = try await store.outcome(
                of: row.sessionKey(attempt + 1), starting: row.inputs, of: self.loaded.stored.id)
            if next != nil { return nil }
        }
        let loaded = try await load(stored.automation, from: store)
        if header.status.isEnd {
            return outcome(
                of: row, header.status == .failed ? .failed : .finished, stored.record, loaded.plan)
        }
        guard try await store.claim(id) == .taken else {
            return without(session: id, row, .unreachable, "another process runs the session just now")
        }
        var request = RunRequest(
            plan: loaded.plan, automation: stored.automation, sessionID: id, inputs: header.inputs,
            secrets: secrets, earlier: stored.record, usesCache: usesCache,
            modelKeys: modelKeys)
        request.turn = await stored.record.turn(of: store)
        request.canceller = SessionRunner.canceller
        let (end, record) = try await SessionRunner.run(request, header, store, interpreter(for: loaded)) {
            _ in
        }
        return outcome(of: row, end, record, loaded.plan)
    }

    private func outcome(of row: BatchRow, _ end: RunEnd, _ record: SessionRecord, _ plan: Plan)
        -> BatchOutcome
    {
        let id = record.header.id
        switch end {
        case .finished:
            return BatchOutcome(
                row: row.number, session: id, status: .finished, result: record.results(plan).together,
                error: nil)
        case .failed:
            let status = record.header.isCancelled ? BatchStatus.cancelled : .failed
            return without(session: id, row, status, record.header.error)
        case .waiting, .answered, .givenBack: return without(session: id, row, .waiting, nil)
        }
    }
}
