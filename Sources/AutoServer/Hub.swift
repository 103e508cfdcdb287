import AutoRuntime
import Synchronization

/// Tells those who watch a session what happens in it.
final class Hub: Sendable {
    enum Event: Sendable {
        case session
        case step(ordinal: Int, StepRecord)
        case text(ordinal: Int, String)
        /// Something was written outside of a run: read the record anew.
        case changed
    }

    private struct Watchers {
        var next = 0
        var isClosed = false
        var bySession: [ID: [Int: AsyncStream<Event>.Continuation]] = [:]
    }

    private let watchers = Mutex(Watchers())

    /// So many events a watcher may be behind.
    static let reach = 1_000

    /// Events from now on; the stream ends for who falls too far behind, and may watch anew.
    func watch(_ session: ID) -> AsyncStream<Event> {
        let (stream, continuation) = AsyncStream.makeStream(
            of: Event.self, bufferingPolicy: .bufferingOldest(Hub.reach))
        let number = watchers.withLock { watchers in
            watchers.next += 1
            if watchers.isClosed {
                continuation.finish()
            } else {
                watchers.bySession[session, default: [:]][watchers.next] = continuation
            }
            return watchers.next
        }
        continuation.onTermination = { [weak self] _ in
            self?.watchers.withLock { watchers in
                watchers.bySession[session]?[number] = nil
                if watchers.bySession[session]?.isEmpty == true { watchers.bySession[session] = nil }
            }
        }
        return stream
    }

    func tell(_ session: ID, _ event: Event) {
        let told = watchers.withLock { watchers in watchers.bySession[session].map { Array($0.values) } ?? []
        }
        for watcher in told {
            if case .dropped = watcher.yield(event) { watcher.finish() }
        }
    }

    func tell(_ session: ID, _ event: RunEvent) {
        switch event {
        case .session: tell(session, Event.session)
        case .step(let ordinal, let record): tell(session, Event.step(ordinal: ordinal, record))
        case .text(let ordinal, let text): tell(session, Event.text(ordinal: ordinal, text))
        case .retry: break
        }
    }

    /// Ends every stream, also those of who comes later.
    func close() {
        let all = watchers.withLock { watchers in
            watchers.isClosed = true
            return watchers.bySession.values.flatMap(\.values)
        }
        for watcher in all { watcher.finish() }
    }
}
