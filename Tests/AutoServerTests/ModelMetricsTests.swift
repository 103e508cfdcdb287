import AutoRuntime
import AutoStore
import Testing
import Values

@testable import AutoServer

/// What `/metrics` says of models.
@Suite(.timeLimit(.minutes(1))) struct ModelMetricsTests {
    private struct StillClock: AutoRuntime.Clock {
        func now() -> Int64 { 0 }
        func sleep(nanoseconds: Int64) async throws(CancellationError) {}
    }

    private func call(_ model: String, dollars: Double?) -> ModelCall {
        var call = ModelCall(provider: "mine", model: model, tokens: .init(input: 10, output: 2))
        call.dollars = dollars
        return call
    }

    /// An unknown price is not taken for none.
    @Test func dollarsAreThoseOfTheCalls() async throws {
        let metrics = Metrics(StillClock())
        for dollars in [0.5, nil, 0.25] { metrics.count(call("a", dollars: dollars)) }
        metrics.count(call("b", dollars: nil))
        let store = MemoryStore(clock: StillClock())
        let text = metrics.text(try await store.counts(), running: 0, queued: 0)
        for line in [
            "autorun_model_tokens_total{model=\"a\",kind=\"input\"} 30",
            "autorun_model_cost_dollars_total{model=\"a\"} 0.75",
            "autorun_model_calls_without_price_total{model=\"a\"} 1",
            "autorun_model_cost_dollars_total{model=\"b\"} 0.0",
            "autorun_model_calls_without_price_total{model=\"b\"} 1",
        ] { #expect(text.contains(line + "\n"), "\(text)") }
    }
}
