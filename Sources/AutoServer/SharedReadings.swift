/// Reads each thing once for all who watch it: thousands may wake at the same change, and ask for the same.
actor SharedReadings<Key: Hashable & Sendable, Value: Sendable> {
    private typealias Reading = Task<Value, any Error>

    private var running: [Key: Reading] = [:]
    private var waiting: [Key: Reading] = [:]

    /// What `read` gives. Who asks while the same thing is being read shares, with all who do, the reading that begins
    /// behind it: the one under way may have begun before the change that is asked about.
    ///
    /// - Throws: what `read` throws.
    func value(of key: Key, read: @escaping @Sendable () async throws -> Value) async throws -> Value {
        if let next = waiting[key] { return try await next.value }
        let before = running[key]
        let reading = Reading {
            if let before {
                _ = await before.result
                begin(key)
            }
            defer { end(key) }
            return try await read()
        }
        if before == nil { running[key] = reading } else { waiting[key] = reading }
        return try await reading.value
    }

    /// A reading that has waited for its turn begins: who comes from now on may have seen a later change.
    private func begin(_ key: Key) { running[key] = waiting.removeValue(forKey: key) }

    private func end(_ key: Key) {
        if waiting[key] == nil { running[key] = nil }
    }
}
