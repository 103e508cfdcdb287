import AutoChecker
import Diagnostics
import Testing

/// What the checker says of the models that steps name.
@Suite(.timeLimit(.minutes(1))) struct ModelCheckTests {
    private func findings(_ fields: String, _ options: CheckOptions = CheckOptions()) -> [Diagnostic] {
        let text = """
            automation "T"
            START a -> s
            LLM_CALL s -> end { timeout: 5s, prompt_template { user: "U", \(fields) } }

            """
        return check(SourceText(name: "t.auto", text: text), options).findings
    }

    @Test func aListOfModelsIsTaken() {
        #expect(
            findings(
                "model: [\"gemini-2.5-flash\", \"builtin\"], top_p: 0.5, reasoning: \"low\", extra: { a: 1 }"
            )
            .isEmpty)
    }

    @Test(arguments: [
        ("model: []", "the list `model` names no model"),
        ("model: [\"a\", 3]", "a model's name is a text, found 3"),
    ])
    func aListThatNamesNoneIsFound(field: String, words: String) {
        let found = findings(field)
        #expect(found.contains { $0.code == .badSetting && $0.message == words }, "\(found.map(\.message))")
    }

    @Test func aWordThatReasoningHasNotIsFound() { #expect(!findings("reasoning: \"lots\"").isEmpty) }

    @Test func whatAnthropicCannotBeToldIsFound() {
        var options = CheckOptions()
        for field in ["model: \"claude-x\"", "model: [\"gpt-4o\", \"anthropic/claude-x\"]"] {
            let found = findings(field + ", seed: 1")
            #expect(found.map(\.code) == [.badSetting] && found.first?.severity == .warning)
            #expect(found.first?.message.contains("knows no `seed`") == true)
        }
        #expect(findings("model: \"openrouter/anthropic/claude-x\", seed: 1").isEmpty)
        #expect(findings("model: \"mine/m\", seed: 1").isEmpty)
        options.providers["mine"] = ProviderSettings(.anthropic, base: "http://127.0.0.1:9")
        #expect(findings("model: \"mine/m\", seed: 1", options).map(\.code) == [.badSetting])
        options.defaultModel = "mine/m"
        #expect(findings("seed: 1", options).map(\.code) == [.badSetting])
    }

    @Test(arguments: [
        (#"model: "gpt-5-mini", temperature: 0.2"#, ["`gpt-5-mini` takes no `temperature` but 1"]),
        (
            #"model: "openai/o3", top_p: 0.5, temperature: 0"#,
            ["`o3` takes no `temperature` but 1", "`o3` takes no `top_p` but 1"]
        ),
        (#"model: "gpt-5", temperature: 1"#, []),
        (#"model: "gpt-5", temperature: double(size(a.prompt))"#, []),
        (#"model: "gpt-5", temperature: null"#, []),
        // Another model, another maker, one that is asked for elsewhere.
        (#"model: "gpt-5-chat-latest", temperature: 0.2"#, []),
        (#"model: "gpt-4o", temperature: 0.2"#, []),
        (#"model: "openrouter/openai/gpt-5", temperature: 0.2"#, []),
        (#"model: "claude-opus-5-5-20260901", temperature: 1"#, ["`claude-opus-5-5` takes no `temperature`"]),
        (#"model: "anthropic/claude-fable-5-2", top_p: 0.9"#, ["`claude-fable-5-2` takes no `top_p`"]),
        (#"model: "claude-sonnet-4-5", temperature: 0.1"#, []),
        (
            #"model: "claude-sonnet-4-5", temperature: 0.1, top_p: 0.5"#,
            ["`claude-sonnet-4-5` takes `temperature` or `top_p`, not both"]
        ),
        (#"model: ["builtin", "o4-mini"], temperature: 0"#, ["`o4-mini` takes no `temperature` but 1"]),
        (
            #"model: "gpt-4o-mini", reasoning: "low""#,
            ["`gpt-4o-mini` takes no `reasoning`"]
        ),
        (#"model: "claude-sonnet-5", reasoning: "low""#, []),
    ]) func whatAModelRefusesIsFound(fields: String, words: [String]) {
        let found = findings(fields).filter { $0.code == .badSetting }
        #expect(found.map(\.message).sorted() == words.sorted())
        #expect(found.allSatisfy { $0.severity == .warning && $0.help?.contains("leave `") == true })
    }

    /// At another address somebody else may be asked, who takes more.
    @Test func whoIsAskedElsewhereMayTakeIt() {
        var options = CheckOptions()
        options.defaultModel = "openai/gpt-5"
        #expect(findings("temperature: 0", options).map(\.code) == [.badSetting])
        options.providers["openai"] = ProviderSettings(.openai, base: "http://127.0.0.1:9")
        #expect(findings("temperature: 0", options).isEmpty)
    }

    /// Tries that the file does not ask for come after questions without an answer, so that they count
    /// nowhere.
    @Test func onlyWrittenTriesCount() throws {
        for (retry, calls) in [("", 1), ("retry: { attempts: 3 },", 3)] {
            let text = """
                automation "T"
                START a -> s
                LLM_CALL s -> end { timeout: 5s, \(retry) prompt_template { user: "U" } }

                """
            let source = SourceText(name: "t.auto", text: text)
            #expect(RunPlan(source, inputs: [:])?.steps.last?.bound.calls == calls)
            let step = try #require(check(source).automation?.steps.last)
            #expect(step.retryOfModels?.attempts == (retry.isEmpty ? 3 : nil))
        }
    }
}
