import CEL
import StepKinds
package import Values

// How the trace is kept and shown: JSON, whose keys never change their meaning. A key whose value is not known
// is there, and `null`. Times that something took are in milliseconds.

extension TraceEvent {
    /// What `event` is in the trace.
    package enum Word: String, Sendable, Hashable, CaseIterable {
        case attempt
        case model
        case asking
        case http
        case process
        case session
        case tools
        case tool
        case origins
    }

    /// `{ at, step_record_id, event, attempt, data }`.
    package var json: Value {
        .record([
            ("at", .string(preciseTimeText(at))),
            ("step_record_id", record.map { .string($0.text) } ?? .null),
            ("event", .string(happening.word.rawValue)),
            ("attempt", attempt.map { .int(Int64($0)) } ?? .null),
            ("data", happening.data),
        ])
    }
}

extension TraceEvent.Happening {
    package var word: TraceEvent.Word {
        switch self {
        case .attempt: .attempt
        case .model: .model
        case .asking: .asking
        case .http: .http
        case .process: .process
        case .session: .session
        case .tools: .tools
        case .tool: .tool
        case .origins: .origins
        }
    }

    /// A JSON object.
    package var data: Value {
        switch self {
        case .attempt(let end): end.data
        case .model(let call): call.data
        case .asking(let question): question.data
        case .http(let exchange): exchange.data
        case .process(let end): end.data
        case .session(let turn): turn.data
        case .tools(let round): round.data
        case .tool(let end): end.data
        case .origins(let provenance): provenance.data
        }
    }

    /// Reads what `data` gave; nil for anything else.
    package init?(_ word: TraceEvent.Word, data: Value) {
        guard let map = data.asMap else { return nil }
        let fields = Fields(map: map)
        switch word {
        case .attempt: self = .attempt(AttemptEnd(fields))
        case .model: self = .model(ModelCall(fields))
        case .asking: self = .asking(ModelQuestion(fields))
        case .http: self = .http(HTTPExchange(fields))
        case .process: self = .process(ProcessEnd(fields))
        case .session:
            guard let turn = SessionTurn(fields) else { return nil }
            self = .session(turn)
        case .tools:
            guard let round = ToolRound(data: map) else { return nil }
            self = .tools(round)
        case .tool:
            guard let end = ToolEnd(data: map) else { return nil }
            self = .tool(end)
        case .origins: self = .origins(Provenance(fields))
        }
    }

    /// The same with its texts masked; numbers are none of anybody's secrets.
    package func masked(_ mask: (String) -> String) -> Self {
        switch self {
        case .attempt(let end):
            return .attempt(
                AttemptEnd(
                    time: end.time, kind: end.kind?.masked(mask), message: mask(end.message),
                    delay: end.delay))
        case .model(var call):
            call.model = mask(call.model)
            call.answered = call.answered.map(mask)
            call.finish = call.finish.map(mask)
            call.raw = call.raw.map(mask)
            call.note = call.note.map(mask)
            return .model(call)
        case .asking(var question):
            question.model = mask(question.model)
            return .asking(question)
        case .http(let exchange):
            return .http(
                HTTPExchange(
                    method: mask(exchange.method), url: mask(exchange.url), status: exchange.status,
                    bytes: exchange.bytes, redirects: exchange.redirects, isRecorded: exchange.isRecorded,
                    isCached: exchange.isCached))
        case .process(let end):
            return .process(
                ProcessEnd(
                    exitCode: end.exitCode, processorTime: end.processorTime, peakMemory: end.peakMemory,
                    standardOutput: mask(end.standardOutput), standardError: mask(end.standardError)))
        // Paths and the names of steps are the author's words.
        case .session, .origins: return self
        case .tools(let round): return .tools(round.masked(mask))
        case .tool(let end): return .tool(end.masked(mask))
        }
    }
}

/// RFC 3339, UTC, milliseconds.
///
/// - Parameter nanoseconds: since 1970.
package func preciseTimeText(_ nanoseconds: Int64) -> String {
    let milliseconds = nanoseconds / 1_000_000
    let rest = String(milliseconds % 1_000)
    return CivilTime(secondsSince1970: milliseconds / 1_000).text + "."
        + String(repeating: "0", count: max(0, 3 - rest.utf8.count)) + rest + "Z"
}

/// A JSON object as it is read back.
private struct Fields {
    let map: MapValue

    func text(_ key: String) -> String? { map[key]?.asText }
    func int(_ key: String) -> Int? { map[key]?.asInt }
    func double(_ key: String) -> Double? { map[key]?.asDouble }
    func bool(_ key: String) -> Bool { map[key]?.asBool ?? false }

    /// Nanoseconds, kept as milliseconds; nil for what no time is that something took.
    func time(_ key: String) -> Int64? {
        double(key).flatMap { Int64(exactly: ($0 * 1e6).rounded()) }.flatMap {
            (0...TraceEvent.longest).contains($0) ? $0 : nil
        }
    }

    /// A number of tokens; nil for what none is.
    func tokens(_ key: String) -> Int? {
        int(key).flatMap { (0..<ModelCall.Tokens.most).contains($0) ? $0 : nil }
    }
}

/// Nanoseconds as milliseconds.
private func milliseconds(_ time: Int64?) -> Value { time.map { .double(Double($0) / 1e6) } ?? .null }

private func optional(_ text: String?) -> Value { text.map(Value.string) ?? .null }

private func optional(_ number: Int?) -> Value { number.map { .int(Int64($0)) } ?? .null }

extension AttemptEnd {
    fileprivate var data: Value {
        .record([
            ("ok", .bool(kind == nil)), ("kind", optional(kind?.word)),
            ("message", kind == nil ? .null : .string(message)), ("time_ms", milliseconds(time)),
            ("delay_ms", milliseconds(delay)),
        ])
    }

    fileprivate init(_ fields: Fields) {
        self.init(
            time: fields.time("time_ms") ?? 0, kind: fields.text("kind").map(FailureKind.init(word:)),
            message: fields.text("message") ?? "", delay: fields.time("delay_ms"))
    }
}

extension ModelCall {
    fileprivate var data: Value {
        .record([
            ("provider", .string(provider)), ("model", .string(model)), ("answered", optional(answered)),
            ("finish", optional(finish)), ("tokens_in", optional(tokens.input)),
            ("tokens_out", optional(tokens.output)), ("tokens_cached", optional(tokens.cached)),
            ("tokens_kept", optional(tokens.kept)), ("tokens_kept_hour", optional(tokens.keptForAnHour)),
            ("tokens_reasoning", optional(tokens.reasoning)),
            ("tokens_estimated", .bool(tokens.areEstimated)),
            ("dollars", dollars.map(Value.double) ?? .null), ("first_token_ms", milliseconds(firstToken)),
            ("broken_off", .bool(isBrokenOff)),
            ("dollars_at_most", mostDollars.map(Value.double) ?? .null),
            ("from_cache", .bool(isCached)), ("raw", optional(raw)), ("note", optional(note)),
            ("batch", optional(batch)),
        ])
    }

    fileprivate init(_ fields: Fields) {
        self.init(
            provider: fields.text("provider") ?? "", model: fields.text("model") ?? "",
            tokens: Tokens(
                input: fields.tokens("tokens_in") ?? 0, output: fields.tokens("tokens_out") ?? 0,
                cached: fields.tokens("tokens_cached"), reasoning: fields.tokens("tokens_reasoning"),
                areEstimated: fields.bool("tokens_estimated")))
        tokens.kept = fields.tokens("tokens_kept")
        tokens.keptForAnHour = fields.tokens("tokens_kept_hour")
        answered = fields.text("answered")
        finish = fields.text("finish")
        dollars = fields.double("dollars")
        isBrokenOff = fields.bool("broken_off")
        mostDollars = fields.double("dollars_at_most")
        firstToken = fields.time("first_token_ms")
        isCached = fields.bool("from_cache")
        raw = fields.text("raw")
        note = fields.text("note")
        batch = fields.int("batch")
    }
}

extension ModelQuestion {
    fileprivate var data: Value {
        .record([
            ("provider", .string(provider)), ("model", .string(model)), ("tokens_in", optional(inputTokens)),
            ("tokens_estimated", .bool(true)),
            ("dollars_at_most", mostDollars.map(Value.double) ?? .null), ("batch", optional(batch)),
        ])
    }

    fileprivate init(_ fields: Fields) {
        self.init(
            provider: fields.text("provider") ?? "", model: fields.text("model") ?? "",
            inputTokens: fields.tokens("tokens_in") ?? 0, mostDollars: fields.double("dollars_at_most"),
            batch: fields.int("batch"))
    }
}

extension HTTPExchange {
    fileprivate var data: Value {
        .record([
            ("method", .string(method)), ("url", .string(url)), ("status", optional(status)),
            ("bytes", optional(bytes)), ("redirects", optional(redirects)), ("recorded", .bool(isRecorded)),
            ("from_cache", .bool(isCached)),
        ])
    }

    fileprivate init(_ fields: Fields) {
        self.init(
            method: fields.text("method") ?? "", url: fields.text("url") ?? "", status: fields.int("status"),
            bytes: fields.int("bytes") ?? 0, redirects: fields.int("redirects") ?? 0,
            isRecorded: fields.bool("recorded"), isCached: fields.bool("from_cache"))
    }
}

extension ProcessEnd {
    fileprivate var data: Value {
        .record([
            ("exit_code", optional(exitCode)), ("cpu_ms", milliseconds(processorTime)),
            ("peak_memory", optional(peakMemory)), ("stdout", .string(standardOutput)),
            ("stderr", .string(standardError)),
        ])
    }

    fileprivate init(_ fields: Fields) {
        self.init(
            exitCode: fields.int("exit_code"), processorTime: fields.time("cpu_ms"),
            peakMemory: fields.int("peak_memory"), standardOutput: fields.text("stdout") ?? "",
            standardError: fields.text("stderr") ?? "")
    }
}

extension Origin {
    /// `{ step, source }`.
    var data: Value { .record([("step", .string(step)), ("source", .string(source))]) }

    /// Reads what `data` gave; nil for anything else.
    init?(data: Value) {
        guard let map = data.asMap, let step = map["step"]?.asText, let source = map["source"]?.asText else {
            return nil
        }
        self.init(step: step, source: source)
    }
}

extension Provenance {
    /// `{ fields: { "body.note": [{ step, source }] } }`.
    fileprivate var data: Value {
        let fields = fields.map { field in
            (field.path, Value.list(field.origins.map(\.data)))
        }
        return .record([("fields", .record(fields))])
    }

    fileprivate init(_ fields: Fields) {
        let entries = fields.map["fields"]?.asMap?.entries.map { ($0.key, $0.value) } ?? []
        self.init(
            fields: entries.map { key, value in
                Field(
                    path: JSON.keyText(key), origins: (value.asList ?? []).compactMap(Origin.init(data:)))
            })
    }
}

extension SessionTurn {
    /// What `turn` is in the trace.
    private enum Word: String {
        case takenOver = "taken_over"
        case cancelled
        case resumed
        case upgraded
    }

    fileprivate var data: Value {
        let (word, by): (Word, String?) =
            switch self {
            case .takenOver: (.takenOver, nil)
            case .cancelled(let by): (.cancelled, by)
            case .resumed: (.resumed, nil)
            case .upgraded: (.upgraded, nil)
            }
        return .record([("turn", .string(word.rawValue)), ("by", optional(by))])
    }

    fileprivate init?(_ fields: Fields) {
        switch fields.text("turn").flatMap(Word.init(rawValue:)) {
        case .takenOver: self = .takenOver
        case .cancelled: self = .cancelled(by: fields.text("by") ?? "")
        case .resumed: self = .resumed
        case .upgraded: self = .upgraded
        case nil: return nil
        }
    }
}
