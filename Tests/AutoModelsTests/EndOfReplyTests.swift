import AutoModels
import AutoRuntime
import StepKinds
import TestSupport
import Testing
import Values

/// A reply that says that it is over counts, whatever becomes of its connection.
@Suite(.timeLimit(.minutes(1))) struct EndOfReplyTests {
    /// What becomes of the connection behind the bytes.
    enum Ending: Sendable, CaseIterable {
        case breaks
        case staysOpen
    }

    /// A client whose server streams some text, and does not end its answer well.
    struct LooseClient: HTTPClient {
        let body: String
        let ending: Ending

        func send(_ request: HTTPRequest, onBytes: (@Sendable ([UInt8]) -> Void)?) async throws(StepFailure)
            -> HTTPResponse
        {
            onBytes?(Array(body.utf8))
            if ending == .staysOpen {
                let (never, _) = AsyncStream<Void>.makeStream()
                for await _ in never {}
            }
            throw StepFailure(.network, "the connection broke", retryable: true)
        }

        func reply() async throws(StepFailure) -> String {
            let settings = ModelSettings(environment: ["OPENAI_API_KEY": "key-openai-0"], defaultModel: nil)
            let models = Models(
                settings: settings, client: self, builtin: NoModel(), clock: FixedClock(time: 0))
            let messages = [Value.record([("role", .string("user")), ("content", .string("U"))])]
            return try await models.reply(to: ModelRequest(model: "openai/gpt-x", messages: messages)).text
        }
    }

    @Test(arguments: Ending.allCases)
    func whatHappensBehindTheEndDoesNotMatter(ending: Ending) async throws {
        let body = stream([#"{"choices":[{"delta":{"content":"whole"}}]}"#, "[DONE]"])
        #expect(try await LooseClient(body: body, ending: ending).reply() == "whole")
    }

    @Test func aConnectionThatBreaksBeforeTheEndFails() async {
        let body = stream([#"{"choices":[{"delta":{"content":"half"}}]}"#])
        let failure = await #expect(throws: StepFailure.self) {
            try await LooseClient(body: body, ending: .breaks).reply()
        }
        #expect(failure?.kind == .network)
    }
}
