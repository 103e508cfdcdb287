package import Diagnostics

/// What `autocheck --explain` says of a code: why it is a finding, a file that has it, and the file mended.
package struct CodePage: Sendable {
    /// The code that it explains.
    package let code: Code
    /// What the finding is, in a few words.
    package let title: String
    /// Why it is a finding.
    package let why: String
    /// Empty where no file of a readable length has the finding.
    package let bad: String
    /// The bad file mended; empty where there is none.
    package let good: String
    /// The files beside both, which they name, by their paths.
    package let beside: [String: String]
    /// Whether the finding is one of those that `[trust] enforce = true` asks for.
    package let isEnforced: Bool

    init(
        _ code: Code, _ title: String, _ why: String, bad: String = "", good: String = "",
        beside: [String: String] = [:], isEnforced: Bool = false
    ) {
        self.code = code
        self.title = title
        self.why = why
        self.bad = bad
        self.good = good
        self.beside = beside
        self.isEnforced = isEnforced
    }

    /// A page for each code, in the order of the codes.
    package static let all: [CodePage] =
        (syntaxPages + namePages + callPages + typePages + triggerPages + graphPages + forkPages + trustPages
        + moneyPages
        + programPages)
        .sorted { $0.code.rawValue < $1.code.rawValue }

    /// The page of a code, in capital or small letters; nil for one that there is not.
    package static func of(_ code: String) -> CodePage? {
        all.first { $0.code.rawValue == code.uppercased() }
    }

    /// The findings of the bad file.
    package func findings(_ compiler: any ProgramCompiler) -> CheckResult {
        check(SourceText(name: "wrong.auto", text: bad), options(of: "wrong.auto"), compiler)
    }

    /// The findings of the mended file, of which there are none.
    package func findingsOfMended(_ compiler: any ProgramCompiler) -> CheckResult {
        check(SourceText(name: "right.auto", text: good), options(of: "right.auto"), compiler)
    }

    private func options(of name: String) -> CheckOptions {
        var options = CheckOptions()
        options.trust.isEnforced = isEnforced
        var files = beside
        files["wrong.auto"] = bad
        files["right.auto"] = good
        options.files = OtherFiles(beside: name) { [files] (path) throws(OtherFiles.Unreadable) in
            guard let text = files[path] else {
                throw OtherFiles.Unreadable(
                    "is not there", help: "name a file in this folder or in one under it")
            }
            return Array(text.utf8)
        }
        return options
    }

    /// The page as Markdown; what the bad file prints is what the checker says of it now.
    package func markdown(_ compiler: any ProgramCompiler) -> String {
        var text = "# \(code.rawValue): \(title)\n\n\(why)\n"
        guard !bad.isEmpty else { return text }
        let result = findings(compiler)
        let shown = render(result.findings, in: result.source, as: .terminal)
        let settings = isEnforced ? ", where `autorun.toml` says `[trust] enforce = true`" : ""
        text +=
            "\nThis file has it\(settings):\n\n```auto\n\(shortened(bad))```\n\nIt prints:\n\n```\n\(shown)```\n"
        for (name, content) in beside.sorted(by: { $0.key < $1.key }) {
            text += "\nBeside it lies `\(name)`:\n\n```auto\n\(content)```\n"
        }
        text += "\nMended:\n\n```auto\n\(good)```\n"
        return text
    }

    /// A long file without its middle.
    private func shortened(_ file: String) -> String {
        let lines = file.split(separator: "\n", omittingEmptySubsequences: false)
        guard lines.count > 60 else { return file }
        let middle = "      … and \(lines.count - 14) lines like these"
        return (lines.prefix(8).map(String.init) + [middle] + lines.suffix(6).map(String.init)).joined(
            separator: "\n")
    }
}
