import AutoChecker
import AutoSyntax
import CEL
import Compilers
import Diagnostics
import Processes
import StepKinds
import Testing

/// The page of the language for models, and the reference by topics.
@Suite(.timeLimit(.minutes(1))) struct LanguageGuideTests {
    /// Where it grows beyond that: `knownByName` of the guide leaves out what a field is for.
    @Test func thePageIsShort() {
        let tokens = LanguageGuide.text.utf8.count / 4
        #expect(tokens <= LanguageGuide.mostTokens, "\(tokens) tokens")
    }

    @Test func thePageNamesAllThatThereIs() {
        let text = LanguageGuide.text
        for kind in StepKind.all {
            #expect(text.contains("**\(kind.type.rawValue)**"))
            for field in kind.fields { #expect(text.contains(field.name), "\(field.name)") }
        }
        for setting in SettingName.allCases { #expect(text.contains("- `\(setting.rawValue)`")) }
        for code in LanguageGuide.commonestCodes {
            #expect(text.contains("\n- \(code.rawValue) "), "\(code.rawValue)")
        }
        #expect(LanguageGuide.commonestCodes.count == 10)
    }

    @Test(arguments: LanguageGuide.examples)
    func examplesHaveNoFindings(text: String) {
        let source = SourceText(name: "example.auto", text: text)
        let result = check(source, CheckOptions(), Compilers(workers: WorkerPool()))
        #expect(result.findings.isEmpty, "\(render(result.findings, in: source, as: .terminal))")
        #expect(LanguageGuide.text.contains("```auto\n\(text)```"))
        #expect(format(source).text == text)
    }

    /// Each topic is found by its own name, and none is empty.
    @Test func everyTopicHasAnEntry() {
        let compilers = Compilers(workers: WorkerPool())
        // The pages of the codes run the checker, and have tests of their own.
        let codes = Set(Code.allCases.map(\.rawValue))
        for topic in LanguageReference.topics where !codes.contains(topic) {
            let entry = LanguageReference.entry(of: topic, compilers)
            #expect(entry?.isEmpty == false, "\(topic)")
        }
        #expect(LanguageReference.entry(of: "a309", compilers)?.hasPrefix("# A309") == true)
        #expect(LanguageReference.entry(of: "llm_call", compilers)?.contains("temperature") == true)
    }

    /// A field is found by its name, with the step types that have it; a function in any letters.
    @Test func fieldsAreTopics() throws {
        let compilers = Compilers(workers: WorkerPool())
        let tools = try #require(LanguageReference.entry(of: "tools", compilers))
        #expect(tools.contains("a field of LLM_CALL") && tools.contains("- `mcp`: A server of tools"))
        #expect(LanguageReference.entry(of: "webhook", compilers)?.contains("a field of START") == true)
        #expect(LanguageReference.entry(of: "mcp", compilers)?.contains("an entry of `tools`") == true)
        #expect(LanguageReference.entry(of: "answers", compilers)?.contains("a word of a test") == true)
        #expect(LanguageReference.entry(of: "SORTBY", compilers)?.contains("`sortBy(") == true)
        let model = try #require(LanguageReference.entry(of: "model", compilers))
        #expect(model.contains("a field of LLM_CALL") && model.contains("a field of EMBEDDING_SEARCH"))
    }

    /// `timeout` is a setting, and what fails when it is over.
    @Test func aNameThatIsSeveralThingsIsToldAsAllOfThem() throws {
        let entry = try #require(LanguageReference.entry(of: "timeout", Compilers(workers: WorkerPool())))
        #expect(entry.contains("a setting") && entry.contains("a kind of failure"))
    }

    @Test func anUnknownTopicIsAnsweredByTheNearest() {
        #expect(LanguageReference.entry(of: "LLM_CAL", Compilers(workers: WorkerPool())) == nil)
        #expect(LanguageReference.unknown("LLM_CAL").contains("did you mean `LLM_CALL`?"))
        #expect(LanguageReference.unknown("xyzzy").contains("language, steps"))
    }
}
