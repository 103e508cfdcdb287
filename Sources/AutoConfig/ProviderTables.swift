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
            let read = try SettingsTable(table: table, place: place, reader: reader).provider()
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
extension SettingsTable {
    private static let providerKeys = [
        "kind", "base", "key", "headers", "query", "timeout", "first_token", "at_once", "per_minute", "proxy",
        "extra", "structured", "stream_options", "max_tokens", "embed_batch",
    ]

    fileprivate func provider() throws(SettingsError) -> ProviderSettings {
        try reader.known(table, SettingsTable.providerKeys, in: place)
        var settings = ProviderSettings()
        settings.kind = try word("kind")
        settings.base = try url("base")
        settings.key = try variable("key")
        settings.headers = try headers()
        settings.query = try texts("query")
        settings.timeout = try time("timeout")
        settings.firstToken = try time("first_token")
        settings.atOnce = try count("at_once")
        settings.perMinute = try count("per_minute")
        settings.proxy = try proxy("proxy")
        settings.extra = try values("extra")
        settings.structured = try word("structured")
        settings.streamOptions = try flag("stream_options")
        settings.tokensField = try word("max_tokens")
        settings.embedBatch = try count("embed_batch")
        return settings
    }

    /// One of the words of a list.
    private func word<Word: RawRepresentable & CaseIterable>(_ key: String) throws(SettingsError) -> Word?
    where Word.RawValue == String {
        let expected = inWords(Word.allCases.map(\.rawValue), quoted: "\"")
        guard let text = try text(key, expected) else { return nil }
        guard let word = Word(rawValue: text) else { throw wrong(key, expected) }
        return word
    }

    private func url(_ key: String) throws(SettingsError) -> String? {
        let expected = "an http or https url, such as \"https://example.org/v1\""
        guard let text = try text(key, expected) else { return nil }
        let lower = text.lowercased()
        guard lower.hasPrefix("http://") || lower.hasPrefix("https://"), !lower.contains("?") else {
            throw wrong(key, expected + ", without `?`")
        }
        return text
    }

    private func proxy(_ key: String) throws(SettingsError) -> String? {
        let expected = "the url of an HTTP proxy, such as \"http://proxy.example:3128\", or \"\" for none"
        guard let text = try text(key, expected) else { return nil }
        guard text.isEmpty || text.lowercased().hasPrefix("http://") else { throw wrong(key, expected) }
        return text
    }

    /// The name of an environment variable. A key itself does not belong into a file, and is not repeated.
    private func variable(_ key: String) throws(SettingsError) -> String? {
        let expected = "the name of the environment variable that holds the key, such as \"GROQ_API_KEY\""
        guard let text = try text(key, expected) else { return nil }
        let isName =
            text.first?.isNumber == false && text.utf8.count <= 64
            && text.allSatisfy { $0.isASCII && ($0.isUppercase || $0.isNumber || $0 == "_") }
        guard isName else { throw reader.error("\(place) `\(key)` is \(expected), and not the key itself") }
        return text
    }

    private func texts(_ key: String) throws(SettingsError) -> [String: String] {
        guard let value = table[key] else { return [:] }
        let expected = "a table of texts, such as { \"name\" = \"value\" }"
        guard let inner = value.table else { throw wrong(key, expected) }
        var texts: [String: String] = [:]
        for name in inner.keys {
            guard let text = inner[name]?.string else {
                throw reader.error(
                    "\(place) `\(key)`: `\(name)` is a text in quotes, found \(shown(inner[name]))")
            }
            texts[name] = text
        }
        return texts
    }

    private func headers() throws(SettingsError) -> [String: String] {
        let headers = try texts("headers")
        // The value may be a key, and is not repeated.
        for (name, value) in headers.sorted(by: { $0.key < $1.key }) {
            guard !name.isEmpty, name.utf8.allSatisfy(isOfHeaderName) else {
                throw reader.error(
                    "\(place) `headers`: `\(name)` is no name of a header, which has letters, digits and `-`")
            }
            guard value.utf8.allSatisfy({ $0 == 0x09 || ($0 >= 0x20 && $0 != 0x7F) }) else {
                throw reader.error(
                    "\(place) `headers`: the value of `\(name)` has a line break or another control character"
                )
            }
        }
        return headers
    }

    private func isOfHeaderName(_ byte: UInt8) -> Bool {
        let character = Character(UnicodeScalar(byte))
        return character.isASCII
            && (character.isLetter || character.isNumber || "!#$%&'*+-.^_`|~".contains(character))
    }

    private func values(_ key: String) throws(SettingsError) -> [String: Value] {
        guard let value = table[key] else { return [:] }
        guard let inner = value.table else {
            throw wrong(key, "a table of fields of the request's body, such as { top_k = 40 }")
        }
        var values: [String: Value] = [:]
        for name in inner.keys {
            guard !ProviderSettings.fixedFields.contains(name) else {
                throw reader.error("\(place) `\(key)` cannot say `\(name)`, which each question says itself")
            }
            guard let value = inner[name].flatMap(dataValue) else {
                throw reader.error("\(place) `\(key)`: `\(name)` is no value that JSON has")
            }
            values[name] = value
        }
        return values
    }
}
