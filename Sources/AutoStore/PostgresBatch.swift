import AutoRuntime
import AutoSyntax
import PostgreSQL
import Synchronization
import Values

/// What one transaction writes of many sessions, with a few statements of many rows each.
struct PostgresBatch {
    private struct Step {
        let job: Int
        let session: ID
        let ordinal: Int
        let record: StepRecord
    }

    private let jobs: [WriteJob]
    private let store: PostgresStore
    /// Whether the same may have been committed before, by a connection that then broke.
    private let isRepeated: Bool
    /// Whether the transaction has begun with `sharedLocks`.
    private let hasLocks: Bool
    let connection: Connection
    private var steps: [Step] = []
    private var headers: [(job: Int, header: SessionHeader)] = []
    private var events: [(job: Int, session: ID, event: TraceEvent)] = []
    private var starts: [(job: Int, new: NewSession)] = []
    /// The fencing numbers by which they are written.
    private let fences: [ID: Int64]
    private var hasProgress: Set<ID> = []
    /// Sessions whose rows this transaction writes, and counts with that.
    private var counted: Set<ID> = []
    /// Sessions whose rows are counted later, with others that run here.
    private var uncounted: Set<ID> = []
    /// Sessions of which it is written that their processes do not die of them.
    private var untroubled: Set<ID> = []
    /// Why jobs cannot be written, by their places.
    private(set) var refused: [Int: StoreError] = [:]

    init(
        _ jobs: [WriteJob], _ store: PostgresStore, isRepeated: Bool, hasLocks: Bool = false,
        _ connection: Connection
    ) {
        self.hasLocks = hasLocks
        self.jobs = jobs
        self.store = store
        self.isRepeated = isRepeated
        self.connection = connection
        fences = store.fences.withLock { $0 }
        var places: [ID: [Int: Int]] = [:]
        for (job, one) in jobs.enumerated() {
            switch one.what {
            case .start(let new):
                starts.append((job, new))
                for (ordinal, record) in new.taking.steps.enumerated() {
                    steps.append(Step(job: job, session: new.header.id, ordinal: ordinal, record: record))
                }
                for event in new.taking.trace { events.append((job, new.header.id, event)) }
            case .changes(let changes):
                for change in changes { add(change, job, &places) }
            }
        }
    }

    private mutating func add(_ change: RecordChange, _ job: Int, _ places: inout [ID: [Int: Int]]) {
        switch change {
        case .session(let header): headers.append((job, header))
        case .trace(let session, let event): events.append((job, session, event))
        case .step(let session, let ordinal, let record):
            if record.status.isEnd { hasProgress.insert(session) }
            let step = Step(job: job, session: session, ordinal: ordinal, record: record)
            // A record that changed twice within one commit is written once, as it is last.
            if let place = places[session]?[ordinal] {
                steps[place] = step
            } else {
                places[session, default: [:]][ordinal] = steps.count
                steps.append(step)
            }
        }
    }

    var startsSessions: Bool { !starts.isEmpty }

    mutating func write() throws {
        // Whoever takes over what this process holds waits until this is committed, or comes first.
        if !hasLocks { try connection.run(PostgresSQL.shareLease, [.text(store.owner)]) }
        if !starts.isEmpty { try start() }
        if !steps.isEmpty { try upsert() }
        if !events.isEmpty { try append() }
        if !headers.isEmpty { try update() }
        guard refused.isEmpty else { return }
        try count()
        for (_, header) in headers where header.status.isEnd { try store.tellOfEnd(header, connection) }
    }

    /// What this process remembers of what is written now.
    func tellOfCommit() {
        store.fences.withLock { fences in
            for (_, new) in starts where new.isHeld { fences[new.header.id] = 1 }
            for (_, header) in headers where header.status.isEnd { fences[header.id] = nil }
        }
        store.keeper.state.withLock { state in
            state.uncounted.subtract(counted)
            state.uncounted.formUnion(uncounted)
            state.troubled.subtract(untroubled)
        }
        for (_, header) in headers where header.status.isEnd { store.keeper.isGivenBack(header.id) }
    }

    // Sessions.

    private func start() throws {
        if !hasLocks { try connection.run(PostgresSQL.shareVersions) }
        for same in Dictionary(grouping: starts.map(\.new), by: \.automation.versionID).values {
            guard let first = same.first else { continue }
            try store.know(
                first.automation, isCalled: same.allSatisfy { $0.header.caller != nil }, connection)
        }
        let headers = starts.map(\.new.header)
        let outcome = try connection.run(
            PostgresSQL.insertSessions(ignoresKnown: isRepeated),
            [
                .texts(headers.map(\.id.text)), .texts(headers.map(\.automationID.text)),
                .texts(starts.map(\.new.automation.versionID.text)),
                .texts(headers.map { KeptJSON.text($0.inputs) }),
                .texts(headers.map(\.status.rawValue)), .texts(headers.map(\.error)),
                .numbers(headers.map(\.createdAt)), .numbers(headers.map(\.updatedAt)),
                .texts(headers.map { $0.caller?.text }),
                .texts(starts.map { $0.new.isHeld ? store.owner : nil }),
                .texts(starts.map { $0.new.batch?.text }),
            ])
        if !isRepeated, outcome.count != headers.count {
            throw StoreError("the store \(store.address.shown) did not take a new session")
        }
    }

    private func fence(_ session: ID) -> Int64? {
        starts.contains { $0.new.header.id == session } ? nil : fences[session]
    }

    private mutating func update() throws {
        // As it is last, where a session's row changed twice.
        let last = Dictionary(headers.map { ($0.header.id, $0) }, uniquingKeysWith: { $1 })
        let rows = Array(last.values)
        let outcome = try connection.run(
            PostgresSQL.updateSessions,
            [
                .text(store.owner), .texts(rows.map(\.header.id.text)),
                .numbers(rows.map { fence($0.header.id) }),
                .texts(rows.map(\.header.status.rawValue)), .texts(rows.map(\.header.error)),
                .numbers(rows.map(\.header.updatedAt)),
            ])
        guard outcome.count != rows.count else { return }
        let written = Set(outcome.rows.map { $0.text("id") })
        for row in rows where !written.contains(row.header.id.text) {
            refused[row.job] = try store.whyNot(row.header.id, connection)
        }
    }

    /// Counts that sessions have been written, and that their processes do not die of them over and over. What this process
    /// remembers of that changes with the commit: one that fails has written nothing.
    private mutating func count() throws {
        counted = Set(headers.map(\.header.id) + starts.map(\.new.header.id))
        let written = Set(steps.map(\.session) + events.map(\.session)).subtracting(counted)
        let (watched, troubled) = store.keeper.state.withLock { state in
            (written.filter { state.waiting[$0] != nil }, state.troubled)
        }
        uncounted = watched
        untroubled = troubled.intersection(hasProgress)
        let unwatched = written.subtracting(watched)
        if !unwatched.isEmpty {
            try connection.run(PostgresSQL.countChanges, [.texts(unwatched.map(\.text))])
        }
        if !untroubled.isEmpty {
            try connection.run(
                "UPDATE autorun.session SET crashes = 0 WHERE id = ANY($1::uuid[])",
                [.texts(untroubled.map(\.text))])
        }
    }

    // Steps.

    private mutating func upsert() throws {
        let records = steps.map(\.record)
        let outcome = try connection.run(
            PostgresSQL.upsertSteps,
            [
                .text(store.owner), .texts(steps.map(\.session.text)),
                .numbers(steps.map { fence($0.session) }),
                .numbers(steps.map { Int64($0.ordinal) }), .texts(records.map(\.id.text)),
                .numbers(records.map { Int64($0.stepIndex) }), .texts(records.map(\.status.rawValue)),
                .texts(records.map { $0.prompt.map { KeptJSON.text($0) } }),
                .texts(records.map { $0.result.map { KeptJSON.text($0) } }), .texts(records.map(\.error)),
                .texts(records.map(\.errorKind)), .numbers(records.map(\.createdAt)),
                .numbers(records.map(\.updatedAt)), .texts(records.map { $0.idempotencyKey?.text }),
            ])
        guard outcome.count != steps.count else { return }
        let written = Set(outcome.rows.map { $0.text("session_id") + "/" + $0.text("ordinal") })
        for step in steps where !written.contains("\(step.session.text)/\(step.ordinal)") {
            if let error = try refusal(step) { refused[step.job] = error }
        }
    }

    /// Why a step was not written; nil where it has ended before just as it was to end now.
    private func refusal(_ step: Step) throws -> StoreError? {
        let row = try connection.run(
            PostgresSQL.keptStep,
            [
                .text(store.owner), .text(step.session.text), .optional(fence(step.session)),
                .number(Int64(step.ordinal)),
            ]
        ).rows.first
        guard let row, let kept = Status(rawValue: row.text("status")) else {
            return try store.whyNot(step.session, connection)
        }
        let result = step.record.result.map { KeptJSON.text($0) }
        guard step.record.contradicts(kept, hasSameResult: row["result"] == result) else { return nil }
        guard kept == .finished, let text = row["result"] else {
            return StoreError.failedMeanwhile(step.session)
        }
        return StoreError.answered(with: try KeptJSON.value(text), in: step.session)
    }

    // Traces.

    private mutating func append() throws {
        for session in Set(events.filter(\.event.isCancellation).map(\.session)) {
            let isTold = try store.isCancellationTold(session, connection)
            var hasOne = isTold
            events.removeAll { event in
                guard event.session == session, event.event.isCancellation else { return false }
                defer { hasOne = true }
                return hasOne
            }
        }
        guard !events.isEmpty else { return }
        var counts: [ID: Int64] = [:]
        let places = events.map { event -> Int64 in
            counts[event.session, default: 0] += 1
            return counts[event.session, default: 0]
        }
        let outcome = try connection.run(
            PostgresSQL.appendEvents(looksForThem: isRepeated),
            [
                .text(store.owner), .texts(events.map(\.session.text)),
                .numbers(events.map { fence($0.session) }),
                .numbers(places), .numbers(events.map(\.event.at)),
                .texts(events.map { $0.event.record?.text }),
                .texts(events.map(\.event.happening.word.rawValue)),
                .numbers(events.map { $0.event.attempt.map(Int64.init) }),
                .texts(events.map { JSON.text($0.event.happening.data) }),
            ])
        guard !isRepeated, outcome.count != events.count else { return }
        let written = Set(outcome.rows.map { $0.text("session_id") })
        for event in events where !written.contains(event.session.text) {
            refused[event.job] = try store.whyNot(event.session, connection)
        }
    }
}
