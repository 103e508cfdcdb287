import AutoChecker
import CEL
import Values

/// What expressions can read at one place of a run. A fork's branches each have a copy.
struct Scope: Activation {
    private let slots: Slots
    /// For each step the first step of the innermost loop that it is in.
    private let loopHeads: [Int?]
    private var values: [Value?]
    private var marks: [Int: Marks] = [:]
    /// Every finished visit's result, by step; kept apart so that appending to one does not copy it.
    private var results: [[Value]]
    private(set) var visits: [Int]
    /// Counts what happens, so that it can be said what came before what.
    private var clock = 0
    private var begunAt: [Int]
    private var finishedAt: [Int]
    /// The step whose expressions are evaluated.
    private var reader = 0

    /// - Parameters:
    ///   - header: The session's, by which its id and its beginning are the same in each of its runs.
    ///   - origins: who brought text from outside into the inputs, by their names.
    init(
        _ plan: Plan, inputs: Value, header: SessionHeader, secrets: [String: String],
        origins: [String: Set<Origin>] = [:]
    ) {
        slots = plan.slots
        let steps = plan.automation.steps
        loopHeads = steps.map(\.loopHead)
        values = Array(repeating: nil, count: slots.count)
        results = Array(repeating: [], count: steps.count)
        visits = Array(repeating: 0, count: steps.count)
        begunAt = visits
        finishedAt = visits
        values[Slots.inputs] = inputs
        for name in slots.inputNames {
            guard let slot = slots.slot(input: name) else { continue }
            values[slot] = inputs.asMap?[name]
            if let origins = origins[name] { mark(slot, Marks(origins: origins)) }
        }
        mark(Slots.inputs, Marks(all: origins.values.map { Marks(origins: $0) }))
        values[Slots.session] = .record(header.sessionFields)
        values[Slots.secrets] = .record(
            secrets.sorted { $0.key < $1.key }.map { ($0.key, .string($0.value)) })
        marks[Slots.secrets] = Marks(secrets: Set(secrets.keys))
        for (name, secret) in secrets {
            guard let slot = slots.slot(secret: name) else { continue }
            values[slot] = .string(secret)
            marks[slot] = Marks(secrets: [name])
        }
    }

    func value(at slot: Int) -> Value? {
        guard let (step, part) = slots.part(at: slot) else { return values[slot] }
        switch part {
        case .results: return .list(results[step])
        case .current: return hasRunInThisTurn(step) ? values[slots.slot(step, .result)] : nil
        case .errors: return values[slot] ?? .list([])
        case .result, .prompt, .error: return values[slot]
        }
    }

    /// What expressions read of a step with `each`; nil for one that has not been visited.
    func elements(of step: Int) -> (result: Value?, results: Value, errors: Value)? {
        guard visits[step] > 0 else { return nil }
        return (
            values[slots.slot(step, .result)], .list(results[step]),
            values[slots.slot(step, .errors)] ?? .list([])
        )
    }

    func marks(at slot: Int) -> Marks {
        guard !marks.isEmpty else { return Marks() }
        guard let (step, part) = slots.part(at: slot) else { return marks[slot] ?? Marks() }
        switch part {
        case .results, .current: return marks[slots.slot(step, .result)] ?? Marks()
        case .result, .prompt, .error, .errors: return marks[slot] ?? Marks()
        }
    }

    private mutating func mark(_ slot: Int, _ new: Marks) { marks[slot] = new.isEmpty ? nil : new }

    /// Who brought in all the text from outside that can be read here.
    var origins: Set<Origin> { Marks(all: marks.values).origins }

    /// The origins of what expressions read of a step's last result.
    func origins(ofResult step: Int) -> Set<Origin> { marks(at: slots.slot(step, .result)).origins }

    /// Whether a step has finished since the innermost loop around the reading step began its turn.
    private func hasRunInThisTurn(_ step: Int) -> Bool {
        guard finishedAt[step] > 0 else { return false }
        guard let head = loopHeads[reader] else { return true }
        return finishedAt[step] > begunAt[head]
    }

    mutating func bind(variable: Int, _ value: Value, _ marks: Marks) {
        values[Slots.firstVariable + variable] = value
        mark(Slots.firstVariable + variable, marks)
    }

    /// Binds what the `value` of a DATA_TRANSFORM works on.
    mutating func bind(input: Value) { values[Slots.input] = input }

    /// Counts a visit and gives its number, from 1.
    mutating func visit(_ step: Int) -> Int {
        visits[step] += 1
        clock += 1
        begunAt[step] = clock
        reader = step
        return visits[step]
    }

    mutating func setPrompt(_ prompt: Value, _ marks: Marks, of step: Int) {
        let slot = slots.slot(step, .prompt)
        values[slot] = prompt
        mark(slot, marks)
    }

    /// The visit has succeeded: the error of an earlier one is over.
    mutating func setResult(_ result: Value, _ marks: Marks, of step: Int) {
        finish(step, result, marks)
        results[step].append(result)
    }

    /// The visit of a step with `each` has succeeded.
    mutating func setResults(_ list: [Value], of each: EachOutcome, _ marks: Marks, of step: Int) {
        finish(step, .list(list), marks)
        setElements(each, of: step)
    }

    /// What elements came to an end and which failed, whether or not the step as a whole succeeded.
    mutating func setElements(_ each: EachOutcome, of step: Int) {
        results[step] += each.finished
        values[slots.slot(step, .errors)] = .list(each.errors)
        mark(slots.slot(step, .errors), Marks(origins: each.errorOrigins))
    }

    private mutating func finish(_ step: Int, _ result: Value, _ marks: Marks) {
        clock += 1
        finishedAt[step] = clock
        values[slots.slot(step, .error)] = nil
        values[slots.slot(step, .result)] = result
        let before = self.marks[slots.slot(step, .result)] ?? Marks()
        var all = marks
        // The marks of earlier visits stay, since `results` still holds what they gave.
        all.formUnion(before)
        mark(slots.slot(step, .result), all)
    }

    mutating func setError(_ failure: StepFailure, of step: Int) {
        values[slots.slot(step, .error)] = failure.value
        mark(slots.slot(step, .error), Marks(origins: failure.origins))
    }

    /// Takes over what a fork's branch has changed; branches share no step, so no two change the same.
    mutating func merge(_ branch: Scope, since base: Scope) {
        clock = max(clock, branch.clock)
        for step in visits.indices where branch.visits[step] != base.visits[step] {
            visits[step] = branch.visits[step]
            begunAt[step] = branch.begunAt[step]
            finishedAt[step] = branch.finishedAt[step]
            results[step] = branch.results[step]
            for part in Slots.Part.allCases {
                let slot = slots.slot(step, part)
                values[slot] = branch.values[slot]
                marks[slot] = branch.marks[slot]
            }
        }
    }
}
