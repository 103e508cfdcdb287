import AutoRuntime
import Programs
import StepKinds
import Values
import WrittenJSON

/// What a model has replied so far, whoever its provider is and whether it streams.
struct CollectedReply: Sendable {
    /// A function that the model asks for.
    struct Call: Sendable {
        /// The provider's name for this call, or the place that it has among the calls; empty when not given.
        var id = ""
        var index: Int?
        var name: String
        /// JSON, as text, since it comes in pieces.
        var arguments: String
        /// Fields of the call that the provider wants to be told again.
        var carried = MapValue()
    }

    private(set) var text = ""
    /// The text that nobody has taken yet.
    private var fresh = ""
    /// Why the model does not want to answer, in its own words.
    var refusal = ""
    /// What the provider wants to be told again where the conversation goes on behind tools: fields of the message.
    var carried = MapValue()
    /// Whether the model has thought aloud beside its text.
    var hasThought = false
    var calls: [Call] = []
    /// How the provider says that the reply ends; nil as long as it does not.
    var ending: ReplyEnding?
    /// Whether the provider says that nothing comes behind this.
    var isOver = false
    /// Which of the choices is the reply; nil before the first, and at providers that give but one.
    var choice: Int?
    /// What broke the reply.
    var broken: BrokenReply?
    var inputTokens: Int?
    var outputTokens: Int?
    /// Those of the input that the provider had from before.
    var cachedTokens: Int?
    /// Those of the output that were thinking.
    var reasoningTokens: Int?
    /// The model that answered, as the provider says it.
    var model: String?
    /// The provider's own word for how the reply ends.
    var finish: String?

    /// Whether something of the reply itself is there.
    var hasBegun: Bool { !text.isEmpty || !calls.isEmpty || hasThought || !refusal.isEmpty }

    /// Takes the provider's word for how the reply ends.
    mutating func end(_ word: String) {
        guard let told = ReplyEnding(word) else { return }
        finish = word
        ending = told
    }

    mutating func say(_ part: String) {
        text += part
        fresh += part
    }

    /// Takes the text that has come since the last time.
    mutating func takeFresh() -> String {
        defer { fresh = "" }
        return fresh
    }

    /// Takes what stands as content: a text, or a list of parts of which only the answer's own count.
    mutating func say(content: Value?) {
        if let text = content?.asText { return say(text) }
        for part in content?.asList ?? [] {
            if let text = part.asText { say(text) }
            guard let part = part.asMap else { continue }
            switch part["type"]?.asText {
            case nil, "text", "output_text": say(part["text"]?.asText ?? "")
            case "refusal": refusal += part["refusal"]?.asText ?? ""
            case "thinking", "reasoning": hasThought = true
            default: break
            }
        }
    }

    /// Makes sure that the reply is whole.
    ///
    /// - Parameter limit: the sentence's end that says which limit of tokens held, and what to do.
    /// - Throws: what keeps it from being whole.
    func check(from server: ModelServer, limit: String) throws(StepFailure) {
        if let broken { throw broken.failure(of: server) }
        if !refusal.isEmpty { throw BrokenReply.refused(reason: refusal).failure(of: server) }
        switch ending {
        case nil: throw BrokenReply.cutOff.failure(of: server)
        case .tokenLimit: throw BrokenReply.tokenLimit(limit).failure(of: server)
        case .windowFull: throw BrokenReply.windowFull.failure(of: server)
        case .paused: throw BrokenReply.paused.failure(of: server)
        case .filtered: throw BrokenReply.filtered.failure(of: server)
        case .refused: throw BrokenReply.refused(reason: "").failure(of: server)
        case .failed(let reason): throw BrokenReply.brokeOff(message: reason).failure(of: server)
        case .whole: break
        }
    }

    /// The reply as who asked takes it: the text behind the thinking, and the functions asked for.
    ///
    /// - Throws: when there is neither.
    func answer(from server: ModelServer) throws(StepFailure) -> ModelReply {
        guard calls.isEmpty else {
            return ModelReply(
                textAfterThinking(text).trimmed(),
                calls: calls.map {
                    ToolCall(id: $0.id, name: $0.name, arguments: $0.arguments, carried: $0.carried)
                }, carried: carried)
        }
        let answer = textAfterThinking(text)
        guard answer.contains(where: { !$0.isWhitespace }) else {
            throw BrokenReply.empty(hasThought: hasThought || answer.count < text.count).failure(of: server)
        }
        return ModelReply(answer)
    }
}

/// How a provider says that a reply ends.
enum ReplyEnding: Sendable {
    case whole
    /// At the limit of tokens, before the reply's own end.
    case tokenLimit
    /// Where prompt and reply together fill the model's window.
    case windowFull
    /// To be gone on with by another request.
    case paused
    /// What watches over the model held the rest back.
    case filtered
    /// The model does not want to answer.
    case refused
    /// Something went wrong at the provider.
    case failed(reason: String)

    /// Reads a provider's word: OpenAI's `finish_reason`, Anthropic's `stop_reason`, and those of others who
    /// speak their languages in words of their own, some with a reason behind a colon.
    ///
    /// - Returns: nil for a word by which some servers say that the reply goes on.
    init?(_ word: String) {
        switch word.lowercased().prefix(while: { $0 != ":" }) {
        case "", "null", "none": return nil
        case "length", "max_tokens", "max_output_tokens", "max_length", "token_limit": self = .tokenLimit
        case "model_context_window_exceeded", "model_length", "context_length_exceeded": self = .windowFull
        case "pause_turn": self = .paused
        case "content_filter", "content_filtered", "safety", "image_safety", "recitation", "blocklist",
            "prohibited_content", "spii", "guardrail_intervened":
            self = .filtered
        case "refusal": self = .refused
        case "error", "abort", "cancelled", "insufficient_system_resource", "malformed_function_call":
            self = .failed(reason: word)
        default: self = .whole
        }
    }
}

/// The text that stands behind a model's thinking.
func textAfterThinking(_ text: String) -> String {
    let bytes = Array(text.utf8)
    let start = endOfThinking(bytes)
    return start == 0 ? text : String(decoding: bytes[start...].drop { $0 <= 0x20 }, as: UTF8.self)
}
