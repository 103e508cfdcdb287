import AutoChecker
import Diagnostics
import TOMLKit
import Values

extension ProjectSettings {
    /// Takes the tables `[provider.NAME]` in.
    mutating func readProviders(_ tables: TOMLTable, _ reader: TableReader) throws(SettingsError) {
        for name in tables.keys {
            guard let table = tables[name]?.table else {
                throw reader.error(
                    "[provider]: `\(name)` is a table, such as [provider.\(name)] with `base = \"https://…\"`"
                )
            }
            guard name != DefaultModelNames.local, name != DefaultModelNames.word, !name.contains("/") else {
                throw reader.error(
                    "[provider.\(name)]: a provider cannot have this name, which stands before the `/` of its models' names"
                )
            }
            let place = "[provider.\(name)]"
            let known = KnownProvider.named(name)?.settings ?? ProviderSettings()
            let values = SettingsTable(table: table, place: place, reader: reader)
            let read = try ProviderTable(values: values).settings()
            let settings = read.over(check.providers[name] ?? ProviderSettings())
            let whole = settings.over(known)
            guard
                whole.base != nil || settings.kind == .anthropic || settings.kind == .ollama
                    || name == "azure"
            else {
                throw reader.error(
                    "\(place) needs `base`, the url below which the server's `/chat/completions` lies")
            }
            check.providers[name] = settings
        }
    }
}

/// Names that mean something else than a provider.
private enum DefaultModelNames {
    static let local = "builtin"
    static let word = "default"
}

/// A table `[provider.NAME]` as it is read.
private struct ProviderTable {
    let values: SettingsTable

    private var table: TOMLTable { values.table }
    private var place: String { values.place }
    private var reader: TableReader { values.reader }

    func settings() throws(SettingsError) -> ProviderSettings {
        try reader.known(table, ProviderKey.allCases.map(\.rawValue), in: place)
        var settings = ProviderSettings()
        for key in ProviderKey.allCases where table[key.rawValue] != nil { try read(key, into: &settings) }
        return settings
    }

    private func read(_ key: ProviderKey, into settings: inout ProviderSettings) throws(SettingsError) {
        switch key {
        case .kind: settings.kind = try word(key)
        case .base: settings.base = try url(key)
        case .key: settings.key = try variable(key)
        case .headers: settings.headers = try values.headers(key.rawValue, key.expected)
        case .query: settings.query = try values.texts(key.rawValue, key.expected)
        case .timeout: settings.timeout = try time(key)
        case .firstToken: settings.firstToken = try time(key)
        case .atOnce: settings.atOnce = try count(key)
        case .perMinute: settings.perMinute = try count(key)
        case .proxy: settings.proxy = try proxy(key)
        case .extra: settings.extra = try fields(key)
        case .structured: settings.structured = try word(key)
        case .streamOptions: settings.streamOptions = try flag(key)
        case .maxTokens: settings.tokensField = try word(key)
        case .embedBatch: settings.embedBatch = try count(key)
        }
    }

    private func wrong(_ key: ProviderKey) -> SettingsError {
        reader.error("\(place) `\(key.rawValue)` is \(key.expected), found \(shown(table[key.rawValue]))")
    }

    private func text(_ key: ProviderKey) throws(SettingsError) -> String {
        guard let text = table[key.rawValue]?.string else { throw wrong(key) }
        return text
    }

    /// One of the words of a list.
    private func word<Word: RawRepresentable>(_ key: ProviderKey) throws(SettingsError) -> Word
    where Word.RawValue == String {
        guard let word = Word(rawValue: try text(key)) else { throw wrong(key) }
        return word
    }

    private func url(_ key: ProviderKey) throws(SettingsError) -> String {
        let text = try text(key)
        let lower = text.lowercased()
        guard lower.hasPrefix("http://") || lower.hasPrefix("https://"), !lower.contains("?") else {
            throw wrong(key)
        }
        return text
    }

    private func proxy(_ key: ProviderKey) throws(SettingsError) -> String {
        let text = try text(key)
        guard text.isEmpty || text.lowercased().hasPrefix("http://") else { throw wrong(key) }
        return text
    }

    /// The name of an environment variable. A key itself does not belong into a file, and is not repeated.
    private func variable(_ key: ProviderKey) throws(SettingsError) -> String {
        let text = try text(key)
        let isName =
            text.first?.isNumber == false && text.utf8.count <= 64
            && text.allSatisfy { $0.isASCII && ($0.isUppercase || $0.isNumber || $0 == "_") }
        guard isName else {
            throw reader.error("\(place) `\(key.rawValue)` is \(key.expected), and not the key itself")
        }
        return text
    }

    private func time(_ key: ProviderKey) throws(SettingsError) -> Int64 {
        guard let time = try? values.time(key.rawValue) else { throw wrong(key) }
        return time
    }

    private func count(_ key: ProviderKey) throws(SettingsError) -> Int {
        guard let count = try? values.count(key.rawValue) else { throw wrong(key) }
        return count
    }

    private func flag(_ key: ProviderKey) throws(SettingsError) -> Bool {
        guard let flag = try? values.flag(key.rawValue) else { throw wrong(key) }
        return flag
    }

    private func fields(_ key: ProviderKey) throws(SettingsError) -> [String: Value] {
        guard let inner = table[key.rawValue]?.table else { throw wrong(key) }
        var values: [String: Value] = [:]
        for name in inner.keys {
            guard !ProviderSettings.fixedFields.contains(name) else {
                throw reader.error(
                    "\(place) `\(key.rawValue)` cannot say `\(name)`, which each question says itself")
            }
            guard let value = inner[name].flatMap(dataValue) else {
                throw reader.error("\(place) `\(key.rawValue)`: `\(name)` is no value that JSON has")
            }
            values[name] = value
        }
        return values
    }
}
