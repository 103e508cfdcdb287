package import Values

/// What happened: sessions, the records of their steps, and what belongs to them.
///
/// What has ended stays as it ended: neither a step record that is FINISHED or FAILED nor its result changes
/// again.
package protocol Journal: Sendable {
    /// Records a new session, which begins with what `taking` has of another, in one commit.
    ///
    /// - Parameters:
    ///   - held: whether this process runs it; else whoever claims it does.
    ///   - key: an Idempotency-Key; nil for none.
    /// - Throws: when the store cannot be read or written to; then nothing is recorded.
    func start(
        _ session: SessionHeader, of automation: StoredAutomation, taking: TakenOver, held: Bool,
        key: String?
    ) async throws(StoreError) -> StartOutcome
    /// What a key has begun of an automation before: `repeated` or `differs`; nil when it is new.
    ///
    /// - Parameter inputs: as the session's header would hold them.
    /// - Throws: when the store cannot be read.
    func outcome(of key: String, starting inputs: Value, of automation: ID)
        async throws(StoreError) -> StartOutcome?
    /// The same of a key of a batch.
    ///
    /// - Throws: when the store cannot be read.
    func outcome(of key: AnswerKey, startingBatchOf automation: ID) async throws(StoreError) -> BatchStart?
    /// Records a batch, and its sessions, which whoever takes them runs, in one commit.
    ///
    /// - Parameter key: an Idempotency-Key; nil for none.
    /// - Throws: when the store cannot be read or written to; then nothing is recorded.
    func begin(
        _ batch: SessionBatch, _ sessions: [SessionHeader], of automation: StoredAutomation, key: AnswerKey?
    ) async throws(StoreError) -> BatchStart
    /// Newest first, each with how its sessions stand.
    ///
    /// - Throws: when the store cannot be read, or a status in it is unknown.
    func batches(_ query: BatchQuery) async throws(StoreError) -> [BatchStanding]
    /// Sees to it that no session of a batch begins any more, ends those that nobody runs, and asks the processes that run
    /// the others to stop; with those that they have called.
    ///
    /// - Parameter now: seconds since 1970.
    /// - Throws: when the store cannot be read or written to.
    func cancel(batch: ID, now: Int64) async throws(StoreError) -> CancelledSessions
    /// Hands changes over for writing, behind all that were handed over before, and does not wait for the
    /// disk. They are of one session, or of several that call one another, each one's together: all of them
    /// are written, or none. `onDisk` is called once they are there, in the order of the handing over.
    ///
    /// - Returns: a receipt to wait for; nil when they are written already.
    /// - Throws: when nothing can be handed over, as to a store that is only looked at. A store that writes at once
    ///   says here what the receipt of another one would: that the session is gone, held by another process, or
    ///   answered otherwise meanwhile.
    func submit(_ changes: [RecordChange], onDisk: @escaping @Sendable () -> Void) throws(StoreError)
        -> Receipt?
    /// Where a run waits for its commits without a change of threads; nil where that makes no difference.
    ///
    /// It is for the only run of a process: many runs go on faster on the threads that all tasks share.
    var executor: (any TaskExecutor)? { get }
    /// What happened in a session besides its records, in the order in which it happened, all behind the first
    /// `after`; nothing for a session that is not there.
    ///
    /// - Throws: when the store cannot be read, or an event in it is damaged.
    func trace(of session: ID, after: Int, limit: Int) async throws(StoreError) -> [TraceEvent]
    /// Adds to the trace what is done with a session from outside of its run; to that of one that has ended,
    /// nothing.
    ///
    /// - Parameter now: nanoseconds since 1970.
    /// - Throws: when the store cannot be read or written to.
    func note(_ turn: SessionTurn, in session: ID, now: Int64) async throws(StoreError)
    /// With an automation, only a session of it, and of a deleted one only what was under way then.
    ///
    /// - Parameter withValues: false for step records without their results, and without the prompts of those
    ///   that do not run: that may be megabytes, which are not read.
    /// - Throws: when the store cannot be read, or a record of the session is damaged.
    func session(_ id: ID, of automation: ID?, withValues: Bool) async throws(StoreError) -> StoredSession?
    /// Keeps what the checker makes of a version that was stored by its text alone; of any other nothing is
    /// changed.
    ///
    /// - Throws: when the store cannot be read or written to.
    func keep(_ compiled: [UInt8], of version: ID) async throws(StoreError)
    /// The ids of sessions that begin so, the newest first; at most 20. The text is in lower case.
    ///
    /// - Throws: when the store cannot be read, or an id in it is damaged.
    func ids(beginning text: String) async throws(StoreError) -> [ID]
    /// The ids of sessions that end in one of these texts, which are all equally long and in lower case, the
    /// newest first.
    ///
    /// - Throws: when the store cannot be read, or an id in it is damaged.
    func ids(endingIn endings: Set<String>) async throws(StoreError) -> [ID]
    /// Newest first.
    ///
    /// - Throws: when the store cannot be read, or a record of one of the sessions is damaged.
    func sessions(_ query: SessionQuery) async throws(StoreError) -> [SessionRecord]
    /// The same without their steps, which are not read; without their inputs, too, unless those are asked
    /// for.
    ///
    /// - Throws: when the store cannot be read, or one of the sessions is damaged.
    func outlines(_ query: SessionQuery, withInputs: Bool) async throws(StoreError) -> [SessionOutline]
    /// Records what a person answered to the step record `step`, once for each `key`, and lets the session go
    /// on.
    ///
    /// - Parameters:
    ///   - step: the id of the step record that waits; no other one is ever answered.
    ///   - now: seconds since 1970.
    /// - Throws: when the store cannot be read or written to.
    func answer(_ session: ID, step: ID, with answer: Value, key: AnswerKey?, now: Int64)
        async throws(StoreError) -> AnswerOutcome
    /// What a key has done in a session before: `repeated` or `differs`; nil when it is new.
    ///
    /// - Throws: when the store cannot be read.
    func outcome(of key: AnswerKey, in session: ID) async throws(StoreError) -> AnswerOutcome?
    /// A count for each of these sessions and automations, which differs whenever another process has written
    /// it, or one of the automation's newest sessions, since; without those that are not there. It is asked
    /// several times a second, so a store answers from memory as long as nobody else has written.
    ///
    /// - Throws: when the store cannot be read.
    func changes(of watched: [ID]) async throws(StoreError) -> [ID: Int64]
    /// A count that differs whenever another process has written to the store since; it costs next to nothing.
    ///
    /// - Throws: when the store cannot be read.
    func othersChanges() async throws(StoreError) -> Int64
    /// How many sessions stand where, and what the store takes.
    ///
    /// - Throws: when the store cannot be read, or a status in it is unknown.
    func counts() async throws(StoreError) -> SessionCounts
    /// What a step with `cache: true` gave before, by its key.
    ///
    /// - Throws: when the store cannot be read.
    func cached(_ key: String) async throws(StoreError) -> Value?
    /// Keeps what a step with `cache: true` gave, in place of what was kept by this key before.
    ///
    /// - Throws: when the store cannot be read or written to.
    func cache(_ value: Value, for key: String) async throws(StoreError)
    /// The page that a WEB_SCRAPE step with `cache: true` read, by its key.
    ///
    /// - Throws: when the store cannot be read, or the page's headers are damaged.
    func keptPage(_ key: String) async throws(StoreError) -> KeptPage?
    /// Keeps a page in place of the one of before; where it is nil, that one is no longer kept.
    ///
    /// - Throws: when the store cannot be read or written to.
    func keep(_ page: KeptPage?, for key: String) async throws(StoreError)
    /// Moves a session over to another version of its automation.
    ///
    /// - Parameter indices: for each step that has a record, its index in the old version and in the new one.
    /// - Throws: when the store cannot be read or written to.
    func upgrade(_ session: ID, to automation: StoredAutomation, indices: [Int: Int]) async throws(StoreError)
    /// What `prune` would delete of the sessions last changed before a time in seconds since 1970: a row for each
    /// automation and status, by the automation's name.
    ///
    /// - Throws: when the store cannot be read, or a status in it is unknown.
    func prunable(before: Int64) async throws(StoreError) -> [PrunableSessions]
    /// Deletes ended sessions last changed before a time in seconds since 1970, versions that no session
    /// has any more, and pages that nobody has asked for since. What a session has called stays until that has ended.
    ///
    /// - Returns: how many sessions.
    /// - Throws: when the store cannot be read or written to; then nothing is deleted.
    func prune(before: Int64) async throws(StoreError) -> Int
    /// Gives the space of what was deleted back to the system, unless others use the store: they would have to
    /// wait all the while.
    ///
    /// - Throws: when the disk has no room for what the shrinking needs, or fails; nothing recorded is lost
    ///   by that.
    func shrink() async throws(StoreError) -> ShrinkOutcome
    /// Reads everything, and says what is damaged.
    ///
    /// - Throws: when the store cannot be read at all; what is damaged in one that can be read is told in
    ///   the report.
    func examine() async throws(StoreError) -> StoreReport
    /// Copies the store as it is at one moment, while others use it, to a new one.
    ///
    /// - Parameter place: what opens the copy afterwards, as `openStore` takes it.
    /// - Throws: when the store cannot be read, the copy cannot be written, or the store is in memory, of
    ///   which there is no copy.
    func copy(to place: String) async throws(StoreError)
}

extension Journal {
    /// Records a new session that begins with nothing.
    package func begin(_ session: SessionHeader, of automation: StoredAutomation, held: Bool)
        async throws(StoreError)
    {
        _ = try await start(session, of: automation, taking: TakenOver(), held: held, key: nil)
    }

    /// The session with all that its records hold.
    package func session(_ id: ID, of automation: ID?) async throws(StoreError) -> StoredSession? {
        try await session(id, of: automation, withValues: true)
    }

    /// The whole trace of a session.
    package func trace(of session: ID) async throws(StoreError) -> [TraceEvent] {
        try await trace(of: session, after: 0, limit: .max)
    }

    /// Comes back when the changes are on disk.
    package func commit(_ changes: [RecordChange]) async throws(StoreError) {
        try await submit(changes, onDisk: {})?.written()
    }
}

/// A change of what is recorded of a session, in the order in which it happened.
package enum RecordChange: Sendable {
    case session(SessionHeader)
    /// A step record and its place in the session's list, from 0.
    case step(session: ID, ordinal: Int, StepRecord)
    /// What comes behind all that the session's trace holds.
    case trace(session: ID, TraceEvent)
}

/// A session with what is needed to go on with it.
package struct StoredSession: Sendable {
    package let record: SessionRecord
    package let automation: StoredAutomation

    package init(record: SessionRecord, automation: StoredAutomation) {
        self.record = record
        self.automation = automation
    }
}

/// Which sessions are asked for; each part that is nil asks for all.
package struct SessionQuery: Sendable, Hashable {
    package var automation: ID?
    package var status: Status?
    /// Only those begun from then on, in seconds since 1970.
    package var since: Int64?
    /// Only those that began before this one.
    package var before: ID?
    /// Only those whose automation is served: it came by the API, or from one of these files. Of an
    /// automation that was deleted by the API, only what was under way then.
    package var files: Set<ID>?
    /// Where `files` are given, these sessions too: they were under way when the file of their automation went.
    package var besides: Set<ID> = []
    /// Only these.
    package var ids: Set<ID>?
    /// Only those that ask a person: one that waits only because a session waits that it has called is not among
    /// them, that session is.
    package var isWaiting = false
    /// Only those that this session has called.
    package var caller: ID?
    /// Only those that no session has called: somebody started them.
    package var isOutermost = false
    /// Only those of this batch.
    package var batch: ID?
    /// Only those in which this is found: in the automation's name, the session's id, its error, or the first
    /// `searchedInputs` letters of its inputs' JSON. Small and capital letters of ASCII are the same.
    package var text: String?
    package var limit: Int

    /// A text is looked for in so many of the newest sessions: a search reads every one of them.
    package static let searched = 20_000
    /// So many letters of a session's inputs are searched.
    package static let searchedInputs = 4_096

    package init(
        of automation: ID? = nil, status: Status? = nil, since: Int64? = nil, before: ID? = nil, limit: Int
    ) {
        self.automation = automation
        self.status = status
        self.since = since
        self.before = before
        self.limit = limit
    }
}

/// What a list shows of a session: all but its steps. Times are seconds since 1970.
package struct SessionOutline: Sendable {
    package let id: ID
    package let automationID: ID
    package let automationName: String
    /// Nil where they were not asked for: they may be megabytes.
    package let inputs: Value?
    package let status: Status
    package let error: String?
    package let createdAt: Int64
    package let updatedAt: Int64
    package let stepsCount: Int
    /// Whether it waits for a person, and nothing else of it goes on.
    package let isWaiting: Bool

    package init(
        id: ID, automationID: ID, automationName: String, inputs: Value?, status: Status, error: String?,
        createdAt: Int64, updatedAt: Int64, stepsCount: Int, isWaiting: Bool
    ) {
        self.id = id
        self.automationID = automationID
        self.automationName = automationName
        self.inputs = inputs
        self.status = status
        self.error = error
        self.createdAt = createdAt
        self.updatedAt = updatedAt
        self.stepsCount = stepsCount
        self.isWaiting = isWaiting
    }
}

/// What came of starting a session with an Idempotency-Key.
package enum StartOutcome: Sendable, Hashable {
    case started
    /// The key began this session before, with the same inputs.
    case repeated(ID)
    /// The key began another session, with other inputs.
    case differs
}

/// What came of answering a question.
package enum AnswerOutcome: Sendable, Hashable {
    /// The answer is recorded, and the session goes on with it.
    case recorded
    /// The Idempotency-Key gave this answer before: nothing was written now.
    case repeated
    /// The Idempotency-Key gave another answer before.
    case differs
    /// The step record does not wait, or does not any more.
    case notWaiting
}

/// An Idempotency-Key, with the SHA-256 of what was sent with it, as hexadecimal digits.
package struct AnswerKey: Sendable, Hashable {
    package let key: String
    package let body: String

    package init(key: String, body: String) {
        self.key = key
        self.body = body
    }
}

/// Ended sessions of one automation with one status, all old enough to be deleted.
package struct PrunableSessions: Sendable, Hashable {
    package let automationName: String
    package let status: Status
    package let count: Int
    /// When the one that has not changed for longest was last changed, in seconds since 1970.
    package let oldest: Int64
    /// When the last of them was changed, in seconds since 1970.
    package let newest: Int64
    /// About how many bytes their records take; 0 in a store that takes none on disk.
    package let bytes: Int

    package init(
        automationName: String, status: Status, count: Int, oldest: Int64, newest: Int64, bytes: Int
    ) {
        self.automationName = automationName
        self.status = status
        self.count = count
        self.oldest = oldest
        self.newest = newest
        self.bytes = bytes
    }
}

/// How many sessions stand where.
package struct SessionCounts: Sendable {
    package var byStatus: [Status: Int] = [:]
    /// Running ones that ask a person, as `SessionQuery.isWaiting` has it.
    package var waiting = 0
    /// Bytes that the store takes on disk; 0 for one that takes none here.
    package var bytes = 0

    package init() {}
}

/// What has become of a store's unused space.
package enum ShrinkOutcome: Sendable, Hashable {
    case givenBack
    /// There is so little of it that it stays, for what is recorded next.
    case tooLittle
    /// It stays, since other processes have the store open.
    case othersUseIt
}
