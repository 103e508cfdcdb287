import AutoChecker
import AutoSyntax
import CEL
import StepKinds
import Values

/// What came of the elements of a step with `each`.
struct EachOutcome: Sendable {
    /// What each element gave, by its place; nil for one that has failed, or did not come to an end.
    var results: [Value?]
    /// Why elements failed, by their places.
    var failures: [Int: StepFailure] = [:]
    var marks = Marks()
    var lastPrompt: Value?
    var promptMarks = Marks()
    /// The failure that stopped the others.
    var stop: RunStop?
    var isWaiting = false
    /// Whether elements were left to whoever takes the session.
    var isGivenBack = false

    /// The results of the elements that came to an end, in their order.
    var finished: [Value] { results.compactMap { $0 } }

    /// What the step gives.
    func list(_ onFailed: OnFailed) -> [Value] {
        switch onFailed {
        case .stop, .drop: finished
        case .null: results.map { $0 ?? .null }
        }
    }

    /// Who brought in the text from outside that the failures' messages may hold.
    var errorOrigins: Set<Origin> { Marks(all: failures.values.map { Marks(origins: $0.origins) }).origins }

    /// `{ index, kind, message }` of each element that failed, in their order.
    var errors: [Value] {
        failures.sorted { $0.key < $1.key }.map { place, failure in failure.value(ofElement: place) }
    }
}

extension Run {
    /// Runs a step for each element, so many at once; its result is the list in the elements' order.
    func visitEach(_ step: PlannedStep, _ scope: inout Scope) async throws(RunStop) {
        let index = step.checked.index
        let items: [Value]
        let marks: Marks
        do throws(StepFailure) { (items, marks) = try await elements(of: step, scope) } catch {
            throw .failed(error, step: index)
        }
        let outcome = await runElements(step, items, marks, scope)
        if let prompt = outcome.lastPrompt { scope.setPrompt(prompt, outcome.promptMarks, of: index) }
        if Task.isCancelled { throw .failed(.cancelled, step: index) }
        if let stop = outcome.stop {
            if case .failed = stop { scope.setElements(outcome, of: index) }
            throw stop
        }
        if outcome.isGivenBack { throw .givenBack }
        if outcome.isWaiting { throw .waiting }
        scope.setResults(outcome.list(step.checked.onFailed), of: outcome, outcome.marks, of: index)
    }

    private func elements(of step: PlannedStep, _ scope: Scope) async throws(StepFailure) -> ([Value], Marks)
    {
        guard let program = step.each else { return ([], Marks()) }
        return try await compute(StepTime(step.checked.timeout)) { (allowance) throws(StepFailure) in
            var marks = Marks()
            let value = try self.evaluated("each", step) { () throws(EvaluationError) in
                try program.evaluate(scope, allowance, &marks)
            }
            guard case .list(let list) = value else {
                throw StepFailure(.type, "`each` goes over a list, found \(describe(value))")
            }
            return (list, marks)
        }
    }

    private func runElements(_ step: PlannedStep, _ items: [Value], _ marks: Marks, _ scope: Scope) async
        -> EachOutcome
    {
        var outcome = EachOutcome(results: Array(repeating: nil, count: items.count))
        // Text from outside is only in the results into which it went.
        outcome.marks = Marks(secrets: marks.secrets)
        let isInOrder = step.isInPlace || request.isRehearsal
        let limit = isInOrder ? 1 : step.checked.atOnce
        await desk.parallel(items.count, limit: limit) { place in
            // Opened here, so that records stand in the order in which their elements began.
            let element = Element(
                number: place + 1, count: items.count, items[place], hiding: recorder.masker)
            let opened = recorder.open(step.checked.index, of: element)
            let own = elementScope(step, items, place, marks, scope)
            return { () async -> Result<StepDone, RunStop> in
                do throws(RunStop) { return .success(try await self.runOnce(step, opened, own)) } catch {
                    return .failure(error)
                }
            }
        } end: { place, done in
            let verdict = take(done, place, step, &outcome)
            // One after the other, the next is not asked before somebody has answered.
            if limit == 1 && outcome.isWaiting { return .stop }
            guard verdict == .goOn, isToBeGivenBack else { return verdict }
            // Whoever takes the session sees which elements have ended, also where it was the last.
            outcome.isGivenBack = true
            return .beginNoMore
        }
        return outcome
    }

    /// The scope in which an element is run.
    private func elementScope(
        _ step: PlannedStep, _ items: [Value], _ place: Int, _ marks: Marks, _ scope: Scope
    )
        -> Scope
    {
        var own = scope
        let takesIndex = step.checked.each?.variables.count == 2
        if takesIndex { own.bind(variable: 0, .int(Int64(place)), Marks()) }
        own.bind(variable: takesIndex ? 1 : 0, items[place], marks)
        return own
    }

    /// Puts what came of an element to the others.
    private func take(
        _ done: Result<StepDone, RunStop>, _ place: Int, _ step: PlannedStep, _ outcome: inout EachOutcome
    ) -> PartVerdict {
        switch done {
        case .success(let done):
            outcome.results[place] = done.result
            outcome.marks.formUnion(done.marks)
            outcome.promptMarks.formUnion(done.promptMarks)
            if place == outcome.results.count - 1 { outcome.lastPrompt = done.prompt }
            return .goOn
        case .failure(.waiting):
            outcome.isWaiting = true
            return .goOn
        case .failure(.givenBack):
            outcome.isGivenBack = true
            return .beginNoMore
        case .failure(let stop):
            // The others fail because of the first; also when the whole session is cancelled, one failure
            // must be seen.
            if outcome.stop != nil { return .stop }
            if case .failed(let failure, _) = stop {
                outcome.failures[place] = recorder.masked(failure)
                if step.checked.onFailed != .stop, failure.kind != .cancelled { return .goOn }
            }
            outcome.stop = stop
            return .stop
        }
    }
}
