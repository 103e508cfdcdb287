package import AutoRuntime
import AutoSyntax
import Foundation
import GRDB
import StepKinds
import Synchronization
package import Values

extension SQLiteStore {
    package func start(
        _ session: SessionHeader, of automation: StoredAutomation, taking: TakenOver, held: Bool,
        key: String?
    ) async throws(StoreError) -> StartOutcome {
        let inputs = JSON.text(session.inputs)
        return try await write { database in
            if let key, let before = try self.outcome(of: key, inputs, automation.id, database) {
                return before
            }
            try self.insert(session, automation, held, database)
            for (ordinal, record) in taking.steps.enumerated() {
                try self.upsert(record, ordinal, session.id, database)
            }
            for event in taking.trace { try self.append(event, to: session.id, database) }
            if let key {
                try database.execute(
                    sql: "INSERT INTO start_key (automation_id, key, inputs, session_id) VALUES (?, ?, ?, ?)",
                    arguments: [automation.id.text, key, inputs, session.id.text])
            }
            return .started
        }
    }

    package func outcome(of key: String, starting inputs: Value, of automation: ID)
        async throws(StoreError) -> StartOutcome?
    {
        let inputs = JSON.text(inputs)
        return try await read { database in try self.outcome(of: key, inputs, automation, database) }
    }

    private func outcome(of key: String, _ inputs: String, _ automation: ID, _ database: Database) throws
        -> StartOutcome?
    {
        let row = try Row.fetchOne(
            database, sql: "SELECT session_id, inputs FROM start_key WHERE automation_id = ? AND key = ?",
            arguments: [automation.text, key])
        guard let row else { return nil }
        return try row.value("inputs") == inputs ? .repeated(try id(row.value("session_id"))) : .differs
    }

    func insert(
        _ session: SessionHeader, _ automation: StoredAutomation, _ held: Bool, batch: ID? = nil,
        _ database: Database
    ) throws {
        if held { try keep(database) }
        let version = try versionID(of: automation, isCalled: session.caller != nil, database)
        try database.cachedStatement(sql: SQL.insertSession).execute(arguments: [
            session.id.text, automation.id.text, version, KeptJSON.text(session.inputs),
            session.status.rawValue, session.error,
            session.createdAt, session.updatedAt, held ? owner : nil, session.caller?.text,
            batch?.text,
        ])
        if held { fences.withLock { $0[session.id] = 1 } }
    }

    package func keep(_ compiled: [UInt8], of version: ID) async throws(StoreError) {
        try await write { database in
            try database.execute(
                sql: "UPDATE version SET compiled = ? WHERE key = ? AND compiled IS NULL",
                arguments: [Data(compiled), version.text])
        }
        versions.forget(version)
    }

    /// The row of this version of the automation, made when there is none.
    ///
    /// - Parameter isCalled: whether it is run for a caller, as that was checked with it: then the automation's own version
    ///   stays what it is.
    func versionID(
        of automation: StoredAutomation, isCalled: Bool = false, _ database: Database
    ) throws -> Int64 {
        if let id = try Int64.fetchOne(
            database.cachedStatement(sql: "SELECT id FROM version WHERE key = ?"),
            arguments: [automation.versionID.text])
        {
            return id
        }
        let now = secondsNow()
        try database.execute(
            sql: SQL.automation, arguments: [automation.id.text, automation.name, automation.path, now, now])
        try database.execute(
            sql: """
                INSERT INTO version (automation_id, key, text, steps, compiled, created_at)
                VALUES (?, ?, ?, ?, ?, ?)
                """,
            arguments: [
                automation.id.text, automation.versionID.text, automation.text,
                StepInfoText.text(of: automation.stepInfos),
                automation.compiled.isEmpty ? nil : Data(automation.compiled), now,
            ])
        let row = database.lastInsertedRowID
        // A file's newest text is its version; one that came by the API gets its version from there.
        try database.execute(
            sql: """
                UPDATE automation SET version_id = ?
                WHERE id = ? AND (version_id IS NULL OR path != '' AND NOT ?)
                """,
            arguments: [row, automation.id.text, isCalled])
        return row
    }

    package func submit(_ changes: [RecordChange], onDisk: @escaping @Sendable () -> Void) throws(StoreError)
        -> Receipt?
    {
        guard !changes.isEmpty else { return nil }
        return try writer.submit(onDisk: onDisk) { database in
            for own in changes.bySession { try self.apply(own, database) }
        }
    }

    /// - Parameter changes: of one session.
    private func apply(_ changes: ArraySlice<RecordChange>, _ database: Database) throws {
        // A record that changed twice within one commit is written once, as it is last.
        var last: [Int: Int] = [:]
        var hasProgress = false
        var counted: ID?
        for (index, change) in zip(changes.indices, changes) {
            guard case .step(_, let ordinal, let record) = change else { continue }
            last[ordinal] = index
            if record.status == .finished || record.status == .failed { hasProgress = true }
        }
        for (index, change) in zip(changes.indices, changes) {
            switch change {
            case .session(let header):
                try update(header, database)
                counted = header.id
            case .step(let session, let ordinal, let record):
                guard last[ordinal] == index else { continue }
                try upsert(record, ordinal, session, database)
            case .trace(let session, let event): try append(event, to: session, database)
            }
        }
        guard let session = changes.first?.session else { return }
        try count(session, isCounted: session == counted, hasProgress: hasProgress, database)
    }

    private func update(_ header: SessionHeader, _ database: Database) throws {
        let ends = header.status == .finished || header.status == .failed
        try database.cachedStatement(sql: SQL.updateSession).execute(arguments: [
            header.status.rawValue, header.error, header.updatedAt, ends ? nil : owner, header.id.text, owner,
            fence(header.id),
        ])
        if database.changesCount == 0 { throw try whyNot(header.id, database) }
        guard ends else { return }
        forget(header.id)
        try tellOfEnd(header, database)
    }

    /// One statement, which also sees to it that no other process holds the session.
    private func upsert(_ record: StepRecord, _ ordinal: Int, _ session: ID, _ database: Database) throws {
        let result = record.result.map(KeptJSON.text)
        try database.cachedStatement(sql: SQL.upsertStep).execute(arguments: [
            session.text, owner, ordinal, record.id.text, record.stepIndex, record.status.rawValue,
            record.prompt.map(KeptJSON.text), result,
            record.error, record.errorKind, record.createdAt, record.updatedAt, record.idempotencyKey?.text,
            fence(session),
        ])
        guard database.changesCount == 0 else { return }
        let row = try Row.fetchOne(
            database,
            sql: """
                SELECT status, result FROM step WHERE session_id = ?1 AND ordinal = ?2
                    AND EXISTS (SELECT 1 FROM session WHERE id = ?1 AND \(SQL.isOwn("?3", "?4")))
                """, arguments: [session.text, ordinal, owner, fence(session)])
        guard let row, let kept = Status(rawValue: try row.value("status")) else {
            throw try whyNot(session, database)
        }
        let recorded: String? = try row.optional("result")
        if record.contradicts(kept, hasSameResult: recorded == result) {
            guard kept == .finished, let text = recorded else {
                throw StoreError.failedMeanwhile(session)
            }
            throw StoreError.answered(with: try KeptJSON.value(text), in: session)
        }
    }

    /// The number by which this process holds a session; nil where it holds none.
    func fence(_ session: ID) -> Int64? { fences.withLock { $0[session] } }

    /// A session is not held here any more.
    func forget(_ session: ID) {
        fences.withLock { $0[session] = nil }
        keeper.isGivenBack(session)
    }

    /// Why no row of a session could be written.
    func whyNot(_ session: ID, _ database: Database) throws -> StoreError {
        let isThere = try Bool.fetchOne(
            database, sql: "SELECT 1 FROM session WHERE id = ?", arguments: [session.text])
        return isThere == nil ? StoreError.gone(session) : StoreError.takenOver(session)
    }
}

extension RecordChange {
    /// The session that it belongs to.
    var session: ID {
        switch self {
        case .session(let header): header.id
        case .step(let session, _, _): session
        case .trace(let session, _): session
        }
    }
}

extension [RecordChange] {
    /// The changes of one session after the other; those of each stand together.
    var bySession: [ArraySlice<RecordChange>] {
        var parts: [ArraySlice<RecordChange>] = []
        var start = startIndex
        for place in indices.dropFirst() where self[place].session != self[place - 1].session {
            parts.append(self[start..<place])
            start = place
        }
        if start < endIndex { parts.append(self[start...]) }
        return parts
    }
}

extension StepRecord {
    /// Whether this end of the step must not be taken for the end that was recorded before it: another answer
    /// to its question, an answer beside a timeout. A run that saw the other one must not go on with its own.
    ///
    /// That a step was cancelled contradicts nothing: the session ends either way.
    func contradicts(_ kept: Status, hasSameResult: Bool) -> Bool {
        switch status {
        case .new, .running: false
        case .finished: kept != .finished || !hasSameResult
        case .failed: kept == .finished && !isCancelled
        }
    }
}
