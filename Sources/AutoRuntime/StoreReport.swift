package import Values

/// What an examination of a store found.
package struct StoreReport: Sendable {
    /// False for a store that nobody has made yet.
    package var isThere = true
    package var sessions = 0
    package var steps = 0
    package var batches = 0
    /// Sentences about what is damaged; empty for a sound store.
    package var problems: [String] = []
    /// A sentence that says what to do about the problems; empty without any.
    package var mend = ""
    /// Sessions of no batch that have not ended and that no process runs, those that wait for a person not counted.
    package var interrupted: [ID] = []
    /// Batches with such sessions, the newest first. A server that serves their automation goes on with them.
    package var resting: [RestingBatch] = []

    package init() {}
}

/// A batch with sessions that have not ended and that no process runs.
package struct RestingBatch: Sendable, Hashable {
    package let standing: BatchStanding
    /// How many of its sessions no process runs.
    package let resting: Int
    /// The automation's file; empty for one that came by the API.
    package let path: String
}

extension StoreReport {
    /// Tells the interrupted sessions of batches by their batches: one of thousands is no news for each of its rows.
    ///
    /// - Throws: when the store cannot be read.
    package mutating func tellBatches(in store: any Store) async throws(StoreError) {
        var query = BatchQuery(limit: 200)
        while true {
            let page = try await store.batches(query)
            batches += page.count
            for one in page where !one.hasEnded && !interrupted.isEmpty { try await tell(one, in: store) }
            guard page.count == query.limit, let last = page.last else { return }
            query.before = last.batch.id
        }
    }

    private mutating func tell(_ one: BatchStanding, in store: any Store) async throws(StoreError) {
        var own = SessionQuery(limit: interrupted.count)
        (own.batch, own.ids) = (one.batch.id, Set(interrupted))
        let found = Set(try await store.outlines(own, withInputs: false).map(\.id))
        guard let first = found.first,
            let path = try await store.session(first, of: nil, withValues: false)?.automation.path
        else { return }
        interrupted.removeAll { found.contains($0) }
        resting.append(RestingBatch(standing: one, resting: found.count, path: path))
    }
}
