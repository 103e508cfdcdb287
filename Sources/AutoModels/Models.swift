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
        let small = asksOpenAI ? "openai/gpt-4o-mini" : "gpt-4o-mini"
        if openAIKey != nil { return small }
        if anthropicKey != nil { return "anthropic/claude-haiku-4-5" }
        // Servers of one's own often want no key.
        if openAIBase != nil { return small }
        return "builtin"
    }

    /// Whether OPENAI_BASE_URL leaves it at OpenAI's own servers, or those that Azure runs for it.
    var asksOpenAI: Bool {
        guard let base = openAIBase else { return true }
        return ["api.openai.com", ".openai.azure.com"].contains { base.contains($0) }
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

    /// - Returns: the model's name with the place where it is asked for.
    package func identity(of model: String) -> String {
        let (provider, name) = resolved(settings.meaning(of: model))
        return switch provider {
        case .builtin: builtin.identity(of: name)
        case .openAI: openAI.identity(of: name)
        case .anthropic: anthropic.identity(of: name)
        }
    }

    /// The provider of a model, and the name that it has there.
    ///
    /// A server of one's own knows its models by the names that are written, whatever stands before the slash:
    /// `openai/gpt-oss-20b` at Groq, `anthropic/claude-sonnet-4.5` at OpenRouter.
    private func resolved(_ name: String) -> (Provider, name: String) {
        if name == "builtin" { return (.builtin, name) }
        if let bare = name.behind("anthropic/"), settings.anthropicKey != nil || settings.openAIBase == nil {
            return (.anthropic, bare)
        }
        if name.hasPrefix("claude"), settings.anthropicKey != nil { return (.anthropic, name) }
        return (.openAI, settings.asksOpenAI ? name.behind("openai/") ?? name : name)
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
            do throws(StepFailure) { return try await openAI.reply(to: request) } catch {
                // Other servers have OpenAI's models under the names that OpenAI gives them.
                guard error.kind == .model, let bare = name.behind("openai/") else { throw error }
                request.model = bare
                return try await openAI.reply(to: request)
            }
        }
    }

    private func noKey(_ model: String, _ variable: String) -> StepFailure {
        StepFailure(
            .noKey,
            "the model `\(model)` needs a key: set \(variable) (or OPENAI_BASE_URL for a server of your own), or write model: \"builtin\""
        )
    }
}

extension String {
    /// What stands behind a beginning; nil for a text that begins otherwise.
    fileprivate func behind(_ start: String) -> String? {
        hasPrefix(start) ? String(dropFirst(start.count)) : nil
    }
}

extension ModelRequest {
    /// Says what was used; where the provider does not, four bytes count as a token.
    func use(_ input: Int?, _ output: Int?, _ reply: String, of provider: String) {
        let asked = messages.reduce(0) { $0 + JSON.text($1).utf8.count }
        onCall(
            ModelCall(
                provider: provider, model: model,
                tokens: ModelCall.Tokens(
                    input: input ?? asked / 4, output: output ?? reply.utf8.count / 4,
                    areEstimated: input == nil || output == nil)))
    }
}

/// Tells somebody what each reply used.
package struct CountedModels: ModelProvider {
    private let inner: any ModelProvider
    private let listen: ModelCallListener

    package init(_ inner: any ModelProvider, _ listen: @escaping ModelCallListener) {
        self.inner = inner
        self.listen = listen
    }

    /// - Throws: what the models within throw; what such a reply used is told all the same.
    package func reply(to request: ModelRequest) async throws(StepFailure) -> String {
        var request = request
        request.onCall = { [listen, onCall = request.onCall] call in
            listen(call)
            onCall(call)
        }
        return try await inner.reply(to: request)
    }

    /// Counting does not change which model it is.
    package func identity(of model: String) -> String { inner.identity(of: model) }
}
