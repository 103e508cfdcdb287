package import AutoRuntime
import AutoSyntax
import Foundation
import GRDB
package import Values

/// What `doctor` found.
package struct StoreReport: Sendable {
    package var sessions = 0
    package var steps = 0
    /// Sentences about what is damaged; empty for a sound store.
    package var problems: [String] = []
    /// Sessions that have not ended and that no process runs, those that wait for a person not counted.
    package var interrupted: [ID] = []
}

extension SQLiteStore {
    /// Deletes ended sessions last changed before a time, and versions that no session has any more; gives how many.
    package func prune(before: Int64) throws(StoreError) -> Int {
        var count = 0
        try write { database in
            let ended = "status IN ('FINISHED', 'FAILED') AND updated_at < ?"
            try database.execute(
                sql: "DELETE FROM step WHERE session_id IN (SELECT id FROM session WHERE \(ended))",
                arguments: [before])
            try database.execute(sql: "DELETE FROM session WHERE \(ended)", arguments: [before])
            count = database.changesCount
            // What came by the API has no file to be read from again.
            try database.execute(
                sql: """
                    DELETE FROM version WHERE id NOT IN (SELECT version_id FROM session)
                        AND id NOT IN (SELECT version_id FROM automation WHERE path = '' AND NOT is_deleted)
                    """)
            try database.execute(
                sql: "DELETE FROM automation WHERE id NOT IN (SELECT automation_id FROM version)")
        }
        if count > 0 {
            do { try database.vacuum() } catch { throw StoreError.writing(error, path) }
        }
        return count
    }

    /// Copies the store as it is at one moment, while others use it.
    package func backUp(to target: String) throws(StoreError) {
        do {
            let copy = try DatabaseQueue(path: target)
            try database.backup(to: copy)
            try copy.close()
        } catch {
            throw StoreError.writing(error, target)
        }
    }

    /// Reads everything, and says what is damaged.
    package func examine() throws(StoreError) -> StoreReport {
        var report = StoreReport()
        report.problems = try read { database in
            try String.fetchAll(database, sql: "PRAGMA integrity_check(20)").filter { $0 != "ok" }
        }
        let ids: [String]
        do throws(StoreError) {
            report.problems += try read { database in
                try Row.fetchAll(database, sql: "PRAGMA foreign_key_check").map { row in
                    "a row of the table \(row[0] as String) belongs to one that is gone"
                }
            }
            ids = try read { database in try String.fetchAll(database, sql: "SELECT id FROM session") }
        } catch {
            // What was found says why there is no more to be read.
            guard !report.problems.isEmpty else { throw error }
            return report
        }
        for id in ids {
            do throws(StoreError) {
                guard let session = try session(id) else { continue }
                report.sessions += 1
                report.steps += session.record.steps.count
                let header = session.record.header
                let waits = session.record.steps.contains {
                    $0.status == .running && session.record.stepInfos[$0.stepIndex].type == .getUserInput
                }
                if header.status == .running || header.status == .new, !waits, try isFree(header.id) {
                    report.interrupted.append(header.id)
                }
            } catch {
                report.problems.append("session \(id): \(error.message)")
            }
        }
        return report
    }

    /// Whether no process runs a session.
    package func isFree(_ session: ID) throws(StoreError) -> Bool {
        try read { database in
            guard let row = try Row.fetchOne(database, sql: SQL.lease, arguments: [session.text]) else {
                return false
            }
            return try isFree(row, database)
        }
    }

    /// Moves a session over to another version of its automation, its records' steps by index.
    package func upgrade(_ session: ID, to automation: StoredAutomation, indices: [Int: Int])
        throws(StoreError)
    {
        try write { database in
            let version = try versionID(of: automation, database)
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
}
