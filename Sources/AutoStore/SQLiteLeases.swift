package import AutoRuntime
import GRDB
import Synchronization
package import Values

extension SQLiteStore {
    package func claim(_ session: ID) async throws(StoreError) -> ClaimOutcome {
        try await write { database in
            guard let row = try Row.fetchOne(database, sql: SQL.lease, arguments: [session.text]),
                let status = Status(rawValue: try row.value("status")), status == .new || status == .running
            else { return .ended }
            let holder: String? = try row.optional("lease_owner")
            let isTakenHere = holder == self.owner && self.keeper.isTaken(session)
            guard !isTakenHere, try self.isFree(row, orOwn: true, database) else { return .held }
            return try self.take(session, row, database) ? .taken : .ended
        }
    }

    package func hasOutlivedHolder(of session: ID) async -> Bool {
        keeper.state.withLock { $0.inherited.contains(session) }
    }

    /// Holds a session from now on; false when it has ended instead: its last holder was gone before it could
    /// cancel it, as somebody had asked, or too many holders have died of it.
    func take(_ session: ID, _ row: Row, _ database: Database) throws -> Bool {
        guard try row.value("cancel_requested") as Int64 == 0 else {
            try end(session, error: StepFailure.cancelled.message, now: secondsNow(), database)
            return false
        }
        // Before anything is written: what is damaged stays as it is.
        let holder: String? = try row.optional("lease_owner")
        let (crashes, last): (Int, Int) = (try row.count("crashes"), try row.count("fence"))
        // Whoever gives a session back clears this; a name that still stands here is of a process that died.
        if let holder, holder != owner {
            guard try outlivedDeath(session, database) else { return false }
        }
        try keep(database)
        let hasCrashed = crashes > 0 || holder != nil
        keeper.state.withLock { state in
            if hasCrashed { state.troubled.insert(session) } else { state.troubled.remove(session) }
            state.taken.insert(session)
            if holder == nil || holder == owner {
                state.inherited.remove(session)
            } else {
                state.inherited.insert(session)
            }
        }
        let isHeld = holder == owner && fence(session) == Int64(last)
        let number = Int64(isHeld ? last : last + 1)
        try database.cachedStatement(sql: SQL.take).execute(arguments: [owner, number, session.text])
        fences.withLock { $0[session] = number }
        return true
    }

    /// Ends a session that nobody runs as FAILED; its open steps are cancelled.
    ///
    /// - Returns: the session, and those that it had called and that have ended with it.
    @discardableResult
    func end(_ session: ID, error: String, now: Int64, _ database: Database) throws -> [ID] {
        try database.execute(
            sql: """
                UPDATE step SET status = 'FAILED', error = 'cancelled', error_kind = 'cancelled', updated_at = ?
                WHERE session_id = ? AND status IN ('NEW', 'RUNNING')
                """, arguments: [now, session.text])
        // Who held it and sleeps finds another number when it wakes.
        try database.execute(
            sql: """
                UPDATE session SET status = 'FAILED', error = ?, updated_at = ?, lease_owner = NULL,
                    fence = fence + 1, waits = 0, wake_at = NULL, changes = changes + 1
                WHERE id = ?
                """, arguments: [error, now, session.text])
        try wakeCallers(of: session, database)
        return try [session] + cancelCalled(by: session, now: now, database)
    }

    /// Whether nobody runs a session; with `orOwn`, nobody but this process.
    func isFree(_ row: Row, orOwn: Bool = false, _ database: Database) throws -> Bool {
        guard let holder: String = try row.optional("lease_owner") else { return true }
        if holder == owner { return orOwn }
        return try isGone(holder, database)
    }

    /// Where a process runs on this machine, its time is not taken from the wall's clock, which jumps when it is set or
    /// when the machine has slept: until it has been silent for a lease, it goes on with its sessions.
    func isGone(_ holder: String, _ database: Database) throws -> Bool {
        let until = try Int64.fetchOne(
            database.cachedStatement(sql: "SELECT until FROM holder WHERE id = ?"), arguments: [holder])
        let isSilent = keeper.isSilent(holder, until: until)
        if Owner.isRunning(holder) { return isSilent }
        return until ?? 0 < secondsNow() || Owner.isGone(holder)
    }

    package func park(_ session: ID, until: Int64?) async throws(StoreError) -> Bool {
        try await write { database in
            let answered = try Bool.fetchOne(
                database, sql: "SELECT answered FROM session WHERE id = ?", arguments: [session.text])
            guard answered != true else {
                try database.execute(
                    sql: "UPDATE session SET answered = 0 WHERE id = ?", arguments: [session.text])
                return false
            }
            try database.execute(
                sql: """
                    UPDATE session SET lease_owner = NULL, waits = 1, wake_at = ?1, changes = changes + 1
                    WHERE id = ?2 AND lease_owner = ?3 AND \(SQL.isOwn("?3", "?4"))
                    """,
                arguments: [
                    until.map { ($0 + 999_999_999) / 1_000_000_000 }, session.text, self.owner,
                    self.fence(session),
                ])
            self.forget(session)
            return true
        }
    }

    /// Gives a session back as it is, to whoever takes it.
    package func release(_ session: ID) async throws(StoreError) {
        let fence = fence(session)
        // It is not run here any more, also where that cannot be written now.
        forget(session)
        try await write { database in
            try database.execute(
                sql: """
                    UPDATE session SET lease_owner = NULL, changes = changes + 1
                    WHERE id = ?1 AND lease_owner = ?2 AND \(SQL.isOwn("?2", "?3"))
                    """, arguments: [session.text, self.owner, fence])
        }
    }

    /// Ends a session that nobody runs, with its open steps, or asks the process that runs it to stop.
    package func cancel(_ session: ID, now: Int64) async throws(StoreError) -> CancelOutcome {
        try await write { database in
            guard let row = try Row.fetchOne(database, sql: SQL.lease, arguments: [session.text]) else {
                return .ended
            }
            let status = Status(rawValue: try row.value("status")) ?? .failed
            guard status == .new || status == .running else { return .ended }
            guard try self.isFree(row, database) else {
                try database.execute(
                    sql: "UPDATE session SET cancel_requested = 1 WHERE id = ?", arguments: [session.text])
                try self.cancelCalled(by: session, now: now, database)
                return .requested
            }
            try self.end(session, error: StepFailure.cancelled.message, now: now, database)
            return .ended
        }
    }
}

extension SQLiteStore {
    package func queueLength(files: Set<ID>) async throws(StoreError) -> Int {
        let files = SQL.list(files)
        return try await read { database in
            try Int.fetchOne(
                database.cachedStatement(
                    sql: """
                        SELECT count(*) FROM session
                        WHERE status IN ('NEW', 'RUNNING') AND waits = 0 AND lease_owner IS NULL AND \(SQL.isServed)
                        """), arguments: [files]) ?? 0
        }
    }
}

extension SQL {
    static let lease =
        "SELECT status, lease_owner, cancel_requested, crashes, fence FROM session WHERE id = ?"
    static let take = """
        UPDATE session SET lease_owner = ?, fence = ?, waits = 0, wake_at = NULL, answered = 0, changes = changes + 1
        WHERE id = ?
        """
}
