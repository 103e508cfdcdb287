import AutoChecker
import Diagnostics
import Testing

/// A slip inside a nested record is one finding: what stands around it is read on.
@Suite(.timeLimit(.minutes(1))) struct NestedSlipTests {
    private func posting(_ body: String, behind: String = "") -> String {
        """
        automation "A"
        input n: int = 3
        START begin -> a
        REST_API a -> end {
          timeout: 5s
          prompt_template {
            url: "https://a.example"
            method: "POST"
            body: \(body)
            \(behind)
          }
        }

        """
    }

    @Test(arguments: [
        "1 @ 2", "“x”", "‘a’", "\"a", "\"a }", "\"\\d+\"", "5€", "`a:b`", "`a", "\"${inputs.n} a",
    ])
    func overSeveralLines(slip: String) {
        let isClosing = slip.hasSuffix("}")
        let body =
            isClosing ? "{ pattern: \(slip)" : "{\n      pattern: \(slip)\n      count: inputs.n\n    }"
        for behind in ["", "expect: [200]"] {
            let told = errors(posting(body, behind: behind))
            #expect(told.count == 1, "\(slip): \(told)")
        }
    }

    @Test(arguments: [
        "{ v: \"a\\d\" }", "{ v: { w: \"a\\d\" }, u: 1 }", "{ v: 1 @ 2, u: \"\\d\" }", "[\"a\\d\"]",
    ])
    func onOneLine(body: String) {
        let told = errors(posting(body))
        #expect(told.count == 1, "\(told)")
        let value = """
            automation "A"
            START begin -> a
            DATA_TRANSFORM a -> end { prompt_template { value: \(body) } }

            """
        #expect(errors(value).count == 1, "\(errors(value))")
    }

    /// What follows the record is read, with what is amiss in it.
    @Test func whatFollowsIsRead() {
        let told = errors(posting("{\n      pattern: 1 @ 2\n    }", behind: "expcet: [200]"))
        #expect(told.map(\.code) == [.badCharacter, .unknownField], "\(told)")
    }
}
