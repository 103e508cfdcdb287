import AutoRuntime
import HTTPTypes
import Hummingbird
import NIOCore
import Values

extension API {
    /// The record, without its values, once it differs; nil when the time is over.
    func change(of session: StoredSession, from tag: String, within seconds: Int64) async throws
        -> SessionRecord?
    {
        let id = session.record.header.id
        let watching = hub.watch(id)
        let clock = parts.clock
        let timer = Task {
            try? await clock.sleep(nanoseconds: seconds * 1_000_000_000)
            watching.end()
        }
        defer { timer.cancel() }
        // What changed between the reading and the watching.
        if let now = try await states(id), now.tag != tag { return now }
        for await event in watching.events {
            switch event {
            case .text, .tick: continue
            case .session, .step, .changed: break
            }
            guard let now = try await states(id) else { return nil }
            if now.tag != tag { return now }
        }
        return nil
    }

    /// A session's record, of which only the states are looked at.
    private func states(_ id: ID) async throws -> SessionRecord? {
        try await store.session(id, of: nil, withValues: false)?.record
    }
}
