import AutoSyntax
import CEL
import Diagnostics
import StepKinds
import Values

/// Names that no step, element or variable can have, since they stand for something else wherever an expression is.
package let reservedNames: Set<String> = ["end", "inputs", "secrets", "session"]

@Sendable func checkHeader(_ context: CheckContext) -> [Diagnostic] {
    // Of a name that cannot be read, its own mistake is told.
    guard !context.automation.hasHeader else { return [] }
    return [
        Diagnostic(
            .missingHeader, "the file does not say its automation's name", at: Span(0, 0),
            help: "begin it with: automation \"What it does\"")
    ]
}

@Sendable func checkNames(_ context: CheckContext) -> [Diagnostic] {
    let automation = context.automation
    var findings =
        duplicates("input", automation.inputs.map(\.name))
        + duplicates("secret", automation.secrets.map(\.name))
    findings +=
        duplicates("type", automation.types.map(\.name)) + duplicates("step", automation.steps.map(\.name))
    findings += duplicates("test", automation.tests.map(\.name))
    for step in automation.steps where reservedNames.contains(step.name.text) {
        findings.append(
            Diagnostic(
                .reservedName, "`\(step.name.text)` is reserved, a step cannot have that name",
                at: step.name.span, help: "choose another name"))
    }
    for type in automation.types where DataType.names.contains(type.name.text) {
        findings.append(
            Diagnostic(
                .reservedName, "`\(type.name.text)` is a type of the language already", at: type.name.span,
                help: "choose another name"))
    }
    findings += automation.steps.flatMap { takenLabels($0, automation.source) }
    return findings + shadowing(context)
}

/// Labels that the API's form of a step has another meaning for: its labels, settings and declarations stand in one place
/// there, and the way of a failure is the transition `error`.
private func takenLabels(_ step: Step, _ source: SourceText) -> [Diagnostic] {
    let settings = Set(step.settings.map(\.name.text))
    let labels = Set(step.branches.map(\.label.text))
    return step.branches.compactMap { branch in
        let label = branch.label.text
        let isReserved = label == "error" || label == "type" || label == "declarations"
        guard isReserved || settings.contains(label) else { return nil }
        let other = label + "_branch"
        return Diagnostic(
            .reservedName,
            isReserved
                ? "`\(label)` is reserved, a branch cannot have that label"
                : "`\(label)` is a setting of this step, and cannot be a label too",
            at: branch.label.span, help: "choose another label, such as `\(other)`",
            fix: labels.contains(other) || isSeen(branch, of: step, source)
                ? nil : FixIt(span: branch.label.span, replacement: other))
    }
}

/// Whether somebody may see a branch's label: the model that chooses it, or who reads the step.
private func isSeen(_ branch: Branch, of step: Step, _ source: SourceText) -> Bool {
    if case .label = branch.condition { return true }
    return source.bytes.firstRange(of: Array((step.name.text + ".").utf8)) != nil
}

private func duplicates(_ kind: String, _ names: [Name]) -> [Diagnostic] {
    var first: [String: Name] = [:]
    return names.compactMap { name in
        guard let earlier = first[name.text] else {
            first[name.text] = name
            return nil
        }
        return Diagnostic(
            .duplicateName, "the \(kind) `\(name.text)` is declared twice", at: name.span,
            notes: [Note(earlier.span, "it is declared here already")], help: "rename one of them")
    }
}

private func shadowing(_ context: CheckContext) -> [Diagnostic] {
    var findings: [Diagnostic] = []
    for step in context.automation.steps {
        findings += hiddenByInput(step, context)
        let elements = step.eachNames
        // The list of `each` is read before there is an element.
        if case .each(_, let list) = step.setting(.each)?.content {
            findings += shadowingVariables(list, [], context)
        }
        for field in step.fields {
            field.value.forEachExpression { findings += shadowingVariables($0, elements, context) }
        }
        for branch in step.branches {
            if case .when(let condition) = branch.condition {
                findings += shadowingVariables(condition, elements, context)
            }
        }
        guard case .each(let variables, _) = step.setting(.each)?.content else { continue }
        for variable in variables {
            if reservedNames.contains(variable.text) {
                findings.append(
                    Diagnostic(
                        .reservedName, "`\(variable.text)` is reserved", at: variable.span,
                        help: "choose another name for the element"))
            } else if let other = context.stepIndex[variable.text] {
                findings.append(
                    Diagnostic(
                        .shadowedName, "`\(variable.text)` hides the step of that name in here",
                        at: variable.span,
                        notes: [Note(context.automation.steps[other].name.span, "the step")],
                        help: "choose another name for the element"))
            }
        }
        if variables.count == 2, variables[0].text == variables[1].text {
            findings.append(
                Diagnostic(.duplicateName, "index and element have the same name", at: variables[1].span))
        }
    }
    return findings
}

/// A step of the name `input`, which the `value` of a DATA_TRANSFORM cannot read: there it is what that works on.
private func hiddenByInput(_ step: Step, _ context: CheckContext) -> [Diagnostic] {
    guard step.type == .dataTransform, DataTransform.namesInput(step.given),
        let other = context.stepIndex[DataTransform.input.name],
        let field = step.fields.first(where: { $0.name.text == DataTransform.value.name })
    else { return [] }
    return [
        Diagnostic(
            .shadowedName, "`input` is what this step works on, and hides the step of that name in here",
            at: field.name.span, notes: [Note(context.automation.steps[other].name.span, "the step")],
            help: "choose another name for the step")
    ]
}

/// Variables of macros that hide a step, or the element of an `each`.
private func shadowingVariables(_ expression: Expression, _ elements: [String], _ context: CheckContext)
    -> [Diagnostic]
{
    var findings: [Diagnostic] = []
    expression.walk { part in
        guard case .macro(let macro) = part.kind else { return }
        for variable in macro.variables {
            let hidden: (what: String, span: Span)?
            if elements.contains(variable.name) {
                hidden = ("the element of that name", variable.span)
            } else if let step = context.stepIndex[variable.name] {
                hidden = ("the step of that name", context.automation.steps[step].name.span)
            } else {
                hidden = nil
            }
            guard let hidden else { continue }
            findings.append(
                Diagnostic(
                    .shadowedName, "`\(variable.name)` hides \(hidden.what) in here", at: variable.span,
                    notes: hidden.span == variable.span ? [] : [Note(hidden.span, "the step")],
                    help: "choose another name for the variable"))
        }
    }
    return findings
}
