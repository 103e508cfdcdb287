import AutoRuntime
import HTTPTypes
import Logging
import Values

/// A session that a client has asked for.
struct StartedSession: Sendable {
    let id: ID
    /// The session as it began; nil where an earlier request with the same key has begun it.
    let begun: SessionRecord?

    var isNew: Bool { begun != nil }

    init(_ header: SessionHeader, of automation: StoredAutomation) {
        id = header.id
        begun = SessionRecord(header: header, steps: [], stepInfos: automation.stepInfos)
    }

    init(earlier id: ID) {
        self.id = id
        begun = nil
    }
}

extension Engine {
    func secrets(of version: ReadyVersion) throws(Refusal) -> [String: String] {
        do throws(PartsError) { return try versions.secrets(version) } catch {
            throw Refusal(.conflict, error.message)
        }
    }

    /// How many sessions of what is served wait for a process to run them.
    func queueLength() async throws(StoreError) -> Int {
        try await parts.store.queueLength(files: parts.served.known)
    }

    /// A session that begins with the records `taken`.
    func newSession(_ version: ReadyVersion, inputs: Value, taking taken: [StepRecord])
        -> StoredSession
    {
        let now = parts.clock.now()
        let id = newID()
        let header = SessionHeader(
            id: id, automationID: version.stored.id, inputs: inputs, status: .new, error: nil,
            createdAt: now / 1_000_000_000, updatedAt: now / 1_000_000_000)
        return StoredSession(
            record: SessionRecord(header: header, steps: taken, stepInfos: version.stored.stepInfos),
            automation: version.stored)
    }

    /// What refuses so many more sessions; nil where the queue has room for them.
    private func fullQueue(for more: Int) async throws(Refusal) -> Refusal? {
        let length: Int
        do throws(StoreError) { length = try await queueLength() } catch { throw Refusal(error) }
        guard length + more > limits.queue else { return nil }
        return Refusal.tooMany(
            seconds: 1,
            more == 1
                ? "\(limits.queue) sessions wait for their turn already"
                : "\(length) sessions wait for their turn, and with \(more) more they would be more than \(limits.queue)"
        )
    }

    /// Refuses so many more sessions where they would make the queue too long: but for those that a key has begun before.
    ///
    /// - Parameter before: what the key has begun; nil where it is new, and without a key.
    /// - Returns: the same, where the queue has no room; nil where the sessions may begin.
    private func checkQueue<Outcome: Sendable>(
        for more: Int, before: () async throws(StoreError) -> Outcome?
    ) async throws(Refusal) -> Outcome? {
        guard let full = try await fullQueue(for: more) else { return nil }
        let outcome: Outcome?
        do throws(StoreError) { outcome = try await before() } catch { throw Refusal(error) }
        guard let outcome else { throw full }
        return outcome
    }

    /// Records a session, or finds the one that its key has begun before.
    ///
    /// - Parameter isHeld: whether it runs here at once; else it needs a place in the queue.
    func record(
        _ header: SessionHeader, of automation: StoredAutomation, taking taken: TakenOver, isHeld: Bool,
        key: String?
    ) async throws(Refusal) -> StartOutcome {
        let store = parts.store
        if !isHeld {
            let before = try await checkQueue(for: 1) { () async throws(StoreError) in
                guard let key else { return nil as StartOutcome? }
                return try await store.outcome(of: key, starting: header.inputs, of: automation.id)
            }
            if let before { return before }
        }
        do throws(StoreError) {
            return try await store.start(header, of: automation, taking: taken, held: isHeld, key: key)
        } catch {
            throw Refusal(error)
        }
    }

    /// Records a batch, or finds the one that its key has begun before.
    private func record(
        _ batch: SessionBatch, of automation: StoredAutomation, key: AnswerKey?,
        _ headers: () -> [SessionHeader]
    ) async throws(Refusal) -> BatchStart {
        let store = parts.store
        let before = try await checkQueue(for: batch.count) { () async throws(StoreError) in
            guard let key else { return nil as BatchStart? }
            return try await store.outcome(of: key, startingBatchOf: automation.id)
        }
        if let before { return before }
        do throws(StoreError) {
            return try await store.begin(batch, headers(), of: automation, key: key)
        } catch {
            throw Refusal(error)
        }
    }

    /// Records a batch of new sessions, which begin when their turns come.
    ///
    /// - Parameters:
    ///   - rows: the inputs of each, fitted to their types.
    ///   - limit: how many run at once at the most.
    /// - Returns: the batch's id, and whether it is new: a key that was used before names the batch that it began then.
    func startBatch(_ version: ReadyVersion, rows: [Value], atOnce limit: Int, key: AnswerKey?)
        async throws(Refusal) -> (id: ID, isNew: Bool)
    {
        let masker = Masker(secrets: try secrets(of: version), modelKeys: parts.modelKeys)
        let batch = SessionBatch(
            id: newID(), automationID: version.stored.id,
            atOnce: limit, count: rows.count, createdAt: parts.clock.now() / 1_000_000_000)
        let begun = try await record(batch, of: version.stored, key: key) {
            rows.map { newSession(version, inputs: masker.mask($0), taking: []).record.header }
        }
        switch begun {
        case .started:
            parts.log.info(
                "batch began",
                metadata: [
                    "automation": "\(version.stored.name)", "batch": "\(batch.id.text)",
                    "sessions": "\(rows.count)",
                ])
            hub.tell(version.stored.id, Hub.Event.changed)
            look()
            return (batch.id, true)
        case .repeated(let first): return (first, false)
        case .differs:
            throw Refusal(
                .unprocessableContent, at: ["header", "Idempotency-Key"], "idempotency_key_reused",
                "this key has started another batch: use a new key")
        }
    }

    /// Ends a batch; comes back when nothing of it runs any more.
    func cancel(batch: ID, of automation: ID) async throws(StoreError) {
        let cancelled = try await parts.store.cancel(
            batch: batch, now: parts.clock.now() / 1_000_000_000)
        hub.tell(automation, Hub.Event.changed)
        // What this process has written itself, nothing else tells those who watch it.
        for id in cancelled.ended { hub.tell(id, Hub.Event.changed) }
        // All at once, since each takes a moment.
        tellToStop(cancelled.held)
        var problem: StoreError?
        for id in cancelled.held {
            do throws(StoreError) { try await cancel(id, of: automation) } catch {
                problem = problem ?? error
            }
        }
        if let problem { throw problem }
    }
}
