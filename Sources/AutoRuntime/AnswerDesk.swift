import Synchronization
package import Values

/// Where branches of a run stand that wait for a person while others go on: an answer lets its branch go on at once, and when
/// no branch does anything any more, all that wait are sent away, and the session waits as rows in the store.
package final class AnswerDesk: Sendable {
    private struct State {
        /// Branches that do something.
        var active = 1
        var waiting: [ID: CheckedContinuation<Value?, Never>] = [:]
        /// Answers that came before their branch stood here.
        var early: [ID: Value] = [:]
    }

    private let state = Mutex(State())

    package init() {}

    /// A run begins, perhaps another one of the same session: one branch does something, none waits.
    func begin() {
        let left = state.withLock { state in
            defer { (state.active, state.waiting) = (1, [:]) }
            return state.waiting.values.map { $0 }
        }
        for one in left { one.resume(returning: nil) }
    }

    /// One more branch does something.
    func enter() { state.withLock { $0.active += 1 } }

    /// A branch has ended, and others go on.
    func leave() {
        let all = state.withLock { state in
            state.active -= 1
            return AnswerDesk.sendAway(&state)
        }
        for one in all { one.resume(returning: nil) }
    }

    private static func sendAway(_ state: inout State) -> [CheckedContinuation<Value?, Never>] {
        guard state.active == 0 else { return [] }
        defer { state.waiting = [:] }
        return Array(state.waiting.values)
    }

    /// The answer to a step record's question, as it was recorded; nil when no other branch goes on, or the task is cancelled.
    func wait(for record: ID) async -> Value? {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let (answer, all) = state.withLock {
                    state -> (Value??, [CheckedContinuation<Value?, Never>]) in
                    if let early = state.early.removeValue(forKey: record) { return (.some(early), []) }
                    // The handler may have run already, and would not run again.
                    if Task.isCancelled { return (.some(nil), []) }
                    state.waiting[record] = continuation
                    state.active -= 1
                    return (nil, AnswerDesk.sendAway(&state))
                }
                if let answer { continuation.resume(returning: answer) }
                for one in all { one.resume(returning: nil) }
            }
        } onCancel: {
            // A cancelled branch does something again: it ends.
            take(record)?.resume(returning: nil)
        }
    }

    private func take(_ record: ID) -> CheckedContinuation<Value?, Never>? {
        state.withLock { state in
            guard let waiting = state.waiting.removeValue(forKey: record) else { return nil }
            state.active += 1
            return waiting
        }
    }

    /// Hands an answer over that has been recorded.
    package func answer(_ record: ID, _ value: Value) {
        if let waiting = take(record) {
            waiting.resume(returning: value)
        } else {
            state.withLock { $0.early[record] = value }
        }
    }
}
