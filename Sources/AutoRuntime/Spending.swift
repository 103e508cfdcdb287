import StepKinds
import Synchronization
import Values

/// Holds what a session's model calls cost within the file's `max_cost $…`.
///
/// Before a call the most that it can cost is reserved; afterwards what it did cost is counted instead. A call for which
/// there is no room waits as long as others are under way, since they mostly cost less than was reserved for them.
package final class Spending: Sendable {
    private struct State {
        var spent: Double
        var reserved = 0.0
        var underWay = 0
        var waiting: [CheckedContinuation<Void, Never>] = []
    }

    /// In dollars.
    package let most: Double
    /// `most`, and the little by which sums of binary fractions pass what the same sums of cents come to.
    private let bound: Double
    private let state: Mutex<State>
    /// What holds the session that calls this one: its bound counts these calls, too.
    private let outer: Spending?

    /// - Parameters:
    ///   - spent: what earlier runs of the session cost, in dollars.
    ///   - outer: what holds the session that calls this one; nil for none.
    package init(most: Double, spent: Double, within outer: Spending? = nil) {
        self.outer = outer
        self.most = most
        bound = most + roundingRest(of: most)
        state = Mutex(State(spent: spent))
    }

    /// Makes a call of a model if it cannot pass the bound; what its questions are told to have cost counts.
    ///
    /// - Parameters:
    ///   - dollars: the most that it can cost; 0 where that is not known.
    ///   - tell: hears of each question; one that was broken off, with the most that it can have cost.
    ///   - mostOfBroken: the most that a question can have cost which was broken off.
    ///   - ask: makes the call, and tells the given listener of its questions.
    /// - Throws: kind `max_cost` when the bound could be passed; what `ask` throws.
    func hold<Result>(
        _ dollars: Double, of model: String, telling tell: @escaping ModelCallListener,
        mostOfBroken: @escaping @Sendable (ModelCall) -> Double,
        _ ask: (@escaping ModelCallListener) async throws(StepFailure) -> Result
    ) async throws(StepFailure) -> Result {
        guard let outer else {
            return try await holdHere(
                dollars, of: model, telling: tell, mostOfBroken: mostOfBroken, ask)
        }
        return try await outer.hold(dollars, of: model, telling: tell, mostOfBroken: mostOfBroken) {
            tell async throws(StepFailure) in
            try await holdHere(dollars, of: model, telling: tell, mostOfBroken: mostOfBroken, ask)
        }
    }

    /// Makes a call within the bound of this session alone.
    private func holdHere<Result>(
        _ dollars: Double, of model: String, telling tell: @escaping ModelCallListener,
        mostOfBroken: @escaping @Sendable (ModelCall) -> Double,
        _ ask: (@escaping ModelCallListener) async throws(StepFailure) -> Result
    ) async throws(StepFailure) -> Result {
        try await reserve(dollars, of: model)
        let spent = Mutex(0.0)
        defer { settle(dollars, spent: spent.withLock { $0 }) }
        return try await ask { call in
            var call = call
            // The provider may charge for all that it had begun, and nobody says how much.
            if call.isBrokenOff { call.mostDollars = max(mostOfBroken(call), call.dollars ?? 0) }
            spent.withLock { $0 += call.countedDollars }
            tell(call)
        }
    }

    private enum Verdict {
        case reserved
        case none(left: Double)
        case waits
    }

    private func reserve(_ dollars: Double, of model: String) async throws(StepFailure) {
        while true {
            if Task.isCancelled { throw .cancelled }
            switch verdict(dollars) {
            case .reserved: return
            case .none(let left):
                throw StepFailure(
                    .maxCost,
                    "a call to `\(model)` can cost \(dollarsText(dollars)), and of the file's max_cost \(dollarsText(most)) only \(dollarsText(left)) is left: bound the reply by `max_tokens`, or raise `max_cost`"
                )
            case .waits: await untilSomethingChanges()
            }
        }
    }

    private func verdict(_ dollars: Double) -> Verdict {
        state.withLock { state in
            if state.spent + state.reserved + dollars <= bound {
                state.reserved += dollars
                state.underWay += 1
                return .reserved
            }
            // Whatever the others cost, there will be no room for it.
            if state.underWay == 0 || state.spent + dollars > bound {
                return .none(left: max(0, most - state.spent))
            }
            return .waits
        }
    }

    private func untilSomethingChanges() async {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isOver = state.withLock { state in
                    // The handler may have run already, and would not run again.
                    if Task.isCancelled || state.underWay == 0 { return true }
                    state.waiting.append(continuation)
                    return false
                }
                if isOver { continuation.resume() }
            }
        } onCancel: {
            wake()
        }
    }

    private func settle(_ dollars: Double, spent: Double) {
        state.withLock { state in
            state.underWay -= 1
            // Sums of fractions would leave a rest.
            state.reserved = state.underWay == 0 ? 0 : state.reserved - dollars
            state.spent += spent
        }
        wake()
    }

    /// Lets all who wait look again.
    private func wake() {
        let waiting = state.withLock { state in
            defer { state.waiting = [] }
            return state.waiting
        }
        for continuation in waiting { continuation.resume() }
    }
}

extension Sequence<TraceEvent> {
    /// What the model calls in it cost, as far as that is known.
    var dollars: Double {
        reduce(0) { sum, event in
            guard case .model(let call) = event.happening else { return sum }
            return sum + call.countedDollars
        }
    }
}

extension ModelCall {
    /// What the call counts within a bound; 0 where its price is not known.
    fileprivate var countedDollars: Double { mostDollars ?? dollars ?? 0 }
}

extension StepFailure {
    /// Whether a question may have been paid for that failed in this way: the model had it, and was at work.
    package var mayHaveCost: Bool {
        let kinds: [FailureKind] = [.timeout, .cancelled, .stream, .cut, .empty, .body, .tooLarge]
        return kinds.contains(kind)
    }
}
