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
            findings("model: [\"gpt-4o\", \"builtin\"], top_p: 0.5, reasoning: \"low\", extra: { a: 1 }")
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
