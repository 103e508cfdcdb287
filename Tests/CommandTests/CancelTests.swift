import CEL
import Foundation
import TestSupport
import Testing
import Values

/// One automation that hangs in a step of some type.
struct HangingCase: CustomTestStringConvertible, Sendable {
    let name: String
    let text: String

    var testDescription: String { name }

    init(_ name: String, _ steps: String) {
        self.name = name
        text =
            "automation \"Hanging\"\nSTART a -> \(steps)\nDATA_TRANSFORM last -> end { prompt_template { value: \"ended\" } }\n"
    }
}

private let cases = [
    HangingCase("LLM_CALL", "b\nLLM_CALL b -> last { prompt_template { user: \"x\", model: \"m\" } }"),
    HangingCase(
        "LOGIC_DECISION",
        "b\nLOGIC_DECISION b { prompt_template { question: \"x\", model: \"m\"\n yes: -> last\n no: -> last } }"
    ),
    HangingCase(
        "EMBEDDING_SEARCH",
        "b\nEMBEDDING_SEARCH b -> last { prompt_template { query: \"x\", documents: [\"a\", \"b\"], model: \"e\" } }"
    ),
    HangingCase("REST_API", "b\nREST_API b -> last { prompt_template { url: \"URL/x\" } }"),
    HangingCase("WEB_SCRAPE", "b\nWEB_SCRAPE b -> last { prompt_template { url: \"URL/x\" } }"),
    HangingCase(
        "TEXT_TO_JSON", "b\nTEXT_TO_JSON b -> last { prompt_template { text: \"x\", model: \"m\" } }"),
    HangingCase(
        "PYTHON",
        "[p, r]\nREST_API r -> last { prompt_template { url: \"URL/x\" } }\nPYTHON p -> last { prompt_template { code: \"import time; time.sleep(600); result = 1\" } }"
    ),
    HangingCase(
        "a person beside it",
        "[p, r]\nREST_API r -> last { prompt_template { url: \"URL/x\" } }\nGET_USER_INPUT p -> last { prompt_template { message: \"?\" } }"
    ),
    HangingCase(
        "each",
        "b\nREST_API b -> last { each: i in [1, 2, 3]\n at_once: 2\n prompt_template { url: \"URL/${i}\" } }"),
    HangingCase(
        "retry",
        "b\nREST_API b -> last { retry: { attempts: 5, first_delay: 1h, max_delay: 1h }\n prompt_template { url: \"URL/busy\" } }"
    ),
    HangingCase(
        "nested forks",
        "[b, c]\nREST_API b -> last { prompt_template { url: \"URL/b\" } }\nDATA_TRANSFORM c -> [d, e] { prompt_template { value: 1 } }\nREST_API d -> f { prompt_template { url: \"URL/d\" } }\nREST_API e -> f { prompt_template { url: \"URL/e\" } }\nDATA_TRANSFORM f -> last { prompt_template { value: 1 } }"
    ),
]

/// Cancel cancels: whatever the session is at, the process ends, and all that is open is FAILED with
/// `cancelled`.
@Suite(.timeLimit(.minutes(1))) struct CancelTests {
    @Test(arguments: cases, [false, true])
    func cancelled(hanging: HangingCase, bySignal: Bool) async throws {
        let server = try await TestServer { request, _ in
            request.path.hasSuffix("/busy") ? .json("{}", status: 503) : ServerAnswer(hangs: true)
        }
        let command = try Command()
        defer { command.clean() }
        let file = try command.file(
            "hanging.auto", hanging.text.replacingOccurrences(of: "URL", with: server.url))
        let process = command.process(
            "autorun", ["run", file, "--allow-host", "127.0.0.1", "--events"],
            environment: ["OPENAI_BASE_URL": server.url + "/v1", "OPENAI_API_KEY": "k"])
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        process.standardInput = FileHandle.nullDevice
        try process.run()
        await server.nextRequest()
        let id = try await command.newestID()
        if bySignal {
            process.interrupt()
        } else {
            let cancelled = try await command.run("autorun", ["cancel", id])
            #expect(cancelled.output == "\(id.suffix(6))  FAILED  cancelled\n", "\(cancelled)")
        }
        process.waitUntilExit()
        #expect(process.terminationStatus == 130)
        let shown = try await command.run("autorun", ["show", id, "--json"])
        let record = try #require(JSON.parse(shown.output).asMap)
        #expect(record["status"] == .string("FAILED") && record["error"] == .string("cancelled"))
        let steps = record["steps"]?.asList?.compactMap(\.asMap) ?? []
        #expect(
            steps.allSatisfy { $0["status"] == .string("FINISHED") || $0["error"] == .string("cancelled") })
        #expect(steps.contains { $0["error"] == .string("cancelled") })
        #expect(!steps.contains { $0["step"]?.asMap?["name"] == .string("last") })
        try await server.stop()
    }
}
