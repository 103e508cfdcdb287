import AutoRuntime
import StepKinds
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
}
