import AutoSyntax
import CEL
import Diagnostics
import Values

extension CheckContext {
    /// The steps whose result an automation gives: those that lead to `end`, decisions on the way not counted.
    fileprivate var lastSteps: [Int] {
        guard let graph else { return [] }
        return automation.steps.indices.filter {
            graph.reachable[$0] && automation.steps[$0].type != .logicDecision && leadsToEnd($0, self, graph)
        }
    }

    /// What the automation gives: what its header says, else the type that its last steps declare, all the same
    /// one, else any JSON.
    var automationResult: DataType {
        if let declaredResult { return declaredResult }
        let last = lastSteps.map { step in
            declaredResults[step] ?? calls[step]?.file.called?.result
        }
        guard let first = last.first, let type = first, last.allSatisfy({ $0 == type }) else { return .json }
        let step = automation.steps[lastSteps[0]]
        return step.hasEach ? .list(step.givesNulls ? .json : type) : type
    }

    /// Whether what the automation gives holds text from outside, whatever it is given.
    var givesOutsideText: Bool {
        let flow = TaintFlow(self, inputsAreOutside: false)
        return lastSteps.contains(where: flow.holdsOutsideText)
    }
}

/// `result` of the header: each step that leads to `end` gives it.
@Sendable func checkResultAtEnd(_ context: CheckContext) -> [Diagnostic] {
    guard let declared = context.automation.result, let type = context.declaredResult,
        let graph = context.graph,
        !context.hasSyntaxErrors
    else { return [] }
    var findings: [Diagnostic] = []
    for number in context.automation.steps.indices where graph.reachable[number] {
        let step = context.automation.steps[number]
        if step.type == .start, !graph.edges[number].contains(where: { $0.to == graph.end }) {
            for decision in context.decisionsAtOnce(from: number, graph)
            where !convertible(context.labelsToEnd(of: decision, graph), type) {
                findings.append(
                    noResult(
                        context.automation.steps[decision],
                        "leads to `end` before any step has given a result, so that its label is it", type,
                        declared,
                        help: "let a step before it, or the branch's own, give \(type.text)"))
            }
        } else if step.type != .logicDecision, leadsToEnd(number, context, graph) {
            if let finding = wrongResult(step, context.results[number], type, declared) {
                findings.append(finding)
            }
        }
        if graph.edges[number].contains(where: { $0.kind == .error && $0.to == graph.end }) {
            findings.append(
                noResult(
                    step, "leads to `end` when it fails, and gives nothing then", type, declared,
                    help: "let `on_error` lead to a step that gives \(type.text)"))
        }
    }
    for fork in graph.forks where graph.reachable[fork.step] {
        guard let join = fork.join, context.meetsOnlyAtEnd(join, graph) else { continue }
        findings.append(
            noResult(
                context.automation.steps[fork.step],
                "starts branches that only meet at `end`, and each would give a result", type, declared,
                help: "let them meet in a step that gives \(type.text)"))
    }
    return findings
}

/// That a step whose result is the automation's gives what that cannot be; nil where it may be.
private func wrongResult(_ step: Step, _ found: Type, _ type: DataType, _ declared: ResultDeclaration)
    -> Diagnostic?
{
    if step.givesNulls, case .list(let element) = type, element != .json {
        return noResult(
            step, "gives null where an element has failed (`on_failed: \"null\"`)", type, declared,
            help:
                "let it say `on_failed: \"drop\"`, or lead to a step that leaves them out by `.filter(i, i != null)`"
        )
    }
    guard !convertible(found, type) else { return nil }
    return noResult(
        step, "gives \(found.widened.text)", type, declared,
        help: "let it give \(type.text), or change `result` of the header")
}

extension CheckContext {
    /// Whether behind the step where branches meet no other step than decisions may come.
    fileprivate func meetsOnlyAtEnd(_ join: Int, _ graph: FlowGraph) -> Bool {
        join == graph.end
            || (automation.steps[join].type == .logicDecision && leadsToEnd(join, self, graph))
    }

    /// What a decision gives by the branches of it that lead to `end`.
    fileprivate func labelsToEnd(of decision: Int, _ graph: FlowGraph) -> Type {
        let branches = automation.steps[decision].branches
        return .oneOf(
            graph.edges[decision].compactMap { edge -> String? in
                guard edge.to == graph.end, case .branch(let number) = edge.kind else { return nil }
                return branches[number].label.text
            })
    }

    /// The decisions that lead to `end` with no other step between them and START.
    fileprivate func decisionsAtOnce(from start: Int, _ graph: FlowGraph) -> [Int] {
        var found: [Int] = []
        var seen = Set<Int>()
        var open = graph.edges[start].map(\.to)
        while let node = open.popLast() {
            guard node != graph.end, seen.insert(node).inserted, automation.steps[node].type == .logicDecision
            else { continue }
            let next = graph.edges[node].map(\.to)
            if next.contains(graph.end) { found.append(node) }
            open += next
        }
        return found.sorted()
    }
}

private func noResult(
    _ step: Step, _ what: String, _ type: DataType, _ declared: ResultDeclaration, help: String
) -> Diagnostic {
    Diagnostic(
        .noResultAtEnd, "`\(step.name.text)` \(what), but the automation gives \(type.text)",
        at: step.name.span, notes: [Note(declared.span, "`result` is declared here")], help: help)
}

/// Whether values of a type of expressions can be of a declared type: a whole number may stand for a number, as
/// JSON has it.
func convertible(_ found: Type, _ declared: DataType) -> Bool {
    let wanted = declared.expressionType
    if found.isNumber, wanted.isNumber { return true }
    if case .list(let element) = found, case .list(let inner) = declared {
        return convertible(element, inner)
    }
    if case .record(let mine) = found, case .record(let fields, _) = declared {
        return fields.allSatisfy { field in
            guard let own = mine[field.name] else { return field.isOptional }
            return convertible(own.type, field.type) && (field.isOptional || !own.isOptional)
        }
    }
    return found.fits(wanted) || (found.isText && wanted.isText && found.canEqual(wanted))
}
