import AutoModels
import AutoRuntime
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
        /// It answers, and has so many models.
        case models(Int)
        /// The failure's sentence.
        case failure(String)
    }

    /// How long a provider has to answer.
    private static let patience: Int64 = 10_000_000_000

    /// - Parameter online: whether those that can be asked are asked; all at once.
    func rows(online: Bool) async -> [Row] {
        let rows = settings.providers.map { Row(provider: $0) }
        guard online else { return rows }
        let servers = ModelServers(settings, client: client, clock: clock)
        return await withTaskGroup(of: (Int, Row).self) { group in
            for (place, row) in rows.enumerated() where row.provider.canBeAsked {
                group.addTask {
                    var asked = row
                    do throws(StepFailure) {
                        let models = try await within(ProviderList.patience, clock) {
                            () async throws(StepFailure) in try await servers.models(of: row.provider)
                        }
                        asked.answer = .models(models.count)
                    } catch {
                        asked.answer = .failure(error.message)
                    }
                    return (place, asked)
                }
            }
            var all = rows
            for await (place, row) in group { all[place] = row }
            return all
        }
    }

    func text(_ rows: [Row]) -> String {
        let cells = rows.map { row in
            [
                row.provider.name, row.provider.base.isEmpty ? "(no base)" : row.provider.shownBase,
                ProviderList.key(of: row.provider), ProviderList.words(row.answer),
            ]
        }
        let widths = (0..<3).map { column in cells.map { $0[column].count }.max() ?? 0 }
        var text = ""
        for row in cells {
            let padded = zip(row, widths).map { cell, width in
                cell + String(repeating: " ", count: width - cell.count)
            }
            let line = (padded + [row[3]]).joined(separator: "  ")
            text += String(line.reversed().drop { $0 == " " }.reversed()) + "\n"
        }
        return text + "default: \(settings.nameOfDefault)\n"
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
                        case .models(let count): map["models"] = .int(Int64(count))
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

    private static func words(_ answer: Answer?) -> String {
        switch answer {
        case .models(let count): "answers: \(count) \(count == 1 ? "model" : "models")"
        case .failure(let message): message
        case nil: ""
        }
    }
}
