package import AutoRuntime
import AutoSyntax
package import CEL
import GRDB
import StepKinds
import Synchronization

/// How much a commit survives: a power cut, or the end of the process only.
package enum Durability: String, Sendable, CaseIterable {
    case power
    case process
}

/// Records in one SQLite file, which several processes may use at once.
package final class SQLiteStore: SessionArchive {
    let database: DatabaseQueue
    /// Connections that only read, beside one that writes; without any, that one reads, too.
    let readers: [DatabaseQueue]
    private let turn = Atomic(0)
    package let path: String
    /// Who holds the sessions that this process runs.
    let owner: String
    let writer: GroupWriter
    let keeper = Keeper()
    /// Versions that have been read.
    let versions = Mutex<[ID: StoredAutomation]>([:])

    /// Opens the file, or makes it with the folders above it.
    ///
    /// - Throws: for a file that is damaged, that is no store, or that cannot be written to.
    package init(
        path: String, durability: Durability = .power, owner: String = Owner.own, readers: Int = 0
    ) throws(StoreError) {
        self.path = path
        self.owner = owner
        do {
            let file = StoreFile(path: path)
            database = try file.forWriting(durability)
            self.readers = try (0..<readers).compactMap { _ in try file.readOnly() }
        } catch {
            throw StoreError.reading(error, path)
        }
        writer = GroupWriter(database, path)
    }

    /// Opens the file to look at what it holds, also where it cannot be written to; nothing may be written through this one.
    package init(reading path: String) throws(StoreError) {
        self.path = path
        owner = Owner.own
        readers = []
        do { database = try StoreFile(path: path).forReading() } catch {
            throw StoreError.reading(error, path)
        }
        writer = GroupWriter(database, path)
    }

    package func begin(_ session: SessionHeader, of automation: StoredAutomation, held: Bool)
        async throws(StoreError)
    {
        try await writer.write { database in try self.insert(session, automation, held, database) }
    }

    func insert(_ session: SessionHeader, _ automation: StoredAutomation, _ held: Bool, _ database: Database)
        throws
    {
        if held { try keep(database) }
        let version = try versionID(of: automation, database)
        try database.cachedStatement(sql: SQL.insertSession).execute(arguments: [
            session.id.text, automation.id.text, version, JSON.text(session.inputs),
            session.status.rawValue, session.error,
            session.createdAt, session.updatedAt, held ? owner : nil,
        ])
    }

    /// The row of this text of the automation, made when there is none.
    func versionID(of automation: StoredAutomation, _ database: Database) throws -> Int64 {
        if let id = try Int64.fetchOne(
            database.cachedStatement(sql: "SELECT id FROM version WHERE key = ?"),
            arguments: [automation.versionID.text])
        {
            return id
        }
        let now = secondsNow()
        try database.execute(
            sql: SQL.automation, arguments: [automation.id.text, automation.name, automation.path, now, now])
        let infos = automation.stepInfos.map { info -> Value in
            .record([
                ("id", .string(info.id.text)), ("name", .string(info.name)),
                ("type", .string(info.type.rawValue)), ("template", info.template),
                ("created_at", .int(info.createdAt)), ("updated_at", .int(info.updatedAt)),
            ])
        }
        try database.execute(
            sql: "INSERT INTO version (automation_id, key, text, steps, created_at) VALUES (?, ?, ?, ?, ?)",
            arguments: [
                automation.id.text, automation.versionID.text, automation.text, JSON.text(.list(infos)), now,
            ])
        let row = database.lastInsertedRowID
        // A file's newest text is its version; one that came by the API gets its version from there.
        try database.execute(
            sql: "UPDATE automation SET version_id = ? WHERE id = ? AND (version_id IS NULL OR path != '')",
            arguments: [row, automation.id.text])
        return row
    }

    package func submit(_ changes: [RecordChange], onDisk: @escaping @Sendable () -> Void) throws(StoreError)
        -> Receipt?
    {
        guard !changes.isEmpty else { return nil }
        let receipt = writer.submit(onDisk: onDisk) { database in try self.apply(changes, database) }
        guard let outcome = receipt.outcome else { return receipt }
        try outcome.get()
        return nil
    }

    private func apply(_ changes: [RecordChange], _ database: Database) throws {
        // A record that changed twice within one commit is written once, as it is last.
        var last: [Int: Int] = [:]
        var checked: ID?
        var hasProgress = false
        for (index, change) in changes.enumerated() {
            guard case .step(_, let ordinal, let record) = change else { continue }
            last[ordinal] = index
            if record.status == .finished || record.status == .failed { hasProgress = true }
        }
        func check(_ session: ID) throws {
            guard session != checked else { return }
            try checkOwner(session, database)
            try database.cachedStatement(sql: SQL.touch).execute(arguments: [hasProgress, session.text])
            checked = session
        }
        for (index, change) in changes.enumerated() {
            switch change {
            case .session(let header):
                try check(header.id)
                let ends = header.status == .finished || header.status == .failed
                try database.cachedStatement(sql: SQL.updateSession).execute(arguments: [
                    header.status.rawValue, header.error, header.updatedAt, ends ? nil : owner,
                    header.id.text,
                ])
            case .step(let session, let ordinal, let record):
                guard last[ordinal] == index else { continue }
                try check(session)
                try upsert(record, ordinal, session, database)
            }
        }
    }

    func upsert(_ record: StepRecord, _ ordinal: Int, _ session: ID, _ database: Database) throws {
        let (result, typed) = StoredResult.encode(record.result)
        try database.cachedStatement(sql: SQL.upsertStep).execute(arguments: [
            session.text, ordinal, record.id.text, record.stepIndex, record.status.rawValue,
            record.prompt.map(JSON.text), result, typed,
            record.error, record.errorKind, record.createdAt, record.updatedAt, record.idempotencyKey?.text,
        ])
        guard database.changesCount == 0, record.status == .finished || record.status == .failed,
            record.failure?.kind != .cancelled
        else { return }
        // The row has ended already. Where that is an answer to the same question, this run must not go on with its own.
        let kept = try Row.fetchOne(
            database, sql: "SELECT status, result, typed_result FROM step WHERE session_id = ? AND ordinal = ?",
            arguments: [session.text, ordinal])
        if let kept, kept["status"] as String == Status.finished.rawValue, kept["result"] as String? != result,
            let answer = try StoredResult.decode(kept["result"], kept["typed_result"])
        {
            throw StoreError.answered(with: answer, in: session)
        }
    }

    package func cached(_ key: String) throws(StoreError) -> Value? {
        try read { database in
            let text = try String.fetchOne(
                database, sql: "SELECT value FROM cache WHERE key = ?", arguments: [key])
            return try text.flatMap { try TypedJSON.decode(JSON.parse($0)) }
        }
    }

    package func cache(_ value: Value, for key: String) throws(StoreError) {
        try write { database in
            try database.execute(
                sql: "INSERT OR REPLACE INTO cache (key, value) VALUES (?, ?)",
                arguments: [key, JSON.text(TypedJSON.encode(value))])
        }
    }

    func write(_ body: (Database) throws -> Void) throws(StoreError) {
        do { try database.write(body) } catch { throw StoreError.writing(error, path) }
    }

    func read<Result>(_ body: (Database) throws -> Result) throws(StoreError) -> Result {
        let reader =
            readers.isEmpty
            ? database : readers[(turn.wrappingAdd(1, ordering: .relaxed).oldValue & Int.max) % readers.count]
        do { return try reader.read(body) } catch { throw StoreError.reading(error, path) }
    }
}
