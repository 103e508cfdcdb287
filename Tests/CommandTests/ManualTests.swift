import CEL
import Foundation
import TestSupport
import Testing
import Values

/// The manual pages are made from what the commands say of themselves, as `make install` makes them.
@Suite(.timeLimit(.minutes(1))) struct ManualTests {
    /// The page of a command, and what its maker and groff complained of.
    private func manual(_ name: String) async throws -> (page: String, complaints: String) {
        let command = try Command()
        defer { command.clean() }
        let help = try await command.run(name, ["--experimental-dump-help"])
        let version = try await command.run(name, ["--version"]).output.trimmingCharacters(in: .newlines)
        let made = try await command.run(
            program("/usr/bin/env", ["python3", "Docs/manual.py", version], command), input: help.output)
        let read = try await command.run(
            program("/usr/bin/env", ["groff", "-man", "-ww", "-z", "-k", "-Tutf8"], command),
            input: made.output)
        #expect(made.code == 0 && read.code == 0)
        return (made.output, made.errors + read.errors)
    }

    private func program(_ path: String, _ arguments: [String], _ command: Command) -> Process {
        let process = command.process("autorun", arguments)
        process.executableURL = URL(fileURLWithPath: path)
        return process
    }

    @Test(arguments: ["autorun", "autocheck"])
    func pageRendersWithoutWarnings(name: String) async throws {
        let (page, complaints) = try await manual(name)
        #expect(page.hasPrefix(".TH \(name.uppercased()) 1 "))
        #expect(complaints == "")
    }

    /// Every subcommand and every option that `--help` shows has its entry.
    @Test(arguments: ["autorun", "autocheck"])
    func nothingIsLeftOut(name: String) async throws {
        let (page, _) = try await manual(name)
        let command = try Command()
        defer { command.clean() }
        let help = try JSON.parse(try await command.run(name, ["--experimental-dump-help"]).output)
        var options = 0
        func look(_ part: Value, path: [String]) {
            let children = (part.asMap?["subcommands"]?.asList ?? []).compactMap(\.asMap).filter {
                $0["commandName"] != .string("help") && $0["shouldDisplay"] != .bool(false)
            }
            if children.isEmpty, !path.isEmpty {
                #expect(page.contains("\n.SS \(path.joined(separator: " "))\n"))
            }
            for option in (part.asMap?["arguments"]?.asList ?? []).compactMap(\.asMap)
            where children.isEmpty && option["shouldDisplay"] != .bool(false) {
                for long in (option["names"]?.asList ?? []).compactMap(\.asMap)
                where long["kind"] == .string("long") {
                    options += 1
                    let written = "--" + (long["name"]?.asText ?? "")
                    #expect(page.contains(written.replacingOccurrences(of: "-", with: "\\-")), "\(written)")
                }
            }
            for child in children { look(.map(child), path: path + [child["commandName"]?.asText ?? ""]) }
        }
        look(try #require(help.asMap?["command"]), path: [])
        #expect(options > 5, "the command describes itself in another way")
    }
}
