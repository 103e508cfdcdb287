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
        let error = (try? JSON.parse(bytes: response.body))?.asMap?["error"]
        let said = masker.mask(error?.asMap?["message"]?.asText ?? error?.asText ?? "")
        let code = error?.asMap?["code"]?.asText ?? ""
        let words = said.isEmpty ? "" : ": \(said.prefix(300))"
        let isTooLong =
            response.status == 413 || code == "context_length_exceeded" || said.contains("context")
            || said.contains("too long")
        switch response.status {
        case 400 where isTooLong, 413:
            return StepFailure(.context, "the prompt is too long for the model\(words)")
        case 400: return StepFailure(.request, "\(name) does not accept the request\(words)")
        case 401, 403: return StepFailure(.refused, "\(name) refused the key\(words); check \(keyVariable)")
        case 404: return StepFailure(.model, "\(name) has no such model\(words)")
        case 429 where code == "insufficient_quota":
            return StepFailure(.rateLimited, "\(name) has no credit left for this key\(words)")
        case 429: return laterPerhaps(.rateLimited, "\(name) is asked too often\(words)", response)
        default: return laterPerhaps(.status, "\(name) answered \(response.status)\(words)", response)
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
    /// The model does not want to answer; the reason may be empty.
    case refused(reason: String)
    /// What watches over the model held its reply back.
    case filtered

    func failure(of server: ModelServer) -> StepFailure {
        switch self {
        case .noJSON: StepFailure(.stream, "a piece of the model's reply is no JSON", retryable: true)
        case .cutOff:
            StepFailure(.stream, "the model's reply was cut off before its end", retryable: true)
        case .brokeOff(let message):
            StepFailure(.stream, "\(server.name) broke off: \(message)", retryable: true)
        case .refused(let reason):
            StepFailure(.refused, "the model refused to answer" + (reason.isEmpty ? "" : ": " + reason))
        case .filtered: StepFailure(.refused, "\(server.name) filtered the reply")
        }
    }
}

/// Splits a stream of bytes into the `data:` lines of server-sent events.
struct EventLines {
    private var rest: [UInt8] = []

    mutating func take(_ bytes: [UInt8]) -> [String] {
        rest += bytes
        var lines: [String] = []
        var start = 0
        while let end = rest[start...].firstIndex(of: 0x0A) {
            let line = String(decoding: rest[start..<end], as: UTF8.self)
            start = end + 1
            guard line.hasPrefix("data:") else { continue }
            lines.append(String(line.dropFirst(5).drop { $0 == " " }.prefix { $0 != "\r" && $0 != "\r\n" }))
        }
        rest.removeSubrange(..<start)
        return lines
    }
}
