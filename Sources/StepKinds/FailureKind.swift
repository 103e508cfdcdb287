import Values

/// Why a step failed, as `name.error.kind` says it in a file.
///
/// This is the only list of these words. Steps fail with one of them, records keep the word, and the checker finds
/// comparisons with a word that no step ever fails with.
package enum FailureKind: Sendable, Hashable {
    case answer
    case auth
    case body
    case cancelled
    case context
    case crash
    case cut
    case decision
    case documents
    case embedding
    case empty
    case expression
    case failed
    case field
    case file
    case header
    case input
    case jq
    case json
    case limit
    case maxCost
    case maxRounds
    case maxVisits
    case method
    case missing
    case model
    case network
    case noKey
    case noReply
    case number
    case process
    case python
    case rateLimited
    case record
    case redirects
    case refused
    case regex
    case replay
    case request
    case requirements
    case result
    case robots
    case select
    case session
    case status
    case stream
    case syntax
    case timeout
    case tooDeep
    case tooLarge
    case tool
    case type
    case unsafe
    case unsupported
    case untrusted
    case url
    /// The class of an exception that the code of a PYTHON step raised, for example `ValueError`.
    case raised(String)
}

extension FailureKind {
    /// The kinds whose words are fixed, in the order of their words.
    package static let fixed: [FailureKind] = [
        .answer, .auth, .body, .cancelled, .context, .crash, .cut, .decision, .documents, .embedding, .empty,
        .expression,
        .failed, .field, .file, .header, .input, .jq, .json, .limit, .maxCost, .maxRounds, .maxVisits,
        .method, .missing,
        .model,
        .network, .noKey, .noReply, .number, .process, .python, .rateLimited, .record, .redirects, .refused,
        .regex, .replay, .request, .requirements, .result, .robots, .select, .session, .status, .stream,
        .syntax,
        .timeout,
        .tooDeep, .tooLarge, .tool, .type, .unsafe, .unsupported, .untrusted, .url,
    ]

    /// The fixed words, in their order.
    package static let words = fixed.map(\.word)

    /// Finds the kind of a word that a record, a recording or a test holds.
    ///
    /// Every other word is taken for the class of an exception, so that a record of another version can be read.
    package init(word: String) { self = FailureKind.byWord[word] ?? .raised(word) }

    /// The word in `name.error.kind` and in records.
    package var word: String { described.word }

    /// One clause about what failed, for the reference and for editors.
    package var documentation: String { described.documentation }

    /// Whether a step can fail with a word: a fixed kind, or a class of Python, which begins with a capital.
    package static func isKnown(_ word: String) -> Bool {
        byWord[word] != nil || word.first?.isUppercase == true
    }

    private static let byWord = Dictionary(uniqueKeysWithValues: fixed.map { ($0.word, $0) })

    private var described: (word: String, documentation: String) {
        switch self {
        case .answer: ("answer", "a person's answer does not fit")
        case .auth: ("auth", "`auth` of REST_API is not as it should be")
        case .body: ("body", "the body of a server's answer is not what the server says it is")
        case .cancelled: ("cancelled", "the session was cancelled, or a step beside this one failed")
        case .context: ("context", "the prompt is too long for the model")
        case .crash: ("crash", "what the step ran crashed")
        case .cut: ("cut", "the model's reply reached a limit of tokens before its end")
        case .decision: ("decision", "no branch's condition holds")
        case .documents: ("documents", "the documents of EMBEDDING_SEARCH cannot be read")
        case .embedding: ("embedding", "the embedding model did not answer with a vector for each text")
        case .empty: ("empty", "the model's reply is empty")
        case .expression: ("expression", "an expression cannot be computed")
        case .failed: ("failed", "a test's reply says that the step fails, and does not say how")
        case .field: ("field", "the value of a field is not one that the step takes")
        case .file: ("file", "a file cannot be read")
        case .header: ("header", "a header is not one that HTTP allows")
        case .input: ("input", "`input` of DATA_TRANSFORM is not what `regex` works on")
        case .jq: ("jq", "the jq program failed")
        case .json: ("json", "the text holds no JSON")
        case .limit: ("limit", "the step needs more memory, time, output or processes than it may use")
        case .maxCost: ("max_cost", "the model call could have passed the run's `max_cost` in dollars")
        case .maxRounds:
            ("max_rounds", "the model asks for tools again and again, oftener than `max_rounds` allows")
        case .maxVisits: ("max_visits", "a loop was gone through too often")
        case .method: ("method", "the method is not one that HTTP allows")
        case .missing: ("missing", "a program that the step needs is not installed")
        case .model: ("model", "there is no such model")
        case .network: ("network", "the server cannot be reached, or the connection broke")
        case .noKey: ("no_key", "the key of the model's provider is not set")
        case .noReply: ("no_reply", "the test has no reply for the step")
        case .number: ("number", "the result holds infinity or NaN")
        case .process: ("process", "a process cannot be started")
        case .python: ("python", "the Python code ended without a result")
        case .rateLimited: ("rate_limited", "the server is asked too often (429)")
        case .record: ("record", "the recording of a run cannot be written")
        case .redirects: ("redirects", "the server redirects too often, or to no url")
        case .refused: ("refused", "access is refused: to an address or a file, to a key, or by the model")
        case .regex: ("regex", "the regular expression failed on this text")
        case .replay: ("replay", "the run asks for something that is not in the recording")
        case .request: ("request", "the model's provider does not accept the request")
        case .requirements: ("requirements", "the Python packages cannot be installed")
        case .result: ("result", "what the step gives does not fit its `result`")
        case .robots: ("robots", "the server's robots.txt keeps robots from the page, or cannot be read")
        case .select: ("select", "the page cannot be read as `select` says")
        case .session: ("session", "a called automation's session failed")
        case .status: ("status", "the server answered with a status that is no success")
        case .stream: ("stream", "the model's reply broke off")
        case .syntax: ("syntax", "the Python code has a syntax error")
        case .timeout: ("timeout", "the time of the step's `timeout` is over")
        case .tooDeep: ("too_deep", "the result nests too deep")
        case .tooLarge: ("too_large", "a file, an answer or a result is too large")
        case .tool: ("tool", "a server of tools does not answer, or two tools have one name")
        case .type: ("type", "a value has another type than is needed here")
        case .unsafe: ("unsafe", "the box that the Python code runs in cannot be made")
        case .unsupported: ("unsupported", "steps of this type cannot run here")
        case .untrusted:
            (
                "untrusted",
                "text from outside would go where something is changed, and `trust` does not name it"
            )
        case .url: ("url", "the url is no http or https url")
        case .raised(let name): (name, "the Python code raised \(name)")
        }
    }
}
