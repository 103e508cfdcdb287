import AutoSyntax
import Foundation
import StepKinds
import Testing

private let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()

/// A part of a file that is made from StepKinds: what stands between two texts.
struct MadePart: Sendable, CustomTestStringConvertible {
    let path: String
    let before: String
    let behind: String
    let text: String

    var testDescription: String { "\(path) behind \(before.prefix(40))" }
}

private func table(_ name: String, _ text: String) -> MadePart {
    MadePart(
        path: "Grammar/README.md", before: "<!-- made from Sources/StepKinds: \(name) -->\n",
        behind: "\n<!-- end -->", text: text)
}

private let types = StepType.allCases.map(\.rawValue)

private let parts: [MadePart] = [
    table("steps", Reference.steps), table("fields", Reference.allFields),
    table("failures", Reference.failures),
    MadePart(
        path: "Grammar/vim/syntax/auto.vim", before: "syn keyword autoStepType ", behind: " nextgroup=",
        text: types.joined(separator: " ")),
    MadePart(
        path: "Grammar/vim/syntax/auto.vim", before: "syn region autoProgram start=/\\<\\%(",
        behind: "\\)\\s*:", text: programs.joined(separator: "\\|")),
    MadePart(
        path: "Grammar/vscode/syntaxes/auto.tmLanguage.json",
        before: "\"step\": {\n      \"match\": \"\\\\b(",
        behind: ")\\\\s+", text: types.joined(separator: "|")),
    MadePart(
        path: "Grammar/auto.ebnf", before: "\nstep type = ", behind: " ;",
        text: types.prefix(6).map { "\"\($0)\"" }.joined(separator: " | ") + "\n          | "
            + types.dropFirst(6).map { "\"\($0)\"" }.joined(separator: " | ")),
    MadePart(
        path: "Grammar/auto.ebnf", before: "\nplain setting = ( ", behind: " ), \":\", value",
        text: plainSettings.map { "\"\($0)\"" }.joined(separator: " | ")),
    vim("syn match autoDeclaration /^\\s*\\%(", "\\)\\>", declarations, "\\|"),
    vim("syn keyword autoKeyword ", "\n", keywords, " "),
    vim("syn keyword autoType ", "\n", typeWords, " "),
    textMate("\"declaration\": {\n      \"match\": \"^\\\\s*(", ")\\\\b", declarations),
    textMate("\"keyword.control.auto\", \"match\": \"\\\\b(", ")\\\\b", keywords),
    textMate("\"support.type.auto\", \"match\": \"\\\\b(", ")\\\\b", typeWords),
    page(
        "const stepTypes = ", ";\n",
        "\"" + types.prefix(6).joined(separator: "|") + "\"\n  + \"|"
            + types.dropFirst(6).joined(separator: "|") + "\""),
    page("const declarations = \"", "\";\n", declarations.joined(separator: "|")),
    page("const keywords = \"", "\";\n", keywords.joined(separator: "|")),
    page("const types = \"", "\";\n", typeWords.joined(separator: "|")),
    page("const programs = [", "];\n", programs.map { "\"\($0)\"" }.joined(separator: ", ")),
]

private func vim(_ before: String, _ behind: String, _ words: [String], _ separator: String) -> MadePart {
    MadePart(
        path: "Grammar/vim/syntax/auto.vim", before: before, behind: behind,
        text: words.joined(separator: separator))
}

private func textMate(_ before: String, _ behind: String, _ words: [String]) -> MadePart {
    MadePart(
        path: "Grammar/vscode/syntaxes/auto.tmLanguage.json", before: before, behind: behind,
        text: words.joined(separator: "|"))
}

/// A part of what colours an automation's text on the server's page.
private func page(_ before: String, _ behind: String, _ text: String) -> MadePart {
    MadePart(path: "Sources/AutoServer/Page/text.js", before: before, behind: behind, text: text)
}

/// The words that begin a line outside of steps. All entries of a test but this one are a name with a colon.
private let declarations = DeclarationWord.allCases.map(\.rawValue) + [TestWord.expect.rawValue]

/// The settings that are no name with a colon, and the words that join what belongs together.
private let keywords =
    SettingForm.allCases.filter {
        switch $0 {
        case .template, .onError: true
        case .result, .each: false
        }
    }.map(\.rawValue) + JoiningWord.allCases.map(\.rawValue)

private let typeWords = TypeWord.allCases.map(\.rawValue)

/// The fields whose text is a program.
private let programs = StepKind.all.flatMap(\.fields).filter { $0.kind == .program }.map(\.name)

/// The settings that are a name and a value.
private let plainSettings = SettingName.allCases.filter {
    switch $0 {
    case .result, .onError, .each: false
    case .timeout, .retry, .maxVisits, .atOnce, .onFailed, .cache, .trust: true
    }
}.map(\.rawValue)

/// The reference, the grammar and the editors' words say what StepKinds says; `RECORD=1`
/// writes them anew.
@Suite(.timeLimit(.minutes(1)), .serialized) struct ReferenceTests {
    @Test(arguments: parts)
    func isWritten(part: MadePart) throws {
        let file = root.appendingPathComponent(part.path)
        let text = try String(contentsOf: file, encoding: .utf8)
        let start = try #require(text.range(of: part.before)).upperBound
        let end = try #require(text.range(of: part.behind, range: start..<text.endIndex)).lowerBound
        if ProcessInfo.processInfo.environment["RECORD"] == "1" {
            let new = text.replacingCharacters(in: start..<end, with: part.text)
            try Data(new.utf8).write(to: file)
            Issue.record("recorded a part of \(part.path): read the difference")
            return
        }
        #expect(text[start..<end] == part.text)
    }

    /// Programs stand there in texts of one line and in blocks.
    @Test func visualStudioCodeKnowsThePrograms() throws {
        let path = root.appendingPathComponent("Grammar/vscode/syntaxes/auto.tmLanguage.json")
        let grammar = try String(contentsOf: path, encoding: .utf8)
        let words = "\\\\b(" + programs.joined(separator: "|") + ")"
        #expect(grammar.components(separatedBy: words).count == 3)
    }

    /// A kind that is left out of the list would be taken for the class of an exception.
    @Test func everyKindOfFailureIsListed() throws {
        let source = try String(
            contentsOf: root.appendingPathComponent("Sources/StepKinds/FailureKind.swift"), encoding: .utf8)
        let body = try #require(source.range(of: "package enum FailureKind")).upperBound
        let end = try #require(source.range(of: "\n}\n", range: body..<source.endIndex)).lowerBound
        let cases = source[body..<end].components(separatedBy: "\n    case ").count - 1
        #expect(cases == FailureKind.fixed.count + 1)
    }
}
