package import AutoRuntime
import PostgreSQL
package import Values

extension PostgresStore {
    package func automations(limit: Int, after: ID?, files: Set<ID>) async throws(StoreError)
        -> [AutomationEntry]
    {
        try await readTogether { connection in
            try connection.run(
                PostgresSQL.automations + """
                     AND ($1::uuid IS NULL OR automation.id > $1::uuid)
                        AND (path = '' OR automation.id = ANY($2::uuid[]))
                    ORDER BY automation.id LIMIT $3::bigint
                    """, [.optional(after?.text), .texts(files.map(\.text)), .number(Int64(limit))]
            ).rows.map { try self.entry($0, connection) }
        }
    }

    package func automation(_ id: ID) async throws(StoreError) -> AutomationEntry? {
        let statement = PostgresSQL.automations + " AND automation.id = $1"
        // Each session that begins asks for this. Where its version has been read before, one statement says all.
        let (isThere, entry) = try await read { connection -> (Bool, AutomationEntry?) in
            guard let row = try connection.run(statement, [.text(id.text)]).rows.first else {
                return (false, nil)
            }
            let isKnown = ID(row.text("version_key")).map { self.versions[$0] != nil } ?? false
            return (true, isKnown ? try self.entry(row, connection) : nil)
        }
        guard isThere, entry == nil else { return entry }
        return try await readTogether { connection in
            try connection.run(statement, [.text(id.text)]).rows.first.map { try self.entry($0, connection) }
        }
    }

    package func uses(files: Set<ID>) async throws(StoreError) -> [AutomationUse] {
        try await read { connection in
            try connection.run(PostgresSQL.uses, [.texts(files.map(\.text))]).rows.compactMap { row in
                ID(row.text("id")).map { id in
                    AutomationUse(
                        automation: id, lastUsedAt: row.number("used"), waiting: Int(row.int("waiting")))
                }
            }
        }
    }

    private func entry(_ row: Row, _ connection: Connection) throws -> AutomationEntry {
        AutomationEntry(
            automation: try version(row, connection), versionCreatedAt: row.int("version_created_at"),
            createdAt: row.int("created_at"), updatedAt: row.int("updated_at"))
    }

    package func put(_ automation: StoredAutomation) async throws(StoreError) -> AutomationEntry {
        try await write { connection in
            try connection.run(PostgresSQL.shareVersions)
            try self.know(automation, connection)
            try connection.run(
                """
                UPDATE autorun.automation SET name = $1, version_key = $2, updated_at = $3, is_deleted = false
                WHERE id = $4
                """,
                [
                    .text(automation.name), .text(automation.versionID.text), .number(self.secondsNow()),
                    .text(automation.id.text),
                ])
            let row = try connection.run(
                PostgresSQL.automations + " AND automation.id = $1", [.text(automation.id.text)]
            ).rows.first
            guard let row else { throw StoreError("the automation \(automation.id.text) was not written") }
            return try self.entry(row, connection)
        }
    }

    package func delete(_ id: ID) async throws(StoreError) -> Bool {
        try await write { connection in
            let isDeleted =
                try connection.run(
                    "UPDATE autorun.automation SET is_deleted = true WHERE id = $1 AND NOT is_deleted",
                    [.text(id.text)]
                ).count == 1
            guard isDeleted else { return false }
            // What is under way can be followed to its end.
            try connection.run(
                """
                UPDATE autorun.session SET outlives = true
                WHERE automation_id = $1 AND status IN ('NEW', 'RUNNING')
                """, [.text(id.text)])
            return true
        }
    }

    // Tokens.

    package func tokens() async throws(StoreError) -> [TokenEntry] {
        try await read { connection in
            try connection.run("SELECT * FROM autorun.token ORDER BY id").rows.map { row in
                guard let scope = TokenScope(rawValue: row.text("scope")) else {
                    throw StoreError(
                        "the token \(row.text("name")) has an unknown scope: revoke it",
                        publicly: "a token of the server has an unknown scope: revoke it")
                }
                return TokenEntry(
                    name: row.text("name"), hash: row.text("hash"), scope: scope,
                    createdAt: row.int("created_at"))
            }
        }
    }

    @discardableResult
    package func add(_ token: TokenEntry) async throws(StoreError) -> Bool {
        try await write { connection in
            try connection.run(
                """
                INSERT INTO autorun.token (name, hash, scope, created_at) VALUES ($1, $2, $3, $4)
                ON CONFLICT (name) DO NOTHING
                """,
                [
                    .text(token.name), .text(token.hash), .text(token.scope.rawValue),
                    .number(token.createdAt),
                ]
            ).count == 1
        }
    }

    package func revoke(_ name: String) async throws(StoreError) -> Bool {
        try await write { connection in
            try connection.run("DELETE FROM autorun.token WHERE name = $1", [.text(name)]).count == 1
        }
    }
}

extension PostgresSQL {
    /// A session's id begins with its time, so the last one by id is the newest.
    static let uses = """
        SELECT automation.id, newest.created_at AS used, coalesce(waiting.count, 0) AS waiting
        FROM autorun.automation AS automation
            LEFT JOIN LATERAL (SELECT id, created_at FROM autorun.session WHERE automation_id = automation.id
                ORDER BY id DESC LIMIT 1) AS newest ON true
            LEFT JOIN (SELECT automation_id, count(*) AS count FROM autorun.session AS session
                WHERE \(asks) GROUP BY automation_id) AS waiting ON waiting.automation_id = automation.id
        WHERE NOT is_deleted AND automation.version_key IS NOT NULL
            AND (path = '' OR automation.id = ANY($1::uuid[]))
        ORDER BY newest.id DESC NULLS LAST, automation.id
        """

    static let automations = """
        SELECT automation.*, version.created_at AS version_created_at
        FROM autorun.automation AS automation JOIN autorun.version AS version ON version.key = automation.version_key
        WHERE NOT is_deleted
        """
}
