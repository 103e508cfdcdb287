import AutoRuntime
import Values

extension CollectedReply {
    /// Takes what a server says in OpenAI's form that a reply used so far: later words count, and what they leave out stays.
    ///
    /// OpenAI counts thinking within the reply, and what it had from before within the prompt. At xAI and Google thinking
    /// is beside the reply, and only the sum has it; some gateways to Anthropic count what the cache had beside the prompt.
    mutating func use(openAI usage: MapValue) {
        let details = usage["prompt_tokens_details"]?.asMap
        // DeepSeek and Anthropic have names of their own.
        let cached = [
            details?["cached_tokens"], usage["prompt_cache_hit_tokens"], usage["cache_read_input_tokens"],
        ].lazy.compactMap(tokenCount).first
        // So gateways to Anthropic say it.
        let kept = [
            details?["cache_write_tokens"], details?["cache_creation_tokens"],
            usage["cache_creation_input_tokens"],
        ].lazy.compactMap(tokenCount).first
        let reasoning = tokenCount(usage["completion_tokens_details"]?.asMap?["reasoning_tokens"])
        var input = tokenCount(usage["prompt_tokens"]) ?? tokenCount(usage["input_tokens"])
        var output = tokenCount(usage["completion_tokens"]) ?? tokenCount(usage["output_tokens"])
        let all = tokenCount(usage["total_tokens"])
        if let cached, cached > 0, let known = input {
            let isBeside = cached > known || all.map { $0 == known + (output ?? 0) + cached } ?? false
            if isBeside { input = known + cached }
        }
        if let all, let input, all >= input { output = max(output ?? 0, all - input) }
        inputTokens = input ?? inputTokens
        outputTokens = output ?? outputTokens
        cachedTokens = cached ?? cachedTokens
        keptTokens = kept ?? keptTokens
        reasoningTokens = reasoning ?? reasoningTokens
    }

    /// Takes what Anthropic says that a reply used so far; who speaks its language says the prompt at the beginning, at the
    /// end, or at both, and 0 where it says nothing.
    mutating func use(anthropic usage: Value?) {
        guard let usage = usage?.asMap else { return }
        outputTokens = tokenCount(usage["output_tokens"]) ?? outputTokens
        func later(_ name: String, than before: Int?) -> Int? {
            let now = tokenCount(usage[name])
            return now == 0 ? before ?? now : now ?? before
        }
        let fresh = later(
            "input_tokens", than: inputTokens.map { $0 - (cachedTokens ?? 0) - (keptTokens ?? 0) })
        cachedTokens = later("cache_read_input_tokens", than: cachedTokens)
        keptTokens = later("cache_creation_input_tokens", than: keptTokens)
        keptForAnHour =
            tokenCount(usage["cache_creation"]?.asMap?["ephemeral_1h_input_tokens"]) ?? keptForAnHour
        // What comes out of the cache, or goes into it, is counted beside the rest.
        inputTokens = fresh.map { $0 + (cachedTokens ?? 0) + (keptTokens ?? 0) }
    }
}

/// A number of tokens, which some servers write as a text or as a fraction; nil for what is none.
private func tokenCount(_ value: Value?) -> Int? {
    guard let value else { return nil }
    let number =
        value.asInt ?? value.asText.flatMap { Int($0) }
        ?? value.asDouble.flatMap { Int(exactly: $0.rounded()) }
    return number.flatMap { (0..<ModelCall.Tokens.most).contains($0) ? $0 : nil }
}
