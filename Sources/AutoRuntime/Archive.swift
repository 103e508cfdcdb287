package import CEL

/// A session with what is needed to go on with it.
package struct StoredSession: Sendable {
    package let record: SessionRecord
    package let automation: StoredAutomation

    package init(record: SessionRecord, automation: StoredAutomation) {
        self.record = record
        self.automation = automation
    }
}

/// What a list shows of a session: all but its steps. Times are seconds since 1970.
package struct SessionOutline: Sendable {
    package let id: ID
    package let automationID: ID
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
        id: ID, automationID: ID, inputs: Value?, status: Status, error: String?, createdAt: Int64,
        updatedAt: Int64, stepsCount: Int, isWaiting: Bool
    ) {
        self.id = id
        self.automationID = automationID
        self.inputs = inputs
        self.status = status
        self.error = error
        self.createdAt = createdAt
        self.updatedAt = updatedAt
        self.stepsCount = stepsCount
        self.isWaiting = isWaiting
    }
}

/// An automation in the version of now. Times are seconds since 1970.
package struct AutomationEntry: Sendable {
    package let automation: StoredAutomation
    package let versionCreatedAt: Int64
    package let createdAt: Int64
    package let updatedAt: Int64

    package init(automation: StoredAutomation, versionCreatedAt: Int64, createdAt: Int64, updatedAt: Int64) {
        self.automation = automation
        self.versionCreatedAt = versionCreatedAt
        self.createdAt = createdAt
        self.updatedAt = updatedAt
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

/// The sessions that a process has looked for to run them.
package struct DueSessions: Sendable, Hashable {
    /// Those that it holds from now on.
    package var taken: [ID] = []
    /// Those that have been ended instead: cancelled, or because their processes died too often.
    package var ended: [ID] = []

    package init() {}
}

/// What came of asking for a cancellation.
package enum CancelOutcome: Sendable, Hashable {
    /// The session has ended already, or has been ended now.
    case ended
    /// The process that runs it has been asked to stop.
    case requested
}

/// What a token allows; each allows what stands before it, too.
package enum TokenScope: String, Sendable, Hashable, CaseIterable, Comparable {
    case read
    /// Starts, answers and cancels sessions.
    case run
    /// Creates, changes and deletes automations.
    case admin

    package static func < (left: TokenScope, right: TokenScope) -> Bool { left.rank < right.rank }

    private var rank: Int {
        switch self {
        case .read: 0
        case .run: 1
        case .admin: 2
        }
    }
}

/// A bearer token, of which only the SHA-256 is kept, as hexadecimal digits.
package struct TokenEntry: Sendable {
    package let name: String
    package let hash: String
    package let scope: TokenScope
    package let createdAt: Int64

    package init(name: String, hash: String, scope: TokenScope, createdAt: Int64) {
        self.name = name
        self.hash = hash
        self.scope = scope
        self.createdAt = createdAt
    }
}

/// How many sessions stand where.
package struct SessionCounts: Sendable {
    package var byStatus: [Status: Int] = [:]
    /// Running ones that wait for a person.
    package var waiting = 0
    /// Bytes of the store and its log on disk.
    package var bytes = 0

    package init() {}
}

/// The automations that a server offers.
package protocol AutomationShelf: Sendable {
    /// Those that came by the API, and of those that came from files the ones in `files`; by id, those behind `after` first.
    func automations(limit: Int, after: ID?, files: Set<ID>) throws(StoreError) -> [AutomationEntry]
    func automation(_ id: ID) throws(StoreError) -> AutomationEntry?
    /// A new automation, or a new version of one.
    func put(_ automation: StoredAutomation) async throws(StoreError) -> AutomationEntry
    /// Sessions under way end in the version with which they began, and can be followed; false when there is none.
    func delete(_ id: ID) async throws(StoreError) -> Bool
}

/// The sessions that a server runs, and those that others left.
package protocol SessionArchive: Store {
    /// Records a new session, which begins with the records `taking` of another.
    func start(
        _ session: SessionHeader, of automation: StoredAutomation, taking: [StepRecord], held: Bool,
        key: String?
    ) async throws(StoreError) -> StartOutcome
    /// With an automation, only a session of it, and of a deleted one only what was under way then.
    func session(_ id: ID, of automation: ID?) throws(StoreError) -> StoredSession?
    /// Newest first, those before `before`.
    func sessions(of automation: ID, status: Status?, limit: Int, before: ID?) throws(StoreError)
        -> [SessionRecord]
    /// The same without their steps, which are not read; without their inputs, too, unless those are asked for.
    func outlines(of automation: ID, status: Status?, limit: Int, before: ID?, withInputs: Bool)
        throws(StoreError) -> [SessionOutline]
    /// Takes sessions that should run and that no process runs, oldest first; of automations that came by the API, and of
    /// those that came from files the ones in `files`.
    func next(_ count: Int, except: Set<ID>, files: Set<ID>) async throws(StoreError) -> DueSessions
    /// Gives a session back as it is, to whoever takes it.
    func release(_ session: ID) async throws(StoreError)
    /// Records what a person answered to the step record `step`, once for each `key`.
    func answer(_ session: ID, step: ID, with answer: Value, key: AnswerKey?, now: Int64)
        async throws(StoreError) -> AnswerOutcome
    /// What a key has done in a session before: `repeated` or `differs`; nil when it is new.
    func outcome(of key: AnswerKey, in session: ID) throws(StoreError) -> AnswerOutcome?
    /// Ends a session that nobody runs, with its open steps, or asks the process that runs it to stop.
    func cancel(_ session: ID, now: Int64) async throws(StoreError) -> CancelOutcome
    /// Gives back all that this process holds; its runs see their sessions as lost, and write nothing more.
    func leave() async
    /// How many wait for a process to run them; of automations as `next` takes them.
    func queueLength(files: Set<ID>) throws(StoreError) -> Int
    /// A number that is another one whenever another process has written since; asking costs next to nothing.
    func outsideVersion() throws(StoreError) -> Int64
    /// How often each of these sessions has been written; without those that are not there.
    func changes(of sessions: [ID]) throws(StoreError) -> [ID: Int64]
    func counts() throws(StoreError) -> SessionCounts
}

package protocol TokenShelf: Sendable {
    func tokens() throws(StoreError) -> [TokenEntry]
    /// Throws when a token has the name already.
    func add(_ token: TokenEntry) throws(StoreError)
    /// False when there is none of this name.
    func revoke(_ name: String) throws(StoreError) -> Bool
}
