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
            unused(entry, step, changes: changes, tainted.map(\.path), context)
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
    _ entry: TrustedField, _ step: Step, changes: Bool, _ tainted: [String], _ context: CheckContext
) -> Diagnostic? {
    // What a model asks a tool for is known only when it asks.
    if step.type == .llmCall, step.given.has(LLMCall.tools) { return nil }
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
