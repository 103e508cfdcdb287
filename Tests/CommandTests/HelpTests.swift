import CEL
import TestSupport
import Testing
import Values

/// What the commands say of themselves, as a terminal of 80 columns shows it.
@Suite(.timeLimit(.minutes(1))) struct HelpTests {
    /// A command as it describes itself.
    private struct Described {
        /// The words after the program's name that call it.
        let path: [String]
        let discussion: String
    }

    /// The commands of a program, the program itself included.
    private func commands(of program: String, _ command: Command) async throws -> [Described] {
        let dump = try JSON.parse(try await command.run(program, ["--experimental-dump-help"]).output)
        func all(_ part: MapValue, _ path: [String]) -> [Described] {
            let own = Described(path: path, discussion: part["discussion"]?.asText ?? "")
            let children = (part["subcommands"]?.asList ?? []).compactMap(\.asMap).filter {
                $0["commandName"] != .string("help") && $0["shouldDisplay"] != .bool(false)
            }
            return [own] + children.flatMap { all($0, path + [$0["commandName"]?.asText ?? ""]) }
        }
        let described = all(try #require(dump.asMap?["command"]?.asMap), [])
        try #require(described.contains { !$0.discussion.isEmpty }, "\(program)")
        try #require(described.count > (program == "autorun" ? 10 : 0))
        return described
    }

    /// A paragraph is one line in the source, which the terminal wraps at its own width. One that is broken there as
    /// well leaves short lines.
    @Test(arguments: ["autorun", "autocheck"])
    func paragraphsAreNotBrokenTwice(program: String) async throws {
        let command = try Command()
        defer { command.clean() }
        for described in try await commands(of: program, command) {
            let lines = described.discussion.split(separator: "\n", omittingEmptySubsequences: false)
            for (line, next) in zip(lines, lines.dropFirst()) where !line.isEmpty && !line.hasPrefix(" ") {
                #expect(next.isEmpty || next.hasPrefix(" "), "\(described.path): \(line)")
            }
            // What is indented is there to be copied, so it has to fit as it is.
            for line in lines where line.hasPrefix(" ") {
                #expect(line.count <= 80, "\(described.path): \(line)")
            }
        }
    }

    @Test(arguments: ["autorun", "autocheck"])
    func helpFitsEightyColumns(program: String) async throws {
        let command = try Command()
        defer { command.clean() }
        for described in try await commands(of: program, command) {
            let help = try await command.run(
                program, described.path + ["--help"], environment: ["COLUMNS": "80"])
            #expect(help.code == 0 && help.output.contains("USAGE"), "\(described.path)")
            for line in help.output.split(separator: "\n") {
                #expect(line.count <= 80, "\(described.path): \(line)")
            }
        }
    }
}
