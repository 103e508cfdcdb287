import Synchronization

/// What one task puts down for another to take, in order.
final class Mailbox<Item: Sendable>: Sendable {
    private struct State {
        var items: [Item] = []
        var isClosed = false
        var waiting: CheckedContinuation<Item?, Never>?
    }

    private let state = Mutex(State())

    func put(_ item: Item) {
        let waiting = state.withLock { state -> CheckedContinuation<Item?, Never>? in
            guard !state.isClosed else { return nil }
            guard let waiting = state.waiting else {
                state.items.append(item)
                return nil
            }
            state.waiting = nil
            return waiting
        }
        waiting?.resume(returning: item)
    }

    /// The next item; nil when none will come, or when the task is cancelled. Only one task asks at a time.
    func take() async -> Item? {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let now = state.withLock { state -> Item?? in
                    if !state.items.isEmpty { return .some(state.items.removeFirst()) }
                    if state.isClosed || Task.isCancelled { return .some(nil) }
                    state.waiting = continuation
                    return nil
                }
                if let now { continuation.resume(returning: now) }
            }
        } onCancel: {
            wake()
        }
    }

    /// From now on nothing is put down or taken.
    func close() {
        state.withLock { state in
            state.isClosed = true
            state.items = []
        }
        wake()
    }

    private func wake() {
        let waiting = state.withLock { state in
            defer { state.waiting = nil }
            return state.waiting
        }
        waiting?.resume(returning: nil)
    }
}
