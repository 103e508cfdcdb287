import AutoChecker
import AutoModels
import AutoRuntime
import StepKinds
import Synchronization
import TestSupport
import Testing
import Values

/// What is told of each question to a model.
@Suite(.timeLimit(.minutes(1))) struct ModelCallTests {
    private func call(
        _ model: String, _ body: String, price: @escaping ModelPrices = { _ in nil }
    ) async throws -> ModelCall {
        let calls = Mutex<[ModelCall]>([])
        let client = ScriptedClient { _, _ throws(StepFailure) in ScriptedAnswer(body: body) }
        var request = question(model)
        request.onCall = { call in calls.withLock { $0.append(call) } }
        _ = try await client.models(price: price).reply(to: request)
        let all = calls.withLock { $0 }
        #expect(all.count == 1)
        return try #require(all.first)
    }

    private func openAI(_ usage: String) -> String {
        stream([
            #"{"model":"gpt-x-2026","choices":[{"delta":{"content":"Hi"}}]}"#,
            #"{"choices":[{"delta":{},"finish_reason":"stop"}]}"#, #"{"choices":[],"usage":\#(usage)}"#,
            "[DONE]",
        ])
    }

    @Test func whatOpenAITells() async throws {
        let usage =
            #"{"prompt_tokens":100,"completion_tokens":20,"prompt_tokens_details":{"cached_tokens":40},"completion_tokens_details":{"reasoning_tokens":5}}"#
        let call = try await call("openai/gpt-x", openAI(usage))
        #expect(call.provider == "openai" && call.model == "gpt-x" && call.answered == "gpt-x-2026")
        #expect(call.finish == "stop" && call.note == nil && call.firstToken == 0)
        #expect(call.tokens == .init(input: 100, output: 20, cached: 40, reasoning: 5))
    }

    @Test func whatDeepSeekTells() async throws {
        let usage = #"{"prompt_tokens":10,"completion_tokens":2,"prompt_cache_hit_tokens":4}"#
        #expect(try await call("gpt-x", openAI(usage)).tokens == .init(input: 10, output: 2, cached: 4))
    }

    @Test func whatAnthropicTells() async throws {
        let body = stream([
            #"{"type":"message_start","message":{"model":"claude-x-1","content":[],"usage":{"input_tokens":3,"cache_read_input_tokens":10,"cache_creation_input_tokens":7}}}"#,
            #"{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"Hi"}}"#,
            #"{"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"output_tokens":5}}"#,
            #"{"type":"message_stop"}"#,
        ])
        let call = try await call("claude-x", body)
        #expect(call.provider == "anthropic" && call.answered == "claude-x-1" && call.finish == "end_turn")
        #expect(call.tokens == tokens(input: 20, output: 5, cached: 10, kept: 7))
    }

    private func tokens(
        input: Int, output: Int, cached: Int, kept: Int, hour: Int? = nil
    ) -> ModelCall.Tokens {
        var tokens = ModelCall.Tokens(input: input, output: output, cached: cached)
        (tokens.kept, tokens.keptForAnHour) = (kept, hour)
        return tokens
    }

    /// What Anthropic keeps costs more than what it only reads, and for an hour more than for minutes.
    @Test func whatIsKeptHasItsOwnPrice() async throws {
        let body = stream([
            #"{"type":"message_start","message":{"model":"claude-x-1","content":[],"usage":{"input_tokens":100000,"cache_read_input_tokens":200000,"cache_creation_input_tokens":400000,"cache_creation":{"ephemeral_5m_input_tokens":300000,"ephemeral_1h_input_tokens":100000}}}}"#,
            #"{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"Hi"}}"#,
            #"{"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"output_tokens":5}}"#,
            #"{"type":"message_stop"}"#,
        ])
        let price = knownModel("claude-sonnet-4-5")?.price
        let call = try await call("claude-x", body) { _ in price }
        #expect(
            call.tokens == tokens(input: 700_000, output: 5, cached: 200_000, kept: 400_000, hour: 100_000))
        let dollars = try #require(call.dollars)
        #expect(abs(dollars - (0.1 * 3 + 0.2 * 0.3 + 0.3 * 3.75 + 0.1 * 6 + 5e-6 * 15)) < 1e-9, "\(dollars)")
    }

    @Test func whatGatewaysSayIsKeptCountsToo() async throws {
        for usage in [
            #"{"prompt_tokens":20,"completion_tokens":2,"prompt_tokens_details":{"cached_tokens":10,"cache_write_tokens":7}}"#,
            #"{"prompt_tokens":20,"completion_tokens":2,"cache_read_input_tokens":10,"cache_creation_input_tokens":7}"#,
        ] {
            #expect(
                try await call("gpt-x", openAI(usage)).tokens
                    == tokens(input: 20, output: 2, cached: 10, kept: 7))
        }
    }

    @Test func whatNobodyTellsIsEstimated() async throws {
        let call = try await call(
            "gpt-x", stream([#"{"choices":[{"delta":{"content":"12345678"},"finish_reason":"stop"}]}"#]))
        #expect(call.tokens.areEstimated && call.tokens.output == 2 && call.tokens.cached == nil)
    }

    @Test func dollarsAreThoseOfTheSettingsOrUnknown() async throws {
        let usage =
            #"{"prompt_tokens":1000000,"completion_tokens":500000,"prompt_tokens_details":{"cached_tokens":200000}}"#
        #expect(try await call("gpt-x", openAI(usage)).dollars == nil)
        let full = try await call("gpt-x", openAI(usage)) { _ in Price(input: 2, output: 4) }
        #expect(full.dollars == 4)
        let cached = try await call("gpt-x", openAI(usage)) { name in
            name == "openai/gpt-x" ? Price(input: 2, output: 4, cached: 1) : nil
        }
        #expect(abs((cached.dollars ?? 0) - 3.8) < 1e-9)
    }

    /// A reply that did not stream has no first token of its own.
    @Test func aReplyInOnePieceHasNoFirstToken() async throws {
        let body = #"{"choices":[{"message":{"content":"Hi"},"finish_reason":"stop"}]}"#
        #expect(try await call("gpt-x", body).firstToken == nil)
    }
}
