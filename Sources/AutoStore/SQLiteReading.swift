package import AutoRuntime
import AutoSyntax
import CEL
import GRDB

/// A line of `autorun sessions`.
package struct SessionSummary: Sendable {
    package let header: SessionHeader
    package let automationName: String
    package let stepCount: Int
}

/// A session with what is needed to go on with it.
package struct StoredSession: Sendable {
    package let record: SessionRecord
    package let automation: StoredAutomation
}

extension SQLiteStore {
    /// Newest first.
    package func sessions(status: Status? = nil, since: Int64? = nil, limit: Int = 50) throws(StoreError)
        -> [SessionSummary]
    {
        try read { database in
            let rows = try Row.fetchAll(
                database,
                sql: """
                    SELECT session.*, automation.name AS automation_name,
                        (SELECT count(*) FROM step WHERE session_id = session.id) AS steps
                    FROM session JOIN automation ON automation.id = session.automation_id
                    WHERE (?1 IS NULL OR status = ?1) AND (?2 IS NULL OR session.created_at >= ?2)
                    ORDER BY session.id DESC LIMIT ?3
                    """, arguments: [status?.rawValue, since, limit])
            return try rows.map { row in
                SessionSummary(
                    header: try header(row), automationName: row["automation_name"], stepCount: row["steps"])
            }
        }
    }

    /// The session of an id, or of the beginning of one that only one has.
    package func session(_ id: String) throws(StoreError) -> StoredSession? {
        try read { database in
            let rows = try Row.fetchAll(
                database,
                sql: """
                    SELECT session.*, automation.name AS automation_name, automation.path, version.text, version.steps
                    FROM session JOIN automation ON automation.id = session.automation_id
                        JOIN version ON version.id = session.version_id
                    WHERE session.id = ?1 OR substr(session.id, 1, length(?1)) = ?1 LIMIT 2
                    """, arguments: [id.lowercased()])
            guard let row = rows.first else { return nil }
            if rows.count > 1 { throw StoreError("several sessions begin with \(id): write more of the id") }
            let header = try header(row)
            let infos = try stepInfos(row["steps"])
            let steps = try Row.fetchAll(
                database, sql: "SELECT * FROM step WHERE session_id = ? ORDER BY ordinal",
                arguments: [header.id.text]
            ).map { try stepRecord($0, infos.count) }
            return StoredSession(
                record: SessionRecord(header: header, steps: steps, stepInfos: infos),
                automation: StoredAutomation(
                    id: header.automationID, name: row["automation_name"], path: row["path"],
                    text: row["text"], stepInfos: infos))
        }
    }

    private func damaged(_ what: String) -> StoreError {
        StoreError("a record in the store \(path) is damaged (\(what)): it was left as it is")
    }

    private func id(_ text: String) throws -> ID {
        guard let id = ID(text) else { throw damaged("an id is no UUID") }
        return id
    }

    private func status(_ text: String) throws -> Status {
        guard let status = Status(rawValue: text) else { throw damaged("an unknown status") }
        return status
    }

    private func header(_ row: Row) throws -> SessionHeader {
        SessionHeader(
            id: try id(row["id"]), automationID: try id(row["automation_id"]),
            inputs: try JSON.parse(row["inputs"] as String),
            status: try status(row["status"]), error: row["error"], createdAt: row["created_at"],
            updatedAt: row["updated_at"])
    }

    private func stepInfos(_ text: String) throws -> [StepInfo] {
        try (try JSON.parse(text).asList ?? []).map { value in
            guard let map = value.asMap, let name = map["name"]?.asText,
                let type = map["type"]?.asText.flatMap(StepType.init(rawValue:)),
                let template = map["template"]
            else { throw damaged("a step of an automation") }
            return StepInfo(
                id: try id(map["id"]?.asText ?? ""), name: name, type: type, template: template,
                createdAt: Int64(map["created_at"]?.asInt ?? 0),
                updatedAt: Int64(map["updated_at"]?.asInt ?? 0))
        }
    }

    private func stepRecord(_ row: Row, _ steps: Int) throws -> StepRecord {
        let index: Int = row["step_index"]
        guard (0..<steps).contains(index) else { throw damaged("a step that its automation has not") }
        let prompt: String? = row["prompt"]
        return StepRecord(
            id: try id(row["id"]), stepIndex: index, status: try status(row["status"]),
            prompt: try prompt.map { try JSON.parse($0) },
            result: try StoredResult.decode(row["result"], row["typed_result"]), error: row["error"],
            errorKind: row["error_kind"],
            createdAt: row["created_at"], updatedAt: row["updated_at"])
    }
}

/// A result in two columns: its text as the record shows it, and how to read it back when it is no plain text.
enum StoredResult {
    static func encode(_ value: Value?) -> (text: String?, typed: String?) {
        guard let value else { return (nil, nil) }
        if case .string(let text) = value { return (text, nil) }
        return (resultText(value), JSON.text(TypedJSON.encode(value)))
    }

    static func decode(_ text: String?, _ typed: String?) throws -> Value? {
        guard let typed else { return text.map(Value.string) }
        return try TypedJSON.decode(try JSON.parse(typed))
    }
}
