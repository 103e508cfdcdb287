import AutoChecker
import Diagnostics
import Testing

/// What is offered for a read of a step that may not have run, and whether that passes.
@Suite(.timeLimit(.minutes(1))) struct AbsentReadTests {
    /// The errors of a loop at whose head a later step's result is read.
    private func findings(_ read: String) -> [Diagnostic] {
        errors(
            """
            automation "X"
            START begin -> write
            DATA_TRANSFORM write -> judge {
              max_visits: 5
              prompt_template { value: "Notes: ${\(read)}" }
            }
            LLM_CALL judge -> route {
              timeout: 1m
              result: { ok: bool, feedback: text, more: { marks: list<int> } }
              prompt_template { user: write.result }
            }
            LOGIC_DECISION route {
              prompt_template {
                good: when judge.result.ok -> end
                bad: else -> write
              }
            }

            """)
    }

    @Test(arguments: [
        ("judge.result.feedback", #"judge.?result.?feedback.orValue("")"#),
        ("judge.result.ok", "judge.?result.?ok.orValue(false)"),
        ("judge.result.more.marks", "judge.?result.?more.?marks.orValue([])"),
        (#"judge.result.?feedback.orValue("none")"#, "judge.?result.?feedback"),
        ("judge.result", "judge.?result.orValue({})"),
    ])
    func theFieldThatIsReadIsPartOfTheMend(read: String, mend: String) throws {
        let found = findings(read)
        #expect(found.map(\.code) == [.maybeUnassigned])
        let help = try #require(found.first?.help)
        #expect(help.hasPrefix("read it as `\(mend)`"), "\(help)")
        let mended = mend.contains("orValue") ? mend : "\(mend).orValue(\"none\")"
        #expect(findings(mended).isEmpty)
    }

    @Test func aFieldThatTheFallbackLacksIsTold() throws {
        let found = findings("judge.?result.orValue({}).feedback")
        #expect(found.map(\.code) == [.noSuchField])
        let fix = try #require(found.first?.fix)
        #expect(fix.replacement == #"judge.?result.?feedback.orValue("")"# && !fix.isSafe)
        #expect(findings(#"judge.?result.orValue({"ok": true}).feedback"#).map(\.code) == [.noSuchField])
    }

    @Test(arguments: [
        #"judge.?result.orValue({"feedback": "none"}).feedback"#,
        #"judge.?result.orValue({}).?feedback.orValue("none")"#,
        #"has(judge.?result.orValue({}).feedback) ? judge.?result.orValue({}).feedback : "none""#,
    ])
    func aFieldThatIsThereOrAskedForIsNotTold(read: String) {
        #expect(findings(read).isEmpty)
    }
}
