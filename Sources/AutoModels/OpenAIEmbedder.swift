import AutoChecker
package import AutoRuntime
import StepKinds
import Synchronization
import Values

/// Embeddings of any server that speaks OpenAI's `/v1/embeddings`.
package final class OpenAIEmbedder: Embedder {
    private let server: ModelServer
    private let model: String
    /// How many texts the server takes at once, as far as it has said.
    private let mostTexts: Mutex<Int>
    private let price: ModelPrices

    /// How many texts go into a request where nobody says how many the server takes.
    private static let usualBatch = 64
    /// How many requests are under way at once.
    private static let atOnce = 4
    /// How often a batch is sent that meets a limit.
    private static let tries = 6
    /// Seconds that a batch waits for a limit; for longer ones there are the step's own tries.
    private static let longestWait = 60.0

    init(_ server: ModelServer, model: String, price: @escaping ModelPrices = { _ in nil }) {
        self.price = price
        self.server = server
        self.model = model
        mostTexts = Mutex(server.provider.settings.embedBatch ?? OpenAIEmbedder.usualBatch)
    }

    /// An embedder of a server alone.
    ///
    /// - Parameter base: the url below which `/embeddings` lies.
    /// - Parameter clock: tells how far off a date in `Retry-After` is.
    package convenience init(
        client: any HTTPClient, base: String, key: String?, model: String, clock: any Clock
    ) {
        let provider = Provider(
            name: "openai", known: nil, settings: ProviderSettings(.openai, base: base), key: key,
            keyVariable: "OPENAI_API_KEY")
        let masker = Masker(key.map { ["OPENAI_API_KEY": $0] } ?? [:])
        self.init(ModelServer(provider, client: client, masker: masker, clock: clock), model: model)
    }

    package var identity: String { "\(model) at \(server.base)" }

    /// Embeds the texts in batches, several at once.
    ///
    /// - Returns: vectors of one length and of the norm 1, in the order of the texts.
    /// - Throws: a failure whose message holds no key, whatever the server answered.
    package func embed(_ request: EmbeddingRequest) async throws(StepFailure) -> [[Float]] {
        let texts = request.texts
        let size = mostTexts.withLock { $0 }
        let batches = stride(from: 0, to: texts.count, by: size).map {
            Array(texts[$0..<min($0 + size, texts.count)])
        }
        let vectors = try await embed(batches, request).flatMap { $0 }
        if let other = vectors.first(where: { $0.count != vectors[0].count }) {
            throw differingLengths(vectors[0].count, other.count)
        }
        return vectors
    }

    private typealias Outcome = (place: Int, result: Result<[[Float]], StepFailure>)

    /// Who hears of the questions of one batch.
    private struct Listeners: Sendable {
        let batch: Int
        let request: EmbeddingRequest

        func asking(_ question: ModelQuestion) async throws(StepFailure) {
            var question = question
            question.batch = batch
            try await request.onAsking(question)
        }

        func called(_ call: ModelCall) {
            var call = call
            call.batch = batch
            request.onCall(call)
        }
    }

    private func embed(_ batches: [[String]], _ request: EmbeddingRequest)
        async throws(StepFailure) -> [[[Float]]]
    {
        let outcome = await withTaskGroup(of: Outcome.self) { group -> Result<[[[Float]]], StepFailure> in
            var made: [[[Float]]] = Array(repeating: [], count: batches.count)
            var begun = 0
            var ended = 0
            while ended < batches.count {
                while begun < batches.count, begun - ended < OpenAIEmbedder.atOnce {
                    let (place, batch) = (begun, batches[begun])
                    let listeners = Listeners(batch: place, request: request)
                    group.addTask { (place, await self.result(batch, listeners)) }
                    begun += 1
                }
                guard let (place, result) = await group.next() else { break }
                ended += 1
                switch result {
                case .success(let vectors): made[place] = vectors
                case .failure(let failure):
                    group.cancelAll()
                    return .failure(failure)
                }
            }
            return .success(made)
        }
        return try outcome.get()
    }

    private func result(_ batch: [String], _ listeners: Listeners) async -> Result<[[Float]], StepFailure> {
        do throws(StepFailure) { return .success(try await whole(batch, listeners)) } catch {
            return .failure(error)
        }
    }

    /// A batch, in smaller ones where the server says that it is too large.
    private func whole(_ texts: [String], _ listeners: Listeners) async throws(StepFailure) -> [[Float]] {
        var vectors: [[Float]] = []
        while vectors.count < texts.count {
            let part = Array(texts[vectors.count...].prefix(mostTexts.withLock { $0 }))
            do throws(StepFailure) { vectors += try await patiently(part, listeners) } catch {
                guard let fewer = fewerTexts(than: part.count, error) else { throw server.masker.mask(error) }
                mostTexts.withLock { $0 = min($0, fewer) }
            }
        }
        return vectors
    }

    /// A limit concerns one of many batches, so that it is waited for here, at the provider's gate, and costs
    /// the step no try.
    private func patiently(_ texts: [String], _ listeners: Listeners)
        async throws(StepFailure) -> [[Float]]
    {
        for _ in 1..<OpenAIEmbedder.tries {
            do throws(StepFailure) { return try await ask(texts, listeners) } catch {
                let isShort = error.retryAfter ?? 0 <= OpenAIEmbedder.longestWait
                guard error.kind == .rateLimited, error.isRetryable, isShort, !Task.isCancelled else {
                    throw error
                }
            }
        }
        return try await ask(texts, listeners)
    }

    private func ask(_ texts: [String], _ listeners: Listeners) async throws(StepFailure) -> [[Float]] {
        try await listeners.asking(
            ModelQuestion(
                provider: server.provider.name, model: model, inputTokens: estimatedTokenCount(of: texts)))
        let body = Value.record([("model", .string(model)), ("input", .list(texts.map(Value.string)))])
        let isAsked = Mutex(false)
        let response: HTTPResponse
        do throws(StepFailure) {
            response = try await server.post(
                "/embeddings", body, onAsked: { isAsked.withLock { $0 = true } })
        } catch {
            if isAsked.withLock({ $0 }), error.mayHaveCost { listeners.called(call(for: texts, nil)) }
            throw error
        }
        let answer = try? JSON.parse(bytes: response.body.withoutMark)
        listeners.called(call(for: texts, answer))
        return try vectors(of: texts, answer, response)
    }

    /// What a question used.
    ///
    /// - Parameter answer: nil where none came that can be read.
    private func call(for texts: [String], _ answer: Value?) -> ModelCall {
        let usage = answer?.asMap?["usage"]?.asMap
        let said = usage?["prompt_tokens"]?.asInt ?? usage?["total_tokens"]?.asInt
        var call = ModelCall(
            provider: server.provider.name, model: model,
            tokens: ModelCall.Tokens(
                input: said ?? estimatedTokenCount(of: texts), output: 0, areEstimated: said == nil))
        call.answered = answer?.asMap?["model"]?.asText
        call.isBrokenOff = answer == nil
        call.dollars = call.dollars(by: price)
        return call
    }

    private func vectors(of texts: [String], _ answer: Value?, _ response: HTTPResponse)
        throws(StepFailure) -> [[Float]]
    {
        guard let items = answer?.asMap?["data"]?.asList else {
            throw BrokenReply.noReply(words: ServerError(body: response.body).words).failure(of: server)
        }
        let vectors = items.sorted { ($0.asMap?["index"]?.asInt ?? 0) < ($1.asMap?["index"]?.asInt ?? 0) }.map
        { item -> [Float] in
            let numbers = item.asMap?["embedding"]?.asList ?? []
            let vector = numbers.compactMap { $0.asDouble.map { Float($0) } }
            return vector.count == numbers.count ? normalised(vector) : []
        }
        guard vectors.count == texts.count, !vectors.contains(where: \.isEmpty) else {
            throw StepFailure(
                .embedding, "\(server.name) answered without a vector for each text", retryable: true
            )
        }
        return vectors
    }

    private func normalised(_ vector: [Float]) -> [Float] {
        let length = vector.reduce(0) { $0 + $1 * $1 }.squareRoot()
        return length > 0 ? vector.map { $0 / length } : vector
    }
}

/// How many texts to send instead, where a server says that these are too many at once: as many as it names, else
/// half of them; nil where it says something else.
private func fewerTexts(than count: Int, _ failure: StepFailure) -> Int? {
    guard count > 1, failure.kind == .request || failure.kind == .context else { return nil }
    let words = (failure.wholeWords ?? failure.message).lowercased()
    // What counts tokens or bytes names no number of texts.
    if failure.kind == .context || ["token", "entity too large", "payload"].contains(where: words.contains) {
        return count / 2
    }
    guard ["batch", "at most", "too many", "array", "inputs", "items"].contains(where: words.contains) else {
        return nil
    }
    let named = words.split { !$0.isNumber }.compactMap { Int($0) }.filter { $0 > 0 && $0 < count }.max()
    return named ?? count / 2
}

/// The failure where vectors cannot be compared, because two models or settings have made them.
private func differingLengths(_ one: Int, _ other: Int) -> StepFailure {
    StepFailure(
        .embedding,
        "the server of embeddings answered with vectors of different lengths, \(one) and \(other), which cannot be compared"
    )
}
