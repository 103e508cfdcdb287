import ArgumentParser
import AutoConfig
import AutoSyntax
import CommandEnd
import Diagnostics
import Foundation

struct FormatCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "fmt", abstract: "Lays files out in the one canonical way.",
        discussion: """
            Comments are kept, the meaning never changes, and there are no options of style. \
            A folder stands for every .auto file in it; `-` formats standard input to standard output.

              autorun fmt triage.auto
              autorun fmt --check .        for CI: exit 1 when a file would change
              autorun fmt --diff triage.auto
            """)

    @Argument(help: "The files and folders; `-` for standard input.", completion: .file(extensions: ["auto"]))
    var files: [String]

    @Flag(help: "Change nothing; name the files that would change and exit 1.")
    var check = false

    @Flag(help: "Change nothing; print what would change.")
    var diff = false

    func run() throws {
        var wouldChange = false
        var hasErrors = false
        for file in try automationFiles(files) {
            let bytes = try readInput(file)
            let source = SourceText(name: file, bytes: bytes)
            let (text, findings) = format(source)
            guard let text else {
                hasErrors = true
                say(
                    render(
                        findings, in: source, as: .terminal,
                        colour: Terminal.usesColour(FileHandle.standardError),
                        columns: Terminal.columns(.standardError)))
                continue
            }
            let isChanged = Array(text.utf8) != bytes
            wouldChange = wouldChange || isChanged
            if diff {
                if isChanged { print(unifiedDiff(bytes, Array(text.utf8), name: file), terminator: "") }
            } else if check {
                if isChanged { print(file) }
            } else if file == "-" {
                print(text, terminator: "")
            } else if isChanged {
                guard replaceFile(file, with: Array(text.utf8)) else {
                    throw CommandError("cannot write \(file): check its permissions", code: Exit.unreachable)
                }
            }
        }
        if hasErrors { throw CommandExit(code: Exit.usage) }
        if wouldChange, check || diff { throw CommandExit(code: Exit.failed) }
    }
}

/// The files that arguments name: files as they are, folders by every `.auto` file in them, hidden ones left out.
func automationFiles(_ arguments: [String]) throws -> [String] {
    try arguments.flatMap { argument -> [String] in
        var isFolder: ObjCBool = false
        guard argument != "-", FileManager.default.fileExists(atPath: argument, isDirectory: &isFolder),
            isFolder.boolValue
        else { return [argument] }
        guard let walker = FileManager.default.enumerator(atPath: argument) else {
            throw CommandError("cannot read \(argument): check its permissions", code: Exit.unreachable)
        }
        var found: [String] = []
        while let path = walker.nextObject() as? String {
            let name = path.split(separator: "/").last ?? ""
            if name.hasPrefix(".") || name == "node_modules" {
                walker.skipDescendants()
            } else if name.hasSuffix(".auto") {
                found.append(argument == "." ? path : argument + (argument.hasSuffix("/") ? "" : "/") + path)
            }
        }
        return found.sorted()
    }
}
