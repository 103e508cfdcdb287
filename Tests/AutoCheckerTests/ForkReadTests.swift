import AutoChecker
import Diagnostics
import Testing

/// What is read around a fork of which a branch is entered from elsewhere, too.
@Suite(.timeLimit(.minutes(1))) struct ForkReadTests {
    private func file(_ fork: String, _ steps: String) -> String {
        """
        automation "A"
        input n: int
        START begin -> check
        LOGIC_DECISION check { prompt_template {
          big: when inputs.n > 5 -> ask
          small: else -> done
        } }
        DATA_TRANSFORM ask -> \(fork) { prompt_template { value: "asked" } }
        \(steps)

        """
    }

    /// Who comes to `done` without `ask` goes on from there, and never through the other branch.
    @Test(arguments: ["[done, log]", "[log, done]"]) func aBranchReadsWhatCameBeforeItsFork(fork: String) {
        let steps = """
            DATA_TRANSFORM log -> end { prompt_template { value: ask.result } }
            DATA_TRANSFORM done -> end { prompt_template { value: "done" } }
            """
        #expect(errors(file(fork, steps)).isEmpty, "\(errors(file(fork, steps)).map(\.message))")
    }

    /// The branch that is entered from elsewhere may read nothing of what that way leaves out, nor may the join.
    @Test(arguments: ["[done, log]", "[log, done]"]) func whatMayNotHaveRunIsTold(fork: String) {
        let steps = """
            DATA_TRANSFORM log -> sum { prompt_template { value: ask.result } }
            DATA_TRANSFORM done -> sum { prompt_template { value: check.result } }
            DATA_TRANSFORM sum -> end { prompt_template { value: done.result + READ } }
            """
        func found(_ read: String) -> [Code] {
            errors(file(fork, steps.replacing("READ", with: read))).map(\.code)
        }
        #expect(found("check.result").isEmpty)
        #expect(found("log.result") == [.maybeUnassigned])
        #expect(found("ask.result") == [.maybeUnassigned])
        let early = steps.replacing("check.result", with: "ask.result").replacing("READ", with: "done.result")
        #expect(errors(file(fork, early)).map(\.code) == [.maybeUnassigned])
    }
}
