package import AutoSyntax
import CEL
import Diagnostics
import StepKinds
import Values

/// How often a step can run at the most, and how many model calls that can make.
package struct WorstCase: Sendable {
    /// The most that one step can come to in a run.
    package struct StepBound: Sendable {
        /// Visits in one run; 1 outside of loops.
        package let visits: Int
        /// Elements of its `each` in one visit: 1 without `each`, nil when the list's length is not known before.
        package let elements: Int?
        /// Model calls for one element: tries, times the rounds in which tools are used, times the three that a typed reply may
        /// take; 0 for other steps.
        package let callsEach: Int

        /// Model calls in one run; nil when there is no bound.
        package var calls: Int? {
            guard callsEach > 0 else { return 0 }
            guard let elements else { return nil }
            let product = visits.multipliedReportingOverflow(by: elements)
            let calls = product.partialValue.multipliedReportingOverflow(by: callsEach)
            return product.overflow || calls.overflow ? nil : calls.partialValue
        }
    }

    /// The bounds of the steps, in their order in the file.
    package let steps: [StepBound]

    /// - Parameter lists: how many elements inputs have, as far as that is known.
    init(_ automation: Automation, _ graph: FlowGraph, lists: [String: Int]) {
        let visits = WorstCase.visits(automation, graph)
        steps = automation.steps.enumerated().map { number, step in
            StepBound(
                visits: graph.reachable[number] ? visits[number] : 0, elements: elements(step, lists),
                callsEach: modelCalls(step))
        }
    }

    private static func visits(_ automation: Automation, _ graph: FlowGraph) -> [Int] {
        let own = automation.steps.map { step -> Int? in
            guard case .value(let value) = step.setting(.maxVisits)?.content else { return nil }
            return wholeNumber(value)
        }
        let successors = (0..<graph.count).map { step in
            graph.reachable[step] ? graph.edges[step].map(\.to).filter { $0 != graph.end } : []
        }
        // A step that lies on no cycle runs once, whatever its `max_visits` says.
        let inLoops = Set(loops(in: graph) { _ in false }.flatMap { $0 })
        let failures = (0..<graph.count).map { step in
            graph.edges[step].filter { $0.kind == .error && $0.to != graph.end }.map(\.to)
        }
        return visitLimits(own, successors: successors, failures: failures).enumerated().map { step, limit in
            inLoops.contains(step) ? limit : 1
        }
    }
}

private func elements(_ step: Step, _ lists: [String: Int]) -> Int? {
    guard case .each(_, let list) = step.setting(.each)?.content else { return 1 }
    if case .list(let elements) = list.kind { return elements.count }
    guard case .select(let operand, let part, _, _) = list.kind, case .name("inputs", _) = operand.kind else {
        return nil
    }
    return lists[part]
}

extension Step {
    /// The model's name as written, of several the first, which is asked where it can answer; nil when it is
    /// computed.
    package var modelName: String? {
        guard let model = field(LLMCall.model.name) else { return DefaultModels.word }
        return literalValue(model)?.asText ?? literalTexts(model)?.first
    }

    /// The models' names that are written out, with their places.
    var writtenModels: [(name: String, span: Span)] {
        guard case .expression(let value) = field(LLMCall.model.name) else { return [] }
        if let name = literalValue(.expression(value))?.asText { return [(name, value.span)] }
        guard case .list(let items) = value.kind else { return [] }
        return items.compactMap { item in
            literalValue(.expression(item.value))?.asText.map { ($0, item.value.span) }
        }
    }

    /// How often its model is asked at the most before it gives its result: once, unless it uses tools.
    var rounds: Int {
        guard type == .llmCall, writtenTools?.isEmpty == false else { return 1 }
        return field(LLMCall.maxRounds).flatMap(wholeNumber).map { max(1, $0) } ?? LLMCall.usualRounds
    }

    /// The most tries of one visit that the file asks for. Those that are made without a `retry` come after a
    /// question that was not answered, so that they cost nothing.
    var attempts: Int {
        guard case .value(.record(let fields, _)) = setting(.retry)?.content else { return 1 }
        return fields.first { $0.name.text == RetryPart.attempts.rawValue }.flatMap { wholeNumber($0.value) }
            ?? Defaults.attempts
    }
}

private func modelCalls(_ step: Step) -> Int {
    guard step.asksModel else { return 0 }
    let isTyped = step.setting(.result) != nil || step.type != .llmCall
    return product(step.attempts, product(step.rounds, isTyped ? 3 : 1))
}
