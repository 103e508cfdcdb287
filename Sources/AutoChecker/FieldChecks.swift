import AutoSyntax
import CEL
import Diagnostics
import Values

@Sendable func checkFields(_ context: CheckContext) -> [Diagnostic] {
    context.automation.steps.flatMap { step -> [Diagnostic] in
        guard let type = step.type else { return [] }
        return FieldCheck(
            step: step, type: type, schema: StepSchema.of(type), lenient: context.hasSyntaxErrors
        ).findings()
    }
}

private struct FieldCheck {
    let step: Step
    let type: StepType
    let schema: StepSchema
    /// With syntax errors about, a missing field may be one that could not be read.
    let lenient: Bool

    func findings() -> [Diagnostic] {
        var findings = step.fields.compactMap(unknown)
        if step.template == nil, type != .start {
            if !lenient { findings.append(missingBlock()) }
            return findings
        }
        if type == .start, let template = step.template, !step.fields.isEmpty, findings.isEmpty {
            findings.append(
                Diagnostic(.unknownField, "START has no fields", at: template, help: "leave its block out"))
        }
        if !lenient { findings += missing() }
        findings += conflicts()
        if type == .logicDecision { findings += decision() }
        return findings
    }

    private func unknown(_ field: Field) -> Diagnostic? {
        guard schema[field.name.text] == nil else { return nil }
        let name = field.name.text
        if type == .logicDecision {
            return Diagnostic(
                .unknownField, "the branch `\(name)` has no `->`", at: field.name.span,
                help: "write `\(name): when CONDITION -> step` or `\(name): else -> step`")
        }
        if SettingName(rawValue: name) != nil {
            return Diagnostic(
                .unknownField, "`\(name)` is a setting, no field of prompt_template", at: field.name.span,
                help: "move it out of the prompt_template block, beside it")
        }
        let names = schema.fields.map(\.name)
        let near =
            nearestName(to: name, in: names) ?? synonyms[name].flatMap { names.contains($0) ? $0 : nil }
        return Diagnostic(
            .unknownField, "\(type.rawValue) has no field `\(name)`", at: field.name.span,
            help: near.map { "did you mean `\($0)`?" }
                ?? (names.isEmpty ? "it has no fields" : "it has \(inWords(names, joiner: "and"))"),
            fix: near.map { FixIt(span: field.name.span, replacement: $0) })
    }

    private func missingBlock() -> Diagnostic {
        let example = schema.fields.first.map { " \($0.name): … " } ?? " "
        let inside = type == .logicDecision ? " label: when CONDITION -> step " : example
        return Diagnostic(
            .missingBlock, "`\(step.name.text)` has no prompt_template",
            at: step.typeSpan.union(step.name.span),
            help: "write { prompt_template {\(inside)} } behind it")
    }

    private func missing() -> [Diagnostic] {
        var findings: [Diagnostic] = []
        for field in schema.fields where field.isRequired && step.field(field.name) == nil {
            findings.append(
                Diagnostic(
                    .missingField, "\(type.rawValue) needs `\(field.name)`: \(field.documentation)",
                    at: step.template ?? step.name.span,
                    help: "add \(field.name): …"))
        }
        for group in schema.oneOf where !group.contains(where: { step.field($0) != nil }) {
            findings.append(
                Diagnostic(
                    .missingField, "\(type.rawValue) needs \(inWords(group))",
                    at: step.template ?? step.name.span,
                    help: "add \(group[0]): …"))
        }
        return findings
    }

    private func conflicts() -> [Diagnostic] {
        var groups = schema.oneOf
        if type == .restAPI { groups.append(["body", "form"]) }
        var findings: [Diagnostic] = []
        for group in groups {
            let given = step.fields.filter { group.contains($0.name.text) }
            guard given.count > 1, given[0].name.text != given[1].name.text else { continue }
            findings.append(
                Diagnostic(
                    .conflictingFields,
                    "`\(given[0].name.text)` and `\(given[1].name.text)` exclude each other",
                    at: given[1].name.span,
                    notes: [Note(given[0].name.span, "the first stands here")], help: "leave one of them out")
            )
        }
        let needsRegex = ["replace", "all"]
        if type == .dataTransform, step.field("regex") == nil {
            for field in step.fields where needsRegex.contains(field.name.text) {
                findings.append(
                    Diagnostic(
                        .conflictingFields, "`\(field.name.text)` goes with `regex`", at: field.name.span,
                        help: "leave it out, or add regex: \"…\""))
            }
        }
        if type == .dataTransform, step.field("input") == nil, !lenient,
            let program = step.field("jq") ?? step.field("regex")
        {
            let name = step.field("jq") == nil ? "regex" : "jq"
            findings.append(
                Diagnostic(
                    .missingField, "`\(name)` needs an `input` to work on", at: program.span,
                    help: "add input: …"))
        }
        return findings
    }

    private func decision() -> [Diagnostic] {
        if step.branches.isEmpty {
            guard !lenient, step.fields.allSatisfy({ schema[$0.name.text] != nil }) else { return [] }
            return [
                Diagnostic(
                    .missingField, "LOGIC_DECISION needs at least one branch",
                    at: step.template ?? step.name.span, help: "add label: when CONDITION -> step")
            ]
        }
        let asks = step.field("question") != nil
        var findings: [Diagnostic] = []
        for branch in step.branches {
            switch (branch.condition, asks) {
            case (.when, false), (.otherwise, false), (.label, true): continue
            case (.label, false):
                findings.append(
                    Diagnostic(
                        .missingField, "the branch `\(branch.label.text)` has no condition",
                        at: branch.label.span,
                        help:
                            "write `\(branch.label.text): when CONDITION -> …`, or add a `question` for a model to decide"
                    ))
            case (.when, true), (.otherwise, true):
                findings.append(
                    Diagnostic(
                        .conflictingFields,
                        "the model picks among the labels, so `\(branch.label.text)` takes no condition",
                        at: branch.label.span,
                        help: "write `\(branch.label.text): -> …`, or leave the `question` out"))
            }
        }
        if let model = step.fields.first(where: { $0.name.text == "model" }), !asks {
            findings.append(
                Diagnostic(
                    .conflictingFields, "`model` goes with `question`", at: model.name.span,
                    help: "leave it out, or add question: \"…\""))
        }
        return findings
    }
}

/// What people write who come from other tools.
private let synonyms = [
    "prompt": "user", "input": "user", "text": "user", "instructions": "system", "endpoint": "url",
    "uri": "url",
    "params": "query", "data": "body", "json": "body", "script": "code", "selector": "select",
    "question": "message",
    "content": "message", "limit": "top_k", "k": "top_k", "docs": "documents", "expression": "value",
    "pattern": "regex",
    "options": "choices",
]

@Sendable func checkSettings(_ context: CheckContext) -> [Diagnostic] {
    context.automation.steps.flatMap { step in
        step.settings.flatMap { setting -> [Diagnostic] in
            guard let name = SettingName(rawValue: setting.name.text) else {
                return [unknownSetting(setting, step)]
            }
            return settingFindings(name, setting, step)
        }
    }
}

private func unknownSetting(_ setting: Setting, _ step: Step) -> Diagnostic {
    let name = setting.name
    if let type = step.type, StepSchema.of(type)[name.text] != nil {
        return Diagnostic(
            .unknownSetting, "`\(name.text)` is a field, no setting of the step", at: name.span,
            help: "move it into prompt_template { … }")
    }
    let names = SettingName.allCases.map(\.rawValue) + ["prompt_template"]
    let near = nearestName(to: name.text, in: names)
    if near == nil, let type = step.type, let field = synonyms[name.text], StepSchema.of(type)[field] != nil {
        return Diagnostic(
            .unknownSetting, "there is no setting `\(name.text)`", at: name.span,
            help: "\(type.rawValue) has the field `\(field)`: write prompt_template { \(field): … }")
    }
    return Diagnostic(
        .unknownSetting, "there is no setting `\(name.text)`", at: name.span,
        help: near.map { "did you mean `\($0)`?" } ?? "there are \(inWords(names, joiner: "and"))",
        fix: near.map { FixIt(span: name.span, replacement: $0) })
}

private func settingFindings(_ name: SettingName, _ setting: Setting, _ step: Step) -> [Diagnostic] {
    func bad(_ message: String, _ help: String, _ span: Span) -> [Diagnostic] {
        [Diagnostic(.badSetting, message, at: span, help: help)]
    }
    let value: FieldValue? = if case .value(let value) = setting.content { value } else { nil }
    switch name {
    case .result:
        guard let type = step.type, !StepSchema.of(type).takesResult, case .type(let node) = setting.content
        else { return [] }
        return [
            Diagnostic(
                .wrongResultType, "\(type.rawValue) gives \(ownResultInWords(type)), so it takes no `result`",
                at: node.span, help: "leave `result` out; shape the value in a DATA_TRANSFORM")
        ]
    case .timeout:
        guard let value, (nanoseconds(value) ?? 0) > 0 else {
            let quoted = value.flatMap { literalValue($0)?.asText }.flatMap(durationText)
            return [
                Diagnostic(
                    .badSetting, "`timeout` is a duration", at: setting.span,
                    help: quoted.map { "leave the quotes out: timeout: \($0)" }
                        ?? "write for example timeout: 30s",
                    fix: quoted.flatMap { text in value.map { FixIt(span: $0.span, replacement: text) } })
            ]
        }
        return []
    case .retry:
        guard case .record(let fields, _) = value else {
            return bad("`retry` is a record", "write retry: { attempts: 3, first_delay: 1s }", setting.span)
        }
        return fields.flatMap(retryFindings)
    case .maxVisits:
        guard let value, let count = wholeNumber(value), count >= 1 else {
            return bad(
                "`max_visits` is a whole number from 1", "write for example max_visits: 10", setting.span)
        }
        return []
    case .atOnce:
        guard let value, let count = wholeNumber(value), count >= 1 else {
            return bad("`at_once` is a whole number from 1", "write for example at_once: 4", setting.span)
        }
        if step.setting(.each) == nil {
            return [
                Diagnostic(
                    .atOnceWithoutEach,
                    "`at_once` says how many elements run at a time, but there is no `each`",
                    at: setting.name.span, help: "add each: item in list, or leave `at_once` out")
            ]
        }
        return []
    case .onFailed:
        let words = OnFailed.allCases.map { "\"\($0.rawValue)\"" }
        guard let value, let word = literalValue(value)?.asText, OnFailed(rawValue: word) != nil else {
            return bad("`on_failed` is \(inWords(words))", "write on_failed: \"drop\"", setting.span)
        }
        if step.hasEach { return [] }
        return [
            Diagnostic(
                .atOnceWithoutEach,
                "`on_failed` says what becomes of the other elements, but there is no `each`",
                at: setting.name.span, help: "add each: item in list, or leave `on_failed` out")
        ]
    case .cache:
        guard case .expression(let expression) = value, case .literal(.bool) = expression.kind else {
            return bad("`cache` is true or false", "write cache: true", setting.span)
        }
        return []
    case .onError:
        guard case .target = setting.content else {
            return bad("`on_error` names a step", "write on_error -> step", setting.span)
        }
        return []
    case .each:
        if let type = step.type, type == .start || type == .logicDecision {
            return [
                Diagnostic(
                    .badSetting, "\(type.rawValue) runs once, it takes no `each`", at: setting.name.span,
                    help: "put `each` on the step that works on the elements")
            ]
        }
        return []
    }
}

private func ownResultInWords(_ type: StepType) -> String {
    switch type {
    case .start: "an empty text"
    case .logicDecision: "the label taken"
    case .embeddingSearch: "a list of { text, score, source, index }"
    case .llmCall, .getUserInput, .restAPI, .webScrape, .python, .textToJSON, .dataTransform: "its own value"
    }
}

private func retryFindings(_ field: Field) -> [Diagnostic] {
    func bad(_ message: String, _ help: String) -> [Diagnostic] {
        [Diagnostic(.badSetting, message, at: field.value.span, help: help)]
    }
    switch field.name.text {
    case "attempts":
        guard let count = wholeNumber(field.value), (1...100).contains(count) else {
            return bad("`attempts` is a whole number from 1 to 100", "write attempts: 3")
        }
    case "first_delay", "max_delay":
        guard nanoseconds(field.value) != nil else {
            return bad("`\(field.name.text)` is a duration", "write \(field.name.text): 1s")
        }
    case "factor":
        guard let factor = number(field.value), factor >= 1 else {
            return bad("`factor` is a number from 1", "write factor: 2")
        }
    default:
        let names = ["attempts", "first_delay", "factor", "max_delay"]
        let near = nearestName(to: field.name.text, in: names)
        return [
            Diagnostic(
                .unknownSetting, "`retry` has no `\(field.name.text)`", at: field.name.span,
                help: near.map { "did you mean `\($0)`?" } ?? "it has \(inWords(names, joiner: "and"))",
                fix: near.map { FixIt(span: field.name.span, replacement: $0) })
        ]
    }
    return []
}

/// A text that is a duration but for its quotes.
private func durationText(_ text: String) -> String? {
    guard let expression = try? parseExpression(SourceText(name: "", text: text), dialect: .automation),
        case .literal(.duration) = expression.kind
    else { return nil }
    return text
}

// Constants as settings write them.

func literalValue(_ value: FieldValue) -> Value? {
    guard case .expression(let expression) = value, case .literal(let literal) = expression.kind else {
        return nil
    }
    return literal
}

func wholeNumber(_ value: FieldValue) -> Int? {
    if case .int(let int) = literalValue(value) { Int(int) } else { nil }
}

func number(_ value: FieldValue) -> Double? { literalValue(value)?.asDouble }

func nanoseconds(_ value: FieldValue) -> Int64? {
    guard case .duration(let duration) = literalValue(value), duration.seconds < 9_000_000_000 else {
        return nil
    }
    return duration.seconds * 1_000_000_000 + duration.nanoseconds
}
