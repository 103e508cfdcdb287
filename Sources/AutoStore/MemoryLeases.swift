package import AutoRuntime
package import Values

extension MemoryStore {
    /// - Throws: never.
    package func claim(_ session: ID) async throws(StoreError) -> ClaimOutcome {
        let (outcome, held) = kept.withLock { state -> (ClaimOutcome, [ID]) in
            guard let claimed = state.sessions[session], !claimed.hasEnded else { return (.ended, []) }
            guard claimed.holder == nil || claimed.holder == owner && !claimed.isTaken else {
                return (.held, [])
            }
            return take(claimed, &state)
        }
        resume(held, .cancelled)
        return outcome
    }

    /// What holds a session lives as long as this memory.
    /// Nobody takes over what this process holds: there is no other one.
    package func confirm(_ session: ID) async throws(StoreError) -> ContinuousClock.Instant? { nil }

    package func hasOutlivedHolder(of session: ID) async -> Bool { false }

    /// Takes a session, or ends it instead where somebody had asked for that.
    ///
    /// - Returns: what came of it, and the sessions that are to be cancelled with it and that somebody runs.
    private func take(_ session: MemorySession, _ state: inout MemoryState.State) -> (ClaimOutcome, [ID]) {
        var taken = session
        let id = session.header.id
        guard !session.isToBeCancelled else {
            // Of this process, which does not run it, it may be; it ends all the same.
            state.sessions[id]?.holder = nil
            return (.ended, state.cancel(id, now).held)
        }
        (taken.holder, taken.waits, taken.wakeAt, taken.isAnswered) = (owner, false, nil, false)
        taken.isTaken = true
        taken.changes += 1
        state.sessions[id] = taken
        return (.taken, [])
    }

    /// The sessions of the process that may run, oldest first; those of a full batch are passed over.
    ///
    /// - Throws: never.
    package func next(_ count: Int, except: Set<ID>, files: Set<ID>, only: Set<String>?)
        async throws(StoreError) -> DueSessions
    {
        let (due, held) = kept.withLock { state -> (DueSessions, [ID]) in
            var due = DueSessions()
            var rooms = state.rooms()
            // What waits until others of its batch have ended is not sorted among what may run.
            let free = state.sessions.values.filter { session in
                let isDue = !session.waits || session.wakeAt.map { $0 <= now } ?? false
                guard isDue, !session.hasEnded, session.holder == nil,
                    !except.contains(session.header.id),
                    state.isServed(session.header.automationID, files),
                    only.map({ $0.contains(session.automation.name) }) ?? true
                else { return false }
                guard !session.isToBeCancelled, let batch = state.batchOf[session.header.id] else {
                    return true
                }
                if rooms[batch, default: 0] > 0 { return true }
                due.othersWait = true
                return false
            }
            var held: [ID] = []
            for session in free.sorted(by: { $0.header.id.text < $1.header.id.text }) {
                if due.taken.count + due.ended.count == count { break }
                let id = session.header.id
                if !session.isToBeCancelled, let batch = state.batchOf[id] {
                    rooms[batch, default: 0] -= 1
                    guard rooms[batch, default: 0] >= 0 else {
                        due.othersWait = true
                        continue
                    }
                }
                let (outcome, below) = take(session, &state)
                if outcome == .taken { due.taken.append(id) } else { due.ended.append(id) }
                held += below
            }
            return (due, held)
        }
        resume(held, .cancelled)
        return due
    }

    /// - Throws: never.
    package func queueLength(files: Set<ID>) async throws(StoreError) -> Int {
        kept.withLock { state in
            state.sessions.values.count { session in
                !session.hasEnded && !session.waits && session.holder == nil
                    && state.isServed(session.header.automationID, files)
            }
        }
    }

    /// - Throws: never.
    package func isFree(_ session: ID) async throws(StoreError) -> Bool {
        kept.withLock { state in
            guard let session = state.sessions[session] else { return false }
            return session.holder == nil
        }
    }

    package func interruption(of session: ID) async -> Interruption? {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let interruption = kept.withLock { state -> Interruption?? in
                    // The handler may have run already, and would not run again.
                    if Task.isCancelled { return .some(nil) }
                    if state.sessions[session]?.isToBeCancelled == true { return .cancelled }
                    state.waiting[session] = continuation
                    return nil
                }
                if let interruption { continuation.resume(returning: interruption) }
            }
        } onCancel: {
            resume([session], nil)
        }
    }

    func resume(_ sessions: [ID], _ interruption: Interruption?) {
        let waiting = kept.withLock { state in sessions.compactMap { state.waiting.removeValue(forKey: $0) } }
        for one in waiting { one.resume(returning: interruption) }
    }

    package func park(_ session: ID, until: Int64?) async throws(StoreError) -> Bool {
        kept.withLock { state in
            guard var parked = state.sessions[session] else { return true }
            defer { state.sessions[session] = parked }
            guard !parked.isAnswered else {
                parked.isAnswered = false
                return false
            }
            guard parked.holder == owner else { return true }
            parked.holder = nil
            parked.waits = true
            parked.wakeAt = until.map { ($0 + 999_999_999) / 1_000_000_000 }
            parked.changes += 1
            return true
        }
    }

    package func release(_ session: ID) async throws(StoreError) {
        kept.withLock { state in
            guard state.sessions[session]?.holder == owner else { return }
            state.sessions[session]?.holder = nil
            state.sessions[session]?.changes += 1
        }
    }

    package func cancel(_ session: ID, now: Int64) async throws(StoreError) -> CancelOutcome {
        let (outcome, held) = kept.withLock { state -> (CancelOutcome, [ID]) in
            guard let open = state.sessions[session], !open.hasEnded else { return (.ended, []) }
            return (open.holder == nil ? .ended : .requested, state.cancel(session, now).held)
        }
        resume(held, .cancelled)
        return outcome
    }

    package func leave() async {
        let own = kept.withLock { state in
            let own = state.sessions.values.filter { $0.holder == owner }.map(\.header.id)
            for id in own {
                state.sessions[id]?.holder = nil
                state.sessions[id]?.changes += 1
            }
            return own
        }
        resume(own, .lost)
    }
}
