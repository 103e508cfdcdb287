import AutoSyntax
import CEL
import Diagnostics
import StepKinds

/// The reference by topics: a step type or a field of one, a setting, a word of the header or of a test, a function, a
/// kind of failure, a code.
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
            + DeclarationWord.allCases.map(\.rawValue) + TestWord.allCases.map(\.rawValue)
            + FunctionDocumentation.all.map(\.name) + FailureKind.words + Code.allCases.map(\.rawValue)
            + StepKind.all.flatMap { $0.fields.map(\.name) } + toolFields
    }

    /// The fields of an entry of `tools`.
    private static var toolFields: [String] {
        let all = ToolField.ofAutomation + ToolField.ofServer + ToolField.usuallyDeclared
        return all.enumerated().filter { place, name in !all[..<place].contains(name) }.map(\.element)
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
        if let word = TestWord(rawValue: topic.lowercased()) {
            parts.append("## `\(word.rawValue)`, a word of a test\n\n\(word.documentation)\n")
        }
        parts += fields(topic.lowercased())
        let function =
            FunctionDocumentation.of(topic)
            ?? FunctionDocumentation.all.first { $0.name.lowercased() == topic.lowercased() }
        if let function { parts.append(self.function(function)) }
        if let kind = FailureKind.fixed.first(where: { $0.word == topic.lowercased() }) {
            parts.append("## `\(kind.word)`, a kind of failure\n\n\(kind.documentation)\n")
        }
        if let page = CodePage.of(topic) { parts.append(page.markdown(compiler)) }
        return parts.isEmpty ? nil : parts.joined(separator: "\n")
    }

    /// What the fields of a name say, of each step type that has one, and of an entry of `tools`.
    private static func fields(_ name: String) -> [String] {
        var parts: [String] = []
        for kind in StepKind.all {
            guard let field = kind[name] else { continue }
            parts.append("## `\(name)`, a field of \(kind.type.rawValue)\n\n" + line(field, of: kind))
            if name == LLMCall.tools.name {
                parts.append(
                    list(
                        "Fields of an entry of `tools`",
                        toolFields.map { ($0, ToolField.documentation(of: $0)) }))
            }
        }
        if toolFields.contains(name) {
            let text = ToolField.documentation(of: name)
            parts.append("## `\(name)`, a field of an entry of `tools` of LLM_CALL\n\n\(text)\n")
        }
        return parts
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
        for field in kind.fields { text += line(field, of: kind) }
        return text + "\n```auto\n\(kind.sample)\n```\n"
    }

    /// A field with what it takes, as a line of a list.
    private static func line(_ field: StepField, of kind: StepKind) -> String {
        let takes = field.kind.words { inWords($0, quoted: "`") }
        let need = kind.need(of: field).words.map { " (\($0))" } ?? ""
        let usual = field.usual.map { "; left out: \($0)" } ?? ""
        return "- `\(field.name)`\(need), \(takes): \(field.documentation)\(usual)\n"
    }

    private static func function(_ function: FunctionDocumentation) -> String {
        "## `\(form(function))`, a function\n\n\(function.text)\n\n```auto\n\(function.example)  # \(function.gives)\n```\n"
    }

    private static func form(_ function: FunctionDocumentation) -> String {
        "\(function.name)(\(function.parameters.joined(separator: ", ")))"
    }
}
