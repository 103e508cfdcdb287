/// The models that stand where a file names none, as the settings say.
package struct DefaultModels: Sendable, Hashable {
    /// `[model] default` of autorun.toml; nil where it says none.
    package let model: String?
    /// `[model] embedding` of autorun.toml; nil for the local model.
    package let embedding: String?

    package init(model: String? = nil, embedding: String? = nil) {
        self.model = model
        self.embedding = embedding
    }

    /// The model that needs no server, for replies and for embeddings.
    package static let local = "builtin"

    /// The word that stands in a file for the model of the settings.
    package static let word = "default"

    /// The way out of a step that asks a model for a reply; nil where the model is surely the local one.
    func wayOut(toModel name: GivenFields.Glimpse) -> WayOut? {
        isLocal(name, else: model) ? nil : .model
    }

    /// The way out of a step that asks for embeddings; nil where the model is surely the local one.
    func wayOut(toEmbedding name: GivenFields.Glimpse) -> WayOut? {
        isLocal(name, else: embedding ?? DefaultModels.local) ? nil : .embeddings
    }

    private func isLocal(_ name: GivenFields.Glimpse, else preferred: String?) -> Bool {
        switch name {
        case .absent, .text(DefaultModels.word): preferred == DefaultModels.local
        case .text(let name): name == DefaultModels.local
        case .value: false
        }
    }
}

/// How a step leaves the machine.
package enum WayOut: Sendable, Hashable {
    case model
    case embeddings
    case server
    case page
    case packages

    /// What the step does, as the end of a sentence that begins with its name.
    package var words: String {
        switch self {
        case .model: "asks a model"
        case .embeddings: "asks for embeddings"
        case .server: "asks a server"
        case .page: "fetches a page"
        case .packages: "installs packages"
        }
    }

    /// A timeout that fits most such steps, as a file writes it.
    package var usualTimeout: String {
        switch self {
        case .model, .packages: "60s"
        case .embeddings, .server, .page: "30s"
        }
    }
}
