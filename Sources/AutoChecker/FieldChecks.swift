import AutoSyntax
import CEL
import Diagnostics
import StepKinds
import Values

@Sendable func checkFields(_ context: CheckContext) -> [Diagnostic] {
    context.automation.steps.flatMap { step -> [Diagnostic] in
        guard let type = step.type else { return [] }
        return FieldCheck(
            step: step, kind: StepKind.of(type), lenient: context.hasSyntaxErrors,
            source: context.automation.source
        ).findings()
    }
}

private struct FieldCheck {
    let step: Step
    let kind: StepKind
    /// Whether the file has syntax errors: then a missing field may be one that could not be read.
    let lenient: Bool
    let source: SourceText

    private var type: StepType { kind.type }

    func findings() -> [Diagnostic] {
        var findings = step.fields.compactMap(unknown)
        if step.template == nil, type != .start {
            if !lenient, step.strayFields.isEmpty, step.strangers.isEmpty { findings.append(missingBlock()) }
            return findings
        }
        if !lenient { findings += missing() }
        findings += conflicts()
        findings += ownHeaders()
        if type == .logicDecision { findings += decision() }
        return findings
    }

    private func unknown(_ field: Field) -> Diagnostic? {
        guard kind[field.name.text] == nil else { return nil }
        let name = field.name.text
        if type == .logicDecision {
            return Diagnostic(
                .unknownField, "the branch `\(name)` has no `->`", at: field.name.span,
                help: stepNamed(field.value).map {
                    "write `\(name): else -> \($0)`, or `\(name): when CONDITION -> \($0)`"
                }
                    ?? "write `\(name): when CONDITION -> step` or `\(name): else -> step`")
        }
        if let other = meant(name), step.fields.contains(where: { $0.name.text == other }) {
            return Diagnostic(
                .unknownField, "\(type.rawValue) has no field `\(name)`", at: field.name.span,
                help: "`\(other)` is there already: leave one of the two out")
        }
        if SettingName(rawValue: name) != nil {
            return Diagnostic(
                .unknownField, "`\(name)` is a setting, no field of prompt_template", at: field.name.span,
                help: "move it out of the prompt_template block, beside it")
        }
        let names = kind.fields.map(\.name)
        let near = meant(name)
        return Diagnostic(
            .unknownField, "\(type.rawValue) has no field `\(name)`", at: field.name.span,
            help: near.map { "did you mean `\($0)`?" } ?? foreignFields[name]
                ?? (names.isEmpty ? "it has no fields" : "it has \(inWords(names, joiner: "and"))"),
            fix: near.map { FixIt(span: field.name.span, replacement: $0) })
    }

    /// The step that a value names, and nothing else.
    private func stepNamed(_ value: FieldValue) -> String? {
        guard case .expression(let expression) = value, case .name(let name, _) = expression.kind else {
            return nil
        }
        return name
    }

    /// The field that an unknown name most likely means.
    private func meant(_ name: String) -> String? {
        let names = kind.fields.map(\.name)
        return nearestName(to: name, in: names)
            ?? fieldSynonyms[name].flatMap { names.contains($0) ? $0 : nil }
    }

    private func missingBlock() -> Diagnostic {
        let example = kind.fields.first.map { " \($0.name): … " } ?? " "
        let inside = type == .logicDecision ? " label: when CONDITION -> step " : example
        return Diagnostic(
            .missingBlock, "`\(step.name.text)` has no prompt_template",
            at: step.typeSpan.union(step.name.span),
            help: "write { prompt_template {\(inside)} } behind it")
    }

    private func missing() -> [Diagnostic] {
        var findings: [Diagnostic] = []
        // What is there by a wrong name is told there.
        let misnamed = Set(
            step.fields.filter { kind[$0.name.text] == nil }.compactMap { meant($0.name.text) })
        for field in kind.fields
        where field.isRequired && step.field(field.name) == nil && !misnamed.contains(field.name) {
            findings.append(
                Diagnostic(
                    .missingField, "\(type.rawValue) needs `\(field.name)`: \(field.documentation)",
                    at: step.template ?? step.name.span,
                    help: "add \(field.name): …"))
        }
        for group in kind.groups
        where group.needsOne
            && !group.names.contains(where: { step.field($0) != nil || misnamed.contains($0) })
        {
            findings.append(
                Diagnostic(
                    .missingField, "\(type.rawValue) needs \(inWords(group.names))",
                    at: step.template ?? step.name.span,
                    help: "add \(group.names[0]): …"))
        }
        return findings
    }

    private func conflicts() -> [Diagnostic] {
        var findings: [Diagnostic] = []
        for group in kind.groups where group.excludes {
            let given = step.fields.filter { group.names.contains($0.name.text) }
            guard given.count > 1, given[0].name.text != given[1].name.text else { continue }
            findings.append(
                Diagnostic(
                    .conflictingFields,
                    "`\(given[0].name.text)` and `\(given[1].name.text)` exclude each other",
                    at: given[1].name.span,
                    notes: [Note(given[0].name.span, "the first stands here")], help: "leave one of them out")
            )
        }
        return findings + kind.companions.compactMap(lonely)
    }

    /// Headers that the request sets itself.
    private func ownHeaders() -> [Diagnostic] {
        kind.names(of: .header).flatMap { name -> [Diagnostic] in
            guard case .record(let headers, _) = step.field(name) else { return [] }
            return headers.filter { kind.ownHeaders.contains($0.name.text.lowercased()) }.map { header in
                Diagnostic(
                    .conflictingFields, "the request sets `\(header.name.text)` itself",
                    at: header.name.span, help: "leave it out")
            }
        }
    }

    /// A field that stands without the one that it goes with.
    private func lonely(_ companion: Companion) -> Diagnostic? {
        guard let field = step.fields.first(where: { $0.name.text == companion.name }),
            step.field(companion.other) == nil, companion.instead.flatMap(step.field) == nil
        else { return nil }
        switch companion.bond {
        case .meaningless:
            return Diagnostic(
                .conflictingFields, "`\(companion.name)` goes with `\(companion.other)`", at: field.name.span,
                help: "leave it out, or add \(companion.other): \"…\"")
        case .unable:
            guard !lenient else { return nil }
            return Diagnostic(
                .missingField, "`\(companion.name)` needs `\(companion.other)` to work on",
                at: field.value.span, help: "add \(companion.other): …")
        }
    }

    private func decision() -> [Diagnostic] {
        if step.branches.isEmpty {
            guard !lenient, step.fields.allSatisfy({ kind[$0.name.text] != nil }) else { return [] }
            return [
                Diagnostic(
                    .missingField, "LOGIC_DECISION needs at least one branch",
                    at: step.template ?? step.name.span, help: "add label: when CONDITION -> step")
            ]
        }
        let asks = step.field(LogicDecision.question) != nil
        var findings: [Diagnostic] = []
        for branch in step.branches {
            switch (branch.condition, asks) {
            case (.when, false), (.otherwise, false), (.label, true): continue
            case (.label, false) where ["default", "otherwise", "else"].contains(branch.label.text):
                findings.append(withoutElse(branch.label))
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
        return findings
    }

    /// `default: -> step`.
    private func withoutElse(_ label: Name) -> Diagnostic {
        let colon = source.bytes[label.span.end...].firstIndex(of: UInt8(ascii: ":")).map {
            Span($0 + 1, $0 + 1)
        }
        return Diagnostic(
            .missingField, "the branch `\(label.text)` has no condition", at: label.span,
            help: "write `\(label.text): else -> …`", fix: colon.map { FixIt(span: $0, replacement: " else") }
        )
    }
}

/// What is said elsewhere than in a field that other tools have for it.
private let foreignFields: [String: String] = byWord(
    [
        (
            ["response_format", "json_schema", "output_schema"],
            "the form of a reply is the step's setting `result`: result: { title: text, tags: list<text> }"
        ),
        (["stream"], "leave it out: what a model writes is shown as it comes"),
        (["api_key"], "leave it out: keys are read from the environment, such as OPENAI_API_KEY"),
        (["base_url"], "leave it out: providers stand in autorun.toml, or in OPENAI_BASE_URL"),
    ])

/// What people write who come from other tools.
let fieldSynonyms = [
    "prompt": "user", "input": "user", "text": "user", "instructions": "system", "endpoint": "url",
    "uri": "url",
    "params": "query", "data": "body", "json": "body", "script": "code", "selector": "select",
    "question": "message",
    "content": "message", "limit": "top_k", "k": "top_k", "docs": "documents", "expression": "value",
    "pattern": "regex",
    "options": "choices", "systemPrompt": "system", "system_prompt": "system", "userPrompt": "user",
    "user_prompt": "user",
]
