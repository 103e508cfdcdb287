import AutoRuntime
import AutoStore
import Foundation
import Synchronization
import Testing

/// A kind of store. All kinds pass the same tests: those in the files `Conformance…`.
enum StoreKind: String, CaseIterable, Sendable {
    case memory
    case sqlite
    case postgres

    /// Those that outlive a process, and that several processes have at once.
    static var shared: [StoreKind] { allCases.filter { $0 != .memory } }

    /// Those that can be tried on this machine.
    static var allCases: [StoreKind] {
        [.memory, .sqlite] + (PostgresServer.programs == nil ? [] : [.postgres])
    }
}

/// One store of a kind, as several processes have it.
struct Bench: Sendable {
    let place = Place()
    private let kind: StoreKind
    private let memory: MemoryStore
    private let clock: any AutoRuntime.Clock
    private let database: TestDatabase

    init(_ kind: StoreKind, clock: (any AutoRuntime.Clock)? = nil) {
        self.kind = kind
        self.clock = clock ?? place.clock
        memory = MemoryStore(owner: "nobody", clock: self.clock)
        database = TestDatabase()
    }

    /// The store as a process of this name has it.
    func open(as owner: String = Owner.own) async throws -> any Store {
        switch kind {
        case .memory: MemoryStore(sharing: memory, owner: owner)
        case .sqlite: try await SQLiteStore(path: place.path, owner: owner, clock: clock)
        case .postgres:
            try await PostgresStore(try database.address(), owner: owner, time: .ofClock, clock: clock)
        }
    }

    /// Another process, of which nothing is known but that it is not gone.
    static let other = "elsewhere/1/1"

    func clean() { place.clean() }
}

/// A database on the tests' own server, made when it is first needed.
final class TestDatabase: Sendable {
    let name = "test_" + UUID().uuidString.replacingOccurrences(of: "-", with: "").lowercased()
    private let isMade = Mutex(false)

    func address() throws -> PostgresAddress {
        let server = try PostgresServer.shared()
        try isMade.withLock { isMade in
            if !isMade { try server.make(name) }
            isMade = true
        }
        return try #require(PostgresAddress(server.address(of: name)))
    }
}
