package import AutoRuntime
import PostgreSQL
package import Values

extension PostgresStore {
    package func trace(of session: ID, after: Int, limit: Int) async throws(StoreError) -> [TraceEvent] {
        try await read { connection in
            try connection.run(
                """
                SELECT at, record_id, event, attempt, data FROM autorun.trace
                WHERE session_id = $1 AND place >= $2::bigint ORDER BY place LIMIT $3::bigint
                """, [.text(session.text), .number(Int64(after)), .number(Int64(limit))]
            ).rows.map { try self.event($0) }
        }
    }

    private func event(_ row: Row) throws -> TraceEvent {
        guard let word = TraceEvent.Word(rawValue: row.text("event")),
            let happening = TraceEvent.Happening(word, data: try JSON.parse(row.text("data")))
        else { throw damaged("an event of a trace") }
        return TraceEvent(
            at: row.int("at"), record: try row["record_id"].map { text throws(StoreError) in try id(text) },
            attempt: row.number("attempt").map { Int($0) }, happening)
    }

    /// Whether somebody has cancelled the session before: several may do so at once, and the first has done it.
    func isCancellationTold(_ session: ID, _ connection: Connection) throws -> Bool {
        try connection.run(
            "SELECT at, record_id, event, attempt, data FROM autorun.trace WHERE session_id = $1 AND event = $2",
            [.text(session.text), .text(TraceEvent.Word.session.rawValue)]
        ).rows.contains { try event($0).isCancellation }
    }

    package func note(_ turn: SessionTurn, in session: ID, now: Int64) async throws(StoreError) {
        let event = TraceEvent(at: now, record: nil, attempt: nil, .session(turn))
        try await write { connection in
            let open = try connection.run(
                "SELECT 1 FROM autorun.session WHERE id = $1 AND status IN ('NEW', 'RUNNING') FOR UPDATE",
                [.text(session.text)])
            guard open.count == 1 else { return }
            if event.isCancellation, try self.isCancellationTold(session, connection) { return }
            try connection.run(
                """
                INSERT INTO autorun.trace (session_id, place, at, event, data)
                SELECT $1::uuid, coalesce(max(place) + 1, 0), $2::bigint, $3, $4
                FROM autorun.trace WHERE session_id = $1::uuid
                """,
                [
                    .text(session.text), .number(now), .text(event.happening.word.rawValue),
                    .text(JSON.text(event.happening.data)),
                ])
        }
    }
}
