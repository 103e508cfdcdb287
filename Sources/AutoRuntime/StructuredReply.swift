import AutoChecker
import Computing
import StepKinds
import Synchronization
package import Values

/// Asks a model for a value of the request's type; a reply that does not fit is mended, else asked for again
/// with what is wrong, twice.
///
/// The request's `onCall` hears of each question when its reply has been read: with the reply as it came, where
/// that had to be mended or was asked for again.
///
/// - Throws: what the provider throws, or what does not fit in the last reply.
package func structuredReply(_ provider: any ModelProvider, _ request: ModelRequest) async throws(StepFailure)
    -> Value
{
    guard let type = request.resultType else { return .string(try await provider.reply(to: request)) }
    var request = request
    var misfit: Misfit?
    for _ in 0..<(1 + repeats) {
        let (text, outcome) = try await readReply(provider, request, type)
        switch outcome {
        case .success(let reply): return reply.value
        case .failure(let error):
            misfit = error
            let wish = "That does not fit: \(error.text). \(type.wishForModels(asObject: false))"
            request.messages.append(.record([("role", .string("assistant")), ("content", .string(text))]))
            request.messages.append(.record([("role", .string("user")), ("content", .string(wish))]))
        }
    }
    throw StepFailure(
        .result, "the model's reply is not \(type.text), after three tries: \(misfit?.text ?? "")",
        retryable: true)
}

/// How often a model is asked again for a value that does not fit.
private let repeats = 2

/// Bytes of a reply that is read at once, on the thread of the session.
private let shortReply = 4_096

/// Asks once, and reads the reply.
///
/// - Returns: the reply's text, and its value or what does not fit.
private func readReply(_ provider: any ModelProvider, _ request: ModelRequest, _ type: DataType)
    async throws(StepFailure) -> (String, Result<ReadReply, Misfit>)
{
    let held = HeldCalls()
    // Whatever comes of it, what was used is told.
    defer { held.tell(request.onCall) }
    var asked = request
    asked.onCall = { held.add($0) }
    let text = try await provider.reply(to: asked)
    let read = { @Sendable (limit: TimeLimit) -> Result<ReadReply, Misfit> in
        do throws(Misfit) { return .success(try type.read(reply: text, limit)) } catch {
            return .failure(error)
        }
    }
    // Reading a short reply takes less than starting a thread for it.
    let outcome = text.utf8.count <= shortReply ? read(TimeLimit()) : await onOwnThread { read($0) }
    if Task.isCancelled { throw .cancelled }
    switch outcome {
    case .success(let reply): if reply.isMended { held.keep(raw: text) }
    case .failure: held.keep(raw: text)
    }
    return (text, outcome)
}

/// The questions that one reply took, until it is known whether it fits: a provider tells of them before.
private final class HeldCalls: Sendable {
    private let calls = Mutex<[ModelCall]>([])

    func add(_ call: ModelCall) { calls.withLock { $0.append(call) } }

    /// Puts the reply to the last question, which is the one that was answered.
    func keep(raw: String) {
        calls.withLock { calls in
            guard let last = calls.indices.last else { return }
            calls[last].raw = calls[last].raw ?? raw
        }
    }

    func tell(_ listener: ModelCallListener) { calls.withLock { $0 }.forEach(listener) }
}
