package import AutoRuntime
import PostgreSQL
package import Values

extension PostgresStore {
    package func begin(
        _ batch: SessionBatch, _ sessions: [SessionHeader], of automation: StoredAutomation, key: AnswerKey?
    ) async throws(StoreError) -> BatchStart {
        try await write { connection in
            let isNew =
                try connection.run(
                    """
                    INSERT INTO autorun.batch (id, automation_id, at_once, count, created_at, key, body)
                    VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (automation_id, key) DO NOTHING
                    """,
                    [
                        .text(batch.id.text), .text(automation.id.text), .number(Int64(batch.atOnce)),
                        .number(Int64(batch.count)), .number(batch.createdAt), .optional(key?.key),
                        .optional(key?.body),
                    ]
                ).count == 1
            guard isNew else {
                return try key.flatMap { try self.outcome(of: $0, automation.id, connection) } ?? .differs
            }
            let jobs = sessions.map { header in
                let new = NewSession(
                    header: header, automation: automation, taking: TakenOver(), isHeld: false,
                    batch: batch.id)
                return WriteJob(what: .start(new), onDisk: {}, receipt: Receipt())
            }
            var starts = PostgresBatch(jobs, self, isRepeated: false, connection)
            try starts.write()
            if let error = starts.refused.values.first { throw error }
            try connection.run(
                """
                INSERT INTO autorun.batch_session (session_id, batch_id)
                SELECT id, $2::uuid FROM unnest($1::uuid[]) AS new(id)
                """, [.texts(sessions.map(\.id.text)), .text(batch.id.text)])
            starts.tellOfCommit()
            try connection.run(PostgresSQL.tellOfWork)
            return .started
        }
    }

    package func outcome(of key: AnswerKey, startingBatchOf automation: ID)
        async throws(StoreError) -> BatchStart?
    {
        try await read { connection in try self.outcome(of: key, automation, connection) }
    }

    private func outcome(of key: AnswerKey, _ automation: ID, _ connection: Connection) throws -> BatchStart?
    {
        let row = try connection.run(
            "SELECT id, body FROM autorun.batch WHERE automation_id = $1 AND key = $2",
            [.text(automation.text), .text(key.key)]
        ).rows.first
        guard let row else { return nil }
        return row["body"] == key.body ? .repeated(try id(row.text("id"))) : .differs
    }

    package func batches(_ query: BatchQuery) async throws(StoreError) -> [BatchStanding] {
        let (statement, arguments) = PostgresSQL.batches(query)
        return try await readTogether { connection in
            let found = try connection.run(statement, arguments).rows.map { row in
                let batch = SessionBatch(
                    id: try self.id(row.text("id")), automationID: try self.id(row.text("automation_id")),
                    atOnce: Int(row.int("at_once")), count: Int(row.int("count")),
                    createdAt: row.int("created_at"))
                return (batch: batch, name: row.text("automation_name"))
            }
            let rows = try connection.run(PostgresSQL.standing, [.texts(found.map(\.batch.id.text))]).rows
            return try BatchStanding.standings(
                found,
                rows.map { row in
                    BatchCount(
                        batch: row.text("batch_id"), status: row.text("status"), waits: row.flag("waits"),
                        isCancelled: row.flag("cancelled"), count: Int(row.int("count")))
                })
        }
    }

    package func cancel(batch: ID, now: Int64) async throws(StoreError) -> CancelledSessions {
        try await write { connection in
            // The sessions first, as who takes some of them has it.
            let open = try connection.run(PostgresSQL.openInBatch, [.text(batch.text)]).rows
            try connection.run(
                "UPDATE autorun.batch SET at_once = 0 WHERE id = $1", [.text(batch.text)])
            var cancelled = CancelledSessions()
            for row in open {
                let id = try self.id(row.text("id"))
                if try self.isFree(row, connection) {
                    cancelled.ended += try self.end(
                        id, error: StepFailure.cancelled.message, now: now, connection)
                } else {
                    try self.askToStop(id.text, connection)
                    cancelled.ended += try self.cancelCalled(by: id, now: now, connection)
                    cancelled.held.append(id)
                }
            }
            return cancelled
        }
    }

    /// The batches of sessions, by the sessions' ids; of others nothing.
    func batches(of sessions: [String], _ connection: Connection) throws -> [String: String] {
        guard !sessions.isEmpty else { return [:] }
        let rows = try connection.run(
            "SELECT session_id, batch_id FROM autorun.batch_session WHERE session_id = ANY($1::uuid[])",
            [.texts(sessions)]
        ).rows
        return Dictionary(
            rows.map { ($0.text("session_id"), $0.text("batch_id")) }, uniquingKeysWith: { first, _ in first }
        )
    }

    /// How many more sessions of a batch may run now. Others who take some of it wait until this transaction has ended.
    func room(in batch: String, _ connection: Connection) throws -> Int {
        let most = try connection.run(
            "SELECT at_once FROM autorun.batch WHERE id = $1 FOR UPDATE", [.text(batch)]
        ).rows.first?.int("at_once")
        let running = try connection.run(PostgresSQL.running, [.text(batch)]).rows.first?.int("count")
        return Int((most ?? 0) - (running ?? 0))
    }
}

extension PostgresSQL {
    /// A key that is null is no other's.
    static let batches = """
        CREATE TABLE autorun.batch (
            id uuid PRIMARY KEY, automation_id uuid NOT NULL, at_once integer NOT NULL, count integer NOT NULL,
            created_at bigint NOT NULL, key text, body text, UNIQUE (automation_id, key));
        CREATE TABLE autorun.batch_session (session_id uuid PRIMARY KEY, batch_id uuid NOT NULL);
        CREATE INDEX batch_session_batch ON autorun.batch_session (batch_id, session_id);
        """
    fileprivate static let standing = """
        SELECT member.batch_id, status, (\(asks)) AS waits,
            (status = 'FAILED' AND coalesce(error, '') = 'cancelled') AS cancelled, count(*) AS count
        FROM autorun.batch_session AS member JOIN autorun.session AS session ON session.id = member.session_id
        WHERE member.batch_id = ANY($1::uuid[]) GROUP BY 1, 2, 3, 4
        """

    fileprivate static func batches(_ query: BatchQuery) -> (statement: String, arguments: [Argument]) {
        var conditions: [String] = []
        var arguments: [Argument] = []
        func add(_ argument: Argument?, _ condition: (String) -> String) {
            guard let argument else { return }
            arguments.append(argument)
            conditions.append(condition("$\(arguments.count)"))
        }
        add(query.id.map { .text($0.text) }) { "batch.id = \($0)::uuid" }
        add(query.automation.map { .text($0.text) }) { "batch.automation_id = \($0)::uuid" }
        add(query.before.map { .text($0.text) }) { "batch.id < \($0)::uuid" }
        if let files = query.files {
            arguments += [.texts(files.map(\.text)), .texts(query.besides.map(\.text))]
            conditions.append(
                batchIsServed(files: "$\(arguments.count - 1)", besides: "$\(arguments.count)"))
        }
        if query.isOpen {
            conditions.append(
                """
                EXISTS (SELECT 1 \(ofRunning)
                    WHERE member.batch_id = batch.id AND session.status IN ('NEW', 'RUNNING'))
                """)
        }
        arguments.append(.number(Int64(query.limit)))
        let condition = conditions.isEmpty ? "" : "WHERE " + conditions.joined(separator: " AND ")
        let statement = """
            SELECT batch.id, automation_id, at_once, count, batch.created_at, automation.name AS automation_name
            FROM autorun.batch AS batch JOIN autorun.automation AS automation
                ON automation.id = batch.automation_id
            \(condition) ORDER BY batch.id DESC LIMIT $\(arguments.count)::bigint
            """
        return (statement, arguments)
    }

    /// - Parameters:
    ///   - files: the name of the argument that lists automations.
    ///   - besides: of the one that lists sessions.
    private static func batchIsServed(files: String, besides: String) -> String {
        """
        ((automation.path = '' OR automation.id = ANY(\(files)::uuid[]))
            AND (NOT automation.is_deleted
                OR EXISTS (SELECT 1 \(ofRunning) WHERE member.batch_id = batch.id AND session.outlives))
            OR batch.id IN (
                SELECT batch_id FROM autorun.batch_session WHERE session_id = ANY(\(besides)::uuid[])))
        """
    }

    fileprivate static let openInBatch = """
        \(lease) WHERE id IN (SELECT session_id FROM autorun.batch_session WHERE batch_id = $1)
            AND status IN ('NEW', 'RUNNING') ORDER BY id FOR UPDATE
        """
    private static let ofRunning = """
        FROM autorun.session AS session JOIN autorun.batch_session AS member ON member.session_id = session.id
        """
    private static let runs = "session.lease_owner IS NOT NULL AND session.status IN ('NEW', 'RUNNING')"
    fileprivate static let running = """
        SELECT count(*) AS count \(ofRunning) WHERE \(runs) AND member.batch_id = $1
        """
}
