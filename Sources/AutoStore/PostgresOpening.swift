import AutoRuntime
import PostgreSQL

/// Looks at a database before anything else is done with it.
struct PostgresOpening {
    let address: PostgresAddress
    let isForReading: Bool

    /// Connects, and brings the tables up to date where that is needed.
    func prepare(_ lane: Lane, _ mode: PreparedMode) throws(StoreError) {
        var retry = Retry(mode)
        while true {
            do throws(DatabaseFailure) { return try prepare(try connected(lane)) } catch {
                guard error.isOfPreparing, retry.goesOn(after: error, lane) else {
                    throw StoreError.refused(error, address)
                }
            }
        }
    }

    /// A server that only just starts is waited for, for ten seconds.
    private func connected(_ lane: Lane) throws(DatabaseFailure) -> Connection {
        guard address.isClear else { throw DatabaseFailure(.badAddress, "the address cannot be read") }
        for _ in 0..<50 {
            do throws(DatabaseFailure) { return try lane.current() } catch {
                guard error.words.contains("starting up") || error.state == "57P03" else { throw error }
                pause(milliseconds: 200)
            }
        }
        return try lane.current()
    }

    private func prepare(_ connection: Connection) throws(DatabaseFailure) {
        let isReplica = try connection.run("SELECT pg_is_in_recovery() AS is").rows.first?.flag("is") ?? false
        if isReplica, !isForReading { throw DatabaseFailure(.refused, "a replica", state: Own.replica) }
        switch try PostgresSchema.standing(connection) {
        case .current: return
        case .newer: throw DatabaseFailure(.refused, "newer tables", state: Own.newer)
        case .foreign: throw DatabaseFailure(.refused, "another program's tables", state: Own.foreign)
        case .missing where isForReading: throw DatabaseFailure(.refused, "no tables", state: Own.missing)
        case .older where isReplica: throw DatabaseFailure(.refused, "older tables", state: Own.older)
        case .missing, .older: _ = try PostgresSchema.migrate(connection)
        }
    }

    /// Brings the tables up to date.
    ///
    /// - Returns: how many migrations were made; 0 when they were of now already.
    func migrate(_ lane: Lane) throws(StoreError) -> Int {
        do throws(DatabaseFailure) {
            let connection = try connected(lane)
            let isReplica =
                try connection.run("SELECT pg_is_in_recovery() AS is").rows.first?.flag("is") ?? false
            if isReplica { throw DatabaseFailure(.refused, "a replica", state: Own.replica) }
            switch try PostgresSchema.standing(connection) {
            case .current: return 0
            case .newer: throw DatabaseFailure(.refused, "newer tables", state: Own.newer)
            case .foreign: throw DatabaseFailure(.refused, "another program's tables", state: Own.foreign)
            case .missing, .older: return try PostgresSchema.migrate(connection)
            }
        } catch {
            throw StoreError.refused(error, address)
        }
    }

    /// States of our own, beside those of SQL.
    enum Own {
        static let replica = "autorun/replica"
        static let newer = "autorun/newer"
        static let older = "autorun/older"
        static let foreign = "autorun/foreign"
        static let missing = "autorun/missing"
    }
}
