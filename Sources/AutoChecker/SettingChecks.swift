import AutoSyntax
import CEL
import Diagnostics
import StepKinds
import Values

/// Settings: their names, and what is written for them.
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
    if let type = step.type, StepKind.of(type)[name.text] != nil {
        return Diagnostic(
            .unknownSetting, "`\(name.text)` is a field, no setting of the step", at: name.span,
            help: "move it into prompt_template { … }")
    }
    let names = SettingName.allCases.map(\.rawValue) + ["prompt_template"]
    let near = nearestName(to: name.text, in: names)
    if near == nil, let type = step.type, let field = fieldSynonyms[name.text],
        StepKind.of(type)[field] != nil
    {
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
        guard let type = step.type, !StepKind.of(type).takesResult, case .type(let node) = setting.content
        else { return [] }
        return [
            Diagnostic(
                .wrongResultType,
                "\(type.rawValue) gives \(StepKind.of(type).gives), so it takes no `result`",
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
