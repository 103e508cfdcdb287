import AutoRuntime
import AutoSyntax
import GRDB
import Values

/// A session whose process died while it ran is tried again, but not for ever: it may be what kills the
/// process.
extension SQLiteStore {
    /// So many processes may die of one step, or between two steps, before the session ends.
    private static let mostDeaths: Int64 = 3
    private static let mostDeathsBesideQuestion: Int64 = 10

    /// A step record that is RUNNING.
    private struct OpenStep {
        let ordinal: Int
        let name: String
        /// Whether it only waits for a person.
        let isQuestion: Bool
        /// Whether it waits for a session that it has called, for which deaths are counted by itself.
        let isCall: Bool
        let deaths: Int64
    }

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
            let most = open.isEmpty ? SQLiteStore.mostDeaths : SQLiteStore.mostDeathsBesideQuestion
            return try outlivedDeathBetweenSteps(session, most, database)
        }
        try database.execute(
            sql: """
                UPDATE step SET crashes = crashes + 1
                WHERE session_id = ? AND ordinal IN (SELECT value FROM json_each(?))
                """, arguments: [session.text, list(running)])
        let deadly = running.filter { $0.deaths + 1 >= SQLiteStore.mostDeaths }
        guard let first = deadly.first else { return true }
        let now = secondsNow()
        let words = "the process died three times while this step ran"
        try fail(running, of: session, "the process died while this step ran", now, database)
        try fail(deadly, of: session, words, now, database)
        try end(session, error: "step \(first.name): \(words)", now: now, database)
        return false
    }

    private func outlivedDeathBetweenSteps(_ session: ID, _ most: Int64, _ database: Database) throws -> Bool
    {
        try database.execute(
            sql: "UPDATE session SET crashes = crashes + 1 WHERE id = ?", arguments: [session.text])
        let deaths = try Int64.fetchOne(
            database, sql: "SELECT crashes FROM session WHERE id = ?", arguments: [session.text])
        guard let deaths, deaths >= most else { return true }
        let times = most == SQLiteStore.mostDeaths ? "three" : "\(most)"
        let last = try Int.fetchOne(
            database,
            sql:
                "SELECT step_index FROM step WHERE session_id = ? AND status != 'NEW' ORDER BY ordinal DESC LIMIT 1",
            arguments: [session.text])
        let infos = stepInfos(of: session, database)
        let name = last.flatMap { infos.indices.contains($0) ? infos[$0].name : nil }
        let words =
            name.map { "step \($0): the process died \(times) times after this step had begun" }
            ?? "the process died \(times) times before a step had begun"
        try end(session, error: words, now: secondsNow(), database)
        return false
    }

    private func openSteps(_ session: ID, _ database: Database) throws -> [OpenStep] {
        let rows = try Row.fetchAll(
            database,
            sql: """
                SELECT ordinal, step_index, crashes, prompt ->> '$.session_id' AS called FROM step WHERE session_id = ? AND status = 'RUNNING'
                ORDER BY ordinal
                """, arguments: [session.text])
        guard !rows.isEmpty else { return [] }
        let infos = stepInfos(of: session, database)
        return rows.map { row in
            let index: Int = row["step_index"]
            let info = infos.indices.contains(index) ? infos[index] : nil
            return OpenStep(
                ordinal: row["ordinal"], name: info?.name ?? "?", isQuestion: info?.type == .getUserInput,
                isCall: info?.type == .restAPI && row["called"] as String? != nil,
                deaths: row["crashes"])
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
