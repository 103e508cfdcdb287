import AutoChecker
import AutoSyntax
import CEL
import StepKinds
import Synchronization
import Values

/// The one place where records change: keeps them in order, commits them, then tells who listens.
final class Recorder: Sendable {
    private struct State {
        var header: SessionHeader
        var steps: [StepRecord]
        var pending: [RecordChange] = []
        /// How sessions ended that were called, which is written with the next change.
        var endings: [Written] = []
        /// Of what was handed over and not waited for; whoever waits next waits for it too.
        var unawaited: [Receipt] = []
        var ids = IDMaker()
        /// Records of an earlier run that this one takes over instead of running again, by step, oldest
        /// first.
        var replay: [Int: ArraySlice<Int>] = [:]
        var isClosed = false
        /// Of the sessions that are called just now and run within this one.
        var inside: [ID: Recorder] = [:]
        /// Whether another process wants the session cancelled, which then stands in the trace already.
        var isToldToCancel = false
        /// Hides the session's secrets, and what steps have made of them for their requests.
        var masker: Masker
        /// Models' texts that come in pieces, by their record.
        var streams: [Int: StreamMasker] = [:]
        /// When the first of the waiting steps' timeouts runs out, in nanoseconds since 1970.
        var deadline: Int64?
    }

    /// Changes that are written together, and who is told of them then.
    private struct Written {
        let changes: [RecordChange]
        let listen: @Sendable (RunEvent) -> Void

        func tell() {
            for change in changes {
                switch change {
                case .session(let header): listen(.session(header))
                case .step(_, let ordinal, let record): listen(.step(ordinal: ordinal, record))
                case .trace(_, let event): listen(.trace(event))
                }
            }
        }
    }

    private let state: Mutex<State>
    private let store: any Store
    private let clock: any Clock
    private let listen: @Sendable (RunEvent) -> Void

    init(
        header: SessionHeader, earlier: [StepRecord], store: any Store, clock: any Clock, masker: Masker,
        listen: @escaping @Sendable (RunEvent) -> Void
    ) {
        var state = State(header: header, steps: earlier, masker: masker)
        for (ordinal, record) in earlier.enumerated() {
            state.replay[record.stepIndex, default: []].append(ordinal)
        }
        self.state = Mutex(state)
        self.store = store
        self.clock = clock
        self.listen = listen
    }

    /// Hides everything that has been a secret of the session until now.
    var masker: Masker { state.withLock { $0.masker } }

    var header: SessionHeader { state.withLock { $0.header } }
    var steps: [StepRecord] { state.withLock { $0.steps } }

    /// Opens a step's next record: a new one, or the one that an earlier run left.
    ///
    /// - Parameter element: which element of `each` the record is of; nil for a step without `each`.
    func open(_ step: Int, of element: Element? = nil) -> OpenRecord {
        let now = clock.now()
        let opened = state.withLock { state in
            if let ordinal = state.replay[step]?.popFirst() {
                return OpenRecord(ordinal: ordinal, earlier: state.steps[ordinal], element: element)
            }
            let record = StepRecord(
                id: state.ids.next(nanoseconds: now), stepIndex: step, status: .new, prompt: nil, result: nil,
                error: nil,
                errorKind: nil, createdAt: now / 1_000_000_000, updatedAt: now / 1_000_000_000)
            state.steps.append(record)
            change(state.steps.count - 1, &state)
            return OpenRecord(ordinal: state.steps.count - 1, earlier: nil, element: element)
        }
        if let element { listen(.element(ordinal: opened.ordinal, element)) }
        return opened
    }

    func waits(until deadline: Int64) {
        state.withLock { $0.deadline = min($0.deadline ?? deadline, deadline) }
    }

    var deadline: Int64? { state.withLock { $0.deadline } }

    func id(_ ordinal: Int) -> ID { state.withLock { $0.steps[ordinal].id } }

    /// By which a server tells a second try of the same step.
    func idempotencyKey(_ ordinal: Int) -> ID {
        state.withLock { $0.steps[ordinal].idempotencyKey ?? $0.steps[ordinal].id }
    }

    /// What a step makes of secrets on their way out is hidden from now on like the secrets themselves.
    func hide(credentialsIn fields: MapValue, _ marks: [String: Marks]) {
        let names = marks.mapValues(\.secrets).filter { !$0.value.isEmpty }
        guard !names.isEmpty else { return }
        state.withLock { $0.masker = $0.masker.adding(credentialsOf: fields, madeFrom: names) }
    }

    func masked(_ text: String) -> String { masker.mask(text) }

    /// The step begins. With `commit`, the record is on disk before this returns, because an effect follows.
    ///
    /// - Parameter prompt: masked.
    func begin(_ ordinal: Int, prompt: Value, commit: Bool) async throws(StoreError) {
        try await update(ordinal, commit ? .withOthers : .later) { record in
            record.status = .running
            record.prompt = prompt
        }
    }

    /// The step has finished.
    ///
    /// - Parameter result: masked; the value that flows on stays as it is.
    func finish(_ ordinal: Int, result: Value, commit: Commit = .withOthers) async throws(StoreError) {
        endText(ordinal)
        try await update(ordinal, commit) { record in
            record.status = .finished
            record.result = result
        }
    }

    /// Ends a question that nobody has answered in time: with its default, else as failed.
    ///
    /// - Returns: an answer that the store had before, which stays; nil when the question has ended as it is
    ///   said here.
    func endQuestion(_ ordinal: Int, _ given: Value?, _ failure: StepFailure) async throws(StoreError)
        -> Value?
    {
        let before = state.withLock { $0.steps[ordinal] }
        do throws(StoreError) {
            if let given {
                try await finish(ordinal, result: masker.mask(given), commit: .alone)
            } else {
                try await fail(ordinal, failure, commit: .alone)
            }
            return nil
        } catch {
            guard let answer = error.answer else { throw error }
            state.withLock { $0.steps[ordinal] = before }
            adopt(answer, ordinal)
            return answer
        }
    }

    /// Takes over what somebody else has recorded: a person's answer.
    func adopt(_ result: Value, _ ordinal: Int) {
        let now = clock.now() / 1_000_000_000
        state.withLock { state in
            state.steps[ordinal].status = .finished
            state.steps[ordinal].result = result
            state.steps[ordinal].updatedAt = now
        }
    }

    func fail(_ ordinal: Int, _ failure: StepFailure, commit: Commit = .withOthers) async throws(StoreError) {
        endText(ordinal)
        let message = masker.mask(failure).message
        try await update(ordinal, commit) { record in
            record.status = .failed
            record.error = message
            record.errorKind = failure.kind.word
        }
    }

    func masked(_ failure: StepFailure) -> StepFailure {
        masker.mask(failure)
    }

    /// When a change is handed over to the store.
    enum Commit {
        /// With the next one that is.
        case later
        /// Now, with all that is pending.
        case withOthers
        /// Now, but behind what is pending and apart from it, which therefore is not lost if the store
        /// refuses this one.
        case alone
    }

    private func update(_ ordinal: Int, _ commit: Commit, _ body: (inout StepRecord) -> Void)
        async throws(StoreError)
    {
        let now = clock.now() / 1_000_000_000
        try await locked { (state) throws(StoreError) -> [Receipt?] in
            guard !state.isClosed else { return [] }
            let before = commit == .alone ? try flush(&state) : nil
            body(&state.steps[ordinal])
            state.steps[ordinal].updatedAt = now
            state.header.updatedAt = now
            change(ordinal, &state)
            return [before, commit == .later ? nil : try flush(&state)]
        }
    }

    private func change(_ ordinal: Int, _ state: inout State) {
        state.pending.append(.step(session: state.header.id, ordinal: ordinal, state.steps[ordinal]))
    }

    /// Hands over what is pending, within the lock, so that changes are written in their order.
    private func flush(_ state: inout State) throws(StoreError) -> Receipt? {
        guard !state.pending.isEmpty || !state.endings.isEmpty else { return nil }
        let written = state.endings + [Written(changes: state.pending, listen: listen)]
        state.endings = []
        state.pending.removeAll(keepingCapacity: true)
        return try store.submit(written.flatMap(\.changes)) { for one in written { one.tell() } }
    }

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
    private func endText(_ ordinal: Int) {
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
        let now = clock.now()
        let masker = masker
        let masked = happening.masked { masker.mask(cut: $0) }
        state.withLock { state in
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

    func retrying(_ ordinal: Int, attempt: Int, delay: Int64, _ failure: StepFailure) {
        listen(.retry(ordinal: ordinal, attempt: attempt, delay: delay, masked(failure)))
    }

    /// The session runs; on disk with the first step, since nothing happens before that.
    func start() {
        let now = clock.now() / 1_000_000_000
        state.withLock { state in
            state.header.status = .running
            state.header.updatedAt = now
            state.pending.append(.session(state.header))
        }
    }

    /// The session ends, and with it what was decided but never began, or was running when its sibling
    /// failed.
    ///
    /// - Parameter caller: of a session that runs within another one's, the recorder that writes the end
    ///   together with its own next change, both or neither: one wait for the disk serves them. Nil where
    ///   this writes it.
    func end(
        _ status: Status, error: String? = nil, writtenBy caller: Recorder? = nil
    ) async throws(StoreError) {
        let now = clock.now() / 1_000_000_000
        let masked = error.map(masker.mask(cut:))
        var ending: Written?
        try await locked { (state) throws(StoreError) -> [Receipt?] in
            guard !state.isClosed else { return [] }
            state.header.status = status
            state.header.error = masked
            state.header.updatedAt = now
            for ordinal in state.steps.indices
            where state.steps[ordinal].status == .running || state.steps[ordinal].status == .new {
                state.steps[ordinal].status = .failed
                state.steps[ordinal].error = "cancelled"
                state.steps[ordinal].errorKind = FailureKind.cancelled.word
                state.steps[ordinal].updatedAt = now
                change(ordinal, &state)
            }
            state.pending.append(.session(state.header))
            state.isClosed = true
            guard caller != nil else { return [try flush(&state)] }
            ending = Written(changes: state.pending, listen: listen)
            state.pending = []
            return []
        }
        if let caller, let ending { caller.state.withLock { $0.endings.append(ending) } }
    }

    /// Writes what is pending still.
    func settle() async throws(StoreError) {
        try await locked { (state) throws(StoreError) -> [Receipt?] in
            state.isClosed ? [] : [try flush(&state)]
        }
    }

    /// Hands over what is pending, and does not wait for it to be written. Where the store takes nothing, all of it stays
    /// pending, and the next change meets the store's error.
    func handOver() {
        state.withLock { state in
            guard !state.isClosed else { return }
            let (pending, endings) = (state.pending, state.endings)
            do throws(StoreError) {
                if let receipt = try flush(&state) { state.unawaited.append(receipt) }
            } catch {
                (state.pending, state.endings) = (pending, endings)
            }
        }
    }

    /// Nothing is written from here on, nor of the sessions that are called.
    func close() {
        let inside = state.withLock { state in
            state.isClosed = true
            return state.inside.values
        }
        for recorder in inside { recorder.close() }
    }

    /// A called session runs within this one while the body runs.
    func holding<Result>(_ recorder: Recorder, _ body: () async throws(StoreError) -> Result)
        async throws(StoreError) -> Result
    {
        let id = recorder.header.id
        let isClosed = state.withLock { state in
            state.inside[id] = recorder
            return state.isClosed
        }
        if isClosed { recorder.close() }
        defer { state.withLock { $0.inside[id] = nil } }
        return try await body()
    }

    /// Changes the state, and waits for what that handed over to be written.
    private func locked(_ body: (inout State) throws(StoreError) -> [Receipt?]) async throws(StoreError) {
        let outcome = state.withLock { state -> Result<[Receipt], StoreError> in
            do throws(StoreError) {
                let receipts = try body(&state).compactMap(\.self)
                guard !receipts.isEmpty else { return .success([]) }
                defer { state.unawaited = [] }
                return .success(state.unawaited + receipts)
            } catch {
                return .failure(error)
            }
        }
        for receipt in try outcome.get() { try await receipt.written() }
    }
}
