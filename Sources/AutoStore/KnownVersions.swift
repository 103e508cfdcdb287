import AutoRuntime
import Synchronization
import Values

/// Versions of automations that have been read from a store, so that each is decoded once.
final class KnownVersions: Sendable {
    private let versions = Mutex<[ID: StoredAutomation]>([:])
    /// How many are remembered, as many as a server with its automations needs; one that makes new ones
    /// without end forgets the old ones.
    private static let most = 256

    subscript(id: ID) -> StoredAutomation? { versions.withLock { $0[id] } }

    func keep(_ version: StoredAutomation) {
        versions.withLock { versions in
            if versions.count >= KnownVersions.most { versions.removeAll() }
            versions[version.versionID] = version
        }
    }

    func forget(_ id: ID) { versions.withLock { $0[id] = nil } }

    func forgetAll() { versions.withLock { $0 = [:] } }
}
