import AutoChecker
import CEL
package import Computing
package import Values

/// Which visit of its step a record is of.
package struct RecordVisit: Sendable, Hashable {
    /// From 1; all elements of one visit of a step with `each` have the same.
    package let number: Int
    /// Nil for a step without `each`, and where the list can no longer be told from the records.
    package let element: Element?
}

extension SessionRecord {
    /// The visit of each step record, in the order of `steps`.
    ///
    /// Records do not say which element they are of, and how long the list was. Both follow from the records
    /// before: the list's expression is evaluated anew, on what those hold. A list that reads a secret, or
    /// takes long, is not known again.
    package func visits(_ plan: Plan, _ limit: TimeLimit = TimeLimit()) -> [RecordVisit] {
        var replay = VisitReplay(self, plan, .full(limit))
        return steps.map { replay.next($0) }
    }

    /// What the session gave: the result of the step that came to its end last; of a step with `each`, the
    /// list of what its elements gave.
    ///
    /// - Returns: nil where no step has come to an end.
    package func result(_ plan: Plan, _ limit: TimeLimit = TimeLimit()) -> Value? {
        // An element that failed, and that the step goes on without, is one of the list all the same.
        let last = steps.last { record in
            let goesOn =
                plan.steps[record.stepIndex].each != nil
                && plan.automation.steps[record.stepIndex].onFailed != .stop
            return record.status == .finished || (goesOn && record.status == .failed)
        }
        guard let last else { return nil }
        guard plan.steps[last.stepIndex].each != nil else { return last.result }
        let visits = visits(plan, limit)
        let number = zip(steps, visits).first { $0.0.id == last.id }?.1.number
        var results: [Value] = []
        for (record, visit) in zip(steps, visits)
        where record.stepIndex == last.stepIndex && visit.number == number {
            switch plan.automation.steps[record.stepIndex].onFailed {
            case .null: results.append(record.result ?? .null)
            case .stop, .drop: if let result = record.result { results.append(result) }
            }
        }
        return .list(results)
    }
}

/// Goes through the records of a session in their order, and keeps what an expression could read there.
private struct VisitReplay {
    /// A visit of a step with `each`, some of whose records have come.
    private struct Visit {
        let number: Int
        /// Nil when the list is not known.
        let items: [Value]?
        var outcome: EachOutcome
        var place = 0
    }

    private let plan: Plan
    private let limit: Allowance
    private var scope: Scope
    /// Records hold no secrets that were to be hidden.
    private let masker = Masker([:])
    /// By the step's index.
    private var visits: [Int: Visit] = [:]

    init(_ record: SessionRecord, _ plan: Plan, _ limit: Allowance) {
        self.plan = plan
        self.limit = limit
        scope = Scope(
            plan, inputs: record.header.inputs, sessionID: record.header.id.text, secrets: [:])
    }

    mutating func next(_ record: StepRecord) -> RecordVisit {
        let step = plan.steps[record.stepIndex]
        guard let each = step.each else {
            let number = scope.visit(record.stepIndex)
            take(record)
            return RecordVisit(number: number, element: nil)
        }
        var visit = openVisit(of: step) ?? begin(step, each)
        let element = visit.items.map { items in
            Element(
                number: visit.place + 1, count: items.count, items[visit.place], hiding: masker)
        }
        take(record, into: &visit)
        visits[record.stepIndex] = visit
        return RecordVisit(number: visit.number, element: element)
    }

    private mutating func take(_ record: StepRecord) {
        if let prompt = record.prompt { scope.setPrompt(prompt, Marks(), of: record.stepIndex) }
        if let result = record.result { scope.setResult(result, Marks(), of: record.stepIndex) }
        if let failure = record.failure { scope.setError(failure, of: record.stepIndex) }
    }

    /// The visit to which the step's next record belongs; nil when that record begins another one.
    private func openVisit(of step: PlannedStep) -> Visit? {
        guard let visit = visits[step.checked.index] else { return nil }
        // A failed element stops the others, and what comes then is a later turn of a loop.
        if step.checked.onFailed == .stop, !visit.outcome.failures.isEmpty { return nil }
        guard let items = visit.items else { return visit }
        return visit.place < items.count ? visit : nil
    }

    private mutating func begin(_ step: PlannedStep, _ each: Program) -> Visit {
        let number = scope.visit(step.checked.index)
        var marks = Marks()
        let list = try? each.evaluate(scope, limit, &marks).asList
        let items = list.flatMap { $0.isEmpty ? nil : $0 }
        let outcome = EachOutcome(results: Array(repeating: nil, count: items?.count ?? 0))
        return Visit(number: number, items: items, outcome: outcome)
    }

    /// Puts a record to its visit; with the last of the elements the step has its result.
    private mutating func take(_ record: StepRecord, into visit: inout Visit) {
        let (place, index) = (visit.place, record.stepIndex)
        visit.place += 1
        if let failure = record.failure { visit.outcome.failures[place] = failure }
        guard let items = visit.items else { return }
        visit.outcome.results[place] = record.result
        guard visit.place == items.count else { return }
        let list =
            plan.steps[index].checked.onFailed == .null
            ? visit.outcome.results.map { $0 ?? .null } : visit.outcome.finished
        scope.setResults(list, of: visit.outcome, Marks(), of: index)
    }
}
