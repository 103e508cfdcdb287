import AutoChecker
import AutoRuntime
import AutoSyntax
import CEL
import Diagnostics
import StepKinds
import Values

/// A server of models or embeddings: how it is asked, and what its refusals mean.
struct ModelServer: Sendable {
    let client: any HTTPClient
    let provider: Provider
    /// Hides the keys in what the server says, before that is cut.
    let masker: Masker
    /// Tells how far off a date in `Retry-After` is.
    let clock: any Clock
    let gate: ProviderGate
    let workarounds: Workarounds

    init(
        _ provider: Provider, client: any HTTPClient, masker: Masker, clock: any Clock,
        gates: ProviderGates = ProviderGates()
    ) {
        self.provider = provider
        self.client = client
        self.masker = masker
        self.clock = clock
        gate = gates.gate(of: provider, clock)
        workarounds = Workarounds(provider.settings)
    }

    /// What it is called in a sentence.
    var name: String { provider.title }

    /// The url below which its paths lie.
    var base: String { provider.base }

    /// Asks in the manner that the server accepts: once more for each part of a question that it turns out not to.
    ///
    /// - Throws: what the body throws, where another manner would not help.
    func asking(
        _ request: ModelRequest, _ ask: (Manner) async throws(StepFailure) -> ModelReply
    ) async throws(StepFailure) -> ModelReply {
        try checkExtra(request)
        while true {
            let manner = workarounds.manner(of: request.model)
            do throws(StepFailure) { return try await ask(manner) } catch {
                guard workarounds.learn(from: error, manner, request) else {
                    throw error.withMend(for: request)
                }
            }
        }
    }

    /// Sends a JSON body and gives the answer, where it is a good one.
    ///
    /// - Parameter path: from its `/` on, behind the base.
    /// - Parameter timeout: nanoseconds that the step may take, which bound the wait for the provider's turn.
    /// - Parameter onAsked: called when the question goes out, after its turn has come.
    /// - Parameter progress: for a streamed answer: hears its pieces as they come, and tells whether the
    ///   reply has begun.
    /// - Throws: what went wrong on the way, or what the server's refusal means.
    func post(
        _ path: String, _ body: Value, timeout: Int64? = nil, onAsked: () -> Void = {},
        progress: StreamProgress? = nil
    ) async throws(StepFailure) -> HTTPResponse {
        var headers = [("content-type", "application/json")]
        if progress != nil { headers.append(("accept", "text/event-stream")) }
        return try await send(
            request("POST", path, headers, Array(JSON.text(body).utf8)),
            of: body.asMap?["model"]?.asText ?? "", timeout, onAsked, progress)
    }

    /// The good answer to a question without a body.
    ///
    /// - Throws: what went wrong on the way, or what the server's refusal means.
    func get(_ path: String) async throws(StepFailure) -> HTTPResponse {
        try await send(request("GET", path, [], nil), of: "", nil, {}, nil)
    }

    private func request(
        _ method: String, _ path: String, _ headers: [(String, String)], _ body: [UInt8]?
    ) -> HTTPRequest {
        let query = provider.settings.query.sorted { $0.key < $1.key }.map { name, value in
            percentEncoded(name) + "=" + percentEncoded(value)
        }
        let url = base + path + (query.isEmpty ? "" : "?" + query.joined(separator: "&"))
        let own = provider.allHeaders
        // The base url is the user's own setting, so it may well be on this machine.
        var request = HTTPRequest(
            method: method, url: url, headers: headers + own, body: body, allowPrivate: true)
        // Where a server moves a question to another one, its key stays behind.
        request.secretHeaders = Set(own.map { $0.0.lowercased() })
        request.proxy = provider.proxy.flatMap { $0.isEmpty ? nil : $0 }
        return request
    }

    private func send(
        _ request: HTTPRequest, of model: String, _ timeout: Int64?, _ onAsked: () -> Void,
        _ progress: StreamProgress?
    ) async throws(StepFailure) -> HTTPResponse {
        try await gate.pass(model, waiting: timeout ?? Defaults.longestWait) { () async throws(StepFailure) in
            onAsked()
            let response = try await limited(progress) { [client] () async throws(StepFailure) in
                try await client.send(request, onBytes: progress?.onBytes)
            }
            guard (200..<300).contains(response.status) else {
                throw failure(response.status, ServerError(body: response.body), response, model)
            }
            return response
        }
    }

    /// Sends within the provider's own times: `timeout` for all of an answer, `first_token` for its
    /// beginning.
    private func limited(
        _ progress: StreamProgress?, _ send: @escaping @Sendable () async throws(StepFailure) -> HTTPResponse
    ) async throws(StepFailure) -> HTTPResponse {
        let (clock, name) = (clock, name)
        let whole = { @Sendable [timeout = provider.settings.timeout] () async throws(StepFailure) in
            guard let timeout else { return try await send() }
            return try await within(timeout, clock, send)
        }
        guard let first = provider.settings.firstToken, let progress else { return try await whole() }
        let outcome = await withTaskGroup(of: Result<HTTPResponse, StepFailure>?.self) { group in
            group.addTask {
                do throws(StepFailure) { return .success(try await whole()) } catch { return .failure(error) }
            }
            group.addTask {
                try? await clock.sleep(nanoseconds: first)
                if Task.isCancelled || progress.hasBegun() { return nil }
                return .failure(
                    StepFailure(
                        .timeout,
                        "\(name) began no reply within \(durationText(seconds: Double(first) / 1e9)), its `first_token`",
                        retryable: true))
            }
            var outcome: Result<HTTPResponse, StepFailure>?
            while outcome == nil, let next = await group.next() { outcome = next }
            group.cancelAll()
            return outcome
        }
        guard let outcome else { throw .cancelled }
        return try outcome.get()
    }

    /// What an error means.
    ///
    /// - Parameter status: the answer's, or the one that an error in an answer with status 200 names.
    /// - Parameter response: the answer that the error stands in.
    /// - Parameter model: the one that was asked, empty for none.
    func failure(
        _ status: Int, _ error: ServerError, _ response: HTTPResponse, _ model: String
    ) -> StepFailure {
        let said = masker.mask(error.words)
        var failure = meaning(status, said, error.code, response, model)
        failure.wholeWords = said
        return failure
    }

    /// - Parameter said: the server's words, masked.
    private func meaning(
        _ status: Int, _ said: String, _ code: String, _ response: HTTPResponse, _ model: String
    ) -> StepFailure {
        let words = said.isEmpty ? "" : ": \(said.prefix(300))"
        let isTooLong =
            code == "context_length_exceeded"
            || tooLongWords.contains { said.lowercased().contains($0) }
        let response = HTTPResponse(
            status: status, headers: response.headers, body: response.body, url: response.url)
        let isUnknownModel =
            code == "model_not_found"
            || ["invalid model name", "not a valid model"].contains { said.lowercased().contains($0) }
        switch status {
        case 400 where isUnknownModel: return StepFailure(.model, "\(name) has no such model\(words)")
        case 400 where isTooLong, 413:
            return StepFailure(.context, "the prompt is too long for the model\(words)")
        case 400, 422: return StepFailure(.request, "\(name) does not accept the request\(words)")
        case 401 where !provider.sendsKey:
            let place = provider.keyVariable ?? "`key` in [provider.\(provider.name)] of autorun.toml"
            return StepFailure(.noKey, "\(name) wants a key, and none is set: set \(place)\(words)")
        case 401, 403:
            // Who is let in, and asks for what is not allowed, is answered by 403, too.
            let concernsKey =
                status == 401 || said.isEmpty || keyWords.contains { said.lowercased().contains($0) }
            guard concernsKey else {
                return StepFailure(.refused, "\(name) refused the request\(words)")
            }
            let check = provider.keyVariable.map { "; check \($0)" } ?? ""
            return StepFailure(.refused, "\(name) refused the key\(words)\(check)")
        case 404: return nothingThere(response, model, said, code, words)
        case 429 where code == "insufficient_quota":
            return StepFailure(.rateLimited, "\(name) has no credit left for this key\(words)")
        case 429:
            let wait = response.waitOfModel(now: clock.now())
            gate.close(model, seconds: wait ?? 1)
            return StepFailure(
                .rateLimited, "\(name) is asked too often\(words)", retryable: true, retryAfter: wait)
        default:
            let again = response.mayModelBeAskedAgain
            return StepFailure(
                .status, "\(name) answered \(status)\(words)", retryable: again,
                retryAfter: again ? response.waitOfModel(now: clock.now()) : nil)
        }
    }
}

extension ModelServer {
    /// What status 404 means: there is no such model, or the base leads nowhere.
    private func nothingThere(
        _ response: HTTPResponse, _ model: String, _ said: String, _ code: String, _ words: String
    ) -> StepFailure {
        let all = (code + " " + said).lowercased()
        if !model.isEmpty, ["model", "deployment", "endpoints"].contains(where: all.contains) {
            return StepFailure(.model, "\(name) has no such model\(words)")
        }
        let rest = response.url.firstRange(of: "://").map { response.url[$0.upperBound...] } ?? ""
        let path = rest.drop { $0 != "/" }.prefix { $0 != "?" }
        let hint =
            provider.kind == .openai && !base.hasSuffix("/v1") ? "does `base` need /v1?" : "check `base`"
        let there = "nothing is at \(path): \(hint)"
        return model.isEmpty
            ? StepFailure(.status, "\(name) answered 404, \(there)\(words)")
            : StepFailure(.model, "\(name) has no such model, or \(there)\(words)")
    }
}

/// How servers say that a prompt is longer than the model's window. A word alone would not do: some say of a field
/// that it is not allowed in this context.
private let tooLongWords = [
    "context length", "context_length", "context window", "context size", "maximum context", "context limit",
    "contextwindowexceeded", "too long", "too many tokens", "token count", "token limit",
    "exceeds the context",
    "reduce the length", "maximum prompt length", "exceeds max length", "range of input length",
    "`max_new_tokens` must be",
]

/// What servers speak of that refuse a key, and not a request.
private let keyWords = [
    "key", "token", "auth", "credential", "permission", "access", "forbidden", "organization", "project",
    "account", "subscription",
]

/// A streamed answer while it comes.
struct StreamProgress: Sendable {
    let onBytes: @Sendable ([UInt8]) -> Void
    /// Whether the reply itself has begun, and not only signs of life.
    let hasBegun: @Sendable () -> Bool
}

/// What keeps a reply that had begun from being whole, in the same words whoever the provider is.
enum BrokenReply: Sendable {
    /// A piece of the stream cannot be read; the words are what stands there.
    case noJSON(words: String)
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
    /// What watches over the model held its reply back, for a reason in the provider's word.
    case filtered(reason: String)
    /// Nothing stands in the reply, or only thinking; `finish` is the provider's word for how it ended, where
    /// that is not the usual one.
    case empty(hasThought: Bool, finish: String?)

    func failure(of server: ModelServer) -> StepFailure {
        switch self {
        case .noJSON(let words):
            StepFailure(
                .stream,
                "a piece of the model's reply is no JSON: \(server.masker.mask(words).prefix(300))",
                retryable: true)
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
        case .filtered(let reason):
            StepFailure(
                .refused,
                "\(server.name) filtered the reply"
                    + (reason == "content_filter" ? "" : ": `\(server.masker.mask(reason).prefix(100))`"))
        case .empty(let hasThought, let finish):
            StepFailure(
                .empty,
                "the model's reply is empty" + (hasThought ? ": it holds thinking only" : "")
                    + (finish.map { "; it ended by `\($0)`" } ?? ""), retryable: true)
        }
    }
}
