import AutoChecker
import AutoSyntax
import CEL
import Values

/// What came of the elements of a step with `each`.
struct EachOutcome: Sendable {
    /// By the element's place; nil for one that has failed, or did not come to an end.
    var results: [Value?]
    /// By the element's place.
    var failures: [Int: StepFailure] = [:]
    var marks = Marks()
    var lastPrompt: Value?
    var promptMarks = Marks()
    /// The failure that stopped the others.
    var stop: RunStop?
    var isWaiting = false

    /// The results of the elements that came to an end, in their order.
    var finished: [Value] { results.compactMap { $0 } }

    /// `{ index, kind, message }` of each element that failed, in their order.
    var errors: [Value] {
        failures.sorted { $0.key < $1.key }.map { place, failure in
            .record([
                ("index", .int(Int64(place))), ("kind", .string(failure.kind)),
                ("message", .string(failure.message)),
            ])
        }
    }
}

extension Run {
    /// Runs a step for each element, so many at once; its result is the list in the elements' order.
    func visitEach(_ step: PlannedStep, _ scope: inout Scope) async throws(StepStop) {
        let index = step.checked.index
        let items: [Value]
        let marks: Marks
        do throws(StepFailure) { (items, marks) = try await elements(of: step, scope) } catch {
            throw .failed(error)
        }
        var outcome = EachOutcome(results: Array(repeating: nil, count: items.count))
        outcome.marks = marks
        let isInOrder = step.checked.atOnce == 1 || step.isPure || request.isRehearsal
        if isInOrder {
            await runInOrder(step, items, scope, &outcome)
        } else if !items.isEmpty {
            await runAtOnce(step, items, scope, &outcome)
        }
        if let prompt = outcome.lastPrompt { scope.setPrompt(prompt, outcome.promptMarks, of: index) }
        if Task.isCancelled { throw .failed(.cancelled) }
        switch outcome.stop {
        case .store(let error): throw .store(error)
        case .failed(_, let failure):
            scope.setElements(outcome, of: index)
            throw .failed(failure)
        case .waiting: throw .waiting
        case nil: break
        }
        if outcome.isWaiting { throw .waiting }
        let list: [Value] =
            switch step.checked.onFailed {
            case .stop, .drop: outcome.finished
            case .null: outcome.results.map { $0 ?? .null }
            }
        scope.setResults(list, of: outcome, outcome.marks, of: index)
    }

    private func elements(of step: PlannedStep, _ scope: Scope) async throws(StepFailure) -> ([Value], Marks)
    {
        guard let program = step.each else { return ([], Marks()) }
        return try await compute(step.checked.timeout) { (allowance) throws(ExpressionFailure) in
            var marks = Marks()
            let value = try evaluated("each", step) { () throws(EvaluationError) in
                try program.evaluate(scope, allowance, &marks)
            }
            guard case .list(let list) = value else {
                throw ExpressionFailure(
                    StepFailure("type", "`each` goes over a list, found \(describe(value))"))
            }
            return (list, marks)
        }
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

    private func runInOrder(
        _ step: PlannedStep, _ items: [Value], _ scope: Scope, _ outcome: inout EachOutcome
    ) async {
        let marks = outcome.marks
        for place in items.indices {
            if Task.isCancelled { return }
            let own = elementScope(step, items, place, marks, scope)
            let done = await runOne(step, recorder.open(step.checked.index), own)
            if take(done, place, step, items.count, &outcome) || outcome.isWaiting { return }
        }
    }

    private func runAtOnce(
        _ step: PlannedStep, _ items: [Value], _ scope: Scope, _ outcome: inout EachOutcome
    ) async {
        let desk = request.desk
        let marks = outcome.marks
        var collected = outcome
        await withTaskGroup(of: (Int, Result<StepDone, StepStop>).self) { group in
            var next = 0
            var running = 0
            func start() {
                guard next < items.count, collected.stop == nil, !Task.isCancelled else { return }
                let place = next
                next += 1
                running += 1
                desk?.enter()
                // Opened here, so that records stand in the order in which their elements began.
                let opened = recorder.open(step.checked.index)
                let own = elementScope(step, items, place, marks, scope)
                group.addTask { (place, await runOne(step, opened, own)) }
            }
            for _ in 0..<min(step.checked.atOnce, items.count) { start() }
            // The elements go on in place of the whole.
            desk?.leave()
            while let (place, done) = await group.next() {
                running -= 1
                if take(done, place, step, items.count, &collected) { group.cancelAll() }
                start()
                let waits = if case .failure(.waiting) = done { true } else { false }
                if !waits, running > 0 { desk?.leave() }
            }
        }
        outcome = collected
    }

    /// Puts what came of an element to the others; true when the first failure stops them.
    private func take(
        _ done: Result<StepDone, StepStop>, _ place: Int, _ step: PlannedStep, _ count: Int,
        _ outcome: inout EachOutcome
    ) -> Bool {
        switch done {
        case .success(let done):
            outcome.results[place] = done.result
            outcome.marks.formUnion(done.marks)
            outcome.promptMarks.formUnion(done.promptMarks)
            if place == count - 1 { outcome.lastPrompt = done.prompt }
        case .failure(.waiting): outcome.isWaiting = true
        case .failure(.store(let error)):
            outcome.stop = outcome.stop ?? .store(error)
            return true
        case .failure(.failed(let failure)):
            // The others fail because of the first; also when the whole session is cancelled, one failure must be seen.
            if outcome.stop != nil { return true }
            outcome.failures[place] = recorder.masked(failure)
            switch step.checked.onFailed {
            case .null where failure.kind != "cancelled", .drop where failure.kind != "cancelled":
                return false
            case .stop, .null, .drop:
                outcome.stop = .failed(step: step.checked.index, failure)
                return true
            }
        }
        return false
    }

    private func runOne(_ step: PlannedStep, _ opened: OpenRecord, _ scope: Scope) async
        -> Result<StepDone, StepStop>
    {
        do throws(StepStop) {
            return .success(
                step.isPure
                    ? try await runPure(step, opened, scope) : try await runEffect(step, opened, scope))
        } catch {
            return .failure(error)
        }
    }
}
