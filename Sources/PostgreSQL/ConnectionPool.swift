import Computing
import Dispatch
import Synchronization

/// Threads with a connection each, which do what is handed to them; as many as are needed at once, up to a limit.
package final class ConnectionPool: Sendable {
    package typealias Job = @Sendable (Lane) -> Void
    package typealias Connector = @Sendable () throws(DatabaseFailure) -> Connection

    private let line: PoolLine
    private let connect: Connector

    package init(limit: Int, _ connect: @escaping Connector) {
        line = PoolLine(limit: limit)
        self.connect = connect
    }

    deinit { line.close() }

    /// Puts a job behind the others; it runs on one of the threads, with a connection to itself.
    package func submit(_ job: @escaping Job) {
        guard line.add(job) else { return }
        let (line, connect) = (line, connect)
        let thread = startThread {
            let lane = Lane(connect)
            while let turn = line.next() {
                switch turn {
                case .job(let job): job(lane)
                case .idle: lane.drop()
                }
            }
        }
        if thread == nil { line.threadIsMissing() }
    }
}

/// A connection, made when it is first needed and made anew after it broke; used by one thread.
package final class Lane {
    private let connect: ConnectionPool.Connector
    private var connection: Connection?

    package init(_ connect: @escaping ConnectionPool.Connector) { self.connect = connect }

    package func current() throws(DatabaseFailure) -> Connection {
        if let connection, !connection.isBroken { return connection }
        connection = nil
        let made = try connect()
        connection = made
        return made
    }

    /// The next use makes a new connection.
    package func drop() { connection = nil }
}

/// What waits for a connection.
private final class PoolLine: Sendable {
    enum Turn {
        case job(ConnectionPool.Job)
        /// Nothing came for long: the server has one connection less to keep.
        case idle
    }

    private struct State {
        var jobs: [ConnectionPool.Job] = []
        var threads = 0
        var idle = 0
        var isClosed = false
    }

    private let limit: Int
    private let state = Mutex(State())
    private let wake = DispatchSemaphore(value: 0)

    init(limit: Int) { self.limit = limit }

    /// True when one more thread is needed for it.
    func add(_ job: @escaping ConnectionPool.Job) -> Bool {
        let isNeeded = state.withLock { state in
            state.jobs.append(job)
            guard state.jobs.count > state.idle, state.threads < limit else { return false }
            state.threads += 1
            return true
        }
        wake.signal()
        return isNeeded
    }

    /// Waits for a turn; nil after the end.
    func next() -> Turn? {
        while true {
            let (job, isClosed) = state.withLock { state -> (ConnectionPool.Job?, Bool) in
                guard state.jobs.isEmpty else { return (state.jobs.removeFirst(), false) }
                state.idle += 1
                return (nil, state.isClosed)
            }
            if let job { return .job(job) }
            if isClosed { return nil }
            let waited = wake.wait(timeout: .now() + .seconds(60))
            state.withLock { $0.idle -= 1 }
            if waited == .timedOut { return .idle }
        }
    }

    /// What was handed over last waits for one of the threads that there are.
    func threadIsMissing() { state.withLock { $0.threads -= 1 } }

    func close() {
        let threads = state.withLock { state in
            state.isClosed = true
            return state.threads
        }
        for _ in 0..<threads { wake.signal() }
    }
}
