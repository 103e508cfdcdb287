/// Commands of TeX that begin with a letter which means a blank behind a `\` in JSON: in a text with other commands,
/// `\times` is none of the texts that begin with a tab.
enum TeX {
    /// Whether such a command begins with the letters of a slice.
    static func isCommand(_ letters: ArraySlice<UInt8>) -> Bool {
        guard let first = letters.first, "nrt".utf8.contains(first) else { return false }
        let word = letters.prefix { $0 < 0x80 && $0.isLetter }
        return word.count < 16 && commands.contains(String(decoding: word, as: UTF8.self))
    }

    private static let commands: Set<String> = [
        "nabla", "ne", "neq", "neg", "newline", "nmid", "not", "notin", "nu", "rangle", "rceil", "rfloor",
        "rho",
        "right", "rightarrow", "rm", "tan", "tanh", "tau", "text", "textbf", "textit", "textrm", "tfrac",
        "therefore", "theta", "tilde", "times", "to", "top", "triangle",
    ]
}
