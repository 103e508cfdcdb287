import AutoChecker
package import AutoRuntime
import Diagnostics
import StepKinds
import Synchronization
import Values

/// The servers of all providers, each with what is remembered of it: its limits, and what it does not accept.
package final class ModelServers: Sendable {
    package let settings: ModelSettings
    /// Hides the keys of all providers.
    let masker: Masker
    private let servers: [String: ModelServer]
    /// The only models of servers that have one, by the providers' names.
    private let onlyModels = Mutex<[String: String]>([:])

    /// - Parameter gates: of the accounts, shared by all who ask with them.
    package init(
        _ settings: ModelSettings, client: any HTTPClient, clock: any Clock,
        gates: ProviderGates = ProviderGates()
    ) {
        self.settings = settings
        let masker = Masker(settings.secrets)
        self.masker = masker
        servers = Dictionary(
            settings.providers.map { provider in
                (
                    provider.name,
                    ModelServer(provider, client: client, masker: masker, clock: clock, gates: gates)
                )
            }, uniquingKeysWith: { first, _ in first })
    }

    func server(of provider: Provider) throws(StepFailure) -> ModelServer {
        guard let server = servers[provider.name] else {
            throw StepFailure(.model, "there is no provider `\(provider.name)`")
        }
        return server
    }

    /// The names of the models that a provider says it has.
    ///
    /// - Throws: what the server says instead; its message holds no key.
    package func models(of provider: Provider) async throws(StepFailure) -> [String] {
        let server = try server(of: provider)
        do throws(StepFailure) { return try await server.models() } catch { throw masker.mask(error) }
    }

    /// The model that is meant where none is named: the only one that the server has.
    ///
    /// - Throws: kind `model` with those that it has, so that one can be chosen.
    func onlyModel(of server: ModelServer) async throws(StepFailure) -> String {
        let name = server.provider.name
        if let known = onlyModels.withLock({ $0[name] }) { return known }
        let others = ["embed", "rerank", "whisper", "tts", "moderation", "dall-e"]
        let models = try await server.models().filter { model in
            !others.contains { model.lowercased().contains($0) }
        }
        if models.count == 1 {
            onlyModels.withLock { $0[name] = models[0] }
            return models[0]
        }
        let shown = models.prefix(8).map { "\(name)/\($0)" }
        let those =
            models.isEmpty
            ? "it has none" : "it has \(inWords(shown, joiner: "and"))\(models.count > 8 ? " and more" : "")"
        throw StepFailure(
            .model,
            "`default` names no model of \(server.name), and \(those): write default = \"\(name)/…\" below [model] in autorun.toml"
        )
    }
}

extension ModelServer {
    /// The names of its models.
    fileprivate func models() async throws(StepFailure) -> [String] {
        let response = try await get(provider.kind == .anthropic ? "/v1/models" : "/models")
        let answer = try? JSON.parse(bytes: response.body.withoutMark)
        // Together answers with the list alone.
        guard let items = answer?.asMap?["data"]?.asList ?? answer?.asList else {
            throw BrokenReply.noReply(words: ServerError(body: response.body).words).failure(of: self)
        }
        return items.compactMap { $0.asMap?["id"]?.asText }
    }
}
