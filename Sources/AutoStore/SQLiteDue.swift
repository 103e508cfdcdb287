package import AutoRuntime
import GRDB
package import Values

/// Looking for sessions that somebody is to run.
extension SQLiteStore {
    package func next(_ count: Int, except: Set<ID>, files: Set<ID>, only: Set<String>?)
        async throws(StoreError) -> DueSessions
    {
        let which = DueArguments(
            files: SQL.list(files), names: only.map { JSON.text(.list($0.map(Value.string))) },
            except: SQL.list(except), count: count)
        return try await write { database in try self.takeDue(which, database) }
    }

    /// Takes the oldest of what is due.
    private func takeDue(_ which: DueArguments, _ database: Database) throws -> DueSessions {
        try database.cachedStatement(sql: SQL.wakeDue).execute(
            arguments: [which.files, which.names, secondsNow()])
        var due = DueSessions()
        var rows = try which.rows(SQL.due("session_alone_due", SQL.isAlone), database)
        rows += try which.rows(SQL.due("session_cancelled", SQL.isToBeCancelled), database)
        for batch in try Row.fetchAll(database.cachedStatement(sql: SQL.rooms)) {
            let room: Int = try batch.value("count")
            let found =
                room > 0
                ? try which.rows(SQL.dueOfBatch, database, batch.value("batch_id"), room) : []
            rows += found
            // As many as may run now: there may be more of it.
            if found.count >= room { due.othersWait = true }
        }
        for holder in try String.fetchAll(
            database.cachedStatement(sql: SQL.otherHolders), arguments: [owner])
        where try isGone(holder, database) {
            rows += try which.rows(SQL.due("session_holder", "lease_owner = ?5"), database, holder)
        }
        // What is damaged keeps no other session from being run; whoever looks at it is told.
        let known = rows.compactMap { row in row.text("id").flatMap { ID($0) }.map { (id: $0, row: row) } }
        for (id, row) in known.sorted(by: { $0.id.text < $1.id.text }).prefix(which.count) {
            do {
                if try take(id, row, database) { due.taken.append(id) } else { due.ended.append(id) }
            } catch is DamagedColumn { continue }
        }
        return due
    }
}

/// What every statement that looks for sessions is given.
private struct DueArguments: Sendable {
    let files: String
    let names: String?
    let except: String
    let count: Int

    /// - Parameters:
    ///   - more: a further argument of the statement.
    ///   - most: how many rows are of use.
    func rows(_ statement: String, _ database: Database, _ more: String? = nil, _ most: Int = .max) throws
        -> [Row]
    {
        var arguments: StatementArguments = [files, names, except, min(count, most)]
        if let more { arguments += [more] }
        return try Row.fetchAll(database.cachedStatement(sql: statement), arguments: arguments)
    }
}

extension SQL {
    /// `session.batch_id` repeats what `batch_session` says, for the indices by which those that are due are found: what
    /// waits until others of its batch have ended is then not gone through, however much it is.
    static let dueOfBatchesIndices = """
        ALTER TABLE session ADD COLUMN batch_id TEXT;
        \(repeatBatches);
        DROP INDEX session_due;
        CREATE INDEX session_alone_due ON session (id) WHERE \(isOpen) AND \(isAlone);
        CREATE INDEX session_batch_due ON session (batch_id, id) WHERE \(isOpen) AND \(isOfBatch);
        CREATE INDEX session_cancelled ON session (id) WHERE \(isOpen) AND \(isToBeCancelled);
        """
    static let repeatBatches = """
        UPDATE session SET batch_id = (SELECT batch_id FROM batch_session WHERE session_id = session.id)
        WHERE \(isOpen) AND id IN (SELECT session_id FROM batch_session)
        """

    private static let isOpen = "status IN ('NEW', 'RUNNING')"
    private static let isFree = "waits = 0 AND lease_owner IS NULL"
    static let isAlone = "\(isFree) AND batch_id IS NULL"
    private static let isOfBatch = "\(isFree) AND batch_id IS NOT NULL"
    /// Also of a batch that has no room.
    static let isToBeCancelled = "\(isFree) AND batch_id IS NOT NULL AND cancel_requested = 1"

    /// Whether sessions of an automation are run here: `?1` are the files that are served, `?2` names or null.
    private static let isRunHere = """
        automation_id IN (SELECT id FROM automation WHERE path = '' OR id IN (SELECT value FROM json_each(?1)))
            AND (?2 IS NULL OR automation_id IN
                (SELECT id FROM automation WHERE name IN (SELECT value FROM json_each(?2))))
        """

    /// Sessions that have waited long enough are due as if an answer had come.
    static let wakeDue = """
        UPDATE session INDEXED BY session_wake SET waits = 0, wake_at = NULL
        WHERE wake_at <= ?3 AND \(isOpen) AND \(isRunHere)
        """

    /// Sessions that somebody is to run, the oldest first. Without being told, SQLite would choose an index by which it
    /// would have to sort all that have not ended.
    static func due(_ index: String, _ condition: String) -> String {
        """
        SELECT id, lease_owner, cancel_requested, crashes, fence FROM session INDEXED BY \(index)
        WHERE \(isOpen) AND waits = 0 AND \(condition) AND \(isRunHere)
            AND id NOT IN (SELECT value FROM json_each(?3))
        ORDER BY id LIMIT ?4
        """
    }

    static let dueOfBatch = due(
        "session_batch_due", "\(isOfBatch) AND batch_id = ?5 AND cancel_requested = 0")

    static let otherHolders = """
        SELECT DISTINCT lease_owner FROM session INDEXED BY session_holder
        WHERE lease_owner IS NOT NULL AND lease_owner <> ?
        """

    /// The batches of which some wait to run, each found behind the one before; and for how many more there is room. What
    /// runs is few, so it is counted by the index of what is held.
    static let rooms = """
        WITH RECURSIVE due_batch (id) AS (
            SELECT min(batch_id) FROM session INDEXED BY session_batch_due WHERE \(isOpen) AND \(isOfBatch)
            UNION ALL
            SELECT (SELECT min(batch_id) FROM session INDEXED BY session_batch_due
                WHERE \(isOpen) AND \(isOfBatch) AND batch_id > due_batch.id)
            FROM due_batch WHERE id IS NOT NULL)
        SELECT id AS batch_id, coalesce((SELECT at_once FROM batch WHERE batch.id = due_batch.id), 0)
            - (SELECT count(*) FROM session INDEXED BY session_holder
                WHERE lease_owner IS NOT NULL AND \(isOpen) AND batch_id = due_batch.id) AS count
        FROM due_batch WHERE id IS NOT NULL
        """
}
