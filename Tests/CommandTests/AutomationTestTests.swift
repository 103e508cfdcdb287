import CEL
import Foundation
import TestSupport
import Testing
import Values

private let file = """
    automation "Tested"
    input n: int
    START begin -> ask
    LLM_CALL ask -> pick {
      timeout: 60s
      retry: { attempts: 2, first_delay: 1h }
      on_error -> sorry
      result: { kind: one_of("a", "b"), note: text? }
      prompt_template { user: "Number ${inputs.n}" }
    }
    LOGIC_DECISION pick {
      prompt_template {
        a: when ask.result.kind == "a" -> person
        b: else -> parts
      }
    }
    GET_USER_INPUT person -> parts {
      result: one_of("yes", "no")
      prompt_template { message: "Sure?" }
    }
    LLM_CALL parts -> calc {
      timeout: 60s
      each: i in [1, 2]
      at_once: 2
      prompt_template { user: "Part ${i} ${person.?result.orValue("")}" }
    }
    PYTHON calc -> end {
      prompt_template { inputs: { parts: parts.result }, code: 'result = "+".join(inputs["parts"])' }
    }
    DATA_TRANSFORM sorry -> end { prompt_template { value: "sorry: ${ask.error.message}" } }
    test "a person is asked" {
      inputs: { n: 4 }
      replies: { ask: { kind: "a" }, parts: ["x", "y"] }
      answers: { person: "yes" }
      now: "2026-01-31T09:00:00Z"
      expect calc.result == "x+y"
      expect visited == ["begin", "ask", "pick", "person", "parts", "parts", "calc"]
      expect prompts.ask.user.contains("4") && prompts.parts.user == "Part 2 yes"
    }
    test "the second try" {
      inputs: { n: 1 }
      replies: { ask: [{ error: "busy" }, { kind: "b" }], parts: "z" }
      expect pick.result == "b" && session.status == "FINISHED"
    }
    test "the error edge" {
      inputs: { n: 1 }
      replies: { ask: { error: { kind: "limit", message: "too much" } } }
      expect sorry.result == "sorry: too much" && ask.error.kind == "limit"
    }

    """

private let failing =
    file + """
        test "wrong" {
          inputs: { n: 1 }
          replies: { ask: { kind: "a" }, parts: "z" }
          expect session.status == "FINISHED"
        }
        test "no reply" {
          inputs: { n: 1 }
          expect true
        }

        """

@Suite(.timeLimit(.minutes(1))) struct AutomationTestTests {
    @Test func testsPass() async throws {
        let command = try Command()
        defer { command.clean() }
        let path = try command.file("tested.auto", file)
        let result = try await command.run("autorun", ["test", path, "--coverage"])
        #expect(result.code == 0 && result.output.contains("3 passed, 0 failed"), "\(result)")
        #expect(
            result.output.contains("10 of 10 steps, branches and error edges are taken"), "\(result.output)")
        let one = try await command.run(
            "autorun", ["test", path, "--coverage", "--filter", "second", "--format", "json"])
        let json = try #require(JSON.parse(one.output).asMap)
        #expect(json["passed"] == .int(1) && json["failed"] == .int(0))
        let gaps = json["files"]?.asList?.first?.asMap?["coverage"]?.asMap?["gaps"]?.asList ?? []
        #expect(gaps.contains(.string("branch pick.a")) && gaps.contains(.string("step sorry")))
    }

    @Test func aFilterThatNoTestHasFails() async throws {
        let command = try Command()
        defer { command.clean() }
        let path = try command.file("tested.auto", file)
        let none = try await command.run("autorun", ["test", path, "--filter", "zzz"])
        #expect(none.code == 2 && none.output == "no test ran\n", "\(none)")
        #expect(none.errors.contains("--filter zzz: no test has that in its name"), "\(none)")
        let bare = try command.file("bare.auto", "automation \"Bare\"\nSTART begin -> end\n")
        let untested = try await command.run("autorun", ["test", bare, "--filter", "zzz"])
        #expect(untested.code == 0 && untested.output.contains("write `test"), "\(untested)")
    }

    @Test func aPlanCountsTheElementsThatAreGiven() async throws {
        let command = try Command()
        defer { command.clean() }
        let path = try command.file(
            "each.auto",
            """
            automation "Each"
            input xs: list<text>
            START begin -> ask
            LLM_CALL ask -> end { each: x in inputs.xs, prompt_template { user: "${x}?" } }

            """)
        let plan = ["plan", path, "--json"]
        let open = try await command.run("autorun", plan)
        #expect(try JSON.parse(open.output).asMap?["model_calls"] == .null, "\(open)")
        let given = try await command.run("autorun", plan + ["--input", #"xs=["a", "b", "c"]"#])
        #expect(try JSON.parse(given.output).asMap?["model_calls"] == .int(3), "\(given)")
    }

    @Test(.timeLimit(.minutes(1))) func filesWithoutTestsAreCountedInOneLine() async throws {
        let command = try Command()
        defer { command.clean() }
        _ = try command.file("all/tested.auto", file)
        let bare = "automation \"Bare\"\nSTART begin -> end\n"
        for name in ["one", "two"] { _ = try command.file("all/\(name).auto", bare) }
        let result = try await command.run("autorun", ["test", command.state + "/all", "--coverage"])
        #expect(result.code == 0 && !result.output.contains(" 0 of "), "\(result)")
        let lines = result.output.split(separator: "\n").filter { $0.contains("one.auto") }
        #expect(lines.count == 1 && lines[0].hasPrefix("2 files have no tests: "), "\(result)")
    }

    /// A fault of autorun.toml keeps all files of its folder from being tested, and is told once.
    @Test func aFaultOfTheSettingsIsToldOnce() async throws {
        let command = try Command()
        defer { command.clean() }
        _ = try command.file("all/autorun.toml", "[mcp.x]\ncomand = \"x\"\n")
        for name in ["one", "two"] { _ = try command.file("all/\(name).auto", file) }
        let result = try await command.run("autorun", ["test", command.state + "/all"])
        #expect(result.code == 2)
        #expect(result.errors.split(separator: "did you mean `command`?").count == 2, "\(result)")
    }

    /// A page-long automation with loops over records, a person, Python and an API.
    @Test func aLongAutomationPasses() async throws {
        let command = try Command()
        defer { command.clean() }
        let path = "Tests/AutoCheckerTests/Fixtures/correct-invoices.auto"
        let result = try await command.run("autorun", ["test", path])
        #expect(result.code == 0 && result.output.contains("1 passed, 0 failed"), "\(result)")
    }

    @Test func failuresSayWhatTheySaw() async throws {
        let command = try Command()
        defer { command.clean() }
        let path = try command.file("failing.auto", failing)
        let result = try await command.run("autorun", ["test", path])
        #expect(result.code == 1 && result.output.contains("3 passed, 2 failed"))
        #expect(result.output.contains("expect session.status == \"FINISHED\""))
        #expect(result.output.contains("session.status is \"RUNNING\""))
        #expect(result.output.contains("add to the test: answers: { person: \"…\" }"))
        #expect(
            result.output.contains("add to the test: replies: { ask: {\"kind\":\"a\"} }"), "\(result.output)")
        let junit = try await command.run("autorun", ["test", path, "--format", "junit"])
        #expect(junit.output.contains("<testsuites tests=\"5\" failures=\"2\""))
        #expect(junit.output.contains("<failure message=\"expect session.status == &quot;FINISHED&quot;\">"))
        let broken = try command.file("broken.auto", "START a ->")
        #expect(try await command.run("autorun", ["test", broken]).code == 2)
    }

    @Test func recordingsAreReplayed() async throws {
        let server = try await TestServer { request, _ in
            let echo = request[header: "authorization"] ?? ""
            return .json("{\"article\":\"lamp\",\"price\":20,\"currency\":\"EUR\",\"echo\":\"\(echo)\"}")
        }
        let command = try Command()
        defer { command.clean() }
        let tape = command.state + "/tape"
        let example = [
            "run", "Examples/price-watch.auto", "--store", ":memory:", "--input", "shop=\(server.url)",
        ]
        let secret = ["SHOP_TOKEN": "canary-4711"]
        let recorded = try await command.run(
            "autorun", example + ["--record", tape, "--allow-host", "127.0.0.1"], environment: secret)
        #expect(recorded.code == 0 && recorded.output.contains("Buy: lamp"), "\(recorded)")
        let entry = try String(contentsOfFile: tape + "/0001-http-fetch.json", encoding: .utf8)
        #expect(!entry.contains("canary") && entry.contains("[secret SHOP_TOKEN]"))
        try await server.stop()
        let replayed = try await command.run("autorun", example + ["--replay", tape])
        #expect(replayed.code == 0 && replayed.output == recorded.output, "\(replayed)")
        let other = try await command.run(
            "autorun", example + ["--replay", tape, "--input", "article=chair"])
        // The step has an `on_error`, which gets to know it.
        #expect(
            other.output.contains("0001-http-fetch.json was made for another request, `url` was"), "\(other)")
        let again = try await command.run("autorun", example + ["--record", tape], environment: secret)
        #expect(again.code == 2 && again.errors.contains("a recording is there already"))
    }

    @Test func plansRunNothing() async throws {
        let command = try Command()
        defer { command.clean() }
        let path = try command.file("tested.auto", file)
        // Without a key, the model that stands where a file names none is the local one.
        let alone = try await command.run("autorun", ["plan", path])
        #expect(alone.code == 0 && alone.output.contains("Leaves the machine:\n  nothing\n"), "\(alone)")
        let text = try await command.run(
            "autorun", ["plan", path], environment: ["OPENAI_API_KEY": "the-key-of-a-test"])
        #expect(
            text.code == 0 && text.output.contains("begin -> ask -> pick -> person -> parts -> calc -> end"))
        #expect(
            text.output.contains("ask: asks a model") && text.output.contains("together: 8 calls"),
            "\(text.output)")
        let settings = "[model]\ndefault = \"mine\"\n[prices]\nmine = { input = 1000000, output = 0 }\n"
        _ = try command.file("autorun.toml", settings)
        let json = try JSON.parse(try await command.run("autorun", ["plan", path, "--json"]).output).asMap
        #expect(json?["model_calls"] == .int(8) && (json?["cost"]?.asDouble ?? 0) > 0)
    }

    /// A thousand tokens in and a thousand out cost a cent each.
    @Test func aPlanTellsTheBoundAndTheWorstCase() async throws {
        let command = try Command()
        defer { command.clean() }
        let path = try command.file(
            "bound.auto",
            """
            automation "Bound"
            max_cost $0.50
            START begin -> known
            EMBEDDING_SEARCH known -> ask {
              timeout: 5s
              prompt_template { query: "a", documents: ["b"], model: "mine/e" }
            }
            LLM_CALL ask -> end {
              timeout: 5s
              retry: { attempts: 3 }
              prompt_template { model: "mine", user: "Hi", max_tokens: 1000 }
            }

            """)
        _ = try command.file(
            "autorun.toml",
            "[prices]\nmine = { input = 10, output = 10 }\n\"mine/e\" = { input = 2, output = 0 }\n")
        let text = try await command.run("autorun", ["plan", path])
        #expect(text.output.contains("  with the longest replies: $0.0300\n"), "\(text)")
        #expect(text.output.contains("max_cost $0.5000: a call that could pass it is not made."))
        #expect(text.output.contains("known embeds its documents by mine/e, $2.0000 for a million tokens"))
        let json = try JSON.parse(try await command.run("autorun", ["plan", path, "--json"]).output).asMap
        #expect(json?["max_dollars"]?.asDouble == 0.5)
        #expect(json?["worst_dollars"]?.asDouble.map { Int(($0 * 1_000).rounded()) } == 30)
    }

    @Test func aBrokenFileStopsNoOther() async throws {
        let command = try Command()
        defer { command.clean() }
        _ = try command.file("broken.auto", "automation \"B\"\nSTART a -> nowhere\n")
        _ = try command.file("tested.auto", file)
        let result = try await command.run("autorun", ["test", command.state])
        #expect(result.code == 2 && result.output.contains("3 passed, 0 failed"), "\(result)")
        #expect(
            result.errors.contains("nowhere") && result.errors.contains("broken.auto has errors"), "\(result)"
        )
    }

    @Test func formatsFiles() async throws {
        let command = try Command()
        defer { command.clean() }
        let ugly = "automation   \"T\"\nSTART a->b\nDATA_TRANSFORM b->end{prompt_template{value:1+1}} # sum\n"
        let pretty =
            "automation \"T\"\nSTART a -> b\nDATA_TRANSFORM b -> end { prompt_template { value: 1 + 1 } }  # sum\n"
        let path = try command.file("ugly.auto", ugly)
        let check = try await command.run("autorun", ["fmt", "--check", command.state])
        #expect(check.code == 1 && check.output.hasSuffix("ugly.auto\n"))
        let diff = try await command.run("autorun", ["fmt", "--diff", path])
        #expect(
            diff.code == 1 && diff.output.contains("-START a->b\n") && diff.output.contains("+START a -> b\n")
        )
        #expect(try await command.run("autorun", ["fmt", "-"], input: ugly).output == pretty)
        #expect(try await command.run("autorun", ["fmt", path]).code == 0)
        #expect(try String(contentsOfFile: path, encoding: .utf8) == pretty)
        #expect(try await command.run("autorun", ["fmt", "--check", path]).code == 0)
    }

    /// A file keeps its mode, and a link leads to what it has led to.
    @Test(arguments: ["autorun", "autocheck"]) func rewritesWhatALinkLeadsTo(program: String) async throws {
        let command = try Command()
        defer { command.clean() }
        // Laid out or mended: the arrow is missing, which only `--fix` puts there.
        let ugly = "automation \"T\"\nSTART a \(program == "autorun" ? "->" : "")  end\n"
        let path = try command.file("d/real.auto", ugly)
        let link = command.state + "/link.auto"
        let manager = FileManager.default
        try manager.createSymbolicLink(atPath: link, withDestinationPath: "d/real.auto")
        try manager.setAttributes([.posixPermissions: 0o767], ofItemAtPath: path)
        let result = try await command.run(program, [program == "autorun" ? "fmt" : "--fix", link])
        #expect(result.code == 0, "\(result)")
        #expect(try String(contentsOfFile: path, encoding: .utf8) == "automation \"T\"\nSTART a -> end\n")
        #expect(try manager.destinationOfSymbolicLink(atPath: link) == "d/real.auto")
        var information = stat()
        let found = stat(path, &information)
        let mode = information.st_mode & 0o7777
        #expect(found == 0 && mode == 0o767)
        #expect(try manager.contentsOfDirectory(atPath: command.state + "/d") == ["real.auto"])
    }

    @Test func aMissingLastLineBreakIsADifference() async throws {
        let command = try Command()
        defer { command.clean() }
        let path = try command.file("t.auto", "automation \"T\"\nSTART a -> end")
        let diff = try await command.run("autorun", ["fmt", "--diff", path])
        let expected = [
            "@@ -1,2 +1,2 @@", " automation \"T\"", "-START a -> end", "\\ No newline at end of file",
            "+START a -> end", "",
        ]
        #expect(diff.code == 1 && diff.output.hasSuffix(expected.joined(separator: "\n")), "\(diff)")
    }

    @Test func anEmptyFileStaysEmpty() async throws {
        let command = try Command()
        defer { command.clean() }
        let path = try command.file("t.auto", "")
        let check = try await command.run("autorun", ["fmt", "--check", path])
        #expect(check.code == 0 && check.output.isEmpty, "\(check)")
    }
}
