import AutoChecker
import AutoSyntax
import CEL

extension Run {
    /// Runs a step for each element, so many at once; its result is the list in the elements' order.
    func runEach(_ step: PlannedStep, _ scope: Scope) async throws(StepStop) -> (
        prompt: Value?, result: Value
    ) {
        guard let program = step.each else { return (nil, .list([])) }
        let items: [Value]
        do throws(StepFailure) {
            let value = try evaluated("each", step) { () throws(EvaluationError) in
                try program.evaluate(scope)
            }
            guard case .list(let list) = value else {
                throw StepFailure("type", "`each` goes over a list, found \(describe(value))")
            }
            items = list
        } catch {
            throw .failed(error)
        }
        let takesIndex = step.checked.each?.variables.count == 2
        func elementScope(_ place: Int) -> Scope {
            var own = scope
            if takesIndex { own.bind(variable: 0, .int(Int64(place))) }
            own.bind(variable: takesIndex ? 1 : 0, items[place])
            return own
        }
        var results = Array(repeating: Value.null, count: items.count)
        var lastPrompt: Value?
        if step.checked.atOnce == 1 || step.isPure || request.isRehearsal {
            for place in items.indices {
                if Task.isCancelled { throw .failed(.cancelled) }
                let done = try await runOne(step, recorder.open(step.checked.index), elementScope(place))
                results[place] = done.result
                lastPrompt = done.prompt
            }
            return (lastPrompt, .list(results))
        }
        let outcomes = await withTaskGroup(
            of: Result<(Int, StepDone), RunStop>.self, returning: [Result<(Int, StepDone), RunStop>].self
        ) { group in
            var outcomes: [Result<(Int, StepDone), RunStop>] = []
            var next = 0
            var hasFailed = false
            var running = 0
            let desk = request.desk
            func start() {
                guard next < items.count, !hasFailed, !Task.isCancelled else { return }
                let place = next
                next += 1
                running += 1
                desk?.enter()
                // Opened here, so that records stand in the order in which their elements began.
                let opened = recorder.open(step.checked.index)
                let own = elementScope(place)
                group.addTask {
                    do throws(StepStop) {
                        return .success((place, try await runOne(step, opened, own)))
                    } catch {
                        switch error {
                        case .waiting: return .failure(.waiting)
                        case .store(let error): return .failure(.store(error))
                        case .failed(let failure): return .failure(.failed(step: step.checked.index, failure))
                        }
                    }
                }
            }
            for _ in 0..<min(step.checked.atOnce, items.count) { start() }
            // The elements go on in place of the whole.
            desk?.leave()
            while let outcome = await group.next() {
                running -= 1
                switch outcome {
                case .success, .failure(.waiting): outcomes.append(outcome)
                case .failure:
                    if !hasFailed { outcomes.insert(outcome, at: 0) }
                    hasFailed = true
                    group.cancelAll()
                }
                start()
                let waits = if case .failure(.waiting) = outcome { true } else { false }
                if !waits, running > 0 { desk?.leave() }
            }
            return outcomes
        }
        if Task.isCancelled { throw .failed(.cancelled) }
        var isWaiting = false
        for outcome in outcomes {
            switch outcome {
            case .success((let place, let done)):
                results[place] = done.result
                if place == items.count - 1 { lastPrompt = done.prompt }
            case .failure(.waiting): isWaiting = true
            case .failure(.store(let error)): throw .store(error)
            case .failure(.failed(_, let failure)): throw .failed(failure)
            }
        }
        if isWaiting { throw .waiting }
        return (lastPrompt, .list(results))
    }

    private func runOne(_ step: PlannedStep, _ opened: OpenRecord, _ scope: Scope) async throws(StepStop)
        -> StepDone
    {
        step.isPure ? try await runPure(step, opened, scope) : try await runEffect(step, opened, scope)
    }
}
