package import AutoRuntime
import AutoSyntax
package import CEL
import Foundation
import GRDB
import Synchronization

/// How much a commit survives: a power cut, or the end of the process only.
package enum Durability: String, Sendable, CaseIterable {
    case power
    case process
}

/// Records in one SQLite file, which several processes may use at once.
package final class SQLiteStore: Store {
    let database: DatabaseQueue
    let path: String
    /// Who holds the sessions that this process runs.
    let owner: String
    /// When this process last renewed its hold on a session, in seconds since 1970.
    let renewed = Mutex<[ID: Int64]>([:])

    /// Opens the file, or makes it with the folders above it.
    package init(path: String, durability: Durability = .power, owner: String = Owner.own) throws(StoreError)
    {
        self.path = path
        self.owner = owner
        do {
            let folder = URL(fileURLWithPath: path).deletingLastPathComponent()
            // What people's automations worked on is for their own eyes.
            try FileManager.default.createDirectory(
                at: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
            var configuration = Configuration()
            configuration.busyMode = .timeout(10)
            configuration.prepareDatabase { database in
                try database.execute(sql: "PRAGMA journal_mode = WAL")
                try database.execute(sql: "PRAGMA synchronous = \(durability == .power ? "FULL" : "NORMAL")")
            }
            database = try DatabaseQueue(path: path, configuration: configuration)
            try migrator.migrate(database)
        } catch {
            throw StoreError.reading(error, path)
        }
    }

    package func begin(_ session: SessionHeader, of automation: StoredAutomation) throws(StoreError) {
        try write { database in
            try database.cachedStatement(sql: SQL.automation).execute(arguments: [
                automation.id.text, automation.name, automation.path,
            ])
            let version = try versionID(of: automation, database)
            try database.cachedStatement(sql: SQL.insertSession).execute(arguments: [
                session.id.text, automation.id.text, version, JSON.text(session.inputs),
                session.status.rawValue, session.error,
                session.createdAt, session.updatedAt, owner, secondsNow() + Owner.leaseSeconds,
            ])
        }
        renewed.withLock { $0[session.id] = secondsNow() }
    }

    /// The row of this text of the automation, made when there is none.
    func versionID(of automation: StoredAutomation, _ database: Database) throws -> Int64 {
        let text = automation.text
        if let id = try Int64.fetchOne(
            database, sql: "SELECT id FROM version WHERE automation_id = ? AND text = ?",
            arguments: [automation.id.text, text])
        {
            return id
        }
        let infos = automation.stepInfos.map { info -> Value in
            .record([
                ("id", .string(info.id.text)), ("name", .string(info.name)),
                ("type", .string(info.type.rawValue)), ("template", info.template),
                ("created_at", .int(info.createdAt)), ("updated_at", .int(info.updatedAt)),
            ])
        }
        try database.execute(
            sql: "INSERT INTO version (automation_id, text, steps) VALUES (?, ?, ?)",
            arguments: [automation.id.text, text, JSON.text(.list(infos))])
        return database.lastInsertedRowID
    }

    package func commit(_ changes: [RecordChange]) throws(StoreError) {
        guard !changes.isEmpty else { return }
        try write { database in
            // A record that changed twice within one commit is written once, as it is last.
            var last: [Int: Int] = [:]
            for (index, change) in changes.enumerated() {
                if case .step(_, let ordinal, _) = change { last[ordinal] = index }
            }
            for (index, change) in changes.enumerated() {
                switch change {
                case .session(let header):
                    try checkOwner(header.id, database)
                    let ends = header.status == .finished || header.status == .failed
                    try database.cachedStatement(sql: SQL.updateSession).execute(arguments: [
                        header.status.rawValue, header.error, header.updatedAt, ends ? nil : owner,
                        header.id.text,
                    ])
                case .step(let session, let ordinal, let record):
                    guard last[ordinal] == index else { continue }
                    try checkOwner(session, database)
                    try upsert(record, ordinal, session, database)
                }
            }
        }
    }

    private func upsert(_ record: StepRecord, _ ordinal: Int, _ session: ID, _ database: Database) throws {
        let (result, typed) = StoredResult.encode(record.result)
        try database.cachedStatement(sql: SQL.upsertStep).execute(arguments: [
            session.text, ordinal, record.id.text, record.stepIndex, record.status.rawValue,
            record.prompt.map(JSON.text), result, typed,
            record.error, record.errorKind, record.createdAt, record.updatedAt,
        ])
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
        do { return try database.read(body) } catch { throw StoreError.reading(error, path) }
    }
}

private var migrator: DatabaseMigrator {
    var migrator = DatabaseMigrator()
    migrator.registerMigration("1") { database in
        try database.execute(sql: SQL.schema)
    }
    migrator.registerMigration("2 leases") { database in
        try database.execute(sql: SQL.leases)
    }
    return migrator
}

enum SQL {
    static let schema = """
        CREATE TABLE automation (id TEXT PRIMARY KEY, name TEXT NOT NULL, path TEXT NOT NULL) STRICT;
        CREATE TABLE version (
            id INTEGER PRIMARY KEY, automation_id TEXT NOT NULL REFERENCES automation (id), text TEXT NOT NULL,
            steps TEXT NOT NULL) STRICT;
        CREATE INDEX version_automation ON version (automation_id);
        CREATE TABLE session (
            id TEXT PRIMARY KEY, automation_id TEXT NOT NULL REFERENCES automation (id),
            version_id INTEGER NOT NULL REFERENCES version (id), inputs TEXT NOT NULL, status TEXT NOT NULL, error TEXT,
            created_at INTEGER NOT NULL, updated_at INTEGER NOT NULL) STRICT;
        CREATE INDEX session_created ON session (created_at);
        CREATE TABLE step (
            session_id TEXT NOT NULL REFERENCES session (id) ON DELETE CASCADE, ordinal INTEGER NOT NULL, id TEXT NOT NULL,
            step_index INTEGER NOT NULL, status TEXT NOT NULL, prompt TEXT, result TEXT, typed_result TEXT, error TEXT,
            error_kind TEXT, created_at INTEGER NOT NULL, updated_at INTEGER NOT NULL,
            PRIMARY KEY (session_id, ordinal)) STRICT, WITHOUT ROWID;
        CREATE TABLE cache (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
        """
    static let leases = """
        ALTER TABLE session ADD COLUMN lease_owner TEXT;
        ALTER TABLE session ADD COLUMN lease_until INTEGER NOT NULL DEFAULT 0;
        ALTER TABLE session ADD COLUMN cancel_requested INTEGER NOT NULL DEFAULT 0;
        CREATE INDEX session_status ON session (status);
        """
    static let automation = """
        INSERT INTO automation (id, name, path) VALUES (?, ?, ?)
        ON CONFLICT (id) DO UPDATE SET name = excluded.name, path = excluded.path
        """
    static let insertSession = """
        INSERT INTO session (id, automation_id, version_id, inputs, status, error, created_at, updated_at,
            lease_owner, lease_until)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        """
    static let updateSession =
        "UPDATE session SET status = ?, error = ?, updated_at = ?, lease_owner = ? WHERE id = ?"
    static let upsertStep = """
        INSERT INTO step (session_id, ordinal, id, step_index, status, prompt, result, typed_result, error, error_kind,
            created_at, updated_at)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        ON CONFLICT (session_id, ordinal) DO UPDATE SET status = excluded.status, prompt = excluded.prompt,
            result = excluded.result, typed_result = excluded.typed_result, error = excluded.error,
            error_kind = excluded.error_kind, updated_at = excluded.updated_at
        """
}

extension StoreError {
    static func writing(_ error: any Error, _ path: String) -> StoreError {
        if let error = error as? StoreError { return error }
        guard let database = error as? DatabaseError else {
            return StoreError("cannot write to the store \(path): \(plain(error))")
        }
        switch database.resultCode {
        case .SQLITE_FULL:
            return StoreError(
                "the disk of the store \(path) is full: nothing more was recorded; make room and resume the session"
            )
        case .SQLITE_READONLY, .SQLITE_PERM:
            return StoreError(
                "the store \(path) cannot be written to: check its permissions, or name another by --store")
        case .SQLITE_BUSY, .SQLITE_LOCKED:
            return StoreError(
                "the store \(path) is locked by another process for longer than 10 seconds: try again")
        case .SQLITE_IOERR:
            return StoreError(
                "the disk of the store \(path) failed while writing (\(database.message ?? "I/O error")): nothing more was recorded"
            )
        default: return reading(error, path)
        }
    }

    static func reading(_ error: any Error, _ path: String) -> StoreError {
        if let error = error as? StoreError { return error }
        if let error = error as? JSONError {
            return StoreError(
                "a record in the store \(path) is damaged (\(error.message)): it was left as it is")
        }
        guard let database = error as? DatabaseError else {
            return StoreError("cannot open the store \(path): \(plain(error))")
        }
        switch database.resultCode {
        case .SQLITE_NOTADB:
            return StoreError("\(path) is no store of autorun: it was left as it is; name another by --store")
        case .SQLITE_CORRUPT:
            return StoreError(
                "the store \(path) is damaged: it was left as it is; restore it from a backup, or name another by --store"
            )
        case .SQLITE_CANTOPEN:
            return StoreError(
                "the store \(path) cannot be opened: check the folder and its permissions, or name another by --store"
            )
        case .SQLITE_READONLY, .SQLITE_PERM:
            return StoreError(
                "the store \(path) cannot be written to: check its permissions, or name another by --store")
        case .SQLITE_FULL:
            return StoreError("the disk of the store \(path) is full: make room, or name another by --store")
        default: return StoreError("the store \(path) answered: \(database.message ?? "an error")")
        }
    }

    private static func plain(_ error: any Error) -> String {
        let error = error as NSError
        return error.userInfo[NSLocalizedFailureReasonErrorKey] as? String ?? error.localizedDescription
    }
}
