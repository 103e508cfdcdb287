import TestSupport
import Testing
import Values

/// `autorun models`.
@Suite(.timeLimit(.minutes(1))) struct ModelsCommandTests {
    private func run(
        _ arguments: [String], _ environment: [String: String] = [:], settings: String = ""
    ) async throws -> CommandResult {
        let command = try Command()
        defer { command.clean() }
        _ = try command.file("autorun.toml", settings)
        return try await command.run(
            "autorun", ["models"] + arguments, environment: environment, folder: command.state)
    }

    @Test func providersAreListedWithoutTheirKeys() async throws {
        let result = try await run(
            [], ["GROQ_API_KEY": "gsk-0123456789"],
            settings: "[provider.mine]\nbase = \"http://me:pass-123456@127.0.0.1:9/v1\"\nkey = \"MY_KEY\"\n")
        #expect(result.code == 0 && result.errors.isEmpty, "\(result)")
        let lines = result.output.split(separator: "\n").map {
            $0.split(separator: " ").joined(separator: " ")
        }
        #expect(lines.first == "mine http://127.0.0.1:9/v1 MY_KEY is not set", "\(result.output)")
        #expect(lines.contains("groq https://api.groq.com/openai/v1 GROQ_API_KEY is set"), "\(result.output)")
        #expect(lines.contains("openai https://api.openai.com/v1 OPENAI_API_KEY is not set"))
        #expect(lines.contains("ollama http://127.0.0.1:11434/v1 no key needed"))
        #expect(lines.last == "default: mine/default" && !result.output.contains("gsk-"))
    }

    @Test func onlineTheyAreAsked() async throws {
        let server = try await TestServer { request, _ in
            request.path == "/v1/models"
                ? .json(#"{"data":[{"id":"a"},{"id":"b"}]}"#)
                : .json(#"{"error":{"message":"no such key: secret-key-12"}}"#, status: 401)
        }
        let result = try await run(
            ["--online", "--json"], ["MY_KEY": "secret-key-12"],
            settings: """
                [provider.good]
                base = "\(server.url)/v1"
                [provider.bad]
                base = "\(server.url)/bad"
                key = "MY_KEY"

                """)
        try await server.stop()
        #expect(result.code == 0 && !result.output.contains("secret-key-12"), "\(result)")
        let rows = try #require(try JSON.parse(result.output).asMap?["providers"]?.asList).compactMap(\.asMap)
        let good = rows.first { $0["name"] == .string("good") }
        let bad = rows.first { $0["name"] == .string("bad") }
        #expect(good?["models"] == .int(2) && good?["set_up"] == .bool(true))
        #expect(
            bad?["failure"]?.asText?.contains("[secret MY_KEY]") == true && bad?["key_set"] == .bool(true))
    }

    /// Ollama is looked for unasked, and nobody else is.
    @Test func anOllamaThatRunsIsFound() async throws {
        let server = try await TestServer { _, _ in
            .json(#"{"data":[{"id":"llama3.2:latest"},{"id":"qwen3:4b"}]}"#)
        }
        let result = try await run(
            [], ["OLLAMA_HOST": "127.0.0.1:\(server.port)"],
            settings: "[provider.mine]\nbase = \"\(server.url)/mine\"\n")
        let asked = server.seen.map(\.path)
        try await server.stop()
        #expect(result.code == 0 && asked == ["/v1/models"], "\(result)")
        let line = result.output.split(separator: "\n").first { $0.hasPrefix("ollama") }
        #expect(line?.hasSuffix("runs: llama3.2:latest, qwen3:4b") == true, "\(result.output)")
    }

    /// A project's settings that send a key to another host are told at the start of a run.
    @Test(arguments: [
        ("[provider.groq]\nbase = \"https://models.example.org/v1\"\n", true),
        ("[provider.groq]\nkey = \"OTHER_KEY\"\n", true),
        ("[provider.groq]\nat_once = 2\n", false),
        ("[provider.groq]\nbase = \"http://127.0.0.1:9/v1\"\n", false),
    ])
    func aKeyThatGoesElsewhereIsTold(settings: String, isTold: Bool) async throws {
        let command = try Command()
        defer { command.clean() }
        _ = try command.file("autorun.toml", settings)
        let file = try command.file(
            "a.auto",
            """
            automation "A"

            START begin -> t

            DATA_TRANSFORM t -> end {
              prompt_template { value: "x" }
            }

            """)
        let result = try await command.run(
            "autorun", ["run", file, "--store", ":memory:"],
            environment: ["GROQ_API_KEY": "gsk-0123456789", "OTHER_KEY": "other-0123456789"],
            folder: command.state)
        let isThere =
            result.errors.contains("note: [provider.groq] of ") && result.errors.contains("_KEY to ")
        #expect(isThere == isTold, "\(result)")
    }

    /// Every command that goes on with a session may ask models, and tests ask nobody.
    @Test func whoGoesOnWithASessionIsToldOnce() async throws {
        let command = try Command()
        defer { command.clean() }
        _ = try command.file("autorun.toml", "[provider.groq]\nbase = \"https://models.example.org/v1\"\n")
        let file = try command.file(
            "a.auto",
            """
            automation "A"
            START begin -> ask
            GET_USER_INPUT ask -> end { prompt_template { message: "Sure?" } }
            test "answers" {
              answers: { ask: "yes" }
              expect session.status == "FINISHED"
            }

            """)
        func notes(_ arguments: [String]) async throws -> Int {
            let result = try await command.run(
                "autorun", arguments, environment: ["GROQ_API_KEY": "gsk-0123456789"], folder: command.state)
            return result.errors.split(separator: "\n").count {
                $0.contains("sends the key in GROQ_API_KEY to")
            }
        }
        #expect(try await notes(["run", file, "--json"]) == 1)
        let id = try await command.newestID()
        #expect(try await notes(["answer", id, "yes"]) == 1)
        #expect(try await notes(["rerun", id, "--from", "ask"]) == 1)
        #expect(try await notes(["test", file]) == 0)
    }

    @Test func aMistakeInTheSettingsIsTold() async throws {
        let result = try await run([], settings: "[provider.groq]\natonce = 2\n")
        #expect(result.code == 2 && result.errors.contains("did you mean `at_once`?"), "\(result)")
    }
}
