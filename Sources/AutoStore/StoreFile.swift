import AutoRuntime
import Foundation
import GRDB
import Synchronization
import Values

/// Opens the file of a store.
struct StoreFile {
    let path: String
    let clock: any AutoRuntime.Clock

    /// How often to look again while another process makes, moves over or closes the same store: for ten
    /// seconds.
    private static let looks = 500
    /// Nanoseconds between two looks.
    private static let pause: Int64 = 20_000_000
    /// A store up to some tens of megabytes is looked through in this time, a larger one in part; in
    /// nanoseconds.
    private static let checkTime: Int64 = 200_000_000

    private var folder: URL { URL(fileURLWithPath: path).deletingLastPathComponent() }

    /// Opens the file for writing, or makes it with the folders above it; a damaged one is left as it is.
    func forWriting(_ durability: Durability) async throws -> DatabaseQueue {
        // What people's automations worked on is for their own eyes.
        try FileManager.default.createDirectory(
            at: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        // One process at a time makes the store, turns on its log, and brings its tables up to date.
        let lock = FolderLock(folder.path)
        defer { lock.release() }
        for _ in 0..<StoreFile.looks {
            if lock.isTaken() { break }
            try await clock.sleep(nanoseconds: StoreFile.pause)
        }
        return try await patiently {
            try await refuseWhatIsDamaged()
            var configuration = Configuration()
            configuration.busyMode = .timeout(10)
            configuration.prepareDatabase { database in
                try database.execute(sql: "PRAGMA journal_mode = WAL")
                try database.execute(sql: "PRAGMA synchronous = \(durability == .power ? "FULL" : "NORMAL")")
            }
            let database = try DatabaseQueue(path: path, configuration: configuration)
            try migrator.migrate(database)
            return database
        }
    }

    /// Opens the file to look at it; also one that cannot be written to. Without a file it is an empty store.
    func forReading() async throws -> DatabaseQueue {
        guard FileManager.default.fileExists(atPath: path) else {
            let empty = try DatabaseQueue()
            try migrator.migrate(empty)
            return empty
        }
        do {
            let current = try await patiently { try readOnly(requiresCurrentTables: true) }
            if let current { return current }
            return try await forWriting(.power)
        } catch let error as DatabaseError where error.resultCode == .SQLITE_CORRUPT {
            // What is damaged can be looked at all the same: `doctor` reads what is still there.
            var configuration = Configuration()
            configuration.readonly = true
            return try DatabaseQueue(path: path, configuration: configuration)
        } catch let error as DatabaseError where error.isOfAPlace {
            return try copied()
        }
    }

    /// A connection that only reads; nil when the tables are those of an older version, and
    /// `requiresCurrentTables`.
    func readOnly(requiresCurrentTables: Bool = false) throws -> DatabaseQueue? {
        var configuration = Configuration()
        configuration.busyMode = .timeout(10)
        configuration.readonly = true
        let database = try DatabaseQueue(path: path, configuration: configuration)
        let isCurrent = try database.writeWithoutTransaction { database in
            try migrator.hasCompletedMigrations(database)
        }
        return isCurrent || !requiresCurrentTables ? database : nil
    }

    /// A copy of the file with its log, for a folder in which SQLite cannot make what it needs beside the
    /// file. It has no name any more once it is open, and goes with the process.
    private func copied() throws -> DatabaseQueue {
        let folder = FileManager.default.temporaryDirectory
            .appendingPathComponent("autorun-store-\(UUID().uuidString)")
        try FileManager.default.createDirectory(
            at: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        defer { try? FileManager.default.removeItem(at: folder) }
        let copy = folder.appendingPathComponent("copy.sqlite").path
        for ending in ["", "-wal"] where FileManager.default.fileExists(atPath: path + ending) {
            try FileManager.default.copyItem(atPath: path + ending, toPath: copy + ending)
            _ = try? FileManager.default.setAttributes(
                [.posixPermissions: 0o600], ofItemAtPath: copy + ending)
        }
        let database = try DatabaseQueue(path: copy)
        try migrator.migrate(database)
        try database.writeWithoutTransaction { database in
            _ = try Int.fetchOne(database, sql: "SELECT count(*) FROM holder")
        }
        return database
    }

    /// Looks at what is there before anything is written: its tables, and its pages as far as that takes no
    /// time to speak of.
    private func refuseWhatIsDamaged() async throws {
        let mark = SoundMark(path)
        guard mark.size > 0 else { return }
        if mark.holds(at: clock.now()) { return }
        let database: DatabaseQueue?
        do { database = try readOnly() } catch let error as DatabaseError where error.isOfAPlace {
            // Whether it can be written to is seen when it is opened for that.
            return
        }
        guard let database else { return }
        defer { try? database.close() }
        let tables = try await database.writeWithoutTransaction { database in
            try String.fetchSet(database, sql: "SELECT name FROM sqlite_master WHERE type = 'table'")
        }
        // A store that its maker has not filled yet has no tables.
        guard tables.isEmpty || tables.contains("grdb_migrations") else {
            throw StoreError.foreign(path)
        }
        guard try await database.writeWithoutTransaction({ try !migrator.hasBeenSuperseded($0) }) else {
            throw StoreError.newer(path)
        }
        guard try await isSound(database) else { throw StoreError.damaged(path) }
        mark.set(at: clock.now())
    }

    /// Whether nothing damaged is found within `checkTime`.
    private func isSound(_ database: DatabaseQueue) async throws -> Bool {
        let gate = Gate()
        let timer = Task { [clock] in
            do { try await clock.sleep(nanoseconds: StoreFile.checkTime) } catch { return }
            gate.whileOpen { database.interrupt() }
        }
        defer {
            gate.close()
            timer.cancel()
        }
        do {
            let answers = try await database.read { try String.fetchAll($0, sql: "PRAGMA quick_check(1)") }
            return answers == ["ok"]
        } catch let error as DatabaseError where error.resultCode == .SQLITE_INTERRUPT {
            return true
        }
    }

    /// Does it again while another process stands in the way.
    private func patiently<Result>(_ body: () async throws -> Result) async throws -> Result {
        for _ in 1..<StoreFile.looks {
            do { return try await body() } catch let error as DatabaseError where error.isOfAnother {
                try await clock.sleep(nanoseconds: StoreFile.pause)
            }
        }
        return try await body()
    }
}

extension DatabaseError {
    /// Whether the place does not let the file be opened or written.
    fileprivate var isOfAPlace: Bool {
        switch resultCode {
        case .SQLITE_CANTOPEN, .SQLITE_READONLY, .SQLITE_PERM, .SQLITE_IOERR: true
        default: false
        }
    }

    /// Whether another process stands in the way.
    fileprivate var isOfAnother: Bool {
        switch resultCode {
        case .SQLITE_BUSY, .SQLITE_LOCKED, .SQLITE_PROTOCOL: true
        default: false
        }
    }
}

/// Lets something be done until it is closed.
private final class Gate: Sendable {
    private let isOpen = Mutex(true)

    func whileOpen(_ body: () -> Void) {
        isOpen.withLock { isOpen in
            if isOpen { body() }
        }
    }

    /// Once this has come back, nothing is done any more.
    func close() { isOpen.withLock { $0 = false } }
}

/// An exclusive lock on a folder, which goes with the process.
private struct FolderLock {
    private let descriptor: Int32

    init(_ path: String) { descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC) }

    /// Whether there is nothing to wait for any more: it is taken, or there are no such locks here.
    func isTaken() -> Bool {
        guard descriptor >= 0, flock(descriptor, LOCK_EX | LOCK_NB) != 0 else { return true }
        return errno != EWOULDBLOCK && errno != EINTR
    }

    func release() {
        if descriptor >= 0 { close(descriptor) }
    }
}
