package import AutoRuntime
import Foundation
import GRDB
package import Values

extension SQLiteStore {
    package func start(
        _ session: SessionHeader, of automation: StoredAutomation, taking: [StepRecord], held: Bool,
        key: String?
    ) async throws(StoreError) -> StartOutcome {
        let inputs = JSON.text(session.inputs)
        return try await writer.write { database in
            guard let key else {
                try self.insert(session, automation, held, database)
                for (ordinal, record) in taking.enumerated() {
                    try self.upsert(record, ordinal, session.id, database)
                }
                return .started
            }
            let row = try Row.fetchOne(
                database, sql: "SELECT session_id, inputs FROM start_key WHERE automation_id = ? AND key = ?",
                arguments: [automation.id.text, key])
            if let row, let id = ID(row["session_id"] as String) {
                return row["inputs"] as String == inputs ? .repeated(id) : .differs
            }
            try self.insert(session, automation, held, database)
            try database.execute(
                sql: "INSERT INTO start_key (automation_id, key, inputs, session_id) VALUES (?, ?, ?, ?)",
                arguments: [automation.id.text, key, inputs, session.id.text])
            return .started
        }
    }

    package func queueLength(files: Set<ID>) throws(StoreError) -> Int {
        let files = SQL.list(files)
        return try read { database in
            try Int.fetchOne(
                database.cachedStatement(
                    sql: """
                        SELECT count(*) FROM session
                        WHERE status IN ('NEW', 'RUNNING') AND waits = 0 AND lease_owner IS NULL AND \(SQL.isServed)
                        """), arguments: [files]) ?? 0
        }
    }

    package func counts() throws(StoreError) -> SessionCounts {
        var counts = try read { database in
            var counts = SessionCounts()
            let rows = try Row.fetchAll(
                database, sql: "SELECT status, count(*) AS number FROM session GROUP BY status")
            for row in rows {
                if let status = Status(rawValue: row["status"]) { counts.byStatus[status] = row["number"] }
            }
            counts.waiting =
                try Int.fetchOne(
                    database, sql: "SELECT count(*) FROM session WHERE status = 'RUNNING' AND waits = 1") ?? 0
            return counts
        }
        for file in [path, path + "-wal"] {
            let size = try? FileManager.default.attributesOfItem(atPath: file)[.size] as? Int
            counts.bytes += size ?? 0
        }
        return counts
    }
}

extension SQLiteStore: AutomationShelf {
    package func automations(limit: Int, after: ID?, files: Set<ID>) throws(StoreError) -> [AutomationEntry] {
        let files = SQL.list(files)
        return try read { database in
            try Row.fetchAll(
                database,
                sql: SQL.automations + """
                     AND automation.id > ? AND (path = '' OR automation.id IN (SELECT value FROM json_each(?)))
                    ORDER BY automation.id LIMIT ?
                    """, arguments: [after?.text ?? "", files, limit]
            ).map { try entry($0, database) }
        }
    }

    package func automation(_ id: ID) throws(StoreError) -> AutomationEntry? {
        try read { database in
            try Row.fetchOne(
                database.cachedStatement(sql: SQL.automations + " AND automation.id = ?"),
                arguments: [id.text]
            ).map { try entry($0, database) }
        }
    }

    private func entry(_ row: Row, _ database: Database) throws -> AutomationEntry {
        AutomationEntry(
            automation: try version(row, database), versionCreatedAt: row["version_created_at"],
            createdAt: row["created_at"], updatedAt: row["updated_at"])
    }

    package func put(_ automation: StoredAutomation) async throws(StoreError) -> AutomationEntry {
        try await writer.write { database in
            let version = try self.versionID(of: automation, database)
            try database.execute(
                sql:
                    "UPDATE automation SET name = ?, version_id = ?, updated_at = ?, is_deleted = 0 WHERE id = ?",
                arguments: [automation.name, version, secondsNow(), automation.id.text])
            let row = try Row.fetchOne(
                database, sql: SQL.automations + " AND automation.id = ?", arguments: [automation.id.text])
            guard let row else { throw StoreError("the automation \(automation.id.text) was not written") }
            return try self.entry(row, database)
        }
    }

    package func delete(_ id: ID) async throws(StoreError) -> Bool {
        try await writer.write { database in
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

extension SQLiteStore: TokenShelf {
    package func tokens() throws(StoreError) -> [TokenEntry] {
        try read { database in
            try Row.fetchAll(database, sql: "SELECT * FROM token ORDER BY id").map { row in
                guard let scope = TokenScope(rawValue: row["scope"]) else {
                    throw StoreError("a token in the store \(path) has an unknown scope: revoke it")
                }
                return TokenEntry(
                    name: row["name"], hash: row["hash"], scope: scope, createdAt: row["created_at"])
            }
        }
    }

    package func add(_ token: TokenEntry) throws(StoreError) {
        try write { database in
            let isTaken = try Bool.fetchOne(
                database, sql: "SELECT 1 FROM token WHERE name = ?", arguments: [token.name])
            guard isTaken == nil else {
                throw StoreError("there is a token `\(token.name)` already: revoke it first, or name another")
            }
            try database.execute(
                sql: "INSERT INTO token (name, hash, scope, created_at) VALUES (?, ?, ?, ?)",
                arguments: [token.name, token.hash, token.scope.rawValue, token.createdAt])
        }
    }

    package func revoke(_ name: String) throws(StoreError) -> Bool {
        var isGone = false
        try write { database in
            try database.execute(sql: "DELETE FROM token WHERE name = ?", arguments: [name])
            isGone = database.changesCount == 1
        }
        return isGone
    }
}

extension SQL {
    /// Whether a session's automation came by the API, or is one of a list of ids.
    static let isServed = """
        automation_id IN (SELECT id FROM automation WHERE path = '' OR id IN (SELECT value FROM json_each(?)))
        """

    /// Ids as one argument, a JSON array.
    static func list(_ ids: some Sequence<ID>) -> String { JSON.text(.list(ids.map { .string($0.text) })) }

    static let automations = """
        SELECT automation.*, version.created_at AS version_created_at, version.key AS version_key
        FROM automation JOIN version ON version.id = automation.version_id WHERE NOT is_deleted
        """
}
