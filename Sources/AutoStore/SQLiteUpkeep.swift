package import AutoRuntime
import Computing
import Foundation
import GRDB
package import Values

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// Which sessions are pruned; its one argument is a time in seconds since 1970. One that has been called stays until all of
/// its callers have ended: they take its result, and what it has cost counts as theirs.
private let isPrunable = """
    session.status IN ('FINISHED', 'FAILED') AND session.updated_at < ?
    AND (session.caller IS NULL OR NOT EXISTS (
        WITH RECURSIVE above (id) AS (
            SELECT session.caller
            UNION SELECT one.caller FROM session AS one JOIN above ON one.id = above.id)
        SELECT 1 FROM session AS one JOIN above ON one.id = above.id
        WHERE one.status IN ('NEW', 'RUNNING')))
    """

/// Fewer unused pages, of 4 kB each, are not worth writing the file anew.
private let leastFreePages = 16

extension SQL {
    /// What SQLite counts of its file.
    fileprivate static func number(_ pragma: String, _ database: Database) throws -> Int {
        try Int.fetchOne(database, sql: "PRAGMA \(pragma)") ?? 0
    }
}

extension SQLiteStore {
    package func prunable(before: Int64) async throws(StoreError) -> [PrunableSessions] {
        try await read { database in
            let rows = try Row.fetchAll(
                database,
                sql: """
                    SELECT automation.name, session.status, count(*) AS count,
                        min(session.updated_at) AS oldest, max(session.updated_at) AS newest,
                        sum(length(session.inputs) + coalesce((
                            SELECT sum(length(coalesce(prompt, '')) + length(coalesce(result, ''))
                                + length(coalesce(error, '')))
                            FROM step WHERE session_id = session.id), 0) + coalesce((
                            SELECT sum(length(data)) FROM trace WHERE session_id = session.id), 0)) AS bytes
                    FROM session JOIN automation ON automation.id = session.automation_id
                    WHERE \(isPrunable) GROUP BY automation.id, session.status
                    ORDER BY automation.name, automation.id, session.status
                    """, arguments: [before])
            return try rows.compactMap { row in
                guard let status = Status(rawValue: try row.value("status")) else { return nil }
                return PrunableSessions(
                    automationName: try row.value("name"), status: status, count: try row.value("count"),
                    oldest: try row.value("oldest"), newest: try row.value("newest"),
                    bytes: try row.value("bytes"))
            }
        }
    }

    package func prune(before: Int64) async throws(StoreError) -> Int {
        try await write { database in
            for table in ["step", "trace"] {
                try database.execute(
                    sql:
                        "DELETE FROM \(table) WHERE session_id IN (SELECT id FROM session WHERE \(isPrunable))",
                    arguments: [before])
            }
            try database.execute(sql: "DELETE FROM session WHERE \(isPrunable)", arguments: [before])
            let count = database.changesCount
            try database.execute(
                sql: "DELETE FROM batch WHERE id NOT IN (SELECT batch_id FROM batch_session)")
            // What an automation is now stays: a server may be serving it, and what came by the API has no file.
            try database.execute(
                sql: """
                    DELETE FROM version WHERE id NOT IN (SELECT version_id FROM session)
                        AND id NOT IN (
                            SELECT version_id FROM automation WHERE version_id IS NOT NULL AND NOT is_deleted)
                    """)
            try database.execute(
                sql: "DELETE FROM automation WHERE id NOT IN (SELECT automation_id FROM version)")
            try database.execute(sql: "DELETE FROM page WHERE time < ?", arguments: [before])
            return count
        }
    }

    package func shrink() async throws(StoreError) -> ShrinkOutcome {
        let path = path
        return try await writer.writeAlone { database in
            let (free, all) = (
                try SQL.number("freelist_count", database), try SQL.number("page_count", database)
            )
            guard free >= max(all / 10, leastFreePages) else { return .tooLittle }
            // SQLite leaves its log only for the one connection that has the file open; it does not wait for that.
            do { try database.execute(sql: "PRAGMA journal_mode = DELETE") } catch let error as DatabaseError
                where error.resultCode == .SQLITE_BUSY || error.resultCode == .SQLITE_LOCKED
            {
                return .othersUseIt
            }
            let written = Result { try database.execute(sql: "VACUUM") }
            let logged = Result { try database.execute(sql: "PRAGMA journal_mode = WAL") }
            do {
                try written.get()
                try logged.get()
            } catch {
                // Nothing that was to be recorded is lost by this.
                throw StoreError.reading(error, path)
            }
            return .givenBack
        }
    }

    package func copy(to place: String) async throws(StoreError) {
        let source = database
        let outcome = await onOwnThread { _ -> Result<Void, StoreError> in
            // What is there by its name is whole.
            let part = place + ".part-" + String(getpid())
            do {
                let copy = try DatabaseQueue(path: part)
                try source.backup(to: copy)
                try copy.close()
                guard rename(part, place) == 0 else { throw DatabaseError(resultCode: .SQLITE_CANTOPEN) }
                return .success(())
            } catch {
                for ending in ["", "-journal", "-wal", "-shm"] { unlink(part + ending) }
                return .failure(StoreError.copying(error, place))
            }
        }
        try outcome.get()
    }

    package func examine() async throws(StoreError) -> StoreReport {
        var report = StoreReport()
        guard FileManager.default.fileExists(atPath: path) else {
            report.isThere = false
            return report
        }
        report.problems = try await asked(of: database) { database in
            do {
                return try String.fetchAll(database, sql: "PRAGMA integrity_check(20)").filter { $0 != "ok" }
            } catch let error as DatabaseError where error.resultCode == .SQLITE_CORRUPT {
                return [
                    "a part of the file cannot be read: \(error.message ?? "it is not as it was written")"
                ]
            }
        }
        do throws(StoreError) {
            report.problems += try await read { database in
                try Row.fetchAll(database, sql: "PRAGMA foreign_key_check").map { row in
                    "a row of the table \(try row.value("table") as String) belongs to one that is gone"
                } + SQL.lostBatches(database)
            }
            for id in try await read({
                try String.fetchAll($0, sql: "SELECT coalesce(CAST(id AS TEXT), '') FROM session")
            }) {
                await report.examine(id, in: self)
            }
            try await report.tellBatches(in: self)
        } catch {
            // What was found says why there is no more to be read.
            guard !report.problems.isEmpty else { throw error }
        }
        if !report.problems.isEmpty {
            report.mend =
                "make a copy first (cp \(path)* elsewhere/), then restore a backup, or save what can be read: sqlite3 \(path) .recover"
        }
        return report
    }

    package func isFree(_ session: ID) async throws(StoreError) -> Bool {
        try await read { database in
            guard let row = try Row.fetchOne(database, sql: SQL.lease, arguments: [session.text]) else {
                return false
            }
            return try self.isFree(row, database)
        }
    }

    package func upgrade(_ session: ID, to automation: StoredAutomation, indices: [Int: Int])
        async throws(StoreError)
    {
        try await write { database in
            let version = try self.versionID(of: automation, database)
            // Twice, since an old index may be another step's new one.
            for (old, _) in indices {
                try database.execute(
                    sql: "UPDATE step SET step_index = ? WHERE session_id = ? AND step_index = ?",
                    arguments: [-1 - old, session.text, old])
            }
            for (old, new) in indices {
                try database.execute(
                    sql: "UPDATE step SET step_index = ? WHERE session_id = ? AND step_index = ?",
                    arguments: [new, session.text, -1 - old])
            }
            try database.execute(
                sql: "UPDATE session SET version_id = ? WHERE id = ?", arguments: [version, session.text])
        }
    }

    package func counts() async throws(StoreError) -> SessionCounts {
        var counts = try await read { database in
            var counts = SessionCounts()
            let rows = try Row.fetchAll(
                database, sql: "SELECT status, count(*) AS number FROM session GROUP BY status")
            for row in rows {
                // What is damaged is told where it is shown; the others are counted.
                if let status = row.text("status").flatMap(Status.init(rawValue:)) {
                    counts.byStatus[status] = try row.value("number")
                }
            }
            counts.waiting =
                try Int.fetchOne(
                    database, sql: "SELECT count(*) FROM session WHERE \(SQL.asks)") ?? 0
            return counts
        }
        for file in [path, path + "-wal"] {
            let size = try? FileManager.default.attributesOfItem(atPath: file)[.size] as? Int
            counts.bytes += size ?? 0
        }
        return counts
    }
}
