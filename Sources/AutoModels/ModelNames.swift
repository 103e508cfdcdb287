import AutoChecker
import AutoRuntime
import Diagnostics
import StepKinds

/// Who is asked for a model, and by which name.
enum AskedModel: Sendable {
    case builtin
    case at(Provider, model: String)
}

extension ModelSettings {
    /// The model that a name means, where it may be `default`.
    func meaning(of name: String) -> String { name == DefaultModels.word ? nameOfDefault : name }

    /// What `model: "default"` means: what is set, else the small model of the first provider whose key is
    /// set, else the model of a server of one's own, else `builtin`.
    package var nameOfDefault: String {
        if let model = defaultModel, model != DefaultModels.word { return model }
        let openAI = provider(named: "openai")
        let small = KnownProvider.named("openai")?.usualModel ?? ""
        if let openAI, openAI.key != nil { return openAI.asksItsMaker ? "openai/" + small : small }
        let anthropic = provider(named: "anthropic")
        if let anthropic, anthropic.key != nil || anthropic.token != nil { return anthropic.usualName }
        // Servers of one's own often want no key.
        if let openAI, openAI.isConfigured { return openAI.asksItsMaker ? "openai/" + small : small }
        return providers.first { $0.isConfigured && ($0.hasWhatItNeeds || $0.namesKey && !$0.base.isEmpty) }?
            .usualName ?? DefaultModels.local
    }

    /// Finds the provider of a model.
    ///
    /// The part before a slash is a provider, of the settings or known. Else the maker of the model is asked,
    /// or the only one who is set up. A server of one's own at OPENAI_BASE_URL knows its models by the names
    /// that are written, whatever stands before the slash: `openai/gpt-oss-20b` at Groq, `anthropic/claude-x`
    /// at OpenRouter.
    ///
    /// - Parameter name: as `meaning` gives it.
    /// - Throws: kind `no_key` where nobody can be asked, `model` where several could be meant.
    func asked(for name: String) throws(StepFailure) -> AskedModel {
        if name == DefaultModels.local { return .builtin }
        let own = provider(named: "openai").flatMap { $0.isConfigured && !$0.asksItsMaker ? $0 : nil }
        if let slash = name.firstIndex(of: "/"), let named = provider(named: String(name[..<slash])) {
            let bare = String(name[name.index(after: slash)...])
            if named.name == "openai" {
                return .at(try ready(named, name), model: named.asksItsMaker ? bare : name)
            }
            if own == nil || named.isConfigured { return .at(try ready(named, name), model: bare) }
        }
        if let maker = knownProviders.first(where: { $0.makes(name) }).flatMap({ provider(named: $0.name) }),
            maker.isConfigured || own == nil && !othersServe
        {
            return .at(try ready(maker, name), model: name)
        }
        return .at(try ready(try only(name, own), name), model: name)
    }

    /// Finds who is asked for an embedding model; one whose name says nothing is asked of OpenAI, or of the
    /// server at OPENAI_BASE_URL, which may want no key.
    ///
    /// - Throws: as `asked` does.
    func askedToEmbed(_ name: String) throws(StepFailure) -> AskedModel {
        let start = name.split(separator: "/").first.map(String.init) ?? name
        let isOfAnother = provider(named: start)?.isConfigured ?? false
        guard let openAI = provider(named: "openai"), openAI.isConfigured, !openAI.asksItsMaker,
            name != DefaultModels.local, !isOfAnother
        else { return try asked(for: name) }
        return .at(openAI, model: name)
    }

    /// Whether anybody is set up who serves models of others.
    private var othersServe: Bool { providers.contains { $0.isConfigured && $0.servesAny } }

    /// The only provider that may have a model whose maker is not asked.
    private func only(_ name: String, _ own: Provider?) throws(StepFailure) -> Provider {
        let serving = providers.filter { $0.isConfigured && $0.servesAny }
        // What a variable alone has set up does not compete with the server that OPENAI_BASE_URL names.
        let meant = own.map { own in serving.filter { $0.name == own.name || isOfSettings($0) } } ?? serving
        if meant.count == 1 { return meant[0] }
        if meant.count > 1 {
            let names = meant.map { "\($0.name)/\(name)" }
            throw StepFailure(
                .model,
                "several providers may have the model `\(name)`: write \(inWords(names, quoted: "\""))")
        }
        if let openAI = provider(named: "openai"), openAI.isConfigured { return openAI }
        if let first = providers.first(where: \.isConfigured) { return first }
        guard let openAI = provider(named: "openai") else { throw noKey(name, nil) }
        return openAI
    }

    /// The provider, when it can be asked.
    private func ready(_ provider: Provider, _ model: String) throws(StepFailure) -> Provider {
        if provider.hasWhatItNeeds { return provider }
        if provider.base.isEmpty {
            let variable = provider.known?.baseVariable.map { " or set \($0)" } ?? ""
            throw StepFailure(
                .noKey,
                "the model `\(model)` needs to know where \(provider.title) is asked: write `base` in [provider.\(provider.name)] of autorun.toml\(variable)"
            )
        }
        throw noKey(model, provider.keyVariable)
    }

    private func noKey(_ model: String, _ variable: String?) -> StepFailure {
        StepFailure(
            .noKey,
            "the model `\(model)` needs a key: set \(variable ?? "OPENAI_API_KEY") (or OPENAI_BASE_URL for a server of your own), or write model: \"builtin\""
        )
    }
}

extension Provider {
    /// The name of its model where the settings name none; `NAME/default` is the only one that it has.
    var usualName: String { "\(name)/\(known?.usualModel ?? DefaultModels.word)" }
}
