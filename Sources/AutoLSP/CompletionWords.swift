import AutoChecker
import AutoSyntax
import CEL
import StepKinds

/// The values that stand behind a name and a colon again and again.
enum UsualValues {
    /// Durations as waits and limits have them, the most usual ones first.
    static let durations = ["30s", "1m", "5m", "10s", "2m", "15m", "1h", "500ms"]

    /// What stands behind a setting; empty for one that takes whatever one writes.
    static func of(_ setting: SettingName) -> [String] {
        switch setting {
        case .timeout: durations
        case .maxVisits: ["10", "100"]
        case .atOnce: ["4", "8"]
        case .onFailed: OnFailed.allCases.map { "\"\($0.rawValue)\"" }
        case .cache: ["true"]
        case .result, .retry, .onError, .each, .trust: []
        }
    }

    /// What stands behind a part of `retry`.
    static func of(_ part: RetryPart) -> [String] {
        switch part {
        case .attempts: ["3", "5"]
        case .firstDelay, .maxDelay: durations
        case .factor: ["2"]
        }
    }

    /// The texts that a field of START most often has; empty for a field that takes none.
    static func ofStart(_ field: String) -> [(name: String, detail: String)] {
        switch field {
        case Start.schedule.name:
            [("0 7 * * 1-5", "seven o'clock on working days"), ("*/10 * * * *", "every ten minutes")]
                + Schedule.names.map { ($0.0, $0.1) }
        case Start.zone.name: TimeZoneRules.names.sorted().map { ($0, "") }
        default: []
        }
    }

    /// What stands behind a field, by what it takes.
    static func of(_ kind: FieldKind) -> [String] {
        switch kind {
        case .choice(let values): values.map { "\"\($0)\"" }
        case .duration: durations
        case .bool: ["true", "false"]
        case .boolOrRecord: ["true"]
        case .text, .int, .number, .any, .record, .list, .textOrList, .numberOrText, .program, .selector: []
        }
    }
}

extension CheckOptions {
    /// The models to offer for a field `model`, each with what is known of it: those of the settings first.
    func offeredModels(for type: StepType) -> [(name: String, detail: String)] {
        if type == .embeddingSearch {
            let known =
                readyProviders.contains("openai") ? knownModels.filter { $0.embeds && $0.ends == nil } : []
            return [("builtin", "the local one")] + (embeddingModel.map { [($0, "of the settings")] } ?? [])
                + known.map { ($0.name, $0.inWords) }
        }
        let own = [defaultModel].compactMap { $0 } + (prices.keys.sorted() + windows.keys.sorted())
        let known = knownModels.filter { model in
            // The name of a family is the beginning of its models' names, and no model.
            // Nobody begins with a model that its maker stops serving.
            !model.embeds && model.ends == nil
                && (model.price != nil || !knownModels.contains { $0.name.hasPrefix(model.name + "-") })
        }
        var seen: Set<String> = []
        return (own.map { ($0, "of the settings") } + modelsOfProviders + known.map { ($0.name, $0.inWords) })
            .filter { seen.insert($0.0).inserted }
    }

    /// What stands before the models of those who are set up: `NAME/` where their models are not known, and their
    /// known models with it.
    private var modelsOfProviders: [(String, String)] {
        let own = providers.keys.sorted()
        let ready = knownProviders.map(\.name).filter { readyProviders.contains($0) && providers[$0] == nil }
        return (own + ready).flatMap { name -> [(String, String)] in
            let known = KnownProvider.named(name)
            let title = known?.title ?? "[provider.\(name)] of autorun.toml"
            let made = knownModels.filter {
                known?.makes($0.name) == true && $0.longestReply != nil && $0.ends == nil
            }
            return [("\(name)/", "a model of \(title)")] + made.map { ("\(name)/\($0.name)", $0.inWords) }
        }
    }
}

extension KnownModel {
    /// Its window, and its price where it has one.
    fileprivate var inWords: String {
        if name == "default" { return "what the settings say" }
        let cost = price.map { ", $\($0.input) in and $\($0.output) out for a million" } ?? ""
        return "\(window) tokens\(cost)"
    }
}
