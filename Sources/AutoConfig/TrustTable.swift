import AutoChecker
import TOMLKit

/// `[trust]` of `autorun.toml`.
extension ProjectSettings {
    /// Takes the table in.
    mutating func readTrust(_ table: TOMLTable, _ reader: TableReader) throws(SettingsError) {
        let values = SettingsTable(table: table, place: "[trust]", reader: reader)
        try reader.known(table, ["enforce", "clients"], in: "[trust]")
        check.trust.isEnforced = try values.flag("enforce") ?? check.trust.isEnforced
        check.trust.trustsClients = try values.flag("clients") ?? check.trust.trustsClients
    }
}
