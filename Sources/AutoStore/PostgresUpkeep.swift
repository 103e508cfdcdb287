package import AutoRuntime
import PostgreSQL
package import Values

/// Which sessions are pruned; its argument is a time in seconds since 1970. One that has been called stays until all of its
/// callers have ended: they take its result, and what it has cost counts as theirs.
///
/// For a join the planner would go through the whole table at each session; it looks up what stands in the place of a value.
private let isPrunable = """
    session.status IN ('FINISHED', 'FAILED') AND session.updated_at < $1::bigint
    AND (session.caller IS NULL OR NOT EXISTS (
        WITH RECURSIVE above (id) AS (
            SELECT session.caller
            UNION SELECT (SELECT caller FROM autorun.session WHERE id = above.id) FROM above
            WHERE above.id IS NOT NULL)
        SELECT 1 FROM above
        WHERE (SELECT status FROM autorun.session WHERE id = above.id) IN ('NEW', 'RUNNING')))
    """

extension PostgresStore {
    package func prunable(before: Int64) async throws(StoreError) -> [PrunableSessions] {
        try await read { connection in
            try connection.run(
                """
                SELECT automation.name, session.status, count(*) AS count,
                    min(session.updated_at) AS oldest, max(session.updated_at) AS newest,
                    sum(octet_length(session.inputs) + coalesce((
                        SELECT sum(octet_length(coalesce(prompt, '')) + octet_length(coalesce(result, ''))
                            + octet_length(coalesce(error, '')))
                        FROM autorun.step WHERE session_id = session.id), 0) + coalesce((
                        SELECT sum(octet_length(data)) FROM autorun.trace WHERE session_id = session.id), 0))::bigint
                        AS bytes
                FROM autorun.session AS session
                    JOIN autorun.automation AS automation ON automation.id = session.automation_id
                WHERE \(isPrunable) GROUP BY automation.id, automation.name, session.status
                ORDER BY automation.name COLLATE "C", automation.id, session.status COLLATE "C"
                """, [.number(before)]
            ).rows.compactMap { row in
                Status(rawValue: row.text("status")).map { status in
                    PrunableSessions(
                        automationName: row.text("name"), status: status, count: Int(row.int("count")),
                        oldest: row.int("oldest"), newest: row.int("newest"), bytes: Int(row.int("bytes")))
                }
            }
        }
    }

    /// A part of them in each transaction, so that none holds others up for long.
    private static let prunedAtOnce: Int64 = 1_000

    package func prune(before: Int64) async throws(StoreError) -> Int {
        var count = 0
        // Before all ids.
        var last = "00000000-0000-0000-0000-000000000000"
        while true {
            // Behind those of the part before: rows that are gone are not gone over once more.
            let behind = last
            let part = try await write { connection in
                try self.pruneSome(before, behind: behind, connection)
            }
            count += part.count
            last = part.max() ?? last
            if part.count < Int(Self.prunedAtOnce) { break }
        }
        try await write { connection in
            try connection.run(PostgresSQL.lockVersions)
            // What an automation is now stays: a server may be serving it, and what came by the API has no file.
            try connection.run(
                """
                DELETE FROM autorun.version AS version
                WHERE NOT EXISTS (SELECT 1 FROM autorun.session WHERE version_key = version.key)
                    AND NOT EXISTS (SELECT 1 FROM autorun.automation
                        WHERE version_key = version.key AND NOT is_deleted)
                """)
            try connection.run(
                """
                DELETE FROM autorun.automation AS automation
                WHERE NOT EXISTS (SELECT 1 FROM autorun.version WHERE automation_id = automation.id)
                """)
            try connection.run(
                """
                DELETE FROM autorun.batch AS batch
                WHERE NOT EXISTS (SELECT 1 FROM autorun.batch_session WHERE batch_id = batch.id)
                """)
            try connection.run("DELETE FROM autorun.page WHERE time < $1", [.number(before)])
        }
        versions.forgetAll()
        return count
    }

    /// - Parameter behind: only sessions with a later id.
    /// - Returns: the ids of those that were deleted.
    private func pruneSome(_ before: Int64, behind: String, _ connection: Connection) throws -> [String] {
        let ids = try connection.run(
            """
            DELETE FROM autorun.session WHERE id IN (SELECT id FROM autorun.session AS session
                WHERE \(isPrunable) AND id > $2::uuid
                ORDER BY id LIMIT \(Self.prunedAtOnce) FOR UPDATE SKIP LOCKED)
            RETURNING id
            """, [.number(before), .text(behind)]
        ).rows.map { $0.text("id") }
        guard !ids.isEmpty else { return [] }
        for table in ["step", "trace", "start_key", "answer_key", "batch_session"] {
            try connection.run(
                "DELETE FROM autorun.\(table) WHERE session_id = ANY($1::uuid[])", [.texts(ids)])
        }
        return ids
    }

    /// What was deleted is made room for new rows now, and not when the database comes round to it by itself; pages at
    /// the end of a table go back to the system. Nobody has to wait for that. To give back pages in the middle, the
    /// database would lock out all servers: that is left to whoever runs it (`VACUUM FULL`).
    package func shrink() async throws(StoreError) -> ShrinkOutcome {
        let size = try await counts().bytes
        try await read { connection in
            try connection.script(
                """
                VACUUM (SKIP_LOCKED) autorun.session, autorun.step, autorun.trace, autorun.start_key,
                    autorun.answer_key, autorun.batch_session, autorun.page
                """)
        }
        return try await counts().bytes < size ? .givenBack : .tooLittle
    }

    package func counts() async throws(StoreError) -> SessionCounts {
        try await readTogether { connection in
            var counts = SessionCounts()
            let rows = try connection.run(
                "SELECT status, count(*) AS number FROM autorun.session GROUP BY status"
            ).rows
            for row in rows {
                if let status = Status(rawValue: row.text("status")) {
                    counts.byStatus[status] = Int(row.int("number"))
                }
            }
            let waiting = try connection.run(
                "SELECT count(*) AS count FROM autorun.session AS session WHERE \(PostgresSQL.asks)")
            counts.waiting = Int(waiting.rows.first?.int("count") ?? 0)
            let bytes = try connection.run(
                """
                SELECT coalesce(sum(pg_total_relation_size(oid)), 0)::bigint AS bytes FROM pg_class
                WHERE relnamespace = to_regnamespace('autorun') AND relkind = 'r'
                """)
            counts.bytes = Int(bytes.rows.first?.int("bytes") ?? 0)
            return counts
        }
    }

    package func upgrade(_ session: ID, to automation: StoredAutomation, indices: [Int: Int])
        async throws(StoreError)
    {
        try await write { connection in
            try connection.run(PostgresSQL.shareVersions)
            try self.know(automation, connection)
            let (old, new) = (indices.keys.map { Int64($0) }, indices.values.map { Int64($0) })
            try connection.run(
                """
                UPDATE autorun.step AS step SET step_index = n.new
                FROM unnest($2::integer[], $3::integer[]) AS n(old, new)
                WHERE step.session_id = $1 AND step.step_index = n.old
                """, [.text(session.text), .numbers(old), .numbers(new)])
            try connection.run(
                "UPDATE autorun.session SET version_key = $1 WHERE id = $2",
                [.text(automation.versionID.text), .text(session.text)])
        }
    }

    package func copy(to place: String) async throws(StoreError) {
        let target = try await SQLiteStore(path: place, owner: owner, clock: clock)
        _ = try await StoreCopy(from: self, to: target).run()
    }
}
