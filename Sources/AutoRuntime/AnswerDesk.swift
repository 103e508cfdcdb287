import Synchronization
package import Values

/// Where branches and elements of a run wait for a person while others go on.
///
/// An answer lets its branch go on at once. When no branch does anything any more, all that wait are sent
/// away, and the session waits as rows in the store. So it has to be known at each moment how many branches
/// do something: only `parallel`, which starts and ends them, and `wait` count.
package final class AnswerDesk: Sendable {
    private struct State {
        /// Branches and elements that do something: they have begun, have not ended, and do not wait here.
        var active = 1
        var waiting: [ID: CheckedContinuation<Value?, Never>] = [:]
        /// Answers that came before their branch stood here.
        var early: [ID: Value] = [:]
    }

    private let state = Mutex(State())
    private let takesAnswers: Bool

    /// - Parameter takesAnswers: false where answers come between runs only, so that nobody waits here.
    package init(takesAnswers: Bool = true) { self.takesAnswers = takesAnswers }

    /// How many branches do something, and how many wait; one and none before a run and after it.
    package var counts: (active: Int, waiting: Int) {
        state.withLock { ($0.active, $0.waiting.count) }
    }

    /// The answer to a step record's question, as it was recorded.
    ///
    /// - Returns: nil when no other branch goes on, or the task is cancelled.
    func wait(for record: ID) async -> Value? {
        guard takesAnswers else { return nil }
        return await withTaskCancellationHandler {
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
            take(record)?.resume(returning: nil)
        }
    }

    /// Hands an answer over that has been recorded.
    package func answer(_ record: ID, _ value: Value) {
        let waiting = state.withLock { state in
            let waiting = AnswerDesk.take(record, &state)
            if waiting == nil { state.early[record] = value }
            return waiting
        }
        waiting?.resume(returning: value)
    }

    private func take(_ record: ID) -> CheckedContinuation<Value?, Never>? {
        state.withLock { AnswerDesk.take(record, &$0) }
    }

    /// Who is called from here does something again.
    private static func take(_ record: ID, _ state: inout State) -> CheckedContinuation<Value?, Never>? {
        guard let waiting = state.waiting.removeValue(forKey: record) else { return nil }
        state.active += 1
        return waiting
    }

    /// Those who have to go because nobody is left who does something. They do something again: they end, or
    /// start others.
    private static func sendAway(_ state: inout State) -> [CheckedContinuation<Value?, Never>] {
        guard state.active == 0 else { return [] }
        defer { state.waiting = [:] }
        state.active = state.waiting.count
        return Array(state.waiting.values)
    }

    private func enter(_ count: Int) { state.withLock { $0.active += count } }

    private func leave() {
        let all = state.withLock { state in
            state.active -= 1
            return AnswerDesk.sendAway(&state)
        }
        for one in all { one.resume(returning: nil) }
    }
}

/// Whether a part that has ended lets the others go on.
enum PartVerdict {
    case goOn
    /// The parts that run go on, and no other begins.
    case beginNoMore
    /// The parts that run are cancelled, and no other begins.
    case stop
}

extension AnswerDesk {
    /// Runs the branches of a fork, or the elements of `each`, some of them at once.
    ///
    /// While parts run, they go on in place of the branch that calls this, which counts again when they have
    /// ended. It makes no difference how they end: with a result, by failing, cancelled, or sent away from a
    /// question.
    ///
    /// - Parameters:
    ///   - count: how many parts there are; with none nothing happens.
    ///   - limit: how many run at once; with 1 they run one after the other on the task that calls.
    ///   - begin: called for each part in order, when its turn comes; gives the work of the part.
    ///   - end: called with what each part gave, one at a time.
    func parallel<Part: Sendable>(
        _ count: Int, limit: Int, begin: (Int) -> @Sendable () async -> Part,
        end: (Int, Part) -> PartVerdict
    ) async {
        guard count > 1, limit > 1 else {
            for place in 0..<count where place == 0 || !Task.isCancelled {
                let part = await begin(place)()
                if end(place, part) != .goOn { return }
            }
            return
        }
        await withTaskGroup(of: (Int, Part).self) { group in
            let first = min(limit, count)
            // All of them count before the first begins: it may wait at once, and must not be sent away as
            // the only one.
            enter(first - 1)
            var running = first
            var next = first
            for place in 0..<first {
                let work = begin(place)
                add(work, place, to: &group)
            }
            while let (place, part) = await group.next() {
                switch end(place, part) {
                case .goOn: break
                case .beginNoMore: next = count
                case .stop:
                    next = count
                    group.cancelAll()
                }
                if next < count, !Task.isCancelled {
                    // It begins in place of the one that has ended.
                    let place = next
                    let work = begin(place)
                    add(work, place, to: &group)
                    next += 1
                } else {
                    running -= 1
                    // The last one leaves its place to the branch that called.
                    if running > 0 { leave() }
                }
            }
        }
    }

    /// What runs beside others runs on all cores, also where the run by itself prefers one thread.
    private func add<Part: Sendable>(
        _ work: @escaping @Sendable () async -> Part, _ place: Int, to group: inout TaskGroup<(Int, Part)>
    ) {
        group.addTask(executorPreference: globalConcurrentExecutor) { (place, await work()) }
    }
}
