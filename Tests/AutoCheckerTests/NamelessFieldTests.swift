import AutoChecker
import AutoSyntax
import Diagnostics
import Testing

/// Texts without a field's name, and a `result` among the fields: each is one finding with its mend.
@Suite(.timeLimit(.minutes(1))) struct NamelessFieldTests {
    private func file(_ step: String) -> String {
        "automation \"A\"\ninput t: text = \"\"\nSTART begin -> a\n\(step)\n"
    }

    private func ask(_ block: String) -> String { file("LLM_CALL a -> end {\n  timeout: 5s\n  \(block)\n}") }

    @Test(arguments: [
        (
            "prompt_template { \"\"\"\n  Summarize ${inputs.t}\n  \"\"\" }",
            "prompt_template { user: \"\"\"\n  Summarize ${inputs.t}\n  \"\"\" }"
        ),
        ("prompt_template { \"Hi\" }", "prompt_template { user: \"Hi\" }"),
        (
            "prompt_template {\n    \"Hi\"\n    seed: 1\n  }",
            "prompt_template {\n    user: \"Hi\"\n    seed: 1\n  }"
        ),
        ("prompt_template { \"Hi \" + inputs.t }", "prompt_template { user: \"Hi \" + inputs.t }"),
        ("prompt_template: \"Hi ${inputs.t}\"", "prompt_template { user: \"Hi ${inputs.t}\" }"),
        ("prompt_template \"Hi\"", "prompt_template { user: \"Hi\" }"),
    ])
    func aTextWithoutItsNameIsToldOnce(wrong: String, right: String) {
        let told = errors(ask(wrong))
        #expect(told.count == 1 && told.first?.help?.contains("user: …") == true, "\(told)")
        #expect(mended(ask(wrong)) == ask(right))
        #expect(errors(ask(right)).isEmpty)
    }

    @Test(arguments: [
        ("DATA_TRANSFORM a -> end { prompt_template { \"x\" } }", "value"),
        ("GET_USER_INPUT a -> end { prompt_template { \"x\" } }", "message"),
        ("PYTHON a -> end { prompt_template { \"result = 1\" } }", "code"),
        ("TEXT_TO_JSON a -> end { prompt_template { \"{}\" } }", "text"),
    ])
    func eachTypeHasItsOwnField(step: String, name: String) {
        let told = errors(file(step))
        #expect(told.count == 1 && told.first?.help == "write `\(name): …`", "\(told)")
        #expect(mended(file(step)) == file(step.replacing("{ \"", with: "{ \(name): \"")))
    }

    @Test(arguments: [
        (
            "prompt_template { user: \"Hi\", result: list<text> }",
            "result: list<text>\n  prompt_template { user: \"Hi\" }"
        ),
        (
            "prompt_template { result: one_of(\"a\", \"b\"), user: \"Hi\" }",
            "result: one_of(\"a\", \"b\")\n  prompt_template { user: \"Hi\" }"
        ),
        (
            "prompt_template {\n    user: \"Hi\"\n    result: { title: text, tags: list<text> }\n  }",
            "result: { title: text, tags: list<text> }\n  prompt_template {\n    user: \"Hi\"\n  }"
        ),
        (
            "prompt_template {\n    result: int\n    user: \"Hi\"\n  }",
            "result: int\n  prompt_template {\n    user: \"Hi\"\n  }"
        ),
    ])
    func aResultAmongTheFieldsIsToldOnce(wrong: String, right: String) {
        let told = errors(ask(wrong))
        #expect(told.map(\.message) == ["`result` is a setting, no field of prompt_template"], "\(told)")
        #expect(mended(ask(wrong)) == ask(right))
        #expect(errors(ask(right)).isEmpty)
    }

    /// A label of a decision may be called so.
    @Test func aLabelIsNoSetting() {
        let text = file(
            "LOGIC_DECISION a { prompt_template { result: when inputs.t == \"\" -> b, other: else -> end } }\n"
                + "DATA_TRANSFORM b -> end { prompt_template { value: 1 } }")
        #expect(errors(text).isEmpty, "\(errors(text))")
    }

    /// The parser, which knows no fields, names one that the type has.
    @Test(arguments: StepType.allCases.filter { $0 != .start && $0 != .logicDecision })
    func theNameIsOneOfItsFields(type: StepType) {
        let text = """
            automation "A"
            START begin -> a
            \(type.rawValue) a -> end { prompt_template { "x" } }

            """
        #expect(mended(text) != text)
        #expect(!errors(mended(text)).contains { $0.code == .unknownField || $0.code == .expected })
    }
}
