package import AutoChecker
import AutoSyntax
package import CEL
package import StepKinds
package import Values

/// The time of day, and waiting.
package protocol Clock: Sendable {
    /// Nanoseconds since 1970.
    func now() -> Int64
    /// Returns early, by throwing, when the task is cancelled.
    func sleep(nanoseconds: Int64) async throws(CancellationError)
}

extension ID {
    /// A UUID of version 7, of now.
    package static func ofNow(_ clock: any Clock) -> ID {
        var generator = SystemRandomNumberGenerator()
        return ID(
            milliseconds: UInt64(max(0, clock.now())) / 1_000_000,
            count: UInt16(truncatingIfNeeded: generator.next()), random: generator.next())
    }
}

/// Why a step failed.
package struct StepFailure: Error, Sendable, Hashable {
    package let kind: FailureKind
    /// A sentence without a full stop. It holds no U+0000: a store would end the text there.
    package let message: String
    /// Whether another try may help.
    package let isRetryable: Bool
    /// Seconds that a server asked to wait.
    package let retryAfter: Double?
    /// Whether an expression was stopped because it had done all that it was allowed: allowed more, it may
    /// have a value.
    var hasUsedItsAllowance = false

    /// Who brought in the text from outside that the message may hold.
    package var origins: Set<Origin> = []

    /// The call that failed, where that is why. A store may keep nothing of the called session.
    var call: FailedCall?

    /// All that a server said, masked, where the message holds its beginning; nobody is shown it.
    package var wholeWords: String?

    package init(_ kind: FailureKind, _ message: String, retryable: Bool = false, retryAfter: Double? = nil) {
        self.kind = kind
        self.message =
            message.utf8.contains(0) ? message.replacing("\u{0}", with: "\u{FFFD}") : message
        self.isRetryable = retryable
        self.retryAfter = retryAfter
    }

    package static let cancelled = StepFailure(.cancelled, "cancelled")
}

/// What an executor is given.
package struct StepWork: Sendable {
    package let step: CheckedStep
    /// The rendered fields, secrets included.
    package let fields: MapValue
    /// What went into the fields, by their paths (`url`, `headers.accept`, `body.note`); fields without marks
    /// are not there.
    package let marks: [String: Marks]
    /// Which element of `each` this is; nil for a step without `each`.
    package let element: Element?
    /// How many records the step has with this one; counted for a step that asks a person.
    package internal(set) var visit = 1
    /// The same on each try and after a crash.
    package let idempotencyKey: String
    /// Takes a model's text as it arrives.
    package let onText: @Sendable (String) -> Void
    /// By the names of the fields that hold a program, the line of the file, from 1, where its first line
    /// stands.
    package let programLines: [String: Int]
    /// Takes what happens during the work into the trace, masked.
    package internal(set) var trace: @Sendable (TraceEvent.Happening) -> Void
    /// Holds what the session's model calls cost; nil where the file sets no bound in dollars.
    package internal(set) var spending: Spending?
    /// Takes a question to a model into the trace before it is asked. The first one, `firstQuestion`, stands there before
    /// the work begins.
    package internal(set) var asking: QuestionListener = { (_) throws(StepFailure) in }
    /// What the run remembers of the servers that it has asked.
    package internal(set) var servers: ServerMemory?
    /// Where the tools of the step's model are used; nil where it has none.
    package internal(set) var tools: ToolBench?
    /// Keeps the page that the step reads for later runs; nil where nothing is to be kept.
    package internal(set) var shelf: PageShelf?
    /// Gives the field `value` of a DATA_TRANSFORM step for its input, where it works on one; nil where `value` was
    /// rendered with the other fields, or there is none.
    package internal(set) var valueForInput: (@Sendable (Value) async throws(StepFailure) -> Value)?
    /// Hides the session's secrets in a text that is going to be cut or folded, which would hide them from
    /// who masks it later.
    package let masked: @Sendable (String) -> String

    package init(
        step: CheckedStep, fields: MapValue, marks: [String: Marks] = [:], element: Element? = nil,
        idempotencyKey: String, programLines: [String: Int] = [:],
        onText: @escaping @Sendable (String) -> Void,
        trace: @escaping @Sendable (TraceEvent.Happening) -> Void = { _ in },
        masked: @escaping @Sendable (String) -> String = { $0 }
    ) {
        self.step = step
        self.fields = fields
        self.marks = marks
        self.element = element
        self.idempotencyKey = idempotencyKey
        self.programLines = programLines
        self.onText = onText
        self.trace = trace
        self.masked = masked
    }
}

extension StepFailure {
    /// What `name.error` is.
    var value: Value { .record([("kind", .string(kind.word)), ("message", .string(message))]) }

    /// What stands in `name.errors` for an element of `each`.
    ///
    /// - Parameter place: from 0.
    func value(ofElement place: Int) -> Value {
        .record([
            ("index", .int(Int64(place))), ("kind", .string(kind.word)), ("message", .string(message)),
        ])
    }
}

/// What came of a step's work.
package enum StepOutcome: Sendable {
    /// The step's result.
    case value(Value)
    /// A person has not answered yet, in this session or in one that the step has called.
    case waiting
}

/// Does the work of one step type.
package protocol StepExecutor: Sendable {
    /// - Throws: when the step fails; `cancelled` when its task was cancelled.
    func execute(_ work: StepWork) async throws(StepFailure) -> StepOutcome

    /// Does what the step does with its result, once that fits its type: DATA_TRANSFORM writes it into a file. After a
    /// crash it may be done once more with the same result.
    ///
    /// - Throws: when it cannot be done, and then nothing of it is.
    func keep(_ result: Value, of work: StepWork) async throws(StepFailure)

    /// The model that will do the work, where one does: with the same fields another model gives another
    /// result.
    ///
    /// - Returns: a text that is another for each model; empty where no model has a part in it.
    func model(for work: StepWork) -> String

    /// The question to a provider of models with which the work begins; nil where none is asked outside of this machine's
    /// own model, or who will be asked is only found out then.
    func firstQuestion(for work: StepWork) -> ModelQuestion?
}

extension StepExecutor {
    /// Most steps only give their result.
    package func keep(_ result: Value, of work: StepWork) async throws(StepFailure) {}

    /// Most steps ask no model.
    package func model(for work: StepWork) -> String { "" }

    /// Most steps ask no model.
    package func firstQuestion(for work: StepWork) -> ModelQuestion? { nil }
}

/// What happens while a session runs, told after it has been recorded.
package enum RunEvent: Sendable {
    case session(SessionHeader)
    case step(ordinal: Int, StepRecord)
    /// The step record is of this element of `each`; told before the record itself.
    case element(ordinal: Int, Element)
    case text(ordinal: Int, String)
    /// The try numbered `attempt`, from 1, has failed; the next one begins after `delay` nanoseconds.
    case retry(ordinal: Int, attempt: Int, delay: Int64, StepFailure)
    /// The trace has one event more.
    case trace(TraceEvent)
}

/// A request to the outside.
package struct HTTPRequest: Sendable {
    package var method: String
    package var url: String
    package var headers: [(String, String)]
    package var body: [UInt8]?
    /// Whether the own network may be reached.
    package var allowPrivate: Bool
    /// How whoever asks allows that, for the refusal of one who does not.
    package var allowsPrivateBy = "`allow_private: true`"
    package var maximumBytes: Int
    package var followsRedirects: Bool
    /// Names, in lower case, of the headers that hold a secret: no redirect takes them to another origin.
    package var secretHeaders: Set<String> = []
    /// Whether the body holds a secret: a redirect that would take it to another origin is refused.
    package var bodyIsSecret = false
    /// The step that asks; empty when none does.
    package var step = ""
    /// How we behave at the server, which is somebody else's: how many of us ask it at once, and what we say
    /// who we are. Nil where the user's own settings name the server, as they do of models.
    package var manners: NetworkSettings?
    /// Whether the server's robots.txt is asked first, and obeyed.
    package var heedsRobots = false
    /// The cookies that servers have set during the run and what they let robots do; nil where nobody
    /// remembers.
    package var servers: ServerMemory?
    /// Nanoseconds that are worth waiting when the server wants to be left alone.
    package var longestWait = Defaults.longestWait
    /// Hears what else was asked for this request's sake, such as a server's robots.txt.
    package var onErrand: (@Sendable (HTTPExchange) -> Void)?
    /// Hears the status and the headers of the answer, names in lower case, before its body comes. Of a redirect
    /// that is followed it hears nothing.
    package var onHead: (@Sendable (_ status: Int, _ headers: [(String, String)]) -> Void)?
    /// Whether a body that somebody hears as it comes is kept as well. One that is not has no largest size.
    package var keepsHeardBody = true
    /// The url of the HTTP proxy by which the request goes out; nil for none. The proxy looks the host up
    /// then, so that only what the user's own settings name is asked in this way.
    package var proxy: String?

    package init(
        method: String = "GET", url: String, headers: [(String, String)] = [], body: [UInt8]? = nil,
        allowPrivate: Bool = false,
        maximumBytes: Int = 32 << 20, followsRedirects: Bool = true
    ) {
        self.method = method
        self.url = url
        self.headers = headers
        self.body = body
        self.allowPrivate = allowPrivate
        self.maximumBytes = maximumBytes
        self.followsRedirects = followsRedirects
    }
}

/// What a server answered, whatever its status.
package struct HTTPResponse: Sendable {
    package let status: Int
    /// Names in lower case.
    package let headers: [(String, String)]
    package private(set) var body: [UInt8]
    /// The url that answered, after redirects.
    package let url: String
    /// How many redirects were followed.
    package var redirects = 0
    /// Whether a recording gave the answer.
    package var isRecorded = false

    package init(status: Int, headers: [(String, String)], body: [UInt8], url: String) {
        self.status = status
        self.headers = headers
        self.body = body
        self.url = url
    }

    package subscript(header name: String) -> String? { headers.first { $0.0 == name }?.1 }

    /// How the body is packed: all that `Content-Encoding` says, in order; nil where it is not.
    package var encoding: String? {
        let all = headers.filter { $0.0 == "content-encoding" }.map(\.1)
        return all.isEmpty ? nil : all.joined(separator: ", ")
    }

    /// The same answer with another body.
    package func with(body: [UInt8]) -> HTTPResponse {
        var other = self
        other.body = body
        return other
    }
}

extension StepFailure {
    /// The same failure, with the server at which it happened before its words.
    package func at(_ server: String) -> StepFailure {
        var other = StepFailure(kind, "\(server): \(message)", retryable: isRetryable, retryAfter: retryAfter)
        other.wholeWords = wholeWords
        return other
    }
}

/// The way out. `onBytes` is given the body as it arrives, for a status below 300.
package protocol HTTPClient: Sendable {
    func send(_ request: HTTPRequest, onBytes: (@Sendable ([UInt8]) -> Void)?) async throws(StepFailure)
        -> HTTPResponse
}

extension HTTPClient {
    /// Sends a request whose body is wanted in one piece.
    ///
    /// - Throws: what kept an answer from coming; an answer of any status is none of that.
    package func send(_ request: HTTPRequest) async throws(StepFailure) -> HTTPResponse {
        try await send(request, onBytes: nil)
    }

    /// Sends a request for a step, and tells the trace what came of it, and what else was asked for its sake.
    ///
    /// - Throws: what kept an answer from coming; an answer of any status is none of that.
    package func send(_ request: HTTPRequest, for work: StepWork) async throws(StepFailure) -> HTTPResponse {
        var request = request
        request.onErrand = { [trace = work.trace] exchange in trace(.http(exchange)) }
        do throws(StepFailure) {
            let response = try await send(request, onBytes: nil)
            work.trace(
                .http(
                    HTTPExchange(
                        method: request.method, url: request.url, status: response.status,
                        bytes: response.body.count, redirects: response.redirects,
                        isRecorded: response.isRecorded)))
            return response
        } catch {
            // What is no request of HTTP never left.
            let neverLeft: [FailureKind] = [.header, .url, .method]
            if !neverLeft.contains(error.kind) {
                work.trace(
                    .http(HTTPExchange(method: request.method, url: request.url, status: nil, bytes: 0)))
            }
            throw error
        }
    }
}

/// What a model is asked.
package struct ModelRequest: Sendable {
    package var model: String
    /// The models to ask instead, in this order, where the one before cannot answer.
    package var otherModels: [String] = []
    /// Nanoseconds that the step may take; nil where it does not say.
    package var timeout: Int64?
    /// `role` and `content` of each, system first. Where tools have been used, what the model asked for and what it was
    /// told stands there as in OpenAI's chat completions: `tool_calls` of the assistant, messages of the role `tool`.
    package var messages: [Value]
    package var resultType: DataType?
    package var options: MapValue
    package var onText: @Sendable (String) -> Void
    /// Hears of each question to a provider, those included that were asked again.
    package var onCall: ModelCallListener = { _ in }
    /// Hears of each question to a provider before it is asked, but of the first one where `firstQuestion` says it.
    package var onAsking: QuestionListener = { (_) throws(StepFailure) in }
    /// The step that asks.
    package var step = ""
    /// Holds what the calls cost; nil where nothing bounds it.
    package var spending: Spending?

    /// From now on the request is asked for a step, whose trace hears of it and whose session pays.
    package mutating func ask(for work: StepWork) {
        step = work.step.name
        timeout = work.step.timeout
        onCall = { work.trace(.model($0)) }
        onAsking = work.asking
        spending = work.spending
    }

    package init(
        model: String, messages: [Value], resultType: DataType? = nil, options: MapValue = MapValue(),
        onText: @escaping @Sendable (String) -> Void = { _ in }
    ) {
        self.model = model
        self.messages = messages
        self.resultType = resultType
        self.options = options
        self.onText = onText
    }

    /// Names the models: the first is asked, the others stand in for it. An empty list is the settings'
    /// model.
    package mutating func ask(models names: [String]) {
        model = names.first ?? DefaultModels.word
        otherModels = Array(names.dropFirst())
    }
}

/// Who asks language models.
package protocol ModelProvider: Sendable {
    /// What the model replies; with a result type its text is JSON text (or the bare text of a `text` or `one_of`).
    ///
    /// - Throws: when no reply comes, or one that cannot be used.
    func reply(to request: ModelRequest) async throws(StepFailure) -> ModelReply

    /// Which model a name means here, and where it is asked: `default` is another one for each user's settings.
    func identity(of model: String) -> String

    /// Who would be asked first; nil where that is a model of this machine, or not known before.
    func firstQuestion(_ request: ModelRequest) -> ModelQuestion?
}

extension ModelProvider {
    /// Who asks nobody outside says so.
    package func firstQuestion(_ request: ModelRequest) -> ModelQuestion? { nil }

    /// The same of several names, of which the next stands in for the one before.
    package func identity(of models: [String]) -> String {
        models.isEmpty
            ? identity(of: DefaultModels.word) : models.map { identity(of: $0) }.joined(separator: ", else ")
    }
}
