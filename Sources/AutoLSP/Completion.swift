import AutoChecker
import AutoSyntax
import CEL
import Diagnostics
import StepKinds
import Values

/// The numbers of the protocol's CompletionItemKind that are used here.
enum ItemKind: Int64 {
    case method = 2
    case function = 3
    case field = 5
    case variable = 6
    case keyword = 14
    case value = 12
    case structure = 22
    case property = 10
    case file = 17
}

/// What is offered at a place.
struct Item {
    let label: String
    let kind: ItemKind
    var detail = ""
    var documentation = ""
    /// What is written when it is not the label.
    var text: String?
    /// The same with places to fill in, for clients that can.
    var snippet: String?

    /// A function, a method or a macro, with its forms and its documentation.
    static func call(_ name: String, _ kind: ItemKind, detail: String = "") -> Item {
        Item(
            label: name, kind: kind, detail: detail,
            documentation: FunctionDocumentation.of(name)?.markdown ?? "", text: name + "(",
            snippet: Snippets.call(name))
    }
}

func completion(
    _ document: Document, _ offset: Int, _ client: ClientAbilities, _ workspace: Workspace
) -> Value {
    let context = CompletionContext(document.source, at: offset)
    let paths = NamedFilePaths(document, context, workspace)?.rests.map {
        Item(label: $0.path, kind: .file, text: $0.rest)
    }
    let items = paths ?? Completer(document: document, context: context, workspace: workspace).items()
    return .record([
        ("isIncomplete", .bool(false)),
        (
            "items",
            .list(
                items.enumerated().map { number, item in
                    answer(item, number, document.range(context.word), client)
                })
        ),
    ])
}

private func answer(_ item: Item, _ number: Int, _ range: Value, _ client: ClientAbilities) -> Value {
    let snippet = client.snippets ? item.snippet : nil
    let text = snippet ?? item.text ?? item.label
    var fields: [(String, Value)] = [
        ("label", .string(item.label)), ("kind", .int(item.kind.rawValue)),
        ("sortText", .string(String(number).leftPadded(to: 5))),
        ("textEdit", .record([("range", range), ("newText", .string(text))])),
    ]
    if snippet != nil { fields.append(("insertTextFormat", .int(2))) }
    if !item.detail.isEmpty { fields.append(("detail", .string(item.detail))) }
    if !item.documentation.isEmpty {
        fields.append(
            (
                "documentation",
                .record([("kind", .string("markdown")), ("value", .string(item.documentation))])
            ))
    }
    return .record(fields)
}

/// Says what is offered where the cursor stands.
struct Completer {
    let document: Document
    let context: CompletionContext
    let workspace: Workspace
    var model: SemanticModel? { document.model }
    var step: Int? { context.step.flatMap { model?.stepNumber($0) } }
    private var site: ExpressionSite {
        step.map { .step($0) } ?? (context.testWord == nil ? .file : .test)
    }
    /// What a test gives at the place; nil outside of such values.
    private var given: GivenValue? { model.flatMap { GivenValue(context, $0) } }

    func items() -> [Item] {
        switch context.place {
        case .declaration: return declarations
        case .target: return targets
        case .setting: return settings
        case .field(let type): return fields(type)
        case .type: return types
        case .typeName: return typesElsewhere
        case .testEntry:
            return TestWord.allCases.map {
                Item(label: $0.rawValue, kind: .keyword, documentation: $0.documentation)
            }
        case .value(let type, let field): return values(type, field)
        case .text(let type, let field): return texts(type, field)
        case .nowhere: return []
        }
    }

    private var declarations: [Item] {
        DeclarationWord.allCases.map {
            Item(
                label: $0.rawValue, kind: .keyword, documentation: $0.documentation,
                snippet: $0 == .test ? Snippets.test : nil)
        }
            + StepType.allCases.map {
                Item(
                    label: $0.rawValue, kind: .keyword, documentation: StepKind.of($0).summary,
                    snippet: Snippets.step($0))
            }
    }

    private var targets: [Item] {
        let names = model?.automation.steps.filter { $0.type != .start } ?? []
        return names.map { Item(label: $0.name.text, kind: .method, detail: $0.type?.rawValue ?? "") }
            + [Item(label: "end", kind: .keyword, documentation: "The end of the automation.")]
    }

    private var settings: [Item] {
        let present = step.flatMap { model?.automation.steps[$0] }.map { $0.settings.map(\.name.text) } ?? []
        let open = SettingName.allCases.filter { !present.contains($0.rawValue) }
        return [
            Item(
                label: "prompt_template", kind: .keyword, documentation: "What the step does.",
                text: "prompt_template {", snippet: Snippets.template)
        ]
            + open.map {
                Item(
                    label: $0.rawValue, kind: .property, documentation: $0.documentation,
                    text: $0 == .onError ? "on_error -> " : $0.rawValue + ": ")
            }
    }

    private func fields(_ type: StepType?) -> [Item] {
        guard let type else { return [] }
        let present = step.flatMap { model?.automation.steps[$0] }.map { $0.fields.map(\.name.text) } ?? []
        return StepKind.of(type).fields.filter { !present.contains($0.name) }.map {
            Item(
                label: $0.name, kind: .property, detail: $0.isRequired ? "needed" : "",
                documentation: $0.documentation, text: $0.name + ": ")
        }
    }

    private var types: [Item] {
        Words.types.map { Item(label: $0.word, kind: .keyword, documentation: $0.text) }
            + (model?.automation.types ?? []).map {
                Item(label: $0.name.text, kind: .structure, detail: document.source.text($0.span))
            }
    }

    private func values(_ type: StepType?, _ field: String) -> [Item] {
        if let operand = context.before.operand { return members(of: operand) }
        if context.isSetting, let items = settingValues(field) { return items }
        if let items = toolItems(type, field) { return items }
        if context.step == nil, context.path.count == 1, context.beginsKey,
            let areAnswers = areAnswers(field)
        {
            return targets.dropLast() + stepsBehindCalls(areAnswers, behind: nil)
        }
        if let given { return givenItems(given) }
        if type == .restAPI, context.path == [RestAPI.inputs.name], context.beginsKey,
            let inputs = calledInputs
        {
            return inputs
        }
        var items = comparedValues.map {
            Item(
                label: jsonString($0.label), kind: $0.kind, detail: $0.detail, documentation: $0.documentation
            )
        }
        if context.before.isEmpty { items += fieldValues(type, field) }
        if context.before.beginElement, context.path.count == 1, let type {
            items += quotedTexts(type, field)
        }
        items += variables.reversed().map { Item(label: $0.0, kind: .variable, detail: $0.1.text) }
        items += (model?.names(in: site) ?? []).map {
            Item(label: $0.name, kind: .variable, detail: detail($0.type))
        }
        let functions = FunctionTable.standard.names(isMethod: false).filter { !$0.contains("@") }
        return items
            + functions.map { name in
                let form = FunctionSignature.all(name, isMethod: false).first?.label ?? ""
                return .call(name, .function, detail: form)
            }
    }

    /// What a test may give: it is written out, so that no name and no function stands there.
    private func givenItems(_ given: GivenValue) -> [Item] {
        if context.beginsKey {
            return given.keys.map {
                Item(label: $0.name, kind: .property, detail: $0.detail, text: $0.name + ": ")
            }
        }
        guard context.before.isEmpty || context.before.beginElement else { return [] }
        return given.values.map { Item(label: $0, kind: .value) }
    }

    /// Whether a field of a test answers for persons; nil where it speaks for no steps.
    private func areAnswers(_ field: String) -> Bool? {
        switch TestWord(rawValue: field) {
        case .replies: false
        case .answers: true
        case .inputs, .now, .expect, nil: nil
        }
    }

    /// The steps of called automations, as a test names them.
    ///
    /// - Parameter written: what stands of the name in quotes; nil where nothing does.
    private func stepsBehindCalls(_ areAnswers: Bool, behind written: String?) -> [Item] {
        let steps = model?.stepsBehindCalls(areAnswers: areAnswers) ?? []
        return steps.filter { $0.name.hasPrefix(written ?? "") }.map { step in
            Item(
                label: step.name, kind: .method, detail: step.type.rawValue + ", gives " + step.reply,
                text: written.map { String(step.name.dropFirst($0.count)) } ?? jsonString(step.name))
        }
    }

    /// The inputs of the automation that the step calls, those that are not given yet; nil where it calls none.
    private var calledInputs: [Item]? {
        guard let step, let called = model?.called(by: step) else { return nil }
        var given: [String] = []
        if case .record(let fields, _) = model?.automation.steps[step].field(RestAPI.inputs) {
            given = fields.map(\.name.text)
        }
        return called.inputs.filter { !given.contains($0.name) }.map { input in
            Item(
                label: input.name, kind: .property,
                detail: input.type.text + (input.defaultValue == nil ? ", needed" : ""),
                documentation: input.documentation ?? "", text: input.name + ": ")
        }
    }

    /// What a setting takes; nil where it takes whatever one writes.
    private func settingValues(_ name: String) -> [Item]? {
        guard let setting = SettingName(rawValue: name) else { return nil }
        if setting == .retry, context.beginsKey {
            return RetryPart.allCases.map {
                Item(label: $0.rawValue, kind: .property, text: $0.rawValue + ": ")
            }
        }
        if setting == .trust, context.before.beginElement {
            return trustedPaths.map { Item(label: jsonString($0), kind: .field) }
        }
        guard context.before.isEmpty else { return nil }
        var values = UsualValues.of(setting)
        if setting == .retry, context.path.count > 1, let part = RetryPart(rawValue: context.path[1]) {
            values = UsualValues.of(part)
        }
        return values.isEmpty ? nil : values.map { Item(label: $0, kind: .value) }
    }

    /// What a field's value may be as a whole.
    private func fieldValues(_ type: StepType?, _ field: String) -> [Item] {
        guard let type, context.path.count == 1, let known = StepKind.of(type)[field] else { return [] }
        return quotedTexts(type, field) + UsualValues.of(known.kind).map { Item(label: $0, kind: .value) }
    }

    private func quotedTexts(_ type: StepType, _ field: String) -> [Item] {
        knownTexts(type, field).map { Item(label: jsonString($0.label), kind: $0.kind, detail: $0.detail) }
    }

    /// Texts to choose from for a field that takes others, too: models, schedules, zones.
    private func knownTexts(_ type: StepType, _ field: String) -> [Item] {
        if type == .start {
            return UsualValues.ofStart(field).map { Item(label: $0.name, kind: .value, detail: $0.detail) }
        }
        guard field == LLMCall.model.name, StepKind.of(type)[field] != nil else { return [] }
        return document.options.offeredModels(for: type).map {
            Item(label: $0.name, kind: .value, detail: $0.detail)
        }
    }

    /// The variables of the macros around the place, the innermost last.
    private var variables: [(String, Type)] {
        var known: [(String, Type)] = []
        for variable in context.before.variables {
            let type = model?.type(of: variable.text, at: variable.place, in: site, variables: known)
            known.append((variable.name, type ?? .unknown))
        }
        return known
    }

    private func type(of chain: String) -> Type? {
        model?.type(of: chain, in: site, variables: variables)
    }

    /// The values of what is compared where the cursor stands.
    private var comparedValues: [Item] {
        guard let (chain, isElement) = context.before.compared ?? context.comparedBehind,
            let compared = type(of: chain).map(unwrapped)
        else { return [] }
        let isFailure = ["error.kind", "error.?kind"].contains { chain.hasSuffix($0) }
        let values: [String]
        if case .oneOf(let declared) = compared {
            values = declared
        } else if isElement, case .list(.oneOf(let declared)) = compared {
            values = declared
        } else {
            // The code of PYTHON may raise exceptions of its own, so there the kind is any text.
            values = isFailure ? FailureKind.words : []
        }
        return values.map {
            Item(
                label: $0, kind: .value, detail: chain,
                documentation: isFailure ? FailureKind(word: $0).documentation : "")
        }
    }

    private func detail(_ type: Type) -> String {
        guard case .record(let record) = type, record.role == .step else { return type.text }
        return "result: " + (record["result"]?.type.text ?? "")
    }

    private func members(of chain: String) -> [Item] {
        let found = type(of: chain).map { members(of: $0) } ?? []
        return found.isEmpty ? functions(ofGroup: chain) : found
    }

    private func members(of type: Type) -> [Item] {
        switch type {
        case .record(let record):
            return record.fields.map {
                Item(label: $0.name, kind: .field, detail: $0.type.text + ($0.isOptional ? "?" : ""))
            }
        case .optional(let inner):
            return members(of: inner).filter { $0.kind == .field }
                + ["orValue", "hasValue", "value", "optMap", "or"].map { .call($0, .method) }
        case .list:
            let macros = MacroKind.allCases.filter { ![.optMap, .optFlatMap, .bind].contains($0) }
            return macros.map { .call($0.rawValue, .method, detail: "for the elements") } + methods(for: type)
        case .unknown:
            // Nothing is known of it, so that everything would be a guess.
            return []
        case .dyn, .null, .bool, .int, .uint, .double, .string, .bytes, .timestamp, .duration, .type, .map,
            .oneOf, .parameter:
            return methods(for: type)
        }
    }

    private func methods(for type: Type) -> [Item] {
        let table = FunctionTable.standard
        return table.names(isMethod: true).compactMap { name in
            guard
                let overload = table.overloads(name, isMethod: true).first(where: {
                    type.fits($0.parameters[0])
                })
            else { return nil }
            let rest = overload.parameters.dropFirst().map(\.text).joined(separator: ", ")
            return .call(name, .method, detail: "(\(rest)) -> \(overload.result.text)")
        }
    }

    /// Inside quotes: the values of what is compared, or the choices of the field.
    private func texts(_ type: StepType?, _ field: String) -> [Item] {
        if context.step == nil, let areAnswers = areAnswers(field) {
            if !context.before.beginElement, let key = context.quotedKey {
                return stepsBehindCalls(areAnswers, behind: key)
            }
        }
        if let given { return given.texts.map { Item(label: $0, kind: .value) } }
        if let items = toolTexts(type, field) { return items }
        if context.isSetting, let setting = SettingName(rawValue: field) {
            if setting == .trust { return trustedTexts }
            return UsualValues.of(setting).filter { $0.hasPrefix("\"") }.map {
                Item(label: $0.filter { $0 != "\"" }, kind: .value)
            }
        }
        if let type, context.path.count == 1 {
            if case .choice(let values) = StepKind.of(type)[field]?.kind {
                return values.map { Item(label: $0, kind: .value) }
            }
            if comparedValues.isEmpty { return knownTexts(type, field) }
        }
        return comparedValues
    }

    private func unwrapped(_ type: Type) -> Type {
        if case .optional(let inner) = type { inner } else { type }
    }
}
