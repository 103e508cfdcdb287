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

extension CheckOptions {
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
