package import AutoRuntime
import GRDB
package import Values

extension SQLiteStore {
    package func automations(limit: Int, after: ID?, files: Set<ID>) async throws(StoreError)
        -> [AutomationEntry]
    {
        let files = SQL.list(files)
        return try await read { database in
            try Row.fetchAll(
                database,
                sql: SQL.automations + """
                     AND automation.id > ? AND (path = '' OR automation.id IN (SELECT value FROM json_each(?)))
                    ORDER BY automation.id LIMIT ?
                    """, arguments: [after?.text ?? "", files, limit]
            ).map { try self.entry($0, database) }
        }
    }

    package func automation(_ id: ID) async throws(StoreError) -> AutomationEntry? {
        try await read { database in
            try Row.fetchOne(
                database.cachedStatement(sql: SQL.automations + " AND automation.id = ?"),
                arguments: [id.text]
            ).map { try self.entry($0, database) }
        }
    }

    package func uses(files: Set<ID>) async throws(StoreError) -> [AutomationUse] {
        let files = SQL.list(files)
        return try await read { database in
            try Row.fetchAll(
                database.cachedStatement(sql: SQL.uses), arguments: [files]
            ).compactMap { row in
                guard let id = row.text("id").flatMap({ ID($0) }) else { return nil }
                return AutomationUse(
                    automation: id, lastUsedAt: try row.optional("used"), waiting: try row.value("waiting"))
            }
        }
    }

    private func entry(_ row: Row, _ database: Database) throws -> AutomationEntry {
        AutomationEntry(
            automation: try version(row, database), versionCreatedAt: try row.time("version_created_at"),
            createdAt: try row.time("created_at"), updatedAt: try row.time("updated_at"))
    }

    package func put(_ automation: StoredAutomation) async throws(StoreError) -> AutomationEntry {
        try await write { database in
            let version = try self.versionID(of: automation, database)
            try database.execute(
                sql:
                    "UPDATE automation SET name = ?, version_id = ?, updated_at = ?, is_deleted = 0 WHERE id = ?",
                arguments: [automation.name, version, self.secondsNow(), automation.id.text])
            let row = try Row.fetchOne(
                database, sql: SQL.automations + " AND automation.id = ?", arguments: [automation.id.text])
            guard let row else { throw StoreError("the automation \(automation.id.text) was not written") }
            return try self.entry(row, database)
        }
    }

    package func delete(_ id: ID) async throws(StoreError) -> Bool {
        try await write { database in
            try database.execute(
                sql: "UPDATE automation SET is_deleted = 1 WHERE id = ? AND NOT is_deleted",
                arguments: [id.text])
            guard database.changesCount == 1 else { return false }
            // What is under way can be followed to its end.
            try database.execute(
                sql:
                    "UPDATE session SET outlives = 1 WHERE automation_id = ? AND status IN ('NEW', 'RUNNING')",
                arguments: [id.text])
            return true
        }
    }
}

extension SQL {
    /// Whether a session's automation came by the API, or is one of a list of ids.
    static let isServed = """
        automation_id IN (SELECT id FROM automation WHERE path = '' OR id IN (SELECT value FROM json_each(?)))
        """

    /// Ids as one argument, a JSON array.
    static func list(_ ids: some Sequence<ID>) -> String { JSON.text(.list(ids.map { .string($0.text) })) }

    /// A session's id begins with its time, so the last one by id is the newest.
    static let uses = """
        SELECT automation.id, newest.created_at AS used, coalesce(waiting.count, 0) AS waiting
        FROM automation
            LEFT JOIN session AS newest
                ON newest.id = (SELECT max(id) FROM session WHERE automation_id = automation.id)
            LEFT JOIN (SELECT automation_id, count(*) AS count FROM session
                WHERE \(asks) GROUP BY automation_id) AS waiting
                ON waiting.automation_id = automation.id
        WHERE NOT is_deleted AND automation.version_id IS NOT NULL
            AND (path = '' OR automation.id IN (SELECT value FROM json_each(?)))
        ORDER BY newest.id DESC, automation.id
        """

    static let automations = """
        SELECT automation.version_id, automation.created_at, automation.updated_at,
            version.created_at AS version_created_at, version.key AS version_key
        FROM automation JOIN version ON version.id = automation.version_id WHERE NOT is_deleted
        """
}
