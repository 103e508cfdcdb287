package import AutoRuntime
import Synchronization
package import Values

/// Keeps nothing beyond the process: for `--store :memory:` and for tests.
package final class MemoryStore: Store {
    private let values = Mutex<[String: Value]>([:])

    package init() {}

    package func begin(_ session: SessionHeader, of automation: StoredAutomation, held: Bool) {}

    package func submit(_ changes: [RecordChange], onDisk: @escaping @Sendable () -> Void) -> Receipt? {
        onDisk()
        return nil
    }

    package func claim(_ session: ID) -> ClaimOutcome { .taken }

    /// Nobody else could want anything of it.
    package func interruption(of session: ID) async -> Interruption? {
        while !Task.isCancelled { try? await Task.sleep(for: .seconds(86_400)) }
        return nil
    }

    package func park(_ session: ID, until: Int64?) -> Bool { true }

    package func cached(_ key: String) throws(StoreError) -> Value? { values.withLock { $0[key] } }

    package func cache(_ value: Value, for key: String) throws(StoreError) {
        values.withLock { $0[key] = value }
    }
}
