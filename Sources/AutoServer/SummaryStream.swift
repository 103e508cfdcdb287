import AutoRuntime
import HTTPTypes
import Hummingbird
import NIOCore
import Values

extension API {
    /// However fast sessions change, a list is looked at no more often than once in so many nanoseconds.
    private static let listPause: Int64 = 200_000_000

    /// Server-sent events: the newest sessions, then each that begins or changes, until the client goes.
    ///
    /// - Parameter watch: begins to watch what the list is of.
    func streamSummaries(
        _ stream: SummaryStream, _ call: Call, watch: @escaping @Sendable () -> Hub.Watching
    ) -> Response {
        let last = call.header("Last-Event-ID").flatMap { Int64($0) }.flatMap { $0 >= 0 ? $0 : nil }
        return .events { write in
            let watching = watch()
            defer { watching.end() }
            var stream = stream
            try await write(try await stream.begin(behind: last, self))
            for await _ in watching.events {
                let text = try await stream.news(self)
                try await write(text.readableBytes > 0 ? text : Response.sign)
                try await parts.clock.sleep(nanoseconds: API.listPause)
            }
        }
    }
}

/// What the watcher of a list of sessions has been shown, and so what is news to it.
///
/// The id of an event is the latest `updated_at`, in seconds since 1970, of all sessions that were sent. Those that
/// changed since, and those that have not ended, are news to who comes back with it.
struct SummaryStream: Sendable {
    private struct Shown: Sendable {
        let text: String
        let hasEnded: Bool
    }

    private var query: SessionQuery
    private var shown: [ID: Shown] = [:]
    private var latest: Int64 = 0

    /// So many open sessions that newer ones have pushed out of the list are watched until they end.
    private static let mostPushedOut = 1000

    /// A change may become visible some seconds after the time that it bears.
    private static let slack: Int64 = 5

    init(_ query: SessionQuery) { self.query = query }

    /// The newest sessions; for who comes back, only those that may be news.
    ///
    /// - Parameter last: the id of the last event that the client has seen.
    mutating func begin(behind last: Int64?, _ api: API) async throws -> ByteBuffer {
        let sessions = try await api.listed(query)
        guard let last else { return send(sessions) }
        latest = last
        let since = last - SummaryStream.slack
        for session in sessions where session.hasEnded && session.updatedAt < since {
            shown[session.id] = Shown(text: session.text, hasEnded: true)
        }
        return send(sessions, and: try await left(since, sessions, api))
    }

    /// Sessions that may have been in the list when the client went, and are not any more.
    private func left(_ since: Int64, _ sessions: [ListedSession], _ api: API) async throws
        -> [ListedSession]
    {
        guard query.status != nil || query.isWaiting, query.text == nil else { return [] }
        var wider = query
        (wider.status, wider.isWaiting) = (nil, false)
        let ids = Set(sessions.map(\.id))
        let found = try await api.store.outlines(wider, withInputs: false)
            .filter { $0.updatedAt >= since && !ids.contains($0.id) }
        return try await api.listed(found, as: query)
    }

    /// What differs from what was shown, also of an open session that newer ones have pushed out of the list; of one that
    /// the query does not find any more, its state once more.
    mutating func news(_ api: API) async throws -> ByteBuffer {
        if query.files != nil { query = api.ofWhatIsServed(query) }
        let sessions = try await api.listed(query)
        var kept = Set(sessions.map(\.id))
        let gone = Set(shown.lazy.filter { !$0.value.hasEnded }.map(\.key)).subtracting(kept)
        var left: [ListedSession] = []
        if !gone.isEmpty {
            var wider = SessionQuery(limit: gone.count)
            (wider.files, wider.besides, wider.ids) = (query.files, query.besides, gone)
            let found = try await api.store.outlines(wider, withInputs: false)
            left = try await api.listed(found, as: query)
            let pushedOut = found.filter { query.isStillOf($0) }
            kept.formUnion(pushedOut.prefix(SummaryStream.mostPushedOut).map(\.id))
        }
        let text = send(sessions, and: left)
        if shown.count > kept.count { shown = shown.filter { kept.contains($0.key) } }
        return text
    }

    /// Sends what was not shown so already, in the order of the changes: whoever is cut off in between has missed later ones only.
    private mutating func send(_ sessions: [ListedSession], and left: [ListedSession] = []) -> ByteBuffer {
        var text = ByteBuffer()
        let all = left.isEmpty ? sessions : (sessions + left).sorted(by: ListedSession.isBefore)
        for session in all where shown[session.id]?.text != session.text {
            latest = max(latest, session.updatedAt)
            text.writeString("id: \(latest)\nevent: session\ndata: \(session.text)\n\n")
            shown[session.id] = Shown(text: session.text, hasEnded: session.hasEnded)
        }
        return text
    }
}

extension SessionQuery {
    /// Whether an open session that the query has found before is still one of those that it is about.
    fileprivate func isStillOf(_ session: SessionOutline) -> Bool {
        guard !session.hasEnded, session.isWaiting || !isWaiting else { return false }
        return status.map { $0 == session.status } ?? true
    }
}

extension SessionOutline {
    var hasEnded: Bool { status.isEnd }
}
