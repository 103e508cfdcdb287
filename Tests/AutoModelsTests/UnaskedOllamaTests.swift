import AutoChecker
import AutoModels
import AutoRuntime
import StepKinds
import Synchronization
import TestSupport
import Testing
import Values

/// A clock whose sleepers wake only when they are cancelled.
private struct EndlessClock: Clock {
    func now() -> Int64 { 0 }

    func sleep(nanoseconds: Int64) async throws(CancellationError) {
        for await _ in AsyncStream<Void>.makeStream().stream {}
        throw CancellationError()
    }
}

/// The Ollama of this machine is found where no provider is set up for a model.
@Suite(.timeLimit(.minutes(1))) struct UnaskedOllamaTests {
    private static let list = "http://127.0.0.1:11434/v1/models"
    private static let chat = "http://127.0.0.1:11434/v1/chat/completions"

    /// An Ollama that has these models.
    private func client(having models: [String]) -> ScriptedClient {
        ScriptedClient { request, _ throws(StepFailure) in
            guard request.url.hasSuffix("/models") else { return .said("yes") }
            let items = models.map { Value.record([("id", .string($0))]) }
            return ScriptedAnswer(body: JSON.text(.record([("data", .list(items))])))
        }
    }

    @Test(arguments: ["llama3.2", "qwen3:4b", "gpt-oss:20b", "hf.co/some/model:q4"])
    func aModelThatItHasIsAskedThere(model: String) async throws {
        let client = client(having: ["llama3.2:latest", "qwen3:4b", "gpt-oss:20b", "hf.co/some/model:q4"])
        let notes = Mutex<[String?]>([])
        var request = question(model)
        request.onCall = { call in notes.withLock { $0.append(call.note) } }
        let reply = try await client.models([:], clock: EndlessClock()).reply(to: request)
        #expect(reply == "yes" && client.seen.map(\.url) == [Self.list, Self.chat])
        #expect(client.bodies.last?["model"] == .string(model))
        #expect(notes.withLock { $0 }.first??.contains("the Ollama of this machine") == true)
    }

    @Test func whatItHasInsteadIsSaid() async {
        let client = client(having: ["llama3.2:latest", "qwen3:4b"])
        let failure = await #expect(throws: StepFailure.self) {
            try await client.models([:], clock: EndlessClock()).reply(to: question("phi4"))
        }
        #expect(failure?.kind == .noKey)
        #expect(
            failure?.message.hasSuffix("the Ollama of this machine has llama3.2:latest, qwen3:4b") == true,
            "\(failure?.message ?? "")")
    }

    /// Where it does not run, or does not answer in time, what is to be set is said as before.
    @Test(arguments: [true, false]) func noneIsNoOtherFailure(isThere: Bool) async {
        let client = ScriptedClient { _, _ throws(StepFailure) in
            guard isThere else { throw StepFailure(.network, "refused") }
            for await _ in AsyncStream<Void>.makeStream().stream {}
            throw .cancelled
        }
        let clock: any Clock = isThere ? FixedClock(time: 0) : EndlessClock()
        let failure = await #expect(throws: StepFailure.self) {
            try await client.models([:], clock: clock).reply(to: question("phi4"))
        }
        #expect(failure?.kind == .noKey && failure?.message.contains("set OPENAI_API_KEY") == true)
        #expect(failure?.message.contains("Ollama") == false)
    }

    /// It is looked for only where nobody else can be asked, and never for a provider that is named.
    @Test(arguments: [
        ("gpt-x", ["OPENAI_API_KEY": "k"]), ("llama3.2", ["GROQ_API_KEY": "k"]), ("groq/llama3.2", [:]),
        ("builtin", [:]), ("default", [:]),
    ])
    func nobodyElseIsHeldUp(model: String, environment: [String: String]) async {
        let client = client(having: ["llama3.2:latest"])
        _ = try? await client.models(environment, clock: EndlessClock()).reply(to: question(model))
        #expect(client.seen.allSatisfy { $0.url != Self.list })
    }
}
