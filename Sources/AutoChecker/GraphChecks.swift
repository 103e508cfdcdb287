import AutoSyntax
import CEL
import Diagnostics
import StepKinds
import Values

@Sendable func checkEdges(_ context: CheckContext) -> [Diagnostic] {
    var findings: [Diagnostic] = []
    for step in context.automation.steps {
        for target in step.targets { for name in target.names { findings += unknownTarget(name, context) } }
        for target in step.targets where Set(target.names.map(\.text)).count < target.names.count {
            findings.append(
                Diagnostic(
                    .duplicateName, "the fork names a step twice", at: target.span,
                    help: "name each branch once"))
        }
        if step.type == .logicDecision, let target = step.target {
            findings.append(
                Diagnostic(
                    .badSetting, "a decision goes where its branches say, it has no `->` of its own",
                    at: target.span, help: "leave `-> \(target.names[0].text)` out"))
        } else if step.type != .logicDecision, step.type != nil, step.target == nil {
            findings.append(
                Diagnostic(
                    .deadEnd, "`\(step.name.text)` does not say where to go on", at: step.name.span,
                    help: "write `-> step` or `-> end` behind its name"))
        }
    }
    return findings
}

private func unknownTarget(_ name: Name, _ context: CheckContext) -> [Diagnostic] {
    if name.text == "end" { return [] }
    guard let index = context.stepIndex[name.text] else {
        if let kind = context.kind(of: name.text) {
            return [
                Diagnostic(
                    .wrongKind, "`\(name.text)` is \(kind), an edge leads to a step or to `end`",
                    at: name.span,
                    help: "write a step's name")
            ]
        }
        let near = nearestName(to: name.text, in: context.automation.offeredNames + ["end"])
        return [
            Diagnostic(
                .unknownStep, "there is no step `\(name.text)`", at: name.span,
                help: near.map { "did you mean `\($0)`?" } ?? "write the step, or go to `end`",
                fix: near.map { context.rename(name, to: $0) })
        ]
    }
    guard context.automation.steps[index].type == .start else { return [] }
    return [
        Diagnostic(
            .edgeToStart, "no edge can lead back to START", at: name.span,
            help: "go to the step behind `\(name.text)`")
    ]
}

@Sendable func checkGraph(_ context: CheckContext) -> [Diagnostic] {
    let starts = context.automation.steps.filter { $0.type == .start }
    guard let first = starts.first else {
        if context.hasSyntaxErrors || context.automation.steps.contains(where: { $0.type == nil }) {
            return []
        }
        let next = context.automation.steps.first?.name.text ?? "end"
        return [
            Diagnostic(
                .noStart, "the automation has no START", at: Span(0, 0), help: "add: START begin -> \(next)",
                fix: context.automation.steps.first.map {
                    FixIt(span: Span($0.span.start, $0.span.start), replacement: "START begin -> \(next)\n")
                })
        ]
    }
    var findings = starts.dropFirst().map {
        Diagnostic(
            .secondStart, "the automation has a second START", at: $0.typeSpan.union($0.name.span),
            notes: [Note(first.typeSpan.union(first.name.span), "the first")],
            help: "an automation begins at one place: leave this one out")
    }
    guard let graph = context.graph else { return findings }
    findings += reachability(context, graph) + forkFindings(context, graph) + unboundedLoops(context, graph)
    findings += unchangingLoops(context, graph)
    return findings
}

private func reachability(_ context: CheckContext, _ graph: FlowGraph) -> [Diagnostic] {
    // With an edge that leads nowhere, what lies behind it only seems to be cut off.
    guard !context.hasSyntaxErrors, !brokenEdges(context) else { return [] }
    var findings: [Diagnostic] = []
    let explainedByOthers = explainedByOthers(graph)
    for (number, step) in context.automation.steps.enumerated()
    where !graph.reachable[number] && step.type != .start {
        // What only an unreachable step leads to is explained by that step.
        guard context.stepIndex[step.name.text] == number, !explainedByOthers.contains(number) else {
            continue
        }
        findings.append(
            Diagnostic(
                .unreachable, "no path leads to `\(step.name.text)`", at: step.name.span,
                help: "lead an edge to it, or delete it"))
    }
    // A fork whose branches never meet says that itself.
    if graph.forks.contains(where: { $0.join == nil && graph.reachable[$0.step] }) { return findings }
    var explained = Set<Int>()
    for number in 0..<graph.count
    where graph.reachable[number] && !graph.reachesEnd[number] && !explained.contains(number) {
        let step = context.automation.steps[number]
        // The loop is behind START, whose only fault is to lead there.
        if step.type == .start, graph.edges[number].contains(where: { $0.to != number }) { continue }
        var trapped = [number]
        while let node = trapped.popLast() {
            guard explained.insert(node).inserted else { continue }
            trapped += graph.edges[node].map(\.to)
        }
        findings.append(
            Diagnostic(
                .noWayToEnd, "from `\(step.name.text)` no path leads to `end`", at: step.name.span,
                help: "give the loop a way out: a LOGIC_DECISION with a branch `-> end`"))
    }
    return findings
}

/// The unreachable steps that another unreachable step leads to.
private func explainedByOthers(_ graph: FlowGraph) -> Set<Int> {
    var explained = Set<Int>()
    for from in 0..<graph.count where !graph.reachable[from] {
        for edge in graph.edges[from] where edge.to != from { explained.insert(edge.to) }
    }
    return explained
}

/// Whether an edge is missing or leads nowhere, which has a finding of its own.
private func brokenEdges(_ context: CheckContext) -> Bool {
    context.automation.steps.contains { step in
        step.type == nil || (step.target == nil && step.branches.isEmpty)
            || step.targets.contains { target in
                target.names.contains { name in
                    guard name.text != "end" else { return false }
                    return context.stepIndex[name.text].map { context.automation.steps[$0].type == .start }
                        ?? true
                }
            }
    }
}

private func forkFindings(_ context: CheckContext, _ graph: FlowGraph) -> [Diagnostic] {
    let steps = context.automation.steps
    return graph.forks.compactMap { fork -> Diagnostic? in
        let span = forkSpan(steps[fork.step], fork)
        let names = fork.entries.map { $0 == graph.end ? "end" : steps[$0].name.text }
        guard fork.join != nil else {
            let lost = zip(names, fork.entries).filter { !graph.reachesEnd[$0.1] }.map(\.0)
            return Diagnostic(
                .forkNeverMeets,
                "the branches of this fork never meet: \(inWords(lost, joiner: "and")) cannot reach `end`",
                at: span,
                help: "lead each branch to the same step, or to `end`")
        }
        if let back = zip(names, fork.regions).first(where: { $0.1.contains(fork.step) }) {
            return Diagnostic(
                .edgeLeavesBranch, "the branch `\(back.0)` goes back before its fork", at: span,
                help:
                    "put the loop inside the branch, or around the whole fork behind the step where the branches meet"
            )
        }
        for (place, region) in fork.regions.enumerated() {
            for other in fork.regions.indices where other > place {
                guard let shared = region.intersection(fork.regions[other]).min() else { continue }
                return Diagnostic(
                    .sharedBranchStep,
                    "the branches `\(names[place])` and `\(names[other])` share `\(steps[shared].name.text)` before they meet",
                    at: span,
                    notes: [Note(steps[shared].name.span, "both branches come here")],
                    help: fork.join == graph.end
                        ? "some path of a branch does not come through here: lead every path of both (also `on_error`) to `\(steps[shared].name.text)`, or keep them apart"
                        : "keep the branches apart until the step where they meet")
            }
        }
        return nil
    }
}

private func forkSpan(_ step: Step, _ fork: FlowGraph.Fork) -> Span {
    switch fork.kind {
    case .next: step.target?.span ?? step.name.span
    case .branch(let place): step.branches[place].target.span
    case .error: step.targets.last?.span ?? step.name.span
    }
}

private func unboundedLoops(_ context: CheckContext, _ graph: FlowGraph) -> [Diagnostic] {
    let steps = context.automation.steps
    let bounded = steps.map { $0.setting(.maxVisits) != nil }
    // A loop without a way out has a finding that says so; a bound would not mend it.
    return loops(in: graph) { bounded[$0] }.filter { graph.reachesEnd[$0[0]] }.map { loop in
        let names = loop.map { steps[$0].name.text }
        let first = steps[loop[0]]
        let shown = names.count > 6 ? Array(names.prefix(5)) + ["…"] : names
        if loop.contains(where: { steps[$0].asksModel }) {
            return Diagnostic(
                .unboundedModelLoop,
                "the loop of \(inWords(shown, joiner: "and")) asks a model in each round, and has no bound",
                at: first.name.span,
                help:
                    "add `max_visits: 10` to one of its steps; without it up to \(Defaults.visits) rounds are paid for"
            )
        }
        return Diagnostic(
            .unboundedLoop, "the loop of \(inWords(shown, joiner: "and")) has no bound", at: first.name.span,
            help:
                "add `max_visits: 10` to one of its steps; without it the run stops at \(Defaults.visits) visits"
        )
    }
}

@Sendable func checkDecisions(_ context: CheckContext) -> [Diagnostic] {
    var findings: [Diagnostic] = []
    for (number, step) in context.automation.steps.enumerated() where step.type == .logicDecision {
        guard step.field(LogicDecision.question) == nil, !step.branches.isEmpty else { continue }
        var typer = context.typer(for: number)
        findings += decisionFindings(step, &typer, lenient: context.hasSyntaxErrors)
    }
    return findings
}

private func decisionFindings(_ step: Step, _ typer: inout Typer, lenient: Bool) -> [Diagnostic] {
    var findings: [Diagnostic] = []
    var coverage = Coverage()
    for branch in step.branches {
        if coverage.isComplete {
            findings.append(
                Diagnostic(
                    .branchNeverTaken,
                    "the branch `\(branch.label.text)` is never taken: those before it cover every case",
                    at: branch.label.span, help: "delete it, or put it first"))
            continue
        }
        switch branch.condition {
        case .when(let condition):
            if coverage.add(condition, &typer) {
                findings.append(
                    Diagnostic(
                        .branchNeverTaken,
                        "the branch `\(branch.label.text)` is never taken: the branches before it take all that it would",
                        at: branch.label.span, help: "delete it, or change its condition"))
            }
        case .otherwise: coverage.isComplete = true
        case .label: return []
        }
    }
    guard !coverage.isComplete, !lenient else { return findings }
    let missing = coverage.missing
    let shown = missing.count > 6 ? Array(missing.prefix(5)) + ["…"] : missing
    let message =
        missing.isEmpty
        ? "`\(step.name.text)` has no `else`: where no condition holds, it cannot go on"
        : "`\(step.name.text)` leaves out \(inWords(shown, quoted: "\"", joiner: "and"))"
    findings.append(
        Diagnostic(.uncoveredDecision, message, at: step.name.span, help: "add a branch: other: else -> step")
    )
    return findings
}

/// What the branches of a decision cover so far.
private struct Coverage {
    var isComplete = false
    private var seen = Set<String>()
    private var subject: String?
    private var values: [String] = []
    /// The values that are not taken yet.
    private var left = Set<String>()
    private var taken = Set<String>()
    /// The numbers taken so far, by what is compared.
    private var numbers: [String: Ranges] = [:]

    var missing: [String] { values.filter { !taken.contains($0) } }

    /// Takes a condition in; true when it adds nothing.
    mutating func add(_ condition: Expression, _ typer: inout Typer) -> Bool {
        let key = condition.shape
        if case .literal(.bool(true)) = condition.kind { isComplete = true }
        guard seen.insert(key).inserted else { return true }
        if case .unary(.not, let inner) = condition.kind, seen.contains(inner.shape) { isComplete = true }
        if seen.contains("!(" + key + ")") { isComplete = true }
        if let (subject, range) = Ranges.of(condition, isWhole: { typer.type(of: $0) == .int }) {
            // That a comparison is always true is told where it stands, and the branches behind it are meant.
            if Ranges(of: subject).areAll(with: range) { return false }
            let isTaken = numbers[subject, default: Ranges(of: subject)].contains(range)
            numbers[subject, default: Ranges(of: subject)].add(range)
            if numbers[subject]?.coversAll == true { isComplete = true }
            return isTaken && !range.isEmpty
        }
        guard let (operand, texts) = comparison(condition), case .oneOf(let all) = typer.type(of: operand)
        else { return false }
        if subject == nil {
            subject = operand.shape
            values = all
            left = Set(all)
        }
        guard subject == operand.shape else { return false }
        let fresh = Set(texts).subtracting(taken)
        taken.formUnion(texts)
        left.subtract(texts)
        if left.isEmpty { isComplete = true }
        return fresh.isEmpty
    }

    /// `x == "a"`, `x in ["a", "b"]`, and either of them joined by `||`.
    private func comparison(_ expression: Expression) -> (Expression, [String])? {
        switch expression.kind {
        case .binary(.equal, let left, let right):
            if case .literal(.string(let text)) = right.kind { return (left, [text]) }
            if case .literal(.string(let text)) = left.kind { return (right, [text]) }
            return nil
        case .binary(.isIn, let left, let right):
            return literalTexts(.expression(right)).map { (left, $0) }
        case .binary(.or, let left, let right):
            guard let first = comparison(left), let second = comparison(right),
                first.0.shape == second.0.shape
            else { return nil }
            return (first.0, first.1 + second.1)
        default: return nil
        }
    }
}
