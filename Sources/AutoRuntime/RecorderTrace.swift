import Synchronization

/// What is told while a step works, and the trace beside its record.
extension Recorder {
    /// A piece of a model's text; what may be the beginning of a secret is shown when the next piece tells.
    func text(_ ordinal: Int, _ piece: String) {
        let shown = state.withLock { state in
            var stream = state.streams[ordinal] ?? state.masker.stream
            defer { state.streams[ordinal] = stream }
            return stream.take(piece)
        }
        if !shown.isEmpty { listen(.text(ordinal: ordinal, shown)) }
    }

    /// What of a model's text is still held back.
    func endText(_ ordinal: Int) {
        let rest = state.withLock { state in
            var stream = state.streams.removeValue(forKey: ordinal)
            return stream?.end() ?? ""
        }
        if !rest.isEmpty { listen(.text(ordinal: ordinal, rest)) }
    }

    /// Takes something that has happened into the trace, masked; it is written with the next change of a record.
    ///
    /// - Parameters:
    ///   - ordinal: the place of the step record that it belongs to; nil where it is of the whole session.
    ///   - attempt: which try of the step it belongs to, from 1; nil where it belongs to none.
    func trace(_ happening: TraceEvent.Happening, of ordinal: Int?, attempt: Int?) {
        let event = event(happening)
        state.withLock { event(ordinal, attempt, &$0) }
    }

    /// The same, on disk when this returns, since what follows must not happen without it. Another branch that writes at the
    /// same moment takes it from nobody.
    ///
    /// - Throws: why it cannot be written, which stays: the next change meets it too.
    func write(_ happening: TraceEvent.Happening, of ordinal: Int, attempt: Int? = nil)
        async throws(StoreError)
    {
        let event = event(happening)
        try await locked { (state) throws(StoreError) -> Bool in
            event(ordinal, attempt, &state)
            if !state.isClosed { try flush(&state) }
            return true
        }
        try await confirm()
    }

    /// Makes sure that the session is still this process's before something is done outside that no writing comes before.
    ///
    /// - Returns: until when no other process can take it; nil where none ever can.
    /// - Throws: why it is not, or cannot be known, which stays: the next change meets it too.
    @discardableResult
    func confirm() async throws(StoreError) -> ContinuousClock.Instant? {
        // A run that has lost its session writes nothing, and hears of no error from that.
        if state.withLock({ $0.isClosed }) { throw StoreError.takenOver(header.id) }
        do throws(StoreError) { return try await store.confirm(header.id) } catch {
            state.withLock { $0.fails(error) }
            throw error
        }
    }

    /// What puts an event, masked, to what is pending.
    private func event(_ happening: TraceEvent.Happening) -> (Int?, Int?, inout State) -> Void {
        let now = clock.now()
        let masker = masker
        let masked = happening.masked { masker.mask(cut: $0) }
        return { ordinal, attempt, state in
            guard !state.isClosed else { return }
            let event = TraceEvent(
                at: now, record: ordinal.map { state.steps[$0].id }, attempt: attempt, masked)
            state.pending.append(.trace(session: state.header.id, event))
        }
    }

    /// Another process has said in the trace that it wants the session cancelled.
    func isToldToCancel() { state.withLock { $0.isToldToCancel = true } }

    /// The session is cancelled by this process, unless another one has said so before.
    func cancelled(by canceller: String) {
        guard !state.withLock({ $0.isToldToCancel }) else { return }
        trace(.session(.cancelled(by: canceller)), of: nil, attempt: nil)
    }
}
