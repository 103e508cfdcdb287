import CEL
import Foundation
import TestSupport
import Testing
import Values

@Suite(.timeLimit(.minutes(1))) struct CommandLineTests {
    private func run(
        _ name: String, _ arguments: [String], input: String = "", in command: Command? = nil,
        environment: [String: String] = [:]
    ) async throws -> CommandResult {
        let own = try command ?? Command()
        defer { if command == nil { own.clean() } }
        return try await own.run(name, arguments, input: input, environment: environment)
    }

    @Test func waitsForAPersonAndGoesOn() async throws {
        let command = try Command()
        defer { command.clean() }
        let first = try await run(
            "autorun", ["run", "Examples/expense-approval.auto", "--json"], in: command)
        #expect(first.code == 4)
        let record = try #require(JSON.parse(first.output).asMap)
        let id = try #require(record["id"]?.asText)
        #expect(
            record["status"] == .string("RUNNING")
                && record["current_step"]?.asMap?["status"] == .string("RUNNING"))
        let end = String(id.suffix(6))
        #expect(
            first.errors.contains("session \(end) waits for an answer\n? ask\n  Grace asks for 640 EUR:")
                && first.errors.contains("\n  1) approve\n  2) reject\n  autorun answer \(end) approve\n"),
            "\(first)")
        let wrong = try await run("autorun", ["answer", id, "maybe"], in: command)
        #expect(
            wrong.code == 2 && wrong.errors.contains("expected approve or reject, or a number from 1 to 2"),
            "\(wrong)"
        )
        let second = try await run("autorun", ["answer", end, "reject"], in: command)
        #expect(
            second.code == 0 && second.output == "Rejected: Train tickets to the customer in Turin\n",
            "\(second)")
        let again = try await run("autorun", ["answer", id, "reject"], in: command)
        #expect(again.code == 2 && again.errors.contains("FINISHED"))
        let shown = try await run("autorun", ["show", id, "--json"], in: command)
        #expect(try JSON.parse(shown.output).asMap?["status"] == .string("FINISHED"))
        let list = try await run(
            "autorun", ["sessions", "--status", "FINISHED", "--since", "1h"], in: command)
        #expect(
            list.output.hasPrefix("\(end)  FINISHED         20") && list.output.contains("Expense approval"))
    }

    @Test func eventsAreLinesOfJSON() async throws {
        let result = try await run(
            "autorun", ["run", "Examples/expense-approval.auto", "--input", "amount=5", "--events"])
        let lines = try result.output.split(separator: "\n").map { try JSON.parse(String($0)) }
        #expect(result.code == 0 && lines.count == 11)
        #expect(
            lines.first?.asMap?["status"] == .string("RUNNING")
                && lines.last?.asMap?["status"] == .string("FINISHED"))
        #expect(lines.last?.asMap?["steps_count"] == .int(3))
    }

    @Test func wrongUseIsExplained() async throws {
        let command = try Command()
        defer { command.clean() }
        func fails(_ arguments: [String], _ code: Int32, _ words: String, input: String = "") async throws {
            let result = try await run("autorun", arguments, input: input, in: command)
            #expect(
                result.code == code && result.errors.contains(words),
                "\(arguments): \(result.code) \(result.errors)")
        }
        let example = "Examples/expense-approval.auto"
        try await fails(["run", "nope.auto"], 3, "no such file")
        try await fails(["run", "Examples"], 3, "it is a folder")
        try await fails(["run", example, "--input", "amont=5"], 2, "did you mean `amount`?")
        try await fails(
            ["run", example, "--input", "amount=much"], 2, "expected a number, found the text \"much\"")
        try await fails(["run", example, "--input", "amount"], 2, "expected NAME=VALUE")
        try await fails(["run", example, "--amount", "5"], 2, "an input is given by --input amount=5")
        try await fails(["run", example, "--who=Ada B"], 2, "an input is given by --input 'who=Ada B'")
        try await fails(["run", example, "amount=5"], 2, "amount=5: an input is given by --input amount=5")
        try await fails(["run", example, "--ammount", "5"], 2, "Unknown option '--ammount'")
        try await fails(["run", example, "other.auto"], 2, "other.auto")
        try await fails([example], 2, "\(example) is a file, and no command: autorun run \(example)")
        try await fails(
            ["run", "Examples/support-triage.auto"], 2, "is missing, of type text: add --input ticket=…")
        try await fails(["eval", "x + 1"], 1, "help: variables come by --vars FILE")
        try await fails(
            ["run", example, "--inputs", "who=Ada B"], 2, "one input is given by --input 'who=Ada B'")
        try await fails(["run", example, "--inputs", "-"], 2, "no valid JSON", input: "{\"amount\": }")
        try await fails(["run", example, "--input", "who=@nope.txt"], 3, "cannot read nope.txt")
        try await fails(["run", example, "--answer", "check=x"], 2, "no GET_USER_INPUT step `check`")
        try await fails(
            ["run", "Examples/support-triage.auto"], 2,
            "the input `ticket` (What the customer wrote) is missing")
        try await fails(
            ["run", "Examples/price-watch.auto", "--input", "shop=https://example.org"], 2,
            "the secret SHOP_TOKEN is not set")
        try await fails(["run", "Examples/price-watch.auto", "--input", "shop=example"], 2, "expected a url")
        try await fails(["rnu"], 2, "rnu")
        try await fails(["show", "abc"], 3, "no session `abc`")
        try await fails(["sessions", "--since", "soon"], 2, "expected a time such as 30m")
        let broken = try command.file("broken.auto", "automation \"B\"\nSTART a -> b\n")
        try await fails(["run", broken], 2, "there is no step `b`")
        let store = try command.file("not-a-store.sqlite", String(repeating: "no store ", count: 300))
        try await fails(["run", example, "--store", store], 3, "is no store of autorun")
        #expect(try String(contentsOfFile: store, encoding: .utf8).hasPrefix("no store"))
        try await fails(["run", example, "--store", "/proc/none/x.sqlite"], 3, "store")
    }

    @Test func aFailedRunSaysWhere() async throws {
        let command = try Command()
        defer { command.clean() }
        let file = try command.file(
            "fails.auto",
            "automation \"F\"\nSTART a -> b\nDATA_TRANSFORM b -> end { prompt_template { value: [1][3] } }\n")
        let result = try await run("autorun", ["run", file], in: command)
        #expect(result.code == 1 && result.output.isEmpty)
        #expect(
            result.errors.contains("step b: `value` cannot be computed: out of range")
                && result.errors.contains("fails.auto:3:16") && result.errors.contains("steps: a -> b"))
        #expect(try await command.newestSession()["status"] == .string("FAILED"))
    }

    @Test func interruptCancels() async throws {
        let command = try Command()
        defer { command.clean() }
        let server = try await TestServer { _, _ in ServerAnswer(hangs: true) }
        let file = try command.file(
            "hangs.auto",
            "automation \"H\"\nSTART a -> b\nREST_API b -> end { prompt_template { url: \"\(server.url)\" } }\n"
        )
        let process = command.process("autorun", ["run", file, "--allow-host", "127.0.0.1"])
        process.standardError = FileHandle.nullDevice
        let ended = AsyncStream<Int32> { continuation in
            process.terminationHandler = {
                continuation.yield($0.terminationStatus)
                continuation.finish()
            }
        }
        try process.run()
        await server.nextRequest()
        process.interrupt()
        for await code in ended { #expect(code == 130) }
        let session = try await command.newestSession()
        #expect(session["status"] == .string("FAILED") && session["error"] == .string("cancelled"))
        try await server.stop()
    }

    @Test func aKilledRunLosesNothingThatWasShown() async throws {
        let command = try Command()
        defer { command.clean() }
        let server = try await TestServer { _, _ in ServerAnswer(hangs: true) }
        let file = try command.file(
            "killed.auto",
            "automation \"K\"\nSTART a -> b\nREST_API b -> end { prompt_template { url: \"\(server.url)\" } }\n"
        )
        let process = command.process("autorun", ["run", file, "--allow-host", "127.0.0.1", "--events"])
        process.standardOutput = FileHandle.nullDevice
        try process.run()
        await server.nextRequest()
        kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
        let id = try await command.newestID()
        let shown = try await run("autorun", ["show", id, "--json"], in: command)
        let steps = try #require(JSON.parse(shown.output).asMap?["steps"]?.asList)
        #expect(steps.map { $0.asMap?["status"]?.asText } == ["FINISHED", "RUNNING"])
        #expect(steps[1].asMap?["prompt"]?.asMap?["url"] == .string(server.url))
        try await server.stop()
    }

    @Test func theCacheRemembers() async throws {
        let command = try Command()
        defer { command.clean() }
        let server = try await TestServer { _, count in .json("{\"n\": \(count)}") }
        let file = try command.file(
            "cached.auto",
            "automation \"C\"\nSTART a -> b\nREST_API b -> c { cache: true\n prompt_template { url: \"\(server.url)\" } }\nDATA_TRANSFORM c -> end { prompt_template { value: b.result.body.n } }\n"
        )
        let arguments = ["run", file, "--allow-host", "127.0.0.1"]
        for (extra, expected) in [([], "1\n"), ([], "1\n"), (["--no-cache"], "2\n")] {
            #expect(try await run("autorun", arguments + extra, in: command).output == expected)
        }
        try await server.stop()
    }

    @Test func aListOfOneTextIsShown() async throws {
        let command = try Command()
        defer { command.clean() }
        let file = try command.file(
            "words.auto",
            """
            automation "W"
            input words: list<text>
            START a -> b
            DATA_TRANSFORM b -> end { each: word in inputs.words
              prompt_template { value: word + "!" } }

            """
        )
        let wrong = try await run("autorun", ["run", file, "--input", "words=ebb"], in: command)
        #expect(wrong.code == 2 && wrong.errors.contains("--input 'words=[\"ebb\"]'"), "\(wrong)")
        let right = try await run(
            "autorun", ["run", file, "--input", "words=[\"ebb\", \"flow\"]"], in: command)
        #expect(
            right.code == 0 && right.output.contains("flow!") && right.output.contains("ebb!"), "\(right)")
    }

    @Test func evaluates() async throws {
        let command = try Command()
        defer { command.clean() }
        let file = try command.file("vars.json", "{\"a\": {\"b\": 2}}")
        #expect(try await run("autorun", ["eval", "a.b + 1", "--vars", file], in: command).output == "3\n")
        for words in [["-1 + a.b", "--vars", file], ["--vars", file, "-1 + a.b"], ["--", "-1"]] {
            // What begins with a minus is an expression, too.
            #expect(try await run("autorun", ["eval"] + words, in: command).code == 0, "\(words)")
        }
        let absent = try await run("autorun", ["eval", "a", "--vars", "nosuch.json"], in: command)
        #expect(absent.code == 3 && absent.errors.contains("cannot read nosuch.json"), "\(absent)")
        let bad = try await run("autorun", ["eval", "1 / 0"], in: command)
        #expect(bad.code == 1 && bad.errors.contains("division by zero"))
        let lines = """
            {"expr": "x + 1", "vars": {"x": 2}}
            {"expr": "x + 1u", "vars": {"x": {"uint64Value": "2"}}, "typed": true}
            {"expr": "1 +"}
            nonsense
            {"expr": "missing"}
            """
        let result = try await run("autorun", ["eval", "--jsonl"], input: lines, in: command)
        let answers = result.output.split(separator: "\n").map(String.init)
        #expect(answers.prefix(2) == ["{\"value\":3}", "{\"value\":{\"uint64Value\":\"3\"}}"])
        #expect(answers.count == 5 && answers.dropFirst(2).allSatisfy { $0.hasPrefix("{\"error\":") })
    }

    @Test func draws() async throws {
        let mermaid = try await run("autorun", ["graph", "Examples/expense-approval.auto"])
        #expect(
            mermaid.output.hasPrefix("flowchart TD\n")
                && mermaid.output.contains("check_ -->|\"large\"| ask_"))
        let svg = try await run("autorun", ["graph", "Examples/expense-approval.auto", "--format", "svg"])
        #expect(
            svg.code == 0
                ? svg.output.contains("<svg")
                : svg.code == 3 && svg.errors.contains("install the package graphviz"))
    }

    @Test func drawsWhatIsCalled() async throws {
        let command = try Command()
        defer { command.clean() }
        let main = try command.file(
            "main.auto",
            "START a -> b\nREST_API b -> end { prompt_template { automation: \"other.auto\" } }\n")
        _ = try command.file("other.auto", "automation \"Other\"\nSTART first -> end\n")
        let alone = try await run("autorun", ["graph", main])
        #expect(!alone.output.contains("first"))
        let together = try await run("autorun", ["graph", "--calls", main])
        #expect(together.output.contains("f0_b_ ==>|\"calls\"| f1_first_"), "\(together.output)")
        let dot = try await run("autorun", ["graph", "--calls", main, "--format", "dot"])
        #expect(dot.output.contains("lhead=cluster1"), "\(dot.output)")
    }

    @Test func checks() async throws {
        let command = try Command()
        defer { command.clean() }
        let bad = try command.file("bad.auto", "automation \"B\"\nSTART a -> nope\n")
        let warned = try command.file("warned.auto", "START a -> end\n")
        let result = try await run("autocheck", ["--format", "short", bad], in: command)
        #expect(result.code == 1 && result.output == "\(bad):2:12: error[A101]: there is no step `nope`\n")
        #expect(try await run("autocheck", [warned], in: command).code == 0)
        #expect(try await run("autocheck", ["--strict", warned], in: command).code == 1)
        #expect(try await run("autocheck", ["nope.auto"], in: command).code == 3)
        #expect(try await run("autocheck", ["--nope"], in: command).code == 2)
        let piped = try await run(
            "autocheck", ["-", "--stdin-filename", "x.auto", "--format", "json"],
            input: "automation \"B\"\nSTART a -> nope\n", in: command)
        let finding = try #require(JSON.parse(piped.output).asList?.first?.asMap)
        #expect(
            finding["file"] == .string("x.auto") && finding["line"] == .int(2)
                && finding["column"] == .int(12) && finding["code"] == .string("A101"))
        let tree = try await run("autocheck", ["--ast", "Examples/support-triage.auto"], in: command)
        #expect(try JSON.parse(tree.output).asMap?["steps"]?.asList?.count == 8)
        #expect(try await run("autocheck", ["--help"], in: command).output.contains("USAGE"))
    }
}
