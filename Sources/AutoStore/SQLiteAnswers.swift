package import AutoRuntime
import GRDB
package import Values

extension SQLiteStore {
    /// Records what a person answered, and lets the session go on.
    ///
    /// - Parameters:
    ///   - step: the id of the step record that waits; no other one is ever answered.
    ///   - now: seconds since 1970.
    package func answer(_ session: ID, step: ID, with answer: Value, key: AnswerKey?, now: Int64)
        async throws(StoreError) -> AnswerOutcome
    {
        let result = KeptJSON.text(answer)
        return try await write { database in
            if let key, let before = try self.outcome(of: key, session, database) { return before }
            try database.execute(
                sql: """
                    UPDATE step SET status = 'FINISHED', result = ?, updated_at = ?
                    WHERE session_id = ? AND id = ? AND status = 'RUNNING'
                        AND (SELECT status FROM session WHERE id = session_id) = 'RUNNING'
                    """, arguments: [result, now, session.text, step.text])
            guard database.changesCount == 1 else { return .notWaiting }
            if let key {
                try database.execute(
                    sql: "INSERT INTO answer_key (session_id, key, body) VALUES (?, ?, ?)",
                    arguments: [session.text, key.key, key.body])
            }
            try database.execute(
                sql: """
                    UPDATE session SET waits = 0, wake_at = NULL, answered = lease_owner IS NOT NULL, updated_at = ?,
                        changes = changes + 1, crashes = 0
                    WHERE id = ?
                    """, arguments: [now, session.text])
            try self.wakeCallers(of: session, database)
            return .recorded
        }
    }

    package func outcome(of key: AnswerKey, in session: ID) async throws(StoreError) -> AnswerOutcome? {
        try await read { database in try self.outcome(of: key, session, database) }
    }

    private func outcome(of key: AnswerKey, _ session: ID, _ database: Database) throws -> AnswerOutcome? {
        let body = try String.fetchOne(
            database.cachedStatement(sql: "SELECT body FROM answer_key WHERE session_id = ? AND key = ?"),
            arguments: [session.text, key.key])
        return body.map { $0 == key.body ? .repeated : .differs }
    }
}
