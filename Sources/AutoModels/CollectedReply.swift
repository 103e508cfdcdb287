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
        /// Whether the arguments came whole with the call's beginning, so that pieces behind it only say them
        /// again.
        var areGiven = false
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
    /// Pieces of the reply whose server counts them where the number of the choice belongs.
    var counted = CountedPieces()
    /// Whether the last that came says what the whole reply used, as it stands at the end of a stream.
    var endsWithUsage = false
    /// What broke the reply.
    var broken: BrokenReply?
    var inputTokens: Int?
    var outputTokens: Int?
    /// Those of the input that the provider had from before.
    var cachedTokens: Int?
    /// Those of the input that the provider keeps for later.
    var keptTokens: Int?
    /// Those of `keptTokens` that it keeps for an hour.
    var keptForAnHour: Int?
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

    /// Takes what stands as content: a text, or a list of parts of which only the answer's own count. Some
    /// servers give a value that was asked for as JSON as that value itself.
    mutating func say(content: Value?) {
        switch content {
        case .string(let text): say(text)
        case .list(let parts): for part in parts { say(part: part) }
        case .map(let map) where map["text"]?.asText != nil: say(part: .map(map))
        case .map(let map) where map.count > 0: say(JSON.text(.map(map)))
        case .some(.bool), .some(.int), .some(.uint), .some(.double): say(content.map { JSON.text($0) } ?? "")
        case nil, .some: break
        }
    }

    private mutating func say(part: Value) {
        if let text = part.asText { say(text) }
        guard let part = part.asMap else { return }
        switch part["type"]?.asText {
        // OpenAI's assistants have the text in a record with its annotations.
        case nil, "text", "output_text":
            say(part["text"]?.asText ?? part["text"]?.asMap?["value"]?.asText ?? "")
        case "refusal": refusal += part["refusal"]?.asText ?? ""
        case "thinking", "reasoning": hasThought = true
        default: break
        }
    }

    /// Takes all of the content so far, as some servers give it at the end of a stream or in each piece: only
    /// what is new in it counts.
    mutating func say(whole content: Value?) {
        var all = CollectedReply()
        all.say(content: content)
        hasThought = hasThought || all.hasThought
        if !refusal.hasSuffix(all.refusal) { refusal += all.refusal }
        let goesOn = all.text.utf8.starts(with: text.utf8)
        say(goesOn ? String(decoding: all.text.utf8.dropFirst(text.utf8.count), as: UTF8.self) : all.text)
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
        case .filtered(let reason): throw BrokenReply.filtered(reason: reason).failure(of: server)
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
            let isUsual = ["stop", "end_turn"].contains(finish?.lowercased())
            throw BrokenReply.empty(
                hasThought: hasThought || answer.count < text.count, finish: isUsual ? nil : finish
            ).failure(of: server)
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
    /// What watches over the model held the rest back, for a reason in the provider's own word.
    case filtered(reason: String)
    /// The model does not want to answer.
    case refused
    /// Something went wrong at the provider.
    case failed(reason: String)

    /// Reads a provider's word: OpenAI's `finish_reason`, Anthropic's `stop_reason`, and those of others who
    /// speak their languages in words of their own, some with a reason behind a colon.
    ///
    /// - Returns: nil for a word by which some servers say that the reply goes on.
    init?(_ word: String) {
        let whole = word.lowercased()
        let said = whole.prefix(while: { $0 != ":" })
        func speaks(of words: [String]) -> Bool { words.contains { said.contains($0) } }
        switch said {
        case "", "null", "none": return nil
        case "model_context_window_exceeded", "model_length", "context_length_exceeded": self = .windowFull
        case "pause_turn", "compaction": self = .paused
        case "refusal": self = .refused
        case "recitation", "blocklist", "spii", "sensitive": self = .filtered(reason: word)
        // Gemini's word for a call that the model has garbled, which it may write well the next time.
        case _ where whole.contains("malformed"): self = .failed(reason: word)
        // Servers make up words of their own; what a word speaks of is told from its parts.
        case _ where speaks(of: ReplyEnding.filters): self = .filtered(reason: word)
        case _ where speaks(of: ReplyEnding.failures): self = .failed(reason: word)
        case _ where speaks(of: ReplyEnding.limits): self = .tokenLimit
        default: self = .whole
        }
    }

    private static let filters = ["filter", "safety", "prohibited", "guardrail", "toxic", "moderat"]
    private static let failures = [
        "error", "abort", "cancel", "fail", "malformed", "unexpected", "insufficient", "overload", "timeout",
        "time_limit", "interrupt", "unavailable", "missing_thought_signature", "too_many_tool_calls",
    ]
    private static let limits = ["length", "max_", "token_limit", "too_long"]
}

/// The text that stands behind a model's thinking.
func textAfterThinking(_ text: String) -> String {
    let bytes = Array(text.utf8)
    let start = endOfThinking(bytes)
    guard start > 0 else { return text }
    var answer = bytes[start...].drop { $0 <= 0x20 }
    for (begin, end) in marksOfAnswers {
        if answer.starts(with: begin.utf8) { answer = answer.dropFirst(begin.utf8.count) }
        if answer.reversed().starts(with: end.utf8.reversed()) { answer = answer.dropLast(end.utf8.count) }
    }
    return String(decoding: answer, as: UTF8.self)
}

/// What models write around the answer that stands behind their thinking, where their server leaves it there.
private let marksOfAnswers = [
    ("<|START_RESPONSE|>", "<|END_RESPONSE|>"), ("", "<|return|>"), ("", "<|end|>"),
]
