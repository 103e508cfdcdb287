import AutoChecker
import AutoSyntax
import CEL
import Diagnostics
import Testing

@Suite(.timeLimit(.minutes(1))) struct CodeIndentationTests {
    /// Python is given the code of a step without the indentation that the file around it has.
    @Test func codeLosesWhatAllOfItsLinesBeginWith() throws {
        let text = """
            automation "T"
            START begin -> p
            PYTHON p -> end {
              timeout: 5s
              prompt_template {
                code: '''
                    x = 1
                    if x:
                        result = x
                  '''
              }
            }

            """
        let checked = check(SourceText(name: "t.auto", text: text))
        let automation = try #require(checked.automation)
        let code = automation.steps[1].fields.compactMap { field -> String? in
            if case .program(let program) = field.value { program.text } else { nil }
        }
        #expect(code == ["x = 1\nif x:\n    result = x"])
    }
}
