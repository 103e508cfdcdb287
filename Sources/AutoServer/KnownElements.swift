import AutoRuntime
import Synchronization
import Values

/// Which elements of `each` the waiting step records of sessions are of, as it was found last.
///
/// To find it, a whole session is read, of perhaps many megabytes, and the list of `each` is evaluated anew; lists
/// of what waits are asked for after every change of any session.
final class KnownElements: Sendable {
    private struct Entry: Sendable {
        let state: String
        let elements: [ID: Element]
    }

    /// What is known of so many sessions stays in memory.
    private static let limit = 1_000

    private let entries = Mutex<[ID: Entry]>([:])

    /// The elements by the ids of their step records.
    ///
    /// - Parameter find: finds them where nothing is known of the session, or it has changed since; of what it gives,
    ///   only those records are kept that wait.
    func elements(
        of session: StoredSession, find: () async throws(StoreError) -> [ID: Element]
    ) async throws(StoreError) -> [ID: Element] {
        let id = session.record.header.id
        // A record says by its place which element it is of, so the states and the version tell it all.
        let state = session.automation.versionID.text + session.record.tag
        if let known = entries.withLock({ $0[id] }), known.state == state { return known.elements }
        let found = try await find()
        let waiting = Set(session.record.waiting.map(\.id))
        let elements = found.filter { waiting.contains($0.key) }
        entries.withLock { entries in
            if entries.count >= KnownElements.limit, entries[id] == nil { entries.removeAll() }
            entries[id] = Entry(state: state, elements: elements)
        }
        return elements
    }
}
