package import AutoRuntime
import AutoSyntax
import PostgreSQL
package import Values

extension PostgresStore {
    package func ids(beginning text: String) async throws(StoreError) -> [ID] {
        // The first and the last id that begin so: what is missing is filled up with the lowest and highest digits.
        let (lowest, highest) = (
            "00000000-0000-0000-0000-000000000000", "ffffffff-ffff-ffff-ffff-ffffffffffff"
        )
        guard text.count <= lowest.count, let low = ID(text + lowest.dropFirst(text.count)),
            let high = ID(text + highest.dropFirst(text.count))
        else { return [] }
        return try await ids(
            "SELECT id FROM autorun.session WHERE id BETWEEN $1 AND $2 ORDER BY id DESC LIMIT 20",
            [.text(low.text), .text(high.text)])
    }

    package func ids(endingIn endings: Set<String>) async throws(StoreError) -> [ID] {
        guard let length = endings.first?.count else { return [] }
        return try await ids(
            "SELECT id FROM autorun.session WHERE right(id::text, $1::integer) = ANY($2::text[]) ORDER BY id DESC",
            [.number(Int64(length)), .texts(endings)])
    }

    private func ids(_ sql: String, _ arguments: [Argument]) async throws(StoreError) -> [ID] {
        try await read { connection in
            try connection.run(sql, arguments).rows.map { try self.id($0.text("id")) }
        }
    }

    package func session(_ id: ID, of automation: ID?, withValues: Bool) async throws(StoreError)
        -> StoredSession?
    {
        try await readTogether { connection in
            let rows = try connection.run(
                PostgresSQL.session, [.text(id.text), .optional(automation?.text)]
            ).rows
            guard let row = rows.first else { return nil }
            let version = try self.version(row, connection)
            let record = try self.record(row, version, withValues: withValues, connection)
            return StoredSession(record: record, automation: version)
        }
    }

    package func sessions(_ query: SessionQuery) async throws(StoreError) -> [SessionRecord] {
        let query = PostgresQuery(query)
        return try await readTogether { connection in
            try connection.run(query.sessions, query.arguments).rows.map { row in
                try self.record(row, try self.version(row, connection), withValues: true, connection)
            }
        }
    }

    package func outlines(_ query: SessionQuery, withInputs: Bool) async throws(StoreError)
        -> [SessionOutline]
    {
        let query = PostgresQuery(query)
        return try await read { connection in
            try connection.run(query.outlines(withInputs: withInputs), query.arguments).rows.map { row in
                SessionOutline(
                    id: try self.id(row.text("id")), automationID: try self.id(row.text("automation_id")),
                    automationName: row.text("automation_name"),
                    inputs: try row["inputs"].map { try KeptJSON.value($0) },
                    status: try self.status(row), error: row["error"], createdAt: row.int("created_at"),
                    updatedAt: row.int("updated_at"), stepsCount: Int(row.int("steps")),
                    isWaiting: row.flag("is_waiting"))
            }
        }
    }

    private func record(
        _ row: Row, _ automation: StoredAutomation, withValues: Bool, _ connection: Connection
    ) throws -> SessionRecord {
        let header = SessionHeader(
            id: try id(row.text("id")), automationID: try id(row.text("automation_id")),
            inputs: try KeptJSON.value(row.text("inputs")), status: try status(row), error: row["error"],
            createdAt: row.int("created_at"), updatedAt: row.int("updated_at"),
            caller: row["caller"].flatMap { ID($0) })
        let steps = try connection.run(PostgresSQL.steps(withValues: withValues), [.text(header.id.text)])
        return SessionRecord(
            header: header, steps: try steps.rows.map { try stepRecord($0, automation.stepInfos.count) },
            stepInfos: automation.stepInfos)
    }

    /// A version, read once: what has been written of it never changes.
    func version(_ session: Row, _ connection: Connection) throws -> StoredAutomation {
        guard let key = ID(session.text("version_key")) else {
            throw damaged("a session without its version")
        }
        if let known = versions[key] { return known }
        guard let row = try connection.run(PostgresSQL.version, [.text(key.text)]).rows.first else {
            throw damaged("a session without its version")
        }
        guard let infos = try StepInfoText.infos(row.text("steps")) else {
            throw damaged("a step of an automation")
        }
        let version = StoredAutomation(
            id: try id(row.text("automation_id")), name: row.text("name"), path: row.text("path"),
            text: row.text("text"), stepInfos: infos, compiled: row.bytes("compiled") ?? [], versionID: key)
        versions.keep(version)
        return version
    }

    func damaged(_ what: String) -> StoreError {
        .damagedRecord(what, in: address.shown)
    }

    func id(_ text: String) throws(StoreError) -> ID {
        guard let id = ID(text) else { throw damaged("an id is no UUID") }
        return id
    }

    private func status(_ row: Row) throws(StoreError) -> Status {
        guard let status = Status(rawValue: row.text("status")) else { throw damaged("an unknown status") }
        return status
    }

    private func stepRecord(_ row: Row, _ steps: Int) throws -> StepRecord {
        let index = Int(row.int("step_index"))
        guard (0..<steps).contains(index) else { throw damaged("a step that its automation has not") }
        var record = StepRecord(
            id: try id(row.text("id")), stepIndex: index, status: try status(row),
            prompt: try row["prompt"].map { try KeptJSON.value($0) },
            result: try row["result"].map { try KeptJSON.value($0) }, error: row["error"],
            errorKind: row["error_kind"], createdAt: row.int("created_at"), updatedAt: row.int("updated_at"))
        record.idempotencyKey = try row["idempotency_key"].map { text throws(StoreError) in try id(text) }
        return record
    }
}

extension PostgresSQL {
    static let session = """
        SELECT session.* FROM autorun.session AS session
            JOIN autorun.automation AS automation ON automation.id = session.automation_id
        WHERE session.id = $1::uuid AND ($2::uuid IS NULL
            OR (session.automation_id = $2::uuid AND (NOT is_deleted OR outlives)))
        """

    /// The step records of a session; without values, only what runs has its prompt.
    static func steps(withValues: Bool) -> String {
        let columns =
            withValues
            ? "*"
            : """
            id, step_index, status, CASE status WHEN 'RUNNING' THEN prompt END AS prompt, NULL AS result, error,
            error_kind, created_at, updated_at, idempotency_key
            """
        return "SELECT \(columns) FROM autorun.step WHERE session_id = $1 ORDER BY ordinal"
    }

    static let version = """
        SELECT version.*, automation.name, automation.path FROM autorun.version AS version
            JOIN autorun.automation AS automation ON automation.id = version.automation_id
        WHERE version.key = $1
        """
}
