import AutoRuntime
import Dispatch
import GRDB
import Synchronization
import Values

/// Writes in the order of the asking, what came together in one transaction, so that one wait for the disk serves many.
///
/// Who finds nobody writing writes at once, on its own thread: a session alone pays for no change of threads.
final class GroupWriter: Sendable {
    private struct Job: Sendable {
        let body: @Sendable (Database) throws -> Void
        let onDisk: @Sendable () -> Void
        let receipt: Receipt
    }

    private struct Line {
        var jobs: [Job] = []
        var isWriting = false
    }

    private let database: DatabaseQueue
    private let path: String
    private let line = Mutex(Line())
    private let queue = DispatchQueue(label: "autorun.store.writer")
    /// Enough to share the wait for the disk, few enough that a reader of the log sees no long pause.
    private let largestBatch = 256

    init(_ database: DatabaseQueue, _ path: String) {
        self.database = database
        self.path = path
    }

    func submit(
        onDisk: @escaping @Sendable () -> Void = {}, _ body: @escaping @Sendable (Database) throws -> Void
    )
        -> Receipt
    {
        let receipt = Receipt()
        let leads = line.withLock { line in
            line.jobs.append(Job(body: body, onDisk: onDisk, receipt: receipt))
            guard !line.isWriting else { return false }
            line.isWriting = true
            return true
        }
        if leads {
            writeBatch()
            let isMore = line.withLock { line in
                line.isWriting = !line.jobs.isEmpty
                return line.isWriting
            }
            if isMore { queue.async { self.drain() } }
        }
        return receipt
    }

    /// Writes, and gives what the body gives.
    func write<Result: Sendable>(_ body: @escaping @Sendable (Database) throws -> Result)
        async throws(StoreError)
        -> Result
    {
        let answer = Answer<Result>()
        try await submit { database in
            let value = try body(database)
            answer.value.withLock { $0 = value }
        }.written()
        guard let value = answer.value.withLock({ $0 }) else {
            throw StoreError("the store \(path) gave no answer")
        }
        return value
    }

    private final class Answer<Result: Sendable>: Sendable {
        let value = Mutex<Result?>(nil)
    }

    private func drain() {
        while true {
            writeBatch()
            let isMore = line.withLock { line in
                line.isWriting = !line.jobs.isEmpty
                return line.isWriting
            }
            if !isMore { return }
        }
    }

    private func writeBatch() {
        let jobs = line.withLock { line in
            let batch = Array(line.jobs.prefix(largestBatch))
            line.jobs.removeFirst(batch.count)
            return batch
        }
        var outcomes = [StoreError?](repeating: nil, count: jobs.count)
        do {
            try database.write { database in
                for (index, job) in jobs.enumerated() {
                    outcomes[index] = try run(job, alone: jobs.count == 1, database)
                }
            }
        } catch {
            let failure = StoreError.writing(error, path)
            outcomes = outcomes.map { _ in failure }
        }
        for (job, failure) in zip(jobs, outcomes) {
            if failure == nil { job.onDisk() }
            job.receipt.settle(failure)
        }
    }

    /// One of a batch; what refuses it takes back its own changes only.
    private func run(_ job: Job, alone: Bool, _ database: Database) throws -> StoreError? {
        guard !alone else {
            try job.body(database)
            return nil
        }
        var refusal: StoreError?
        try database.inSavepoint {
            do { try job.body(database) } catch let error as StoreError {
                refusal = error
                return .rollback
            } catch let error as DatabaseError where error.resultCode == .SQLITE_CONSTRAINT {
                refusal = StoreError.writing(error, path)
                return .rollback
            }
            return .commit
        }
        return refusal
    }
}
