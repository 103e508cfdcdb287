package import AutoRuntime
package import Values

extension MemoryStore {
    /// - Throws: never.
    package func begin(
        _ batch: SessionBatch, _ sessions: [SessionHeader], of automation: StoredAutomation, key: AnswerKey?
    ) async throws(StoreError) -> BatchStart {
        kept.withLock { state in
            let begun = key.map { MemoryState.StartKey(automation: automation.id, key: $0.key) }
            if let begun, let key, let before = state.outcome(of: begun, ofBatch: key.body) { return before }
            state.know(automation, now)
            state.batches[batch.id] = batch
            for header in sessions {
                state.sessions[header.id] = MemorySession(
                    header: header, automation: automation, taking: TakenOver(), holder: nil)
                state.batchOf[header.id] = batch.id
            }
            if let begun, let key { state.batchKeys[begun] = (key.body, batch.id) }
            return .started
        }
    }

    /// - Throws: never.
    package func outcome(of key: AnswerKey, startingBatchOf automation: ID)
        async throws(StoreError) -> BatchStart?
    {
        let begun = MemoryState.StartKey(automation: automation, key: key.key)
        return kept.withLock { $0.outcome(of: begun, ofBatch: key.body) }
    }

    /// - Throws: never.
    package func batches(_ query: BatchQuery) async throws(StoreError) -> [BatchStanding] {
        kept.withLock { state in
            let wanted = state.batches.values.filter { batch in
                query.id.map { batch.id == $0 } ?? true
                    && query.automation.map { batch.automationID == $0 } ?? true
                    && query.before.map { batch.id.text < $0.text } ?? true
                    && state.isServed(batch, query)
            }
            var found: [BatchStanding] = []
            for batch in wanted.sorted(by: { $0.id.text > $1.id.text }) where found.count < query.limit {
                let standing = state.standing(of: batch)
                if !query.isOpen || !standing.hasEnded { found.append(standing) }
            }
            return found
        }
    }

    /// - Throws: never.
    package func cancel(batch: ID, now: Int64) async throws(StoreError) -> CancelledSessions {
        let (open, cancelled) = kept.withLock { state in
            if let known = state.batches[batch] {
                state.batches[batch] = SessionBatch(
                    id: batch, automationID: known.automationID, atOnce: 0, count: known.count,
                    createdAt: known.createdAt)
            }
            let open = Set(state.sessions(of: batch).filter { !$0.hasEnded }.map(\.header.id))
            var cancelled = CancelledSessions()
            for id in open { cancelled.add(state.cancel(id, now)) }
            return (open, cancelled)
        }
        resume(cancelled.held, .cancelled)
        var own = cancelled
        // What these have called ends with them.
        own.held.removeAll { !open.contains($0) }
        return own
    }
}

extension MemoryState.State {
    fileprivate func sessions(of batch: ID) -> [MemorySession] {
        sessions.values.filter { batchOf[$0.header.id] == batch }
    }

    /// Whether a batch is of an automation that is served, or was under way when that went.
    fileprivate func isServed(_ batch: SessionBatch, _ query: BatchQuery) -> Bool {
        guard let files = query.files else { return true }
        let own = sessions(of: batch.id)
        let isThere = automations[batch.automationID]?.isDeleted == false
        if isServed(batch.automationID, files), isThere || own.contains(where: \.outlives) { return true }
        return own.contains { query.besides.contains($0.header.id) }
    }

    fileprivate func standing(of batch: SessionBatch) -> BatchStanding {
        let own = sessions(of: batch.id)
        let openCalls = openCalls
        return BatchStanding(
            batch: batch, automationName: automations[batch.automationID]?.automation.name ?? "",
            counts: own.reduce(into: [:]) { counts, session in
                counts[session.header.status, default: 0] += 1
            },
            waiting: own.count { $0.asks(openCalls) },
            cancelled: own.count { $0.header.status == .failed && $0.header.isCancelled })
    }

    /// How many more sessions of each batch may run now.
    func rooms() -> [ID: Int] {
        var rooms = batches.mapValues(\.atOnce)
        for (id, session) in sessions where session.holder != nil && !session.hasEnded {
            if let batch = batchOf[id] { rooms[batch, default: 0] -= 1 }
        }
        return rooms
    }
}
