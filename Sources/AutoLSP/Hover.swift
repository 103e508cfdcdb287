import AutoChecker
import AutoSyntax
import CEL
import Diagnostics
import StepKinds
import Values

func hover(_ document: Document, _ offset: Int) -> Value {
    guard let model = document.model, let (span, text) = hoverText(document, model, offset) else {
        return .null
    }
    return .record([
        ("contents", .record([("kind", .string("markdown")), ("value", .string(text))])),
        ("range", document.range(span)),
    ])
}

private func hoverText(_ document: Document, _ model: SemanticModel, _ offset: Int) -> (Span, String)? {
    func holds(_ span: Span) -> Bool { span.start <= offset && offset <= span.end }
    let automation = model.automation
    for step in automation.steps where holds(step.span) {
        if holds(step.typeSpan), let type = step.type { return (step.typeSpan, stepTypeText(type)) }
        for setting in step.settings where holds(setting.name.span) {
            guard let name = SettingName(rawValue: setting.name.text) else { continue }
            return (setting.name.span, "`\(name.rawValue)`: \(name.documentation)")
        }
        if let found = inputText(step, model, offset) ?? calledText(model, offset) { return found }
        if let type = step.type {
            for field in step.fields where holds(field.name.span) {
                guard let known = StepKind.of(type)[field.name.text] else { continue }
                return (field.name.span, "`\(known.name)` of \(type.rawValue): \(known.documentation)")
            }
        }
    }
    if let found = functionHover(document, model, offset) { return found }
    if let place = model.occurrences.first(where: { holds($0.span) }), let text = symbolText(place, model) {
        return (place.span, text)
    }
    guard let (span, type) = model.expression(at: offset) else { return declarationText(document, offset) }
    return (span, code("\(document.source.text(span)): \(type.text)") + fields(type))
}

/// An input of the automation that a step calls, where the step gives it.
private func inputText(_ step: Step, _ model: SemanticModel, _ offset: Int) -> (Span, String)? {
    guard case .record(let given, _) = step.field(RestAPI.inputs),
        let name = given.map(\.name).first(where: { $0.span.holds(offset) }),
        let called = model.stepNumber(step.name.text).flatMap(model.called(by:)),
        let input = called.inputs.first(where: { $0.name == name.text })
    else { return nil }
    let value = input.defaultValue.map { " = \(JSON.text($0))" } ?? ""
    let about = input.documentation.map { "\n\n\($0)" } ?? ""
    return (
        name.span, code("input \(input.name): \(input.type.text)\(value)") + "\n\nof `\(called.name)`" + about
    )
}

/// The automation whose path a call or a tool names: what it says of itself, takes and gives.
private func calledText(_ model: SemanticModel, _ offset: Int) -> (Span, String)? {
    guard let (span, called) = model.called(at: offset) else { return nil }
    let inputs = called.inputs.map { input in
        let value = input.defaultValue.map { " = \(JSON.text($0))" } ?? ""
        return "input \(input.name): \(input.type.text)\(value)"
    }
    let lines = ["automation \(jsonString(called.name))"] + inputs + ["result \(called.result.text)"]
    let about = called.description.isEmpty ? "" : "\n\n" + called.description
    return (span, code(lines.joined(separator: "\n")) + about)
}

/// What the word is for that begins a declaration.
private func declarationText(_ document: Document, _ offset: Int) -> (Span, String)? {
    let tree = document.tree
    for node in tree.nodes(below: 0) {
        guard case .declaration(let word) = tree.nodes[node].kind, let first = tree.nodes[node].tokens.first
        else { continue }
        let span = tree.tokens[first].span
        if span.start <= offset, offset <= span.end {
            return (span, "`\(word.rawValue)`: \(word.documentation)")
        }
    }
    return nil
}

private func code(_ text: String) -> String { "```auto\n\(text.prefix(400))\n```" }

/// The fields of a record, a line each.
private func fields(_ type: Type) -> String {
    guard case .record(let record) = type, !record.name.isEmpty, record.role == .data else { return "" }
    return "\n" + code("type \(record.name) = \(Type.record(RecordType(fields: record.fields)).text)")
}

private func stepTypeText(_ type: StepType) -> String {
    let kind = StepKind.of(type)
    let lines = kind.fields.map { field in
        let need = kind.need(of: field).words.map { " (\($0))" } ?? ""
        return "- `\(field.name)`\(need): \(field.documentation)"
    }
    return "**\(type.rawValue)**: \(kind.summary)"
        + (lines.isEmpty ? "" : "\n\n" + lines.joined(separator: "\n")) + "\n\n" + code(kind.sample)
}

private func symbolText(_ place: Occurrence, _ model: SemanticModel) -> String? {
    switch place.kind {
    case .step:
        guard let number = model.stepNumber(place.name) else { return nil }
        let step = model.automation.steps[number]
        let result = model.result(of: number)
        let does = step.kind.map { "\n\n" + $0.summary } ?? ""
        return code("\(step.type?.rawValue ?? "?") \(place.name)\n\(place.name).result: \(result.text)")
            + fields(result) + does
    case .input:
        guard let input = model.automation.inputs.first(where: { $0.name.text == place.name }),
            let type = model.inputType(place.name)
        else { return nil }
        return code("input \(place.name): \(type.text)") + (input.documentation.map { "\n\n\($0)" } ?? "")
    case .secret:
        let secret = model.automation.secrets.first { $0.name.text == place.name }
        return code("secret \(place.name)") + "\n\n"
            + (secret?.documentation ?? "Read from the environment variable \(place.name); never in a record.")
    case .type:
        guard let type = model.declaredType(place.name) else { return nil }
        if case .record(let fields, _) = type {
            return code("type \(place.name) = \(DataType.record(fields, name: "").text)")
        }
        return code("type \(place.name) = \(type.text)")
    case .variable:
        guard let (_, type) = model.expression(at: place.span.start), !place.isDeclaration else {
            return code("\(place.name)") + "\n\na variable of `each` or of a macro"
        }
        return code("\(place.name): \(type.text)")
    }
}
