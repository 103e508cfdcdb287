import AutoChecker
import Diagnostics
import Testing

/// What is written in the place of `-> step` and `-> [a, b]`: one slip is one finding, and those that read the step are not
/// told that it is missing.
@Suite(.timeLimit(.minutes(1))) struct EdgeSlipTests {
    private func forking(_ edge: String) -> String {
        """
        automation "A"
        START begin -> a
        DATA_TRANSFORM a \(edge){ prompt_template { value: "x" } }
        DATA_TRANSFORM b -> end { prompt_template { value: a.result } }
        DATA_TRANSFORM c -> end { prompt_template { value: a.result } }

        """
    }

    @Test(arguments: ["-> b, c ", "-> (b, c) ", "-> (b c) ", "-> \"b\", c ", "=> b, c ", "b, c "])
    func aForkStandsInBrackets(edge: String) throws {
        var text = forking(edge)
        let codes = errors(text).map(\.code)
        #expect(codes.allSatisfy { $0 == .expected || $0 == .missingComma }, "\(errors(text).map(\.message))")
        // A mend may lie within another one.
        for _ in 0..<3 { text = mended(text) }
        #expect(text == forking("-> [b, c] "))
    }

    @Test func anArrowIsMissingBetweenTwoNames() {
        let text = """
            automation "A"
            START begin a
            DATA_TRANSFORM a b { prompt_template { value: "x" } }
            DATA_TRANSFORM b end { prompt_template { value: a.result } }

            """
        #expect(errors(text).count == 3)
        #expect(
            mended(text)
                == """
                automation "A"
                START begin -> a
                DATA_TRANSFORM a -> b { prompt_template { value: "x" } }
                DATA_TRANSFORM b -> end { prompt_template { value: a.result } }

                """)
    }

    /// Where a step goes on cannot be told, but that it is there can.
    @Test(arguments: ["-> 5 ", "-> [b, ] x ", "-> ( "]) func whatCannotBeReadIsOneFinding(
        edge: String
    ) {
        let found = errors(forking(edge))
        #expect(found.count == 1, "\(found.map { "\($0.code.rawValue) \($0.message)" })")
    }

    @Test func aBraceThatIsMissingBeforeTheEdgeIsOneFinding() {
        let text = """
            automation "A"
            START begin -> a
            DATA_TRANSFORM a { prompt_template { value: "x" } -> b
            DATA_TRANSFORM b -> end { prompt_template { value: a.result } }

            """
        #expect(errors(text).map(\.code) == [.unclosedBlock, .expected], "\(errors(text).map(\.message))")
    }

    /// What a step gives is not known, so that any of its fields may be read.
    @Test(arguments: ["{ x: list<int }", "list<", "{ x: }", "one_of(\"a\""])
    func aResultThatCannotBeReadIsOneFinding(
        type: String
    ) {
        let text = """
            automation "A"
            START begin -> a
            LLM_CALL a -> b {
              timeout: 60s
              result: \(type)
              prompt_template { user: "x" }
            }
            DATA_TRANSFORM b -> end { prompt_template { value: a.result.x } }

            """
        #expect(errors(text).count == 1, "\(errors(text).map(\.message))")
    }
}
