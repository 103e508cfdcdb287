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
            """
            Its steps and step_transitions, as POST /automations takes them; `autorun import` reads them back. \
            Automations that it calls stand there by their ids, as a server has them that serves their files.
            """
    )

    @Argument(help: "The .auto file.", completion: .file(extensions: ["auto"]))
    var file: String

    func run() throws {
        let loaded = try load(file, notingWorkers())
        let ids = Dictionary(
            loaded.stored.stepInfos.map { ($0.name, $0.id.text) }, uniquingKeysWith: { first, _ in first })
        let path = loaded.stored.path
        let calls = { ID(name: CalledVersions.place(of: $0, calledBy: path)) }
        print(JSON.pretty(exported(loaded.plan.automation, calls: calls) { ids[$0] ?? "" }))
    }
}

struct ImportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import", abstract: "Writes the .auto text of an automation in the API's JSON.",
        discussion: """
            An automation that is called by its id becomes the path of its file, where that lies in the folder of \
            what is imported. The text goes to standard output. What it could not carry, and its findings, go to standard \
            error.
            """)

    @Argument(help: "The JSON file; `-` for standard input.", completion: .file(extensions: ["json"]))
    var file: String

    func run() throws {
        let bytes = try readInput(file)
        let value: Value
        do throws(JSONError) { value = try JSON.parse(bytes: bytes) } catch {
            let first = bytes.first { $0 != 0x20 && $0 != 0x09 && $0 != 0x0A && $0 != 0x0D }
            // Of another format, such as YAML, no place is the wrong one.
            if let first, !"{[\u{FEFF}".utf8.contains(first) {
                throw CommandError("\(file): this is no JSON; \(readByImport)", code: Exit.usage)
            }
            let place = SourceText(name: file, bytes: bytes).position(at: error.offset)
            throw CommandError(
                "\(file):\(place.line):\(place.column): no valid JSON: \(error.message)", code: Exit.usage)
        }
        let automation: ImportedAutomation
        // The text has no place of its own yet: what it names is looked for in the folder of what is imported.
        let folder = file == "-" ? "." : URL(fileURLWithPath: file).deletingLastPathComponent().path
        let paths = FolderIDs(folder)
        do throws(ImportError) { automation = try imported(value, path: { paths.path(of: $0) }) } catch {
            throw CommandError("\(file): \(error.text)", code: Exit.usage)
        }
        let text = automation.text
        print(text, terminator: "")
        for note in importNotes(value, automation) { say(safe("note: \(note)")) }
        let source = SourceText(name: "imported.auto", text: text)
        let result = try checkResult(
            source, at: .file(absolute(folder) + "/imported.auto"), notingWorkers())
        if !result.findings.isEmpty {
            say(
                render(
                    result.findings, in: source, as: .terminal,
                    colour: Terminal.usesColour(FileHandle.standardError),
                    columns: Terminal.columns(.standardError)))
        }
        if result.automation == nil { throw CommandExit(code: Exit.failed) }
    }
}

/// The automations in a folder, by the ids that their files give them.
private struct FolderIDs {
    private let paths: [ID: String]

    init(_ folder: String) {
        let folder = canonical(folder)
        let beginning = folder.hasSuffix("/") ? folder : folder + "/"
        let files = automations(in: folder, skips: { _ in false })
        paths = Dictionary(
            files.map { (ID(name: $0), String($0.dropFirst(beginning.count))) },
            uniquingKeysWith: { first, _ in first })
    }

    /// From the folder on; nil where no file has the id.
    func path(of id: ID) -> String? { paths[id] }
}
