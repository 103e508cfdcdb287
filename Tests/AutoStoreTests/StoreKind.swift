import AutoRuntime
import AutoStore

/// A kind of store. All kinds pass the same tests: those in the files `Conformance…`.
enum StoreKind: String, CaseIterable, Sendable {
    case memory
    case sqlite
}

/// One store of a kind, as several processes have it.
struct Bench: Sendable {
    let place = Place()
    private let kind: StoreKind
    private let memory: MemoryStore
    private let clock: any AutoRuntime.Clock

    init(_ kind: StoreKind, clock: (any AutoRuntime.Clock)? = nil) {
        self.kind = kind
        self.clock = clock ?? place.clock
        memory = MemoryStore(owner: "nobody", clock: self.clock)
    }

    /// The store as a process of this name has it.
    func open(as owner: String = Owner.own) async throws -> any Store {
        switch kind {
        case .memory: MemoryStore(sharing: memory, owner: owner)
        case .sqlite: try await SQLiteStore(path: place.path, owner: owner, clock: clock)
        }
    }

    /// Another process, of which nothing is known but that it is not gone.
    static let other = "elsewhere/1/1"

    func clean() { place.clean() }
}
