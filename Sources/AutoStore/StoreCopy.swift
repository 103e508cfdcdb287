package import AutoRuntime
import Computing
import Foundation
import GRDB
import PostgreSQL
import Values

/// Copies all that a store holds into an empty one, of this kind or another. Who held what is not copied.
package struct StoreCopy: Sendable {
    private let source: any Store
    private let target: any Store

    package init(from source: any Store, to target: any Store) {
        self.source = source
        self.target = target
    }

    /// Refuses a source of which sessions run now: they would go on in both.
    package func refuseWhatRuns() async throws(StoreError) {
        for session in try await source.outlines(
            SessionQuery(status: .running, limit: .max), withInputs: false)
        where !session.isWaiting {
            guard try await source.isFree(session.id) else {
                throw StoreError(
                    "the session \(session.id.text) runs: stop the servers and commands that use the store, then copy it"
                )
            }
        }
    }

    /// - Returns: how many sessions were copied.
    /// - Throws: for a target that is not empty.
    package func run() async throws(StoreError) -> Int {
        let outcome = await onOwnThread { _ in
            Result { () throws(StoreError) in
                do { return try copyAll() } catch let error as StoreError { throw error } catch {
                    throw told(error)
                }
            }
        }
        return try outcome.get()
    }

    /// Which side failed is told by the kind of the error, and by the place in it.
    private func told(_ error: any Error) -> StoreError {
        if let source = source as? SQLiteStore, error is DamagedColumn {
            return StoreError.reading(error, source.path)
        }
        // What is only read has no full disk, and may be written to by nobody.
        if let target = target as? SQLiteStore, let error = error as? DatabaseError,
            [.SQLITE_FULL, .SQLITE_READONLY, .SQLITE_PERM].contains(error.resultCode)
        {
            return StoreError.copying(error, target.path)
        }
        for store in [source, target] {
            if let store = store as? PostgresStore, error is DatabaseFailure {
                return StoreError.postgres(error, store.address)
            }
            if let store = store as? SQLiteStore, error is DatabaseError {
                return StoreError.writing(error, store.path)
            }
        }
        return StoreError("the store could not be copied: \(error)")
    }

    /// - Throws: for a file that is not there: it would be read as an empty store.
    package static func refuseMissing(_ source: any Store) throws(StoreError) {
        guard let source = source as? SQLiteStore,
            !FileManager.default.fileExists(atPath: source.path)
        else { return }
        throw StoreError("there is no store at \(source.path): there is nothing to copy")
    }

    /// Refuses a target of which any table holds a row, such as what is left of a store that others have changed.
    private func refuseFilled(_ holdsAny: (String) throws -> Bool) throws {
        for table in CopiedTable.all where try table.isTable && holdsAny(table.name) {
            throw StoreError("the store to copy to holds something already: name an empty one")
        }
    }

    private func copyAll() throws -> Int {
        try reading { rows in
            var sessions = 0
            try writing { write in
                for table in CopiedTable.all {
                    try rows(table) { cells in
                        if table.name == "session" { sessions += 1 }
                        try write(table, cells)
                    }
                }
            }
            return sessions
        }
    }

    private typealias Rows = (CopiedTable, ([Argument]) throws -> Void) throws -> Void
    private typealias Writer = (CopiedTable, [Argument]) throws -> Void

    /// The source as it is at one moment.
    private func reading<Result>(_ body: (@escaping Rows) throws -> Result) throws -> Result {
        switch source {
        case let source as SQLiteStore:
            return try source.database.writeWithoutTransaction { database in
                try database.transaction("DEFERRED") {
                    try body { table, take in
                        let cursor = try GRDB.Row.fetchCursor(database, sql: table.sqliteSelect)
                        while let row = try cursor.next() { try take(table.cells(row)) }
                    }
                }
            }
        case let source as PostgresStore:
            let connection = try Connection(source.address.text)
            try connection.script("BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
            let result = try body { table, take in try table.read(connection, take) }
            try connection.script("COMMIT")
            return result
        default: throw StoreError("this kind of store cannot be copied")
        }
    }

    /// All is written, or nothing.
    private func writing(_ body: (@escaping Writer) throws -> Void) throws {
        switch target {
        case let target as SQLiteStore:
            try target.database.write { database in
                try refuseFilled { table in
                    try Bool.fetchOne(database, sql: "SELECT EXISTS (SELECT 1 FROM \(table))") ?? false
                }
                try body { table, cells in
                    try database.cachedStatement(sql: table.sqliteInsert)
                        .execute(arguments: StatementArguments(cells.map(\.databaseValue)))
                }
                try database.execute(sql: SQL.repeatBatches)
            }
        case let target as PostgresStore:
            let connection = try Connection(target.address.text)
            try connection.script("BEGIN")
            try refuseFilled { table in
                try connection.run("SELECT 1 FROM autorun.\(table) LIMIT 1").count > 0
            }
            try body { table, cells in _ = try connection.run(table.postgresInsert, cells) }
            try connection.run(PostgresSQL.repeatBatches)
            try connection.script("COMMIT")
        default: throw StoreError("this kind of store cannot be copied to")
        }
    }
}

/// A table as both kinds of stores have it. Columns that only one has are filled by the other's statement.
struct CopiedTable: Sendable {
    enum Kind: Sendable { case text, number, flag, bytes }

    let name: String
    let columns: [(name: String, kind: Kind)]
    /// What is selected in place of a column of this name, where SQLite has another.
    var sqliteColumns: [String: String] = [:]
    var sqliteFrom: String?
    var sqliteStatement: String?
    var postgresStatement: String?

    /// Whether there is a table of this name; else it is columns of another's rows.
    var isTable: Bool { postgresStatement == nil }

    var sqliteSelect: String {
        let list = columns.map { column in
            sqliteColumns[column.name].map { "\($0) AS \(column.name)" } ?? column.name
        }
        return "SELECT \(list.joined(separator: ", ")) FROM \(sqliteFrom ?? name)"
    }

    var sqliteInsert: String { sqliteStatement ?? insert(into: name) { _ in "?" } }

    var postgresInsert: String { postgresStatement ?? insert(into: "autorun.\(name)") { "$\($0 + 1)" } }

    private func insert(into table: String, _ parameter: (Int) -> String) -> String {
        let names = columns.map(\.name).joined(separator: ", ")
        return
            "INSERT INTO \(table) (\(names)) VALUES (\(columns.indices.map(parameter).joined(separator: ", ")))"
    }

    /// - Throws: `DamagedColumn` for what is not of a column's kind.
    func cells(_ row: GRDB.Row) throws -> [Argument] {
        try columns.map { column in
            switch column.kind {
            case .text: .optional(try row.optional(column.name) as String?)
            case .number: .optional(try row.optional(column.name) as Int64?)
            case .flag: .flag(try row.optional(column.name) ?? false)
            case .bytes:
                (try row.optional(column.name) as Data?).map { Argument.bytes([UInt8]($0)) } ?? .null
            }
        }
    }

    /// Reads the rows a part at a time: all of them may be more than the memory holds.
    func read(_ connection: Connection, _ take: ([Argument]) throws -> Void) throws {
        let names = columns.map(\.name).joined(separator: ", ")
        let condition = isTable ? "" : " WHERE version_key IS NOT NULL"
        let table = isTable ? name : "automation"
        try connection.script("DECLARE copied CURSOR FOR SELECT \(names) FROM autorun.\(table)\(condition)")
        while true {
            let rows = try connection.run("FETCH 200 FROM copied").rows
            for row in rows { try take(cells(row)) }
            if rows.isEmpty { break }
        }
        try connection.script("CLOSE copied")
    }

    private func cells(_ row: PostgreSQL.Row) -> [Argument] {
        columns.map { column in
            switch column.kind {
            case .text: .optional(row[column.name])
            case .number: .optional(row.number(column.name))
            case .flag: .flag(row.flag(column.name))
            case .bytes: row.bytes(column.name).map(Argument.bytes) ?? .null
            }
        }
    }
}

extension Argument {
    fileprivate var databaseValue: (any DatabaseValueConvertible)? {
        switch self {
        case .null: nil
        case .text(let text), .array(let text): text
        case .number(let number): number
        case .flag(let flag): flag ? 1 : 0
        case .bytes(let bytes): Data(bytes)
        }
    }
}
