import AutoRuntime
import Synchronization
import Values

/// What a memory store keeps, for all who share it.
final class MemoryState: Sendable {
    struct StartKey: Hashable {
        let automation: ID
        let key: String
    }

    struct Known {
        var automation: StoredAutomation
        /// When each version came, in seconds since 1970.
        var versions: [ID: Int64]
        let createdAt: Int64
        var updatedAt: Int64
        var isDeleted = false
    }

    struct State {
        var sessions: [ID: MemorySession] = [:]
        var automations: [ID: Known] = [:]
        var tokens: [TokenEntry] = []
        var cache: [String: Value] = [:]
        var pages: [String: KeptPage] = [:]
        var startKeys: [StartKey: (inputs: String, session: ID)] = [:]
        var batches: [ID: SessionBatch] = [:]
        /// The batches of sessions, by the sessions' ids.
        var batchOf: [ID: ID] = [:]
        var batchKeys: [StartKey: (body: String, batch: ID)] = [:]
        /// Runs that wait to be interrupted.
        var waiting: [ID: CheckedContinuation<Interruption?, Never>] = [:]

        /// What a key has begun before; nil when it is new.
        func outcome(of key: StartKey, _ inputs: String) -> StartOutcome? {
            startKeys[key].map { $0.inputs == inputs ? .repeated($0.session) : .differs }
        }

        /// The same of a batch's.
        func outcome(of key: StartKey, ofBatch body: String) -> BatchStart? {
            batchKeys[key].map { $0.body == body ? .repeated($0.batch) : .differs }
        }

        /// A version that a session begins in: of a file the newest, of what came by the API the first only.
        ///
        /// - Parameter isCalled: whether it is run for a caller, as that was checked with it: then the automation's own
        ///   version stays what it is.
        mutating func know(_ automation: StoredAutomation, isCalled: Bool = false, _ now: Int64) {
            guard var known = automations[automation.id] else {
                automations[automation.id] = Known(
                    automation: automation, versions: [automation.versionID: now], createdAt: now,
                    updatedAt: now)
                return
            }
            guard known.versions[automation.versionID] == nil else { return }
            known.versions[automation.versionID] = now
            known.updatedAt = now
            if !automation.path.isEmpty, !isCalled { known.automation = automation }
            automations[automation.id] = known
        }

        /// Takes all of the changes, or none.
        mutating func apply(_ changes: [RecordChange], by owner: String) throws(StoreError) {
            var changed: [ID: MemorySession] = [:]
            for own in changes.bySession {
                guard let id = own.first?.session else { continue }
                guard var session = changed[id] ?? sessions[id] else { throw StoreError.gone(id) }
                try session.apply(own, by: owner)
                changed[id] = session
            }
            sessions.merge(changed) { $1 }
        }

        /// How many sessions each has called that have not ended.
        var openCalls: [ID: Int] {
            sessions.values.reduce(into: [:]) { calls, session in
                if let caller = session.header.caller, !session.hasEnded { calls[caller, default: 0] += 1 }
            }
        }

        /// What goes with the end of a session: its caller has to go on, and what it has called is wanted by nobody.
        ///
        /// - Returns: the sessions that are to be cancelled and that somebody runs.
        mutating func tellOfEnd(_ session: ID, _ now: Int64) -> [ID] {
            guard let ended = sessions[session], ended.hasEnded else { return [] }
            if let caller = ended.header.caller { sessions[caller]?.wake() }
            return ended.header.status == .failed ? cancelCalled(by: session, now).held : []
        }

        /// All that have called a session, directly or through others, go on.
        mutating func wakeCallers(of session: ID) {
            for caller in callers(of: session) { sessions[caller]?.wake() }
        }

        /// Those that have called a session, directly or through others, from the inmost.
        func callers(of session: ID) -> [ID] {
            var callers: [ID] = []
            var next = sessions[session]?.header.caller
            while let caller = next {
                callers.append(caller)
                next = sessions[caller]?.header.caller
            }
            return callers
        }

        /// Ends a session that nobody runs: its callers go on, and what it has called ends with it. One that somebody
        /// runs is to be cancelled, with what it has called.
        mutating func cancel(_ session: ID, _ now: Int64) -> CancelledSessions {
            var cancelled = cancelAlone(session, now)
            if !cancelled.ended.isEmpty { wakeCallers(of: session) }
            cancelled.add(cancelCalled(by: session, now))
            return cancelled
        }

        private mutating func cancelAlone(_ session: ID, _ now: Int64) -> CancelledSessions {
            var cancelled = CancelledSessions()
            guard let open = sessions[session], !open.hasEnded else { return cancelled }
            if open.holder == nil {
                sessions[session]?.cancel(now)
                cancelled.ended = [session]
            } else {
                sessions[session]?.isToBeCancelled = true
                cancelled.held = [session]
            }
            return cancelled
        }

        private mutating func cancelCalled(by session: ID, _ now: Int64) -> CancelledSessions {
            var cancelled = CancelledSessions()
            for (id, called) in sessions where called.header.caller == session && !called.hasEnded {
                cancelled.add(cancelAlone(id, now))
                cancelled.add(cancelCalled(by: id, now))
            }
            return cancelled
        }

        /// The automations that came by the API, or from one of these files: whether each is deleted.
        func served(_ files: Set<ID>) -> [ID: Bool] {
            automations.filter { isServed($0.key, files) }.mapValues(\.isDeleted)
        }

        /// Whether sessions of an automation are run: one that came by the API, or one of these files.
        func isServed(_ automation: ID, _ files: Set<ID>) -> Bool {
            files.contains(automation) || automations[automation]?.automation.path.isEmpty == true
        }
    }

    private let state = Mutex(State())

    func withLock<Result>(_ body: (inout State) -> sending Result) -> sending Result { state.withLock(body) }
}

/// A session, its records, and who holds it.
struct MemorySession {
    var header: SessionHeader
    var automation: StoredAutomation
    /// The step records by their place in the session's list.
    var steps: [Int: StepRecord] = [:]
    var holder: String?
    /// Whether its holder has taken it, and not begun it: then somebody there runs it, or is about to.
    var isTaken = false
    /// Whether it waits for a person, and until when, in seconds since 1970.
    var waits = false
    var wakeAt: Int64?
    /// Whether an answer has come while somebody held it.
    var isAnswered = false
    var isToBeCancelled = false
    /// Whether it was under way when its automation was deleted.
    var outlives = false
    var changes: Int64 = 0
    var answerKeys: [String: String] = [:]
    var trace: [TraceEvent] = []

    init(header: SessionHeader, automation: StoredAutomation, taking: TakenOver, holder: String?) {
        self.header = header
        self.automation = automation
        self.holder = holder
        for (ordinal, record) in taking.steps.enumerated() { steps[ordinal] = record }
        trace = taking.trace
    }

    /// Whether it asks a person. One that has called others waits with them: then it asks only where more of its
    /// steps wait than sessions are open that it has called.
    ///
    /// - Parameter openCalls: of the store.
    func asks(_ openCalls: [ID: Int]) -> Bool {
        guard header.status == .running, waits else { return false }
        guard let calls = openCalls[header.id] else { return true }
        return steps.values.count { $0.status == .running } > calls
    }

    var hasEnded: Bool { header.status == .finished || header.status == .failed }

    var record: SessionRecord {
        SessionRecord(
            header: header, steps: steps.sorted { $0.key < $1.key }.map(\.value),
            stepInfos: automation.stepInfos)
    }

    /// Whether a text is found in what `SessionQuery.text` names.
    func holds(_ text: String) -> Bool {
        let inputs = KeptJSON.text(header.inputs).prefix(SessionQuery.searchedInputs)
        let wanted = asciiLowercased(text)
        return [automation.name, header.id.text, header.error ?? "", String(inputs)].contains { place in
            asciiLowercased(place).contains(wanted)
        }
    }

    /// - Parameter changes: of this session.
    mutating func apply(_ changes: ArraySlice<RecordChange>, by owner: String) throws(StoreError) {
        guard holder == nil || holder == owner else { throw StoreError.takenOver(header.id) }
        for change in changes {
            switch change {
            case .session(let new):
                header.status = new.status
                header.error = new.error
                header.updatedAt = new.updatedAt
                holder = hasEnded ? nil : owner
            case .step(_, let ordinal, let record): try put(record, ordinal)
            case .trace(_, let event): tell(event)
            }
        }
        self.changes += 1
    }

    /// Takes an event into the trace; a cancellation only where nobody has cancelled the session before.
    mutating func tell(_ event: TraceEvent) {
        if event.isCancellation, trace.contains(where: \.isCancellation) { return }
        trace.append(event)
    }

    private mutating func put(_ record: StepRecord, _ ordinal: Int) throws(StoreError) {
        if let before = steps[ordinal], before.status == .finished || before.status == .failed {
            let isSame = before.result.map(KeptJSON.text) == record.result.map(KeptJSON.text)
            if record.contradicts(before.status, hasSameResult: isSame) {
                guard before.status == .finished, let answer = before.result else {
                    throw StoreError.failedMeanwhile(header.id)
                }
                throw StoreError.answered(with: answer, in: header.id)
            }
            return
        }
        steps[ordinal] = record
    }

    func outcome(of key: AnswerKey) -> AnswerOutcome? {
        answerKeys[key.key].map { $0 == key.body ? .repeated : .differs }
    }

    /// False when the step record does not wait.
    mutating func answer(_ step: ID, _ answer: Value, _ now: Int64) -> Bool {
        guard header.status == .running,
            let (ordinal, record) = steps.first(where: { $0.value.id == step }), record.status == .running
        else { return false }
        steps[ordinal]?.status = .finished
        steps[ordinal]?.result = answer
        steps[ordinal]?.updatedAt = now
        header.updatedAt = now
        (waits, wakeAt, isAnswered) = (false, nil, holder != nil)
        changes += 1
        return true
    }

    /// It has to go on; one that runs looks at its calls once more before it waits.
    mutating func wake() {
        guard !hasEnded else { return }
        (waits, wakeAt, isAnswered) = (false, nil, holder != nil)
    }

    /// Ends a session that nobody runs; its open steps are cancelled.
    mutating func cancel(_ now: Int64) {
        for ordinal in steps.keys { steps[ordinal]?.cancel(now) }
        header.status = .failed
        header.error = StepFailure.cancelled.message
        header.updatedAt = now
        (holder, waits, wakeAt) = (nil, false, nil)
        changes += 1
    }

    mutating func upgrade(to version: StoredAutomation, _ indices: [Int: Int]) {
        automation = version
        for (ordinal, record) in steps {
            guard let index = indices[record.stepIndex] else { continue }
            var moved = StepRecord(
                id: record.id, stepIndex: index, status: record.status, prompt: record.prompt,
                result: record.result, error: record.error, errorKind: record.errorKind,
                createdAt: record.createdAt, updatedAt: record.updatedAt)
            moved.idempotencyKey = record.idempotencyKey
            steps[ordinal] = moved
        }
    }
}

extension StoredAutomation {
    /// The same version with what the checker made of it, where it had only the text.
    func with(_ compiled: [UInt8]) -> StoredAutomation {
        guard self.compiled.isEmpty else { return self }
        return StoredAutomation(
            id: id, name: name, path: path, text: text, stepInfos: stepInfos, compiled: compiled,
            versionID: versionID)
    }
}

extension SessionRecord {
    /// The same without results, and with the prompts of what runs only.
    var withoutValues: SessionRecord {
        var bare = self
        for (index, step) in steps.enumerated() {
            bare.steps[index].result = nil
            if step.status != .running { bare.steps[index].prompt = nil }
        }
        return bare
    }
}

private func asciiLowercased(_ text: String) -> [UInt8] {
    text.utf8.map { (0x41...0x5A).contains($0) ? $0 + 0x20 : $0 }
}
