package import AutoRuntime
import AutoSyntax
import Foundation
import GRDB
import Synchronization
package import Values

/// Everything in one SQLite file, which several processes may use at once.
///
/// Writes go through `writer`, a thread of its own; reads to a queue of the library. No task that all share a
/// thread with waits for a disk or a lock.
package final class SQLiteStore: Store {
    let database: DatabaseQueue
    /// Connections that only read, beside one that writes; without any, that one reads, too.
    let readers: [DatabaseQueue]
    private let turn = Atomic(0)
    let path: String
    /// Who holds the sessions that this process runs.
    let owner: String
    let clock: any AutoRuntime.Clock
    /// Nil for a store that is only looked at.
    private let writing: GroupWriter?
    let keeper = Keeper()
    /// The fencing number of each session that this process holds: whoever takes a session over raises it.
    let fences = Mutex<[ID: Int64]>([:])
    /// What `changes` found last.
    let lastChanges = Mutex(LastChanges())
    /// Versions that have been read.
    let versions = KnownVersions()

    /// Opens the file, or makes it with the folders above it.
    ///
    /// - Parameter readers: how many connections read beside the one that writes.
    /// - Throws: for a file that is damaged, that is no store, or that cannot be written to.
    package init(
        path: String, durability: Durability = .power, owner: String = Owner.own, readers: Int = 0,
        clock: any AutoRuntime.Clock
    ) async throws(StoreError) {
        self.path = path
        self.owner = owner
        self.clock = clock
        do {
            let file = StoreFile(path: path, clock: clock)
            database = try await file.forWriting(durability)
            var connections: [DatabaseQueue] = []
            for _ in 0..<readers { if let one = try file.readOnly() { connections.append(one) } }
            self.readers = connections
        } catch {
            throw StoreError.reading(error, path)
        }
        writing = GroupWriter(database, path)
    }

    /// Opens the file to look at what it holds, also where it cannot be written to; nothing is written
    /// through this one.
    package init(reading path: String, clock: any AutoRuntime.Clock) async throws(StoreError) {
        self.path = path
        self.clock = clock
        owner = Owner.own
        readers = []
        writing = nil
        do { database = try await StoreFile(path: path, clock: clock).forReading() } catch {
            throw StoreError.reading(error, path)
        }
    }

    /// - Throws: for a store that is only looked at.
    var writer: GroupWriter {
        get throws(StoreError) {
            guard let writing else {
                throw StoreError(
                    "the store \(path) was opened to be looked at: nothing can be written to it",
                    publicly: "the server's store was opened to be looked at: nothing can be written to it")
            }
            return writing
        }
    }

    package var executor: (any TaskExecutor)? { writing?.executor }

    /// Seconds since 1970.
    func secondsNow() -> Int64 { clock.now() / 1_000_000_000 }

    func write<Result: Sendable>(_ body: @escaping @Sendable (Database) throws -> Result)
        async throws(StoreError) -> Result
    {
        try await writer.write(body)
    }

    /// Reads what belongs together; on a thread of the library's, also for a task that has been cancelled.
    func read<Result: Sendable>(_ body: @escaping @Sendable (Database) throws -> Result)
        async throws(StoreError) -> Result
    {
        let reader =
            readers.isEmpty
            ? database : readers[(turn.wrappingAdd(1, ordering: .relaxed).oldValue & Int.max) % readers.count]
        return try await asked(of: reader) { database in
            try database.transaction("DEFERRED") { try body(database) }
        }
    }

    func asked<Result: Sendable>(
        of connection: DatabaseQueue, _ body: @escaping @Sendable (Database) throws -> Result
    ) async throws(StoreError) -> Result {
        let path = path
        let outcome = await withCheckedContinuation { continuation in
            connection.asyncWriteWithoutTransaction { database in
                let outcome: Swift.Result<Result, StoreError>
                do { outcome = .success(try body(database)) } catch {
                    outcome = .failure(StoreError.reading(error, path))
                }
                continuation.resume(returning: outcome)
            }
        }
        return try outcome.get()
    }

    package func cached(_ key: String) async throws(StoreError) -> Value? {
        try await read { database in
            let text = try String.fetchOne(
                database, sql: "SELECT value FROM cache WHERE key = ?", arguments: [key])
            return try text.map { try KeptJSON.value($0) }
        }
    }

    package func cache(_ value: Value, for key: String) async throws(StoreError) {
        try await write { database in
            try database.execute(
                sql: "INSERT OR REPLACE INTO cache (key, value) VALUES (?, ?)",
                arguments: [key, KeptJSON.text(value)])
        }
    }
}
