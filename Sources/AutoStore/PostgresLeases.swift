package import AutoRuntime
import PostgreSQL
import Synchronization
package import Values

extension PostgresStore {
    package func claim(_ session: ID) async throws(StoreError) -> ClaimOutcome {
        try await keepAlive()
        return try await write { connection in
            let rows = try connection.run(
                "\(PostgresSQL.lease) WHERE id = $1 FOR UPDATE", [.text(session.text)]
            ).rows
            guard let row = rows.first, row.isOpen else { return .ended }
            let isTakenHere = row["lease_owner"] == self.owner && self.keeper.isTaken(session)
            guard !isTakenHere, try self.isFree(row, orOwn: true, connection) else { return .held }
            return try self.take(session, row, connection) ? .taken : .ended
        }
    }

    package func hasOutlivedHolder(of session: ID) async -> Bool {
        keeper.state.withLock { $0.inherited.contains(session) }
    }

    /// Holds a session from now on; false when it has ended instead: its last holder was gone before it could
    /// cancel it, as somebody had asked, or too many holders have died of it.
    func take(_ session: ID, _ row: Row, _ connection: Connection) throws -> Bool {
        guard !row.flag("cancel_requested") else {
            try end(session, error: StepFailure.cancelled.message, now: secondsNow(), connection)
            return false
        }
        let holder = row["lease_owner"]
        // Whoever gives a session back clears this; a name that still stands here is of a process that died.
        if let holder, holder != owner {
            guard try outlivedDeath(session, connection) else { return false }
        }
        let hasCrashed = row.int("crashes") > 0 || holder != nil
        keeper.state.withLock { state in
            if hasCrashed { state.troubled.insert(session) } else { state.troubled.remove(session) }
            state.taken.insert(session)
            if holder == nil || holder == owner {
                state.inherited.remove(session)
            } else {
                state.inherited.insert(session)
            }
        }
        let isHeld = holder == owner && fences.withLock { $0[session] } == row.int("fence")
        let fence = isHeld ? row.int("fence") : row.int("fence") + 1
        try connection.run(
            """
            UPDATE autorun.session SET lease_owner = $1, fence = $2, waits = false, wake_at = NULL, answered = false,
                changes = changes + 1
            WHERE id = $3
            """, [.text(owner), .number(fence), .text(session.text)])
        // Before the commit: whatever is written by it afterwards has the number.
        fences.withLock { $0[session] = fence }
        return true
    }

    /// Ends a session that nobody runs as FAILED; its open steps are cancelled.
    ///
    /// - Returns: the session, and those that it had called and that have ended with it.
    @discardableResult
    func end(_ session: ID, error: String, now: Int64, _ connection: Connection) throws -> [ID] {
        try connection.run(
            """
            UPDATE autorun.step SET status = 'FAILED', error = 'cancelled', error_kind = 'cancelled', updated_at = $1
            WHERE session_id = $2 AND status IN ('NEW', 'RUNNING')
            """, [.number(now), .text(session.text)])
        // Who held it and sleeps finds another number when it wakes.
        try connection.run(
            """
            UPDATE autorun.session SET status = 'FAILED', error = $1, updated_at = $2, lease_owner = NULL,
                fence = fence + 1, waits = false, wake_at = NULL, changes = changes + 1
            WHERE id = $3
            """, [.text(error), .number(now), .text(session.text)])
        try wakeCallers(of: session, connection)
        try connection.run(PostgresSQL.tellOfWork)
        return try [session] + cancelCalled(by: session, now: now, connection)
    }

    /// Whether nobody runs a session; with `orOwn`, nobody but this process. Where its holder is gone, nothing of
    /// that one is half written afterwards.
    func isFree(_ row: Row, orOwn: Bool = false, _ connection: Connection) throws -> Bool {
        guard let holder = row["lease_owner"] else { return true }
        if holder == owner { return orOwn }
        return try isGone(holder, connection) && isSilent(holder, connection)
    }

    /// Whether a process is not there any more, or has not said so for as long as a lease lasts.
    private func isGone(_ holder: String, _ connection: Connection) throws -> Bool {
        let isHere = try connection.run(
            "SELECT until >= \(now) AS here FROM autorun.holder WHERE id = $1", [.text(holder)]
        ).rows.first?.flag("here")
        return isHere != true || Owner.isGone(holder)
    }

    /// Whether no transaction of a process is under way; later ones wait for this one's end.
    func isSilent(_ holder: String, _ connection: Connection) throws -> Bool {
        try connection.run(PostgresSQL.takeLease, [.text(holder)]).rows.first?.flag("taken") ?? false
    }

    package func park(_ session: ID, until: Int64?) async throws(StoreError) -> Bool {
        // The time that is left, since the database's clock may show another one.
        let left = until.map { (max(0, $0 - clock.now()) + 999_999_999) / 1_000_000_000 }
        let fence = fences.withLock { $0[session] }
        let isParked = try await write { connection in
            let isParked =
                try connection.run(
                    """
                    UPDATE autorun.session SET lease_owner = NULL, waits = true, wake_at = \(self.now) + $1::bigint,
                        changes = changes + 1
                    WHERE id = $2 AND lease_owner = $3 AND fence = coalesce($4::bigint, fence) AND NOT answered
                    """, [.optional(left), .text(session.text), .text(self.owner), .optional(fence)]
                ).count == 1
            if isParked { return true }
            return try connection.run(
                "UPDATE autorun.session SET answered = false WHERE id = $1 AND answered",
                [.text(session.text)]
            ).count == 0
        }
        if isParked { forget(session, fence) }
        return isParked
    }

    package func release(_ session: ID) async throws(StoreError) {
        let fence = fences.withLock { $0[session] }
        // It is not run here any more, also where that cannot be written now.
        forget(session, fence)
        try await write { connection in
            try connection.run(
                """
                UPDATE autorun.session SET lease_owner = NULL, changes = changes + 1
                WHERE id = $1 AND lease_owner = $2 AND fence = coalesce($3::bigint, fence)
                """, [.text(session.text), .text(self.owner), .optional(fence)])
            try connection.run(PostgresSQL.tellOfWork)
        }
    }

    /// The number by which this process held a session, unless it has taken it anew meanwhile.
    private func forget(_ session: ID, _ fence: Int64?) {
        fences.withLock { if $0[session] == fence { $0[session] = nil } }
        keeper.isGivenBack(session)
    }

    package func cancel(_ session: ID, now: Int64) async throws(StoreError) -> CancelOutcome {
        try await write { connection in
            let rows = try connection.run(
                "\(PostgresSQL.lease) WHERE id = $1 FOR UPDATE", [.text(session.text)]
            ).rows
            guard let row = rows.first, row.isOpen else { return .ended }
            guard try self.isFree(row, connection) else {
                try self.askToStop(session.text, connection)
                try self.cancelCalled(by: session, now: now, connection)
                return .requested
            }
            try self.end(session, error: StepFailure.cancelled.message, now: now, connection)
            return .ended
        }
    }

    package func queueLength(files: Set<ID>) async throws(StoreError) -> Int {
        try await read { connection in
            let row = try connection.run(
                """
                SELECT count(*) AS count FROM autorun.session
                WHERE status IN ('NEW', 'RUNNING') AND NOT waits AND lease_owner IS NULL
                    AND \(PostgresSQL.isServed("$1"))
                """, [.texts(files.map(\.text))]
            ).rows.first
            return Int(row?.int("count") ?? 0)
        }
    }

    package func isFree(_ session: ID) async throws(StoreError) -> Bool {
        try await read { connection in
            guard
                let row = try connection.run("\(PostgresSQL.lease) WHERE id = $1", [.text(session.text)]).rows
                    .first
            else { return false }
            guard let holder = row["lease_owner"] else { return true }
            return try holder != self.owner && self.isGone(holder, connection)
        }
    }
}

extension Row {
    fileprivate var isOpen: Bool { text("status") == "NEW" || text("status") == "RUNNING" }
}
