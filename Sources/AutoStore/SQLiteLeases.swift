package import AutoRuntime
import GRDB
import Synchronization
package import Values

extension SQLiteStore {
    package func claim(_ session: ID) async throws(StoreError) -> ClaimOutcome {
        try await write { database in
            guard let row = try Row.fetchOne(database, sql: SQL.lease, arguments: [session.text]),
                let status = Status(rawValue: row["status"]), status == .new || status == .running
            else { return .ended }
            let holder: String? = row["lease_owner"]
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
    private func take(_ session: ID, _ row: Row, _ database: Database) throws -> Bool {
        guard row["cancel_requested"] as Int64 == 0 else {
            try end(session, error: "cancelled", now: secondsNow(), database)
            return false
        }
        // Whoever gives a session back clears this; a name that still stands here is of a process that died.
        if let holder: String = row["lease_owner"], holder != owner {
            guard try outlivedDeath(session, database) else { return false }
        }
        try keep(database)
        let hasCrashed = row["crashes"] as Int64 > 0 || row["lease_owner"] as String? != nil
        keeper.state.withLock { state in
            if hasCrashed { state.troubled.insert(session) } else { state.troubled.remove(session) }
            state.taken.insert(session)
            let holder: String? = row["lease_owner"]
            if holder == nil || holder == owner {
                state.inherited.remove(session)
            } else {
                state.inherited.insert(session)
            }
        }
        try database.cachedStatement(sql: SQL.take).execute(arguments: [owner, session.text])
        return true
    }

    /// Ends a session that nobody runs as FAILED; its open steps are cancelled.
    func end(_ session: ID, error: String, now: Int64, _ database: Database) throws {
        try database.execute(
            sql: """
                UPDATE step SET status = 'FAILED', error = 'cancelled', error_kind = 'cancelled', updated_at = ?
                WHERE session_id = ? AND status IN ('NEW', 'RUNNING')
                """, arguments: [now, session.text])
        try database.execute(
            sql: """
                UPDATE session SET status = 'FAILED', error = ?, updated_at = ?, lease_owner = NULL,
                    waits = 0, wake_at = NULL, changes = changes + 1
                WHERE id = ?
                """, arguments: [error, now, session.text])
        try wakeCallers(of: session, database)
        try cancelCalled(by: session, now: now, database)
    }

    /// Whether nobody runs a session; with `orOwn`, nobody but this process.
    func isFree(_ row: Row, orOwn: Bool = false, _ database: Database) throws -> Bool {
        guard let holder: String = row["lease_owner"] else { return true }
        if holder == owner { return orOwn }
        return try isGone(holder, database)
    }

    private func isGone(_ holder: String, _ database: Database) throws -> Bool {
        let until = try Int64.fetchOne(
            database.cachedStatement(sql: "SELECT until FROM holder WHERE id = ?"), arguments: [holder])
        return until ?? 0 < secondsNow() || Owner.isGone(holder)
    }

    package func next(_ count: Int, except: Set<ID>, files: Set<ID>, only: Set<String>?)
        async throws(StoreError) -> DueSessions
    {
        let files = SQL.list(files)
        let names = only.map { JSON.text(.list($0.map(Value.string))) }
        return try await write { database in
            var gone: [String: Bool] = [:]
            let rows = try Row.fetchCursor(
                database.cachedStatement(sql: SQL.due), arguments: [self.secondsNow(), files, names])
            var free: [(id: ID, row: Row)] = []
            while free.count < count, let row = try rows.next() {
                guard let id = ID(row["id"] as String), !except.contains(id) else { continue }
                if let holder: String = row["lease_owner"] {
                    if holder == self.owner { continue }
                    let isGone = try gone[holder] ?? self.isGone(holder, database)
                    gone[holder] = isGone
                    guard isGone else { continue }
                }
                free.append((id, row.copy()))
            }
            var due = DueSessions()
            for (id, row) in free {
                if try self.take(id, row, database) { due.taken.append(id) } else { due.ended.append(id) }
            }
            return due
        }
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
            self.keeper.isGivenBack(session)
            try database.execute(
                sql:
                    "UPDATE session SET lease_owner = NULL, waits = 1, wake_at = ?, changes = changes + 1 WHERE id = ? AND lease_owner = ?",
                arguments: [until.map { ($0 + 999_999_999) / 1_000_000_000 }, session.text, self.owner])
            return true
        }
    }

    /// Gives a session back as it is, to whoever takes it.
    package func release(_ session: ID) async throws(StoreError) {
        try await write { database in
            self.keeper.isGivenBack(session)
            try database.execute(
                sql:
                    "UPDATE session SET lease_owner = NULL, changes = changes + 1 WHERE id = ? AND lease_owner = ?",
                arguments: [session.text, self.owner])
        }
    }

    /// Ends a session that nobody runs, with its open steps, or asks the process that runs it to stop.
    package func cancel(_ session: ID, now: Int64) async throws(StoreError) -> CancelOutcome {
        try await write { database in
            guard let row = try Row.fetchOne(database, sql: SQL.lease, arguments: [session.text]) else {
                return .ended
            }
            let status = Status(rawValue: row["status"]) ?? .failed
            guard status == .new || status == .running else { return .ended }
            guard try self.isFree(row, database) else {
                try database.execute(
                    sql: "UPDATE session SET cancel_requested = 1 WHERE id = ?", arguments: [session.text])
                try self.cancelCalled(by: session, now: now, database)
                return .requested
            }
            try self.end(session, error: "cancelled", now: now, database)
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
    static let lease = "SELECT status, lease_owner, cancel_requested, crashes FROM session WHERE id = ?"
    static let take = """
        UPDATE session SET lease_owner = ?, waits = 0, wake_at = NULL, answered = 0, changes = changes + 1 WHERE id = ?
        """
    static let due = """
        SELECT id, lease_owner, cancel_requested, crashes FROM (
            SELECT id, automation_id, lease_owner, cancel_requested, crashes FROM session
                WHERE status IN ('NEW', 'RUNNING') AND waits = 0
            UNION ALL SELECT id, automation_id, lease_owner, cancel_requested, crashes FROM session WHERE wake_at <= ?)
        WHERE \(isServed) AND (?3 IS NULL OR automation_id IN
            (SELECT id FROM automation WHERE name IN (SELECT value FROM json_each(?3))))
        ORDER BY id
        """
}
