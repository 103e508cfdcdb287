package import AutoRuntime
import GRDB
package import Values

extension SQLiteStore {
    package func begin(
        _ batch: SessionBatch, _ sessions: [SessionHeader], of automation: StoredAutomation, key: AnswerKey?
    ) async throws(StoreError) -> BatchStart {
        try await write { database in
            if let key, let before = try self.outcome(of: key, automation.id, database) { return before }
            try database.execute(
                sql: """
                    INSERT INTO batch (id, automation_id, at_once, count, created_at, key, body)
                    VALUES (?, ?, ?, ?, ?, ?, ?)
                    """,
                arguments: [
                    batch.id.text, automation.id.text, batch.atOnce, batch.count, batch.createdAt, key?.key,
                    key?.body,
                ])
            for session in sessions {
                try self.insert(session, automation, false, batch: batch.id, database)
                try database.cachedStatement(
                    sql: "INSERT INTO batch_session (session_id, batch_id) VALUES (?, ?)"
                ).execute(arguments: [session.id.text, batch.id.text])
            }
            return .started
        }
    }

    package func outcome(of key: AnswerKey, startingBatchOf automation: ID)
        async throws(StoreError) -> BatchStart?
    {
        try await read { database in try self.outcome(of: key, automation, database) }
    }

    private func outcome(of key: AnswerKey, _ automation: ID, _ database: Database) throws -> BatchStart? {
        let row = try Row.fetchOne(
            database, sql: "SELECT id, body FROM batch WHERE automation_id = ? AND key = ?",
            arguments: [automation.text, key.key])
        guard let row else { return nil }
        return try row.optional("body") == key.body ? .repeated(try id(row.value("id"))) : .differs
    }

    package func batches(_ query: BatchQuery) async throws(StoreError) -> [BatchStanding] {
        let (statement, arguments) = SQL.batches(query)
        return try await read { database in
            let found = try Row.fetchAll(database, sql: statement, arguments: arguments).map { row in
                let batch = SessionBatch(
                    id: try self.id(row.value("id")), automationID: try self.id(row.value("automation_id")),
                    atOnce: try row.count("at_once"), count: try row.count("count"),
                    createdAt: try row.time("created_at"))
                return (batch: batch, name: try row.value("automation_name") as String)
            }
            let rows = try Row.fetchAll(
                database, sql: SQL.standing, arguments: [SQL.list(found.map(\.batch.id))])
            return try BatchStanding.standings(
                found,
                rows.map { row in
                    BatchCount(
                        batch: try row.value("batch_id"), status: try row.value("status"),
                        waits: try row.value("waits"), isCancelled: try row.value("cancelled"),
                        count: try row.count("count"))
                })
        }
    }

    package func cancel(batch: ID, now: Int64) async throws(StoreError) -> CancelledSessions {
        try await write { database in
            try database.execute(
                sql: "UPDATE batch SET at_once = 0 WHERE id = ?", arguments: [batch.text])
            var cancelled = CancelledSessions()
            for row in try Row.fetchAll(database, sql: SQL.openInBatch, arguments: [batch.text]) {
                let id = try self.id(row.value("id"))
                if try self.isFree(row, database) {
                    cancelled.ended += try self.end(
                        id, error: StepFailure.cancelled.message, now: now, database)
                } else {
                    try database.execute(
                        sql: "UPDATE session SET cancel_requested = 1 WHERE id = ?", arguments: [id.text])
                    cancelled.ended += try self.cancelCalled(by: id, now: now, database)
                    cancelled.held.append(id)
                }
            }
            return cancelled
        }
    }
}

extension SQL {
    /// `key` and `body` are of the request that began the batch; a session is of one batch or of none.
    static let batches = """
        CREATE TABLE batch (
            id TEXT PRIMARY KEY, automation_id TEXT NOT NULL, at_once INTEGER NOT NULL, count INTEGER NOT NULL,
            created_at INTEGER NOT NULL, key TEXT, body TEXT) STRICT;
        CREATE UNIQUE INDEX batch_key ON batch (automation_id, key) WHERE key IS NOT NULL;
        CREATE TABLE batch_session (
            session_id TEXT PRIMARY KEY REFERENCES session (id) ON DELETE CASCADE, batch_id TEXT NOT NULL)
            STRICT, WITHOUT ROWID;
        CREATE INDEX batch_session_batch ON batch_session (batch_id, session_id);
        """
    fileprivate static let standing = """
        SELECT member.batch_id, status, (\(asks)) AS waits,
            status = 'FAILED' AND coalesce(error, '') = 'cancelled' AS cancelled, count(*) AS count
        FROM batch_session AS member JOIN session ON session.id = session_id
        WHERE member.batch_id IN (SELECT value FROM json_each(?)) GROUP BY 1, 2, 3, 4
        """

    /// Sentences about what refers to a batch, or to a batch's automation, that is gone.
    static func lostBatches(_ database: Database) throws -> [String] {
        let sessions = try String.fetchAll(
            database,
            sql: """
                SELECT DISTINCT batch_id FROM batch_session
                WHERE batch_id NOT IN (SELECT id FROM batch) LIMIT 20
                """
        ).map { "the batch \($0) is gone, and sessions of it are there: they never begin" }
        let batches = try String.fetchAll(
            database,
            sql: """
                SELECT id FROM batch WHERE automation_id NOT IN (SELECT id FROM automation) LIMIT 20
                """
        ).map { "the automation of the batch \($0) is gone" }
        return sessions + batches
    }

    static func batches(_ query: BatchQuery) -> (statement: String, arguments: StatementArguments) {
        var conditions: [String] = []
        var arguments: [String: any DatabaseValueConvertible] = ["limit": query.limit]
        func add(_ condition: String, _ name: String, _ argument: String?) {
            guard let argument else { return }
            conditions.append(condition)
            arguments[name] = argument
        }
        add("batch.id = :id", "id", query.id?.text)
        add("batch.automation_id = :automation", "automation", query.automation?.text)
        add("batch.id < :before", "before", query.before?.text)
        if let files = query.files {
            add(batchIsServed, "files", list(files))
            // An empty list is of no batch.
            arguments["besides"] = list(query.besides)
        }
        if query.isOpen {
            conditions.append(
                """
                EXISTS (SELECT 1 FROM batch_session AS member JOIN session ON session.id = session_id
                    WHERE member.batch_id = batch.id AND +status IN ('NEW', 'RUNNING'))
                """)
        }
        let condition = conditions.isEmpty ? "" : "WHERE " + conditions.joined(separator: " AND ")
        let statement = """
            SELECT batch.id, batch.automation_id, batch.at_once, batch.count, batch.created_at,
                automation.name AS automation_name
            FROM batch JOIN automation ON automation.id = batch.automation_id
            \(condition) ORDER BY batch.id DESC LIMIT :limit
            """
        return (statement, StatementArguments(arguments))
    }

    private static let batchIsServed = """
        ((automation.path = '' OR automation.id IN (SELECT value FROM json_each(:files)))
            AND (NOT automation.is_deleted
                OR EXISTS (SELECT 1 FROM batch_session AS member JOIN session ON session.id = session_id
                    WHERE member.batch_id = batch.id AND outlives))
            OR batch.id IN (SELECT batch_id FROM batch_session
                WHERE session_id IN (SELECT value FROM json_each(:besides))))
        """
    fileprivate static let openInBatch = """
        SELECT session.id, lease_owner FROM batch_session AS member JOIN session ON session.id = session_id
        WHERE member.batch_id = ? AND status IN ('NEW', 'RUNNING')
        """
}
