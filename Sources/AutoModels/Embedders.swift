import AutoChecker
package import AutoRuntime
import StepKinds
import Synchronization

/// The embedders of an automation, by the names that its steps write.
package final class Embedders: Sendable {
    private let servers: ModelServers
    private let local: any Embedder
    private let preferred: String
    private let price: ModelPrices
    /// Kept, so that what one search finds out of a server holds for the next.
    private let made = Mutex<[String: OpenAIEmbedder]>([:])

    /// - Parameter local: the model of this machine, which asks nobody.
    /// - Parameter preferred: what `default` means.
    /// - Parameter price: what the automation's own settings say that a model costs.
    package init(
        _ servers: ModelServers, local: any Embedder, default preferred: String,
        price: @escaping ModelPrices = { _ in nil }
    ) {
        self.servers = servers
        self.price = price
        self.local = local
        self.preferred = preferred
    }

    /// The model that a name means, where it may be `default`.
    package func meaning(of name: String) -> String { name == DefaultModels.word ? preferred : name }

    /// Whether the name means the model of this machine, which asks no server.
    package func isLocal(_ name: String) -> Bool { meaning(of: name) == DefaultModels.local }

    /// - Throws: kind `no_key` or `model` where nobody can be asked, `field` for a provider that embeds
    /// nothing.
    package func embedder(of name: String) throws(StepFailure) -> any Embedder {
        let name = meaning(of: name)
        if let known = made.withLock({ $0[name] }) { return known }
        switch try servers.settings.askedToEmbed(name) {
        case .builtin: return local
        case .at(let provider, let model):
            guard provider.kind != .anthropic else {
                throw StepFailure(
                    .field,
                    "\(provider.title) has no embeddings: name a model of another provider, or \"builtin\"")
            }
            let embedder = OpenAIEmbedder(try servers.server(of: provider), model: model, price: price)
            return made.withLock { made in
                made[name] = made[name] ?? embedder
                return made[name] ?? embedder
            }
        }
    }
}
