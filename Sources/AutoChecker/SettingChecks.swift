import AutoSyntax
import CEL
import Diagnostics
import StepKinds
import Values

/// Settings: their names, and what is written for them.
@Sendable func checkSettings(_ context: CheckContext) -> [Diagnostic] {
    // What a step of no type may have, nobody knows.
    context.automation.steps.flatMap { step in
        step.settings.filter { step.type != nil || SettingName(rawValue: $0.name.text) != nil }.flatMap {
            setting -> [Diagnostic] in
            guard let name = SettingName(rawValue: setting.name.text) else {
                return unknownSetting(setting, step, context.automation.source).map { [$0] } ?? []
            }
            return settingFindings(name, setting, step)
        }
    }
}

/// How other tools call the number of tries.
private let retryWords: Set<String> = [
    "retries", "max_retries", "maxRetries", "attempts", "max_attempts", "maxAttempts", "tries",
]

/// What to write in the place of what other tools have among the settings of a step, which is called NAME.
private let foreignSettings: [String: String] = byWord(
    [
        (
            ["needs", "depends_on", "dependsOn", "depends", "after", "requires", "wait_for"],
            "leave it out: the step that comes before says so by its edge, `-> NAME`"
        ),
        (
            ["if", "when", "condition", "only_if", "unless", "skip_if"],
            "whether a step runs is decided before it: LOGIC_DECISION check { prompt_template { yes: when … -> NAME, no: else -> end } }"
        ),
        (
            Array(eachWords),
            "write `each: item in …`, and read `item` in its fields"
        ),
        (["env", "environment"], "declare `secret TOKEN`, and read it as `secrets.TOKEN` in a header"),
        (
            ["parallel", "concurrency", "max_concurrency", "maxConcurrency", "batch_size", "workers"],
            "how many elements of `each` are worked on at the same time is said by `at_once: 4`"
        ),
        (["name", "id", "label"], "the step's name stands behind its type: `NAME`"),
        (
            ["type", "uses", "kind", "action"],
            "the step's type stands before its name, as in `LLM_CALL NAME`"
        ),
    ])

private func unknownSetting(_ setting: Setting, _ step: Step, _ source: SourceText) -> Diagnostic? {
    let name = setting.name
    if let type = step.type, StepKind.of(type)[name.text] != nil {
        return step.template == nil
            ? strayField(setting, step, source)
            : Diagnostic(
                .unknownSetting, "`\(name.text)` is a field, no setting of the step", at: name.span,
                help: "move it into prompt_template { … }", fix: moved(setting, of: step, source))
    }
    if retryWords.contains(name.text) {
        return Diagnostic(
            .unknownSetting, "there is no setting `\(name.text)`", at: name.span,
            help: "write for example `retry: { attempts: 3 }`")
    }
    if let help = foreignSettings[name.text] {
        return Diagnostic(
            .unknownSetting, "there is no setting `\(name.text)`", at: name.span,
            help: help.replacing("NAME", with: step.name.text))
    }
    let names = SettingName.allCases.map(\.rawValue) + ["prompt_template"]
    let near = nearestName(to: name.text, in: names)
    if near == nil, let type = step.type, let field = fieldSynonyms[name.text],
        StepKind.of(type)[field] != nil
    {
        // With fields beside it the mend of those takes it along.
        let isAlone = step.template == nil && step.strayFields.isEmpty && step.strangers.count == 1
        return Diagnostic(
            .unknownSetting, "there is no setting `\(name.text)`", at: name.span,
            help: "\(type.rawValue) has the field `\(field)`: write prompt_template { \(field): … }",
            fix: isAlone ? wrapped([setting], of: step, source) : nil)
    }
    return Diagnostic(
        .unknownSetting, "there is no setting `\(name.text)`", at: name.span,
        help: near.map { "did you mean `\($0)`?" } ?? "there are \(inWords(names, joiner: "and"))",
        fix: near.map { FixIt(span: name.span, replacement: $0) })
}

/// A field that stands among the settings, moved into the `prompt_template` behind it; nil where that stands before it.
private func moved(_ setting: Setting, of step: Step, _ source: SourceText) -> FixIt? {
    guard let word = step.template, word.start >= setting.span.end,
        let open = source.bytes[word.end...].firstIndex(of: UInt8(ascii: "{"))
    else { return nil }
    let isBlank = { (byte: UInt8) in byte == 0x20 || byte == 0x09 }
    let between = source.bytes[setting.span.end...open].drop {
        isBlank($0) || [0x0A, 0x0D, 0x2C].contains($0)
    }
    let behind = source.bytes[(open + 1)...].drop(while: isBlank)
    let field = source.text(setting.span)
    let indent = String(repeating: " ", count: source.position(at: word.start).column + 1)
    let isWhole = behind.first == 0x0A || behind.first == 0x0D
    let isEmpty = behind.first == UInt8(ascii: "}")
    return FixIt(
        span: Span(setting.span.start, open + 1),
        replacement: String(decoding: between, as: UTF8.self)
            + (isWhole ? "\n\(indent)\(field)" : " \(field)\(isEmpty ? "" : ",")"))
}

/// A field of a step that has no `prompt_template`: of several the first is told, and the mend is for all that stand
/// together behind it.
private func strayField(_ setting: Setting, _ step: Step, _ source: SourceText) -> Diagnostic? {
    let strays = step.strayFields
    guard strays.first?.name == setting.name, let last = strays.last else { return nil }
    let names = inWords(strays.map(\.name.text), joiner: "and")
    let all = step.settings.filter { one in (strays + step.strangers).contains { $0.name == one.name } }
    let (start, end) = (all.first?.span.start ?? setting.span.start, all.last?.span.end ?? last.span.end)
    let areTogether = step.settings.allSatisfy { other in
        other.span.start < start || other.span.end > end || all.contains { $0.name == other.name }
    }
    return Diagnostic(
        .unknownSetting,
        strays.count == 1
            ? "\(names) is a field, no setting of the step" : "\(names) are fields, no settings of the step",
        at: setting.name.span, help: "put prompt_template { … } around \(strays.count == 1 ? "it" : "them")",
        fix: areTogether ? wrapped(all, of: step, source) : nil)
}

/// Settings that stand together, put into a `prompt_template` under the names that the step's type has for them.
private func wrapped(_ settings: [Setting], of step: Step, _ source: SourceText) -> FixIt? {
    guard let first = settings.first, let last = settings.last else { return nil }
    let place = Span(first.span.start, last.span.end)
    var text = ""
    var from = place.start
    for setting in settings {
        text += String(decoding: source.bytes[from..<setting.name.span.start], as: UTF8.self)
        text += step.field(meantBy: setting) ?? setting.name.text
        from = setting.name.span.end
    }
    text += String(decoding: source.bytes[from..<place.end], as: UTF8.self)
    return FixIt(span: place, replacement: "prompt_template { \(text) }")
}

private func settingFindings(_ name: SettingName, _ setting: Setting, _ step: Step) -> [Diagnostic] {
    let value: FieldValue? = if case .value(let value) = setting.content { value } else { nil }
    switch name {
    case .result: return resultFindings(setting, step)
    case .timeout: return timeoutFindings(value, setting)
    case .retry:
        guard case .record(let fields, _) = value else { return [retryByCount(value, setting)] }
        return fields.flatMap(retryFindings)
    case .maxVisits:
        return countFindings(value, setting, example: 10)
    case .atOnce:
        let findings = countFindings(value, setting, example: 4)
        return findings.isEmpty
            ? needsEach(setting, step, "says how many elements run at a time") : findings
    case .onFailed:
        let words = OnFailed.allCases.map { "\"\($0.rawValue)\"" }
        guard let value, let word = literalValue(value)?.asText, OnFailed(rawValue: word) != nil else {
            return bad("`on_failed` is \(inWords(words))", "write on_failed: \"drop\"", setting.span)
        }
        return needsEach(setting, step, "says what becomes of the other elements")
    case .cache: return cacheFindings(value, setting, step)
    case .trust:
        guard step.trustedFields == nil else { return [] }
        return bad(
            "`trust` is a list of the fields that may hold text from outside",
            "write for example trust: [\"body.note\"]", setting.span)
    case .onError:
        guard case .target = setting.content else {
            return bad("`on_error` names a step", "write on_error -> step", setting.span)
        }
        return []
    case .each:
        guard let type = step.type, type == .start || type == .logicDecision else { return [] }
        return bad(
            "\(type.rawValue) runs once, it takes no `each`",
            "put `each` on the step that works on the elements", setting.name.span)
    }
}

private func cacheFindings(_ value: FieldValue?, _ setting: Setting, _ step: Step) -> [Diagnostic] {
    guard case .expression(let expression) = value, case .literal(.bool(let isOn)) = expression.kind else {
        return bad("`cache` is true or false", "write cache: true", setting.span)
    }
    guard isOn, step.given.has(RestAPI.automation) else { return [] }
    return bad(
        "`cache` keeps nothing of a call: what is called is run each time",
        "leave it out, and write `cache: true` on the steps of what is called", setting.name.span)
}

private func countFindings(_ value: FieldValue?, _ setting: Setting, example: Int) -> [Diagnostic] {
    if let value, let count = wholeNumber(value), count >= 1 { return [] }
    let name = setting.name.text
    return bad(
        "`\(name)` is a whole number from 1", "write for example \(name): \(example)", setting.span)
}

private func bad(_ message: String, _ help: String, _ span: Span) -> [Diagnostic] {
    [Diagnostic(.badSetting, message, at: span, help: help)]
}

private func resultFindings(_ setting: Setting, _ step: Step) -> [Diagnostic] {
    guard let type = step.type, !StepKind.of(type).takesResult, case .type(let node) = setting.content
    else { return [] }
    return [
        Diagnostic(
            .wrongResultType,
            "\(type.rawValue) gives \(StepKind.of(type).gives), so it takes no `result`",
            at: node.span, help: "leave `result` out; shape the value in a DATA_TRANSFORM")
    ]
}

private func timeoutFindings(_ value: FieldValue?, _ setting: Setting) -> [Diagnostic] {
    if let value, (nanoseconds(value) ?? 0) > 0 { return [] }
    if let value, let seconds = wholeNumber(value), seconds > 0 {
        // What it counts is a guess, though the likely one.
        return [
            Diagnostic(
                .badSetting, "`timeout` is a duration, and says what it counts", at: setting.span,
                help: "write for example timeout: \(seconds)s",
                fix: FixIt(span: value.span, replacement: "\(seconds)s", isSafe: false))
        ]
    }
    let quoted = value.flatMap { literalValue($0)?.asText }.flatMap(durationText)
    return [
        Diagnostic(
            .badSetting, "`timeout` is a duration", at: setting.span,
            help: quoted.map { "leave the quotes out: timeout: \($0)" } ?? "write for example timeout: 30s",
            fix: quoted.flatMap { text in value.map { FixIt(span: $0.span, replacement: text) } })
    ]
}

/// `retry: 3`, a record in any case.
private func retryByCount(_ value: FieldValue?, _ setting: Setting) -> Diagnostic {
    let count = value.flatMap(wholeNumber).flatMap { (1...100).contains($0) ? $0 : nil }
    let mend = "{ attempts: \(count ?? 3), first_delay: 1s }"
    return Diagnostic(
        .badSetting, "`retry` is a record", at: setting.span, help: "write retry: \(mend)",
        fix: count.flatMap { _ in value.map { FixIt(span: $0.span, replacement: mend) } })
}

/// A setting that speaks of the elements of `each`, which must be there.
private func needsEach(_ setting: Setting, _ step: Step, _ words: String) -> [Diagnostic] {
    if step.hasEach { return [] }
    let name = setting.name
    return [
        Diagnostic(
            .atOnceWithoutEach, "`\(name.text)` \(words), but there is no `each`", at: name.span,
            help: "add each: item in list, or leave `\(name.text)` out")
    ]
}

private func retryFindings(_ field: Field) -> [Diagnostic] {
    let name = field.name
    switch RetryPart(rawValue: name.text) {
    case .attempts:
        guard let count = wholeNumber(field.value), (1...100).contains(count) else {
            return bad(
                "`attempts` is a whole number from 1 to 100", "write attempts: 3", field.value.span)
        }
    case .firstDelay, .maxDelay:
        guard nanoseconds(field.value) != nil else {
            return bad("`\(name.text)` is a duration", "write \(name.text): 1s", field.value.span)
        }
    case .factor:
        guard let factor = number(field.value), factor >= 1 else {
            return bad("`factor` is a number from 1", "write factor: 2", field.value.span)
        }
    case nil:
        let names = RetryPart.allCases.map(\.rawValue)
        let near = otherRetryWords[name.text]?.rawValue ?? nearestName(to: name.text, in: names)
        if near == RetryPart.factor.rawValue, number(field.value) == nil {
            return bad(
                "`retry` has no `\(name.text)`",
                "each pause is `factor` times as long as the one before: write factor: 2, or leave it out",
                field.name.span.union(field.value.span))
        }
        return [
            Diagnostic(
                .unknownSetting, "`retry` has no `\(name.text)`", at: name.span,
                help: near.map { "did you mean `\($0)`?" } ?? "it has \(inWords(names, joiner: "and"))",
                fix: near.map { FixIt(span: name.span, replacement: $0) })
        ]
    }
    return []
}

/// How other tools call the parts of `retry`.
private let otherRetryWords: [String: RetryPart] = byWord(
    [
        (Array(retryWords) + ["max", "count", "times", "limit"], .attempts),
        (
            ["delay", "initial_delay", "initialDelay", "interval", "initial_interval", "wait", "min_delay"],
            .firstDelay
        ),
        (["backoff", "multiplier", "backoff_factor", "backoff_rate", "backoffRate"], .factor),
        (["maxDelay", "max_interval", "maxInterval", "max_wait", "cap"], .maxDelay),
    ])

/// A text that is a duration but for its quotes.
private func durationText(_ text: String) -> String? {
    guard let expression = try? parseExpression(SourceText(name: "", text: text), dialect: .automation),
        case .literal(.duration) = expression.kind
    else { return nil }
    return text
}

extension Step {
    /// Settings by which people who come from other tools mean fields.
    var strangers: [Setting] { settings.filter { field(meantBy: $0) != nil } }

    /// The field that a setting by another tool's name means; nil for any other.
    fileprivate func field(meantBy setting: Setting) -> String? {
        let name = setting.name.text
        guard let type, SettingName(rawValue: name) == nil, StepKind.of(type)[name] == nil,
            let field = fieldSynonyms[name], StepKind.of(type)[field] != nil
        else { return nil }
        return field
    }

    /// Fields that stand among the settings.
    var strayFields: [Setting] {
        guard let type else { return [] }
        return settings.filter {
            SettingName(rawValue: $0.name.text) == nil && StepKind.of(type)[$0.name.text] != nil
        }
    }
}
