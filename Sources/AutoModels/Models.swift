package import AutoChecker
package import AutoRuntime
import AutoSyntax
import CEL
import StepKinds
import Values

/// What a model costs, asked by its name with its provider: `openai/gpt-4o`; nil where that is not known.
package typealias ModelPrices = @Sendable (_ model: String) -> Price?

/// Finds the provider of a model's name and asks it.
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

    /// Asks the request's models, the next where the one before cannot answer.
    ///
    /// - Throws: why the last one that was asked cannot; its message holds no key, whatever the provider
    /// answered.
    package func reply(to request: ModelRequest) async throws(StepFailure) -> ModelReply {
        let names = [request.model] + request.otherModels
        var notes: [String] = []
        var hasWaited = false
        var place = 0
        while true {
            do throws(StepFailure) {
                return try await ask(named(names[place], request, notes), tellingLost: request.onCall)
            } catch {
                let failure = servers.masker.mask(error)
                guard place + 1 < names.count, failure.letsAnotherModelAnswer, !Task.isCancelled else {
                    throw failure
                }
                // A short limit is waited for at the provider's gate, once.
                if !hasWaited, failure.endsWithin(request.timeout ?? Defaults.timeout) {
                    hasWaited = true
                    continue
                }
                notes.append("`\(names[place])` was asked before: \(failure.message)")
                place += 1
                hasWaited = false
            }
        }
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

    /// The request for one of its models, whose calls are told with their price and why this model is asked.
    private func named(_ name: String, _ request: ModelRequest, _ notes: [String]) -> ModelRequest {
        var one = request
        one.model = name
        one.otherModels = []
        one.onCall = { [price, tell = request.onCall] call in
            var call = call
            let price = price("\(call.provider)/\(call.model)")
            call.dollars = price?.dollars(of: call.tokens)
            let all = notes + [call.note].compactMap { $0 }
            call.note = all.isEmpty ? nil : all.joined(separator: "; ")
            tell(call)
        }
        return one
    }

    /// - Parameter tell: hears of the question that was lost with an earlier process, whose price nobody
    /// knows.
    private func ask(_ request: ModelRequest, tellingLost tell: ModelCallListener)
        async throws(StepFailure) -> ModelReply
    {
        var request = request
        let name = servers.settings.meaning(of: request.model)
        switch try await asked(for: name, &request) {
        case .builtin:
            request.model = name
            return try await builtin.reply(to: request)
        case .at(let provider, let model):
            let server = try servers.server(of: provider)
            request.model = model == DefaultModels.word ? try await servers.onlyModel(of: server) : model
            let lost = request.lost?.taken(
                provider: provider.name, model: request.model, inputTokens: request.estimatedTokens)
            if let lost { tell(lost) }
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
            inputTokens: tokens.input, cachedTokens: tokens.cached ?? 0, outputTokens: tokens.output)
    }
}

extension StepFailure {
    /// Whether another model may answer where this one failed: its provider is down, refuses, or lacks what
    /// the step needs.
    fileprivate var letsAnotherModelAnswer: Bool {
        let kinds: [FailureKind] = [
            .network, .timeout, .status, .rateLimited, .refused, .noKey, .model, .field, .request, .context,
            .stream, .body, .empty, .cut,
        ]
        return kinds.contains(kind)
    }

    /// Whether a limit is over within so many nanoseconds.
    fileprivate func endsWithin(_ time: Int64) -> Bool {
        guard kind == .rateLimited, isRetryable, let retryAfter else { return false }
        return retryAfter * 1e9 < Double(time)
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

    /// Counting does not change which model it is.
    package func identity(of model: String) -> String { inner.identity(of: model) }
}
