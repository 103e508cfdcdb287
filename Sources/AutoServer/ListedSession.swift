import AutoRuntime
import Values

/// A session of a list, written out as its watchers are sent it.
struct ListedSession: Sendable {
    let id: ID
    /// When it was last changed, in seconds since 1970.
    let updatedAt: Int64
    let hasEnded: Bool
    /// The summary as JSON.
    let text: String

    /// Whether it was changed before another one.
    static func isBefore(_ left: ListedSession, _ right: ListedSession) -> Bool {
        left.updatedAt != right.updatedAt ? left.updatedAt < right.updatedAt : left.id.text < right.id.text
    }
}

extension API {
    /// The sessions that a query finds, in the order of their changes; read once for all who ask for them at once.
    func listed(_ query: SessionQuery) async throws -> [ListedSession] {
        try await lists.value(of: query) {
            try await listed(try await store.outlines(query, withInputs: false), as: query)
                .sorted(by: ListedSession.isBefore)
        }
    }

    /// Sessions as the list of this query shows them.
    func listed(_ sessions: [SessionOutline], as query: SessionQuery) async throws -> [ListedSession] {
        var listed: [ListedSession] = []
        for session in sessions {
            listed.append(
                ListedSession(
                    id: session.id, updatedAt: session.updatedAt, hasEnded: session.status.isEnd,
                    text: JSON.text(try await summary(session, query))))
        }
        return listed
    }
}
