package import AutoChecker
import StepKinds
import Synchronization
import Values

/// Models whose calls are told with what they cost, and are held within the `max_cost $…` of the session that asks.
package struct PricedModels: ModelProvider {
    private let inner: any ModelProvider
    private let options: CheckOptions

    /// - Parameter options: the settings of the automation that asks, which say what models cost.
    package init(_ inner: any ModelProvider, _ options: CheckOptions) {
        self.inner = inner
        self.options = options
    }

    /// - Throws: kind `max_cost` when the call could cost more than the session has left; else what the models within throw.
    package func reply(to request: ModelRequest) async throws(StepFailure) -> String {
        let spent = Mutex(0.0)
        var asked = request
        asked.onCall = { [options, onCall = request.onCall, model = request.model] call in
            var call = call
            call.dollars = call.dollars ?? options.dollars(of: call, askedAs: model)
            spent.withLock { $0 += call.dollars ?? 0 }
            onCall(call)
        }
        guard let spending = request.spending else { return try await inner.reply(to: asked) }
        let dearest = options.dearestCall(
            of: request.model, promptTokens: request.estimatedTokens,
            replyTokens: request.options["max_tokens"]?.asInt)
        return try await spending.hold(dearest ?? 0, of: request.model) { [asked] in
            do throws(StepFailure) {
                let reply = try await inner.reply(to: asked)
                return (.success(reply), spent.withLock { $0 })
            } catch {
                return (.failure(error), spent.withLock { $0 })
            }
        }
    }

    /// Prices do not change which model it is.
    package func identity(of model: String) -> String { inner.identity(of: model) }
}

extension CheckOptions {
    /// What a call cost, in dollars; nil where the price is not known.
    ///
    /// - Parameter name: the model as the step names it, which may say more than the provider's name for it.
    fileprivate func dollars(of call: ModelCall, askedAs name: String) -> Double? {
        if call.isCached { return 0 }
        return (price(of: name) ?? price(of: call.model)).map { price in
            (Double(call.tokens.input) * price.input + Double(call.tokens.output) * price.output) / 1e6
        }
    }
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
