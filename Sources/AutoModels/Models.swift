package import AutoChecker
package import AutoRuntime
import AutoSyntax
import CEL
import StepKinds
import Values

/// What a model costs, asked by its name with its provider: `openai/gpt-4o`; nil where that is not known.
package typealias ModelPrices = @Sendable (_ model: String) -> Price?

/// Finds the provider of a model's name and asks it. `ModelsInTurn` asks for several.
package struct Models: ModelProvider {
    package let servers: ModelServers
    private let builtin: any ModelProvider
    private let price: ModelPrices
    private let clock: any Clock

    /// - Parameter clock: tells how far off a date in `Retry-After` is.
    /// - Parameter gates: of the accounts, shared by all who ask with them.
    /// - Parameter price: what the automation's own settings say that a model costs.
    package init(
        settings: ModelSettings, client: any HTTPClient, builtin: any ModelProvider, clock: any Clock,
        gates: ProviderGates = ProviderGates(), price: @escaping ModelPrices = { _ in nil }
    ) {
        servers = ModelServers(settings, client: client, clock: clock, gates: gates)
        self.builtin = builtin
        self.price = price
        self.clock = clock
    }

    /// Asks the request's model, and tells of the call with its price.
    ///
    /// - Throws: why it cannot answer; the message holds no key, whatever the provider answered.
    package func reply(to request: ModelRequest) async throws(StepFailure) -> ModelReply {
        var one = request
        one.onCall = { [price, tell = request.onCall] call in
            var call = call
            call.dollars = call.dollars(by: price)
            tell(call)
        }
        do throws(StepFailure) { return try await ask(one) } catch { throw servers.masker.mask(error) }
    }

    /// - Returns: the model's name with the place where it is asked for.
    package func identity(of model: String) -> String {
        let name = servers.settings.meaning(of: model)
        guard let asked = try? servers.settings.asked(for: name) else { return name }
        switch asked {
        case .builtin: return builtin.identity(of: name)
        case .at(let provider, let model): return "\(model) at \(provider.base)"
        }
    }

    /// Who would be asked first, as far as the settings say it.
    package func firstQuestion(_ request: ModelRequest) -> ModelQuestion? {
        let name = servers.settings.meaning(of: request.model)
        guard case .at(let provider, let model)? = try? servers.settings.asked(for: name),
            model != DefaultModels.word
        else { return nil }
        return ModelQuestion(
            provider: provider.name, model: model, inputTokens: request.estimatedTokens)
    }

    private func ask(_ request: ModelRequest) async throws(StepFailure) -> ModelReply {
        var request = request
        let isTold = firstQuestion(request) != nil
        let name = servers.settings.meaning(of: request.model)
        switch try await asked(for: name, &request) {
        case .builtin:
            request.model = name
            return try await builtin.reply(to: request)
        case .at(let provider, let model):
            let server = try servers.server(of: provider)
            request.model = model == DefaultModels.word ? try await servers.onlyModel(of: server) : model
            if !isTold {
                try await request.onAsking(
                    ModelQuestion(
                        provider: provider.name, model: request.model, inputTokens: request.estimatedTokens))
            }
            switch provider.kind {
            case .anthropic: return try await AnthropicModels(server: server).reply(to: request)
            case .openai, .ollama: return try await ask(OpenAIModels(server: server), request)
            }
        }
    }

    /// Who is asked for a model: the provider that the settings mean, else the Ollama of this machine where it has the
    /// model.
    private func asked(for name: String, _ request: inout ModelRequest) async throws(StepFailure)
        -> AskedModel
    {
        do throws(StepFailure) { return try servers.settings.asked(for: name) } catch {
            guard error.kind == .noKey, !Task.isCancelled else { throw error }
            switch await servers.ollama(having: name, clock) {
            case .has(let provider):
                let note =
                    "`\(name)` was found at the Ollama of this machine, since no provider is set up for it"
                request.onCall = { [tell = request.onCall] call in
                    var call = call
                    call.note = [note, call.note].compactMap(\.self).joined(separator: "; ")
                    tell(call)
                }
                return .at(provider, model: name)
            case .hasOthers(let models):
                let shown = models.prefix(8).joined(separator: ", ") + (models.count > 8 ? " and more" : "")
                throw StepFailure(
                    error.kind,
                    "\(error.message); the Ollama of this machine has \(models.isEmpty ? "no model" : shown)")
            case .none: throw error
            }
        }
    }

    private func ask(_ models: OpenAIModels, _ request: ModelRequest) async throws(StepFailure) -> ModelReply
    {
        do throws(StepFailure) { return try await models.reply(to: request) } catch {
            // Other servers have OpenAI's models under the names that OpenAI gives them.
            let start = "openai/"
            guard error.kind == .model, models.server.provider.name == "openai",
                request.model.hasPrefix(start)
            else { throw error }
            var bare = request
            bare.model = String(request.model.dropFirst(start.count))
            return try await models.reply(to: bare)
        }
    }
}

extension Price {
    /// Dollars for what a call used.
    func dollars(of tokens: ModelCall.Tokens) -> Double {
        dollars(
            inputTokens: tokens.input, cachedTokens: tokens.cached ?? 0, keptTokens: tokens.kept ?? 0,
            keptForAnHour: tokens.keptForAnHour ?? 0, outputTokens: tokens.output)
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
    package func reply(to request: ModelRequest) async throws(StepFailure) -> ModelReply {
        var request = request
        request.onCall = { [listen, onCall = request.onCall] call in
            listen(call)
            onCall(call)
        }
        return try await inner.reply(to: request)
    }

    /// Counting does not change who is asked.
    package func firstQuestion(_ request: ModelRequest) -> ModelQuestion? { inner.firstQuestion(request) }

    /// Counting does not change which model it is.
    package func identity(of model: String) -> String { inner.identity(of: model) }
}

extension ModelCall {
    /// What the question cost, in dollars; nil where no price is known. A server at an address of its own may be asked for a
    /// name with the provider's before it, as it was written.
    func dollars(by price: ModelPrices) -> Double? {
        let written = model.hasPrefix(provider + "/") ? price(model) : nil
        return (price("\(provider)/\(model)") ?? written)?.dollars(of: tokens)
    }
}
