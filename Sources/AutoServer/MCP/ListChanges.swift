import Synchronization

/// Tells whoever watches that there may be other automations than before.
final class ListChanges: Sendable {
    private struct State {
        var next = 0
        var watchers: [Int: AsyncStream<Void>.Continuation] = [:]
        var isClosed = false
    }

    private let state = Mutex(State())

    /// Yields once for each change, and for several that come close together at least once.
    func watch() -> AsyncStream<Void> {
        let (stream, continuation) = AsyncStream.makeStream(
            of: Void.self, bufferingPolicy: .bufferingNewest(1))
        let number = state.withLock { state in
            state.next += 1
            if state.isClosed { continuation.finish() } else { state.watchers[state.next] = continuation }
            return state.next
        }
        continuation.onTermination = { [weak self] _ in
            self?.state.withLock { state in state.watchers[number] = nil }
        }
        return stream
    }

    func tell() {
        for watcher in state.withLock({ Array($0.watchers.values) }) { watcher.yield() }
    }

    /// Ends every watching, also those that come later.
    func close() {
        let all = state.withLock { state in
            state.isClosed = true
            return Array(state.watchers.values)
        }
        for watcher in all { watcher.finish() }
    }
}
