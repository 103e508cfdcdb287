import AutoRuntime
import GRDB
import Values

/// Sessions that call one another: who has called goes on when what it called has ended, and what is called ends with
/// who has called it.
extension SQLiteStore {
    /// In the commit in which a session ends: its caller has to go on, and what it has called is wanted by nobody.
    func tellOfEnd(_ session: SessionHeader, _ database: Database) throws {
        if let caller = session.caller { try wake(caller, database) }
        if session.status == .failed { try cancelCalled(by: session.id, now: session.updatedAt, database) }
    }

    /// All that have called a session, directly or through others, go on: an answer has come.
    func wakeCallers(of session: ID, _ database: Database) throws {
        for caller in try String.fetchAll(
            database.cachedStatement(sql: SQL.callers), arguments: [session.text])
        {
            try wake(try id(caller), database)
        }
    }

    private func wake(_ caller: ID, _ database: Database) throws {
        try database.cachedStatement(sql: SQL.wake).execute(arguments: [caller.text])
    }

    /// Ends the sessions that a session has called and that nobody runs, or asks who runs them to stop.
    ///
    /// - Returns: those that have been ended.
    @discardableResult
    func cancelCalled(by session: ID, now: Int64, _ database: Database) throws -> [ID] {
        var callers = [session.text]
        var ended: [ID] = []
        while let caller = callers.popLast() {
            let rows = try Row.fetchAll(
                database.cachedStatement(sql: SQL.called), arguments: [caller])
            for row in rows {
                let id: String = try row.value("id")
                callers.append(id)
                if try isFree(row, database) {
                    ended += try end(
                        try self.id(id), error: StepFailure.cancelled.message, now: now, database)
                } else {
                    try database.execute(
                        sql: "UPDATE session SET cancel_requested = 1 WHERE id = ?", arguments: [id])
                }
            }
        }
        return ended
    }
}

extension SQL {
    /// Whether a session asks a person. One that has called others waits with them: then it asks only where more of
    /// its steps wait than sessions are open that it has called.
    static let asks = """
        session.status = 'RUNNING' AND session.waits AND (
            NOT EXISTS (SELECT 1 FROM session AS called
                WHERE called.caller = session.id AND called.status IN ('NEW', 'RUNNING'))
            OR (SELECT count(*) FROM step WHERE step.session_id = session.id AND step.status = 'RUNNING')
                > (SELECT count(*) FROM session AS called
                    WHERE called.caller = session.id AND called.status IN ('NEW', 'RUNNING')))
        """
    /// `UNION` leaves out what it has given before, so that it also ends in a store whose rows lead round.
    static let callers = """
        WITH RECURSIVE above (id) AS (
            SELECT caller FROM session WHERE id = ? AND caller IS NOT NULL
            UNION SELECT session.caller FROM session JOIN above ON session.id = above.id
            WHERE session.caller IS NOT NULL)
        SELECT id FROM above
        """
    static let called = """
        SELECT id, lease_owner FROM session WHERE caller = ? AND status IN ('NEW', 'RUNNING')
        """
    /// One that runs looks at its calls once more before it waits.
    static let wake = """
        UPDATE session SET waits = 0, wake_at = NULL, answered = lease_owner IS NOT NULL WHERE id = ?
            AND status IN ('NEW', 'RUNNING')
        """
}
