package import AutoRuntime
import AutoSyntax
import Foundation
import GRDB
package import Values

extension SQLiteStore {
    package func ids(beginning text: String) async throws(StoreError) -> [ID] {
        try await ids(
            "SELECT id FROM session WHERE id >= ?1 AND id < ?1 || 'g' ORDER BY id DESC LIMIT 20", [text])
    }

    package func ids(endingIn endings: Set<String>) async throws(StoreError) -> [ID] {
        guard let length = endings.first?.count else { return [] }
        let list = JSON.text(.list(endings.map(Value.string)))
        return try await ids(
            """
            SELECT id FROM session WHERE substr(id, -?1) IN (SELECT value FROM json_each(?2))
            ORDER BY id DESC
            """, [length, list])
    }

    private func ids(_ sql: String, _ arguments: StatementArguments) async throws(StoreError) -> [ID] {
        try await read { database in
            try String.fetchAll(database, sql: sql, arguments: arguments).map { try self.id($0) }
        }
    }

    package func session(_ id: ID, of automation: ID?, withValues: Bool) async throws(StoreError)
        -> StoredSession?
    {
        try await read { database in
            guard
                let row = try Row.fetchOne(
                    database.cachedStatement(sql: SQL.session), arguments: [id.text, automation?.text])
            else { return nil }
            let version = try self.version(row, database)
            let record = try self.record(row, version, withValues: withValues, database)
            return StoredSession(record: record, automation: version)
        }
    }

    package func sessions(_ query: SessionQuery) async throws(StoreError) -> [SessionRecord] {
        try await read { database in
            try Row.fetchAll(
                database.cachedStatement(sql: SQL.sessions(query)), arguments: SQL.arguments(query)
            ).map { row in try self.record(row, try self.version(row, database), database) }
        }
    }

    package func outlines(_ query: SessionQuery, withInputs: Bool) async throws(StoreError)
        -> [SessionOutline]
    {
        try await read { database in
            try Row.fetchAll(
                database.cachedStatement(sql: SQL.outlines(query, withInputs: withInputs)),
                arguments: SQL.arguments(query)
            ).map { row in
                SessionOutline(
                    id: try self.id(row.value("id")), automationID: try self.id(row.value("automation_id")),
                    automationName: try row.value("automation_name"), inputs: try row.optionalKept("inputs"),
                    status: try self.status(row), error: try row.optional("error"),
                    createdAt: try row.time("created_at"), updatedAt: try row.time("updated_at"),
                    stepsCount: try row.count("steps"), isWaiting: try row.value("waits"))
            }
        }
    }

    private func record(
        _ row: Row, _ automation: StoredAutomation, withValues: Bool = true, _ database: Database
    ) throws -> SessionRecord {
        let header = try header(row)
        let steps = try Row.fetchAll(
            database.cachedStatement(sql: SQL.steps(withValues: withValues)),
            arguments: [header.id.text]
        ).map { try stepRecord($0, automation.stepInfos.count) }
        return SessionRecord(header: header, steps: steps, stepInfos: automation.stepInfos)
    }

    /// A version, read once: what has been written of it never changes, and its key tells it from a later one
    /// in its row.
    func version(_ session: Row, _ database: Database) throws -> StoredAutomation {
        guard let id = session.text("version_key").flatMap({ ID($0) }) else {
            throw damaged("a session without its version")
        }
        if let known = versions[id] { return known }
        guard
            let row = try Row.fetchOne(
                database, sql: SQL.version, arguments: [try session.value("version_id") as Int64])
        else {
            throw damaged("a session without its version")
        }
        guard let infos = try StepInfoText.infos(row.value("steps")) else {
            throw damaged("a step of an automation")
        }
        let version = StoredAutomation(
            id: try self.id(row.value("automation_id")), name: try row.value("name"),
            path: try row.value("path"), text: try row.value("text"), stepInfos: infos,
            compiled: Array(try row.optional("compiled") as Data? ?? Data()), versionID: id)
        versions.keep(version)
        return version
    }

    func damaged(_ what: String) -> StoreError {
        .damagedRecord(what, in: path)
    }

    func id(_ text: String) throws -> ID {
        guard let id = ID(text) else { throw damaged("an id is no UUID") }
        return id
    }

    private func status(_ row: Row) throws -> Status {
        guard let status = Status(rawValue: try row.value("status")) else {
            throw DamagedColumn("an unknown status", row)
        }
        return status
    }

    private func header(_ row: Row) throws -> SessionHeader {
        SessionHeader(
            id: try id(row.value("id")), automationID: try id(row.value("automation_id")),
            inputs: try row.kept("inputs"), status: try status(row), error: try row.optional("error"),
            createdAt: try row.time("created_at"), updatedAt: try row.time("updated_at"),
            caller: (try row.optional("caller") as String?).flatMap { ID($0) })
    }

    private func stepRecord(_ row: Row, _ steps: Int) throws -> StepRecord {
        let index: Int = try row.value("step_index")
        guard (0..<steps).contains(index) else {
            throw DamagedColumn("a step that its automation has not", row)
        }
        var record = StepRecord(
            id: try id(row.value("id")), stepIndex: index, status: try status(row),
            prompt: try row.optionalKept("prompt"), result: try row.optionalKept("result"),
            error: try row.optional("error"), errorKind: try row.optional("error_kind"),
            createdAt: try row.time("created_at"), updatedAt: try row.time("updated_at"))
        record.idempotencyKey = try (row.optional("idempotency_key") as String?).map { try id($0) }
        return record
    }
}

extension SQL {
    /// Every column that is read is named: where a damaged store has it no more, SQLite says so.
    private static let sessionColumns = """
        session.id, session.automation_id, session.version_id, session.inputs, session.status, session.error,
            session.created_at, session.updated_at, session.caller, version.key AS version_key
        """
    static let session = """
        SELECT \(sessionColumns) FROM session
            JOIN automation ON automation.id = session.automation_id JOIN version ON version.id = session.version_id
        WHERE session.id = ?1 AND (?2 IS NULL OR (session.automation_id = ?2 AND (NOT is_deleted OR outlives)))
        """
    static func sessions(_ query: SessionQuery) -> String {
        """
        SELECT \(sessionColumns) FROM session JOIN version ON version.id = session.version_id
            JOIN automation ON automation.id = session.automation_id
        \(newest(query))
        """
    }

    /// The step records of a session; without values, only what runs has its prompt.
    static func steps(withValues: Bool) -> String {
        let values =
            withValues
            ? "prompt, result" : "CASE status WHEN 'RUNNING' THEN prompt END AS prompt, NULL AS result"
        return """
            SELECT id, step_index, status, \(values), error, error_kind, created_at, updated_at, idempotency_key
            FROM step WHERE session_id = ? ORDER BY ordinal
            """
    }

    /// Ordinals begin at 0 and none is left out, so the last one tells how many steps there are without
    /// reading them.
    static func outlines(_ query: SessionQuery, withInputs: Bool) -> String {
        """
        SELECT session.id, automation_id, automation.name AS automation_name,
            \(withInputs ? "inputs" : "NULL AS inputs"), status, error, session.created_at, session.updated_at,
            status = 'RUNNING' AND waits AS waits,
            (SELECT coalesce(max(ordinal) + 1, 0) FROM step WHERE session_id = session.id) AS steps
        FROM session JOIN automation ON automation.id = session.automation_id
        \(newest(query))
        """
    }

    /// What is not asked for is left out of the condition, so that SQLite finds the sessions of an automation
    /// by their index.
    private static func newest(_ query: SessionQuery) -> String {
        let conditions = [
            query.automation.map { _ in "session.automation_id = :automation" },
            // The plus keeps SQLite with the automation's own sessions: those of all automations that stand so
            // may be many more.
            query.status.map { _ in (query.automation == nil ? "" : "+") + "status = :status" },
            query.since.map { _ in "session.created_at >= :since" },
            query.before.map { _ in "session.id < :before" },
            query.files.map { _ in isServed(hasBesides: !query.besides.isEmpty) },
            query.ids.map { _ in "session.id IN (SELECT value FROM json_each(:ids))" },
            query.isWaiting ? SQL.asks : nil,
            query.caller.map { _ in "session.caller = :caller" },
            query.isOutermost ? "session.caller IS NULL" : nil,
            query.batch.map { _ in
                "session.id IN (SELECT session_id FROM batch_session WHERE batch_id = :batch)"
            },
            query.text.map { _ in found },
        ].compactMap(\.self)
        let condition = conditions.isEmpty ? "" : "WHERE " + conditions.joined(separator: " AND ")
        return "\(condition) ORDER BY session.id DESC LIMIT :limit"
    }

    private static func isServed(hasBesides: Bool) -> String {
        let ofFiles = """
            (automation.path = '' OR automation.id IN (SELECT value FROM json_each(:files)))
            AND (NOT automation.is_deleted OR session.outlives)
            """
        guard hasBesides else { return ofFiles }
        return "(\(ofFiles) OR session.id IN (SELECT value FROM json_each(:besides)))"
    }

    /// Whether `:text` is found in a session that is one of the newest.
    private static let found = """
        session.id >= (SELECT min(id) FROM
            (SELECT id FROM session ORDER BY id DESC LIMIT \(SessionQuery.searched)))
        AND (automation.name LIKE :text ESCAPE '\\' OR session.id LIKE :text ESCAPE '\\'
            OR error LIKE :text ESCAPE '\\'
            OR substr(inputs, 1, \(SessionQuery.searchedInputs)) LIKE :text ESCAPE '\\')
        """

    /// What LIKE finds a text by, wherever it stands.
    private static func pattern(_ text: String) -> String {
        let escaped = text.map { "%_\\".contains($0) ? "\\\($0)" : String($0) }
        return "%" + escaped.joined() + "%"
    }

    static func arguments(_ query: SessionQuery) -> StatementArguments {
        var arguments: [String: (any DatabaseValueConvertible)?] = ["limit": query.limit]
        if let automation = query.automation { arguments["automation"] = automation.text }
        if let status = query.status { arguments["status"] = status.rawValue }
        if let since = query.since { arguments["since"] = since }
        if let before = query.before { arguments["before"] = before.text }
        if let files = query.files { arguments["files"] = list(files) }
        if query.files != nil, !query.besides.isEmpty { arguments["besides"] = list(query.besides) }
        if let caller = query.caller { arguments["caller"] = caller.text }
        if let batch = query.batch { arguments["batch"] = batch.text }
        if let ids = query.ids { arguments["ids"] = list(ids) }
        if let text = query.text { arguments["text"] = pattern(text) }
        return StatementArguments(arguments)
    }

    static let version = """
        SELECT version.automation_id, version.text, version.steps, version.compiled, automation.name, automation.path
        FROM version JOIN automation ON automation.id = version.automation_id WHERE version.id = ?
        """
}
