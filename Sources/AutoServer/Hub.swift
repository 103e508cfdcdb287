import AutoRuntime
import Synchronization
import Values

/// Tells those who watch a session what happens in it, and those who watch an automation that one of its sessions changed.
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

    private struct Watcher {
        let continuation: AsyncStream<Event>.Continuation
        /// Whether it wants to know that something happened, and not each event of it.
        let isCoarse: Bool
    }

    private struct State {
        var next = 0
        var isClosed = false
        /// By the session, or the automation, that they watch.
        var watchers: [ID: [Int: Watcher]] = [:]
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

    /// Events of a session from now on; they end for who falls too far behind, and may watch anew.
    func watch(_ session: ID) -> Watching { watch(session, isCoarse: false) }

    /// Events from now on by which an automation's sessions are to be looked at anew; several become one for who is slow.
    func watch(automation: ID) -> Watching { watch(automation, isCoarse: true) }

    private func watch(_ watched: ID, isCoarse: Bool) -> Watching {
        let (stream, continuation) = AsyncStream.makeStream(
            of: Event.self, bufferingPolicy: isCoarse ? .bufferingNewest(1) : .bufferingOldest(Hub.reach))
        let number = state.withLock { state in
            state.next += 1
            if state.isClosed {
                continuation.finish()
            } else {
                state.watchers[watched, default: [:]][state.next] = Watcher(
                    continuation: continuation, isCoarse: isCoarse)
            }
            return state.next
        }
        continuation.onTermination = { [weak self] _ in
            self?.state.withLock { state in
                state.watchers[watched]?[number] = nil
                if state.watchers[watched]?.isEmpty == true { state.watchers[watched] = nil }
            }
        }
        arrival.yield()
        return Watching(events: stream, end: { continuation.finish() })
    }

    /// The sessions and automations that somebody watches.
    var watched: [ID] { state.withLock { Array($0.watchers.keys) } }

    /// Tells those who watch this session or this automation, and no others.
    func tell(_ watched: ID, _ event: Event) {
        tell(event, state.withLock { state in state.watchers[watched].map { Array($0.values) } ?? [] })
    }

    /// Tells those who watch this session, and those who watch its automation.
    func tell(_ session: ID, of automation: ID, _ event: Event) {
        let watchers = state.withLock { state in
            guard !state.watchers.isEmpty else { return [Watcher]() }
            return [session, automation].flatMap { state.watchers[$0].map { Array($0.values) } ?? [] }
        }
        tell(event, watchers)
    }

    /// Tells everybody.
    func tick() { tell(.tick, state.withLock { $0.watchers.values.flatMap(\.values) }) }

    private func tell(_ event: Event, _ watchers: [Watcher]) {
        for watcher in watchers {
            if case .dropped = watcher.continuation.yield(event), !watcher.isCoarse {
                watcher.continuation.finish()
            }
        }
    }

    func tell(_ session: ID, of automation: ID, _ event: RunEvent) {
        switch event {
        case .session: tell(session, of: automation, Event.session)
        case .step(let ordinal, let record):
            tell(session, of: automation, Event.step(ordinal: ordinal, record))
        case .text(let ordinal, let text): tell(session, Event.text(ordinal: ordinal, text))
        case .element, .retry: break
        }
    }

    /// Ends every stream, also those of who comes later.
    func close() {
        let all = state.withLock { state in
            state.isClosed = true
            return state.watchers.values.flatMap(\.values)
        }
        for watcher in all { watcher.continuation.finish() }
        arrival.finish()
    }
}
