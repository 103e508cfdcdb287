import AutoRuntime
import Dispatch
import Foundation
import GRDB
import Synchronization
import Values

/// Opens the file of a store.
struct StoreFile {
    let path: String

    /// As long as another process makes, moves over or closes the same store, in nanoseconds.
    private static let patience: UInt64 = 10_000_000_000
    /// A store up to some tens of megabytes is looked through in this time, a larger one in part.
    private static let checkTime = DispatchTimeInterval.milliseconds(200)

    private var folder: URL { URL(fileURLWithPath: path).deletingLastPathComponent() }

    /// Opens the file for writing, or makes it with the folders above it; a damaged one is left as it is.
    func forWriting(_ durability: Durability) throws -> DatabaseQueue {
        // What people's automations worked on is for their own eyes.
        try FileManager.default.createDirectory(
            at: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        // One process at a time makes the store, turns on its log, and brings its tables up to date.
        let lock = FolderLock(folder.path, patience: StoreFile.patience)
        defer { lock.release() }
        return try patiently {
            try refuseWhatIsDamaged()
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
    func forReading() throws -> DatabaseQueue {
        guard FileManager.default.fileExists(atPath: path) else {
            let empty = try DatabaseQueue()
            try migrator.migrate(empty)
            return empty
        }
        do {
            if let current = try patiently({ try readOnly(requiresCurrentTables: true) }) { return current }
            return try forWriting(.power)
        } catch let error as DatabaseError where error.isOfAPlace {
            return try copied()
        }
    }

    /// A connection that only reads; nil when the tables are those of an older version, and `requiresCurrentTables`.
    func readOnly(requiresCurrentTables: Bool = false) throws -> DatabaseQueue? {
        var configuration = Configuration()
        configuration.busyMode = .timeout(10)
        configuration.readonly = true
        let database = try DatabaseQueue(path: path, configuration: configuration)
        let isCurrent = try database.read { database in
            try migrator.hasCompletedMigrations(database)
        }
        return isCurrent || !requiresCurrentTables ? database : nil
    }

    /// A copy of the file with its log, for a folder in which SQLite cannot make what it needs beside the file. It has no name any
    /// more once it is open, and goes with the process.
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
        try database.read { database in _ = try Int.fetchOne(database, sql: "SELECT count(*) FROM holder") }
        return database
    }

    /// Looks at what is there before anything is written: its tables, and its pages as far as that takes no time to speak of.
    private func refuseWhatIsDamaged() throws {
        let attributes = try? FileManager.default.attributesOfItem(atPath: path)
        guard let size = attributes?[.size] as? Int, size > 0 else { return }
        let database: DatabaseQueue?
        do { database = try readOnly() } catch let error as DatabaseError where error.isOfAPlace {
            // Whether it can be written to is seen when it is opened for that.
            return
        }
        guard let database else { return }
        defer { try? database.close() }
        let tables = try database.read { database in
            try String.fetchSet(database, sql: "SELECT name FROM sqlite_master WHERE type = 'table'")
        }
        // A store that its maker has not filled yet has no tables.
        guard tables.isEmpty || tables.contains("grdb_migrations") else {
            throw StoreError.foreign(path)
        }
        guard try database.read({ try !migrator.hasBeenSuperseded($0) }) else {
            throw StoreError.newer(path)
        }
        guard try isSound(database) else { throw StoreError.damaged(path) }
    }

    /// Whether nothing damaged is found within `checkTime`.
    private func isSound(_ database: DatabaseQueue) throws -> Bool {
        let gate = Gate()
        DispatchQueue.global().asyncAfter(deadline: .now() + StoreFile.checkTime) {
            gate.whileOpen { database.interrupt() }
        }
        defer { gate.close() }
        do {
            return try database.read { try String.fetchAll($0, sql: "PRAGMA quick_check(1)") } == ["ok"]
        } catch let error as DatabaseError where error.resultCode == .SQLITE_INTERRUPT {
            return true
        }
    }

    /// Does it again while another process stands in the way.
    private func patiently<Result>(_ body: () throws -> Result) throws -> Result {
        let end = DispatchTime.now().uptimeNanoseconds + StoreFile.patience
        while true {
            do { return try body() } catch let error as DatabaseError where error.isOfAnother {
                guard DispatchTime.now().uptimeNanoseconds < end else { throw error }
                usleep(20_000)
            }
        }
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

/// An exclusive lock on a folder, which goes with the process; where there are no such locks, or after a while, none.
private struct FolderLock {
    private let descriptor: Int32

    /// - Parameter patience: how long to wait for it, in nanoseconds.
    init(_ path: String, patience: UInt64) {
        descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { return }
        let end = DispatchTime.now().uptimeNanoseconds + patience
        while flock(descriptor, LOCK_EX | LOCK_NB) != 0, errno == EWOULDBLOCK || errno == EINTR,
            DispatchTime.now().uptimeNanoseconds < end
        {
            usleep(5_000)
        }
    }

    func release() {
        if descriptor >= 0 { close(descriptor) }
    }
}
