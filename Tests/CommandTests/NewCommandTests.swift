import Foundation
import TestSupport
import Testing
import Values

@Suite(.timeLimit(.minutes(1))) struct NewCommandTests {
    /// Runs a command in the state folder, where `new` writes.
    private func run(_ name: String, _ arguments: [String], in command: Command) async throws -> CommandResult
    {
        try await command.run(name, arguments, folder: command.state)
    }

    @Test(.timeLimit(.minutes(1)), arguments: ["blank", "scrape", "classify", "approve"])
    func aTemplateIsCheckedFormattedAndTested(_ template: String) async throws {
        let command = try Command()
        defer { command.clean() }
        let made = try await run("autorun", ["new", "my-first", "--from", template], in: command)
        #expect(made.code == 0 && made.output.contains("autorun test my-first.auto"), "\(made)")
        let checked = try await run("autocheck", ["--strict", "my-first.auto"], in: command)
        #expect(checked.code == 0 && checked.output.isEmpty, "\(checked)")
        let laidOut = try await run("autorun", ["fmt", "--check", "my-first.auto"], in: command)
        #expect(laidOut.code == 0, "\(laidOut)")
        let tested = try await run("autorun", ["test", "my-first.auto"], in: command)
        #expect(tested.code == 0 && tested.output.contains(" passed, 0 failed"), "\(tested)")
        let text = try String(contentsOfFile: command.state + "/my-first.auto", encoding: .utf8)
        #expect(text.contains("automation \"My first\"\n"))
    }

    @Test(
        .timeLimit(.minutes(1)),
        arguments: [("blank", false), ("scrape", true), ("classify", true), ("approve", false)])
    func whereTheLocalModelComesFromIsSaid(_ template: String, _ isSaid: Bool) async throws {
        let command = try Command()
        defer { command.clean() }
        let made = try await command.run(
            "autorun", ["new", "my-first", "--from", template],
            environment: ["XDG_CACHE_HOME": command.state + "/cache"], folder: command.state)
        #expect(made.code == 0 && made.output.contains("autorun models fetch") == isSaid, "\(made)")
    }

    @Test(.timeLimit(.minutes(1))) func nothingSaidIsABlankOne() async throws {
        let command = try Command()
        defer { command.clean() }
        let made = try await run("autorun", ["new", "hello.auto"], in: command)
        #expect(made.code == 0, "\(made)")
        let ran = try await run("autorun", ["run", "hello.auto", "--input", "name=Ada"], in: command)
        #expect(ran.code == 0 && ran.output.contains("Hello, Ada!"), "\(ran)")
    }

    @Test(.timeLimit(.minutes(1))) func aFileThatIsThereIsLeftAsItIs() async throws {
        let command = try Command()
        defer { command.clean() }
        let path = try command.file("mine.auto", "# mine\n")
        let refused = try await run("autorun", ["new", "mine"], in: command)
        #expect(refused.code == 2 && refused.errors.contains("mine.auto is there already"), "\(refused)")
        #expect(try String(contentsOfFile: path, encoding: .utf8) == "# mine\n")
    }

    private static let agentFiles = ["AGENTS.md", ".cursor/rules/autorun.mdc", ".mcp.json"]

    @Test(.timeLimit(.minutes(1))) func codingAgentsAreTold() async throws {
        let command = try Command()
        defer { command.clean() }
        let made = try await run("autorun", ["new", "--agents"], in: command)
        #expect(made.code == 0 && made.errors.isEmpty, "\(made)")
        var texts: [String] = []
        for file in NewCommandTests.agentFiles {
            #expect(made.output.contains("\(file) is written."))
            texts.append(try String(contentsOfFile: command.state + "/" + file, encoding: .utf8))
        }
        // What they name is there, and the page is that of the command.
        let page = try await command.run("autorun", ["docs", "--for-agents"])
        #expect(texts[0].contains("autorun docs --for-agents") && texts[1].hasSuffix(page.output))
        #expect(texts[1].contains("globs: \"**/*.auto\""))
        let servers = try JSON.parse(texts[2]).asMap?["mcpServers"]?.asMap
        #expect(servers?["autocheck"]?.asMap?["args"] == .list([.string("mcp")]))
        let again = try await run("autorun", ["new", "--agents"], in: command)
        #expect(again.code == 0 && again.output.contains("AGENTS.md is there already, and says the same."))
    }

    @Test(.timeLimit(.minutes(1))) func nothingOfTheirsIsOverwritten() async throws {
        let command = try Command()
        defer { command.clean() }
        for file in NewCommandTests.agentFiles { _ = try command.file(file, "mine\n") }
        let made = try await run("autorun", ["new", "first", "--agents"], in: command)
        #expect(made.code == 0 && made.output.contains("first.auto is written"), "\(made)")
        for file in NewCommandTests.agentFiles {
            #expect(made.errors.contains("\(file) is there already, and is left as it is"))
            #expect(try String(contentsOfFile: command.state + "/" + file, encoding: .utf8) == "mine\n")
        }
    }

    @Test(.timeLimit(.minutes(1))) func aNewAutomationNeedsAName() async throws {
        let command = try Command()
        defer { command.clean() }
        let refused = try await run("autorun", ["new"], in: command)
        #expect(refused.code == 2 && refused.errors.contains("autorun new hello"), "\(refused)")
    }

    @Test(.timeLimit(.minutes(1)), arguments: ["", "../x", "a b", "1st", "a\"b", "é", ".auto"])
    func aNameThatIsNoneIsRefused(_ name: String) async throws {
        let command = try Command()
        defer { command.clean() }
        let refused = try await run("autorun", ["new", "--", name], in: command)
        #expect(refused.code == 2 && refused.errors.contains("expected a letter"), "\(refused)")
    }

    @Test(.timeLimit(.minutes(1))) func theCommandAloneSaysWhatToDoFirst() async throws {
        let command = try Command()
        defer { command.clean() }
        let result = try await run("autorun", [], in: command)
        #expect(result.code == 0 && result.errors.isEmpty)
        for word in ["autorun new", "autorun run", "autorun test", "autorun serve", "autorun --help"] {
            #expect(result.output.contains(word))
        }
    }

    @Test(
        .timeLimit(.minutes(1)),
        arguments: [
            (["rnu"], "did you mean `run`?"), (["token", "nwe"], "did you mean `new`?"),
            (["help", "srve"], "did you mean `serve`?"), (["frobnicate"], "autorun --help lists them"),
            (["run", "--inptu", "a=1"], "Did you mean '--input'?"),
            (["serve", "a.auto", "--port", "8099"], "write --listen 127.0.0.1:8099"),
            (["serve", "--port=x"], "write --listen 127.0.0.1:8080"),
        ])
    func aNearNameIsTold(_ arguments: [String], _ words: String) async throws {
        let command = try Command()
        defer { command.clean() }
        let result = try await run("autorun", arguments, in: command)
        #expect(result.code == 2 && result.errors.contains(words), "\(result)")
    }
}
