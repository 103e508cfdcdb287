import Foundation
import TestSupport
import Testing
import Values

/// Files that steps read and write, by the commands.
@Suite(.timeLimit(.minutes(1))) struct FileCommandTests {
    private static let report = """
        automation "Report"
        input day: text = "monday"
        START begin -> load
        DATA_TRANSFORM load -> report {
          result: list<{ name: text, n: int }>
          prompt_template { read: "data/table.csv" }
        }
        DATA_TRANSFORM report -> end {
          prompt_template { value: { sum: load.result.map(r, r.n).sum() }, write: "out/${inputs.day}.json" }
        }
        test "adds up" {
          expect report.result == { "sum": 3 }
        }
        """

    private func withReport(_ body: (Command, _ file: String) async throws -> Void) async throws {
        let command = try Command()
        defer { command.clean() }
        _ = try command.file("made/data/table.csv", "name,n\nx,1\ny,2\n")
        try await body(command, try command.file("made/report.auto", FileCommandTests.report))
    }

    private func text(_ command: Command, _ name: String) -> String? {
        FileManager.default.contents(atPath: command.state + "/" + name).map {
            String(decoding: $0, as: UTF8.self)
        }
    }

    @Test func writesUnderTheFolderThatIsNamed() async throws {
        try await withReport { command, file in
            let result = try await command.run(
                "autorun", ["run", file, "--out", command.state + "/there/deep"])
            #expect(result.code == 0 && result.output == "{\"sum\":3}\n", "\(result)")
            #expect(text(command, "there/deep/out/monday.json") == "{\n  \"sum\": 3\n}\n")
        }
    }

    @Test func writesWhereItIsRunOtherwise() async throws {
        try await withReport { command, file in
            let result = try await command.run("autorun", ["run", file], folder: command.state)
            #expect(result.code == 0 && text(command, "out/monday.json") != nil, "\(result)")
            #expect(text(command, "made/out/monday.json") == nil)
        }
    }

    /// A name from who starts the run may lead nowhere else.
    @Test func leadsNowhereElse() async throws {
        try await withReport { command, file in
            let result = try await command.run(
                "autorun", ["run", file, "--out", command.state + "/there", "--input", "day=../../x"])
            #expect(result.code == 1 && result.errors.contains("lies outside the output folder"), "\(result)")
            #expect(text(command, "x.json") == nil)
            // Only the command that goes on names the folder, as it was given.
            let told = result.errors.split(separator: "\n").filter { $0.contains(command.state + "/there") }
            #expect(told.allSatisfy { $0.contains("--out") })
        }
    }

    @Test func aTestReadsAndWritesNothing() async throws {
        try await withReport { command, file in
            let result = try await command.run("autorun", ["test", file], folder: command.state)
            #expect(result.code == 0 && result.output.contains("1 passed, 0 failed"), "\(result)")
            #expect(text(command, "out/monday.json") == nil)
        }
    }

    @Test func aPlanSaysWhichFiles() async throws {
        try await withReport { command, file in
            let result = try await command.run("autorun", ["plan", file])
            #expect(
                result.output.contains(
                    "\nReads files:\n  load: data/table.csv\n\nWrites files:\n  report: out/${inputs.day}.json\n"
                ),
                "\(result)")
        }
    }

    @Test func aMissingFileIsAFinding() async throws {
        try await withReport { command, file in
            try FileManager.default.moveItem(
                atPath: command.state + "/made/data/table.csv",
                toPath: command.state + "/made/data/tables.csv")
            let result = try await command.run("autocheck", [file])
            #expect(
                result.code == 1
                    && (result.output + result.errors).contains("did you mean \"data/tables.csv\"?"),
                "\(result)")
        }
    }
}
