import AutoChecker
import AutoModels
import AutoRuntime
import StepKinds
import Synchronization
import TestSupport
import Testing
import Values

/// A client whose server sends a part of a reply, and then fails as the test says.
private struct BreakingClient: HTTPClient {
    let part: String
    let failure: StepFailure

    func send(_ request: HTTPRequest, onBytes: (@Sendable ([UInt8]) -> Void)?) async throws(StepFailure)
        -> HTTPResponse
    {
        if !part.isEmpty { onBytes?(Array(part.utf8)) }
        throw failure
    }
}

/// What questions used that were broken off before their provider could say it.
@Suite(.timeLimit(.minutes(1))) struct BrokenOffTests {
    private static let price: ModelPrices = { _ in Price(input: 1_000, output: 1_000) }

    private func calls(
        _ part: String, _ failure: StepFailure, _ provider: ProviderSettings.Kind = .openai
    ) async -> [ModelCall] {
        let settings = ModelSettings(
            environment: [:], defaultModel: nil,
            providers: ["mine": ProviderSettings(provider, base: "http://127.0.0.1:9")])
        let models = Models(
            settings: settings, client: BreakingClient(part: part, failure: failure), builtin: NoModel(),
            clock: FixedClock(time: 0), price: Self.price)
        let told = Mutex<[ModelCall]>([])
        var request = question("mine/m")
        request.onCall = { call in told.withLock { $0.append(call) } }
        await #expect(throws: StepFailure.self) { try await models.reply(to: request) }
        return told.withLock { $0 }
    }

    @Test(arguments: [StepFailure.cancelled, .timeout(1_000_000_000), StepFailure(.network, "reset")])
    func whatHasComeOfAReplyIsTold(failure: StepFailure) async throws {
        let part = stream([#"{"model":"m-1","choices":[{"delta":{"content":"12345678"}}]}"#])
        let calls = await calls(part, failure)
        let call = try #require(calls.first)
        #expect(calls.count == 1 && call.isBrokenOff && call.tokens.areEstimated)
        #expect(call.tokens.output == 2 && call.tokens.input > 0 && call.answered == "m-1")
        #expect(call.dollars == Double(call.tokens.input + 2) / 1_000)
    }

    /// The model may have thought for a long time.
    @Test func aQuestionWithoutABeginningOfAReplyIsTold() async throws {
        let calls = await calls("", .timeout(1_000_000_000))
        #expect(calls.map(\.isBrokenOff) == [true] && calls.map(\.tokens.output) == [0])
    }

    @Test(arguments: [FailureKind.network, .rateLimited, .refused])
    func whatWasNotTakenIsNotTold(kind: FailureKind) async {
        let calls = await calls("", StepFailure(kind, "no"))
        #expect(calls.isEmpty)
    }

    /// Anthropic counts the reply's tokens at its beginning, too, where there is hardly one.
    @Test func aCountAtTheBeginningIsNotTakenForTheWhole() async throws {
        let text = String(repeating: "t", count: 400)
        let part = stream([
            #"{"type":"message_start","message":{"usage":{"input_tokens":50,"output_tokens":1}}}"#,
            #"{"type":"content_block_delta","index":0,"delta":{"text":"\#(text)"}}"#,
        ])
        let call = try #require(await calls(part, .cancelled, .anthropic).first)
        #expect(call.tokens.input == 50 && call.tokens.output == 100)
        #expect(call.isBrokenOff && call.tokens.areEstimated)
    }

    /// Usage that came before the connection broke is what the provider says.
    @Test func aReplyWhoseEndHasComeIsNotBrokenOff() async throws {
        let told = Mutex<[ModelCall]>([])
        let part = stream([
            #"{"choices":[{"delta":{"content":"Hi"},"finish_reason":"stop"}]}"#,
            #"{"choices":[],"usage":{"prompt_tokens":3,"completion_tokens":4}}"#, "[DONE]",
        ])
        let models = Models(
            settings: ModelSettings(
                environment: [:], defaultModel: nil,
                providers: ["mine": ProviderSettings(.openai, base: "http://127.0.0.1:9")]),
            client: BreakingClient(part: part, failure: StepFailure(.network, "reset")),
            builtin: NoModel(), clock: FixedClock(time: 0))
        var request = question("mine/m")
        request.onCall = { call in told.withLock { $0.append(call) } }
        #expect(try await models.reply(to: request) == "Hi")
        let calls = told.withLock { $0 }
        #expect(calls.map(\.tokens) == [ModelCall.Tokens(input: 3, output: 4)])
        #expect(calls.map(\.isBrokenOff) == [false])
    }
}
