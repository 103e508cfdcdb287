import Foundation
import TestSupport
import Testing

/// Settings that send documents to a server: `autorun test` sends none, and `autorun plan` says where they
/// would go.
@Suite(.timeLimit(.minutes(1))) struct OfflineCommandTests {
    private let text = """
        automation "Known"
        START begin -> known
        EMBEDDING_SEARCH known -> end {
          timeout: 5s
          prompt_template { query: "refund", documents: ["a private note"] }
        }
        test "finds" { expect session.status == "FINISHED" }
        test "is told" {
          replies: { known: [{ text: "a private note" }] }
          expect known.result[0].text == "a private note"
        }

        """

    @Test func testsSendNothing() async throws {
        let server = try await TestServer { _, _ in .json("{\"data\":[]}") }
        let command = try Command()
        defer { command.clean() }
        let path = try command.file("p/known.auto", text)
        _ = try command.file("p/autorun.toml", "[model]\nembedding = \"text-embedding-3-small\"\n")
        let environment = ["OPENAI_BASE_URL": server.url + "/v1", "OPENAI_API_KEY": "none"]
        let tested = try await command.run("autorun", ["test", path], environment: environment)
        #expect(tested.code == 1 && tested.output.contains("1 passed, 1 failed"), "\(tested)")
        #expect(tested.output.contains("`known` would leave the machine, and the test has no reply for it"))
        #expect(server.seen.isEmpty)
        let plan = try await command.run("autorun", ["plan", path], environment: environment)
        #expect(plan.output.contains("known: asks for embeddings"), "\(plan)")
        try await server.stop()
    }

    @Test func withoutThemNothingLeaves() async throws {
        let command = try Command()
        defer { command.clean() }
        let path = try command.file("p/known.auto", text)
        let plan = try await command.run("autorun", ["plan", path])
        #expect(plan.output.contains("Leaves the machine:\n  nothing"), "\(plan)")
    }
}
