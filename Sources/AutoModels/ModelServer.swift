import AutoRuntime
import CEL
import StepKinds
import Values

/// A server of models or embeddings: how it is asked, and what its refusals mean.
struct ModelServer: Sendable {
    let client: any HTTPClient
    /// The url below which its paths lie; a `/` at its end does not count.
    let base: String
    /// What every request carries beside its content type, the key included.
    let headers: [(String, String)]
    /// What it is called in a sentence.
    let name: String
    /// The environment variable that holds its key.
    let keyVariable: String
    /// Hides the keys in what the server says, before that is cut.
    let masker: Masker
    /// Tells how far off a date in `Retry-After` is.
    let clock: any Clock

    /// Sends a JSON body and gives the answer with status 200.
    ///
    /// - Parameter path: from its `/` on, behind the base.
    /// - Parameter onBytes: hears the pieces of a streamed answer as they come.
    /// - Throws: what went wrong on the way, or what the server's refusal means.
    func post(
        _ path: String, _ body: Value, onBytes: (@Sendable ([UInt8]) -> Void)? = nil
    ) async throws(StepFailure) -> HTTPResponse {
        let root = base.hasSuffix("/") ? String(base.dropLast()) : base
        var headers = [("content-type", "application/json")]
        if onBytes != nil { headers.append(("accept", "text/event-stream")) }
        headers += self.headers
        // The base url is the user's own setting, so it may well be on this machine.
        let request = HTTPRequest(
            method: "POST", url: root + path, headers: headers, body: Array(JSON.text(body).utf8),
            allowPrivate: true, followsRedirects: false)
        let response = try await client.send(request, onBytes: onBytes)
        guard response.status == 200 else { throw refusal(response) }
        return response
    }

    private func refusal(_ response: HTTPResponse) -> StepFailure {
        failure(response.status, ServerError(body: response.body), response)
    }

    /// What an error means.
    ///
    /// - Parameter status: the answer's, or the one that an error in an answer with status 200 names.
    /// - Parameter response: the answer that the error stands in.
    func failure(_ status: Int, _ error: ServerError, _ response: HTTPResponse) -> StepFailure {
        let said = masker.mask(error.words)
        let words = said.isEmpty ? "" : ": \(said.prefix(300))"
        let isTooLong =
            error.code == "context_length_exceeded" || said.contains("context") || said.contains("too long")
        let response = HTTPResponse(
            status: status, headers: response.headers, body: response.body, url: response.url)
        switch status {
        case 400 where isTooLong, 413:
            return StepFailure(.context, "the prompt is too long for the model\(words)")
        case 400, 422: return StepFailure(.request, "\(name) does not accept the request\(words)")
        case 401, 403: return StepFailure(.refused, "\(name) refused the key\(words); check \(keyVariable)")
        case 404: return StepFailure(.model, "\(name) has no such model\(words)")
        case 429 where error.code == "insufficient_quota":
            return StepFailure(.rateLimited, "\(name) has no credit left for this key\(words)")
        case 429: return laterPerhaps(.rateLimited, "\(name) is asked too often\(words)", response)
        default: return laterPerhaps(.status, "\(name) answered \(status)\(words)", response)
        }
    }

    private func laterPerhaps(_ kind: FailureKind, _ message: String, _ response: HTTPResponse) -> StepFailure
    {
        StepFailure(kind, message, answer: response, now: clock.now())
    }
}

/// What keeps a reply that had begun from being whole, in the same words whoever the provider is.
enum BrokenReply: Sendable {
    /// A piece of the stream cannot be read.
    case noJSON
    /// The stream ended before the reply did.
    case cutOff
    /// The server said within the stream what went wrong.
    case brokeOff(message: String)
    /// The answer is no reply at all; the words are those that stand in it.
    case noReply(words: String)
    /// The reply reached a limit of tokens; the clause says which, and what to do.
    case tokenLimit(String)
    /// Prompt and reply together fill the model's window.
    case windowFull
    /// The provider wants to be asked to go on.
    case paused
    /// The model does not want to answer; the reason may be empty.
    case refused(reason: String)
    /// What watches over the model held its reply back.
    case filtered
    /// Nothing stands in the reply, or only thinking.
    case empty(hasThought: Bool)

    func failure(of server: ModelServer) -> StepFailure {
        switch self {
        case .noJSON: StepFailure(.stream, "a piece of the model's reply is no JSON", retryable: true)
        case .cutOff:
            StepFailure(.stream, "the model's reply was cut off before its end", retryable: true)
        case .brokeOff(let message):
            StepFailure(
                .stream, "\(server.name) broke off: \(server.masker.mask(message).prefix(300))",
                retryable: true)
        case .noReply(let words):
            StepFailure(
                .body, "\(server.name) answered with no reply: \(server.masker.mask(words).prefix(300))",
                retryable: true)
        case .tokenLimit(let limit):
            StepFailure(.cut, "the model's reply was cut before its end: \(limit)")
        case .windowFull:
            StepFailure(
                .cut,
                "the model's reply was cut before its end: prompt and reply fill the model's window; make the prompt shorter"
            )
        case .paused:
            StepFailure(
                .cut,
                "the model's reply was cut before its end: \(server.name) paused it and wants to be asked on"
            )
        case .refused(let reason):
            StepFailure(.refused, "the model refused to answer" + (reason.isEmpty ? "" : ": " + reason))
        case .filtered: StepFailure(.refused, "\(server.name) filtered the reply")
        case .empty(let hasThought):
            StepFailure(
                .empty, "the model's reply is empty" + (hasThought ? ": it holds thinking only" : ""),
                retryable: true)
        }
    }
}
