import AutoSyntax
import CEL
import Diagnostics
import StepKinds
import Values

@Sendable func checkAssignment(_ context: CheckContext) -> [Diagnostic] {
    guard let graph = context.graph, let nests = context.nests else { return [] }
    var check: AssignmentCheck?
    var findings: [Diagnostic] = []
    for (number, step) in context.automation.steps.enumerated() where graph.reachable[number] {
        for read in reads(of: step) {
            guard let target = context.stepIndex[read.step], node(of: read.part) != nil else { continue }
            if read.isGuarded {
                if let finding = staleRead(read, of: target, at: number, nests) {
                    findings.append(finding)
                }
                continue
            }
            var assignment = check ?? AssignmentCheck(context, graph, nests)
            check = nil
            if let finding = assignment.finding(read, of: target, at: number) { findings.append(finding) }
            check = assignment
        }
    }
    return findings
}

/// A result that this turn of a loop may have skipped, so that an earlier turn's stands there still.
private func staleRead(
    _ read: StepRead, of target: Int, at reader: Int, _ nests: LoopNests
) -> Diagnostic? {
    guard read.part == StepPartName.result.rawValue, nests.mayBeStale(target, at: reader) else {
        return nil
    }
    return Diagnostic(
        .staleRead,
        "`\(read.step).?result` may be of an earlier turn of the loop, where this turn has skipped `\(read.step)`",
        at: read.span, help: "read this turn's as `\(read.step).?current`")
}

private func node(of part: String) -> Assignment.Node? {
    switch part {
    case "result", "current": .finished
    case "prompt": .begins
    case "error": .failed
    default: nil
    }
}

private func reads(of step: Step) -> [StepRead] {
    var outer = ReadCollector(hidden: [])
    if case .each(_, let list) = step.setting(.each)?.content { outer.collect(list, []) }
    var inner = ReadCollector(hidden: step.eachNames)
    for field in step.fields { inner.collect(field.value) }
    var known = Set<StepPart>()
    for branch in step.branches {
        guard case .when(let condition) = branch.condition else { continue }
        inner.collect(condition, known)
        known.formUnion(inner.implied(condition, false))
    }
    return outer.reads + inner.reads
}

private struct AssignmentCheck {
    let context: CheckContext
    let graph: FlowGraph
    private let nests: LoopNests
    private var assignment: Assignment
    private var found = 0
    /// After so many findings the paths are no longer searched: each takes as long as the file is large.
    private static let mostPaths = 1_000

    init(_ context: CheckContext, _ graph: FlowGraph, _ nests: LoopNests) {
        self.context = context
        self.graph = graph
        self.nests = nests
        assignment = Assignment(graph)
    }

    mutating func finding(_ read: StepRead, of target: Int, at reader: Int) -> Diagnostic? {
        guard let node = node(of: read.part) else { return nil }
        let name = read.step
        let steps = context.automation.steps
        if assignment.areSiblings(target, reader) {
            return Diagnostic(
                .siblingRead,
                "`\(name).\(read.part)` is read in a branch that runs at the same time as `\(name)`",
                at: read.span,
                notes: [Note(steps[target].name.span, "this runs beside it")],
                help: "read it behind the step where the branches meet")
        }
        let isCurrent = read.part == StepPartName.current.rawValue
        if isCurrent, nests.mayBeStale(target, at: reader) {
            return Diagnostic(
                .maybeUnassigned,
                "`\(name).current` is read where this turn of the loop may not have run `\(name)`",
                at: read.span, help: "read it as `\(name).?current`")
        }
        if assignment.isAssigned(target, node, at: reader) { return nil }
        if found >= AssignmentCheck.mostPaths {
            return Diagnostic(
                .maybeUnassigned, "`\(name).\(read.part)` is read where `\(name)` may not have run",
                at: read.span,
                help: "read it as `\(name).?\(read.part)`")
        }
        let barred = { [context, graph] from, to in AssignmentCheck.bars(read, from, to, context, graph) }
        guard let path = assignment.path(to: reader, avoiding: target, node, barred: barred) else {
            return nil
        }
        found += 1
        return finding(read, of: target, at: reader, skippedBy: path, isFailure: node == .failed)
    }

    /// A read that a way through the graph comes to without what it reads.
    private func finding(
        _ read: StepRead, of target: Int, at reader: Int, skippedBy path: [Int], isFailure: Bool
    ) -> Diagnostic {
        let name = read.step
        let way = path.map { context.automation.steps[$0].name.text }
        let shown = way.count > 12 ? Array(way.prefix(5)) + ["…"] + way.suffix(6) : way
        let skip = skippingEdge(path, target)
        let notes = [Note(skip.span, "this path skips it: " + shown.joined(separator: " -> "))]
        if isFailure {
            return Diagnostic(
                .maybeUnassigned, "`\(name).error` is read where `\(name)` may not have failed",
                at: read.span, notes: notes,
                help: "read it as `\(name).?error`, or only behind `on_error` of `\(name)`")
        }
        let other = skip.branch.map { ", or send `\($0)` through `\(name)`" } ?? ""
        let message =
            target == reader
            ? "`\(name).\(read.part)` is read in `\(name)` itself, before its first visit has ended"
            : "`\(name).\(read.part)` is read where `\(name)` may not have run"
        return Diagnostic(
            .maybeUnassigned, message, at: read.span, notes: notes,
            help: "read it as `\(guarded(read, of: target))`\(other)")
    }

    /// A read as it is to be written where the step may not have run, with what counts then.
    private func guarded(_ read: StepRead, of target: Int) -> String {
        let part = "\(read.step).?\(read.part)"
        guard read.part == StepPartName.result.rawValue else { return part }
        let path = part + read.fields.map { ".?" + $0 }.joined()
        if read.endsOptional { return path }
        // What fits a value of any type depends on what is done with it: null would not be added to a number.
        return path + ".orValue(\(typeRead(by: read.fields, of: target).emptyValue ?? "…"))"
    }

    /// The type of what is read of a step's result by the fields' names.
    private func typeRead(by fields: [String], of step: Int) -> Type {
        fields.reduce(context.results[step]) { type, field in
            switch type {
            case .record(let record): record[field]?.type ?? .dyn
            case .map(_, let value): value
            case .dyn, .unknown, .null, .bool, .int, .uint, .double, .string, .bytes, .timestamp, .duration,
                .type, .list, .optional, .oneOf, .parameter:
                .dyn
            }
        }
    }

    /// Whether a decision takes that edge only where the part is there.
    private static func bars(
        _ read: StepRead, _ from: Int, _ to: Int, _ context: CheckContext, _ graph: FlowGraph
    ) -> Bool {
        let step = context.automation.steps[from]
        guard step.type == .logicDecision else { return false }
        let collector = ReadCollector(hidden: [])
        let wanted = StepPart(step: read.step, part: read.part)
        var known = Set<StepPart>()
        var leads = false
        for branch in step.branches {
            var here = known
            if case .when(let condition) = branch.condition {
                here.formUnion(collector.implied(condition, true))
                known.formUnion(collector.implied(condition, false))
            }
            guard
                branch.target.names.contains(where: {
                    $0.text == "end" ? to == graph.end : context.stepIndex[$0.text] == to
                })
            else { continue }
            if !here.contains(wanted) { return false }
            leads = true
        }
        return leads
    }

    /// The edge at which a path turns away from the step that it should have passed.
    private func skippingEdge(_ path: [Int], _ target: Int) -> (span: Span, branch: String?) {
        let steps = context.automation.steps
        for (from, to) in zip(path, path.dropFirst()).reversed() {
            let step = steps[from]
            let name = steps[to].name.text
            if step.type == .logicDecision,
                let branch = step.branches.first(where: { $0.target.names.contains { $0.text == name } })
            {
                return (branch.label.span.union(branch.target.span), branch.label.text)
            }
            if case .target(let error) = step.setting(.onError)?.content,
                error.names.contains(where: { $0.text == name })
            {
                return (error.span, nil)
            }
        }
        return (steps[path.last ?? 0].name.span, nil)
    }
}

/// The fields in which a secret may stand, by the types of their steps.
private let placesOfSecrets =
    StepKind.all.compactMap { kind -> String? in
        let names = kind.names(of: .secrets)
        return names.isEmpty ? nil : "\(inWords(names, joiner: "and")) of a \(kind.type.rawValue) step"
    }.joined(separator: ", and into ") + ", and into `\(ToolField.auth)` of a server among `tools`"

@Sendable func checkSecrets(_ context: CheckContext) -> [Diagnostic] {
    var findings: [Diagnostic] = []
    for step in context.automation.steps {
        let allowed = step.kind?.names(of: .secrets) ?? []
        var collector = ReadCollector(hidden: step.eachNames)
        for field in step.fields where !allowed.contains(field.name.text) { collector.collect(field.value) }
        for branch in step.branches {
            if case .when(let condition) = branch.condition { collector.collect(condition, []) }
        }
        if case .each(_, let list) = step.setting(.each)?.content { collector.collect(list, []) }
        // A server of tools is told by them who asks; a model sees nothing of it.
        let sent = (step.writtenTools ?? []).compactMap { tool -> Span? in
            guard case .server = tool.kind else { return nil }
            return tool.fields[ToolField.auth]?.span
        }
        for secret in collector.secrets
        where !sent.contains(where: { $0.start <= secret.span.start && secret.span.end <= $0.end }) {
            findings.append(
                Diagnostic(
                    .secretOutOfPlace,
                    "a secret cannot stand here: it would be kept in the record of `\(step.name.text)`",
                    at: secret.span,
                    help: "secrets go only into \(placesOfSecrets)"))
        }
    }
    return findings
}
