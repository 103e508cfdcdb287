package import AutoRuntime
import PostgreSQL
import Values

extension PostgresStore {
    package func examine() async throws(StoreError) -> StoreReport {
        var report = StoreReport()
        report.problems = try await read { connection in
            try PostgresSQL.belonging.flatMap { rule in
                try connection.run(rule.statement).rows.map { row in
                    "a row of the table \(rule.table) belongs to one that is gone: \(row.text("id"))"
                }
            }
        }
        // A page of ids at a time: all of them may be more than the memory holds.
        var last: String?
        while true {
            let after = last
            let ids = try await read { connection in
                try connection.run(
                    """
                    SELECT id FROM autorun.session WHERE $1::uuid IS NULL OR id > $1::uuid ORDER BY id LIMIT 1000
                    """, [.optional(after)]
                ).rows.map { $0.text("id") }
            }
            for id in ids { await report.examine(id, in: self) }
            guard let end = ids.last else { break }
            last = end
        }
        try await report.tellBatches(in: self)
        if !report.problems.isEmpty {
            report.mend =
                "make a copy first (pg_dump --schema=autorun), then restore a backup, or delete those rows"
        }
        return report
    }
}

extension PostgresSQL {
    /// What refers to what, by statements that find the rows whose other side is not there.
    fileprivate static let belonging: [(table: String, statement: String)] = [
        ("step", lost("step", "session_id", "session", "id")),
        ("trace", lost("trace", "session_id", "session", "id")),
        ("session", lost("session", "version_key", "version", "key")),
        ("version", lost("version", "automation_id", "automation", "id")),
        ("batch_session", lost("batch_session", "session_id", "session", "id")),
        ("batch_session", lost("batch_session", "batch_id", "batch", "id")),
        ("batch", lost("batch", "automation_id", "automation", "id")),
    ]

    private static func lost(_ table: String, _ column: String, _ other: String, _ key: String) -> String {
        """
        SELECT DISTINCT one.\(column) AS id FROM autorun.\(table) AS one
        WHERE NOT EXISTS (SELECT 1 FROM autorun.\(other) AS other WHERE other.\(key) = one.\(column)) LIMIT 20
        """
    }
}
