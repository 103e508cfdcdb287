package import AutoChecker
import StepKinds
import Values

/// Models whose calls are held within the `max_cost $…` of the session that asks.
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
        // One that was lost with its process may have cost as much.
        let questions = request.lost?.isPending == true ? 2.0 : 1
        return try await spending.hold(
            questions * most, of: request.model, telling: request.onCall, mostOfBroken: mostOfBroken
        ) { [inner] onCall async throws(StepFailure) in
            var asked = request
            asked.onCall = onCall
            return try await inner.reply(to: asked)
        }
    }

    /// The most that the call can cost, whichever of the models answers; 0 where no price is known.
    private func dearest(_ request: ModelRequest) -> Double {
        let costs = ([request.model] + request.otherModels).compactMap { model in
            options.dearestCall(
                of: model, promptTokens: request.estimatedTokens,
                replyTokens: request.options[LLMCall.maxTokens],
                reasoning: request.options[LLMCall.reasoning.name]?.asText)
        }
        return costs.max() ?? 0
    }

    /// Holding back does not change which model it is.
    package func identity(of model: String) -> String { inner.identity(of: model) }
}
