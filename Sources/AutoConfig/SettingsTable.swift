import Diagnostics
import TOMLKit
import Values

/// A table of `autorun.toml` whose keys have values of many kinds.
struct SettingsTable {
    let table: TOMLTable
    /// What the table is called, for errors: `[provider.NAME]`.
    let place: String
    let reader: TableReader

    func wrong(_ key: String, _ expected: String) -> SettingsError {
        reader.error("\(place) `\(key)` is \(expected), found \(shown(table[key]))")
    }

    func text(_ key: String, _ expected: String) throws(SettingsError) -> String? {
        guard let value = table[key] else { return nil }
        guard let text = value.string else { throw wrong(key, expected) }
        return text
    }

    /// Nanoseconds.
    func time(_ key: String, upTo longest: Int = 86_400, _ words: String = "a day") throws(SettingsError)
        -> Int64?
    {
        guard let value = table[key] else { return nil }
        let expected = "a time such as \"30s\" or \"2m\", or a number of seconds"
        let seconds =
            value.double ?? value.int.map(Double.init)
            ?? value.string.flatMap(Duration.init(text:))?.inSeconds
        guard let seconds, (0.001...Double(longest)).contains(seconds) else {
            throw wrong(key, expected + ", from a millisecond up to \(words)")
        }
        return Int64(seconds * 1e9)
    }

    func count(_ key: String) throws(SettingsError) -> Int? {
        guard let value = table[key] else { return nil }
        guard let count = value.int, (1...1_000_000).contains(count) else {
            throw wrong(key, "a whole number from 1 to 1000000")
        }
        return count
    }

    /// Texts by their names; none where the table has no such key.
    func texts(_ key: String, _ expected: String) throws(SettingsError) -> [String: String] {
        guard let value = table[key] else { return [:] }
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

    /// Headers of requests by their names.
    func headers(_ key: String, _ expected: String) throws(SettingsError) -> [String: String] {
        let headers = try texts(key, expected)
        // The value may be a key, and is not repeated.
        for (name, value) in headers.sorted(by: { $0.key < $1.key }) {
            guard isHTTPToken(name) else {
                throw reader.error(
                    "\(place) `\(key)`: `\(name)` is no name of a header, which has letters, digits and `-`")
            }
            guard isHTTPHeaderValue(value) else {
                throw reader.error(
                    "\(place) `\(key)`: the value of `\(name)` has a line break or another control character")
            }
        }
        return headers
    }

    func flag(_ key: String) throws(SettingsError) -> Bool? {
        guard let value = table[key] else { return nil }
        guard let flag = value.bool else { throw wrong(key, "true or false") }
        return flag
    }
}

/// A value of TOML as JSON has it; nil for dates, times and numbers that are not finite.
func dataValue(_ value: any TOMLValueConvertible) -> Value? {
    if let text = value.string { return .string(text) }
    if let flag = value.bool { return .bool(flag) }
    if let int = value.int { return .int(Int64(int)) }
    if let double = value.double { return double.isFinite ? .double(double) : nil }
    if let items = value.array {
        let values = items.map(dataValue)
        return values.contains { $0 == nil } ? nil : .list(values.compactMap { $0 })
    }
    guard let table = value.table else { return nil }
    var map = MapValue()
    for name in table.keys {
        guard let inner = table[name].flatMap(dataValue) else { return nil }
        map[name] = inner
    }
    return .map(map)
}

/// A value as an error shows it.
func shown(_ value: (any TOMLValueConvertible)?) -> String {
    guard let value else { return "nothing" }
    if value.table != nil { return "a table" }
    if value.array != nil { return "a list" }
    if let double = value.double, !double.isFinite { return "\(double)" }
    guard let data = dataValue(value) else { return "a date or a time" }
    let text = JSON.text(data)
    return text.count > 60 ? String(text.prefix(60)) + "…" : text
}
