import AutoSyntax
import CEL
import Diagnostics
import StepKinds
import Values

/// Text from outside in what changes something, and `trust`, which names where it may be.
@Sendable func checkUntrusted(_ context: CheckContext) -> [Diagnostic] {
    let isEnforced = context.options.trust.isEnforced
    let trusting = context.automation.steps.contains { $0.setting(.trust) != nil }
    guard isEnforced || trusting else { return [] }
    let flow = TaintFlow(context)
    return context.automation.steps.indices.flatMap { number -> [Diagnostic] in
        let step = context.automation.steps[number]
        let trusted = step.trustedFields ?? []
        let changes = context.changesOutside(number)
        guard changes || !trusted.isEmpty else { return [] }
        var typer = context.typer(for: number)
        let tainted = flow.taintedFields(of: number, &typer)
        var findings = trusted.compactMap { entry in
            step.type == .llmCall && step.given.has(LLMCall.tools)
                ? unusedByTools(entry, step, number, context)
                : unused(entry, step, changes: changes, tainted.map(\.path))
        }
        guard changes, isEnforced else { return findings }
        for field in tainted where !trusted.contains(where: { covers($0.path, field.path) }) {
            // What the run was started with may be its owner's own words.
            if field.isGivenToRun, context.options.trust.trustsClients { continue }
            findings.append(untrusted(field, step, trusted))
        }
        return findings
    }
}

private func untrusted(_ field: TaintedField, _ step: Step, _ trusted: [TrustedField]) -> Diagnostic {
    let paths = (trusted.map(\.path) + [field.path]).map(jsonString).joined(separator: ", ")
    var finding = Diagnostic(
        .untrusted,
        "text from \(field.taint.origin) goes into `\(field.path)` of `\(step.name.text)`, which changes something outside",
        at: field.span, notes: [field.taint.note(to: step.name.text)],
        help:
            "give it a type that has no room for instructions (int, number, bool, one_of), or trust the field: "
            + "trust: [\(paths)]")
    // At a terminal, inputs are the words of whoever runs it: only a client's would be refused.
    finding.severity = field.isGivenToRun ? .warning : .error
    return finding
}

private func unused(
    _ entry: TrustedField, _ step: Step, changes: Bool, _ tainted: [String]
) -> Diagnostic? {
    if changes, tainted.contains(where: { covers(entry.path, $0) || covers($0, entry.path) }) { return nil }
    let name = String(entry.path.prefix { $0 != "." })
    let fields = step.fields.map(\.name.text)
    let why: String
    var help = "leave it out"
    if !changes {
        why = "`\(step.name.text)` changes nothing outside, so it has nothing to trust"
    } else if !fields.contains(name) {
        why = "`trust` names `\(entry.path)`, but `\(step.name.text)` has no field `\(name)`"
        if let near = nearestName(to: name, in: fields) { help = "did you mean `\(near)`?" }
    } else {
        why = "`trust` names `\(entry.path)`, but no text from outside goes there"
    }
    return Diagnostic(.unusedTrust, why, at: entry.span, help: help)
}

/// What a model asks a tool for is known only when it asks, but not what it can ask for: `trust` names a tool, or a tool
/// and one of its arguments.
private func unusedByTools(
    _ entry: TrustedField, _ step: Step, _ number: Int, _ context: CheckContext
) -> Diagnostic? {
    guard let tools = step.writtenTools else { return nil }
    let parts = entry.path.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
    let automations = context.toolAutomations(number)
    guard let tool = automations.first(where: { toolName(of: $0.name) == parts[0] }) else {
        return namesNoTool(entry, step, tools, automations)
    }
    var help = "leave it out"
    let why: String
    let input = parts.count > 1 ? tool.inputs.first { $0.name == parts[1] } : nil
    if parts.count > 1, input == nil {
        why = "`trust` names `\(entry.path)`, but `\(parts[0])` has no input `\(parts[1])`"
        if let near = nearestName(to: parts[1], in: tool.inputs.map(\.name)) {
            help = "did you mean `\(parts[0]).\(near)`?"
        }
    } else if !tool.changesOutside {
        // What it calls may lead back to this file, and is not known then.
        guard automations.allSatisfy({ $0.automation != nil }) else { return nil }
        why = "`\(parts[0])` changes nothing outside, so it has nothing to trust"
    } else if let input, input.type.expressionType.hasNoRoomForText {
        why = "`trust` names `\(entry.path)`, whose type has no room for text from outside"
    } else {
        return nil
    }
    return Diagnostic(.unusedTrust, why, at: entry.span, help: help)
}

/// - Returns: nil where it may name a tool that the file does not show.
private func namesNoTool(
    _ entry: TrustedField, _ step: Step, _ tools: [WrittenTool], _ automations: [CalledAutomation]
) -> Diagnostic? {
    let name = String(entry.path.prefix { $0 != "." })
    var shown = 0
    for tool in tools {
        switch tool.kind {
        // What a server offers is known when it is asked.
        case .server, .unknown: return nil
        case .declared(let declared):
            if declared?.text == name || declared == nil { return nil }
        case .automation: shown += 1
        }
    }
    // One that cannot be read has a finding of its own.
    guard shown == automations.count else { return nil }
    let near = nearestName(to: name, in: automations.map { toolName(of: $0.name) })
    return Diagnostic(
        .unusedTrust, "`trust` names `\(entry.path)`, but no tool of `\(step.name.text)` is called `\(name)`",
        at: entry.span,
        help: near.map { "did you mean `\($0)\(entry.path.dropFirst(name.count))`?" } ?? "leave it out")
}
