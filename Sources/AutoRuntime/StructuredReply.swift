import AutoChecker
import Computing
import StepKinds
import Synchronization
package import Values
import WrittenJSON

/// What a model answers.
package enum ModelAnswer: Sendable {
    /// A value of the request's type.
    case value(Value)
    /// The model wants tools to be used first.
    case calls(ModelReply)
}

/// Asks a model for a value of the request's type, as `modelAnswer` does, where it is offered no tools.
///
/// - Throws: what the provider throws, or what does not fit in the last reply.
package func structuredReply(_ provider: any ModelProvider, _ request: ModelRequest) async throws(StepFailure)
    -> Value
{
    switch try await modelAnswer(provider, request) {
    case .value(let value): return value
    case .calls(let reply):
        let name = reply.calls.first?.name ?? ""
        throw StepFailure(
            .result, "the model asks for the tool `\(name)`, and it was offered none", retryable: true)
    }
}

/// Asks a model for a value of the request's type; a reply that does not fit is mended, else asked for again
/// with what is wrong, twice. One that asks for tools is given as it is.
///
/// The request's `onCall` hears of each question when its reply has been read: with the reply as it came, where
/// that had to be mended or was asked for again.
///
/// - Throws: what the provider throws, or what does not fit in the last reply.
package func modelAnswer(_ provider: any ModelProvider, _ request: ModelRequest) async throws(StepFailure)
    -> ModelAnswer
{
    guard let type = request.resultType else {
        let reply = try await provider.reply(to: request)
        return reply.calls.isEmpty ? .value(.string(reply.text)) : .calls(reply)
    }
    var request = request
    var misfit: Misfit?
    for number in 0..<(1 + repeats) {
        if number > 0 { try await provider.announce(request) }
        let (reply, outcome) = try await readReply(provider, request, type)
        guard reply.calls.isEmpty else { return .calls(reply) }
        switch outcome {
        case .success(let answer): return .value(answer.value)
        case .failure(let error):
            misfit = error
            let wish = "That does not fit: \(error.text). \(type.wishForModels(asObject: false))"
            // No provider takes a message without words.
            let said = reply.text.allSatisfy(\.isWhitespace) ? "(nothing)" : reply.text
            request.messages.append(
                .record([("role", .string("assistant")), ("content", .string(said))]))
            request.messages.append(.record([("role", .string("user")), ("content", .string(wish))]))
        }
    }
    throw StepFailure(
        .result, "the model's reply is not \(type.text), after three tries: \(misfit?.text ?? "")",
        retryable: true)
}

extension ModelProvider {
    /// Tells of the question with which a request begins, where that is not the first of its step.
    ///
    /// - Throws: that it cannot be kept, and then nobody may be asked.
    package func announce(_ request: ModelRequest) async throws(StepFailure) {
        if let question = firstQuestion(request) { try await request.onAsking(question) }
    }
}

/// How often a model is asked again for a value that does not fit.
private let repeats = 2

/// Bytes of a reply that is read at once, on the thread of the session.
private let shortReply = 4_096

/// Asks once, and reads the reply.
///
/// - Returns: the reply, and its value or what does not fit.
private func readReply(_ provider: any ModelProvider, _ request: ModelRequest, _ type: DataType)
    async throws(StepFailure) -> (ModelReply, Result<ReadAnswer, Misfit>)
{
    let held = HeldCalls()
    // Whatever comes of it, what was used is told.
    defer { held.tell(request.onCall) }
    var asked = request
    asked.onCall = { held.add($0) }
    asked.onAsking = { [tell = request.onCall] (question) async throws(StepFailure) in
        // What came of the question before stands before the next one.
        held.tell(tell)
        try await request.onAsking(question)
    }
    let answer = try await provider.reply(to: asked)
    let text = answer.text
    // Nothing is told before tools have been used.
    guard answer.calls.isEmpty else {
        return (answer, .failure(Misfit(path: "", expected: type.text, found: "calls of tools")))
    }
    let read = { @Sendable (limit: TimeLimit) -> Result<ReadAnswer, Misfit> in
        do throws(NoAnswer) { return .success(try type.read(text, cut: .refused, limit)) } catch {
            return .failure(error.misfit(of: type, in: text))
        }
    }
    // Reading a short reply takes less than starting a thread for it.
    let outcome = text.utf8.count <= shortReply ? read(TimeLimit()) : await onOwnThread { read($0) }
    if Task.isCancelled { throw .cancelled }
    switch outcome {
    case .success(let reply): if reply.isMended { held.keep(raw: text) }
    case .failure: held.keep(raw: text)
    }
    return (answer, outcome)
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

    /// Tells each question once.
    func tell(_ listener: ModelCallListener) {
        let told = calls.withLock { calls in
            defer { calls = [] }
            return calls
        }
        told.forEach(listener)
    }
}

extension NoAnswer {
    /// What does not fit, as a model is told it.
    fileprivate func misfit(of type: DataType, in text: String) -> Misfit {
        switch self {
        case .nothing:
            Misfit(path: "", expected: type == .json ? "JSON" : type.text, found: describe(.string(text)))
        case .misfit(let misfit): misfit
        case .unread(let reason):
            Misfit(path: "", expected: type.text, found: "a text that cannot be read: \(reason.message)")
        }
    }
}
