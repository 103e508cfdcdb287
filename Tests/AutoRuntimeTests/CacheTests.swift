import AutoChecker
import AutoRuntime
import AutoStore
import AutoSyntax
import StepKinds
import Synchronization
import Testing
import Values

/// What `cache: true` takes for the same question.
@Suite(.timeLimit(.minutes(1))) struct CacheTests {
    @Test func anotherModelIsAskedAnew() async throws {
        let stage = try Stage(
            """
            START begin -> a
            LLM_CALL a -> end { cache: true
              prompt_template { user: "Hi" } }
            """
        ) { work, count throws(StepFailure) in .value(.string("reply \(count)")) }
        for (model, reply) in [
            ("builtin", "reply 1"), ("builtin", "reply 1"), ("gpt at https://a.example", "reply 2"),
            ("gpt at https://b.example", "reply 3"), ("gpt at https://a.example", "reply 2"),
        ] {
            stage.actor.model.withLock { $0 = model }
            let (_, record) = try await stage.run()
            #expect(record.steps.last?.result == .string(reply), "\(model)")
        }
    }

    /// How often a step has been asked when these files have run one after the other with one store.
    private func asked(_ texts: [String]) async throws -> Int {
        var asked = 0
        var store: MemoryStore?
        for text in texts {
            let stage = try Stage(text) { work, _ throws(StepFailure) in
                switch work.step.type {
                case .logicDecision: .value(.string(work.step.branches[0].label))
                case .embeddingSearch: .value(.list([]))
                case .start, .llmCall, .getUserInput, .restAPI, .webScrape, .python, .textToJSON,
                    .dataTransform:
                    .value(.record([("a", .int(1)), ("b", .string("x"))]))
                }
            }
            let kept = store ?? stage.store
            store = kept
            let (end, record) = try await stage.run(store: MemoryStore(sharing: kept, owner: "another"))
            #expect(record.header.status == .finished, "\(end)")
            asked += stage.actor.count("a")
        }
        return asked
    }

    /// A type is what its name stands for, and a decision is one between its branches.
    @Test func anotherTypeOrBranchIsAskedForAnew() async throws {
        func typed(_ fields: String) -> String {
            """
            type V = \(fields)
            START begin -> a
            LLM_CALL a -> end { cache: true
              result: V
              prompt_template { user: "Hi" } }
            """
        }
        #expect(try await asked([typed("{ a: int }"), typed("{ a: int }")]) == 1)
        #expect(try await asked([typed("{ a: int }"), typed("{ a: int, b: text }")]) == 2)
        #expect(try await asked([typed("{ a: int }"), typed("{ a: int \"how many\" }")]) == 2)
        func decided(_ label: String) -> String {
            """
            START begin -> a
            LOGIC_DECISION a { cache: true
              prompt_template { question: "What is it?"
                \(label): -> b
                other: -> b } }
            DATA_TRANSFORM b -> end { prompt_template { value: a.result } }
            """
        }
        #expect(try await asked([decided("bug"), decided("bug")]) == 1)
        #expect(try await asked([decided("bug"), decided("defect")]) == 2)
    }

    /// The prompt only names files, which may be others the next time.
    @Test(arguments: [
        "LLM_CALL a -> end { cache: true\n  prompt_template { user: \"Hi\", images: [\"file:q.png\"] } }",
        "EMBEDDING_SEARCH a -> end { cache: true\n  prompt_template { query: \"x\", documents: \"docs/*.md\" } }",
    ]) func whatWorksOnFilesIsRunAnew(step: String) async throws {
        let text = "START begin -> a\n" + step
        #expect(try await asked([text, text]) == 2)
    }
}
