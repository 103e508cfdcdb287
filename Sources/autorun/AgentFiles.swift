import AutoChecker
import Foundation

/// The files by which a coding agent learns of the language: `autorun new --agents` writes them.
struct AgentFile {
    /// From the folder that the project is in.
    let path: String
    let text: String
    /// What to do by hand where there is such a file already.
    let mend: String

    /// What became of the writing.
    enum Outcome: Equatable {
        case written
        /// The file is there, and says the same.
        case same
        /// The file is there, and says something else: it is left as it is.
        case leftAlone
    }

    static var all: [AgentFile] { [instructions, rules, servers] }

    /// Writes the file where there is none.
    ///
    /// - Throws: `CommandError` where the folder cannot be written to.
    func write() throws -> Outcome {
        let place = URL(fileURLWithPath: path)
        do {
            try FileManager.default.createDirectory(
                at: place.deletingLastPathComponent(), withIntermediateDirectories: true)
            try Data(text.utf8).write(to: place, options: .withoutOverwriting)
            return .written
        } catch CocoaError.fileWriteFileExists {
            return FileManager.default.contents(atPath: path) == Data(text.utf8) ? .same : .leftAlone
        } catch {
            throw CommandError(
                "cannot write \(path): check this folder's permissions", code: Exit.unreachable)
        }
    }

    /// Agents of all makers read this file.
    private static let instructions = AgentFile(
        path: "AGENTS.md",
        text: """
            # Automations in this project

            The files that end in `.auto` are automations in the language of `autorun`: steps that ask models, read \
            pages, call APIs and ask people, checked before they run.

            - Before you write or change one, read the language, one page: `autorun docs --for-agents`.
            - Look things up: `autorun docs LLM_CALL`, `autorun docs sortBy`, `autorun docs A309`.
            - After each change run `autocheck FILE` and mend every finding; `autocheck --fix FILE` applies the safe \
            mends. A file with errors does not run.
            - Write tests into the file, one for each way through it, and run them: `autorun test FILE --coverage`. \
            They need no network and no keys.
            - Before a run see what it can come to: `autorun plan FILE`. Run it only when you are asked to: \
            a run calls models and changes things outside.
            - Lay it out: `autorun fmt FILE`.
            - With an MCP client, the same is offered by `autocheck mcp` (tools check, fix, format, explain, \
            reference, plan, test); `.mcp.json` names it.

            """,
        mend: "add the lines about .auto files to it, or move it away and write this one again")

    /// Cursor reads it when a file is open that it is for.
    private static var rules: AgentFile {
        AgentFile(
            path: ".cursor/rules/autorun.mdc",
            text: """
                ---
                description: The .auto language of autorun
                globs: "**/*.auto"
                alwaysApply: false
                ---

                After each change of a `.auto` file run `autocheck FILE` and `autorun test FILE`, and mend what they find.

                \(LanguageGuide.text)
                """, mend: "move it away and write this one again")
    }

    /// Claude Code, and others, start what it names.
    private static let servers = AgentFile(
        path: ".mcp.json",
        text: """
            {
              "mcpServers": {
                "autocheck": { "command": "autocheck", "args": ["mcp"] }
              }
            }

            """,
        mend: "add to its mcpServers: \"autocheck\": { \"command\": \"autocheck\", \"args\": [\"mcp\"] }")
}
