package import AutoRuntime
package import CEL
import Synchronization

/// Keeps nothing beyond the process: for `--store :memory:` and for tests.
package final class MemoryStore: Store {
    private let values = Mutex<[String: Value]>([:])

    package init() {}

    package func begin(_ session: SessionHeader, of automation: StoredAutomation) throws(StoreError) {}

    package func commit(_ changes: [RecordChange]) throws(StoreError) {}

    package var heartbeat: Int64? { nil }

    package func claim(_ session: ID) throws(StoreError) -> Bool { true }

    package func renew(_ session: ID) throws(StoreError) -> LeaseState { .held }

    package func release(_ session: ID) throws(StoreError) {}

    package func cached(_ key: String) throws(StoreError) -> Value? { values.withLock { $0[key] } }

    package func cache(_ value: Value, for key: String) throws(StoreError) {
        values.withLock { $0[key] = value }
    }
}
