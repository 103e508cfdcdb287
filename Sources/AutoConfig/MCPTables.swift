import AutoChecker
import Diagnostics
import TOMLKit

extension ProjectSettings {
    /// Takes the tables `[mcp.NAME]` in. One that is nearer stands in the place of another of its name as a whole,
    /// so that what the user's own file sends to a server goes to no other.
    mutating func readToolServers(_ tables: TOMLTable, _ reader: TableReader) throws(SettingsError) {
        for name in tables.keys {
            guard let table = tables[name]?.table else {
                throw reader.error(
                    "[mcp]: `\(name)` is a table, such as [mcp.\(name)] with `command = \"python3 server.py\"` or `url = \"https://…\"`"
                )
            }
            let isName = name.utf8.allSatisfy { byte in
                "-_.".utf8.contains(byte) || (0x30...0x39).contains(byte)
                    || (0x41...0x5A).contains(byte & 0xDF)
            }
            guard isName, !name.isEmpty else {
                throw reader.error(
                    "[mcp]: a server's name has letters, digits, `-`, `_` and `.` only, found \(shown(name))")
            }
            let values = SettingsTable(table: table, place: "[mcp.\(name)]", reader: reader)
            check.toolServers[name] = try MCPTable(values: values).settings()
        }
    }
}

/// A table `[mcp.NAME]` as it is read.
private struct MCPTable {
    let values: SettingsTable

    private var table: TOMLTable { values.table }
    private var place: String { values.place }
    private var reader: TableReader { values.reader }

    func settings() throws(SettingsError) -> MCPSettings {
        try reader.known(table, MCPKey.allCases.map(\.rawValue), in: place)
        var settings = MCPSettings(try server())
        for key in MCPKey.allCases where table[key.rawValue] != nil {
            if let companion = key.companion, table[companion.rawValue] == nil {
                throw reader.error(
                    "\(place) `\(key.rawValue)` goes with `\(companion.rawValue)`, which is not there: take it out"
                )
            }
            try read(key, into: &settings)
        }
        return settings
    }

    private func read(_ key: MCPKey, into settings: inout MCPSettings) throws(SettingsError) {
        switch key {
        case .command, .url: break
        case .env: settings.environment = try environment()
        case .headers: settings.headers = try withVariables(key, values.headers(key.rawValue, key.expected))
        case .only: settings.only = try names(key)
        case .unsafe: settings.isUnsafe = try values.flag(key.rawValue) ?? false
        case .allowPrivate: settings.allowsPrivate = try values.flag(key.rawValue) ?? false
        }
    }

    private func wrong(_ key: MCPKey) -> SettingsError { values.wrong(key.rawValue, key.expected) }

    /// What the server is: the one of two keys that is there.
    private func server() throws(SettingsError) -> MCPSettings.Place {
        switch (table[MCPKey.command.rawValue], table[MCPKey.url.rawValue]) {
        case (.some, nil): return .command(try command())
        case (nil, .some): return .url(try url())
        case (.some, .some):
            throw reader.error(
                "\(place) has `command` and `url`: a server is one of both, take the other out")
        case (nil, nil):
            throw reader.error(
                "\(place) needs `command`, \(MCPKey.command.expected), or `url`, \(MCPKey.url.expected)")
        }
    }

    private func command() throws(SettingsError) -> [String] {
        let value = table[MCPKey.command.rawValue]
        let words: [String]
        if let text = value?.string {
            do throws(ShellWords.Unclosed) { words = try ShellWords.words(of: text) } catch {
                throw reader.error(
                    "\(place) `command` has a `\(error.mark)` that is not closed: close it, or write a list of words"
                )
            }
        } else if value?.array != nil {
            words = try names(.command)
        } else {
            throw wrong(.command)
        }
        guard let program = words.first, !program.isEmpty, !words.contains(where: { $0.utf8.contains(0) })
        else {
            throw wrong(.command)
        }
        return words
    }

    private func url() throws(SettingsError) -> String {
        guard let text = table[MCPKey.url.rawValue]?.string else { throw wrong(.url) }
        let lower = text.lowercased()
        guard lower.hasPrefix("http://") || lower.hasPrefix("https://") else { throw wrong(.url) }
        return text
    }

    private func names(_ key: MCPKey) throws(SettingsError) -> [String] {
        guard let list = table[key.rawValue]?.array else { throw wrong(key) }
        var names: [String] = []
        for item in list {
            guard let name = item.string else { throw wrong(key) }
            names.append(name)
        }
        return names
    }

    private func environment() throws(SettingsError) -> [String: String] {
        let values = try values.texts(MCPKey.env.rawValue, MCPKey.env.expected)
        // The value may be a key, and is not repeated.
        for (name, value) in values.sorted(by: { $0.key < $1.key }) {
            guard VariableText.isName(name) else {
                throw reader.error(
                    "\(place) `env`: `\(name)` is no name of a variable, which has letters, digits and `_`")
            }
            guard !value.utf8.contains(0) else {
                throw reader.error(
                    "\(place) `env`: the value of `\(name)` has a NUL, which no variable can have")
            }
        }
        return try withVariables(.env, values)
    }

    private func withVariables(_ key: MCPKey, _ values: [String: String]) throws(SettingsError) -> [String:
        String]
    {
        for (name, value) in values.sorted(by: { $0.key < $1.key }) {
            guard let misnamed = VariableText.misnamed(in: value) else { continue }
            throw reader.error(
                "\(place) `\(key.rawValue)`: in `\(name)`, \(shown(misnamed)) names no environment variable; `$${` stands for `${` itself"
            )
        }
        return values
    }
}
