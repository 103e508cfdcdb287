package import AutoRuntime

/// How much a commit survives: a power cut, or the end of the process only.
package enum Durability: String, Sendable, CaseIterable {
    case power
    case process
}

/// What a store is opened for.
package enum StoreUse: Sendable {
    /// The store is opened to run sessions of this process, and to change what is kept.
    case work(Durability)
    /// The store is opened to serve many at once, who read while others write.
    case serving(Durability)
    /// The store is opened to look at what it holds, also where it cannot be written to.
    case reading
}

/// What stands for a store that ends with its process.
package let memoryPlace = ":memory:"

/// Opens the store that a description names: a path, `sqlite:` and a path, `postgres://…`, or `:memory:`.
///
/// This is the one place that knows which stores there are.
///
/// - Throws: for a store that is damaged, that is none, that cannot be reached, or whose kind is not known.
package func openStore(_ description: String, for use: StoreUse, clock: any Clock)
    async throws(StoreError) -> any Store
{
    if description == memoryPlace {
        switch use {
        // A single run asks for nothing that it has recorded.
        case .work: return MemoryStore(keepsRecords: false, clock: clock)
        case .serving, .reading: return MemoryStore(clock: clock)
        }
    }
    if let address = PostgresAddress(description) {
        switch use {
        case .work, .serving: return try await PostgresStore(address, clock: clock)
        case .reading: return try await PostgresStore(address, forReading: true, clock: clock)
        }
    }
    let path = try filePath(description)
    switch use {
    case .work(let durability): return try await SQLiteStore(path: path, durability: durability, clock: clock)
    case .serving(let durability):
        return try await SQLiteStore(path: path, durability: durability, readers: 2, clock: clock)
    case .reading: return try await SQLiteStore(reading: path, clock: clock)
    }
}

/// A description as it may be shown: without a password.
package func shownPlace(_ description: String) -> String {
    PostgresAddress(description)?.shown ?? description
}

/// Makes the tables of a store, or brings them up to date.
///
/// - Returns: how many steps that took, where that is known; 0 when there was nothing to do.
/// - Throws: as `openStore` does.
package func migrateStore(_ description: String, clock: any Clock) async throws(StoreError) -> Int {
    guard let address = PostgresAddress(description) else {
        // A file is brought up to date by being opened.
        _ = try await openStore(description, for: .work(.power), clock: clock)
        return 0
    }
    return try await PostgresStore.migrate(address)
}

private func filePath(_ description: String) throws(StoreError) -> String {
    if description.hasPrefix("sqlite:") { return String(description.dropFirst("sqlite:".count)) }
    let parts = description.split(separator: ":", maxSplits: 1)
    // As the beginnings of urls are written. A file may have a colon in its name, but not behind such a word.
    guard parts.count == 2, parts[0].allSatisfy({ $0.isLetter || $0.isNumber || "+-.".contains($0) }),
        parts[1].hasPrefix("//") || PostgresAddress.kinds.contains(parts[0].lowercased())
    else { return description }
    throw StoreError(
        "--store \(parts[0])://…: there are no stores of this kind; name a file, postgres://USER@HOST/DATABASE, or \(memoryPlace) for none"
    )
}
