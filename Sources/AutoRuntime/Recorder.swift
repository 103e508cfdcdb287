import AutoChecker
import AutoSyntax
import CEL
import StepKinds
import Synchronization
import Values

/// The one place where records change: keeps them in order, commits them, then tells who listens.
final class Recorder: Sendable {
    struct State: ~Copyable {
        var header: SessionHeader
        var steps: [StepRecord]
        var pending: [RecordChange] = []
        /// How sessions ended that were called, which is written with the next change.
        var endings: [Written] = []
        /// Of what was handed over and not waited for; whoever waits next waits for it too.
        var unawaited: [Receipt] = []
        /// Why something could not be written that was waited for. Nothing that follows is written then, so that what stops
        /// because of it, such as the other elements of a step, does not stand in the records as cancelled.
        private(set) var failure: StoreError?

        /// How many steps without effects have ended whose records are pending.
        var behind = 0
        /// The most of them: enough that one wait for the disk serves several steps, few enough that a reader of the
        /// records is hardly behind.
        static let mostBehind = 4
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

        /// A question that has been answered meanwhile is no failure of the store's.
        mutating func fails(_ error: StoreError) {
            if error.answer == nil { failure = failure ?? error }
        }
    }

    /// Changes that are written together, and who is told of them then.
    struct Written {
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

    let state: Mutex<State>
    let store: any Store
    let clock: any Clock
    let listen: @Sendable (RunEvent) -> Void

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

    /// The step begins, which is told with the next change: what happens between them is only computed.
    ///
    /// - Parameter prompt: masked.
    func begin(_ ordinal: Int, prompt: Value) {
        state.withLock { state in
            guard !state.isClosed else { return }
            alter(ordinal, &state) { $0.begin(prompt) }
        }
    }

    /// The step begins. Its record is on disk before this returns, and the session certainly this process's, because an
    /// effect follows.
    ///
    /// - Parameter prompt: masked.
    func beginOnDisk(_ ordinal: Int, prompt: Value) async throws(StoreError) {
        try await update(ordinal, .withOthers) { $0.begin(prompt) }
        try await confirm()
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
        /// With the next one that is, or with the fourth of its kind: for a step without effects, which a crash only has
        /// computed once more. All of them stand in one transaction with what is waited for.
        case behind
        /// Now, with all that is pending.
        case withOthers
        /// Now, but behind what is pending and apart from it, which therefore is not lost if the store
        /// refuses this one.
        case alone
    }

    private func update(_ ordinal: Int, _ commit: Commit, _ body: (inout StepRecord) -> Void)
        async throws(StoreError)
    {
        try await locked { (state) throws(StoreError) -> Bool in
            guard !state.isClosed else { return false }
            if commit == .alone { try flush(&state) }
            alter(ordinal, &state, body)
            switch commit {
            case .later: return false
            case .behind:
                state.behind += 1
                guard state.behind >= State.mostBehind else { return false }
            case .withOthers, .alone: break
            }
            try flush(&state)
            return true
        }
    }

    private func alter(_ ordinal: Int, _ state: inout State, _ body: (inout StepRecord) -> Void) {
        let now = clock.now() / 1_000_000_000
        body(&state.steps[ordinal])
        state.steps[ordinal].updatedAt = now
        state.header.updatedAt = now
        change(ordinal, &state)
    }

    private func change(_ ordinal: Int, _ state: inout State) {
        state.pending.append(.step(session: state.header.id, ordinal: ordinal, state.steps[ordinal]))
    }

    /// Hands over what is pending, within the lock, so that changes are written in their order.
    ///
    /// - Throws: why something before it could not be written: then nothing that follows is, so that no record is missing
    ///   between others.
    func flush(_ state: inout State) throws(StoreError) {
        guard !state.pending.isEmpty || !state.endings.isEmpty else { return }
        if let failure = state.failure { throw failure }
        for case .failure(let error)? in state.unawaited.map(\.outcome) { throw error }
        state.behind = 0
        let written = state.endings + [Written(changes: state.pending, listen: listen)]
        state.endings = []
        state.pending.removeAll(keepingCapacity: true)
        let receipt = try store.submit(written.flatMap(\.changes)) { for one in written { one.tell() } }
        if let receipt { state.unawaited.append(receipt) }
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
        var ending: (changes: Written, unawaited: [Receipt])?
        try await locked { (state) throws(StoreError) -> Bool in
            guard !state.isClosed else { return false }
            state.header.status = status
            state.header.error = masked
            state.header.updatedAt = now
            for ordinal in state.steps.indices where state.steps[ordinal].cancel(now) {
                change(ordinal, &state)
            }
            state.pending.append(.session(state.header))
            state.isClosed = true
            guard caller != nil else {
                try flush(&state)
                return true
            }
            ending = (Written(changes: state.pending, listen: listen), state.unawaited)
            (state.pending, state.unawaited) = ([], [])
            return false
        }
        guard let caller, let ending else { return }
        caller.state.withLock { state in
            state.endings.append(ending.changes)
            state.unawaited += ending.unawaited
        }
    }

    /// Writes what is pending still.
    func settle() async throws(StoreError) {
        try await locked { (state) throws(StoreError) -> Bool in
            if !state.isClosed { try flush(&state) }
            return true
        }
    }

    /// Hands over what is pending, and does not wait for it to be written. Where the store takes nothing, all of it stays
    /// pending, and the next change meets the store's error.
    func handOver() {
        state.withLock { state in
            guard !state.isClosed else { return }
            let (pending, endings) = (state.pending, state.endings)
            do throws(StoreError) { try flush(&state) } catch {
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

    /// Changes the state, and waits until all that was handed over is written, where the body says so.
    func locked(_ body: (inout State) throws(StoreError) -> Bool) async throws(StoreError) {
        let outcome = state.withLock { state -> Result<[Receipt], StoreError> in
            do throws(StoreError) {
                guard try body(&state) else { return .success([]) }
                defer { state.unawaited.removeAll(keepingCapacity: true) }
                return .success(state.unawaited)
            } catch {
                state.fails(error)
                return .failure(error)
            }
        }
        for receipt in try outcome.get() {
            do throws(StoreError) { try await receipt.written() } catch {
                state.withLock { $0.fails(error) }
                throw error
            }
        }
    }
}
