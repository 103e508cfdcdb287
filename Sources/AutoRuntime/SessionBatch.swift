package import Values

/// Sessions that were started together, one for each row of a table of inputs, of which at most so many run at once.
package struct SessionBatch: Sendable, Hashable {
    package let id: ID
    package let automationID: ID
    /// How many of its sessions run at once at the most; 0 once it was cancelled, so that none begins any more.
    package let atOnce: Int
    /// How many sessions it was started with.
    package let count: Int
    /// Seconds since 1970.
    package let createdAt: Int64

    package init(id: ID, automationID: ID, atOnce: Int, count: Int, createdAt: Int64) {
        self.id = id
        self.automationID = automationID
        self.atOnce = atOnce
        self.count = count
        self.createdAt = createdAt
    }
}

/// What came of starting a batch with an Idempotency-Key.
package enum BatchStart: Sendable, Hashable {
    case started
    /// The key began this batch before, with the same rows.
    case repeated(ID)
    /// The key began another batch.
    case differs
}

/// What a cancelling has come to.
package struct CancelledSessions: Sendable, Hashable {
    /// Those that have been ended now; those that they had called are among them.
    package var ended: [ID] = []
    /// Those whose processes have been asked to stop.
    package var held: [ID] = []

    package init() {}

    package mutating func add(_ others: CancelledSessions) {
        ended += others.ended
        held += others.held
    }
}

/// Which batches are asked for; each part that is nil asks for all.
package struct BatchQuery: Sendable {
    /// Only this one.
    package var id: ID?
    package var automation: ID?
    /// Only those that began before this one.
    package var before: ID?
    /// Only those whose automation is served: it came by the API, or from one of these files. Of one that was deleted by the
    /// API, only those that were under way then.
    package var files: Set<ID>?
    /// Where `files` are given, the batches of these sessions too: they were under way when the file of their automation went.
    package var besides: Set<ID> = []
    /// Only those of which a session has not ended.
    package var isOpen = false
    package var limit: Int

    package init(
        id: ID? = nil, of automation: ID? = nil, before: ID? = nil, files: Set<ID>? = nil,
        isOpen: Bool = false,
        limit: Int
    ) {
        self.id = id
        self.automation = automation
        self.before = before
        self.files = files
        self.isOpen = isOpen
        self.limit = limit
    }
}

extension Journal {
    /// A batch, and how its sessions stand; nil for one that is not there.
    ///
    /// - Throws: as `batches` does.
    package func batch(_ id: ID) async throws(StoreError) -> BatchStanding? {
        try await batches(BatchQuery(id: id, limit: 1)).first
    }
}

/// A batch, and how many of its sessions stand how.
package struct BatchStanding: Sendable, Hashable {
    package let batch: SessionBatch
    package let automationName: String
    /// Sessions by status; of those that were deleted since, none.
    package let counts: [Status: Int]
    /// Those among the RUNNING ones that wait for a person.
    package let waiting: Int
    /// Those among the FAILED ones that were cancelled.
    package let cancelled: Int

    package init(
        batch: SessionBatch, automationName: String, counts: [Status: Int], waiting: Int, cancelled: Int
    ) {
        self.batch = batch
        self.automationName = automationName
        self.counts = counts
        self.waiting = waiting
        self.cancelled = cancelled
    }

    /// Whether none of its sessions will change any more.
    package var hasEnded: Bool { counts.allSatisfy { $0.key.isEnd || $0.value == 0 } }
}
