import AutoChecker
import AutoRuntime
import AutoStore
import Diagnostics
import StepKinds
import Testing
import Values

/// What `expect` reads of a step with `each` is what the automation's own steps read of it.
@Suite(.timeLimit(.minutes(1))) struct ExpectedElementTests {
    private func outcome(_ text: String) async throws -> TestOutcome {
        let result = AutoChecker.check(SourceText(name: "t.auto", text: "automation \"T\"\n" + text))
        return try await runFirstTest(of: result)
    }

    @Test func anEmptyListGivesAnEmptyList() async throws {
        let outcome = try await outcome(
            """
            input xs: list<int> = []
            START begin -> a
            DATA_TRANSFORM a -> b { each: x in inputs.xs, prompt_template { value: x } }
            DATA_TRANSFORM b -> end { prompt_template { value: size(a.result) } }
            test "empty" { expect a.result == [], expect a.results == [], expect b.result == 0 }
            """)
        #expect(outcome.failures.isEmpty, "\(outcome.failures.map(\.seen))")
    }

    @Test func aSecondVisitHasItsOwnList() async throws {
        let outcome = try await outcome(
            """
            START begin -> n
            DATA_TRANSFORM n -> a { max_visits: 3, prompt_template { value: visits(n) } }
            DATA_TRANSFORM a -> more { each: x in [1, 2], prompt_template { value: x * n.result } }
            LOGIC_DECISION more { prompt_template {
              again: when n.result < 2 -> n
              enough: else -> b
            } }
            DATA_TRANSFORM b -> end { prompt_template { value: a.result } }
            test "twice" { expect a.result == [2, 4], expect b.result == a.result, expect a.results == [1, 2, 2, 4] }
            """.replacing("visits(n)", with: "1 + n.?result.orValue(0)"))
        #expect(outcome.failures.isEmpty, "\(outcome.failures.map(\.seen))")
    }

    @Test func whatFailedHasItsPlace() async throws {
        let outcome = try await outcome(
            """
            START begin -> a
            DATA_TRANSFORM a -> b {
              each: x in ["1", "x", "3"]
              on_failed: "null"
              prompt_template { value: int(x) }
            }
            DATA_TRANSFORM b -> end { prompt_template { value: a.result } }
            test "failed" { expect a.result == [1, null, 3], expect a.errors[0].index == 1, expect b.result == a.result }
            """)
        #expect(outcome.failures.isEmpty, "\(outcome.failures.map(\.seen))")
    }
}
