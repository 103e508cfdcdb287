package import AutoChecker
import StepKinds

/// What an embedding model is asked: the vectors of some texts.
package struct EmbeddingRequest: Sendable {
    package var texts: [String]
    /// Models that were trained so tell queries from passages.
    package var areQueries: Bool
    /// Hears of each question to a provider; a request of many texts may take several.
    package var onCall: ModelCallListener = { _ in }
    /// Holds what the questions cost; nil where nothing bounds it.
    package var spending: Spending?
    /// Hears of each question to a provider before it is asked.
    package var onAsking: QuestionListener = { (_) throws(StepFailure) in }

    package init(_ texts: [String], areQueries: Bool) {
        self.texts = texts
        self.areQueries = areQueries
    }

    /// From now on the texts are embedded for a step, whose trace hears of it and whose session pays.
    package mutating func ask(for work: StepWork) {
        onCall = { work.trace(.model($0)) }
        spending = work.spending
        onAsking = work.asking
    }

    /// Tokens of the texts, four bytes for one.
    package var estimatedTokens: Int { estimatedTokenCount(of: texts) }
}

/// Tokens of texts, four bytes for one.
package func estimatedTokenCount(of texts: [String]) -> Int {
    texts.reduce(0) { $0 + $1.utf8.count } / 4
}

/// Turns texts into vectors of unit length.
package protocol Embedder: Sendable {
    /// - Returns: a vector for each text, in their order.
    /// - Throws: when no vectors come, or such as cannot be compared.
    func embed(_ request: EmbeddingRequest) async throws(StepFailure) -> [[Float]]

    /// Which model it is, and where it is asked.
    var identity: String { get }
}

extension Embedder {
    /// Embeds texts for nobody's step.
    ///
    /// - Throws: what the embedder throws.
    package func embed(_ texts: [String], asQueries: Bool) async throws(StepFailure) -> [[Float]] {
        try await embed(EmbeddingRequest(texts, areQueries: asQueries))
    }
}

/// An embedding model that tells somebody of each of its questions.
package struct CountedEmbedder: Embedder {
    private let inner: any Embedder
    private let listen: ModelCallListener

    package init(_ inner: any Embedder, _ listen: @escaping ModelCallListener) {
        self.inner = inner
        self.listen = listen
    }

    /// - Throws: what the embedder within throws; what its questions used is told all the same.
    package func embed(_ request: EmbeddingRequest) async throws(StepFailure) -> [[Float]] {
        var request = request
        request.onCall = { [listen, onCall = request.onCall] call in
            listen(call)
            onCall(call)
        }
        return try await inner.embed(request)
    }

    package var identity: String { inner.identity }
}

/// An embedding model whose questions are held within the `max_cost $…` of the session that asks.
package struct BoundedEmbedder: Embedder {
    private let inner: any Embedder
    private let model: String
    private let price: Price?

    /// - Parameters:
    ///   - inner: tells its questions with their price.
    ///   - model: its name in sentences.
    ///   - price: what it costs; nil where that is not known, so that nothing is held.
    package init(_ inner: any Embedder, model: String, price: Price?) {
        self.inner = inner
        self.model = model
        self.price = price
    }

    /// - Throws: kind `max_cost` when the vectors could cost more than the session has left; else what the
    ///   embedder within throws.
    package func embed(_ request: EmbeddingRequest) async throws(StepFailure) -> [[Float]] {
        guard let spending = request.spending else { return try await inner.embed(request) }
        let dollars = { @Sendable [price] (tokens: Int) in
            price?.dollars(inputTokens: tokens, outputTokens: 0) ?? 0
        }
        // A broken off question has no reply, so that it can have cost what its texts do.
        let mostOfBroken: @Sendable (ModelCall) -> Double = { dollars($0.tokens.input) }
        return try await spending.hold(
            dollars(request.estimatedTokens), of: model, telling: request.onCall, mostOfBroken: mostOfBroken
        ) { [inner] onCall async throws(StepFailure) in
            var asked = request
            asked.onCall = onCall
            asked.onAsking = { (question) async throws(StepFailure) in
                try await request.onAsking(question.costing(atMost: dollars(question.inputTokens)))
            }
            return try await inner.embed(asked)
        }
    }

    package var identity: String { inner.identity }
}
