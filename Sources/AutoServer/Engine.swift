import AutoChecker
import AutoRuntime
import HTTPTypes
import Logging
import StepKinds
import Synchronization
import Values

/// Runs sessions: those that are started here, and those that nobody else runs.
final class Engine: Sendable {
    private struct Running {
        let desk = AnswerDesk()
        var task: Task<Void, Never>?
    }

    /// How long a session is left alone; longer each time, since what is missing may never come.
    private struct Rest {
        /// Nanoseconds.
        private(set) var length: Int64 = 30 * 1_000_000_000
        /// Nanoseconds since 1970.
        private(set) var end: Int64 = 0

        private static let longest: Int64 = 3_600 * 1_000_000_000

        init(after last: Rest?, now: Int64) {
            if let last { length = min(2 * last.length, Rest.longest) }
            end = now + length
        }

        /// Whether the session has long been taken by another process, or is gone.
        func isForgotten(now: Int64) -> Bool { now > end + Rest.longest }
    }

    private struct State {
        /// Sessions that are held here; without a task while one is being started.
        var running: [ID: Running] = [:]
        /// Sessions that cannot go on for now (a secret is missing, say).
        var resting: [ID: Rest] = [:]
        var isClosing = false
    }

    let parts: ServerParts
    let versions: Versions
    let hub: Hub
    let metrics: Metrics
    private let limits: ServerLimits
    private let callees: ServerCallees
    private let state = Mutex(State())
    /// Ascending, also within a millisecond, so that the newest session is the last.
    private let ids = Mutex(IDMaker())
    private let wakes: AsyncStream<Void>
    private let wake: AsyncStream<Void>.Continuation

    init(_ parts: ServerParts, _ versions: Versions, _ hub: Hub, _ metrics: Metrics, _ limits: ServerLimits) {
        self.parts = parts
        self.versions = versions
        self.hub = hub
        self.metrics = metrics
        self.limits = limits
        callees = ServerCallees(
            versions: versions, called: CalledVersions(of: parts.store, fileTime: parts.fileTime),
            hub: hub, metrics: metrics, parts: parts)
        (wakes, wake) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
    }

    var runningCount: Int { state.withLock { $0.running.count } }

    func runs(_ session: ID) -> Bool { state.withLock { $0.running[session] != nil } }

    /// Looks for sessions to run now.
    func look() { wake.yield() }

    // Starting.

    /// Records a new session, which begins with copies of the records `taking` of another; it runs at once, or when its turn comes.
    ///
    /// - Returns: the session's id, and whether it is new: a key that was used before names the session that it began then.
    func start(
        _ version: ReadyVersion, inputs: Value, key: String? = nil, taking earlier: [StepRecord] = []
    ) async throws(Refusal) -> (id: ID, isNew: Bool) {
        let secrets: [String: String]
        do throws(PartsError) { secrets = try versions.secrets(version) } catch {
            throw Refusal(.conflict, error.message)
        }
        let masker = Masker(secrets: secrets, modelKeys: parts.modelKeys)
        let session = newSession(version, inputs: masker.mask(inputs), taking: earlier)
        let header = session.record.header
        let isHeld = state.withLock { state in
            guard limits.runs(version.stored.name), state.running.count < limits.atOnce, !state.isClosing
            else {
                return false
            }
            state.running[header.id] = Running()
            return true
        }
        if !isHeld { try await checkQueue() }
        let outcome: StartOutcome
        do throws(StoreError) {
            outcome = try await parts.store.start(
                header, of: version.stored, taking: session.record.steps, held: isHeld, key: key)
        } catch {
            forget(header.id)
            throw Refusal(error)
        }
        switch outcome {
        case .started:
            tell(.began(automation: version.stored.name), of: header.id)
            hub.tell(version.stored.id, Hub.Event.changed)
            if isHeld { launch(session, version, inputs, secrets) } else { look() }
            return (header.id, true)
        case .repeated(let first):
            forget(header.id)
            return (first, false)
        case .differs:
            forget(header.id)
            throw Refusal(
                .unprocessableContent, at: ["header", "Idempotency-Key"], "idempotency_key_reused",
                "this key has started another session, with other inputs: use a new key")
        }
    }

    private func newSession(_ version: ReadyVersion, inputs: Value, taking earlier: [StepRecord])
        -> StoredSession
    {
        let now = parts.clock.now()
        let (id, taken) = ids.withLock { ids in
            let id = ids.next(nanoseconds: now)
            return (id, earlier.map { $0.copied(as: ids.next(nanoseconds: now)) })
        }
        let header = SessionHeader(
            id: id, automationID: version.stored.id, inputs: inputs, status: .new, error: nil,
            createdAt: now / 1_000_000_000, updatedAt: now / 1_000_000_000)
        return StoredSession(
            record: SessionRecord(header: header, steps: taken, stepInfos: version.stored.stepInfos),
            automation: version.stored)
    }

    /// Lets a session go on that has been answered.
    func goOn(_ session: ID, answering step: ID, _ answer: Value) {
        if let running = state.withLock({ $0.running[session] }) {
            running.desk.answer(step, answer)
        } else {
            look()
        }
    }

    /// How many sessions of what is served wait for a process to run them.
    func queueLength() async throws(StoreError) -> Int {
        try await parts.store.queueLength(files: parts.served.known)
    }

    private func checkQueue() async throws(Refusal) {
        do throws(StoreError) {
            guard try await queueLength() >= limits.queue else { return }
        } catch {
            throw Refusal(error)
        }
        throw Refusal.tooMany(seconds: 1, "\(limits.queue) sessions wait for their turn already")
    }

    private func forget(_ session: ID) {
        let wasFull = state.withLock { state in
            let wasFull = state.running.count >= limits.atOnce
            state.running[session] = nil
            return wasFull
        }
        if wasFull { look() }
    }

    private func launch(
        _ session: StoredSession, _ version: ReadyVersion, _ inputs: Value, _ secrets: [String: String],
        _ turn: SessionTurn? = nil
    ) {
        let id = session.record.header.id
        state.withLock { state in
            guard !state.isClosing else {
                state.running[id] = nil
                return
            }
            let desk = state.running[id]?.desk
            state.running[id]?.task = Task {
                await self.run(session, version, inputs, secrets, desk, turn)
                self.forget(id)
            }
        }
    }

    // Running.

    private func run(
        _ first: StoredSession, _ version: ReadyVersion, _ inputs: Value, _ secrets: [String: String],
        _ desk: AnswerDesk?, _ turn: SessionTurn?
    ) async {
        let id = first.record.header.id
        var session = first
        var turn = turn
        do {
            let interpreter = Interpreter(
                executors: versions.executors(version), store: parts.store, clock: parts.clock,
                callees: callees)
            while true {
                var request = RunRequest(
                    plan: version.plan, automation: session.automation, sessionID: id, inputs: inputs,
                    secrets: secrets, earlier: session.record.steps.isEmpty ? nil : session.record,
                    modelKeys: parts.modelKeys)
                request.desk = desk
                request.turn = turn
                // Who calls a webhook passes on what others wrote, however much clients are trusted.
                let hasWebhook = version.trigger.webhook != nil
                if session.record.header.caller == nil,
                    hasWebhook || !version.plan.automation.trust.trustsClients
                {
                    request.marksInputs(from: hasWebhook ? "a client or a webhook" : "a client")
                }
                turn = nil
                let (end, _) = try await interpreter.run(request, header: session.record.header) {
                    [hub, metrics, parts] event in
                    metrics.count(event, version.stored.stepInfos)
                    SessionNews(event, version.stored.stepInfos, now: parts.clock.now())?
                        .log(of: id, to: parts.log)
                    hub.tell(id, of: version.stored.id, event)
                }
                if end == .answered, let again = try await parts.store.session(id, of: nil) {
                    session = again
                    continue
                }
                if end == .waiting { hub.tell(id, of: version.stored.id, Hub.Event.changed) }
                return
            }
        } catch {
            let isClosing = state.withLock { $0.isClosing }
            if !isClosing { await rest(id, error.message) }
        }
    }

    /// Leaves a session that cannot go on here, and tries again later.
    private func rest(_ id: ID, _ why: String) async {
        parts.log.error(
            "a session cannot go on now", metadata: ["session": "\(id.text)", "reason": "\(why)"])
        let now = parts.clock.now()
        state.withLock { $0.resting[id] = Rest(after: $0.resting[id], now: now) }
        try? await parts.store.release(id)
    }

    /// Ends a session that this process holds and that no later try could bring further.
    private func fail(_ session: StoredSession, _ why: String) async {
        let id = session.record.header.id
        let now = parts.clock.now() / 1_000_000_000
        var header = session.record.header
        (header.status, header.error, header.updatedAt) = (.failed, why, now)
        var changes: [RecordChange] = []
        for (ordinal, step) in session.record.steps.enumerated()
        where step.status == .new || step.status == .running {
            var step = step
            (step.status, step.error, step.errorKind, step.updatedAt) = (
                .failed, "cancelled", "cancelled", now
            )
            changes.append(.step(session: id, ordinal: ordinal, step))
        }
        do throws(StoreError) {
            try await parts.store.commit(changes + [.session(header)])
            tell(.ended(header, now: parts.clock.now()), of: id)
            hub.tell(id, of: session.automation.id, Hub.Event.changed)
        } catch {
            await rest(id, error.message)
        }
    }

    /// Takes sessions that nobody runs, as long as the server runs.
    func sweep() async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { [wake, clock = parts.clock] in
                while !Task.isCancelled {
                    try? await clock.sleep(nanoseconds: 500_000_000)
                    wake.yield()
                }
                wake.finish()
            }
            if limits.takesWork, let work = parts.store.work {
                group.addTask { [wake] in
                    for await _ in work { wake.yield() }
                }
            }
            for await _ in wakes {
                while await takeSome(), !Task.isCancelled {}
                if Task.isCancelled || state.withLock({ $0.isClosing }) { break }
            }
            group.cancelAll()
        }
    }

    /// Takes some sessions; true when there may be more.
    private func takeSome() async -> Bool {
        let now = parts.clock.now()
        let (room, except) = state.withLock { state in
            state.resting = state.resting.filter { !$0.value.isForgotten(now: now) }
            let room = state.isClosing || !limits.takesWork ? 0 : limits.atOnce - state.running.count
            let resting = state.resting.filter { $0.value.end > now }
            return (room, Set(state.running.keys).union(resting.keys))
        }
        guard room > 0 else { return false }
        let wanted = min(room, 64)
        let due: DueSessions
        do throws(StoreError) {
            due = try await parts.store.next(
                wanted, except: except, files: parts.served.known, only: limits.only)
        } catch {
            parts.log.error(
                "the store cannot be asked for sessions", metadata: ["reason": "\(error.message)"])
            return false
        }
        for id in due.ended {
            await tellEnded(id)
        }
        for id in due.taken { await goOn(id) }
        return due.taken.count + due.ended.count == wanted
    }

    /// Tells the log.
    private func tell(_ news: SessionNews, of id: ID) { news.log(of: id, to: parts.log) }

    /// Says that a session, of which only the id is known, was ended outside of a run.
    private func tellEnded(_ id: ID) async {
        // Who cannot be told now is told by what happens next.
        guard let session = try? await parts.store.session(id, of: nil) else { return }
        tell(.ended(session.record.header, now: parts.clock.now()), of: id)
        hub.tell(id, of: session.automation.id, Hub.Event.changed)
    }

    private func goOn(_ id: ID) async {
        let session: StoredSession
        do throws(StoreError) {
            guard let found = try await parts.store.session(id, of: nil) else { return }
            session = found
        } catch {
            return await rest(id, error.message)
        }
        do throws(PartsError) {
            let version = try await versions.ready(session.automation)
            let secrets = try versions.secrets(version)
            let hasRested = state.withLock { state in
                state.running[id] = Running()
                return state.resting.removeValue(forKey: id) != nil
            }
            let header = session.record.header
            let turn = hasRested ? .resumed : await session.record.turn(of: parts.store)
            tell(turn == .takenOver ? .takenOver : .goesOn, of: id)
            launch(
                session, version, header.inputs, secrets,
                header.status == .new && turn == .resumed ? nil : turn)
        } catch {
            if error.isFinal { await fail(session, error.message) } else { await rest(id, error.message) }
        }
    }

    // Stopping.

    /// Ends a session; comes back when nothing of it runs any more.
    func cancel(_ id: ID, of automation: ID) async throws(StoreError) {
        for attempt in 0..<100 {
            if let task = state.withLock({ $0.running[id]?.task }) {
                task.cancel()
                await task.value
            }
            let isOver = try await parts.store.session(id, of: nil)?.record.header.hasEnded ?? true
            let now = parts.clock.now() / 1_000_000_000
            guard try await parts.store.cancel(id, now: now) == .requested else {
                // A run that was cancelled has told the log of its end.
                if isOver { hub.tell(id, of: automation, Hub.Event.changed) } else { await tellEnded(id) }
                return
            }
            // Another process runs it, and looks several times a second; or it has been taken here just now.
            if attempt > 0 { try? await parts.clock.sleep(nanoseconds: 30_000_000) }
        }
        throw StoreError("the process that runs the session does not answer; it is cancelled when it does")
    }

    /// Takes no session any more, and lets those go who watch some.
    func stopTaking() {
        state.withLock { $0.isClosing = true }
        wake.finish()
        hub.close()
    }

    /// Stops without ending anything: what runs is left to be resumed.
    func close() async {
        stopTaking()
        let tasks = state.withLock { $0.running.values.compactMap(\.task) }
        await parts.store.leave()
        for task in tasks { await task.value }
    }
}
