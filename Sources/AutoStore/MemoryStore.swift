package import AutoRuntime
import Synchronization
package import Values

/// Everything in this process only: for runs that leave nothing behind, and for tests.
///
/// It keeps to all that a store promises but what outlives a process: no holder of a session is ever gone
/// without giving it back.
package final class MemoryStore: Store {
    let kept: MemoryState
    let owner: String
    let clock: any Clock
    private let keepsRecords: Bool

    /// - Parameter keepsRecords: false for a run of which nobody reads anything back; that costs no time and
    ///   no memory.
    package init(keepsRecords: Bool = true, owner: String = Owner.own, clock: any Clock) {
        kept = MemoryState()
        self.keepsRecords = keepsRecords
        self.owner = owner
        self.clock = clock
    }

    /// The same store as another process would have it.
    package init(sharing other: MemoryStore, owner: String) {
        kept = other.kept
        keepsRecords = other.keepsRecords
        clock = other.clock
        self.owner = owner
    }

    /// Nobody waits for this store.
    package var executor: (any TaskExecutor)? { nil }

    /// Seconds since 1970.
    var now: Int64 { clock.now() / 1_000_000_000 }

    package func start(
        _ session: SessionHeader, of automation: StoredAutomation, taking: TakenOver, held: Bool,
        key: String?
    ) async throws(StoreError) -> StartOutcome {
        guard keepsRecords else { return .started }
        let begun = key.map { MemoryState.StartKey(automation: automation.id, key: $0) }
        let inputs = JSON.text(session.inputs)
        return kept.withLock { state in
            if let begun, let before = state.outcome(of: begun, inputs) { return before }
            state.know(automation, isCalled: session.caller != nil, now)
            state.sessions[session.id] = MemorySession(
                header: session, automation: automation, taking: taking, holder: held ? owner : nil)
            if let begun { state.startKeys[begun] = (inputs, session.id) }
            return .started
        }
    }

    package func outcome(of key: String, starting inputs: Value, of automation: ID)
        async throws(StoreError) -> StartOutcome?
    {
        let inputs = JSON.text(inputs)
        return kept.withLock {
            $0.outcome(of: MemoryState.StartKey(automation: automation, key: key), inputs)
        }
    }

    package func submit(_ changes: [RecordChange], onDisk: @escaping @Sendable () -> Void) throws(StoreError)
        -> Receipt?
    {
        if keepsRecords {
            let outcome = kept.withLock { state -> Result<[ID], StoreError> in
                do throws(StoreError) {
                    try state.apply(changes, by: owner)
                } catch {
                    return .failure(error)
                }
                return .success(
                    changes.bySession.compactMap(\.first).flatMap { state.tellOfEnd($0.session, now) })
            }
            resume(try outcome.get(), .cancelled)
        }
        onDisk()
        return nil
    }

    package func trace(of session: ID, after: Int, limit: Int) async throws(StoreError) -> [TraceEvent] {
        let trace = kept.withLock { $0.sessions[session]?.trace ?? [] }
        return Array(trace.dropFirst(after).prefix(limit))
    }

    package func note(_ turn: SessionTurn, in session: ID, now: Int64) async throws(StoreError) {
        kept.withLock { state in
            guard state.sessions[session]?.hasEnded == false else { return }
            state.sessions[session]?.tell(TraceEvent(at: now, record: nil, attempt: nil, .session(turn)))
        }
    }

    package func session(_ id: ID, of automation: ID?, withValues: Bool) async throws(StoreError)
        -> StoredSession?
    {
        kept.withLock { state in
            guard let session = state.sessions[id] else { return nil }
            if let automation {
                let isDeleted = state.automations[automation]?.isDeleted ?? true
                guard session.header.automationID == automation, !isDeleted || session.outlives else {
                    return nil
                }
            }
            let record = withValues ? session.record : session.record.withoutValues
            return StoredSession(record: record, automation: session.automation)
        }
    }

    package func keep(_ compiled: [UInt8], of version: ID) async throws(StoreError) {
        kept.withLock { state in
            for (id, session) in state.sessions where session.automation.versionID == version {
                state.sessions[id]?.automation = session.automation.with(compiled)
            }
            for (id, known) in state.automations where known.automation.versionID == version {
                state.automations[id]?.automation = known.automation.with(compiled)
            }
        }
    }

    package func ids(beginning text: String) async throws(StoreError) -> [ID] {
        Array(ids { $0.text.hasPrefix(text) }.prefix(20))
    }

    package func ids(endingIn endings: Set<String>) async throws(StoreError) -> [ID] {
        guard let length = endings.first?.count else { return [] }
        return ids { endings.contains(String($0.text.suffix(length))) }
    }

    private func ids(where isWanted: (ID) -> Bool) -> [ID] {
        kept.withLock { state in state.sessions.keys.filter(isWanted) }.sorted { $0.text > $1.text }
    }

    package func sessions(_ query: SessionQuery) async throws(StoreError) -> [SessionRecord] {
        newest(query).map(\.record)
    }

    package func outlines(_ query: SessionQuery, withInputs: Bool) async throws(StoreError)
        -> [SessionOutline]
    {
        newest(query).map { session in
            let header = session.header
            return SessionOutline(
                id: header.id, automationID: header.automationID, automationName: session.automation.name,
                inputs: withInputs ? header.inputs : nil, status: header.status, error: header.error,
                createdAt: header.createdAt, updatedAt: header.updatedAt, stepsCount: session.steps.count,
                isWaiting: header.status == .running && session.waits)
        }
    }

    private func newest(_ query: SessionQuery) -> [MemorySession] {
        let (all, batchOf, served, openCalls) = kept.withLock { state in
            (
                Array(state.sessions.values), state.batchOf, query.files.map { files in state.served(files) },
                query.isWaiting ? state.openCalls : [:]
            )
        }
        let newestFirst = all.sorted { $0.header.id.text > $1.header.id.text }
        let searched = query.text == nil ? newestFirst : Array(newestFirst.prefix(SessionQuery.searched))
        let wanted = searched.lazy.filter { session in
            let header = session.header
            let isServed =
                served.map { served in
                    served[header.automationID].map { !$0 || session.outlives } ?? false
                        || query.besides.contains(header.id)
                } ?? true
            return isServed
                && query.ids.map { $0.contains(header.id) } ?? true
                && (!query.isWaiting || session.asks(openCalls))
                && query.caller.map { header.caller == $0 } ?? true
                && (!query.isOutermost || header.caller == nil)
                && query.batch.map { batchOf[header.id] == $0 } ?? true
                && query.text.map { session.holds($0) } ?? true
                && query.automation.map { header.automationID == $0 } ?? true
                && query.status.map { header.status == $0 } ?? true
                && query.since.map { header.createdAt >= $0 } ?? true
                && query.before.map { header.id.text < $0.text } ?? true
        }
        return Array(wanted.prefix(query.limit))
    }

    package func answer(_ session: ID, step: ID, with answer: Value, key: AnswerKey?, now: Int64)
        async throws(StoreError) -> AnswerOutcome
    {
        kept.withLock { state in
            guard var changed = state.sessions[session] else { return .notWaiting }
            if let key, let before = changed.outcome(of: key) { return before }
            guard changed.answer(step, answer, now) else { return .notWaiting }
            if let key { changed.answerKeys[key.key] = key.body }
            state.sessions[session] = changed
            state.wakeCallers(of: session)
            return .recorded
        }
    }

    package func outcome(of key: AnswerKey, in session: ID) async throws(StoreError) -> AnswerOutcome? {
        kept.withLock { $0.sessions[session]?.outcome(of: key) }
    }

    package func changes(of watched: [ID]) async throws(StoreError) -> [ID: Int64] {
        kept.withLock { state in
            var counts: [ID: Int64] = [:]
            for id in watched {
                counts[id] = state.sessions[id]?.changes
                guard state.automations[id] != nil else { continue }
                let own = state.sessions.values.filter { $0.header.automationID == id }
                counts[id] = own.reduce(0) { $0 + $1.changes + 1 }
            }
            return counts
        }
    }

    package func othersChanges() async throws(StoreError) -> Int64 {
        kept.withLock { state in state.sessions.values.reduce(0) { $0 + $1.changes + 1 } }
    }

    package func counts() async throws(StoreError) -> SessionCounts {
        kept.withLock { state in
            var counts = SessionCounts()
            let openCalls = state.openCalls
            for session in state.sessions.values {
                counts.byStatus[session.header.status, default: 0] += 1
                if session.asks(openCalls) { counts.waiting += 1 }
            }
            return counts
        }
    }

    package func cached(_ key: String) async throws(StoreError) -> Value? { kept.withLock { $0.cache[key] } }

    package func cache(_ value: Value, for key: String) async throws(StoreError) {
        kept.withLock { $0.cache[key] = value }
    }

    package func keptPage(_ key: String) async throws(StoreError) -> KeptPage? {
        kept.withLock { $0.pages[key] }
    }

    package func keep(_ page: KeptPage?, for key: String) async throws(StoreError) {
        kept.withLock { state in
            state.pages[key] = page
            var bytes = 0
            for (key, page) in state.pages.sorted(by: { ($1.value.time, $0.key) < ($0.value.time, $1.key) }) {
                bytes += page.body.count
                if bytes > KeptPage.mostBytesOfAll { state.pages[key] = nil }
            }
        }
    }

    package func upgrade(_ session: ID, to automation: StoredAutomation, indices: [Int: Int])
        async throws(StoreError)
    {
        kept.withLock { state in
            state.know(automation, now)
            state.sessions[session]?.upgrade(to: automation, indices)
        }
    }

    package func prunable(before: Int64) async throws(StoreError) -> [PrunableSessions] {
        kept.withLock { state in
            let old = state.prunable(before)
            let groups = Dictionary(grouping: old) { [$0.automation.id.text, $0.header.status.rawValue] }
            return groups.values.compactMap { group in
                let times = group.map(\.header.updatedAt)
                guard let one = group.first, let oldest = times.min(), let newest = times.max() else {
                    return nil
                }
                return PrunableSessions(
                    automationName: one.automation.name, status: one.header.status, count: group.count,
                    oldest: oldest, newest: newest, bytes: 0)
            }.sorted { ($0.automationName, $0.status.rawValue) < ($1.automationName, $1.status.rawValue) }
        }
    }

    package func prune(before: Int64) async throws(StoreError) -> Int {
        kept.withLock { state in
            let gone = state.prunable(before)
            for session in gone { state.sessions[session.header.id] = nil }
            state.pages = state.pages.filter { $0.value.time >= before }
            state.startKeys = state.startKeys.filter { state.sessions[$0.value.session] != nil }
            state.batchOf = state.batchOf.filter { state.sessions[$0.key] != nil }
            let batches = Set(state.batchOf.values)
            state.batches = state.batches.filter { batches.contains($0.key) }
            state.batchKeys = state.batchKeys.filter { batches.contains($0.value.batch) }
            let used = Set(state.sessions.values.map(\.header.automationID))
            state.automations = state.automations.filter { id, known in
                used.contains(id) || !known.isDeleted
            }
            return gone.count
        }
    }

    package func shrink() async throws(StoreError) -> ShrinkOutcome { .tooLittle }

    package func examine() async throws(StoreError) -> StoreReport {
        var report = kept.withLock { state in
            var report = StoreReport()
            for session in state.sessions.values {
                report.sessions += 1
                report.steps += session.steps.count
                let caller = session.header.caller.flatMap { state.sessions[$0] }
                let goesOnWithCaller = caller.map { !$0.hasEnded } ?? false
                if !session.hasEnded, session.holder == nil, session.record.waiting.isEmpty, !session.waits,
                    !goesOnWithCaller
                {
                    report.interrupted.append(session.header.id)
                }
            }
            return report
        }
        try await report.tellBatches(in: self)
        return report
    }

    package func copy(to place: String) async throws(StoreError) {
        throw StoreError("the store \(memoryPlace) ends with its process: there is nothing to copy")
    }
}

extension MemoryState.State {
    /// The sessions that have ended, and of whose callers none goes on.
    fileprivate func prunable(_ before: Int64) -> [MemorySession] {
        sessions.values.filter { session in
            session.hasEnded && session.header.updatedAt < before
                && callers(of: session.header.id).allSatisfy { sessions[$0]?.hasEnded ?? true }
        }
    }
}
