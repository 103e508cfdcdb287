import AutoRuntime
import PostgreSQL
import Values

extension PostgresStore {
    /// Counts that the process which held a session has died; false when that was once too often, and the
    /// session has ended.
    ///
    /// The death counts for each step that was under way; without any, for the session, until a step
    /// finishes.
    func outlivedDeath(_ session: ID, _ connection: Connection) throws -> Bool {
        let infos = stepInfos(of: session, connection)
        let open = try openSteps(session, infos, connection)
        if open.contains(where: \.isCall) { return true }
        let running = open.filter { !$0.isQuestion }
        guard !running.isEmpty else {
            // Beside a question, people end the process as well, by closing their terminal.
            let most = open.isEmpty ? Deaths.most : Deaths.mostBesideQuestion
            return try outlivedDeathBetweenSteps(session, most, infos, connection)
        }
        try connection.run(
            """
            UPDATE autorun.step SET crashes = crashes + 1 WHERE session_id = $1 AND ordinal = ANY($2::integer[])
            """, [.text(session.text), list(running)])
        let deadly = running.filter { $0.deaths + 1 >= Deaths.most }
        guard let first = deadly.first else { return true }
        let now = secondsNow()
        try fail(running, of: session, Deaths.ofRunningStep, now, connection)
        try fail(deadly, of: session, Deaths.ofDeadlyStep, now, connection)
        try end(session, error: "step \(first.name): \(Deaths.ofDeadlyStep)", now: now, connection)
        return false
    }

    private func outlivedDeathBetweenSteps(
        _ session: ID, _ most: Int64, _ infos: [StepInfo], _ connection: Connection
    ) throws -> Bool {
        let deaths = try connection.run(
            "UPDATE autorun.session SET crashes = crashes + 1 WHERE id = $1 RETURNING crashes",
            [.text(session.text)]
        ).rows.first?.int("crashes")
        guard let deaths, deaths >= most else { return true }
        let last = try connection.run(
            """
            SELECT step_index FROM autorun.step WHERE session_id = $1 AND status <> 'NEW'
            ORDER BY ordinal DESC LIMIT 1
            """, [.text(session.text)]
        ).rows.first.map { Int($0.int("step_index")) }
        let name = last.flatMap { infos.indices.contains($0) ? infos[$0].name : nil }
        try end(session, error: Deaths.words(between: name, most), now: secondsNow(), connection)
        return false
    }

    private func openSteps(_ session: ID, _ infos: [StepInfo], _ connection: Connection) throws -> [OpenStep]
    {
        try connection.run(
            """
            SELECT ordinal, step_index, crashes, prompt FROM autorun.step
            WHERE session_id = $1 AND status = 'RUNNING' ORDER BY ordinal
            """, [.text(session.text)]
        ).rows.map { row in
            let index = Int(row.int("step_index"))
            let prompt = row["prompt"].flatMap { try? JSON.parse($0) }
            return OpenStep(
                ordinal: Int(row.int("ordinal")), infos.indices.contains(index) ? infos[index] : nil,
                called: prompt?.asMap?["session_id"]?.asText, deaths: row.int("crashes"))
        }
    }

    /// The automation's steps; none where its record is damaged, which must not keep others from being taken.
    private func stepInfos(of session: ID, _ connection: Connection) -> [StepInfo] {
        let rows = try? connection.run(PostgresSQL.session, [.text(session.text), .null]).rows
        return rows?.first.flatMap { try? version($0, connection).stepInfos } ?? []
    }

    private func fail(
        _ steps: [OpenStep], of session: ID, _ error: String, _ now: Int64, _ connection: Connection
    ) throws {
        try connection.run(
            """
            UPDATE autorun.step SET status = 'FAILED', error = $1, error_kind = 'crash', updated_at = $2
            WHERE session_id = $3 AND ordinal = ANY($4::integer[])
            """, [.text(error), .number(now), .text(session.text), list(steps)])
    }

    private func list(_ steps: [OpenStep]) -> Argument { .numbers(steps.map { Int64($0.ordinal) }) }
}
