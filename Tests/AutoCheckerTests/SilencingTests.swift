import AutoChecker
import Diagnostics
import Testing

/// What comments and settings silence, and what they do not.
@Suite(.timeLimit(.minutes(1))) struct SilencingTests {
    private func result(_ text: String, _ severities: [Code: CheckOptions.Level] = [:]) -> CheckResult {
        var options = CheckOptions()
        options.severities = severities
        return check(SourceText(name: "main.auto", text: text), options)
    }

    private func broken(_ edge: String = "", _ value: String = "") -> String {
        """
        automation "X"
        input n: int = 3
        START begin -> x
        \(edge)
        DATA_TRANSFORM x -> nowhere {
        \(value)
          prompt_template { value: inputs.n ** 3 }
        }
        """
    }

    @Test func whatCouldNotBeReadIsNotSilencedByComments() {
        let found = result(broken("# autocheck: ignore A101 because", "  # autocheck: ignore A002 because"))
        #expect(
            found.findings.map(\.code) == [
                .ignoreWithoutReason, .unknownStep, .ignoreWithoutReason, .expected,
            ])
        #expect(found.automation == nil && found.findings[0].message.contains("A101 cannot be silenced"))
    }

    @Test(arguments: [CheckOptions.Level.off, .warning])
    func whatCouldNotBeReadIsNotSilencedBySettings(level: CheckOptions.Level) {
        let found = result(broken(), [.expected: level, .unknownStep: level])
        #expect(found.findings.map(\.code) == [.unknownStep, .expected])
        #expect(found.findings.allSatisfy { $0.severity == .error } && found.automation == nil)
    }

    @Test func otherErrorsAreSilenced() {
        let late = """
            automation "X"
            input n: int
            START begin -> x
            # autocheck: ignore A203 it is about what fails
            DATA_TRANSFORM x -> end { prompt_template { value: inputs.n + "a" } }
            """
        let found = result(late)
        #expect(found.findings.isEmpty && found.automation != nil)
    }

    @Test func commentsStandAboveOneAnother() {
        let asks = """
            automation "X"
            START begin -> ask
            # autocheck: ignore A504 it warms the server's cache
            # Asks without a limit of time.
            # autocheck: ignore A502 the server has one
            LLM_CALL ask -> last { prompt_template { model: "openai/gpt-4o", user: "x" } }
            DATA_TRANSFORM last -> end { prompt_template { value: 1 } }
            """
        #expect(result(asks).findings.isEmpty)
        let apart = asks.replacing("# Asks without a limit of time.", with: "")
        #expect(result(apart).findings.map(\.code) == [.unusedResult])
    }

    private func prompt(_ before: String, _ within: String) -> String {
        """
        automation "X"
        START begin -> route
        LOGIC_DECISION route {
          prompt_template {
            noted: when session.id == "" -> note
            bare: else -> ask
          }
        }
        DATA_TRANSFORM note -> ask { prompt_template { value: "x" } }
        LLM_CALL ask -> end {
          timeout: 1m
          prompt_template {
            \(before)
            user: \"""
              Notes:
              \(within)
              ${note.result}
              \"""
          }
        }
        """
    }

    @Test func commentsInsideTextsAreText() {
        #expect(result(prompt("", "# autocheck: ignore A309 why")).findings.map(\.code) == [.maybeUnassigned])
        #expect(result(prompt("", "# autocheck: ignore A502")).findings.map(\.code) == [.maybeUnassigned])
    }

    @Test func aCommentAboveATextIsForAllOfIt() {
        #expect(result(prompt("# autocheck: ignore A309 why", "-")).findings.isEmpty)
    }
}
