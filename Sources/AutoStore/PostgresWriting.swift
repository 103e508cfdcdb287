package import AutoRuntime
import AutoSyntax
import PostgreSQL
package import Values

extension PostgresStore {
    package func start(
        _ session: SessionHeader, of automation: StoredAutomation, taking: TakenOver, held: Bool,
        key: String?
    ) async throws(StoreError) -> StartOutcome {
        let new = NewSession(header: session, automation: automation, taking: taking, isHeld: held)
        if held { try await keepAlive() }
        guard let key else {
            try await submit(.start(new)).written()
            if !held { try await tellOfWork() }
            return .started
        }
        let inputs = JSON.text(session.inputs)
        return try await write { connection in
            let isNew =
                try connection.run(
                    """
                    INSERT INTO autorun.start_key (automation_id, key, inputs, session_id) VALUES ($1, $2, $3, $4)
                    ON CONFLICT (automation_id, key) DO NOTHING
                    """, [.text(automation.id.text), .text(key), .text(inputs), .text(session.id.text)]
                ).count == 1
            guard isNew else {
                return try self.outcome(of: key, inputs, automation.id, connection) ?? .differs
            }
            let job = WriteJob(what: .start(new), onDisk: {}, receipt: Receipt())
            var batch = PostgresBatch([job], self, isRepeated: false, connection)
            try batch.write()
            if let error = batch.refused[0] { throw error }
            // Whoever would take it over before this is committed cannot see it yet.
            batch.tellOfCommit()
            if !held { try connection.run(PostgresSQL.tellOfWork) }
            return .started
        }
    }

    package func outcome(of key: String, starting inputs: Value, of automation: ID)
        async throws(StoreError) -> StartOutcome?
    {
        let inputs = JSON.text(inputs)
        return try await read { connection in try self.outcome(of: key, inputs, automation, connection) }
    }

    private func outcome(of key: String, _ inputs: String, _ automation: ID, _ connection: Connection) throws
        -> StartOutcome?
    {
        let row = try connection.run(
            "SELECT session_id, inputs FROM autorun.start_key WHERE automation_id = $1 AND key = $2",
            [.text(automation.text), .text(key)]
        ).rows.first
        guard let row else { return nil }
        return row["inputs"] == inputs ? .repeated(try id(row.text("session_id"))) : .differs
    }

    /// Wakes the servers that run sessions.
    private func tellOfWork() async throws(StoreError) {
        try await read { connection in _ = try connection.run(PostgresSQL.tellOfWork) }
    }

    package func submit(_ changes: [RecordChange], onDisk: @escaping @Sendable () -> Void) throws(StoreError)
        -> Receipt?
    {
        guard !changes.isEmpty else { return nil }
        return try submit(.changes(changes), onDisk: onDisk)
    }

    private func submit(_ what: WriteJob.What, onDisk: @escaping @Sendable () -> Void = {}) throws(StoreError)
        -> Receipt
    {
        guard !isForReading else { throw StoreError.isForReading(address) }
        return writer.submit(what, for: self, onDisk: onDisk)
    }

    package func keep(_ compiled: [UInt8], of version: ID) async throws(StoreError) {
        try await write { connection in
            _ = try connection.run(
                "UPDATE autorun.version SET compiled = $1 WHERE key = $2 AND compiled IS NULL",
                [.bytes(compiled), .text(version.text)])
        }
        versions.forget(version)
    }

    /// Keeps this version of the automation where there is none yet. The transaction holds the lock on versions.
    ///
    /// - Parameter isCalled: whether it is run for a caller, as that was checked with it: then the automation's own version
    ///   stays what it is.
    func know(_ automation: StoredAutomation, isCalled: Bool = false, _ connection: Connection) throws {
        let key = Argument.text(automation.versionID.text)
        let id = Argument.text(automation.id.text)
        let isKnown = try connection.run("SELECT 1 FROM autorun.version WHERE key = $1", [key]).count == 1
        if isKnown { return }
        let now = Argument.number(secondsNow())
        try connection.run(
            """
            INSERT INTO autorun.automation (id, name, path, created_at, updated_at) VALUES ($1, $2, $3, $4, $4)
            ON CONFLICT (id) DO UPDATE SET name = excluded.name, updated_at = excluded.updated_at
            """, [id, .text(automation.name), .text(automation.path), now])
        try connection.run(
            """
            INSERT INTO autorun.version (key, automation_id, text, steps, compiled, created_at)
            VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (key) DO NOTHING
            """,
            [
                key, id, .text(automation.text), .text(StepInfoText.text(of: automation.stepInfos)),
                automation.compiled.isEmpty ? .null : .bytes(automation.compiled), now,
            ])
        // A file's newest text is its version; one that came by the API gets its version from there.
        try connection.run(
            """
            UPDATE autorun.automation SET version_key = $1
            WHERE id = $2 AND (version_key IS NULL OR path <> '' AND NOT $3::boolean)
            """, [key, id, .flag(isCalled)])
    }

    /// Why no row of a session could be written.
    func whyNot(_ session: ID, _ connection: Connection) throws -> StoreError {
        let isThere = try connection.run("SELECT 1 FROM autorun.session WHERE id = $1", [.text(session.text)])
            .count
        return isThere == 0 ? StoreError.gone(session) : StoreError.takenOver(session)
    }
}

extension StoreError {
    static func isForReading(_ address: PostgresAddress) -> StoreError {
        StoreError(
            "the store \(address.shown) was opened to be looked at: nothing can be written to it",
            publicly: "the server's store was opened to be looked at: nothing can be written to it")
    }
}
