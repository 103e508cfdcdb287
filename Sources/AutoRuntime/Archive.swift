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
    /// By id, those behind `after` first.
    func automations(limit: Int, after: ID?) throws(StoreError) -> [AutomationEntry]
    func automation(_ id: ID) throws(StoreError) -> AutomationEntry?
    /// A new automation, or a new version of one.
    func put(_ automation: StoredAutomation) async throws(StoreError) -> AutomationEntry
    /// Sessions under way end in the version with which they began, and can be followed; false when there is none.
    func delete(_ id: ID) async throws(StoreError) -> Bool
}

/// The sessions that a server runs, and those that others left.
package protocol SessionArchive: Store {
    func start(_ session: SessionHeader, of automation: StoredAutomation, held: Bool, key: String?)
        async throws(StoreError) -> StartOutcome
    /// With an automation, only a session of it, and of a deleted one only what was under way then.
    func session(_ id: ID, of automation: ID?) throws(StoreError) -> StoredSession?
    /// Newest first, those before `before`.
    func sessions(of automation: ID, status: Status?, limit: Int, before: ID?) throws(StoreError)
        -> [SessionRecord]
    /// Sessions that should run and that no process runs, oldest first, held by this process from now on.
    func next(_ count: Int, except: Set<ID>) async throws(StoreError) -> [ID]
    /// Gives a session back as it is, to whoever takes it.
    func release(_ session: ID) async throws(StoreError)
    /// Records what a person answered to the step record `step`; false when it does not wait any more.
    func answer(_ session: ID, step: ID, with answer: Value, now: Int64) async throws(StoreError) -> Bool
    /// Ends a session that nobody runs, with its open steps, or asks the process that runs it to stop.
    func cancel(_ session: ID, now: Int64) async throws(StoreError) -> CancelOutcome
    /// Gives back all that this process holds; its runs see their sessions as lost, and write nothing more.
    func leave() async
    /// How many wait for a process to run them.
    func queueLength() throws(StoreError) -> Int
    func counts() throws(StoreError) -> SessionCounts
}

package protocol TokenShelf: Sendable {
    func tokens() throws(StoreError) -> [TokenEntry]
    /// Throws when a token has the name already.
    func add(_ token: TokenEntry) throws(StoreError)
    /// False when there is none of this name.
    func revoke(_ name: String) throws(StoreError) -> Bool
}
