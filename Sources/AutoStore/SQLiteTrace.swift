package import AutoRuntime
import GRDB
package import Values

extension SQLiteStore {
    package func trace(of session: ID, after: Int, limit: Int) async throws(StoreError) -> [TraceEvent] {
        try await read { database in
            let rows = try Row.fetchCursor(
                database.cachedStatement(
                    sql: """
                        SELECT at, record_id, event, attempt, data FROM trace
                        WHERE session_id = ? AND place >= ? ORDER BY place LIMIT ?
                        """), arguments: [session.text, after, limit])
            var events: [TraceEvent] = []
            while let row = try rows.next() { events.append(try self.event(row)) }
            return events
        }
    }

    private func event(_ row: Row) throws -> TraceEvent {
        let record: String? = try row.optional("record_id")
        guard let word = TraceEvent.Word(rawValue: try row.value("event")),
            let happening = TraceEvent.Happening(word, data: try JSON.parse(row.value("data")))
        else { throw damaged("an event of a trace") }
        return TraceEvent(
            at: try row.moment("at"), record: try record.map(id), attempt: try row.optional("attempt"),
            happening)
    }

    /// Adds an event to a session's trace, unless another process has taken the session over.
    func append(_ event: TraceEvent, to session: ID, _ database: Database) throws {
        if try isToldAlready(event, session, database) { return }
        try insert(event, session, SQL.isOwn("?2", "?8"), owner, database)
        if database.changesCount == 0 { throw try whyNot(session, database) }
    }

    package func note(_ turn: SessionTurn, in session: ID, now: Int64) async throws(StoreError) {
        let event = TraceEvent(at: now, record: nil, attempt: nil, .session(turn))
        try await write { database in
            if try self.isToldAlready(event, session, database) { return }
            try self.insert(
                event, session, "status IN ('NEW', 'RUNNING') AND ?2 IS NULL AND ?8 IS NULL", nil, database)
        }
    }

    /// Whether the event is a cancellation of a session that somebody has cancelled before: several may do so at
    /// once, and the first has done it.
    private func isToldAlready(_ event: TraceEvent, _ session: ID, _ database: Database) throws -> Bool {
        guard event.isCancellation else { return false }
        let rows = try Row.fetchAll(
            database.cachedStatement(
                sql:
                    "SELECT at, record_id, event, attempt, data FROM trace WHERE session_id = ? AND event = ?"
            ),
            arguments: [session.text, TraceEvent.Word.session.rawValue])
        return try rows.contains { try self.event($0).isCancellation }
    }

    /// - Parameter condition: of the session, to which the event is written only where it holds; `argument` is
    ///   `?2` in it, and the number by which this process holds the session `?8`.
    private func insert(
        _ event: TraceEvent, _ session: ID, _ condition: String, _ argument: String?, _ database: Database
    ) throws {
        let sql = """
            INSERT INTO trace (session_id, place, at, record_id, event, attempt, data)
            SELECT id, (SELECT coalesce(max(place) + 1, 0) FROM trace WHERE session_id = ?1), ?3, ?4, ?5, ?6, ?7
            FROM session WHERE id = ?1 AND (\(condition))
            """
        try database.cachedStatement(sql: sql).execute(arguments: [
            session.text, argument, event.at, event.record?.text, event.happening.word.rawValue,
            event.attempt, JSON.text(event.happening.data), argument == nil ? nil : fence(session),
        ])
    }
}
