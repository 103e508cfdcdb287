/// A text of the settings in which `${NAME}` stands for an environment variable, and `$${` for `${` itself.
package struct VariableText: Sendable, Hashable {
    private enum Part: Sendable, Hashable {
        case text(Substring)
        case variable(String)
    }

    private let parts: [Part]

    package init(_ text: String) {
        var parts: [Part] = []
        var rest = text[...]
        while let dollar = rest.firstIndex(of: "$") {
            let behind = rest[rest.index(after: dollar)...]
            if behind.hasPrefix("${") {
                parts.append(.text(rest[..<dollar]))
                parts.append(.text("${"))
                rest = behind.dropFirst(2)
            } else if behind.first == "{", let end = behind.firstIndex(of: "}"),
                VariableText.isName(behind[..<end].dropFirst())
            {
                parts.append(.text(rest[..<dollar]))
                parts.append(.variable(String(behind[..<end].dropFirst())))
                rest = behind[behind.index(after: end)...]
            } else {
                parts.append(.text(rest[...dollar]))
                rest = behind
            }
        }
        self.parts = parts + [.text(rest)]
    }

    /// The variables that it names, in order.
    package var names: [String] {
        parts.compactMap { part in if case .variable(let name) = part { name } else { nil } }
    }

    /// The first `${…}` within a text that names no variable; nil where there is none.
    package static func misnamed(in text: String) -> String? {
        var rest = text[...]
        while let dollar = rest.firstIndex(of: "$") {
            let behind = rest[rest.index(after: dollar)...]
            if behind.hasPrefix("${") {
                rest = behind.dropFirst(2)
            } else if behind.first == "{" {
                let name = behind.dropFirst().prefix { $0 != "}" }
                guard isName(name), name.endIndex < rest.endIndex else { return "${\(name.prefix(40))}" }
                rest = rest[name.endIndex...]
            } else {
                rest = behind
            }
        }
        return nil
    }

    /// The text with the values of the variables.
    ///
    /// - Throws: the name of the first variable that is not set.
    package func text(_ variables: (String) -> String?) throws(MissingVariable) -> String {
        var text = ""
        for part in parts {
            switch part {
            case .text(let words): text += words
            case .variable(let name):
                guard let value = variables(name) else { throw MissingVariable(name: name) }
                text += value
            }
        }
        return text
    }

    /// Whether a word can be the name of a variable.
    package static func isName(_ word: some StringProtocol) -> Bool {
        guard let first = word.utf8.first, !(0x30...0x39).contains(first), word.utf8.count <= 128 else {
            return false
        }
        return word.utf8.allSatisfy { byte in
            byte == UInt8(ascii: "_") || (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte & 0xDF)
        }
    }

    /// A variable that is named and not set.
    package struct MissingVariable: Error {
        package let name: String
    }
}
