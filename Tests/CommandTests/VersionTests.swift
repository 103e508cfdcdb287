import CEL
import Diagnostics
import Foundation
import TestSupport
import Testing
import Values

/// The version stands in one place; what cannot read it there says the same.
@Suite(.timeLimit(.minutes(1))) struct VersionTests {
    private func text(_ path: String) throws -> String {
        try String(contentsOfFile: Command.root + "/" + path, encoding: .utf8)
    }

    @Test(arguments: ["autorun", "autocheck"])
    func commandsTellIt(name: String) async throws {
        let command = try Command()
        defer { command.clean() }
        let result = try await command.run(name, ["--version"])
        #expect(result.code == 0 && result.output == toolVersion + "\n", "\(result)")
    }

    @Test func theExtensionHasIt() throws {
        let manifest = try JSON.parse(text("Grammar/vscode/package.json"))
        #expect(manifest.asMap?["version"] == .string(toolVersion))
    }

    @Test func theChangelogKnowsIt() throws {
        let headings = try text("CHANGELOG.md").split(separator: "\n").filter { $0.hasPrefix("## [") }
        let released = try #require(headings.first { !$0.contains("Unreleased") })
        #expect(released.hasPrefix("## [\(toolVersion)]"), "\(released)")
    }

    @Test func findingsAsSARIFTellIt() {
        let source = SourceText(name: "a.auto", text: "")
        #expect(render([], in: source, as: .sarif).contains("\"version\":\"\(toolVersion)\""))
    }

    /// A version that is written out somewhere in the code is not the one that is raised.
    @Test func nothingElseInTheCodeWritesIt() throws {
        let sources = URL(fileURLWithPath: Command.root + "/Sources")
        let walker = try #require(
            FileManager.default.enumerator(at: sources, includingPropertiesForKeys: nil))
        for case let file as URL in walker where file.pathExtension == "swift" {
            guard file.lastPathComponent != "ToolVersion.swift" else { continue }
            let code = try String(contentsOf: file, encoding: .utf8)
            #expect(!code.contains("\"\(toolVersion)\""), "\(file.lastPathComponent)")
            #expect(!code.contains("autorun/0") && !code.contains("autorun/1"), "\(file.lastPathComponent)")
        }
    }
}
