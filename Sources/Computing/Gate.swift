import Synchronization

/// Lets so many through at once; the others wait in the order of their coming, without holding a thread.
package final class Gate: Sendable {
    private struct State {
        /// How many may be inside at once.
        var count: Int
        /// Below 0 where more are inside than may be since the gate was narrowed.
        var free: Int
        var number = 0
        var waiting: [(number: Int, continuation: CheckedContinuation<Bool, Never>)] = []
    }

    private let state: Mutex<State>

    package init(_ count: Int) { state = Mutex(State(count: count, free: count)) }

    /// Lets no more than so many in at once from now on; a larger number than before changes nothing.
    package func narrow(to count: Int) {
        state.withLock { state in
            guard count < state.count else { return }
            state.free -= state.count - count
            state.count = count
        }
    }

    /// False when the task was cancelled before its turn came; then nothing is to be left.
    package func enter() async -> Bool {
        let number = state.withLock { state in
            state.number += 1
            return state.number
        }
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let answer = state.withLock { state -> Bool? in
                    // The handler may have run already, and would not run again.
                    if Task.isCancelled { return false }
                    if state.free > 0 {
                        state.free -= 1
                        return true
                    }
                    state.waiting.append((number, continuation))
                    return nil
                }
                if let answer { continuation.resume(returning: answer) }
            }
        } onCancel: {
            let waiting = state.withLock { state -> CheckedContinuation<Bool, Never>? in
                guard let place = state.waiting.firstIndex(where: { $0.number == number }) else { return nil }
                return state.waiting.remove(at: place).continuation
            }
            waiting?.resume(returning: false)
        }
    }

    /// Lets the next one in. Whoever has entered calls it once.
    package func leave() {
        let next = state.withLock { state -> CheckedContinuation<Bool, Never>? in
            guard state.free >= 0, !state.waiting.isEmpty else {
                state.free += 1
                return nil
            }
            return state.waiting.removeFirst().continuation
        }
        next?.resume(returning: true)
    }
}
