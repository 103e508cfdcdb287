package import AutoRuntime
package import Values

extension MemoryStore {
    package func claim(_ session: ID) async throws(StoreError) -> ClaimOutcome {
        kept.withLock { state in
            guard var claimed = state.sessions[session], !claimed.hasEnded else { return .ended }
            guard claimed.holder == nil || claimed.holder == owner && !claimed.isTaken else { return .held }
            let isTaken = take(&claimed)
            state.sessions[session] = claimed
            return isTaken ? .taken : .ended
        }
    }

    /// What holds a session lives as long as this memory.
    package func hasOutlivedHolder(of session: ID) async -> Bool { false }

    /// False when the session has ended instead: somebody had asked for that.
    private func take(_ session: inout MemorySession) -> Bool {
        guard !session.isToBeCancelled else {
            session.cancel(now)
            return false
        }
        (session.holder, session.waits, session.wakeAt, session.isAnswered) = (owner, false, nil, false)
        session.isTaken = true
        session.changes += 1
        return true
    }

    package func next(_ count: Int, except: Set<ID>, files: Set<ID>, only: Set<String>?)
        async throws(StoreError) -> DueSessions
    {
        kept.withLock { state in
            let free = state.sessions.values.filter { session in
                let isDue = !session.waits || session.wakeAt.map { $0 <= now } ?? false
                return isDue && !session.hasEnded && session.holder == nil
                    && !except.contains(session.header.id)
                    && state.isServed(session.header.automationID, files)
                    && only.map { $0.contains(session.automation.name) } ?? true
            }
            var due = DueSessions()
            for var session in free.sorted(by: { $0.header.id.text < $1.header.id.text }).prefix(count) {
                let id = session.header.id
                if take(&session) { due.taken.append(id) } else { due.ended.append(id) }
                state.sessions[id] = session
            }
            return due
        }
    }

    package func queueLength(files: Set<ID>) async throws(StoreError) -> Int {
        kept.withLock { state in
            state.sessions.values.count { session in
                !session.hasEnded && !session.waits && session.holder == nil
                    && state.isServed(session.header.automationID, files)
            }
        }
    }

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
            guard let cancelled = state.sessions[session], !cancelled.hasEnded else { return (.ended, []) }
            guard cancelled.holder == nil else {
                state.sessions[session]?.isToBeCancelled = true
                return (.requested, [session] + state.cancelCalled(by: session, now))
            }
            state.sessions[session]?.cancel(now)
            state.wakeCallers(of: session)
            return (.ended, state.cancelCalled(by: session, now))
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
