import AutoChecker
import AutoSyntax
import CEL
package import Computing
import StepKinds
package import Values

/// Which visit of its step a record is of.
package struct RecordVisit: Sendable, Hashable {
    /// Which visit of its step it is, counted from 1; all elements of one visit of a step with `each` have
    /// the same.
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

    /// What the session gave: what the steps gave by which it came to its end, in the order of the file.
    ///
    /// A decision on the way to the end passes on what the step before it gave; where only START, or a failure, came before,
    /// it gives its label. It is one step, unless the branches of a fork go on to the end: then it is the last step of each. A
    /// session that has not FINISHED has what came to its end last. A step with `each` gives the list of what
    /// its elements gave, which is empty where there was no element.
    ///
    /// - Returns: nothing where no step has come to an end.
    package func results(_ plan: Plan, _ limit: TimeLimit = TimeLimit()) -> [StepResult] {
        var replay = VisitReplay(self, plan, .full(limit))
        let visits = steps.map { replay.next($0) }
        var last: [Int: LastResult] = [:]
        if header.status == .finished, let record = steps.last { last = replay.lastResults(after: record) }
        let results = last.sorted { $0.key < $1.key }.compactMap { index, result -> StepResult? in
            let name = stepInfos[index].name
            switch result {
            case .noElements: return StepResult(step: name, value: .list([]))
            case .visit(let number):
                let place = zip(steps, visits).enumerated().first {
                    $1.0.stepIndex == index && $1.1.number == number
                }
                return place.flatMap { self.result(at: $0.offset, visits, plan) }
            }
        }
        return results.isEmpty ? latest(visits, plan) : results
    }

    /// What the session gave; where the automation cannot be read any more, what its last step gave.
    package func results(knownBy plan: Plan?) -> [StepResult] {
        if let plan { return results(plan) }
        let last = steps.last { $0.status == .finished }
        return last.map { [StepResult(step: stepInfos[$0.stepIndex].name, value: $0.result ?? .null)] } ?? []
    }

    /// The result of the step that came to its end last.
    private func latest(_ visits: [RecordVisit], _ plan: Plan) -> [StepResult] {
        // An element that failed, and that the step goes on without, is one of the list all the same.
        let place = steps.lastIndex { record in
            let goesOn =
                plan.steps[record.stepIndex].each != nil
                && plan.automation.steps[record.stepIndex].onFailed != .stop
            return record.status == .finished || (goesOn && record.status == .failed)
        }
        return place.flatMap { result(at: $0, visits, plan) }.map { [$0] } ?? []
    }

    /// What the step gave by the visit that a record is of.
    private func result(at place: Int, _ visits: [RecordVisit], _ plan: Plan) -> StepResult? {
        let record = steps[place]
        let name = stepInfos[record.stepIndex].name
        guard plan.steps[record.stepIndex].each != nil else {
            return record.result.map { StepResult(step: name, value: $0) }
        }
        var results: [Value] = []
        for (other, visit) in zip(steps, visits)
        where other.stepIndex == record.stepIndex && visit.number == visits[place].number {
            switch plan.automation.steps[record.stepIndex].onFailed {
            case .null: results.append(other.result ?? .null)
            case .stop, .drop: if let result = other.result { results.append(result) }
            }
        }
        return StepResult(step: name, value: .list(results))
    }
}

/// What a step gave.
package struct StepResult: Sendable, Hashable {
    /// The step's name.
    package let step: String
    package let value: Value
}

extension [StepResult] {
    /// The same as one value: the result itself; where branches have ended each by itself, a record of theirs by the
    /// names of their steps.
    package var together: Value { count == 1 ? self[0].value : .record(map { ($0.step, $0.value) }) }
}

/// Where in the records the result of a step stands by which a session came to its end.
private enum LastResult {
    /// In those of this visit.
    case visit(Int)
    /// Nowhere: the step's list was empty.
    case noElements
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
        var finished = 0
        /// Why the first element failed that did not fail because of another one.
        var failure: StepFailure?
    }

    private let plan: Plan
    private let ways: Ways
    private let limit: Allowance
    private var scope: Scope
    /// Records hold no secrets that were to be hidden.
    private let masker = Masker([:])
    /// The visits that more records may belong to, by the step's index.
    private var open: [Int: Visit] = [:]
    /// The steps by which the session came to its end, by their index.
    private var last: [Int: LastResult] = [:]
    /// By the index of a decision, the step that led to it, and its result.
    private var before: [Int: (step: Int, result: LastResult)] = [:]

    init(_ record: SessionRecord, _ plan: Plan, _ limit: Allowance) {
        self.plan = plan
        self.limit = limit
        ways = Ways(plan.automation.steps)
        scope = Scope(
            plan, inputs: record.header.inputs, header: record.header, secrets: [:])
    }

    mutating func next(_ record: StepRecord) -> RecordVisit {
        let index = record.stepIndex
        // The run has come further than these: no element of theirs begins any more.
        for other in open.keys.sorted() where other != index && ways.afterEach[other]?.contains(index) == true
        {
            close(other)
        }
        let step = plan.steps[index]
        guard let each = step.each else {
            let number = scope.visit(index)
            take(record)
            let destination = ways.destination(after: record)
            // A failure has no result.
            let own = record.status == .finished ? (index, LastResult.visit(number)) : nil
            goOn(to: destination, with: isDecision(index) ? before[index] ?? own : own, from: step.checked)
            passEmptyLists(from: destination, passesJoins: false)
            return RecordVisit(number: number, element: nil)
        }
        if let visit = open[index], !mayGoOn(visit, step) { close(index) }
        // Taken out while it changes, since its list would be copied for each record else.
        var visit = open.removeValue(forKey: index) ?? begin(step, each)
        let element = visit.items.map { items in
            Element(
                number: visit.place + 1, count: items.count, items[visit.place], hiding: masker)
        }
        take(record, into: &visit)
        open[index] = visit
        if visit.place == visit.items?.count, !hasFailed(visit, step) { close(index) }
        return RecordVisit(number: visit.number, element: element)
    }

    /// The steps by which the session came to its end, by their index, after its last record has been taken.
    mutating func lastResults(after record: StepRecord) -> [Int: LastResult] {
        let index = record.stepIndex
        for other in open.keys.sorted() where other != index { close(other) }
        var destination = ways.destination(after: record)
        let step = plan.steps[index]
        if step.each != nil {
            let failed = open[index].map { hasFailed($0, step) } ?? false
            close(index)
            destination = failed ? step.checked.onError : step.checked.next
        }
        passEmptyLists(from: destination, passesJoins: true)
        return last
    }

    private mutating func take(_ record: StepRecord) {
        if let prompt = record.prompt { scope.setPrompt(prompt, Marks(), of: record.stepIndex) }
        if let result = record.result { scope.setResult(result, Marks(), of: record.stepIndex) }
        if let failure = record.failure { scope.setError(failure, of: record.stepIndex) }
    }

    private func hasFailed(_ visit: Visit, _ step: PlannedStep) -> Bool {
        step.checked.onFailed == .stop && visit.failure != nil
    }

    /// Whether the step's next record can be one of this visit.
    ///
    /// Several elements are open when the first of them fails: their records belong to the visit, too.
    private func mayGoOn(_ visit: Visit, _ step: PlannedStep) -> Bool {
        let count = visit.items?.count ?? .max
        guard visit.place < count, hasFailed(visit, step) else { return visit.place < count }
        // Each element that came to an end made room for another one, until the first failure was known.
        return visit.place < (step.isInPlace ? 1 : step.checked.atOnce) + visit.finished
    }

    private mutating func begin(_ step: PlannedStep, _ each: Program) -> Visit {
        let number = scope.visit(step.checked.index)
        let items = list(each, scope).flatMap { $0.isEmpty ? nil : $0 }
        let outcome = EachOutcome(results: Array(repeating: nil, count: items?.count ?? 0))
        return Visit(number: number, items: items, outcome: outcome)
    }

    private func list(_ each: Program, _ scope: Scope) -> [Value]? {
        var marks = Marks()
        return try? each.evaluate(scope, limit, &marks).asList
    }

    /// Puts a record to its visit.
    private mutating func take(_ record: StepRecord, into visit: inout Visit) {
        let place = visit.place
        visit.place += 1
        if record.status == .finished { visit.finished += 1 }
        // What was cancelled has not failed by itself.
        if let failure = record.failure, failure.kind != .cancelled {
            visit.outcome.failures[place] = failure
            visit.failure = visit.failure ?? failure
        }
        if visit.items != nil { visit.outcome.results[place] = record.result }
    }

    /// No more records belong to the step's visit: from here on expressions read what came of it.
    private mutating func close(_ index: Int) {
        guard let visit = open.removeValue(forKey: index) else { return }
        let step = plan.steps[index].checked
        let failed = hasFailed(visit, plan.steps[index])
        if failed {
            scope.setElements(visit.outcome, of: index)
            if let failure = visit.failure { scope.setError(failure, of: index) }
        } else if visit.items != nil {
            scope.setResults(visit.outcome.list(step.onFailed), of: visit.outcome, Marks(), of: index)
        }
        let destination = failed ? step.onError : step.next
        goOn(to: destination, with: failed ? nil : (index, .visit(visit.number)), from: step)
        passEmptyLists(from: destination, passesJoins: false)
    }

    private func isDecision(_ step: Int) -> Bool { plan.steps[step].checked.type == .logicDecision }

    /// Keeps a result where the end, or a decision that may lead there, comes next.
    ///
    /// - Parameter result: nil after a failure.
    private mutating func goOn(
        to destination: Destination?, with result: (step: Int, result: LastResult)?, from step: CheckedStep
    ) {
        switch destination {
        case nil: return
        case .end?: if let result { last[result.step] = result.result }
        case .step(let next)?:
            lead(to: next, with: result, from: step)
        case .fork(let branches, _)?:
            for case .step(let next) in branches { lead(to: next, with: result, from: step) }
        }
    }

    /// Where branches meet in a decision, none of them is the one whose result goes on.
    private mutating func lead(
        to next: Int, with result: (step: Int, result: LastResult)?, from step: CheckedStep
    ) {
        guard isDecision(next) else { return }
        before[next] = step.type == .start || ways.joins.contains(next) ? nil : result
    }

    /// Goes past the steps that left no record because their lists were empty.
    ///
    /// - Parameter passesJoins: whether all branches of a fork have come to the step where they meet.
    private mutating func passEmptyLists(from destination: Destination?, passesJoins: Bool) {
        var place = destination
        var passed: Set<Int> = []
        var latest: Int?
        while let here = place {
            switch here {
            case .end:
                if let latest { last[latest] = .noElements }
                return
            case .fork(let branches, let join):
                for branch in branches { passEmptyLists(from: branch, passesJoins: false) }
                place = passesJoins ? join.map(Destination.step) : nil
                latest = nil
            case .step(let index):
                if let latest, isDecision(index), !ways.joins.contains(index) {
                    before[index] = (latest, .noElements)
                }
                var scope = scope
                guard let each = plan.steps[index].each, passesJoins || !ways.joins.contains(index),
                    passed.insert(index).inserted
                else { return }
                _ = scope.visit(index)
                guard list(each, scope)?.isEmpty == true else { return }
                scope.setResults([], of: EachOutcome(results: []), Marks(), of: index)
                self.scope = scope
                latest = index
                place = plan.steps[index].checked.next
            }
        }
    }
}

/// Where a run goes on behind a step.
private struct Ways {
    private let steps: [CheckedStep]
    /// The steps where a fork's branches meet.
    let joins: Set<Int>
    /// By the index of each step with `each`, the steps one of which has the next record when that step is over.
    let afterEach: [Int: Set<Int>]

    init(_ steps: [CheckedStep]) {
        self.steps = steps
        joins = Set(steps.flatMap(\.destinations).compactMap(\.join))
        var after: [Int: Set<Int>] = [:]
        for step in steps where step.each != nil {
            var found: Set<Int> = []
            var rest = step.followers
            while let index = rest.popLast() {
                guard found.insert(index).inserted else { continue }
                // Over an empty list it has no record itself.
                if steps[index].each != nil { rest += steps[index].followers }
            }
            after[step.index] = found
        }
        afterEach = after
    }

    /// Where the run went on behind the record of a step without `each`; nil where it did not, or has not yet.
    func destination(after record: StepRecord) -> Destination? {
        let step = steps[record.stepIndex]
        switch record.status {
        case .new, .running: return nil
        case .failed: return step.onError
        case .finished:
            return step.next ?? step.branches.first { $0.label == record.result?.asText }?.destination
        }
    }
}

extension Destination {
    /// The step where the branches of a fork meet; nil for what is no fork, and where that is the end.
    fileprivate var join: Int? {
        switch self {
        case .end, .step: nil
        case .fork(_, let join): join
        }
    }
}
