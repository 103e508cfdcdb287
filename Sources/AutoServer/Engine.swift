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

    private struct State {
        /// Sessions that are held here; without a task while one is being started.
        var running: [ID: Running] = [:]
        /// Sessions that cannot go on for now (a secret is missing, say).
        var resting: [ID: Rest] = [:]
        var isClosing = false
        /// Whether sessions wait until others of their batch have ended.
        var othersWait = false
    }

    let parts: ServerParts
    let versions: Versions
    let hub: Hub
    let metrics: Metrics
    let limits: ServerLimits
    private let callees: ServerCallees
    private let state = Mutex(State())
    /// Ascending, also within a millisecond, so that the newest session is the last.
    private let ids = Mutex(IDMaker())
    private let departure = Departure()
    private let wakes: AsyncStream<Void>
    private let wake: AsyncStream<Void>.Continuation
    private let patience = Patience()

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

    /// Whether the server is to end, and takes no session any more.
    var isClosing: Bool { state.withLock { $0.isClosing } }

    var runningCount: Int { state.withLock { $0.running.count } }

    func runs(_ session: ID) -> Bool { state.withLock { $0.running[session] != nil } }

    /// Looks for sessions to run now.
    func look() { wake.yield() }

    // Starting.

    /// Records a new session, which begins with what `taking` has of another; it runs at once, or when its turn comes.
    ///
    /// - Returns: the session: a key that was used before names the session that it began then.
    func start(
        _ version: ReadyVersion, inputs: Value, key: String? = nil, taking taken: TakenOver = TakenOver()
    ) async throws(Refusal) -> StartedSession {
        let secrets = try secrets(of: version)
        let masker = Masker(secrets: secrets, modelKeys: parts.modelKeys)
        let session = newSession(version, inputs: masker.mask(inputs), taking: taken.steps)
        let header = session.record.header
        let isHeld = state.withLock { state in
            guard limits.runs(version.stored.name), state.running.count < limits.atOnce, !state.isClosing
            else {
                return false
            }
            state.running[header.id] = Running()
            return true
        }
        let outcome: StartOutcome
        do throws(Refusal) {
            outcome = try await record(
                header, of: version.stored, taking: taken, isHeld: isHeld, key: key)
        } catch {
            forget(header.id)
            throw error
        }
        switch outcome {
        case .started:
            tell(.began(automation: version.stored.name), of: header.id)
            hub.tell(version.stored.id, Hub.Event.changed)
            if isHeld { launch(session, version, inputs, secrets) } else { look() }
            return StartedSession(header, of: version.stored)
        case .repeated(let first):
            forget(header.id)
            return StartedSession(earlier: first)
        case .differs:
            forget(header.id)
            throw Refusal(
                .unprocessableContent, at: ["header", "Idempotency-Key"], "idempotency_key_reused",
                "this key has started another session, with other inputs: use a new key")
        }
    }

    /// An id that is higher than all before.
    func newID() -> ID { ids.withLock { $0.next(nanoseconds: parts.clock.now()) } }

    /// Lets the runs of sessions that run here stop, and does not wait for it.
    func tellToStop(_ sessions: [ID]) {
        for id in sessions { state.withLock { $0.running[id]?.task }?.cancel() }
    }

    /// Lets a session go on that has been answered.
    func goOn(_ session: ID, answering step: ID, _ answer: Value) {
        if let running = state.withLock({ $0.running[session] }) {
            running.desk.answer(step, answer)
        } else {
            look()
        }
    }

    private func forget(_ session: ID) {
        let wasFull = state.withLock { state in
            let wasFull = state.running.count >= limits.atOnce
            state.running[session] = nil
            return wasFull || state.othersWait
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
                // Taken just as the server was told to end: others need not wait for that.
                Task { try? await self.parts.store.release(id) }
                return
            }
            let desk = state.running[id]?.desk
            state.running[id]?.task = Task {
                await self.run(session, version, inputs, secrets, desk, turn)
                self.hub.endWords(of: id)
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
                var request = request(for: session, version, inputs, secrets)
                request.desk = desk
                request.turn = turn
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
                if end == .givenBack { tell(.givenBack, of: id) }
                return
            }
        } catch {
            if !isClosing { await rest(id, error.message) }
        }
    }

    private func request(
        for session: StoredSession, _ version: ReadyVersion, _ inputs: Value, _ secrets: [String: String]
    ) -> RunRequest {
        let header = session.record.header
        var request = RunRequest(
            plan: version.plan, automation: session.automation, sessionID: header.id, inputs: inputs,
            secrets: secrets, earlier: session.record.steps.isEmpty ? nil : session.record,
            modelKeys: parts.modelKeys)
        request.departure = departure
        // Who calls a webhook passes on what others wrote, however much clients are trusted.
        let hasWebhook = version.trigger.webhook != nil
        if header.caller == nil, hasWebhook || !version.plan.automation.trust.trustsClients {
            request.marksInputs(from: hasWebhook ? "a client or a webhook" : "a client")
        }
        return request
    }

    /// Leaves a session that cannot go on here, and tries again later.
    private func rest(_ id: ID, _ why: String) async {
        parts.log.error(
            "a session cannot go on now", metadata: ["session": "\(id.text)", "reason": "\(why)"])
        let now = parts.clock.now()
        state.withLock { $0.resting[id] = Rest(after: $0.resting[id], now: now) }
        await giveBack(id)
    }

    /// Gives a session back, also where the store takes nothing for a time: one that is held and not run would be taken by
    /// nobody, ever.
    private func giveBack(_ id: ID) async {
        while true {
            do throws(StoreError) { return try await parts.store.release(id) } catch {
                if isClosing { return }  // Whoever leaves gives all back, or is seen to be gone.
                // In a task of its own: this one may have been cancelled, and would not wait.
                await Task { [parts] in try? await parts.clock.sleep(nanoseconds: 1_000_000_000) }.value
            }
        }
    }

    /// Ends a session that this process holds and that no later try could bring further.
    private func fail(_ session: StoredSession, _ why: String) async {
        let id = session.record.header.id
        let now = parts.clock.now() / 1_000_000_000
        var header = session.record.header
        (header.status, header.error, header.updatedAt) = (.failed, why, now)
        var changes: [RecordChange] = []
        for (ordinal, step) in session.record.steps.enumerated() {
            var step = step
            if step.cancel(now) { changes.append(.step(session: id, ordinal: ordinal, step)) }
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
        state.withLock { $0.othersWait = due.othersWait }
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
                // Who has called it goes on with that.
                look()
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

    /// Stops without ending anything. Each session is given back before its next step; steps under way are waited for
    /// as long as the limits say, and what runs after that is left to be resumed.
    func close() async {
        stopTaking()
        departure.announce()
        let tasks = state.withLock { $0.running.values.compactMap(\.task) }
        if !tasks.isEmpty, limits.graceSeconds > 0 {
            parts.log.info(
                "waits for steps under way; a second signal leaves them to be done again",
                metadata: ["sessions": "\(tasks.count)", "seconds": "\(limits.graceSeconds)"])
            await patience.wait(for: tasks, seconds: limits.graceSeconds, by: parts.clock)
        }
        await parts.store.leave()
        for task in tasks { await task.value }
    }

    /// Waits for no step any more.
    func hurry() { patience.end() }
}
