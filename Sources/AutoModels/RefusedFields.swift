import AutoRuntime
import Diagnostics
import OrderedCollections
import StepKinds
import Values

extension StepFailure {
    /// The same failure, with the mend where the server names fields that it does not take and the step says:
    /// nothing that is written is left out without a word.
    func withMend(for request: ModelRequest) -> StepFailure {
        let words = (wholeWords ?? message).lowercased()
        guard kind == .request, refusals.contains(where: words.contains) else { return self }
        let named = Set(words.split { !($0.isLetter || $0.isNumber || $0 == "_") }.map(String.init))
        let written = request.fieldsAsSent.filter { !named.isDisjoint(with: $0.sent) }.map(\.written)
        guard !written.isEmpty else { return self }
        var other = StepFailure(
            kind, "\(message); leave \(inWords(written)) out, or name a model that takes it",
            retryable: isRetryable, retryAfter: retryAfter)
        other.wholeWords = wholeWords
        return other
    }
}

/// How servers say that they do not take a field, or not with this value.
private let refusals = [
    "support", "unrecognized", "unknown", "not permitted", "not allowed", "deprecated", "both",
    "extra inputs",
    "unexpected", "may only", "must be", "invalid",
]

extension ModelRequest {
    /// The fields of the step that say how the model replies, with the names that servers have for them.
    fileprivate var fieldsAsSent: [(written: String, sent: [String])] {
        let names = [
            (LLMCall.temperature.name, ["temperature"]), (LLMCall.topP.name, ["top_p"]),
            (LLMCall.seed.name, ["seed", "random_seed"]), (LLMCall.stop.name, ["stop_sequences"]),
            (
                LLMCall.reasoning.name,
                ["reasoning", "reasoning_effort", "reasoningeffort", "thinking", "budget_tokens", "effort"]
            ),
        ]
        let extra = (options[LLMCall.extra]?.entries.keys.elements ?? []).compactMap(\.asText)
        return names.filter { options[$0.0] != nil }.map { (written: $0.0, sent: $0.1) }
            + extra.map { (written: $0, sent: [$0.lowercased()]) }
    }
}
