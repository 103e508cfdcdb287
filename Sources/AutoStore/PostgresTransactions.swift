import AutoRuntime
import Foundation
import PostgreSQL
import Synchronization

/// Waits on a thread of a pool, where nothing else waits with it.
func pause(milliseconds: Int) { usleep(UInt32(milliseconds) * 1_000) }

/// Does what is asked of the database again where others were in the way or a connection broke; what may have been
/// committed is looked up and not done twice.
struct PostgresTransactions: Sendable {
    let address: PostgresAddress
    let mode: PreparedMode

    /// So long a database that does not answer is waited for, in seconds: one that is started again, or replaced.
    static let patience = 60.0
    /// A transaction in which others were in the way is tried so often.
    static let tries = 20

    /// Begins a transaction that the server ends by itself when its client falls silent within it, so that no lock
    /// outlives a lease.
    static let begin = "BEGIN; SET LOCAL idle_in_transaction_session_timeout = '10s'"

    func write<Result>(_ lane: Lane, _ body: (Connection) throws -> Result) throws(StoreError) -> Result {
        try patiently(lane) { connection in
            try connection.script(Self.begin)
            let result: Result
            do { result = try body(connection) } catch {
                rollBack(connection)
                throw error
            }
            let mark = try connection.run(
                """
                SELECT pg_current_xact_id_if_assigned() AS id, left(pg_walfile_name(pg_current_wal_lsn()), 8) AS line
                """
            ).rows.first
            do { try connection.script("COMMIT") } catch let failure as DatabaseFailure
                where failure.kind == .broken
            {
                guard let id = mark?["id"], let line = mark?["line"] else { throw failure }
                guard try wasCommitted(id, line, lane) else { throw failure }
            }
            return result
        }
    }

    func read<Result>(_ lane: Lane, isTogether: Bool, _ body: (Connection) throws -> Result)
        throws(StoreError) -> Result
    {
        try patiently(lane) { connection in
            guard isTogether else { return try body(connection) }
            try connection.script("BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
            do {
                let result = try body(connection)
                try connection.script("COMMIT")
                return result
            } catch {
                rollBack(connection)
                throw error
            }
        }
    }

    func rollBack(_ connection: Connection) {
        if !connection.isBroken { try? connection.script("ROLLBACK") }
    }

    /// - Throws: what does not mend itself.
    private func patiently<Result>(_ lane: Lane, _ body: (Connection) throws -> Result)
        throws(StoreError) -> Result
    {
        var retry = Retry(mode)
        while true {
            do { return try body(try lane.current()) } catch let failure as DatabaseFailure {
                guard retry.goesOn(after: failure, lane) else { throw StoreError.refused(failure, address) }
            } catch {
                throw StoreError.postgres(error, address)
            }
        }
    }

    /// Whether a transaction whose end was not heard of was committed.
    ///
    /// - Parameter line: the timeline of the server's log. One that has become another has counted its transactions
    ///   anew from some point, so that the number says nothing there.
    private func wasCommitted(_ id: String, _ line: String, _ lane: Lane) throws -> Bool {
        var retry = Retry(mode)
        while true {
            do {
                let row = try lane.current().run(
                    """
                    SELECT pg_xact_status($1::xid8) AS status, left(pg_walfile_name(pg_current_wal_lsn()), 8) AS line
                    """, [.text(id)]
                ).rows.first
                guard row?["line"] == line else { throw StoreError.uncertain(address) }
                switch row?["status"] {
                case "committed": return true
                case "aborted": return false
                default: pause(milliseconds: 100)
                }
            } catch let failure as DatabaseFailure {
                // A number that the server has not given yet belongs to what it has lost.
                if failure.state == "22023" { return false }
                guard retry.goesOn(after: failure, lane) else { throw failure }
            }
        }
    }
}

/// How often and how long something is tried again.
struct Retry {
    private let mode: PreparedMode
    private var tries = 0
    private var began: ContinuousClock.Instant?

    init(_ mode: PreparedMode) { self.mode = mode }

    /// Waits a little where that helps; false when there is no sense in another try.
    mutating func goesOn(after failure: DatabaseFailure, _ lane: Lane) -> Bool {
        tries += 1
        if failure.isOfPreparing {
            // A new connection prepares anew what the tables have been changed for; else somebody stands between.
            if failure.state != "0A000" { mode.turnOff() }
            lane.drop()
            return tries < PostgresTransactions.tries
        }
        if failure.isOfConnection {
            lane.drop()
            let now = ContinuousClock.now
            let start = began ?? now
            began = start
            guard now - start < .seconds(PostgresTransactions.patience) else { return false }
            if tries > 1 { pause(milliseconds: min(1_000, 20 << min(tries, 6)) + Int.random(in: 0...50)) }
            return true
        }
        guard failure.isOfOthers, tries < PostgresTransactions.tries else { return false }
        pause(milliseconds: Int.random(in: 0...(5 * tries)))
        return true
    }
}
