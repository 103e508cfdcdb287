import AutoChecker
import Diagnostics
import Testing

/// Mends that are applied unseen change nothing into what was not meant.
@Suite(.timeLimit(.minutes(1))) struct CarefulMendTests {
    /// A step that gives `value`, with three inputs.
    private func giving(_ value: String, also inputs: String = "") -> String {
        """
        automation "A"
        input price1: number
        input tier: text
        input items: list<text>
        \(inputs)START begin -> a
        DATA_TRANSFORM a -> end { prompt_template { value: \(value) } }

        """
    }

    /// A name that may be another one than the near one is offered, and not put in its place.
    @Test(arguments: ["inputs.price2", "inputs.tiers", "inputs.item", "inputs.tie5", "secrets.APP_KEY"])
    func anotherNameIsNotTakenForTheNearOne(value: String) {
        let text = giving(value, also: "secret API_KEY\n")
        let told = errors(text)
        #expect(told.contains { $0.help?.hasPrefix("did you mean") == true }, "\(told)")
        #expect(mended(text) == text)
    }

    @Test(arguments: [
        ("inputs.teir", "inputs.tier"), ("inputs.Tier", "inputs.tier"), ("inputs.tiier", "inputs.tier"),
        ("inputs.ter", "inputs.tier"), ("inputs.price_1", "inputs.price1"),
    ])
    func aSlipIsMended(wrong: String, right: String) {
        #expect(mended(giving(wrong)) == giving(right))
    }

    @Test(arguments: [
        ("classify", "clasify", true), ("category", "catagory", true), ("fetch_a", "fetch_b", false),
        ("read", "real", false),
        ("step1", "step2", false), ("step", "steps", false), ("receive", "recieve", true),
        ("net_price", "set_price", false),
    ])
    func slipsAreToldFromOtherNames(name: String, other: String, expected: Bool) {
        #expect(isSlip(name, for: other) == expected && isSlip(other, for: name) == expected)
    }

    /// Where a declaration could not be read, it may be what is named.
    @Test func besideWhatCouldNotBeReadNoNameIsMended() {
        let text = giving("inputs.teir", also: "input broken: one_of(\"a\" | \"b\")\n")
        #expect(errors(text).count > 1 && mended(text).contains("inputs.teir"))
    }

    /// Whether the text or a value is meant, nobody knows.
    @Test(arguments: ["payload", "base_url"]) func aBareWordIsNotMadeAText(word: String) {
        let text = giving(word)
        #expect(errors(text).first?.help?.contains("declared: input \(word): text") == true)
        #expect(mended(text) == text)
    }

    @Test(arguments: [
        #""First ${$inputs.tier}\nThen ${inputs.tier}""#, #""${inputs.tier | upper}, ${inputs.tier}""#,
    ])
    func aSignWithoutMeaningEndsNoText(value: String) {
        let text = giving(value)
        #expect(errors(text).count == 1, "\(errors(text).map(\.message))")
        #expect(mended(text).contains("${inputs.tier}\""))
    }

    @Test(arguments: [
        (#"inputs.tier == "a" | "b""#, "put a `,`"), (#"one | two"#, "write `||` for or"),
        (#""${inputs.tier | upper}""#, "write a function"),
    ])
    func oneBarIsToldByWhereItStands(value: String, help: String) {
        #expect(
            errors(giving(value)).contains { $0.help?.contains(help) == true }, "\(errors(giving(value)))")
    }

    @Test func aFieldThatIsThereIsNotNamedTwice() {
        let text = """
            automation "A"
            START begin -> a
            LLM_CALL a -> end { timeout: 5s, prompt_template { user: "X", prompt: "Y" } }

            """
        #expect(errors(text).map(\.help) == ["`user` is there already: leave one of the two out"])
        #expect(mended(text) == text)
    }

    /// `inputs` is a field of the step, and no other word for all of them.
    @Test func inputsOutsideOfTheBlockAreAField() {
        let text = """
            automation "A"
            START begin -> a
            PYTHON a -> end { timeout: 5s, inputs: { a: 1 }, code: "result = inputs['a']" }

            """
        let mend = mended(text)
        #expect(errors(mend).isEmpty, "\(mend) \(errors(mend).map(\.message))")
        #expect(mend.contains("prompt_template { inputs: { a: 1 }, code:"), "\(mend)")
    }

    @Test(arguments: ["[for x in inputs.items : x]", "inputs.items.any(x == 1 for x in inputs.items)"])
    func loopsOfOtherLanguagesAreNoLists(value: String) {
        #expect(!mended(giving(value)).contains("for,"), "\(mended(giving(value)))")
    }

    @Test func aDecisionsBranchThatNamesAStep() {
        let text = """
            automation "A"
            START begin -> d
            LOGIC_DECISION d { prompt_template {
              one: when 1 > 0 -> end
              two: a
            } }
            DATA_TRANSFORM a -> end { prompt_template { value: 1 } }

            """
        #expect(errors(text).contains { $0.help?.hasPrefix("write `two: else -> a`") == true })
    }
}
