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
        /// What models wrote before, into records of the watched session that run still; the events go on behind it.
        let words: [Int: WordsSoFar.Words]
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
        var watchers: [Watched: [Int: Watcher]] = [:]
        var words = WordsSoFar()

        func watchers(of watched: [Watched]) -> [Watcher] {
            guard !watchers.isEmpty else { return [] }
            return watched.flatMap { watchers[$0].map { Array($0.values) } ?? [] }
        }
    }

    private enum Watched: Hashable {
        /// A session, or an automation.
        case one(ID)
        case everything
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
    func watch(_ session: ID) -> Watching { watch(.one(session), isCoarse: false) }

    /// Events from now on by which an automation's sessions are to be looked at anew; several become one for who is slow.
    func watch(automation: ID) -> Watching { watch(.one(automation), isCoarse: true) }

    /// The same for all sessions that there are.
    func watchEverything() -> Watching { watch(.everything, isCoarse: true) }

    private func watch(_ watched: Watched, isCoarse: Bool) -> Watching {
        let (stream, continuation) = AsyncStream.makeStream(
            of: Event.self, bufferingPolicy: isCoarse ? .bufferingNewest(1) : .bufferingOldest(Hub.reach))
        let (number, words) = state.withLock { state -> (Int, [Int: WordsSoFar.Words]) in
            state.next += 1
            if state.isClosed {
                continuation.finish()
            } else {
                state.watchers[watched, default: [:]][state.next] = Watcher(
                    continuation: continuation, isCoarse: isCoarse)
            }
            guard !isCoarse, case .one(let session) = watched else { return (state.next, [:]) }
            return (state.next, state.words.words(of: session))
        }
        continuation.onTermination = { [weak self] _ in
            self?.state.withLock { state in
                state.watchers[watched]?[number] = nil
                if state.watchers[watched]?.isEmpty == true { state.watchers[watched] = nil }
            }
        }
        arrival.yield()
        return Watching(events: stream, words: words, end: { continuation.finish() })
    }

    /// The sessions and automations that somebody watches.
    var watched: [ID] {
        state.withLock { state in
            state.watchers.keys.compactMap { watched in
                if case .one(let id) = watched { id } else { nil }
            }
        }
    }

    /// Whether somebody watches all sessions.
    var watchesEverything: Bool { state.withLock { $0.watchers[.everything] != nil } }

    /// Tells those who watch this session or this automation, and those who watch everything.
    func tell(_ watched: ID, _ event: Event) { tell(event, watchers([.one(watched), .everything])) }

    /// Tells those who watch this session, those who watch its automation, and those who watch everything.
    func tell(_ session: ID, of automation: ID, _ event: Event) {
        tell(event, watchers([.one(session), .one(automation), .everything]))
    }

    /// Tells those who watch everything that something happened of which no more is known.
    func tellOfOthersChanges() { tell(.changed, watchers([.everything])) }

    private func watchers(_ watched: [Watched]) -> [Watcher] {
        state.withLock { $0.watchers(of: watched) }
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
        case .session(let header):
            if header.hasEnded { endWords(of: session) }
            tell(session, of: automation, Event.session)
        case .step(let ordinal, let record):
            if record.hasEnded { state.withLock { $0.words.end(ordinal, of: session) } }
            tell(session, of: automation, Event.step(ordinal: ordinal, record))
        case .text(let ordinal, let text):
            // Whoever watches has been given the words before these, or is given these by the event.
            let watchers = state.withLock { state in
                state.words.add(text, to: ordinal, of: session)
                return state.watchers(of: [.one(session)])
            }
            tell(Event.text(ordinal: ordinal, text), watchers)
        case .element, .retry, .trace: break
        }
    }

    /// Nothing of the session runs here any more.
    func endWords(of session: ID) { state.withLock { $0.words.end(session) } }

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
