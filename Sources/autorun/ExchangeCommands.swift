import ArgumentParser
import AutoChecker
import AutoConfig
import AutoRuntime
import AutoSyntax
import CommandEnd
import Compilers
import Diagnostics
import Foundation
import Processes
import Values

struct ExportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export", abstract: "Writes an automation as the API's JSON.",
        discussion:
            "Its steps and step_transitions, as POST /automations takes them; `autorun import` reads them back."
    )

    @Argument(help: "The .auto file.", completion: .file(extensions: ["auto"]))
    var file: String

    func run() throws {
        let loaded = try load(file, notingWorkers())
        let ids = Dictionary(
            loaded.stored.stepInfos.map { ($0.name, $0.id.text) }, uniquingKeysWith: { first, _ in first })
        print(JSON.pretty(exported(loaded.plan.automation) { ids[$0] ?? "" }))
    }
}

struct ImportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import", abstract: "Writes the .auto text of an automation in the API's JSON.",
        discussion: """
            The text goes to standard output. What it could not carry, and its findings, go to standard \
            error.
            """)

    @Argument(help: "The JSON file; `-` for standard input.", completion: .file(extensions: ["json"]))
    var file: String

    func run() throws {
        let bytes = try readInput(file)
        let value: Value
        do throws(JSONError) { value = try JSON.parse(bytes: bytes) } catch {
            let place = SourceText(name: file, bytes: bytes).position(at: error.offset)
            throw CommandError(
                "\(file):\(place.line):\(place.column): no valid JSON: \(error.message)", code: Exit.usage)
        }
        let automation: ImportedAutomation
        do throws(ImportError) { automation = try imported(value) } catch {
            throw CommandError("\(file): \(error.text)", code: Exit.usage)
        }
        let text = automation.text
        print(text, terminator: "")
        for note in importNotes(value, automation) { printError(safe("note: \(note)")) }
        let source = SourceText(name: "imported.auto", text: text)
        // The text has no place of its own yet: the settings are those of the folder of what is imported.
        let folder = file == "-" ? "." : URL(fileURLWithPath: file).deletingLastPathComponent().path
        let result = try checkResult(
            source, at: .file(absolute(folder) + "/imported.auto"), notingWorkers())
        if !result.findings.isEmpty {
            printError(
                render(
                    result.findings, in: source, as: .terminal,
                    colour: Terminal.usesColour(FileHandle.standardError)))
        }
        if result.automation == nil { throw CommandExit(code: Exit.failed) }
    }
}
