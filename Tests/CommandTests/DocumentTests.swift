import CEL
import Foundation
import TestSupport
import Testing
import Values

private func blocks(_ path: String) -> [String] {
    let text = (try? String(contentsOfFile: Command.root + "/" + path, encoding: .utf8)) ?? ""
    return text.components(separatedBy: "```auto\n").dropFirst().compactMap {
        $0.components(separatedBy: "\n```").first
    }.filter { !$0.hasPrefix("# wrong") }
}

/// What stands in the documents is run, where it can: its tests, or itself when it needs nothing from
/// outside.
@Suite(.timeLimit(.minutes(1))) struct DocumentTests {
    @Test func examplesAreFound() { #expect(blocks("Grammar/README.md").count > 5) }

    @Test(arguments: blocks("Grammar/README.md"))
    func exampleRuns(block: String) async throws {
        let command = try Command()
        defer { command.clean() }
        let path = try command.file("example.auto", block + "\n")
        if block.contains("\ntest \"") {
            let tested = try await command.run("autorun", ["test", path, "--coverage"])
            #expect(tested.code == 0, "\(tested)")
        }
        let plan = try await command.run("autorun", ["plan", path, "--json"])
        let steps = try #require(JSON.parse(plan.output).asMap?["steps"]?.asList)
        let staysHere = steps.allSatisfy { $0.asMap?["leaves_machine"] == .bool(false) }
        let tree = try await command.run("autocheck", ["--ast", path])
        let inputs = try #require(JSON.parse(tree.output).asMap?["inputs"]?.asList)
        guard staysHere, inputs.allSatisfy({ $0.asMap?["default"] != .null }) else { return }
        let ran = try await command.run("autorun", ["run", path, "--store", ":memory:"])
        #expect(ran.code == 0, "\(block)\n\(ran)")
    }
}
