import AutoChecker
import CEL
import Synchronization

/// The one place where records change: keeps them in order, commits them, then tells who listens.
final class Recorder: Sendable {
    private struct State {
        var header: SessionHeader
        var steps: [StepRecord]
        var pending: [RecordChange] = []
        var ids = IDMaker()
        /// Records of an earlier run that this one takes over instead of running again, by step, oldest first.
        var replay: [Int: ArraySlice<Int>] = [:]
        var isClosed = false
    }

    private let state: Mutex<State>
    private let store: any Store
    private let clock: any Clock
    private let masker: Masker
    private let listen: @Sendable (RunEvent) -> Void

    init(
        header: SessionHeader, earlier: [StepRecord], store: any Store, clock: any Clock, masker: Masker,
        listen: @escaping @Sendable (RunEvent) -> Void
    ) {
        var state = State(header: header, steps: earlier)
        for (ordinal, record) in earlier.enumerated() {
            state.replay[record.stepIndex, default: []].append(ordinal)
        }
        self.state = Mutex(state)
        self.store = store
        self.clock = clock
        self.masker = masker
        self.listen = listen
    }

    var header: SessionHeader { state.withLock { $0.header } }
    var steps: [StepRecord] { state.withLock { $0.steps } }

    /// Opens a step's next record: a new one, or the one that an earlier run left.
    func open(_ step: Int) -> (ordinal: Int, earlier: StepRecord?) {
        let now = clock.now()
        return state.withLock { state in
            if let ordinal = state.replay[step]?.popFirst() { return (ordinal, state.steps[ordinal]) }
            let record = StepRecord(
                id: state.ids.next(nanoseconds: now), stepIndex: step, status: .new, prompt: nil, result: nil,
                error: nil,
                errorKind: nil, createdAt: now / 1_000_000_000, updatedAt: now / 1_000_000_000)
            state.steps.append(record)
            change(state.steps.count - 1, &state)
            return (state.steps.count - 1, nil)
        }
    }

    func id(_ ordinal: Int) -> ID { state.withLock { $0.steps[ordinal].id } }

    /// The step begins. With `commit`, the record is on disk before this returns, because an effect follows.
    func begin(_ ordinal: Int, prompt: Value, commit: Bool) throws(StoreError) {
        let masked = masker.mask(prompt)
        try update(ordinal, commit: commit) { record in
            record.status = .running
            record.prompt = masked
        }
    }

    /// The step has finished; gives the result as it was recorded.
    func finish(_ ordinal: Int, result: Value) throws(StoreError) -> Value {
        let masked = masker.mask(result)
        try update(ordinal, commit: true) { record in
            record.status = .finished
            record.result = masked
        }
        return masked
    }

    func fail(_ ordinal: Int, _ failure: StepFailure) throws(StoreError) {
        let message = masker.mask(failure.message)
        try update(ordinal, commit: true) { record in
            record.status = .failed
            record.error = message
            record.errorKind = failure.kind
        }
    }

    func masked(_ failure: StepFailure) -> StepFailure {
        StepFailure(
            failure.kind, masker.mask(failure.message), retryable: failure.isRetryable,
            retryAfter: failure.retryAfter)
    }

    private func update(_ ordinal: Int, commit: Bool, _ body: (inout StepRecord) -> Void) throws(StoreError) {
        let now = clock.now() / 1_000_000_000
        try locked { (state) throws(StoreError) in
            guard !state.isClosed else { return }
            body(&state.steps[ordinal])
            state.steps[ordinal].updatedAt = now
            state.header.updatedAt = now
            change(ordinal, &state)
            if commit { try flush(&state) }
        }
    }

    private func change(_ ordinal: Int, _ state: inout State) {
        state.pending.append(.step(session: state.header.id, ordinal: ordinal, state.steps[ordinal]))
    }

    private func flush(_ state: inout State) throws(StoreError) {
        let changes = state.pending
        state.pending.removeAll(keepingCapacity: true)
        try store.commit(changes)
        for change in changes { tell(change) }
    }

    private func tell(_ change: RecordChange) {
        switch change {
        case .session(let header): listen(.session(header))
        case .step(_, let ordinal, let record): listen(.step(ordinal: ordinal, record))
        }
    }

    func text(_ ordinal: Int, _ text: String) { listen(.text(ordinal: ordinal, masker.mask(text))) }

    func retrying(_ step: Int, attempt: Int, delay: Int64, _ failure: StepFailure) {
        listen(.retry(stepIndex: step, attempt: attempt, delay: delay, masked(failure)))
    }

    func setStatus(_ status: Status, error: String? = nil) throws(StoreError) {
        let now = clock.now() / 1_000_000_000
        let masked = error.map(masker.mask)
        try locked { (state) throws(StoreError) in
            guard !state.isClosed else { return }
            state.header.status = status
            state.header.error = masked
            state.header.updatedAt = now
            let ends = status == .finished || status == .failed
            if ends {
                // What was decided but never began, or was running when its sibling failed, ends with the session.
                for ordinal in state.steps.indices
                where state.steps[ordinal].status == .running || state.steps[ordinal].status == .new {
                    state.steps[ordinal].status = .failed
                    state.steps[ordinal].error = "cancelled"
                    state.steps[ordinal].errorKind = "cancelled"
                    state.steps[ordinal].updatedAt = now
                    change(ordinal, &state)
                }
            }
            state.pending.append(.session(state.header))
            try flush(&state)
            if ends { state.isClosed = true }
        }
    }

    /// Nothing is written from here on.
    func close() { state.withLock { $0.isClosed = true } }

    private func locked(_ body: (inout State) throws(StoreError) -> Void) throws(StoreError) {
        let failure = state.withLock { state -> StoreError? in
            do throws(StoreError) {
                try body(&state)
                return nil
            } catch {
                return error
            }
        }
        if let failure { throw failure }
    }
}
