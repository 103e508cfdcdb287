package import Values

/// What questions to models came to.
package struct ModelCost: Sendable, Hashable {
    /// Questions that were asked, those of tries that failed and of replies asked for again among them.
    package private(set) var calls = 0
    /// Replies that were remembered, so that nobody was asked.
    package private(set) var remembered = 0
    package private(set) var input = 0
    package private(set) var output = 0
    /// Those of `input` of which a provider said that it had them from before.
    package private(set) var cached = 0
    /// Those of `output` of which a provider said that they were thinking.
    package private(set) var reasoning = 0
    /// What the calls cost whose price is known.
    package private(set) var dollars = 0.0
    /// Calls whose price is not known.
    package private(set) var unpriced = 0
    /// Whether some of the tokens were counted by us, because a provider did not say.
    package private(set) var isEstimated = false

    package init() {}

    package mutating func add(_ call: ModelCall) {
        guard !call.isCached else {
            remembered += 1
            return
        }
        calls += 1
        input += call.tokens.input
        output += call.tokens.output
        cached += call.tokens.cached ?? 0
        reasoning += call.tokens.reasoning ?? 0
        if let price = call.dollars { dollars += price } else { unpriced += 1 }
        isEstimated = isEstimated || call.tokens.areEstimated
    }

    /// Adds calls, tokens and dollars; calls of unknown price stay counted apart.
    package static func += (sum: inout ModelCost, other: ModelCost) {
        sum.calls += other.calls
        sum.remembered += other.remembered
        sum.input += other.input
        sum.output += other.output
        sum.cached += other.cached
        sum.reasoning += other.reasoning
        sum.dollars += other.dollars
        sum.unpriced += other.unpriced
        sum.isEstimated = sum.isEstimated || other.isEstimated
    }

    /// The dollars in words; what is not known is said to be unknown, and is not 0.
    package var dollarsText: String {
        if unpriced == 0 { return Values.dollarsText(dollars) }
        if unpriced == calls { return "unknown" }
        return "\(Values.dollarsText(dollars)) and \(unpriced) of unknown price"
    }

    /// The cost as fields of JSON. `dollars` is what is known; null where that is nothing.
    package var fields: [(String, Value)] {
        [
            ("calls", .int(Int64(calls))), ("from_cache", .int(Int64(remembered))),
            ("tokens_in", .int(Int64(input))), ("tokens_out", .int(Int64(output))),
            ("tokens_cached", .int(Int64(cached))), ("tokens_reasoning", .int(Int64(reasoning))),
            ("tokens_estimated", .bool(isEstimated)),
            ("dollars", unpriced > 0 && unpriced == calls ? .null : .double(dollars)),
            ("calls_of_unknown_price", .int(Int64(unpriced))),
        ]
    }
}

/// What one step's questions to one model came to.
package struct StepCost: Sendable, Hashable {
    /// The step's name.
    package let step: String
    /// The model that was asked, with its provider: `openai/gpt-4o`.
    package let model: String
    package internal(set) var cost = ModelCost()
}

extension ModelCall {
    /// The model with its provider; of a remembered reply as the file names it.
    fileprivate var fullModel: String {
        provider.isEmpty || provider == model ? model : "\(provider)/\(model)"
    }

    /// - Parameter name: a model with its provider.
    fileprivate func isOf(_ name: String) -> Bool {
        name == fullModel || provider.isEmpty && name.hasSuffix("/" + model)
    }
}

extension SessionRecord {
    /// What the session's questions to models came to, by step and model, in the order of the file; also those of which
    /// nothing is known yet, or that were lost with their process.
    ///
    /// - Parameter trace: of the session.
    package func costs(_ trace: [TraceEvent]) -> [StepCost] {
        let indices = Dictionary(steps.map { ($0.id, $0.stepIndex) }, uniquingKeysWith: { first, _ in first })
        let calls =
            trace.compactMap { event -> (index: Int, call: ModelCall)? in
                guard case .model(let call) = event.happening,
                    let index = event.record.flatMap({ indices[$0] })
                else { return nil }
                return (index, call)
            }
            + trace.openQuestions.flatMap { record, questions in
                questions.compactMap { question in
                    indices[record].map { (index: $0, call: question.lost) }
                }
            }
        var rows: [(index: Int, cost: StepCost)] = []
        // Remembered replies come last: nobody was asked, so that their models are known by those of the others.
        for (index, call) in calls.filter({ !$0.call.isCached }) + calls.filter(\.call.isCached) {
            let place =
                rows.firstIndex { $0.index == index && call.isOf($0.cost.model) }
                ?? {
                    rows.append((index, StepCost(step: stepInfos[index].name, model: call.fullModel)))
                    return rows.count - 1
                }()
            rows[place].cost.cost.add(call)
        }
        return rows.sorted { ($0.index, $0.cost.model) < ($1.index, $1.cost.model) }.map(\.cost)
    }
}

extension Sequence<StepCost> {
    package var total: ModelCost { reduce(into: ModelCost()) { $0 += $1.cost } }
}
