import AutoSyntax
import CEL
import Diagnostics
import StepKinds
import Values

/// A list of models that names none, or holds what is no name.
func badModels(_ step: Step) -> [Diagnostic] {
    guard case .expression(let value) = step.field(LLMCall.model.name), case .list(let items) = value.kind
    else { return [] }
    let help = "write for example model: [\"gpt-6-luna\", \"builtin\"]"
    guard !items.isEmpty else {
        return [Diagnostic(.badSetting, "the list `model` names no model", at: value.span, help: help)]
    }
    return items.compactMap { item in
        guard case .literal(let literal) = item.value.kind, literal.asText == nil else { return nil }
        return Diagnostic(
            .badSetting, "a model's name is a text, found \(JSON.text(literal))", at: item.value.span,
            help: help)
    }
}

/// Fields that the provider of the model cannot be told, so that the step would fail.
///
/// They are warnings: who sets OPENAI_BASE_URL may ask another server for a model of this name.
func fieldsOfOtherProviders(_ step: Step, _ options: CheckOptions) -> [Diagnostic] {
    let isWritten = step.field(LLMCall.model.name) != nil
    let names = isWritten ? step.writtenModels : [(DefaultModels.word, step.name.span)]
    guard let model = names.first(where: { options.kind(ofModel: $0.name) == .anthropic }) else { return [] }
    let label = isWritten ? "the model" : "the model that the settings name is meant"
    return step.fields.compactMap { field in
        guard LLMCall.unknownToAnthropic.contains(where: { $0.name == field.name.text }) else { return nil }
        if case .null = literalValue(field.value) { return nil }
        var finding = Diagnostic(
            .badSetting, "Anthropic, whose `\(model.name)` is asked, knows no `\(field.name.text)`",
            at: field.name.span, notes: [Note(model.span, label)],
            help: "leave `\(field.name.text)` out, or name a model of another provider")
        finding.severity = .warning
        return finding
    }
}

/// Fields that the maker of the model refuses with this model, so that the step would fail.
///
/// They are warnings: makers change what they take, and others may serve a model of this name.
func fieldsThatModelsRefuse(_ step: Step, _ options: CheckOptions) -> [Diagnostic] {
    let isWritten = step.field(LLMCall.model.name) != nil
    let names = isWritten ? step.writtenModels : [(DefaultModels.word, step.name.span)]
    for (name, span) in names {
        guard let model = options.modelOfMaker(name) else { continue }
        let label = isWritten ? "the model" : "the model that the settings name is `\(model.name)`"
        let found = refusedFields(step, model).map { field, what in
            var finding = Diagnostic(
                .badSetting, "`\(model.name)` takes \(what)", at: field.name.span,
                notes: [Note(span, label)],
                help: "leave `\(field.name.text)` out, or name a model that takes it")
            finding.severity = .warning
            return finding
        }
        if !found.isEmpty { return found }
    }
    return []
}

/// The fields of a step that a model refuses, with what it takes in words.
private func refusedFields(_ step: Step, _ model: KnownModel) -> [(field: Field, what: String)] {
    func written(_ name: String) -> Field? {
        step.field(name).flatMap { value in
            if case .null = literalValue(value) { return nil }
            return step.fields.first { $0.name.text == name }
        }
    }
    let sampling = [LLMCall.temperature.name, LLMCall.topP.name].compactMap(written)
    var refused: [(field: Field, what: String)] = []
    switch model.sampling {
    case .free: break
    case .one:
        if sampling.count > 1 {
            refused.append(
                (sampling[1], "`\(sampling[0].name.text)` or `\(sampling[1].name.text)`, not both"))
        }
    case .usual:
        // What is computed may be 1.
        for field in sampling {
            guard let value = literalValue(field.value), value.asDouble != 1 else { continue }
            refused.append((field, "no `\(field.name.text)` but 1"))
        }
    case .none: refused += sampling.map { ($0, "no `\($0.name.text)`") }
    }
    if !model.takesReasoning, let field = written(LLMCall.reasoning.name) {
        refused.append((field, "no `reasoning`"))
    }
    return refused
}

extension CheckOptions {
    /// The model that a name means where its maker is asked; nil where another may be, or it is not known.
    fileprivate func modelOfMaker(_ name: String) -> KnownModel? {
        let name = name == DefaultModels.word ? defaultModel ?? name : name
        let maker: KnownProvider?
        if let slash = name.firstIndex(of: "/") {
            let provider = String(name[..<slash])
            maker = KnownProvider.named(provider).flatMap {
                $0.makes(String(name[name.index(after: slash)...])) ? $0 : nil
            }
        } else {
            maker = knownProviders.first { $0.makes(name) }
        }
        // Who has given it another address asks somebody else.
        guard let maker, providers[maker.name]?.base == nil else { return nil }
        return exactModel(name)
    }

    /// The language in which a model of this name is asked, as far as the settings and the name tell.
    func kind(ofModel name: String) -> ProviderSettings.Kind? {
        let name = name == DefaultModels.word ? defaultModel ?? name : name
        if let slash = name.firstIndex(of: "/") {
            let provider = String(name[..<slash])
            if let own = providers[provider]?.kind { return own }
            if let known = KnownProvider.named(provider) { return known.settings.kind }
        }
        return knownProviders.first { $0.makes(name) }?.settings.kind
    }
}
