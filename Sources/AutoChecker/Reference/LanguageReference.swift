import AutoSyntax
import CEL
import Diagnostics
import StepKinds

/// The reference by topics: a step type, a setting, a word of the header, a function, a kind of failure, a code.
///
/// `autorun docs TOPIC` prints an entry, and the tool `reference` of `autocheck mcp` gives one.
package enum LanguageReference {
    /// The topics that are lists of others, with what they hold.
    package static let overviews: [(topic: String, about: String)] = [
        ("language", "the whole language on one page"),
        ("steps", "the ten step types with their fields"),
        ("settings", "the settings that every step may have"),
        ("header", "the declarations of a file and the entries of a test"),
        ("functions", "the functions of expressions"),
        ("failures", "the kinds of failure that `name.error.kind` says"),
        ("codes", "the codes of findings"),
    ]

    /// Every topic there is.
    package static var topics: [String] {
        overviews.map(\.topic) + StepType.allCases.map(\.rawValue) + SettingName.allCases.map(\.rawValue)
            + DeclarationWord.allCases.map(\.rawValue) + FunctionDocumentation.all.map(\.name)
            + FailureKind.words + Code.allCases.map(\.rawValue)
    }

    /// What is known of a topic, as Markdown; nil for one that there is not.
    ///
    /// A name may be several things, `timeout` a setting and a kind of failure: then the entry tells them all.
    ///
    /// - Parameter topic: in capital or small letters; a function with its namespace where it has one.
    package static func entry(of topic: String, _ compiler: any ProgramCompiler) -> String? {
        if let overview = overview(topic.lowercased()) { return overview }
        var parts: [String] = []
        if let type = StepType.allCases.first(where: { $0.rawValue == topic.uppercased() }) {
            parts.append(step(StepKind.of(type)))
        }
        if let setting = SettingName(rawValue: topic.lowercased()) {
            parts.append("## `\(setting.rawValue)`, a setting\n\n\(setting.documentation)\n")
        }
        if let word = DeclarationWord(rawValue: topic.lowercased()) {
            parts.append("## `\(word.rawValue)`, a word of the header\n\n\(word.documentation)\n")
        }
        if let function = FunctionDocumentation.of(topic) { parts.append(self.function(function)) }
        if let kind = FailureKind.fixed.first(where: { $0.word == topic.lowercased() }) {
            parts.append("## `\(kind.word)`, a kind of failure\n\n\(kind.documentation)\n")
        }
        if let page = CodePage.of(topic) { parts.append(page.markdown(compiler)) }
        return parts.isEmpty ? nil : parts.joined(separator: "\n")
    }

    /// Why there is no entry, in a sentence with the nearest topic.
    package static func unknown(_ topic: String) -> String {
        let near = nearestName(to: topic, in: topics) ?? nearestName(to: topic.uppercased(), in: topics)
        let lists = overviews.map(\.topic).joined(separator: ", ")
        return "there is no topic `\(topic.prefix(60))`"
            + (near.map { ": did you mean `\($0)`?" }
                ?? ": name a step type, a setting, a function, a code, or one of \(lists)")
    }

    private static func overview(_ topic: String) -> String? {
        switch topic {
        case "language": LanguageGuide.text
        case "steps": StepKind.all.map(step).joined(separator: "\n")
        case "settings":
            list("Settings of every step", SettingName.allCases.map { ($0.rawValue, $0.documentation) })
        case "header":
            list(
                "The header, and the entries of a test",
                DeclarationWord.allCases.map { ($0.rawValue, $0.documentation) }
                    + TestWord.allCases.map { ($0.rawValue + " (in a test)", $0.documentation) })
        case "functions":
            list("Functions of expressions", FunctionDocumentation.all.map { (form($0), $0.text) })
        case "failures":
            list("Kinds of failure", FailureKind.fixed.map { ($0.word, $0.documentation) })
        case "codes": list("Codes of findings", CodePage.all.map { ($0.code.rawValue, $0.title) })
        default: nil
        }
    }

    private static func list(_ title: String, _ entries: [(name: String, about: String)]) -> String {
        "## \(title)\n\n" + entries.map { "- `\($0.name)`: \($0.about)\n" }.joined()
    }

    private static func step(_ kind: StepKind) -> String {
        var text = "## \(kind.type.rawValue)\n\n\(kind.summary) Gives \(kind.gives).\n\n"
        if let branches = kind.branches { text += "Branches: \(branches).\n\n" }
        for field in kind.fields {
            let takes = field.kind.words { inWords($0, quoted: "`") }
            let need = kind.need(of: field).words.map { " (\($0))" } ?? ""
            let usual = field.usual.map { "; left out: \($0)" } ?? ""
            text += "- `\(field.name)`\(need), \(takes): \(field.documentation)\(usual)\n"
        }
        return text + "\n```auto\n\(kind.sample)\n```\n"
    }

    private static func function(_ function: FunctionDocumentation) -> String {
        "## `\(form(function))`, a function\n\n\(function.text)\n\n```auto\n\(function.example)  # \(function.gives)\n```\n"
    }

    private static func form(_ function: FunctionDocumentation) -> String {
        "\(function.name)(\(function.parameters.joined(separator: ", ")))"
    }
}
