import Diagnostics

/// A value with the place where it was found, for errors: `--rate`, `AUTORUN_RATE`, `autorun.toml: [server] rate`.
package struct FoundServeValue: Sendable, Hashable {
    package let value: ServeValue
    package let place: String
}

/// What holds for `autorun serve`. Of each option the first counts that is there: on the command line, in the
/// environment, in `autorun.toml`; else what is usual.
package struct ServeSettings: Sendable {
    private var found: [ServeOption: FoundServeValue] = [:]

    /// - Parameters:
    ///   - typed: what the command line says of an option, several times for one that may be repeated; nil for nothing.
    ///   - variable: the value of an environment variable, nil where it is not set. An empty one counts as not set.
    ///   - file: what `autorun.toml` says, as `ProjectSettings` has checked it.
    /// - Throws: for a value that its option does not take, and for a certificate without its key.
    package init(
        typed: (ServeOption) -> [String]?, variable: (String) -> String?,
        file: [ServeOption: FoundServeValue]
    ) throws(SettingsError) {
        for option in ServeOption.allCases {
            if let texts = typed(option) {
                found[option] = try ServeSettings.read(texts, option, option.typed)
            } else if let text = variable(option.variable), !text.isEmpty {
                let texts = option.kind == .hosts ? ServeSettings.parts(text) : [text]
                found[option] = try ServeSettings.read(texts, option, option.variable)
            } else {
                found[option] = file[option]
            }
        }
        switch (found[.tlsCert], found[.tlsKey]) {
        case (let given?, nil), (nil, let given?):
            throw SettingsError(
                message:
                    "\(given.place) stands alone: a certificate and its key belong together, "
                    + "\(ServeOption.tlsCert.typed) and \(ServeOption.tlsKey.typed)")
        case (.some, .some), (nil, nil): break
        }
    }

    private static func read(_ texts: [String], _ option: ServeOption, _ place: String)
        throws(SettingsError) -> FoundServeValue
    {
        // Of an option that takes one value, the last that is typed counts.
        let text = texts.last ?? ""
        let value: ServeValue? =
            switch option.kind {
            case .address, .file, .oneOf: .text(text)
            case .number: Int(text).map(ServeValue.number)
            case .hosts, .names: .list(texts)
            case .flag: ["true": ServeValue.flag(true), "false": .flag(false)][text]
            }
        guard let value, option.takes(value) else { throw option.refusal(of: "`\(shown(text))`", at: place) }
        return FoundServeValue(value: value, place: place)
    }

    /// The parts of a list in an environment variable; a text without any is one empty part, which is refused.
    private static func parts(_ text: String) -> [String] {
        let parts = text.split(separator: ",").map { part in
            String(part.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
        }.filter { !$0.isEmpty }
        return parts.isEmpty ? [""] : parts
    }

    private func value(_ option: ServeOption) -> ServeValue? { found[option]?.value ?? option.usual }

    /// Where the value of an option was found; the option itself for one that nobody has set.
    package func place(of option: ServeOption) -> String { found[option]?.place ?? option.typed }

    /// The text of an option that takes one; nil where none is set.
    package func text(_ option: ServeOption) -> String? { value(option)?.text }

    /// The number of an option that takes one.
    package func number(_ option: ServeOption) -> Int? {
        guard case .number(let number) = value(option) else { return nil }
        return number
    }

    /// Whether a flag is set.
    package func isSet(_ option: ServeOption) -> Bool { value(option) == .flag(true) }

    /// The parts of an option that takes several; empty where none is set.
    package func list(_ option: ServeOption) -> [String] {
        guard case .list(let list) = value(option) else { return [] }
        return list
    }
}

extension ServeOption {
    /// Whether the option takes a value.
    func takes(_ value: ServeValue) -> Bool {
        switch (kind, value) {
        case (.address, .text(let text)): ListenAddress(text) != nil
        case (.file, .text(let text)): !text.isEmpty
        case (.oneOf(let words), .text(let text)): words.contains(text)
        case (.number, .number(let number)): (1...ServeOption.largestNumber).contains(number)
        case (.hosts, .list(let parts)), (.names, .list(let parts)): !parts.contains("")
        case (.flag, .flag): true
        case (.address, _), (.file, _), (.oneOf, _), (.number, _), (.hosts, _), (.names, _),
            (.flag, _):
            false
        }
    }

    /// - Parameter found: what stands there, in words.
    func refusal(of found: String, at place: String) -> SettingsError {
        SettingsError(message: "\(place) is \(found): expected \(expected)")
    }
}

/// What somebody has written, short and on one line.
func shown(_ text: String) -> String {
    String(
        text.prefix(60).map {
            $0.unicodeScalars.allSatisfy { $0.value >= 0x20 && $0.value != 0x7F } ? $0 : "?"
        })
}
