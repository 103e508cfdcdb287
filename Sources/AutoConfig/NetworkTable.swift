import AutoChecker
import TOMLKit

/// `[network]` of `autorun.toml`.
extension ProjectSettings {
    /// Takes the table in.
    mutating func readNetwork(_ table: TOMLTable, _ reader: TableReader) throws(SettingsError) {
        let values = SettingsTable(table: table, place: "[network]", reader: reader)
        try reader.known(table, ["user_agent", "robots", "per_host", "delay"], in: "[network]")
        network.userAgent = try values.userAgent("user_agent") ?? network.userAgent
        network.robots = try values.flag("robots") ?? network.robots
        network.perHost = try values.count("per_host") ?? network.perHost
        network.delay = try values.time("delay", upTo: 60, "a minute") ?? network.delay
    }
}

extension SettingsTable {
    /// A name by which servers know us.
    fileprivate func userAgent(_ key: String) throws(SettingsError) -> String? {
        let expected = "what requests say who we are, such as \"acme-news/1.0 (+https://acme.example/bot)\""
        guard let text = try text(key, expected) else { return nil }
        guard !text.isEmpty, text.utf8.allSatisfy({ $0 >= 0x20 && $0 < 0x7F }) else {
            throw wrong(key, expected + ", in letters of ASCII")
        }
        return text
    }
}
