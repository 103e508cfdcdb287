import AutoChecker
package import AutoRuntime
import AutoSyntax
import CEL
import StepKinds

/// Asks the models of a request in turn, the next where the one before cannot answer.
package struct ModelsInTurn: ModelProvider {
    private let inner: any ModelProvider

    /// - Parameter inner: asks the one model that a request names.
    package init(_ inner: any ModelProvider) { self.inner = inner }

    /// - Throws: why the last one that was asked cannot answer.
    package func reply(to request: ModelRequest) async throws(StepFailure) -> ModelReply {
        let names = [request.model] + request.otherModels
        var notes: [String] = []
        var hasWaited = false
        var place = 0
        while true {
            let one = one(names[place], of: request, notes)
            // Who is asked first, whoever asks has told.
            if place > 0, !hasWaited { try await inner.announce(one) }
            do throws(StepFailure) { return try await inner.reply(to: one) } catch {
                guard place + 1 < names.count, error.letsAnotherModelAnswer, !Task.isCancelled else {
                    throw error
                }
                // A short limit is waited for at the provider's gate, once.
                if !hasWaited, error.endsWithin(request.timeout ?? Defaults.timeout) {
                    hasWaited = true
                    continue
                }
                notes.append("`\(names[place])` was asked before: \(error.message)")
                place += 1
                hasWaited = false
            }
        }
    }

    /// The request for one of its models, whose calls are told with why this one is asked.
    private func one(_ name: String, of request: ModelRequest, _ notes: [String]) -> ModelRequest {
        var one = request
        one.model = name
        one.otherModels = []
        guard !notes.isEmpty else { return one }
        one.onCall = { [tell = request.onCall] call in
            var call = call
            call.note = (notes + [call.note].compactMap(\.self)).joined(separator: "; ")
            tell(call)
        }
        return one
    }

    /// Of several models the first.
    package func firstQuestion(_ request: ModelRequest) -> ModelQuestion? {
        inner.firstQuestion(one(request.model, of: request, []))
    }

    /// Each model stays which it is.
    package func identity(of model: String) -> String { inner.identity(of: model) }
}

extension StepFailure {
    /// Whether another model may answer where this one failed: its provider is down, refuses, or lacks what
    /// the step needs.
    fileprivate var letsAnotherModelAnswer: Bool {
        let kinds: [FailureKind] = [
            .network, .timeout, .status, .rateLimited, .refused, .noKey, .model, .field, .request, .context,
            .stream, .body, .empty, .cut,
        ]
        return kinds.contains(kind)
    }

    /// Whether a limit is over within so many nanoseconds.
    fileprivate func endsWithin(_ time: Int64) -> Bool {
        guard kind == .rateLimited, isRetryable, let retryAfter else { return false }
        return retryAfter * 1e9 < Double(time)
    }
}
