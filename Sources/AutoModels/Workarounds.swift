import AutoChecker
import AutoRuntime
import StepKinds
import Synchronization
import Values

/// How a provider is asked for a reply of a model.
struct Manner: Sendable, Hashable {
    /// How a value of a type is asked for.
    var structured: ProviderSettings.Structured
    /// Whether `stream_options` is sent, by which servers say what a streamed reply used.
    var streamOptions: Bool
    var tokensField: ProviderSettings.TokensField
    /// Whether the server has refused another field for tokens before: it is not asked in turns.
    var hasOtherTokensField = false
    /// Whether the reply is asked for piece by piece.
    var streams = true
    /// Whether messages may have the role `system`.
    var hasSystemRole = true
    /// Whether tools are offered in the provider's own form; else they are told in words.
    var hasTools = true
    /// The language that it is asked in.
    var kind = ProviderSettings.Kind.openai
    /// Whether Anthropic's thinking is bounded by tokens, as older models want it; else by effort.
    var boundsThinking = true
    /// Whether the model is made to use the tool that takes a value of the step's type.
    var forcesTool = true
    /// The tokens of the longest reply, as far as the server has said it.
    var mostTokens: Int?
    /// What was found out, in words for the trace.
    var findings: [String] = []
}

/// What a provider turned out not to accept, model by model, for as long as the provider is kept.
final class Workarounds: Sendable {
    private let first: Manner
    private let known = Mutex<[String: Manner]>([:])

    /// - Parameter settings: what is known beforehand.
    init(_ settings: ProviderSettings) {
        first = Manner(
            structured: settings.structured ?? .schema, streamOptions: settings.streamOptions ?? true,
            tokensField: settings.tokensField ?? .maxTokens, kind: settings.kind ?? .openai)
    }

    func manner(of model: String) -> Manner { known.withLock { $0[model] ?? first } }

    /// Takes a refusal in.
    ///
    /// - Parameter manner: how the provider was asked.
    /// - Returns: whether asking again, in the way that is known now, may succeed.
    func learn(from failure: StepFailure, _ manner: Manner, _ request: ModelRequest) -> Bool {
        guard let better = manner.mended(after: failure, request) else { return false }
        known.withLock { known in
            // A sibling may have found out more in the meantime.
            let now = known[request.model] ?? first
            if now == manner || now.findings.count < better.findings.count { known[request.model] = better }
        }
        return true
    }
}

extension Manner {
    /// Another manner, where the server names what it does not accept in this one; nil where it says
    /// something else.
    fileprivate func mended(after failure: StepFailure, _ request: ModelRequest) -> Manner? {
        // Some say "not supported in this context", which looks like a prompt that is too long.
        // Others answer by 404, 500 or 501; those count where they name a field that was sent.
        let words = (failure.wholeWords ?? failure.message).lowercased()
        let isRefusal = failure.kind == .request || failure.kind == .context
        let fields = ["stream_options", "max_completion_tokens", "response_format", "json_schema", "tools"]
        let namesField =
            (failure.kind == .model || failure.kind == .status) && fields.contains(where: words.contains)
        guard isRefusal || namesField else { return nil }
        switch kind {
        case .anthropic:
            return ofAnthropic(words, request) ?? (isRefusal ? withoutStream(words) : nil)
                ?? withAnotherShape(words, request)
        case .openai, .ollama:
            return withAnotherField(words, request) ?? withToolsInWords(words, request)
                ?? (isRefusal ? withoutSystem(words, request) ?? withoutStream(words) : nil)
                ?? withAnotherShape(words, request)
        }
    }

    /// In another of the forms that Anthropic's language has had.
    private func ofAnthropic(_ words: String, _ request: ModelRequest) -> Manner? {
        var other = self
        let reasoning = request.options[LLMCall.reasoning.name]?.asText
        let isOfBudget = words.contains("budget_tokens") && unknownField.contains(where: words.contains)
        if boundsThinking, LLMCall.thinkingTokens(reasoning) > 0,
            isOfBudget || ["adaptive", "thinking.type"].contains(where: words.contains)
        {
            other.boundsThinking = false
            other.findings.append(
                "asked for thinking by its effort, since the server refused a number of tokens")
            return other
        }
        let isOfForce = words.contains("tool_choice") || words.contains("forc") && words.contains("tool")
        if forcesTool, structured != .prompt, isOfForce, request.wantsValue {
            other.forcesTool = false
            other.findings.append(
                "left the use of the tool `result` to the model, since the server refused to force it")
            return other
        }
        // Where the step says nothing of its length, a reply is asked for as long as the model can give it.
        if request.options[LLMCall.maxTokens] == nil, words.contains("max_tokens"),
            let most = longestReply(in: words), most < mostTokens ?? .max
        {
            other.mostTokens = most
            other.findings.append(
                "asked for \(most) tokens at the most, since the server gives no longer reply")
            return other
        }
        return nil
    }

    /// Without a field that the words name, or with another one in its place.
    private func withAnotherField(_ words: String, _ request: ModelRequest) -> Manner? {
        var other = self
        if streamOptions, words.contains("stream_options") {
            other.streamOptions = false
            other.findings.append("asked without `stream_options`, which the server refused")
            return other
        }
        let isUnknown = words.contains("max_tokens") && unknownField.contains(where: words.contains)
        if request.options[LLMCall.maxTokens] != nil, words.contains("max_completion_tokens") || isUnknown,
            !hasOtherTokensField
        {
            other.hasOtherTokensField = true
            other.tokensField = tokensField == .maxTokens ? .maxCompletionTokens : .maxTokens
            other.findings.append(
                "asked with `\(other.tokensField.rawValue)`, since the server refused `\(tokensField.rawValue)`"
            )
            return other
        }
        return nil
    }

    /// With the tools told in words, where the server says that the model has none.
    private func withToolsInWords(_ words: String, _ request: ModelRequest) -> Manner? {
        let names = ["tool", "function call", "function-call"]
        let refusals = [
            "support", "not allowed", "unavailable", "not available", "require", "unrecognized", "unknown",
        ]
        guard hasTools, request.options[LLMCall.tools]?.isEmpty == false,
            names.contains(where: words.contains),
            refusals.contains(where: words.contains)
        else { return nil }
        var other = self
        other.hasTools = false
        other.findings.append("told the tools in words, since the server says that the model has none")
        return other
    }

    /// Without the role `system`, where the words speak of that.
    private func withoutSystem(_ words: String, _ request: ModelRequest) -> Manner? {
        var other = self
        // Templates of models that know two roles only speak of those.
        let ofSystem = ["system", "must alternate", "only user and assistant"]
        if hasSystemRole, ofSystem.contains(where: words.contains), words.contains("role"),
            request.hasSystemMessage
        {
            other.hasSystemRole = false
            other.findings.append(
                "asked with `system` before what the user says, since the server refused the role")
            return other
        }
        return nil
    }

    /// In one piece, where the words speak of streams.
    private func withoutStream(_ words: String) -> Manner? {
        var other = self
        // OpenAI lets only organizations stream some models that it has verified.
        let refusals = ["support", "verified", "allowed", "available"]
        if streams, words.contains("stream"), refusals.contains(where: words.contains) {
            other.streams = false
            other.streamOptions = false
            other.findings.append("asked for the reply in one piece, since the server refused to stream it")
            return other
        }
        return nil
    }

    /// With a value asked for in another way, where the words speak of the one that was tried.
    private func withAnotherShape(_ words: String, _ request: ModelRequest) -> Manner? {
        let names = [
            "response_format", "json_schema", "json_object", "json_validate", "json mode", "json schema",
            "structured output", "schema", "grammar", "guided", "failed to generate json",
        ]
        guard let type = request.resultType, type != .text, names.contains(where: words.contains) else {
            return nil
        }
        var other = self
        switch structured {
        case .schema where type != .json && kind != .anthropic:
            other.structured = .json
            other.findings.append(
                "asked by JSON mode with the schema in the prompt, since the server refused a schema")
        case .schema, .json:
            other.structured = .prompt
            other.findings.append(
                "asked with the schema in the prompt alone, since the server refused \(kind == .anthropic ? "a tool with it" : "JSON mode")"
            )
        case .prompt: return nil
        }
        return other
    }
}

/// The tokens of the longest reply that Anthropic's words leave room for: `32000 > 8192, which is the
/// maximum`, or of prompt, reply and window `150000 + 64000 > 200000`.
private func longestReply(in words: String) -> Int? {
    let numbers = words.replacing(",", with: "").split { !$0.isNumber }.compactMap { Int($0) }
    let fewest = 256
    if words.contains("context limit"), numbers.count >= 3 {
        let (left, isTooMuch) = numbers[2].subtractingReportingOverflow(numbers[0])
        return isTooMuch || left < fewest ? nil : left
    }
    return numbers.filter { $0 >= fewest }.min()
}

/// How servers say that they know no such field.
private let unknownField = [
    "unsupported", "not supported", "unrecognized", "unknown", "extra inputs", "extra fields", "deprecated",
]

extension ModelRequest {
    /// Whether the model is asked for a value, and not for a text.
    fileprivate var wantsValue: Bool { resultType.map { $0 != .text } ?? false }

    fileprivate var hasSystemMessage: Bool {
        messages.contains { $0.asMap?["role"]?.asText == "system" } || wantsValue
    }
}

extension [Value] {
    /// The messages with what `system` says at the beginning of the first message of the user, for models whose
    /// templates know no such role.
    var withoutSystemRole: [Value] {
        let system = filter { $0.asMap?["role"]?.asText == "system" }.compactMap {
            MessageContent.text($0.asMap?["content"])
        }
        var others = filter { $0.asMap?["role"]?.asText != "system" }
        guard !system.isEmpty else { return self }
        let said = system.joined(separator: "\n\n")
        guard let place = others.firstIndex(where: { $0.asMap?["role"]?.asText == "user" }),
            var first = others[place].asMap
        else { return [.record([("role", .string("user")), ("content", .string(said))])] + others }
        if let text = first["content"]?.asText {
            first["content"] = .string(said + "\n\n" + text)
        } else {
            first["content"] = .list([MessageContent.part(said)] + (first["content"]?.asList ?? []))
        }
        others[place] = .map(first)
        return others
    }
}
