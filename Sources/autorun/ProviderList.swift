import AutoModels
import AutoRuntime
import Diagnostics
import TerminalUI
import Values

/// The providers of models as `autorun models` shows them.
struct ProviderList {
    let settings: ModelSettings
    let client: any HTTPClient
    let clock: any Clock

    struct Row: Sendable {
        let provider: Provider
        /// What came of asking it; nil where it was not asked.
        var answer: Answer?
    }

    enum Answer: Sendable {
        /// It answers, and has these models.
        case models([String])
        /// The failure's sentence.
        case failure(String)
    }

    /// How long a provider has to answer.
    private static let patience: Int64 = 10_000_000_000
    /// How long Ollama on this machine has, which is looked for unasked.
    private static let briefPatience: Int64 = 1_000_000_000

    /// - Parameter online: whether those that can be asked are asked; all at once. Else only Ollama on this machine
    ///   is looked for.
    func rows(online: Bool) async -> [Row] {
        let rows = settings.providers.map { Row(provider: $0) }
        let servers = ModelServers(settings, client: client, clock: clock)
        return await withTaskGroup(of: (Int, Row).self) { group in
            for (place, row) in rows.enumerated()
            where online ? row.provider.canBeAsked : ProviderList.isLookedFor(row.provider) {
                group.addTask {
                    var asked = row
                    do throws(StepFailure) {
                        let models = try await within(
                            online ? ProviderList.patience : ProviderList.briefPatience, clock
                        ) {
                            () async throws(StepFailure) in try await servers.models(of: row.provider)
                        }
                        asked.answer = .models(models)
                    } catch {
                        // Nobody has said that it runs.
                        if online { asked.answer = .failure(error.message) }
                    }
                    return (place, asked)
                }
            }
            var all = rows
            for await (place, row) in group { all[place] = row }
            return all
        }
    }

    private static func isLookedFor(_ provider: Provider) -> Bool {
        provider.name == "ollama" && provider.isOnThisMachine
    }

    /// - Parameter columns: how wide the terminal is; nil where there is none.
    func text(_ rows: [Row], columns: Int?) -> String {
        let cells = rows.map { row in
            [
                row.provider.name, row.provider.base.isEmpty ? "(no base)" : row.provider.shownBase,
                ProviderList.key(of: row.provider), ProviderList.words(row),
            ]
        }
        let table = TextTable([.text, .text, .text, .text], rows: cells)
        let lines = table.lines(width: columns ?? .max).flatMap { $0 }
        return (lines + ["default: \(settings.nameOfDefault)"]).joined(separator: "\n") + "\n"
    }

    func json(_ rows: [Row]) -> Value {
        .record([
            ("default", .string(settings.nameOfDefault)),
            (
                "providers",
                .list(
                    rows.map { row in
                        var map = MapValue(record: [
                            ("name", .string(row.provider.name)), ("base", .string(row.provider.shownBase)),
                            ("key", row.provider.keyVariable.map(Value.string) ?? .null),
                            ("key_set", .bool(row.provider.hasKey)),
                            ("set_up", .bool(row.provider.isConfigured)),
                        ])
                        switch row.answer {
                        case .models(let names):
                            map["models"] = .int(Int64(names.count))
                            map["model_names"] = .list(names.map(Value.string))
                        case .failure(let message): map["failure"] = .string(message)
                        case nil: break
                        }
                        return .map(map)
                    })
            ),
        ])
    }

    private static func key(of provider: Provider) -> String {
        guard let variable = provider.keyVariable else { return "no key" }
        if provider.hasKey { return "\(variable) is set" }
        return provider.wantsKey ? "\(variable) is not set" : "no key needed"
    }

    /// How many models are named.
    private static let mostNames = 8

    private static func words(_ row: Row) -> String {
        switch row.answer {
        case .models(let names) where isLookedFor(row.provider) && !names.isEmpty:
            "runs: " + names.prefix(mostNames).map(safe).joined(separator: ", ")
                + (names.count > mostNames ? " and \(names.count - mostNames) more" : "")
        case .models(let names): "answers: \(counted(names.count, "model"))"
        case .failure(let message): message
        case nil: ""
        }
    }
}
