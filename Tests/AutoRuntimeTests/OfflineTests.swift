import AutoChecker
import AutoRuntime
import AutoStore
import CEL
import Diagnostics
import StepKinds
import Testing
import Values

/// `autorun test` asks nobody outside: what would leave the machine needs a reply.
@Suite(.timeLimit(.minutes(1))) struct OfflineTests {
    private func run(_ step: String, _ defaults: DefaultModels, _ replies: String = "") async throws
        -> (TestOutcome, calls: Int)
    {
        let text = """
            automation "T"
            START a -> t
            \(step)
            test "runs" {
              \(replies)
              expect session.status == "FINISHED"
            }

            """
        var options = CheckOptions()
        options.defaultModel = defaults.model
        options.embeddingModel = defaults.embedding
        let checked = check(SourceText(name: "t.auto", text: text), options)
        let automation = try #require(
            checked.automation, "\(render(checked.findings, in: checked.source, as: .short))")
        let actor = Actor { _, _ throws(StepFailure) in .value(.list([])) }
        let clock = TestClock()
        let runner = TestRunner(executors: Executors(forAll: actor), clock: clock) { [clock] in
            MemoryStore(keepsRecords: false, clock: clock)
        }
        let id = ID(name: "t.auto")
        let stored = StoredAutomation(
            id: id, name: "T", path: "t.auto", text: text,
            stepInfos: automation.stepInfos(automationID: id, fileTime: 0))
        let outcome = try await runner.run(automation.tests[0], of: Plan(automation), stored)
        return (outcome, actor.count("t"))
    }

    private let search = """
        EMBEDDING_SEARCH t -> end { timeout: 10m, prompt_template { query: "x", documents: ["y"] } }
        """

    @Test func aSearchOnTheMachineRuns() async throws {
        let (outcome, calls) = try await run(search, DefaultModels())
        #expect(outcome.passed && calls == 1)
    }

    @Test func aSearchByAModelOfTheSettingsNeedsAReply() async throws {
        let (outcome, calls) = try await run(search, DefaultModels(embedding: "text-embedding-3-small"))
        #expect(calls == 0)
        #expect(
            outcome.failures.map(\.text) == [
                "`t` would leave the machine, and the test has no reply for it"
            ])
    }

    /// A model step's reply stands for what its tools would give, so that no server of tools is started or asked.
    @Test func aReplyNeedsNoServersOfTools() async throws {
        let tools = "tools: [{ mcp: \"https://tools.example.org/mcp\", only: [\"search\"] }]"
        let step = "LLM_CALL t -> end { timeout: 10m, prompt_template { user: \"x\", \(tools) } }"
        let (outcome, calls) = try await run(step, DefaultModels(), "replies: { t: \"found\" }")
        #expect(outcome.passed && calls == 0, "\(outcome.failures)")
        let (lacking, none) = try await run(step, DefaultModels())
        #expect(none == 0)
        #expect(
            lacking.failures.map(\.text) == ["`t` would leave the machine, and the test has no reply for it"])
    }

    @Test func packagesNeedAReply() async throws {
        let step = """
            PYTHON t -> end {
              timeout: 10m
              prompt_template { code: "result = 1", requirements: ["six==1.17.0"] }
            }
            """
        let (outcome, calls) = try await run(step, DefaultModels())
        #expect(calls == 0 && !outcome.passed)
    }

    @Test func theLocalModelRuns() async throws {
        let step = "LLM_CALL t -> end { prompt_template { user: \"x\", model: \"builtin\" } }"
        let (outcome, calls) = try await run(step, DefaultModels(model: "gpt-4o"))
        #expect(outcome.passed && calls == 1)
    }
}
