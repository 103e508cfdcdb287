package import Diagnostics

/// What the `[check]` part of `autorun.toml` sets.
package struct CheckOptions: Sendable {
    package enum Level: String, Sendable, CaseIterable {
        case error
        case warning
        case off
    }

    /// Another severity for a code, or none.
    package var severities: [Code: Level] = [:]
    /// How many tokens a model's window takes, by its name or the beginning of it.
    package var windows: [String: Int] = [:]
    /// What `model: "default"` means.
    package var defaultModel: String?
    /// What an embedding model left out means; nil for the one of this machine.
    package var embeddingModel: String?
    /// The most model calls a run may make, for files that do not say it themselves.
    package var maxCost: Int?

    package init() {}

    /// The same for a text that has passed the checker before: what only settings make an error stops no session under way.
    package var withoutRaisedSeverities: CheckOptions {
        var options = self
        options.severities = severities.filter { $0.value != .error }
        return options
    }

    func applied(to findings: [Diagnostic]) -> [Diagnostic] {
        guard !severities.isEmpty else { return findings }
        return findings.compactMap { finding in
            var finding = finding
            switch severities[finding.code] {
            case .off: return nil
            case .error: finding.severity = .error
            case .warning: finding.severity = .warning
            case nil: break
            }
            return finding
        }
    }

    /// Tokens that fit a model's window, and the name it was found by.
    func window(of model: String) -> (name: String, tokens: Int)? {
        let name = model == "default" ? defaultModel ?? model : model
        let bare = name.split(separator: "/").last.map(String.init) ?? name
        let known = knownWindows.merging(windows) { $1 }
        if let tokens = known[name] ?? known[bare] { return (name, tokens) }
        let best = known.keys.filter { bare.hasPrefix($0) }.max { $0.count < $1.count }
        return best.flatMap { known[$0] }.map { (name, $0) }
    }
}

/// Windows as their makers publish them, by the beginning of the model's name; `default` for one that is not known here.
private let knownWindows = [
    "default": 128_000, "gpt-3.5": 16_385, "gpt-4": 8_192, "gpt-4-turbo": 128_000, "gpt-4-32k": 32_768,
    "gpt-4o": 128_000, "gpt-4.1": 1_047_576, "gpt-5": 400_000, "o1": 200_000, "o3": 200_000, "o4": 200_000,
    "claude": 200_000, "gemini": 1_048_576, "llama3": 8_192, "llama3.1": 131_072, "llama3.2": 131_072,
    "llama-3.1": 131_072, "mistral": 32_768, "mixtral": 32_768, "qwen2.5": 32_768, "phi3": 4_096,
    "gemma": 8_192, "deepseek": 65_536, "builtin": 128_000,
]
