import AutoChecker
import Diagnostics
import Testing

/// Files and programs as models write them, in a Markdown fence.
@Suite(.timeLimit(.minutes(1))) struct MarkdownFenceTests {
    private let file = """
        automation "A"
        input n: int = 3
        START begin -> a
        LLM_CALL a -> end { timeout: 5s
          prompt_template { user: \"""
        Give ${inputs.n} of
        ```json
        {}
        ```
        \""" }
        }

        """

    @Test(arguments: [
        ("```auto\n", "```\n", "", ""), ("```\n", "```", "", ""), ("```auto\n", "", "", ""),
        ("\u{FEFF}```auto\n", "```\n", "\u{FEFF}", ""),
        (
            "Here is the automation:\n\n```auto\n",
            "```\n\nIt's \"short\n\nRun it:\n```sh\nautorun run a.auto\n```\n",
            "# Here is the automation:\n\n",
            "\n# It's \"short\n\n# Run it:\n# ```sh\n# autorun run a.auto\n# ```\n"
        ),
    ])
    func aFileInAFenceIsOneFinding(before: String, behind: String, mendBefore: String, mendBehind: String) {
        let told = errors(before + file + behind)
        #expect(told.map(\.message) == ["the file stands in a Markdown fence"], "\(told)")
        #expect(mended(before + file + behind) == mendBefore + file + mendBehind)
    }

    /// What is amiss within the fence is told at its own place.
    @Test func whatStandsInsideIsRead() {
        let told = errors("```auto\n" + file.replacing("inputs.n", with: "inputs.m") + "```\n")
        #expect(told.map(\.code) == [.expected, .unknownInput], "\(told)")
    }

    @Test func fencesInTextsAreTheirOwn() { #expect(errors(file).isEmpty) }

    private func python(_ code: String) -> String {
        """
        automation "A"
        START begin -> a
        PYTHON a -> end {
          timeout: 5s
          prompt_template {
            code: \(code)
          }
        }

        """
    }

    @Test(arguments: [
        (
            "```python\nresult = 1\n```", "'''\nresult = 1\n'''",
            "a program stands in quotes, and in no Markdown fence"
        ),
        (
            "\"\"\"\n```python\nresult = 1\n```\n\"\"\"", "\"\"\"\nresult = 1\n\"\"\"",
            "the program stands in a Markdown fence"
        ),
        (
            "'''\n    ```\n    result = 1\n\n    ```\n    '''", "'''\n    result = 1\n\n    '''",
            "the program stands in a Markdown fence"
        ),
    ])
    func aProgramInAFenceIsOneFinding(wrong: String, right: String, message: String) {
        let told = errors(python(wrong))
        #expect(told.map(\.message) == [message], "\(told)")
        #expect(mended(python(wrong)) == python(right))
        #expect(errors(python(right)).isEmpty)
    }
}
