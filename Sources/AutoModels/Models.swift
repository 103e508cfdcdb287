package import AutoRuntime
import CEL
import StepKinds
import Values

/// What is known of the models before any is asked.
package struct ModelSettings: Sendable {
    package var openAIKey: String?
    package var openAIBase: String?
    package var anthropicKey: String?
    package var anthropicBase: String?
    /// What `autorun.toml` says "default" is.
    package var defaultModel: String?

    package init(environment: [String: String], defaultModel: String?) {
        func set(_ name: String) -> String? { environment[name].flatMap { $0.isEmpty ? nil : $0 } }
        openAIKey = set(ModelSettings.openAIVariable)
        openAIBase = set("OPENAI_BASE_URL")
        anthropicKey = set(ModelSettings.anthropicVariable)
        anthropicBase = set("ANTHROPIC_BASE_URL")
        self.defaultModel = defaultModel
    }

    /// The keys, by the names of their variables: as secret as any that an automation declares.
    package var secrets: [String: String] {
        var secrets: [String: String] = [:]
        secrets[ModelSettings.openAIVariable] = openAIKey
        secrets[ModelSettings.anthropicVariable] = anthropicKey
        return secrets
    }

    static let openAIVariable = "OPENAI_API_KEY"
    static let anthropicVariable = "ANTHROPIC_API_KEY"

    /// Where OpenAI's models and embeddings are asked for, unless OPENAI_BASE_URL says otherwise.
    package static let openAIAddress = "https://api.openai.com/v1"

    /// The model that a name means, where it may be `default`.
    func meaning(of name: String) -> String { name == DefaultModels.word ? nameOfDefault : name }

    /// What `model: "default"` means: what is set, else the first provider whose key is set, else what a
    /// server of one's own answers for, else `builtin`.
    package var nameOfDefault: String {
        if let model = defaultModel, model != "default" { return model }
        if openAIKey != nil { return "openai/gpt-4o-mini" }
        if anthropicKey != nil { return "anthropic/claude-3-5-haiku-latest" }
        // Servers of one's own often want no key.
        if openAIBase != nil { return "openai/gpt-4o-mini" }
        return "builtin"
    }
}

/// Finds the provider of a model's name and asks it.
package struct Models: ModelProvider {
    private let settings: ModelSettings
    private let openAI: OpenAIModels
    private let anthropic: AnthropicModels
    private let builtin: any ModelProvider
    private let masker: Masker

    /// - Parameter clock: tells how far off a date in `Retry-After` is.
    package init(
        settings: ModelSettings, client: any HTTPClient, builtin: any ModelProvider, clock: any Clock
    ) {
        self.settings = settings
        masker = Masker(settings.secrets)
        openAI = OpenAIModels(
            client: client, base: settings.openAIBase ?? ModelSettings.openAIAddress, key: settings.openAIKey,
            masker: masker, clock: clock)
        anthropic = AnthropicModels(
            client: client, base: settings.anthropicBase ?? "https://api.anthropic.com",
            key: settings.anthropicKey, masker: masker, clock: clock)
        self.builtin = builtin
    }

    /// - Throws: a failure whose message holds no key, whatever the provider answered.
    package func reply(to request: ModelRequest) async throws(StepFailure) -> String {
        do throws(StepFailure) { return try await ask(request) } catch { throw masker.mask(error) }
    }

    /// Who is asked for a model.
    private enum Provider {
        case builtin
        case openAI
        case anthropic
    }

    package func identity(of model: String) -> String {
        let (provider, name) = resolved(settings.meaning(of: model))
        return switch provider {
        case .builtin: builtin.identity(of: name)
        case .openAI: openAI.identity(of: name)
        case .anthropic: anthropic.identity(of: name)
        }
    }

    /// The provider of a model, and the name that it has there.
    private func resolved(_ name: String) -> (Provider, name: String) {
        if name == "builtin" { return (.builtin, name) }
        if name.hasPrefix("anthropic/") { return (.anthropic, String(name.dropFirst("anthropic/".count))) }
        if name.hasPrefix("claude"), settings.anthropicKey != nil { return (.anthropic, name) }
        return (.openAI, name.hasPrefix("openai/") ? String(name.dropFirst("openai/".count)) : name)
    }

    private func ask(_ request: ModelRequest) async throws(StepFailure) -> String {
        var request = request
        let meant = settings.meaning(of: request.model)
        let (provider, name) = resolved(meant)
        request.model = name
        switch provider {
        case .builtin: return try await builtin.reply(to: request)
        case .anthropic:
            guard settings.anthropicKey != nil else { throw noKey(meant, ModelSettings.anthropicVariable) }
            return try await anthropic.reply(to: request)
        case .openAI:
            // Servers of one's own often want no key.
            guard settings.openAIKey != nil || settings.openAIBase != nil else {
                throw noKey(
                    meant,
                    meant.hasPrefix("claude")
                        ? ModelSettings.anthropicVariable : ModelSettings.openAIVariable)
            }
            return try await openAI.reply(to: request)
        }
    }

    private func noKey(_ model: String, _ variable: String) -> StepFailure {
        StepFailure(
            .noKey,
            "the model `\(model)` needs a key: set \(variable) (or OPENAI_BASE_URL for a server of your own), or write model: \"builtin\""
        )
    }
}

extension ModelRequest {
    /// Says what was used; where the provider does not, four bytes count as a token.
    func use(_ input: Int?, _ output: Int?, _ reply: String) {
        let asked = messages.reduce(0) { $0 + JSON.text($1).utf8.count }
        onUsage(
            ModelUsage(model: model, input: input ?? asked / 4, output: output ?? reply.utf8.count / 4))
    }
}

/// Tells somebody what each reply used.
package struct CountedModels: ModelProvider {
    private let inner: any ModelProvider
    private let usage: UsageListener

    package init(_ inner: any ModelProvider, _ usage: @escaping UsageListener) {
        self.inner = inner
        self.usage = usage
    }

    package func reply(to request: ModelRequest) async throws(StepFailure) -> String {
        var request = request
        request.onUsage = usage
        return try await inner.reply(to: request)
    }

    package func identity(of model: String) -> String { inner.identity(of: model) }
}
