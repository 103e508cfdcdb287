package import StepKinds
package import Values

/// Something that happened while a session ran, and for which the session's record has no field.
package struct TraceEvent: Sendable, Hashable {
    /// No event is later, in nanoseconds since 1970 (in the year 2128), so that one can be reckoned with.
    package static let latest: Int64 = 5_000_000_000_000_000_000
    /// Nothing takes longer, in nanoseconds.
    package static let longest: Int64 = 4_000_000_000_000_000_000

    /// When it ended, in nanoseconds since 1970.
    package let at: Int64
    /// The step record that it belongs to; nil where it is of the whole session.
    package let record: ID?
    /// Which try of the step it belongs to, from 1; nil where it belongs to none.
    package let attempt: Int?
    package let happening: Happening

    package init(at: Int64, record: ID?, attempt: Int?, _ happening: Happening) {
        self.at = at
        self.record = record
        self.attempt = attempt
        self.happening = happening
    }

    /// Whether it tells that somebody has cancelled the session.
    package var isCancellation: Bool {
        if case .session(.cancelled) = happening { true } else { false }
    }

    /// What happened; each case is one word of `event` in the trace.
    package enum Happening: Sendable, Hashable {
        case attempt(AttemptEnd)
        case model(ModelCall)
        /// A question to a model begins; the next `model` or `attempt` of its record tells what came of it.
        case asking(ModelQuestion)
        case http(HTTPExchange)
        case process(ProcessEnd)
        case session(SessionTurn)
        /// A model asks for tools.
        case tools(ToolRound)
        /// A tool that a model has asked for has been used.
        case tool(ToolEnd)
        case origins(Provenance)
    }
}

/// How a try of a step ended.
package struct AttemptEnd: Sendable, Hashable {
    /// Nanoseconds that the try took.
    package let time: Int64
    /// Why it failed; nil for a try that succeeded.
    package let kind: FailureKind?
    /// A sentence without a full stop; empty for a try that succeeded.
    package let message: String
    /// Nanoseconds until the next try begins; nil when there is none.
    package let delay: Int64?

    package init(time: Int64, kind: FailureKind? = nil, message: String = "", delay: Int64? = nil) {
        self.time = time
        self.kind = kind
        self.message = message
        self.delay = delay
    }
}

/// One question to a model, and what came back and what it used.
package struct ModelCall: Sendable, Hashable {
    /// The name of the provider that was asked; `builtin` for the local model.
    package var provider: String
    /// The model asked for, as the provider calls it.
    package var model: String
    /// The model that answered, where the provider says it.
    package var answered: String?
    /// The provider's own word for how the reply ended; nil where none came.
    package var finish: String?
    package var tokens: Tokens
    /// What it cost; nil where the price is not known.
    package var dollars: Double?
    /// Whether it was broken off before the provider said what it used: the tokens are then those of the
    /// question and of what had come of the reply.
    package var isBrokenOff = false
    /// The most that a broken off call can have cost, which a bound in dollars counts; nil where there is no
    /// such bound.
    package var mostDollars: Double?
    /// Nanoseconds until the first piece of the reply came; nil where it did not stream.
    package var firstToken: Int64?
    /// Whether the reply was remembered by `cache: true`, so that nobody was asked.
    package var isCached = false
    /// The `batch` of the question that it ends.
    package var batch: Int?
    /// The reply as it came, where it had to be mended or was asked for again.
    package var raw: String?
    /// What the provider turned out not to accept and what was done instead; or why another model was asked.
    package var note: String?

    package init(provider: String, model: String, tokens: Tokens) {
        self.provider = provider
        self.model = model
        self.tokens = tokens
    }

    /// Tokens as the provider counts them.
    package struct Tokens: Sendable, Hashable {
        /// No model reads or writes so many at once.
        package static let most = 1_000_000_000

        package var input: Int
        package var output: Int
        /// Those of the input that the provider had from before; nil where it does not say.
        package var cached: Int?
        /// Those of the input that the provider keeps for questions to come; nil where it does not say.
        package var kept: Int?
        /// Those of `kept` that it keeps for an hour, and not for some minutes; nil where it does not say.
        package var keptForAnHour: Int?
        /// Those of the output that were thinking; nil where the provider does not say.
        package var reasoning: Int?
        /// Whether input and output are counted by us, four bytes for one, because the provider does not say.
        package var areEstimated: Bool

        package init(
            input: Int, output: Int, cached: Int? = nil, reasoning: Int? = nil, areEstimated: Bool = false
        ) {
            self.input = input
            self.output = output
            self.cached = cached
            self.reasoning = reasoning
            self.areEstimated = areEstimated
        }
    }
}

/// A question to a model that begins.
package struct ModelQuestion: Sendable, Hashable {
    /// The name of the provider that is asked.
    package var provider: String
    /// The model asked for, as the provider calls it.
    package var model: String
    /// Tokens of the question, counted by us, four bytes for one.
    package var inputTokens: Int
    /// The most that it can cost; nil where no bound in dollars asks for that, or the price is not known.
    package var mostDollars: Double?
    /// Of questions that go beside each other, which one it is, from 0; nil for one that is asked alone.
    package var batch: Int?

    package init(
        provider: String, model: String, inputTokens: Int, mostDollars: Double? = nil, batch: Int? = nil
    ) {
        self.provider = provider
        self.model = model
        self.inputTokens = inputTokens
        self.mostDollars = mostDollars
        self.batch = batch
    }

    /// What the trace and a sum of costs have of it where nobody heard what came of it: its price is unknown.
    package var lost: ModelCall {
        var call = ModelCall(
            provider: provider, model: model,
            tokens: ModelCall.Tokens(input: inputTokens, output: 0, areEstimated: true))
        call.isBrokenOff = true
        call.mostDollars = mostDollars
        call.batch = batch
        call.note = ModelQuestion.lostNote
        return call
    }

    static let lostNote =
        "this question was under way, or about to be asked, when the process that ran the session ended: what came of it, and what it cost, is not known"
}

package typealias ModelCallListener = @Sendable (ModelCall) -> Void

/// Hears of a question before it is asked, and comes back when it stands on disk, so that no crash can hide who was asked;
/// throws where it cannot be written, and then nobody is asked.
package typealias QuestionListener = @Sendable (ModelQuestion) async throws(StepFailure) -> Void

/// One request over HTTP that a step made, and what came back.
package struct HTTPExchange: Sendable, Hashable {
    package let method: String
    /// The url without secrets: it is masked before it is kept.
    package let url: String
    /// Nil where no answer came.
    package let status: Int?
    /// The body's length as it was read.
    package let bytes: Int
    /// How many redirects were followed.
    package let redirects: Int
    /// Whether a recording gave the answer.
    package let isRecorded: Bool
    /// Whether the page was kept by `cache: true` and is still fresh, so that nobody was asked.
    package let isCached: Bool

    package init(
        method: String, url: String, status: Int?, bytes: Int, redirects: Int = 0, isRecorded: Bool = false,
        isCached: Bool = false
    ) {
        self.method = method
        self.url = url
        self.status = status
        self.bytes = bytes
        self.redirects = redirects
        self.isRecorded = isRecorded
        self.isCached = isCached
    }
}

/// How a child process of a step ended.
package struct ProcessEnd: Sendable, Hashable {
    /// Nil where a signal or a limit ended it.
    package let exitCode: Int?
    /// Nanoseconds of processor time; nil where nobody measured them.
    package let processorTime: Int64?
    /// Bytes of memory at their peak; nil where nobody measured them.
    package let peakMemory: Int?
    /// At most 64 kB, its end where it is longer.
    package let standardOutput: String
    /// At most 64 kB, its end where it is longer.
    package let standardError: String

    /// Bytes of each of the two texts at the most.
    package static let mostText = 64 << 10

    package init(
        exitCode: Int?, processorTime: Int64?, peakMemory: Int?, standardOutput: String, standardError: String
    ) {
        self.exitCode = exitCode
        self.processorTime = processorTime
        self.peakMemory = peakMemory
        self.standardOutput = standardOutput
        self.standardError = standardError
    }
}

/// What became of a session as a whole.
package enum SessionTurn: Sendable, Hashable {
    case takenOver
    /// Somebody cancelled it: `by` is the name of a token, or `terminal`.
    case cancelled(by: String)
    case resumed
    case upgraded
}
