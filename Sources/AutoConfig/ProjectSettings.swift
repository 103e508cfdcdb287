package import AutoChecker
import Diagnostics
import TOMLKit
import Values

/// Why an `autorun.toml` cannot be taken, in a sentence with its place.
package struct SettingsError: Error, Sendable, Hashable {
    package let message: String
    /// The file could not be read, rather than understood.
    package let isUnreadable: Bool

    package init(message: String, isUnreadable: Bool = false) {
        self.message = message
        self.isUnreadable = isUnreadable
    }
}

/// What `autorun.toml` says.
package struct ProjectSettings: Sendable {
    /// What `model: "default"` means.
    package var defaultModel: String? {
        get { check.defaultModel }
        set { check.defaultModel = newValue }
    }
    /// What `model: "default"` means for embeddings; nil for the local model.
    package var embeddingModel: String? {
        get { check.embeddingModel }
        set { check.embeddingModel = newValue }
    }
    package var check = CheckOptions()
    /// How steps behave at the servers of others.
    package internal(set) var network = NetworkSettings()
    /// Globs of files that are not checked when a folder is, relative to the settings' own folder.
    package var exclude: [String] = []
    /// What `[server]` says of the options of `autorun serve`.
    package internal(set) var server: [ServeOption: FoundServeValue] = [:]

    package init() {}

    /// Takes a file's text in; what it says wins over what was said before.
    package mutating func read(_ text: String, from path: String) throws(SettingsError) {
        let table: TOMLTable
        do { table = try TOMLTable(string: text) } catch {
            let place =
                (error as? TOMLParseError).map { ":\($0.source.begin.line):\($0.source.begin.column)" } ?? ""
            throw SettingsError(message: "\(path)\(place): no valid TOML")
        }
        let reader = TableReader(path: path)
        try reader.known(
            table, ["model", "provider", "mcp", "check", "prices", "network", "server", "trust"],
            in: "the file")
        if let model = try reader.table(table, "model", "[model]") {
            try reader.known(model, ["default", "embedding"], in: "[model]")
            defaultModel = try reader.text(model, "default", "[model]") ?? defaultModel
            embeddingModel = try reader.text(model, "embedding", "[model]") ?? embeddingModel
        }
        if let providers = try reader.table(table, "provider", "[provider]") {
            try readProviders(providers, reader)
        }
        if let servers = try reader.table(table, "mcp", "[mcp]") { try readToolServers(servers, reader) }
        if let check = try reader.table(table, "check", "[check]") { try readCheck(check, reader) }
        if let prices = try reader.table(table, "prices", "[prices]") { try readPrices(prices, reader) }
        if let network = try reader.table(table, "network", "[network]") { try readNetwork(network, reader) }
        if let trust = try reader.table(table, "trust", "[trust]") { try readTrust(trust, reader) }
        if let server = try reader.table(table, "server", "[server]") {
            try reader.known(server, ServeOption.allCases.map(\.key), in: "[server]")
            try readServer(server, from: path)
        }
    }

    private mutating func readSeverities(_ severity: TOMLTable, _ reader: TableReader) throws(SettingsError) {
        for name in severity.keys {
            guard let code = Code(rawValue: name.uppercased()) else {
                throw reader.error("[check] severity: there is no code `\(name)`")
            }
            guard let level = severity[name]?.string.flatMap(CheckOptions.Level.init(rawValue:)) else {
                throw reader.error(
                    "[check] severity: `\(name)` is \"error\", \"warning\" or \"off\"")
            }
            guard level == .error || code.isSilenceable else {
                throw reader.error(
                    "[check] severity: `\(name)` stays an error: the file would run without what could not be read or found"
                )
            }
            check.severities[code] = level
        }
    }

    private mutating func readCheck(_ table: TOMLTable, _ reader: TableReader) throws(SettingsError) {
        try reader.known(table, ["severity", "exclude", "windows", "max_cost"], in: "[check]")
        if let severity = try reader.table(table, "severity", "[check] severity") {
            try readSeverities(severity, reader)
        }
        if let windows = try reader.table(table, "windows", "[check] windows") {
            for model in windows.keys {
                guard let tokens = windows[model]?.int, tokens > 0 else {
                    throw reader.error("[check] windows: `\(model)` is a whole number of tokens")
                }
                check.windows[model] = tokens
            }
        }
        if let value = table["exclude"] {
            guard let list = value.array else {
                throw reader.error("[check] exclude is a list of globs, such as [\"drafts/**\"]")
            }
            for item in list {
                guard let glob = item.string else {
                    throw reader.error("[check] exclude is a list of globs, such as [\"drafts/**\"]")
                }
                exclude.append(glob)
            }
        }
        if let value = table["max_cost"] {
            guard let calls = value.int, calls >= 0 else {
                throw reader.error("[check] max_cost is a whole number of model calls")
            }
            check.maxCost = calls
        }
    }

    private mutating func readPrices(_ table: TOMLTable, _ reader: TableReader) throws(SettingsError) {
        for model in table.keys {
            let wanted = "[prices]: `\(model)` is { input = …, output = … }, dollars for a million tokens"
            guard let price = table[model]?.table else { throw reader.error(wanted) }
            try reader.known(
                price, ["input", "output", "cached", "kept", "kept_hour"], in: "[prices] `\(model)`")
            func number(_ key: String) -> Double? {
                price[key]?.double ?? price[key]?.int.map(Double.init)
            }
            guard let input = number("input"), let output = number("output"), input >= 0, output >= 0 else {
                throw reader.error(wanted)
            }
            for key in ["cached", "kept", "kept_hour"]
            where price[key] != nil && !(number(key).map { $0 >= 0 } ?? false) {
                throw reader.error(
                    "[prices]: `\(key)` of `\(model)` is a number of dollars for a million tokens")
            }
            let kept = number("kept").map { Price.Kept(minutes: $0, hour: number("kept_hour") ?? $0) }
            check.prices[model] = Price(input: input, output: output, cached: number("cached"), kept: kept)
        }
    }

    /// The price of a model, `[prices]` before what is known; nil when neither has it.
    package func price(of model: String) -> Price? { check.price(of: model) }
}

/// Reads values of a table, with the file's name in what goes wrong.
struct TableReader {
    let path: String

    func error(_ text: String) -> SettingsError { SettingsError(message: "\(path): \(text)") }

    func known(_ table: TOMLTable, _ names: [String], in place: String) throws(SettingsError) {
        for key in table.keys where !names.contains(key) {
            let near = nearestName(to: key, in: names).map { ": did you mean `\($0)`?" }
            throw error("\(place) has no `\(key)`" + (near ?? "; there are \(inWords(names, joiner: "and"))"))
        }
    }

    func table(_ table: TOMLTable, _ key: String, _ place: String) throws(SettingsError) -> TOMLTable? {
        guard let value = table[key] else { return nil }
        guard let inner = value.table else {
            // A table within another has no line that is only its name.
            let isOwn = place.hasSuffix("]")
            let way = isOwn ? ": write \(place) on a line of its own, and its keys below it" : ""
            throw error("\(place) is a table\(way)")
        }
        return inner
    }

    func text(_ table: TOMLTable, _ key: String, _ place: String) throws(SettingsError) -> String? {
        guard let value = table[key] else { return nil }
        guard let text = value.string else { throw error("\(place) `\(key)` is a text in quotes") }
        return text
    }
}
