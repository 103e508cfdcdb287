import AutoChecker
import AutoRuntime
import AutoSyntax
import Computing
import Diagnostics
import HTTPTypes
import Hummingbird
import OrderedCollections
import Values

private let statusParameter = Endpoint.Parameter(
    name: "status", place: .query, schema: ##"{"$ref":"#/components/schemas/Status"}"##,
    about: "Only those that stand so.")

private let batchParameter = Endpoint.Parameter(
    name: "batch_id", place: .query, schema: #"{"type":"string","format":"uuid"}"#,
    about: "Only those of this batch.")

private let lastEventID = Endpoint.Parameter(
    name: "Last-Event-ID", place: .header, schema: #"{"type":"string"}"#,
    about: "The id of the last event that came, where a stream is taken up again.")

/// No trace has more events than this: it is what `after` takes at the most.
private let mostEvents = Int(Int32.max)

let sessionContent = [Endpoint.Content(type: "application/json", schema: "Session")]

let sessionEndpoints: [Endpoint] = [
    Endpoint(
        method: .post, path: sessionsPath, scope: .run, operation: "start_session",
        summary: "Start a session",
        about:
            "Answers at once with the session, NEW. With an Idempotency-Key, the same request sent again answers with the session that the first one started.",
        parameters: [idempotencyKey("The same for each try of one start.")],
        body: [Endpoint.Content(type: "application/json", schema: "SessionInput")], isBodyRequired: false,
        answers: [
            Endpoint.Answer(status: 201, about: "The session, NEW.", content: sessionContent),
            Endpoint.Answer(
                status: 200, about: "The session that this Idempotency-Key started before.",
                content: sessionContent),
            Endpoint.Answer(
                status: 409, about: "A secret is not set on the server.", content: problemContent),
        ]
    ) { api, call in try await api.start(call) },
    Endpoint(
        method: .get, path: sessionsPath, scope: .read, operation: "list_sessions",
        summary: "List an automation's sessions, newest first",
        about:
            "With `view=summary`, without what may be large: inputs, steps and their results. Whole sessions may be many megabytes: they are written out one after the other. With `Accept: text/event-stream`, streams summaries: of the newest sessions, then of each that begins or changes, as events `session`; with the last event's id as `Last-Event-ID`, on behind that event.",
        parameters: [
            summaryView,
            statusParameter,
            batchParameter, lastEventID,
        ] + paging,
        answers: [
            Endpoint.Answer(
                status: 200, about: "The sessions. A Link header leads to the next page.",
                content: [
                    Endpoint.Content(
                        type: "application/json", schema: listOf("Session", "SessionSummary")),
                    Endpoint.Content(type: "text/event-stream", schema: "EventStream"),
                ])
        ]
    ) { api, call in try await api.listSessions(call) },
    Endpoint(
        method: .get, path: sessionPath, scope: .read, operation: "get_session", summary: "Get a session",
        about:
            "With `wait`, answers when the session changes (from what If-None-Match names, else from now), when it has ended, or when the time is over. With `Accept: text/event-stream`, streams the session, then each record as it changes: events `session`, `step` and `text` (a model's words as they come, `{ id, text }` with the id of the step record). What a model wrote into a running record before the stream began comes first, with `whole: true`: it stands in place of what the client has of it, and `left_out` bytes of it are kept no more. A record is never sent in an earlier state than before; with the last event's id as `Last-Event-ID`, the stream goes on behind that event.",
        parameters: [
            Endpoint.Parameter(
                name: "wait", place: .query,
                schema: #"{"type":"string","pattern":"^([0-9]|[1-5][0-9]|60)s$"}"#,
                about: "How long to wait for a change, at most 60s."),
            lastEventID,
        ],
        answers: [
            Endpoint.Answer(
                status: 200, about: "The session.",
                content: sessionContent + [Endpoint.Content(type: "text/event-stream", schema: "EventStream")]
            ),
            Endpoint.Answer(
                status: 204,
                about: "The session has ended, and Last-Event-ID names its last event: no event will come.",
                content: []),
        ]
    ) { api, call in
        if call.accepts("text/event-stream") {
            let session = try await api.session(call, withValues: false)
            return api.stream(session, behind: call.header("Last-Event-ID"))
        }
        return try await api.show(call)
    },
    Endpoint(
        method: .get, path: sessionPath + [.word("timeline")], scope: .read, operation: "get_timeline",
        summary: "When each step record of a session began and ended",
        about:
            "In the order in which they began, without what may be large. `visit` counts how often the step was come to; elements of `each` share their step's visit.",
        answers: [
            Endpoint.Answer(
                status: 200, about: "The step records.",
                content: [Endpoint.Content(type: "application/json", schema: listOf("TimelineRow"))])
        ]
    ) { api, call in try await api.timeline(call) },
    Endpoint(
        method: .get, path: sessionPath + [.word("result")], scope: .read, operation: "get_result",
        summary: "What a session gave",
        about:
            "Of each step by which it came to its end, in the order of the file: one, unless the branches of a fork go on to the end each by itself. A step with `each` gives the list of what its elements gave. A result is written as in a step record: a text as it is, anything else as JSON.",
        answers: [
            Endpoint.Answer(
                status: 200, about: "The results.",
                content: [Endpoint.Content(type: "application/json", schema: listOf("StepResult"))]),
            Endpoint.Answer(
                status: 409, about: "The session has not finished, or has failed.", content: problemContent),
        ]
    ) { api, call in try await api.result(call) },
    Endpoint(
        method: .get, path: sessionPath + [.word("trace")], scope: .read, operation: "get_trace",
        summary: "What happened in a session besides its records",
        about:
            "In the order in which it happened: each try of a step, each question to a model with its tokens and what it cost, each request over HTTP, each process of PYTHON code, and what was done with the session as a whole. What an event is about is in its step record, `step_record_id`.",
        parameters: [
            Endpoint.Parameter(
                name: "after", place: .query,
                schema: #"{"type":"integer","minimum":0,"maximum":\#(mostEvents),"default":0}"#,
                about: "How many events to leave out: those that came before."),
            limitParameter,
        ],
        answers: [
            Endpoint.Answer(
                status: 200, about: "The events. A Link header leads to the next page.",
                content: [Endpoint.Content(type: "application/json", schema: listOf("TraceEvent"))])
        ]
    ) { api, call in try await api.trace(call) },
    Endpoint(
        method: .get, path: [.word("sessions")], scope: .read, operation: "list_all_sessions",
        summary: "List the sessions of all automations, newest first",
        about:
            "As summaries, without what may be large. With `waiting=true`, only those that wait for a person, each with its questions. With `Accept: text/event-stream`, streams them: the newest, then each that begins or changes, as events `session`; one that no longer matches is sent once more as it is then. With the last event's id as `Last-Event-ID`, the stream goes on behind that event.",
        parameters: [
            statusParameter,
            Endpoint.Parameter(
                name: "automation_id", place: .query, schema: #"{"type":"string","format":"uuid"}"#,
                about: "Only those of this automation."),
            batchParameter,
            Endpoint.Parameter(
                name: "waiting", place: .query, schema: #"{"type":"boolean","default":false}"#,
                about: "Only those that wait for a person."),
            Endpoint.Parameter(
                name: "q", place: .query, schema: #"{"type":"string","maxLength":\#(longestSearch)}"#,
                about:
                    "Only those in which this text is found: in the automation's name, the session's id, its error, or the beginning of its inputs. Looked for in the newest \(SessionQuery.searched) sessions."
            ),
            lastEventID,
        ] + paging,
        answers: [
            Endpoint.Answer(
                status: 200, about: "The sessions. A Link header leads to the next page.",
                content: [
                    Endpoint.Content(type: "application/json", schema: listOf("SessionSummary")),
                    Endpoint.Content(type: "text/event-stream", schema: "EventStream"),
                ])
        ]
    ) { api, call in try await api.listAllSessions(call) },
]

extension SessionHeader {
    var hasEnded: Bool { status.isEnd }
}

extension StepRecord {
    var hasEnded: Bool { status.isEnd }
}

extension Status {
    /// All that there are, for a sentence.
    static let inWords = Diagnostics.inWords(allCases.map(\.rawValue), quoted: "")
}

extension SessionRecord {
    /// Different for every state that a session goes through; the same whether or not the record was read with its values.
    ///
    /// A step that calls a session once more is RUNNING as before, perhaps within the same second: then it names another
    /// session.
    var tag: String {
        let begun = steps.count { $0.status != .new }
        let ended = steps.count(where: \.hasEnded)
        let changed = steps.reduce(header.updatedAt) { max($0, $1.updatedAt) }
        let called = steps.filter { $0.status == .running }.compactMap { $0.calledSession?.text }
        let names = String(Delivery.digest(called.joined().utf8), radix: 36)
        return
            "W/\"\(steps.count).\(begun).\(ended).\(changed).\(names).\(header.status.rawValue)\""
    }
}

extension API {
    /// A session of an automation that is served, or that was while the session was under way.
    ///
    /// - Parameter withValues: false for records without results, and with the prompts of what runs only.
    func session(_ call: Call, withValues: Bool = true) async throws -> StoredSession {
        let automation = try call.automation
        guard
            let session = try await store.session(
                try call.session, of: automation, withValues: withValues),
            session.automation.path.isEmpty
                || parts.served.shows(session.record.header.id, of: automation)
        else { throw Refusal.notFound }
        return session
    }

    fileprivate func trace(_ call: Call) async throws -> Response {
        let id = try await session(call, withValues: false).record.header.id
        let after = try call.number("after", in: 0...mostEvents) ?? 0
        let limit = try call.limit()
        let events = try await store.trace(of: id, after: after, limit: limit)
        let next = events.count == limit ? String(after + limit) : nil
        let bytes = await onOwnThread { _ in
            var bytes: [UInt8] = []
            JSON.append(.list(events.map(\.json)), to: &bytes)
            return bytes
        }
        return .bytes(bytes, "application/json", headers: call.link("after", to: next))
    }

    fileprivate func start(_ call: Call) async throws -> Response {
        let version = try await startable(try await entry(try call.automation).automation)
        var given = MapValue()
        if !call.body.isEmpty {
            let body = try call.object(known: ["inputs"])
            switch body["inputs"] {
            case nil, .null: break
            case .map(let map): given = map
            default:
                throw Refusal(
                    .unprocessableContent, at: ["body", "inputs"], "object_type", "expected an object")
            }
        }
        let inputs = try taken(given, version, at: ["body", "inputs"])
        let started = try await engine.start(version, inputs: inputs, key: try key(call))
        return try await created(started, version)
    }

    /// What is given, as a version's inputs take it, with the defaults of those that are not given.
    ///
    /// - Parameter place: where in the request they stand.
    func taken(_ given: MapValue, _ version: ReadyVersion, at place: [String]) throws(Refusal) -> Value {
        let (inputs, problems) = fitInputs(version.plan.automation.inputs, given)
        guard problems.isEmpty else {
            throw Refusal(
                .unprocessableContent,
                items: problems.map { problem in
                    Refusal.item(
                        (place + [problem.input]).map(Value.string), problem.errorType, problem.message)
                })
        }
        return .map(inputs)
    }

    func key(_ call: Call) throws -> String? {
        guard let key = call.header("Idempotency-Key") else { return nil }
        guard (1...255).contains(key.utf8.count), key.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
            throw Refusal(
                .unprocessableContent, at: ["header", "Idempotency-Key"], "string_length",
                "expected 1 to 255 visible characters of ASCII")
        }
        return key
    }

    /// The session as it began, whatever has become of it since; one of an earlier try as it is.
    ///
    /// - Parameters:
    ///   - new: the status of the answer for a session that has begun now.
    ///   - repeated: the status of the answer for one of an earlier try.
    func created(
        _ started: StartedSession, _ version: ReadyVersion, new status: HTTPStatus = .created,
        repeated: HTTPStatus = .ok
    ) async throws -> Response {
        let id = started.id
        var headers = HTTPFields()
        headers[.location] = "/automations/\(version.stored.id.text)/sessions/\(id.text)"
        if let begun = started.begun { return .json(begun.json, status, headers: headers) }
        guard let session = try await store.session(id, of: nil) else { throw Refusal.notFound }
        return await .json(session.record, repeated, headers: headers)
    }

    /// What a client knows already is told by states alone; the rest is read only for who is shown it.
    fileprivate func show(_ call: Call) async throws -> Response {
        let known = call.request.headers[.ifNoneMatch]
        let session = try await session(call, withValues: false)
        var record = session.record
        if let text = call.query("wait") {
            guard let seconds = seconds(text) else {
                throw call.unfit("wait", "duration", expected: "seconds up to 60s, such as 30s", found: text)
            }
            let tag = record.tag
            if !record.header.hasEnded, known == nil || Delivery.matches(known, tag) {
                record = try await change(of: session, from: tag, within: seconds) ?? record
            }
        }
        if Delivery.matches(known, record.tag) { return Delivery.notModified(record.tag) }
        let whole = try await self.session(call).record
        var headers = HTTPFields()
        headers[.eTag] = whole.tag
        return await .json(whole, headers: headers)
    }

    private func seconds(_ text: String) -> Int64? {
        guard text.hasSuffix("s"), let seconds = Int64(text.dropLast()), (0...60).contains(seconds),
            text.utf8.first != UInt8(ascii: "+"), text.utf8.first != UInt8(ascii: "-")
        else { return nil }
        return seconds
    }
}

extension Call {
    /// The body as an object that has no other keys.
    func object(known: [String]) throws(Refusal) -> MapValue {
        guard case .map(let map) = try json() else {
            throw Refusal(.unprocessableContent, at: ["body"], "object_type", "expected an object")
        }
        for key in map.entries.keys {
            let name = JSON.keyText(key)
            guard known.contains(name) else {
                throw Refusal(
                    .unprocessableContent, at: ["body", name], "extra_forbidden",
                    "there is no `\(name.prefix(60))` here: expected \(known.joined(separator: ", "))")
            }
        }
        return map
    }
}
