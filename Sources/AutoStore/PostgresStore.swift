package import AutoRuntime
import AutoSyntax
import Computing
import Foundation
import PostgreSQL
import Synchronization
package import Values

/// Everything in a PostgreSQL database, which the processes of many machines use at once.
///
/// All that concerns who holds a session goes by the database's time. Statements run on threads of the pools, so
/// that no task waits for the network on a thread that all share.
package final class PostgresStore: Store {
    /// Which time says whether a holder is gone, and when a session has waited long enough.
    package enum Time: Sendable {
        case ofDatabase
        /// The time of the store's clock, which a test moves.
        case ofClock
    }

    let address: PostgresAddress
    /// Who holds the sessions that this process runs.
    let owner: String
    let clock: any AutoRuntime.Clock
    let isForReading: Bool
    private let time: Time
    let keeper = Keeper()
    /// The fencing number of each session that this process holds: whoever takes a session over raises it.
    let fences = Mutex<[ID: Int64]>([:])
    /// What `changes` found last.
    let lastChanges = Mutex(LastChanges())
    /// Versions that have been read.
    let versions = KnownVersions()
    private let pool: ConnectionPool
    let transactions: PostgresTransactions
    let news: PostgresNews
    let writer: PostgresWriter

    /// So many connections a process has at most, beside those that write records.
    private static let mostConnections = 6
    private static let mostWriters = 2

    package var executor: (any TaskExecutor)? { nil }

    /// Connects, and makes the tables or brings them up to date where that is needed.
    ///
    /// - Throws: in a sentence that says what to do, when the database cannot be used.
    package init(
        _ address: PostgresAddress, forReading isForReading: Bool = false, owner: String = Owner.own,
        time: Time = .ofDatabase, clock: any AutoRuntime.Clock
    ) async throws(StoreError) {
        self.address = address
        self.owner = owner
        self.clock = clock
        self.isForReading = isForReading
        self.time = time
        let mode = PreparedMode()
        let connect: ConnectionPool.Connector = { () throws(DatabaseFailure) in
            try Connection(address.text, prepares: mode.prepares)
        }
        pool = ConnectionPool(limit: Self.mostConnections, connect)
        news = PostgresNews(address)
        transactions = PostgresTransactions(address: address, mode: mode)
        writer = PostgresWriter(
            ConnectionPool(limit: Self.mostWriters, connect), lanes: Self.mostWriters, transactions, owner)
        try await onLane { lane throws(StoreError) in
            try PostgresOpening(address: address, isForReading: isForReading).prepare(lane, mode)
        }
    }

    deinit { news.end() }

    /// Brings the tables up to date.
    ///
    /// - Returns: how many steps that took.
    static func migrate(_ address: PostgresAddress) async throws(StoreError) -> Int {
        let outcome = await onOwnThread { _ in
            Result { () throws(StoreError) in
                let lane = Lane { () throws(DatabaseFailure) in
                    try Connection(address.text, prepares: false)
                }
                return try PostgresOpening(address: address, isForReading: false).migrate(lane)
            }
        }
        return try outcome.get()
    }

    /// Runs on one of the pool's threads.
    func onLane<Result: Sendable>(_ body: @escaping @Sendable (Lane) throws(StoreError) -> Result)
        async throws(StoreError) -> Result
    {
        let outcome = await withCheckedContinuation { continuation in
            pool.submit { lane in
                let outcome = Swift.Result { () throws(StoreError) in try body(lane) }
                continuation.resume(returning: outcome)
            }
        }
        return try outcome.get()
    }

    /// Does something in a transaction of its own, again where others were in the way or the connection broke.
    func write<Result: Sendable>(_ body: @escaping @Sendable (Connection) throws -> Result)
        async throws(StoreError) -> Result
    {
        guard !isForReading else { throw StoreError.isForReading(address) }
        let transactions = transactions
        return try await onLane { lane throws(StoreError) in try transactions.write(lane, body) }
    }

    /// Reads what one statement gives, or what need not belong together.
    func read<Result: Sendable>(_ body: @escaping @Sendable (Connection) throws -> Result)
        async throws(StoreError) -> Result
    {
        let transactions = transactions
        return try await onLane { lane throws(StoreError) in
            try transactions.read(lane, isTogether: false, body)
        }
    }

    /// Reads what belongs together, as it is at one moment.
    func readTogether<Result: Sendable>(_ body: @escaping @Sendable (Connection) throws -> Result)
        async throws(StoreError) -> Result
    {
        let transactions = transactions
        return try await onLane { lane throws(StoreError) in
            try transactions.read(lane, isTogether: true, body)
        }
    }

    /// Seconds since 1970 by this machine: for records, and for nothing that decides who holds a session.
    func secondsNow() -> Int64 { clock.now() / 1_000_000_000 }

    /// An expression of SQL: seconds since 1970 by the time that decides. It is the same for a whole statement, so that
    /// an index is searched for it.
    var now: String {
        switch time {
        case .ofDatabase: "floor(extract(epoch FROM statement_timestamp()))::bigint"
        case .ofClock: "\(secondsNow())::bigint"
        }
    }

    package func cached(_ key: String) async throws(StoreError) -> Value? {
        try await read { connection in
            let row = try connection.run("SELECT value FROM autorun.cache WHERE key = $1", [.text(key)]).rows
                .first
            return try row.map { try KeptJSON.value($0.text("value")) }
        }
    }

    package func cache(_ value: Value, for key: String) async throws(StoreError) {
        try await write { connection in
            _ = try connection.run(
                """
                INSERT INTO autorun.cache (key, value) VALUES ($1, $2)
                ON CONFLICT (key) DO UPDATE SET value = excluded.value
                """, [.text(key), .text(KeptJSON.text(value))])
        }
    }
}

/// Whether the server keeps statements: not behind somebody who gives each transaction another connection of it.
final class PreparedMode: Sendable {
    private let isOn = Mutex(true)

    var prepares: Bool { isOn.withLock { $0 } }

    /// Makes new connections keep none from now on.
    func turnOff() { isOn.withLock { $0 = false } }
}
