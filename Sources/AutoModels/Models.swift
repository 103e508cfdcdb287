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

    /// What `model: "default"` means: what is set, else the first provider whose key is set, else `builtin`.
    package var nameOfDefault: String {
        if let model = defaultModel, model != "default" { return model }
        if openAIKey != nil { return "openai/gpt-4o-mini" }
        if anthropicKey != nil { return "anthropic/claude-3-5-haiku-latest" }
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

    private func ask(_ request: ModelRequest) async throws(StepFailure) -> String {
        var request = request
        if request.model == "default" { request.model = settings.nameOfDefault }
        let name = request.model
        if name == "builtin" { return try await builtin.reply(to: request) }
        if name.hasPrefix("anthropic/") || (name.hasPrefix("claude") && settings.anthropicKey != nil) {
            request.model = name.hasPrefix("anthropic/") ? String(name.dropFirst("anthropic/".count)) : name
            guard settings.anthropicKey != nil else { throw noKey(name, ModelSettings.anthropicVariable) }
            return try await anthropic.reply(to: request)
        }
        if name.hasPrefix("openai/") { request.model = String(name.dropFirst("openai/".count)) }
        // Servers of one's own often want no key.
        guard settings.openAIKey != nil || settings.openAIBase != nil else {
            throw noKey(
                name,
                name.hasPrefix("claude") ? ModelSettings.anthropicVariable : ModelSettings.openAIVariable)
        }
        return try await openAI.reply(to: request)
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
}
