import Foundation
import TestSupport
import Testing

/// A hostile file can be looked at in safety: no command that only reads it asks anybody or writes anything.
@Suite(.timeLimit(.minutes(1))) struct CheckingTests {
    private static func file(_ url: String) -> String {
        """
        automation "Hostile"
        START begin -> a
        REST_API a -> b { timeout: 5s
          prompt_template { url: "\(url)/rest", allow_private: true } }
        WEB_SCRAPE b -> c { timeout: 5s
          prompt_template { url: "\(url)/page", allow_private: true, select: { x: xpath("string('\(url)/xpath')") } } }
        DATA_TRANSFORM c -> d { timeout: 5s
          prompt_template { input: b.result, jq: '., $__loc__' } }
        LLM_CALL d -> e { timeout: 5s
          prompt_template { model: "openai/gpt-x", user: "Hi", images: ["\(url)/image.png"] } }
        PYTHON e -> end { timeout: 5s
          prompt_template { requirements: ["left-pad==1.0"], code: '''
        import urllib.request
        result = urllib.request.urlopen("\(url)/python").status
        ''' } }

        """
    }

    @Test(arguments: [
        ("autocheck", []), ("autocheck", ["--fix"]), ("autorun", ["plan"]), ("autorun", ["fmt"]),
        ("autorun", ["export"]), ("autorun", ["test"]),
    ])
    func nobodyIsAsked(name: String, arguments: [String]) async throws {
        let server = try await TestServer { _, _ in .json("{}") }
        let command = try Command()
        defer { command.clean() }
        let file = try command.file("work/hostile.auto", CheckingTests.file(server.url))
        let outcome = try await command.run(
            name, arguments + [file],
            environment: ["OPENAI_BASE_URL": server.url + "/v1", "OPENAI_API_KEY": "k"])
        try await server.stop()
        #expect(server.seen.isEmpty, "\(name) \(arguments) asked: \(server.seen.map(\.path))")
        let left = try FileManager.default.contentsOfDirectory(atPath: command.state + "/work")
        #expect(left == ["hostile.auto"])
        // The file is without an error, so that each command does all that it does.
        #expect(outcome.code == 0, "\(outcome)")
    }
}
