import AutoRuntime
import AutoSyntax
import GRDB
import Values

extension SQLiteStore {
    /// Counts that the process which held a session has died; false when that was once too often, and the
    /// session has ended.
    ///
    /// The death counts for each step that was under way; without any, for the session, until a step
    /// finishes.
    func outlivedDeath(_ session: ID, _ database: Database) throws -> Bool {
        let open = try openSteps(session, database)
        if open.contains(where: \.isCall) { return true }
        let running = open.filter { !$0.isQuestion }
        guard !running.isEmpty else {
            // Beside a question, people end the process as well, by closing their terminal.
            let most = open.isEmpty ? Deaths.most : Deaths.mostBesideQuestion
            return try outlivedDeathBetweenSteps(session, most, database)
        }
        try database.execute(
            sql: """
                UPDATE step SET crashes = crashes + 1
                WHERE session_id = ? AND ordinal IN (SELECT value FROM json_each(?))
                """, arguments: [session.text, list(running)])
        let deadly = running.filter { $0.deaths + 1 >= Deaths.most }
        guard let first = deadly.first else { return true }
        let now = secondsNow()
        try fail(running, of: session, Deaths.ofRunningStep, now, database)
        try fail(deadly, of: session, Deaths.ofDeadlyStep, now, database)
        try end(session, error: "step \(first.name): \(Deaths.ofDeadlyStep)", now: now, database)
        return false
    }

    private func outlivedDeathBetweenSteps(_ session: ID, _ most: Int64, _ database: Database) throws -> Bool
    {
        try database.execute(
            sql: "UPDATE session SET crashes = crashes + 1 WHERE id = ?", arguments: [session.text])
        let deaths = try Int64.fetchOne(
            database, sql: "SELECT crashes FROM session WHERE id = ?", arguments: [session.text])
        guard let deaths, deaths >= most else { return true }
        let last = try Int.fetchOne(
            database,
            sql:
                "SELECT step_index FROM step WHERE session_id = ? AND status != 'NEW' ORDER BY ordinal DESC LIMIT 1",
            arguments: [session.text])
        let infos = stepInfos(of: session, database)
        let name = last.flatMap { infos.indices.contains($0) ? infos[$0].name : nil }
        try end(session, error: Deaths.words(between: name, most), now: secondsNow(), database)
        return false
    }

    private func openSteps(_ session: ID, _ database: Database) throws -> [OpenStep] {
        let rows = try Row.fetchAll(
            database,
            sql: """
                SELECT ordinal, step_index, crashes, CASE WHEN json_valid(prompt) THEN prompt ->> '$.session_id' END AS called
                FROM step WHERE session_id = ? AND status = 'RUNNING'
                ORDER BY ordinal
                """, arguments: [session.text])
        guard !rows.isEmpty else { return [] }
        let infos = stepInfos(of: session, database)
        return try rows.map { row in
            let index: Int = try row.value("step_index")
            let info = infos.indices.contains(index) ? infos[index] : nil
            return OpenStep(
                ordinal: try row.value("ordinal"), info, called: row.text("called"),
                deaths: Int64(try row.count("crashes")))
        }
    }

    /// The automation's steps; none where its record is damaged, which must not keep others from being taken.
    private func stepInfos(of session: ID, _ database: Database) -> [StepInfo] {
        let arguments: StatementArguments = [session.text, nil]
        guard let row = try? Row.fetchOne(database, sql: SQL.session, arguments: arguments) else { return [] }
        return (try? version(row, database).stepInfos) ?? []
    }

    private func fail(
        _ steps: [OpenStep], of session: ID, _ error: String, _ now: Int64, _ database: Database
    ) throws {
        try database.execute(
            sql: """
                UPDATE step SET status = 'FAILED', error = ?, error_kind = 'crash', updated_at = ?
                WHERE session_id = ? AND ordinal IN (SELECT value FROM json_each(?))
                """, arguments: [error, now, session.text, list(steps)])
    }

    private func list(_ steps: [OpenStep]) -> String {
        JSON.text(.list(steps.map { .int(Int64($0.ordinal)) }))
    }
}
