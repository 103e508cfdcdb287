package import Diagnostics
package import StepKinds

/// What `autorun.toml` sets for the checker and the plan.
package struct CheckOptions: Sendable {
    /// How a code counts, in the words of `[check] severity`.
    package enum Level: String, Sendable, CaseIterable {
        case error
        case warning
        case off
    }

    /// Another severity for a code, or none; without effect for codes that cannot be silenced.
    package var severities: [Code: Level] = [:]
    /// How many tokens a model's window takes, by its name or the beginning of it.
    package var windows: [String: Int] = [:]
    /// What models cost, by their name or the beginning of it.
    package var prices: [String: Price] = [:]
    /// The providers of models that the user names, and what the user says of known ones.
    package var providers: [String: ProviderSettings] = [:]
    /// The servers of tools that the user names.
    package var toolServers: [String: MCPSettings] = [:]
    /// The names of the known providers whose key is set, or whose base, on this machine: an editor offers their models.
    package var readyProviders: Set<String> = []
    /// What `model: "default"` means.
    package var defaultModel: String?
    /// What an embedding model left out means; nil for the one of this machine.
    package var embeddingModel: String?
    /// The most model calls a run may make, for files that do not say it themselves.
    package var maxCost: Int?

    /// How text from outside is kept from where something is changed.
    package var trust = TrustSettings()
    /// The types of the file that other files take, as far as they are checked along with it.
    package var takenTypes: Set<String> = []
    /// The files that the file may name; nil where it lies in no folder, as one that came by the API.
    package var files: OtherFiles?

    package init() {}

    /// The models that stand where a file names none.
    package var defaultModels: DefaultModels { DefaultModels(model: defaultModel, embedding: embeddingModel) }

    /// The same for a text that has passed the checker before: what only settings make an error stops no session under way.
    package var withoutRaisedSeverities: CheckOptions {
        var options = self
        options.severities = severities.filter { $0.value != .error }
        options.trust = TrustSettings()
        return options
    }

    func applied(to findings: [Diagnostic]) -> [Diagnostic] {
        guard !severities.isEmpty else { return findings }
        return findings.compactMap { finding in
            var finding = finding
            switch severities[finding.code] {
            case .off: return finding.code.isSilenceable ? nil : finding
            case .error: finding.severity = .error
            case .warning where finding.code.isSilenceable: finding.severity = .warning
            case .warning, nil: break
            }
            return finding
        }
    }

    /// Tokens that fit a model's window, and the name that `default` stands for.
    func window(of model: String) -> (name: String, tokens: Int)? {
        let name = model == "default" ? defaultModel ?? model : model
        return entry(of: name, in: modelsByName.mapValues(\.window), given: windows).map { (name, $0) }
    }

    /// The price of a model; nil when it is not known.
    package func price(of model: String) -> Price? {
        let name = model == "default" ? defaultModel ?? model : model
        let known = modelsByName.mapValues(\.price)
        return entry(of: name, in: known, given: prices.mapValues(Optional.some), counts: isIssue) ?? nil
    }
}
