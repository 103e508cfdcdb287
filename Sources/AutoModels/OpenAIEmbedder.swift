package import AutoRuntime
import StepKinds
import Synchronization
import Values

/// Embeddings of any server that speaks OpenAI's `/v1/embeddings`.
package final class OpenAIEmbedder: Embedder {
    private let server: ModelServer
    private let model: String
    /// How many texts the server takes at once, as far as it has said.
    private let mostTexts = Mutex(Int.max)

    /// - Parameter base: the url below which `/embeddings` lies.
    /// - Parameter clock: tells how far off a date in `Retry-After` is.
    package init(client: any HTTPClient, base: String, key: String?, model: String, clock: any Clock) {
        server = openAIServer(
            "the embeddings' server", client: client, base: base, key: key,
            masker: Masker(key.map { [ModelSettings.openAIVariable: $0] } ?? [:]), clock: clock)
        self.model = model
    }

    package var identity: String { "\(model) at \(server.base)" }

    /// - Returns: vectors of one length and of the norm 1, in the order of the texts.
    /// - Throws: a failure whose message holds no key, whatever the server answered.
    package func embed(_ texts: [String], asQueries: Bool) async throws(StepFailure) -> [[Float]] {
        var vectors: [[Float]] = []
        while vectors.count < texts.count {
            let part = Array(texts[vectors.count...].prefix(mostTexts.withLock { $0 }))
            do throws(StepFailure) { vectors += try await ask(part) } catch {
                guard let fewer = fewerTexts(than: part.count, error) else { throw server.masker.mask(error) }
                mostTexts.withLock { $0 = min($0, fewer) }
            }
        }
        if let other = vectors.first(where: { $0.count != vectors[0].count }) {
            throw differingLengths(vectors[0].count, other.count)
        }
        return vectors
    }

    private func ask(_ texts: [String]) async throws(StepFailure) -> [[Float]] {
        let body = Value.record([("model", .string(model)), ("input", .list(texts.map(Value.string)))])
        let response = try await server.post("/embeddings", body)
        let answer = try? JSON.parse(bytes: response.body.withoutMark)
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
                .embedding, "the embeddings' server answered without a vector for each text", retryable: true
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
    let words = failure.message.lowercased()
    guard count > 1, failure.kind == .request || failure.kind == .context,
        ["batch", "at most", "too many", "array", "inputs", "items"].contains(where: words.contains)
    else { return nil }
    let named = words.split { !$0.isNumber }.compactMap { Int($0) }.filter { $0 > 0 && $0 < count }.max()
    return named ?? count / 2
}

/// The failure where vectors cannot be compared, because two models or settings have made them.
private func differingLengths(_ one: Int, _ other: Int) -> StepFailure {
    StepFailure(
        .embedding,
        "the embeddings' server answered with vectors of different lengths, \(one) and \(other), which cannot be compared"
    )
}
