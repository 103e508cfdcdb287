import AutoSyntax
import CEL
import Diagnostics
import StepKinds
import Values

/// What a file declares, or asks for, and nobody reads.
@Sendable func checkUsage(_ context: CheckContext) -> [Diagnostic] {
    // What could not be read may be what reads it.
    guard !context.hasSyntaxErrors else { return [] }
    var use = Use(context.automation)
    // What is called needs its secrets set for a run of its caller, which has to declare them.
    for called in context.calledAutomations { use.secrets.formUnion(called.secrets) }
    use.types.formUnion(context.options.takenTypes)
    return unusedDeclarations(context.automation, use) + unusedResults(context, use)
}

/// Every name that some step, type or input of a file reads.
private struct Use {
    var inputs = Set<String>()
    var secrets = Set<String>()
    var types = Set<String>()
    /// Steps whose `result` or `results` is read.
    var results = Set<String>()
    /// Whether `inputs` is read as a whole.
    var readsAllInputs = false

    init(_ automation: Automation) {
        for step in automation.steps {
            step.forEachExpression { add($0, hidden: step.eachNames) }
            for case .type(let node) in step.settings.map(\.content) { add(node) }
        }
        for input in automation.inputs { add(input.type) }
        for type in automation.types.compactMap(\.type) { add(type) }
        if let result = automation.result { add(result.type) }
    }

    private mutating func add(_ node: TypeNode) {
        switch node.kind {
        case .named(let name): types.insert(name)
        case .list(let element): add(element)
        case .record(let fields): for field in fields { add(field.type) }
        case .oneOf: break
        }
    }

    private mutating func add(_ expression: Expression, hidden: [String]) {
        expression.walk { part in
            switch part.kind {
            case .select(let operand, let field, _, _), .has(let operand, let field, _):
                guard case .name(let name, _) = operand.kind else { return }
                switch name {
                case "inputs": inputs.insert(field)
                case "secrets": secrets.insert(field)
                default: if ["result", "results", "current"].contains(field) { results.insert(name) }
                }
            case .index(let operand, let key, _):
                guard case .name("inputs", _) = operand.kind else { return }
                if case .literal(.string(let name)) = key.kind {
                    inputs.insert(name)
                } else {
                    readsAllInputs = true
                }
            case .list, .map, .call, .conditional, .text, .macro, .binary:
                if part.kind.children.contains(where: { $0.kind == .name("inputs", rooted: false) }) {
                    readsAllInputs = true
                }
            case .literal, .name, .unary: break
            }
        }
        if expression.kind == .name("inputs", rooted: false) { readsAllInputs = true }
    }
}

private func unusedDeclarations(_ automation: Automation, _ use: Use) -> [Diagnostic] {
    func unused(_ code: Code, _ kind: String, _ name: Name, _ help: String) -> Diagnostic {
        Diagnostic(code, "the \(kind) `\(name.text)` is never read", at: name.span, help: help)
    }
    var findings: [Diagnostic] = []
    if !use.readsAllInputs {
        findings += automation.inputs.filter { !use.inputs.contains($0.name.text) }.map {
            unused(
                .unusedInput, "input", $0.name,
                "read it as `inputs.\($0.name.text)`, or leave its line out")
        }
    }
    findings += automation.secrets.filter { !use.secrets.contains($0.name.text) }.map {
        unused(
            .unusedSecret, "secret", $0.name,
            "every run has to be given it all the same: leave its line out, or send it as `secrets.\($0.name.text)`"
        )
    }
    findings += automation.types.filter { !use.types.contains($0.name.text) }.map {
        unused(
            .unusedType, "type", $0.name,
            "write `result: \($0.name.text)` on a step, or leave it out, unless another file takes it")
    }
    return findings
}

private func unusedResults(_ context: CheckContext, _ use: Use) -> [Diagnostic] {
    guard let graph = context.graph else { return [] }
    return context.automation.steps.enumerated().compactMap { number, step in
        guard graph.reachable[number], !use.results.contains(step.name.text),
            context.stepIndex[step.name.text] == number, let what = wasted(step),
            !mayCallForEffect(number, context), !leadsToEnd(number, context, graph)
        else { return nil }
        return Diagnostic(
            .unusedResult, "`\(step.name.text)` \(what), and nothing reads its result", at: step.name.span,
            help: "read `\(step.name.text).result` in a later step, or leave the step out")
    }
}

/// What a step does only for its result; nil when it has an effect of its own.
private func wasted(_ step: Step) -> String? {
    // A step whose failure leads somewhere is asked whether it works.
    guard step.setting(.onError) == nil else { return nil }
    return step.kind?.work(step, step.given)
}

/// Whether a step calls an automation that changes something outside or asks a person, or of which that is not known.
private func mayCallForEffect(_ number: Int, _ context: CheckContext) -> Bool {
    guard context.automation.steps[number].given.has(RestAPI.automation) else { return false }
    guard let called = context.calls[number]?.file.called else { return true }
    return called.changesOutside || called.automation?.mayAskPerson ?? true
}

/// Whether a step is the last of some run, decisions behind it not counted: then its result is the session's.
func leadsToEnd(_ number: Int, _ context: CheckContext, _ graph: FlowGraph) -> Bool {
    graph.edges[number].contains { $0.kind != .error && context.mayBeEnd[$0.to] }
}
