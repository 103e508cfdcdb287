import AutoChecker
import Computing
import StepKinds
package import Values

/// Asks a model for a value of the request's type; a reply that does not fit is mended, else asked for again
/// with what is wrong, twice.
package func structuredReply(_ provider: any ModelProvider, _ request: ModelRequest) async throws(StepFailure)
    -> Value
{
    guard let type = request.resultType else { return .string(try await provider.reply(to: request)) }
    var request = request
    var last: Misfit?
    for _ in 0..<3 {
        let text = try await provider.reply(to: request)
        let outcome = await onOwnThread { limit -> Result<Value, Misfit> in
            do throws(Misfit) { return .success(try type.value(ofReply: text, limit)) } catch {
                return .failure(error)
            }
        }
        if Task.isCancelled { throw .cancelled }
        switch outcome {
        case .success(let value): return value
        case .failure(let error):
            last = error
            request.messages.append(.record([("role", .string("assistant")), ("content", .string(text))]))
            request.messages.append(
                .record([
                    ("role", .string("user")),
                    (
                        "content",
                        .string(
                            "That does not fit: \(error.text). Answer again, with the value only, as \(type == .json ? "JSON" : type.text)."
                        )
                    ),
                ]))
        }
    }
    throw StepFailure(
        .result, "the model's reply is not \(type.text), after three tries: \(last?.text ?? "")",
        retryable: true)
}
