package import AutoChecker
import StepKinds
import Synchronization
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
    package func reply(to request: ModelRequest) async throws(StepFailure) -> String {
        guard let spending = request.spending else { return try await inner.reply(to: request) }
        let spent = Mutex(0.0)
        var asked = request
        asked.onCall = { [onCall = request.onCall] call in
            spent.withLock { $0 += call.dollars ?? 0 }
            onCall(call)
        }
        return try await spending.hold(dearest(request), of: request.model) { [asked] in
            do throws(StepFailure) {
                let reply = try await inner.reply(to: asked)
                return (.success(reply), spent.withLock { $0 })
            } catch {
                return (.failure(error), spent.withLock { $0 })
            }
        }
    }

    /// The most that the call can cost, whichever of the models answers; 0 where no price is known.
    private func dearest(_ request: ModelRequest) -> Double {
        let costs = ([request.model] + request.otherModels).compactMap { model in
            options.dearestCall(
                of: model, promptTokens: request.estimatedTokens,
                replyTokens: request.options[LLMCall.maxTokens])
        }
        return costs.max() ?? 0
    }

    /// Holding back does not change which model it is.
    package func identity(of model: String) -> String { inner.identity(of: model) }
}

extension ModelRequest {
    /// Tokens of an image, whose bytes say nothing of them; providers count some hundreds to two thousand.
    private static let tokensOfImage = 2_000

    /// Tokens of the prompt, four bytes for one.
    var estimatedTokens: Int {
        var bytes = resultType.map { JSON.text($0.jsonSchema).utf8.count } ?? 0
        var images = 0
        for message in messages {
            guard let parts = message.asMap?["content"]?.asList else {
                bytes += JSON.text(message).utf8.count
                continue
            }
            for part in parts {
                if part.asMap?["image_url"] != nil {
                    images += 1
                } else {
                    bytes += JSON.text(part).utf8.count
                }
            }
        }
        return bytes / 4 + images * ModelRequest.tokensOfImage
    }
}
