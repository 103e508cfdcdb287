import AutoChecker
import Diagnostics
import Testing

/// Words without their quotes, and what other languages write in the place of a value: one slip is one finding, and its
/// mend makes a file that means what was meant.
@Suite(.timeLimit(.minutes(1))) struct BareWordTests {
    private func sorting(_ condition: String) -> String {
        """
        automation "A"
        input kind: one_of("bug", "refund")
        START begin -> route
        LOGIC_DECISION route { prompt_template {
          first: when \(condition) -> bug
          other: else -> refund
        } }
        DATA_TRANSFORM bug -> end { prompt_template { value: "b" } }
        DATA_TRANSFORM refund -> end { prompt_template { value: "r" } }

        """
    }

    /// A step that is called as one of the words of a choice is not what is meant where that choice is compared.
    @Test(arguments: [
        ("inputs.kind == bug", "inputs.kind == \"bug\""), ("bug != inputs.kind", "\"bug\" != inputs.kind"),
        ("inputs.kind == Bug", "inputs.kind == \"bug\""),
        ("inputs.kind in [refund]", "inputs.kind in [\"refund\"]"),
    ]) func aWordOfAChoiceIsATextThoughAStepIsCalledSo(condition: String, mend: String) {
        #expect(errors(sorting(condition)).count == 1, "\(errors(sorting(condition)).map(\.message))")
        #expect(mended(sorting(condition)) == sorting(mend))
        #expect(errors(sorting(mend)).isEmpty)
    }

    private func sending(_ method: String, step: String = "post", more: String = "") -> String {
        """
        automation "A"
        input who: text
        START begin -> \(step)
        REST_API \(step) -> end {
          timeout: 30s
          prompt_template { url: "https://example.com", method: \(method)\(more) }
        }

        """
    }

    @Test(arguments: ["post", "POST", "Post"]) func aWordThatAFieldTakesIsMendedWhateverTheStepIsCalled(
        word: String
    ) {
        for step in ["post", "POST", "send"] {
            let text = sending(word, step: step)
            #expect(errors(text).count == 1, "\(errors(text).map(\.message))")
            #expect(mended(text) == sending("\"POST\"", step: step))
        }
    }

    @Test func aStepThatNamesItselfIsAText() {
        let text = sending("\"POST\"", more: ", body: post")
        #expect(errors(text).map(\.message) == ["`post` is this step itself"])
        #expect(mended(text) == sending("\"POST\"", more: ", body: \"post\""))
    }

    private func typed(_ type: String) -> String {
        """
        automation "A"
        input mail: text
        START begin -> a
        LLM_CALL a -> end { timeout: 30s, result: \(type), prompt_template { user: inputs.mail } }

        """
    }

    @Test(arguments: [
        ("one_of(bug, refund)", "one_of(\"bug\", \"refund\")"),
        ("one_of(in-progress, \"done\")", "one_of(\"in-progress\", \"done\")"),
        ("{ kind: one_of(bug, refund), why: text }", "{ kind: one_of(\"bug\", \"refund\"), why: text }"),
        ("yes/no", "one_of(\"yes\", \"no\")"), ("yes | no | maybe", "one_of(\"yes\", \"no\", \"maybe\")"),
        ("enum(low, high)", "one_of(\"low\", \"high\")"),
        ("list<positive / negative>", "list<one_of(\"positive\", \"negative\")>"),
    ]) func choicesWithoutQuotesAreToldOnce(type: String, mend: String) {
        #expect(errors(typed(type)).count == 1, "\(errors(typed(type)).map(\.message))")
        #expect(mended(typed(type)) == typed(mend))
        #expect(errors(typed(mend)).isEmpty)
    }

    /// A bar between types is none between texts.
    @Test func typesAreNoChoice() throws {
        for type in ["text | int", "Bug | Refund", "Bug | text"] {
            let finding = try #require(errors(typed(type)).first)
            #expect(finding.message == "a value has one type, and `|` parts none")
        }
    }

    /// An input whose choice lacks its quotes is declared all the same.
    @Test func aChoiceWithoutQuotesDoesNotHideItsInput() {
        let text = """
            automation "A"
            input team: one_of(sales, support)
            START begin -> a
            DATA_TRANSFORM a -> end { prompt_template { value: inputs.team } }

            """
        #expect(errors(text).count == 1)
        #expect(mended(text).contains("one_of(\"sales\", \"support\")"))
    }

    private func defaulted(_ input: String) -> String {
        """
        automation "A"
        input x: \(input)
        START begin -> a
        DATA_TRANSFORM a -> end { prompt_template { value: inputs.x } }

        """
    }

    @Test(arguments: [
        ("bool = yes", "bool = true"), ("bool = Off", "bool = false"), ("bool = \"no\"", "bool = false"),
        ("text = world", "text = \"world\""),
        ("one_of(\"low\", \"high\") = Low", "one_of(\"low\", \"high\") = \"low\""),
    ]) func defaultsWithoutQuotesAreMended(input: String, mend: String) {
        #expect(errors(defaulted(input)).count == 1)
        #expect(mended(defaulted(input)) == defaulted(mend))
    }

    private func saying(_ value: String, step: String = "DATA_TRANSFORM a -> end", field: String = "value")
        -> String
    {
        """
        automation "A"
        input amount: number
        input words: list<text>
        START begin -> a
        \(step) { prompt_template { \(field): \(value) } }

        """
    }

    /// The letter before the quotes is what is wrong; what stands within is part of it.
    @Test(arguments: ["f\"Pay {inputs.amount}\"", "f\"Pay {inputs.amount:.2f}\"", "f'Pay {inputs.amount}'"])
    func anFStringIsToldOnce(value: String) {
        let findings = check(SourceText(name: "first.auto", text: saying(value))).findings
        #expect(findings.filter { $0.code != .unusedInput }.count == 1, "\(findings.map(\.message))")
    }

    /// A sum in dollars: `$${` is the language's own way to write `${`.
    @Test func aDollarSignBeforeAValueIsTold() throws {
        let text = saying("\"Pay $${inputs.amount} now\"")
        let finding = try #require(
            check(SourceText(name: "first.auto", text: text)).findings.first {
                $0.code == .looksLikeExpression
            })
        #expect(finding.help == "write `${\"$\"}${inputs.amount}` for a dollar sign before the value")
        #expect(errors(saying("\"Pay ${\"$\"}${inputs.amount} now\"")).isEmpty)
        // What is no value is a text that somebody wants to show.
        let shown = check(
            SourceText(name: "first.auto", text: saying("\"Write $${name}, ${inputs.amount}\"")))
        #expect(!shown.findings.contains { $0.code == .looksLikeExpression })
    }

    @Test(arguments: [
        ("string(inputs.amount) endswith \"1\"", "string(inputs.amount).endsWith(\"1\")"),
        ("string(inputs.amount) starts_with \"1\"", "string(inputs.amount).startsWith(\"1\")"),
    ]) func methodsBetweenValuesAreMended(value: String, mend: String) {
        #expect(errors(saying(value)).count == 1, "\(errors(saying(value)).map(\.message))")
        #expect(mended(saying(value)) == saying(mend))
        #expect(errors(saying(mend)).isEmpty)
    }

    @Test func aConditionOfATestWithAMethodBetweenIsToldOnce() {
        let test = "test \"t\" {\n  inputs: { amount: 1, words: [] }\n  expect visited contains \"a\"\n}\n"
        #expect(errors(saying("1") + test).count == 1)
        #expect(mended(saying("1") + test).contains("expect \"a\" in visited"))
        #expect(errors(mended(saying("1") + test)).isEmpty)
    }

    /// Whether a text or a list is meant, only its type says.
    @Test func whatContainsIsToldOfTextsAndLists() {
        let findings = errors(saying("inputs.words contains \"a\""))
        #expect(
            findings.map(\.help) == [
                "write `inputs.words.contains(\"a\")` for a part of a text, `\"a\" in inputs.words` for an element of a list"
            ])
    }

    @Test func aFunctionOfTwoValuesIsToldOnce() throws {
        let findings = errors(saying("inputs.words.sort((a, b) => a - b)"))
        #expect(
            findings.count == 1 && findings[0].help?.contains("sortBy") == true, "\(findings.map(\.message))")
        #expect(errors(saying("(inputs.amount)")).isEmpty)
    }

    @Test func aPatternBetweenSlashesIsMended() {
        let step = "DATA_TRANSFORM a -> end"
        let text = saying("/ERR.*/, input: inputs.words", step: step, field: "regex")
        #expect(mended(text) == saying("\"ERR.*\", input: inputs.words", step: step, field: "regex"))
        #expect(errors(saying("inputs.amount / 2.0 / 3.0")).isEmpty)
    }

    @Test(arguments: ["for_each", "forEach", "foreach", "loop", "items"]) func otherWordsForEachAreReadAsIt(
        word: String
    ) {
        let steps = { (word: String) in
            """
            automation "A"
            input docs: list<text>
            START begin -> a
            LLM_CALL a -> end {
              \(word): doc in inputs.docs
              timeout: 30s
              prompt_template { user: "Sum up ${doc}" }
            }

            """
        }
        #expect(errors(steps(word)).map(\.message) == ["there is no setting `\(word)`"])
        #expect(mended(steps(word)) == steps("each"))
    }

    @Test func aLabelOfSeveralWordsIsMended() {
        let text = sorting("inputs.kind == \"bug\"").replacing("first: when", with: "ask a manager: when")
        #expect(errors(text).map(\.message) == ["a branch's label is one word"])
        #expect(mended(text).contains("ask_a_manager: when"))
    }
}
