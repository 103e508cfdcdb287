package import AutoChecker
import StepKinds
import Values

/// Models whose calls are held within the `max_cost $…` of the session that asks; a request names one of them.
package struct BoundedModels: ModelProvider {
    private let inner: any ModelProvider
    private let options: CheckOptions

    /// - Parameters:
    ///   - inner: models whose calls are told with their price.
    ///   - options: the settings of the automation that asks, which say what models cost.
    package init(_ inner: any ModelProvider, _ options: CheckOptions) {
        self.inner = inner
        self.options = options
    }

    /// - Throws: kind `max_cost` when the call could cost more than the session has left; else what the models within throw.
    package func reply(to request: ModelRequest) async throws(StepFailure) -> ModelReply {
        guard let spending = request.spending else { return try await inner.reply(to: request) }
        let most = dearest(request)
        let mostOfBroken: @Sendable (ModelCall) -> Double = { _ in most }
        return try await spending.hold(
            most, of: request.model, telling: request.onCall, mostOfBroken: mostOfBroken
        ) { [inner] onCall async throws(StepFailure) in
            var asked = request
            asked.onCall = onCall
            asked.onAsking = { (question) async throws(StepFailure) in
                try await request.onAsking(question.costing(atMost: most))
            }
            return try await inner.reply(to: asked)
        }
    }

    /// The most that the call can cost; 0 where no price is known.
    private func dearest(_ request: ModelRequest) -> Double {
        options.dearestCall(
            of: request.model, promptTokens: request.estimatedTokens,
            replyTokens: request.options[LLMCall.maxTokens],
            reasoning: request.options[LLMCall.reasoning.name]?.asText) ?? 0
    }

    /// With the most that it can cost, where a bound is to be held.
    package func firstQuestion(_ request: ModelRequest) -> ModelQuestion? {
        inner.firstQuestion(request)?.costing(atMost: request.spending == nil ? 0 : dearest(request))
    }

    /// Holding back does not change which model it is.
    package func identity(of model: String) -> String { inner.identity(of: model) }
}

extension ModelQuestion {
    /// The same question with the most that it can cost.
    ///
    /// - Parameter dollars: 0 where that is not known.
    func costing(atMost dollars: Double) -> ModelQuestion {
        var question = self
        question.mostDollars = dollars > 0 ? dollars : nil
        return question
    }
}
