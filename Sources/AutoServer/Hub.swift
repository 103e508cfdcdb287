import AutoRuntime
import Synchronization
import Values

/// Tells those who watch a session what happens in it.
final class Hub: Sendable {
    enum Event: Sendable {
        case session
        case step(ordinal: Int, StepRecord)
        case text(ordinal: Int, String)
        /// Something was written outside of a run: read the record anew.
        case changed
        /// Nothing has happened: time to show the connection that it lives.
        case tick
    }

    /// What a watcher is given.
    struct Watching: Sendable {
        let events: AsyncStream<Event>
        /// Ends the events.
        let end: @Sendable () -> Void
    }

    private struct State {
        var next = 0
        var isClosed = false
        var watchers: [ID: [Int: AsyncStream<Event>.Continuation]] = [:]
    }

    private let state = Mutex(State())
    /// Says that somebody has come; ends when the hub is closed.
    let arrivals: AsyncStream<Void>
    private let arrival: AsyncStream<Void>.Continuation

    /// So many events a watcher may be behind.
    static let reach = 1_000

    init() {
        (arrivals, arrival) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
    }

    /// Events from now on; they end for who falls too far behind, and may watch anew.
    func watch(_ session: ID) -> Watching {
        let (stream, continuation) = AsyncStream.makeStream(
            of: Event.self, bufferingPolicy: .bufferingOldest(Hub.reach))
        let number = state.withLock { state in
            state.next += 1
            if state.isClosed {
                continuation.finish()
            } else {
                state.watchers[session, default: [:]][state.next] = continuation
            }
            return state.next
        }
        continuation.onTermination = { [weak self] _ in
            self?.state.withLock { state in
                state.watchers[session]?[number] = nil
                if state.watchers[session]?.isEmpty == true { state.watchers[session] = nil }
            }
        }
        arrival.yield()
        return Watching(events: stream, end: { continuation.finish() })
    }

    /// The sessions that somebody watches.
    var watched: [ID] { state.withLock { Array($0.watchers.keys) } }

    func tell(_ session: ID, _ event: Event) {
        tell(event, state.withLock { state in state.watchers[session].map { Array($0.values) } ?? [] })
    }

    /// Tells everybody.
    func tick() { tell(.tick, state.withLock { $0.watchers.values.flatMap(\.values) }) }

    private func tell(_ event: Event, _ watchers: [AsyncStream<Event>.Continuation]) {
        for watcher in watchers {
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
        let all = state.withLock { state in
            state.isClosed = true
            return state.watchers.values.flatMap(\.values)
        }
        for watcher in all { watcher.finish() }
        arrival.finish()
    }
}
