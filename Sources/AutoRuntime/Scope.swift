import CEL

/// What expressions can read at one place of a run. A fork's branches each have a copy.
struct Scope: Activation {
    private var values: [Value?]
    /// Every finished visit's result, by step; kept apart so that appending to one does not copy it.
    private var results: [[Value]]
    private(set) var visits: [Int]

    init(slots: Slots, steps: Int, inputs: Value, sessionID: String, secrets: [String: String]) {
        values = Array(repeating: nil, count: slots.count)
        results = Array(repeating: [], count: steps)
        visits = Array(repeating: 0, count: steps)
        values[Slots.inputs] = inputs
        values[Slots.session] = .record([("id", .string(sessionID))])
        values[Slots.secrets] = .record(
            secrets.sorted { $0.key < $1.key }.map { ($0.key, .string($0.value)) })
    }

    func value(at slot: Int) -> Value? {
        if slot >= Slots.firstStep,
            (slot - Slots.firstStep) % Slots.Part.allCases.count == Slots.Part.results.rawValue
        {
            return .list(results[(slot - Slots.firstStep) / Slots.Part.allCases.count])
        }
        return values[slot]
    }

    mutating func bind(variable: Int, _ value: Value) { values[Slots.firstVariable + variable] = value }

    /// Counts a visit and gives its number, from 1.
    mutating func visit(_ step: Int) -> Int {
        visits[step] += 1
        return visits[step]
    }

    mutating func setPrompt(_ prompt: Value, of step: Int) { values[Slots.slot(step, .prompt)] = prompt }

    mutating func setResult(_ result: Value, of step: Int) {
        values[Slots.slot(step, .result)] = result
        results[step].append(result)
    }

    mutating func setError(_ failure: StepFailure, of step: Int) {
        values[Slots.slot(step, .error)] = .record([
            ("kind", .string(failure.kind)), ("message", .string(failure.message)),
        ])
    }

    /// Takes over what a fork's branch has changed; branches share no step, so no two change the same.
    mutating func merge(_ branch: Scope, since base: Scope) {
        for step in visits.indices where branch.visits[step] != base.visits[step] {
            visits[step] = branch.visits[step]
            results[step] = branch.results[step]
            for part in Slots.Part.allCases {
                let slot = Slots.slot(step, part)
                values[slot] = branch.values[slot]
            }
        }
    }
}
