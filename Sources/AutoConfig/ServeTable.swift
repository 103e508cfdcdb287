import TOMLKit

/// `[server]` of `autorun.toml`.
extension ProjectSettings {
    /// - Parameter path: of the file, in whose folder relative paths begin.
    mutating func readServer(_ table: TOMLTable, from path: String) throws(SettingsError) {
        for option in ServeOption.allCases {
            guard let written = table[option.key] else { continue }
            let place = "\(path): [server] \(option.key)"
            guard let value = value(written, option.kind), option.takes(value) else {
                throw option.refusal(of: words(written), at: place)
            }
            server[option] = FoundServeValue(value: resolved(value, option.kind, path), place: place)
        }
    }

    private func value(_ written: any TOMLValueConvertible, _ kind: ServeOption.Kind) -> ServeValue? {
        switch kind {
        case .address, .file, .oneOf: return written.string.map(ServeValue.text)
        case .number: return written.int.map(ServeValue.number)
        case .flag: return written.bool.map(ServeValue.flag)
        case .hosts, .names:
            guard let array = written.array else { return nil }
            var hosts: [String] = []
            for item in array {
                guard let host = item.string else { return nil }
                hosts.append(host)
            }
            return .list(hosts)
        }
    }

    /// The value with a path from the root on, since the server may run in another folder. `:memory:` is no path, and
    /// neither is a url.
    private func resolved(_ value: ServeValue, _ kind: ServeOption.Kind, _ path: String) -> ServeValue {
        guard kind == .file, case .text(let file) = value, !file.hasPrefix("/"), !file.hasPrefix(":"),
            !file.contains("://")
        else { return value }
        return .text(absolute(parent(of: path) + "/" + file))
    }

    /// What stands in the file, in words.
    private func words(_ written: any TOMLValueConvertible) -> String {
        if let text = written.string { return "the text \"\(shown(text))\"" }
        if let number = written.int { return "the number \(number)" }
        if let isOn = written.bool { return isOn ? "true" : "false" }
        if written.array != nil { return "a list" }
        if written.table != nil { return "a table" }
        return "a value of another kind"
    }
}
