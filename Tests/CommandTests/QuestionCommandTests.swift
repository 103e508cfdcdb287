import TestSupport
import Testing
import Values

/// Questions off a terminal: the choices, what a typed answer looks like, and commands that work as they are printed.
@Suite(.timeLimit(.minutes(1))) final class QuestionCommandTests {
    private let command: Command

    init() throws { command = try Command() }

    deinit { command.clean() }

    private func file(_ fields: String) throws -> String {
        try command.file(
            "ask.auto", "automation \"Ask\"\nSTART a -> m\nGET_USER_INPUT m -> end { \(fields) }\n")
    }

    @Test func choicesThatAreNumbersAreOffered() async throws {
        let file = try file(#"result: int, prompt_template { message: "m", choices: [1, 2] }"#)
        let waits = try await command.run("autorun", ["run", file])
        let end = String(try await command.newestID().suffix(6))
        #expect(waits.code == 4 && waits.errors.contains("\n  1) 1\n  2) 2\n"), "\(waits)")
        #expect(waits.errors.contains("\n  autorun answer \(end) 2\n"), "\(waits)")
        let refused = try await command.run("autorun", ["answer", end, "99"])
        #expect(refused.code == 2 && refused.errors.contains("1 or 2"), "\(refused)")
        #expect(try await command.run("autorun", ["answer", end, "2"]).output == "2\n")
        let given = try await command.run("autorun", ["run", file, "--answer", "m=99"])
        #expect(given.code != 0 && given.errors.contains("1 or 2"), "\(given)")
    }

    @Test func anAnswerThatBeginsWithAHyphenIsGivenAsPrinted() async throws {
        let store = command.state + "/own.sqlite"
        let file = try file(#"prompt_template { message: "m", choices: ["-x", "y"] }"#)
        let waits = try await command.run("autorun", ["run", file, "--store", store])
        let line = try #require(
            waits.errors.split(separator: "\n").first {
                $0.contains("autorun answer") && $0.hasSuffix(" -x")
            }, "\(waits)")
        let words = line.split(separator: " ").dropFirst().map(String.init)
        let answered = try await command.run("autorun", words)
        #expect(answered.code == 0 && answered.output == "-x\n", "\(answered)")
        // So does what a person would write.
        _ = try await command.run("autorun", ["run", file])
        let end = String(try await command.newestID().suffix(6))
        let typed = try await command.run("autorun", ["answer", end, "-x", "--no-cache"])
        #expect(typed.code == 0 && typed.output == "-x\n", "\(typed)")
    }

    /// Whichever command takes it, and before anything has been recorded.
    @Test func anAnswerToNoStepIsRefused() async throws {
        let file = try file("prompt_template { message: \"m\" }")
        let table = try command.file("t.jsonl", "{}\n")
        #expect(try await command.run("autorun", ["run", file]).code == 4)
        let id = try await command.newestID()
        let wrong = ["--answer", "nosuch=x"]
        for words in [
            ["batch", file, table], ["rerun", id, "--from", "m"], ["answer", id, "x"], ["resume", id],
        ] {
            let refused = try await command.run("autorun", words + wrong)
            #expect(
                refused.code == 2 && refused.errors.contains("no GET_USER_INPUT step `nosuch`"), "\(refused)")
        }
        #expect(try await command.newestID() == id)
        let answered = try await command.run("autorun", ["answer", id, "x"])
        #expect(answered.code == 0 && answered.output == "x\n", "\(answered)")
    }

    /// A text from outside cannot show other words than it has.
    @Test func whatTurnsTheDirectionOfWritingIsNotPrinted() async throws {
        let file = try command.file(
            "turned.auto",
            """
            automation "Turned"
            input x: text
            START begin -> ask
            GET_USER_INPUT ask -> end { prompt_template { message: "Pay ${inputs.x}?" } }
            """)
        let waits = try await command.run("autorun", ["run", file, "--input", "x=abc\u{202E}def\u{2066}"])
        let shown = try await command.run("autorun", ["show", try await command.newestID()])
        for text in [waits.errors, shown.output] { #expect(text.contains("  Pay abcdef?\n"), "\(text)") }
    }

    @Test func whatATypedAnswerLooksLikeIsSaid() async throws {
        let file = try file("result: { ok: bool, n: int }, prompt_template { message: \"m\" }")
        let waits = try await command.run("autorun", ["run", file])
        let end = String(try await command.newestID().suffix(6))
        let shown = try await command.run("autorun", ["show", end])
        let example = #"{"ok":true,"n":1}"#
        for text in [waits.errors, shown.output] {
            #expect(text.contains("\n  (as JSON: { ok: bool, n: int })\n"), "\(text)")
            #expect(text.contains("\n  autorun answer \(end) '\(example)'\n"), "\(text)")
        }
        let answered = try await command.run("autorun", ["answer", end, example])
        #expect(answered.code == 0 && answered.output == example + "\n", "\(answered)")
    }

    @Test func anEmptyDefaultIsNamed() async throws {
        let waits = try await command.run(
            "autorun", ["run", try file(#"prompt_template { message: "m", default: "" }"#)])
        #expect(waits.errors.contains("\n  an empty answer gives the default, an empty text\n"), "\(waits)")
    }

    /// The command can be copied: it has the file, and the inputs that were given.
    @Test func aFailureNamesTheFileTheInputsAndTheElement() async throws {
        let file = try command.file(
            "fails.auto",
            """
            automation "Fails"
            input name: text
            input kept: int = 3
            START begin -> a
            DATA_TRANSFORM a -> end { each: n in [1, 0, 2]
              prompt_template { value: 6 / n + inputs.kept }
            }

            """)
        let failed = try await command.run("autorun", ["run", file, "--input", "name=Ada L."])
        let mend = "change the file or the inputs, then autorun run \(file) --input 'name=Ada L.'\n"
        #expect(failed.code == 1 && failed.errors.hasSuffix(mend), "\(failed)")
        #expect(failed.errors.contains("\n  element 2 of 3: 0\n"), "\(failed)")
    }

    @Test func aStatusIsTakenInAnyCase() async throws {
        _ = try await command.run("autorun", ["run", try file("prompt_template { message: \"m\" }")])
        let running = try await command.run("autorun", ["sessions", "--status", "running"])
        #expect(running.code == 0 && running.output.contains("RUNNING waiting"), "\(running)")
        let waiting = try await command.run("autorun", ["sessions", "--status", "waiting"])
        #expect(waiting.code == 2 && waiting.errors.contains("--waiting"), "\(waiting)")
        let unknown = try await command.run("autorun", ["sessions", "--status", "broken"])
        #expect(unknown.code == 2 && unknown.errors.contains("FINISHED or FAILED"), "\(unknown)")
    }
}
