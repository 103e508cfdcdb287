import AutoRuntime
import Computing
import Dispatch
import GRDB
import Synchronization
import Values

/// Writes on a thread of its own, in the order of the asking, what came together in one transaction: one wait
/// for the disk serves many, and none of the threads that all tasks share ever waits for a disk.
///
/// A task may prefer this thread. It then runs there between two transactions, and waits for its commits
/// without a change of threads, which would take longer than many a step.
final class GroupWriter: Sendable {
    private let thread: WritingThread
    private let path: String

    init(_ database: DatabaseQueue, _ path: String) {
        self.path = path
        thread = WritingThread(database, path)
    }

    deinit { thread.line.close() }

    /// The writing thread as a place for tasks.
    var executor: any TaskExecutor { thread }

    func submit(
        onDisk: @escaping @Sendable () -> Void = {}, _ body: @escaping @Sendable (Database) throws -> Void
    ) -> Receipt {
        submit(WriteLine.Job(body: body, isAlone: false, onDisk: onDisk, receipt: Receipt()))
    }

    private func submit(_ job: WriteLine.Job) -> Receipt {
        if thread.line.isFirst(job) { thread.start() }
        return job.receipt
    }

    /// Writes, and gives what the body gives.
    func write<Result: Sendable>(_ body: @escaping @Sendable (Database) throws -> Result)
        async throws(StoreError) -> Result
    {
        try await write(isAlone: false, body)
    }

    /// Does what can stand in no transaction.
    func writeAlone<Result: Sendable>(_ body: @escaping @Sendable (Database) throws -> Result)
        async throws(StoreError) -> Result
    {
        try await write(isAlone: true, body)
    }

    private func write<Result: Sendable>(
        isAlone: Bool, _ body: @escaping @Sendable (Database) throws -> Result
    ) async throws(StoreError) -> Result {
        let answer = Answer<Result>()
        let job = WriteLine.Job(
            body: { database in
                let value = try body(database)
                answer.value.withLock { $0 = value }
            }, isAlone: isAlone, onDisk: {}, receipt: Receipt())
        try await submit(job).written()
        guard let value = answer.value.withLock({ $0 }) else {
            throw StoreError(
                "the store \(path) gave no answer", publicly: "the server's store gave no answer")
        }
        return value
    }

    private final class Answer<Result: Sendable>: Sendable {
        let value = Mutex<Result?>(nil)
    }
}

/// What waits to be written, between those who ask and the thread that writes.
private final class WriteLine: Sendable {
    struct Job: Sendable {
        let body: @Sendable (Database) throws -> Void
        /// Whether it stands in no transaction.
        let isAlone: Bool
        let onDisk: @Sendable () -> Void
        let receipt: Receipt
    }

    private struct State {
        var tasks: [UnownedJob] = []
        var jobs: [Job] = []
        /// Whether the thread has been woken, or works.
        var isAwake = false
        var hasThread = false
        var isClosed = false
    }

    private let state = Mutex(State())
    private let wake = DispatchSemaphore(value: 0)
    /// Enough to share the wait for the disk, few enough that a reader of the log sees no long pause.
    private let largestBatch = 256

    /// Puts a job behind the others; true when there is no thread yet that writes.
    func isFirst(_ job: Job) -> Bool { isFirst { $0.jobs.append(job) } }

    /// Puts a task behind the others; true when there is no thread yet on which it runs.
    func isFirst(_ task: UnownedJob) -> Bool { isFirst { $0.tasks.append(task) } }

    private func isFirst(_ add: (inout State) -> Void) -> Bool {
        let (wakes, isFirst) = state.withLock { state in
            add(&state)
            defer { (state.isAwake, state.hasThread) = (true, true) }
            return (!state.isAwake, !state.hasThread)
        }
        if wakes { wake.signal() }
        return isFirst
    }

    /// Comes back when there is something to do; false after the end.
    func waitForWork() -> Bool {
        while true {
            let (isReady, isOver) = state.withLock { state in
                let isReady = !state.tasks.isEmpty || !state.jobs.isEmpty
                if !isReady { state.isAwake = false }
                return (isReady, state.isClosed)
            }
            if isReady { return true }
            if isOver { return false }
            wake.wait()
        }
    }

    /// All tasks that can run now.
    func nextTasks() -> [UnownedJob] {
        state.withLock { state in
            defer { state.tasks = [] }
            return state.tasks
        }
    }

    /// The next jobs that can stand in one transaction, or one that can stand in none.
    func nextBatch() -> [Job] {
        state.withLock { state in
            let first = state.jobs.prefix(largestBatch)
            let count = first.first?.isAlone == true ? 1 : first.prefix { !$0.isAlone }.count
            defer { state.jobs.removeFirst(count) }
            return Array(first.prefix(count))
        }
    }

    /// Lets the thread end once everything is written.
    func close() {
        state.withLock { $0.isClosed = true }
        wake.signal()
    }

    /// Without a thread, nothing is written.
    func fail(_ error: StoreError) {
        let jobs = state.withLock { state in
            defer { (state.jobs, state.isAwake, state.hasThread) = ([], false, false) }
            return state.jobs
        }
        for job in jobs { job.receipt.settle(error) }
    }
}

/// The thread that writes. It starts with the first job, and ends with the line.
private final class WritingThread: TaskExecutor {
    let line = WriteLine()
    private let batches: BatchWriter

    init(_ database: DatabaseQueue, _ path: String) { batches = BatchWriter(database, path) }

    func enqueue(_ job: consuming ExecutorJob) {
        if line.isFirst(UnownedJob(job)) { start() }
    }

    func start() {
        let thread = startThread {
            while self.line.waitForWork() {
                // What the tasks hand over is written together, once they have had their turn.
                for task in self.line.nextTasks() { task.runSynchronously(on: self.asUnownedTaskExecutor()) }
                self.batches.write(self.line.nextBatch())
            }
        }
        if thread == nil {
            line.fail(StoreError("the system gives no more threads: nothing can be recorded"))
        }
    }
}

/// Writes batches of jobs; used by the writing thread only.
private struct BatchWriter: Sendable {
    private let database: DatabaseQueue
    private let path: String

    init(_ database: DatabaseQueue, _ path: String) {
        self.database = database
        self.path = path
    }

    func write(_ jobs: [WriteLine.Job]) {
        if jobs.isEmpty { return }
        var outcomes = [StoreError?](repeating: nil, count: jobs.count)
        do {
            try database.writeWithoutTransaction { database in
                if let job = jobs.first, job.isAlone { return try job.body(database) }
                try database.transaction("IMMEDIATE") {
                    for (index, job) in jobs.enumerated() {
                        outcomes[index] = try run(job, isOnlyOne: jobs.count == 1, database)
                    }
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
    private func run(_ job: WriteLine.Job, isOnlyOne: Bool, _ database: Database) throws -> StoreError? {
        guard !isOnlyOne else {
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

extension Database {
    /// A transaction whose statements are prepared once, unlike the library's own.
    ///
    /// - Parameter kind: `DEFERRED` or `IMMEDIATE`.
    func transaction<Result>(_ kind: String, _ body: () throws -> Result) throws -> Result {
        try cachedStatement(sql: "BEGIN \(kind)").execute()
        do {
            let result = try body()
            try cachedStatement(sql: "COMMIT").execute()
            return result
        } catch {
            // Some errors have taken the transaction back already.
            if isInsideTransaction { try? rollback() }
            throw error
        }
    }
}
