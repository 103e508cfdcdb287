import AutoChecker
import Diagnostics
import Testing

/// Lists in which null stands for elements that failed.
@Suite(.timeLimit(.minutes(1))) struct NullElementTests {
    private func findings(_ value: String, _ onFailed: String = "null", _ each: String = "") -> [Diagnostic] {
        errors(
            """
            automation "X"
            input xs: list<int> = [1]
            START begin -> a
            DATA_TRANSFORM a -> b {
              each: i in inputs.xs
              on_failed: "\(onFailed)"
              prompt_template { value: { n: 10 / i } }
            }
            DATA_TRANSFORM b -> end {
              \(each)
              prompt_template { value: \(value) }
            }

            """)
    }

    @Test(arguments: [
        "a.result.map(i, i + 1)", "a.result.map(i, i.n)", "a.result.filter(i, i.n > 1)",
        "a.result.exists(i, i > 1)", "a.result.map(i, -i)", "a.result[0].n", "a.result[0] + 1",
        "a.result.map(i, i != null || i.n > 1)", "a.result.map(i, i == null ? i.n : 0)",
        "a.?result.orValue([]).map(i, i.n)", "a.result.filter(i, i == null).map(k, k.n)",
        "a.result.map(i, i.size())",
    ])
    func anElementThatMayBeNullIsTold(value: String) {
        #expect(findings(value).map(\.code) == [.optionalRead], "\(findings(value).map(\.message))")
        #expect(findings(value).first?.help?.contains("drop") == true)
        #expect(findings(value, "drop").isEmpty || !value.contains(".n"))
    }

    @Test(arguments: [
        "a.result.filter(i, i != null).map(i, i.n)", "a.result.map(i, i == null ? 0 : i.n)",
        "a.result.map(i, i != null && i.n > 1)", "a.result.map(i, i == null || i.n > 1)",
        "a.result.map(i, string(i))", "a.result.size()", "a.result[0] == null ? 0 : a.result[0].n",
        "a.result.filter(i, i != null && i.n > 1).map(k, k.n)", "a.result.map(i, [1].map(i, i + 1))",
        "inputs.xs.map(i, i + 1)",
    ])
    func anElementThatIsAskedForIsNotTold(value: String) {
        #expect(findings(value).isEmpty, "\(findings(value).map(\.message))")
    }

    @Test func elementsOfAnEachMayBeNull() {
        #expect(findings("x.n", "null", "each: x in a.result").map(\.code) == [.optionalRead])
        #expect(findings("x.n", "null", "each: x in a.result.filter(i, i != null)").isEmpty)
        #expect(findings("x.n", "drop", "each: x in a.result").isEmpty)
    }

    @Test func aListWithNullsIsNoListOfInts() {
        func found(_ onFailed: String, _ type: String) -> [Code] {
            errors(
                """
                automation "X"
                input xs: list<int> = [1]
                result \(type)
                START begin -> a
                DATA_TRANSFORM a -> end {
                  each: i in inputs.xs
                  on_failed: "\(onFailed)"
                  prompt_template { value: 10 / i }
                }

                """
            ).map(\.code)
        }
        #expect(found("null", "list<int>") == [.noResultAtEnd])
        #expect(found("drop", "list<int>").isEmpty && found("null", "list<json>").isEmpty)
    }
}
