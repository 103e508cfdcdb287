package import AutoRuntime
import PostgreSQL
package import Values

extension PostgresStore {
    package func answer(_ session: ID, step: ID, with answer: Value, key: AnswerKey?, now: Int64)
        async throws(StoreError) -> AnswerOutcome
    {
        let result = KeptJSON.text(answer)
        return try await write { connection in
            if let key, let before = try self.outcome(of: key, session, connection) { return before }
            let isTaken =
                try connection.run(
                    """
                    UPDATE autorun.step SET status = 'FINISHED', result = $1, updated_at = $2
                    WHERE session_id = $3::uuid AND id = $4 AND status = 'RUNNING'
                        AND (SELECT status FROM autorun.session WHERE id = $3::uuid) = 'RUNNING'
                    """, [.text(result), .number(now), .text(session.text), .text(step.text)]
                ).count == 1
            guard isTaken else { return .notWaiting }
            if let key {
                try connection.run(
                    "INSERT INTO autorun.answer_key (session_id, key, body) VALUES ($1, $2, $3)",
                    [.text(session.text), .text(key.key), .text(key.body)])
            }
            try connection.run(
                """
                UPDATE autorun.session SET waits = false, wake_at = NULL, answered = lease_owner IS NOT NULL,
                    updated_at = $1, changes = changes + 1, crashes = 0
                WHERE id = $2
                """, [.number(now), .text(session.text)])
            try self.wakeCallers(of: session, connection)
            try connection.run(PostgresSQL.tellOfWork)
            return .recorded
        }
    }

    package func outcome(of key: AnswerKey, in session: ID) async throws(StoreError) -> AnswerOutcome? {
        try await read { connection in try self.outcome(of: key, session, connection) }
    }

    private func outcome(of key: AnswerKey, _ session: ID, _ connection: Connection) throws -> AnswerOutcome?
    {
        let row = try connection.run(
            "SELECT body FROM autorun.answer_key WHERE session_id = $1 AND key = $2",
            [.text(session.text), .text(key.key)]
        ).rows.first
        return row.map { $0["body"] == key.body ? .repeated : .differs }
    }
}

/// Sessions that call one another: who has called goes on when what it called has ended, and what is called ends with
/// who has called it.
extension PostgresStore {
    /// In the commit in which a session ends: its caller has to go on, and what it has called is wanted by nobody.
    func tellOfEnd(_ session: SessionHeader, _ connection: Connection) throws {
        if let caller = session.caller {
            try connection.run(PostgresSQL.wake, [.texts([caller.text])])
            try connection.run(PostgresSQL.tellOfWork)
        }
        if session.status == .failed { try cancelCalled(by: session.id, now: session.updatedAt, connection) }
    }

    /// All that have called a session, directly or through others, go on: an answer has come.
    func wakeCallers(of session: ID, _ connection: Connection) throws {
        let callers = try connection.run(PostgresSQL.callers, [.text(session.text)]).rows.map { $0["id"] }
        if !callers.isEmpty { try connection.run(PostgresSQL.wake, [.texts(callers)]) }
    }

    /// Ends the sessions that a session has called and that nobody runs, or asks who runs them to stop.
    ///
    /// - Returns: those that have been ended.
    @discardableResult
    func cancelCalled(by session: ID, now: Int64, _ connection: Connection) throws -> [ID] {
        var callers = [session.text]
        var ended: [ID] = []
        while let caller = callers.popLast() {
            for row in try connection.run(PostgresSQL.called, [.text(caller)]).rows {
                callers.append(row.text("id"))
                if try isFree(row, connection) {
                    ended += try end(
                        try id(row.text("id")), error: StepFailure.cancelled.message, now: now, connection)
                } else {
                    try askToStop(row.text("id"), connection)
                }
            }
        }
        return ended
    }

    func askToStop(_ session: String, _ connection: Connection) throws {
        try connection.run(
            "UPDATE autorun.session SET cancel_requested = true WHERE id = $1", [.text(session)])
        try connection.run(PostgresSQL.tellOfCancellation)
    }
}

extension PostgresSQL {
    /// `UNION` leaves out what it has given before, so that it also ends in a store whose rows lead round.
    static let callers = """
        WITH RECURSIVE above (id) AS (
            SELECT caller FROM autorun.session WHERE id = $1 AND caller IS NOT NULL
            UNION SELECT session.caller FROM autorun.session AS session JOIN above ON session.id = above.id
            WHERE session.caller IS NOT NULL)
        SELECT id FROM above
        """
    static let called = "\(lease) WHERE caller = $1 AND status IN ('NEW', 'RUNNING') ORDER BY id FOR UPDATE"
    /// One that runs looks at its calls once more before it waits.
    static let wake = """
        UPDATE autorun.session SET waits = false, wake_at = NULL, answered = lease_owner IS NOT NULL
        WHERE id = ANY($1::uuid[]) AND status IN ('NEW', 'RUNNING')
        """
}
