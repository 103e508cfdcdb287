import Foundation
import TestSupport
import Testing
import Values

/// A session goes on by what it began with: by no command do other settings change it, or stop it.
@Suite(.timeLimit(.minutes(1))) struct StoredAutomationTests {
    private let text = """
        automation "Waits"
        START begin -> unread
        DATA_TRANSFORM unread -> ask { prompt_template { value: "x" } }
        GET_USER_INPUT ask -> reply { prompt_template { message: "Go on?" } }
        LLM_CALL reply -> done {
          timeout: 1m
          prompt_template { user: "Say it." }
        }
        DATA_TRANSFORM done -> end { prompt_template { value: "${reply.result.size() > 0}: ${ask.result}" } }

        """

    @Test(.timeLimit(.minutes(1)))
    func otherSettingsStopNoSession() async throws {
        let command = try Command()
        defer { command.clean() }
        let file = try command.file("p/waits.auto", text)
        _ = try command.file("p/autorun.toml", "[model]\ndefault = \"builtin\"\n")
        #expect(try await command.run("autorun", ["run", file]).code == 4)
        let first = try await command.newestID()
        #expect(try await command.run("autorun", ["run", file]).code == 4)
        let second = try await command.newestID()

        // A result that nothing reads is an error from now on, and no key of the model's provider is set.
        _ = try command.file(
            "p/autorun.toml",
            "[check]\nseverity = { A504 = \"error\" }\n[model]\ndefault = \"openai/gpt-4o\"\n")
        let anew = try await command.run("autorun", ["run", file])
        #expect(anew.code == 2 && anew.errors.contains("has errors, so nothing was run"), "\(anew)")

        let resumed = try await command.run("autorun", ["resume", first])
        #expect(resumed.code == 4, "\(resumed)")
        let all = try await command.run("autorun", ["resume", "--all"])
        #expect(all.code == 4 && all.output.contains("\(first.suffix(6))  waits for an answer"), "\(all)")
        let answered = try await command.run("autorun", ["answer", first, "yes"])
        #expect(answered.code == 0 && answered.output == "true: yes\n", "\(answered)")
        let rerun = try await command.run("autorun", ["rerun", first, "--from", "reply"])
        #expect(rerun.code == 0 && rerun.output == "true: yes\n", "\(rerun)")
        #expect(try await command.run("autorun", ["cancel", second]).code == 0)
        let retried = try await command.run("autorun", ["retry", second, "--answer", "ask=no"])
        #expect(retried.code == 0 && retried.output == "true: no\n", "\(retried)")
        // Moving over to the file of now is another thing: that has to pass.
        let third = try await command.run("autorun", ["rerun", second, "--from", "ask"])
        #expect(third.code == 4, "\(third)")
        let upgraded = try await command.run("autorun", ["resume", command.newestID(), "--upgrade"])
        #expect(upgraded.code == 2 && upgraded.errors.contains("error[A504]"), "\(upgraded)")
    }

    /// Settings that cannot be read any more are not asked for what a session began with.
    @Test(.timeLimit(.minutes(1)))
    func brokenSettingsStopNoSession() async throws {
        let command = try Command()
        defer { command.clean() }
        #expect(try await command.run("autorun", ["run", try command.file("p/waits.auto", text)]).code == 4)
        _ = try command.file("p/autorun.toml", "[model\n")
        let answered = try await command.run("autorun", ["answer", command.newestID(), "yes"])
        #expect(answered.code == 0 && answered.output == "true: yes\n", "\(answered)")
    }
}
