import AutoRuntime
import PostgreSQL
import Synchronization
import Values

/// A session that is new, without a key that might have begun it before.
struct NewSession: Sendable {
    let header: SessionHeader
    let automation: StoredAutomation
    let taking: TakenOver
    let isHeld: Bool
    var batch: ID?
}

/// What waits to be written with others in one commit.
struct WriteJob: Sendable {
    enum What: Sendable {
        case start(NewSession)
        case changes([RecordChange])
    }

    let what: What
    let onDisk: @Sendable () -> Void
    let receipt: Receipt

    var sessions: Set<ID> {
        switch what {
        case .start(let new): [new.header.id]
        case .changes(let changes): Set(changes.map(\.session))
        }
    }
}

/// Writes records, those of many sessions with one commit. What is of one session is written in the order of its
/// coming; the others do not wait for it.
final class PostgresWriter: Sendable {
    private struct State {
        var jobs: [WriteJob] = []
        /// Sessions of which something is being written.
        var busy: Set<ID> = []
        var lanes = 0
    }

    private let pool: ConnectionPool
    private let lanes: Int
    private let transactions: PostgresTransactions
    private let owner: String
    private let state = Mutex(State())
    /// Enough to share the wait for the disk, few enough that none waits long for the others' rows.
    private static let largestBatch = 256

    init(_ pool: ConnectionPool, lanes: Int, _ transactions: PostgresTransactions, _ owner: String) {
        self.pool = pool
        self.lanes = lanes
        self.transactions = transactions
        self.owner = owner
    }

    func submit(
        _ what: WriteJob.What, for store: PostgresStore, onDisk: @escaping @Sendable () -> Void = {}
    ) -> Receipt {
        let job = WriteJob(what: what, onDisk: onDisk, receipt: Receipt())
        let needsLane = state.withLock { state in
            state.jobs.append(job)
            guard state.lanes < lanes else { return false }
            state.lanes += 1
            return true
        }
        if needsLane { pool.submit { lane in self.writeAll(lane, store) } }
        return job.receipt
    }

    private func writeAll(_ lane: Lane, _ store: PostgresStore) {
        var done: Set<ID> = []
        while let jobs = nextBatch(after: done) {
            done = jobs.reduce(into: []) { $0.formUnion($1.sessions) }
            write(jobs, lane, store)
        }
    }

    /// The next jobs that can stand in one transaction; nil when there are none, and the lane ends.
    private func nextBatch(after done: Set<ID>) -> [WriteJob]? {
        state.withLock { state in
            state.busy.subtract(done)
            var batch: [WriteJob] = []
            var left: [WriteJob] = []
            var barred = state.busy
            var ends = BatchEnds()
            for job in state.jobs {
                let sessions = job.sessions
                guard batch.count < Self.largestBatch, barred.isDisjoint(with: sessions), ends.take(job)
                else {
                    barred.formUnion(sessions)
                    left.append(job)
                    continue
                }
                batch.append(job)
            }
            state.jobs = left
            guard !batch.isEmpty else {
                state.lanes -= 1
                return nil
            }
            for job in batch { state.busy.formUnion(job.sessions) }
            return batch
        }
    }

    /// Writes a batch; what is refused of it does not keep the others from being written.
    private func write(_ jobs: [WriteJob], _ lane: Lane, _ store: PostgresStore) {
        var left = jobs
        var retry = Retry(transactions.mode)
        var isRepeated = false
        while !left.isEmpty {
            do {
                let refused = try commit(left, isRepeated, lane, store)
                guard !refused.isEmpty else { return settle(left, nil) }
                for (index, error) in refused { left[index].receipt.settle(error) }
                left = left.enumerated().filter { refused[$0.offset] == nil }.map(\.element)
            } catch let failure as DatabaseFailure {
                isRepeated = isRepeated || failure.kind == .broken
                if retry.goesOn(after: failure, lane) { continue }
                // One of them is to blame: the others are written without it.
                if left.count > 1, failure.kind == .refused, !failure.isOfConnection {
                    for job in left { write([job], lane, store) }
                    return
                }
                return settle(left, StoreError.refused(failure, transactions.address))
            } catch {
                return settle(left, StoreError.postgres(error, transactions.address))
            }
        }
    }

    private func settle(_ jobs: [WriteJob], _ failure: StoreError?) {
        for job in jobs {
            if failure == nil { job.onDisk() }
            job.receipt.settle(failure)
        }
    }

    /// One transaction with all of them; nothing is written when some are refused.
    private func commit(_ jobs: [WriteJob], _ isRepeated: Bool, _ lane: Lane, _ store: PostgresStore) throws
        -> [Int: StoreError]
    {
        let connection = try lane.current()
        var batch = PostgresBatch(jobs, store, isRepeated: isRepeated, hasLocks: true, connection)
        do {
            let locks = PostgresSQL.sharedLocks(of: owner, withVersions: batch.startsSessions)
            try connection.script("\(PostgresTransactions.begin); \(locks)")
            try batch.write()
            guard batch.refused.isEmpty else {
                transactions.rollBack(connection)
                return batch.refused
            }
        } catch {
            transactions.rollBack(connection)
            throw error
        }
        try connection.script("COMMIT")
        batch.tellOfCommit()
        return [:]
    }
}

/// What in a batch may not be followed by more of the same: an end that later changes are to be held against.
private struct BatchEnds {
    private struct Step: Hashable {
        let session: ID
        let ordinal: Int
    }

    private var steps: Set<Step> = []
    private var sessions: Set<ID> = []

    mutating func take(_ job: WriteJob) -> Bool {
        guard sessions.isDisjoint(with: job.sessions) else { return false }
        switch job.what {
        case .start(let new): sessions.insert(new.header.id)
        case .changes(let changes):
            for case .step(let session, let ordinal, _) in changes
            where steps.contains(Step(session: session, ordinal: ordinal)) {
                return false
            }
            for change in changes {
                switch change {
                case .session(let header) where header.status.isEnd: sessions.insert(header.id)
                case .step(let session, let ordinal, let record)
                where record.status.isEnd:
                    steps.insert(Step(session: session, ordinal: ordinal))
                case .session, .step, .trace: break
                }
            }
        }
        return true
    }
}
