package import AutoRuntime
import GRDB
import Synchronization
package import Values

/// What `changes` found, and when.
struct LastChanges: Sendable {
    /// The store's count of what others had written then.
    var version: Int64?
    var asked: Set<ID> = []
    var found: [ID: Int64] = [:]
}

extension SQLiteStore {
    /// SQLite's own count of what other connections have written.
    package func othersChanges() async throws(StoreError) -> Int64 {
        // On the writing connection, for which all others are others.
        try await asked(of: database) { database in
            try Int64.fetchOne(database.cachedStatement(sql: "PRAGMA data_version")) ?? 0
        }
    }

    package func changes(of watched: [ID]) async throws(StoreError) -> [ID: Int64] {
        let version = try await othersChanges()
        let known = lastChanges.withLock { last in
            last.version == version && last.asked == Set(watched) ? last.found : nil
        }
        if let known { return known }
        let list = SQL.list(watched)
        let found = try await read { database in
            let rows = try Row.fetchCursor(
                database.cachedStatement(sql: SQL.changes), arguments: [list])
            var counts: [ID: Int64] = [:]
            while let row = try rows.next() {
                if let id = ID(try row.value("id")) { counts[id] = try row.value("changes") }
            }
            return counts
        }
        lastChanges.withLock { $0 = LastChanges(version: version, asked: Set(watched), found: found) }
        return found
    }
}

extension SQL {
    /// The counts of changes of sessions, and of automations, of which the newest sessions are looked at: no
    /// list shows more.
    static let changes = """
        SELECT id, changes FROM session WHERE id IN (SELECT value FROM json_each(?1))
        UNION ALL SELECT id, (SELECT coalesce(sum(changes + 1), 0) FROM
            (SELECT changes FROM session WHERE automation_id = automation.id ORDER BY id DESC LIMIT 200))
        FROM automation WHERE id IN (SELECT value FROM json_each(?1))
        """
}
