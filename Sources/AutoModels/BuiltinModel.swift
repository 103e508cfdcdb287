import AutoChecker
package import AutoRuntime
import Programs
import StepKinds
import Synchronization
import Values

/// The local stand-in: no language model, it picks and quotes by the nearness of embeddings.
package final class BuiltinModel: ModelProvider {
    private let embedder: any Embedder
    private let notify: @Sendable () -> Void
    private let hasNotified = Mutex(false)

    /// `notify` is called once, before the first reply, to say what this is.
    package init(embedder: any Embedder, notify: @escaping @Sendable () -> Void) {
        self.embedder = embedder
        self.notify = notify
    }

    /// The one model that this is, whichever is asked for.
    package func identity(of model: String) -> String { DefaultModels.local }

    /// The pieces of the request that are nearest to what it asks, or a value of the type that it wants.
    ///
    /// - Throws: what the embedder fails with.
    package func reply(to request: ModelRequest) async throws(StepFailure) -> ModelReply {
        guard request.options[LLMCall.tools]?.isEmpty ?? true else {
            throw StepFailure(
                .field,
                "the model `builtin` uses no tools: name another one by `model`, or set a provider's key")
        }
        let isFirst = hasNotified.withLock { known in
            defer { known = true }
            return !known
        }
        if isFirst { notify() }
        let prompt = request.messages.filter { $0.asMap?["role"]?.asText != "system" }.compactMap {
            MessageContent.text($0.asMap?["content"])
        }.joined(separator: "\n")
        guard let type = request.resultType, type != .text else {
            let reply = try await quote(prompt)
            request.onText(reply)
            return told(reply, request)
        }
        let value = try await fill(type, name: "", prompt, sentences(prompt))
        if case .string(let text) = value { return told(text, request) }
        return told(JSON.text(value), request)
    }

    private func told(_ reply: String, _ request: ModelRequest) -> ModelReply {
        request.onCall(
            ModelCall(
                provider: DefaultModels.local, model: DefaultModels.local,
                tokens: .init(
                    input: request.estimatedTokens, output: reply.utf8.count / 4, areEstimated: true)))
        return ModelReply(reply)
    }

    /// The sentences that answer the prompt's last line best, in their order.
    private func quote(_ prompt: String) async throws(StepFailure) -> String {
        let lines = prompt.split(whereSeparator: \.isNewline).map(String.init).filter {
            !$0.allSatisfy(\.isWhitespace)
        }
        guard let question = lines.last else { return "" }
        let candidates = sentences(lines.dropLast().joined(separator: "\n"))
        guard !candidates.isEmpty else { return question }
        let scores = try await nearness(question, candidates)
        let best = scores.indices.sorted { scores[$0] > scores[$1] }.prefix(3).sorted()
        return best.map { candidates[$0] }.joined(separator: " ")
    }

    private func nearness(_ query: String, _ texts: [String]) async throws(StepFailure) -> [Float] {
        let vector = try await embedder.embed([query], asQueries: true)[0]
        return try await embedder.embed(texts, asQueries: false).map {
            zip(vector, $0).reduce(0) { $0 + $1.0 * $1.1 }
        }
    }

    private func nearest(_ query: String, _ texts: [String]) async throws(StepFailure) -> String? {
        guard texts.count > 1 else { return texts.first }
        let scores = try await nearness(query, texts)
        return scores.indices.max { scores[$0] < scores[$1] }.map { texts[$0] }
    }

    private func fill(_ type: DataType, name: String, _ prompt: String, _ sentences: [String])
        async throws(StepFailure) -> Value
    {
        let hint = name.split(separator: "_").joined(separator: " ")
        switch type {
        case .oneOf(let values):
            let labels = values.map { hint.isEmpty ? $0 : "\(hint): \($0)" }
            let best = try await nearest(String(prompt.prefix(4_000)), labels)
            return .string(
                best.flatMap { label in labels.firstIndex(of: label).map { values[$0] } } ?? values.first
                    ?? "")
        case .record(let fields, _):
            var map = MapValue()
            for field in fields {
                let words = field.documentation.map { "\(field.name) \($0)" } ?? field.name
                map[field.name] = try await fill(field.type, name: words, prompt, sentences)
            }
            return .map(map)
        case .list(let element):
            var items: [Value] = []
            switch element {
            case .text, .json: items = sentences.prefix(20).map(Value.string)
            case .url: items = found(urlPattern, in: prompt).map(Value.string)
            case .int, .number:
                items = found(numberPattern, in: prompt).compactMap { Double($0) }.map(Value.double)
            case .bool, .bytes, .list, .record, .oneOf:
                items = [try await fill(element, name: name, prompt, sentences)]
            }
            return .list(items)
        case .int:
            let numbers = try await numbers(hint, prompt)
            let whole = (numbers.first { $0 == $0.rounded() } ?? numbers.first ?? 0).rounded()
            return .int(Int64(exactly: whole) ?? 0)
        case .number: return .double(try await numbers(hint, prompt).first ?? 0)
        case .bool:
            let best = try await nearest(String(prompt.prefix(4_000)), ["\(hint): yes", "\(hint): no"])
            return .bool(best?.hasSuffix("yes") ?? false)
        case .url: return .string(found(urlPattern, in: prompt).first ?? "https://example.org/")
        case .bytes: return .string("")
        case .text, .json: return .string(try await text(hint, prompt, sentences))
        }
    }

    /// A text field: by its pattern where its name says what it is, else the sentence nearest to its name.
    private func text(_ hint: String, _ prompt: String, _ sentences: [String]) async throws(StepFailure)
        -> String
    {
        let words = Set(hint.lowercased().split { !$0.isLetter }.map(String.init))
        if !words.isDisjoint(with: ["mail", "email", "sender"]),
            let mail = found(mailPattern, in: prompt).first
        {
            return mail
        }
        if !words.isDisjoint(with: ["url", "link", "website"]), let url = found(urlPattern, in: prompt).first
        {
            return url
        }
        if !words.isDisjoint(with: ["date", "day", "deadline", "due", "when"]),
            let date = found(datePattern, in: prompt).first
        {
            return date
        }
        return try await nearest(hint.isEmpty ? prompt : hint, sentences) ?? ""
    }

    /// The numbers of the prompt, those of the sentence nearest to the field's name first.
    private func numbers(_ hint: String, _ prompt: String) async throws(StepFailure) -> [Double] {
        let lines = sentences(prompt).filter { !found(numberPattern, in: $0).isEmpty }
        let best = try await nearest(hint, lines) ?? prompt
        return (found(numberPattern, in: best) + found(numberPattern, in: prompt)).compactMap {
            Double($0.filter { $0 != "," })
        }
    }

    private func found(_ pattern: String, in text: String) -> [String] {
        let bytes = Array(text.utf8)
        let matches = (try? Regex(pattern).allMatches(in: bytes)) ?? []
        return matches.compactMap { $0[0].map { String(decoding: bytes[$0], as: UTF8.self) } }
    }

    private func sentences(_ text: String) -> [String] {
        var result: [String] = []
        for line in text.split(whereSeparator: \.isNewline) {
            var current = ""
            for word in line.split(separator: " ", omittingEmptySubsequences: true) {
                current += (current.isEmpty ? "" : " ") + word
                if let last = word.last, ".!?".contains(last), word.count > 2 {
                    result.append(current)
                    current = ""
                }
            }
            if !current.isEmpty { result.append(current) }
        }
        return result
    }
}

private let urlPattern = #"https?://[^\s<>"')\]]+[^\s<>"')\].,;:!?]"#
private let mailPattern = #"[\w.+-]+@[\w-]+(?:\.[\w-]+)+"#
private let numberPattern = #"(?<![\w.])-?\d+(?:,\d{3})*(?:\.\d+)?(?![\w])"#
private let datePattern =
    #"\d{4}-\d{2}-\d{2}|\d{1,2}[./]\d{1,2}[./]\d{2,4}|\d{1,2}\.? (?:January|February|March|April|May|June|July|August|September|October|November|December)(?: \d{4})?|(?:January|February|March|April|May|June|July|August|September|October|November|December) \d{1,2}(?:, \d{4})?"#
