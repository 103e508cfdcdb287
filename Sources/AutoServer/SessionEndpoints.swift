import AutoChecker
import AutoRuntime
import AutoSyntax
import CEL
import HTTPTypes
import Hummingbird
import OrderedCollections

private let sessionsPath: [Endpoint.Segment] = [
    .word("automations"), .id("automation_id"), .word("sessions"),
]
let sessionPath = sessionsPath + [.id("session_id")]
let sessionContent = [Endpoint.Content(type: "application/json", schema: "Session")]

let sessionEndpoints: [Endpoint] = [
    Endpoint(
        method: .post, path: sessionsPath, scope: .run, operation: "start_session",
        summary: "Start a session",
        about:
            "Answers at once with the session, NEW. With an Idempotency-Key, the same request sent again answers with the session that the first one started.",
        parameters: [
            Endpoint.Parameter(
                name: "Idempotency-Key", place: .header,
                schema: #"{"type":"string","minLength":1,"maxLength":255,"pattern":"^[!-~]+$"}"#,
                about: "The same for each try of one start.")
        ],
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
        parameters: [
            Endpoint.Parameter(
                name: "status", place: .query,
                schema: #"{"type":"string","enum":["NEW","RUNNING","FINISHED","FAILED"]}"#,
                about: "Only those that stand so.")
        ] + paging,
        answers: [
            Endpoint.Answer(
                status: 200, about: "The sessions. A Link header leads to the next page.",
                content: [Endpoint.Content(type: "application/json", schema: listOf("Session"))])
        ]
    ) { api, call in
        let automation = try api.entry(try call.automation).automation.id
        var status: Status?
        if let text = call.query("status") {
            guard let known = Status(rawValue: text) else {
                throw Refusal(
                    .unprocessableContent, at: ["query", "status"], "enum",
                    "expected NEW, RUNNING, FINISHED or FAILED, found \(text.prefix(60))")
            }
            status = known
        }
        let limit = try call.limit()
        let sessions = try api.store.sessions(
            of: automation, status: status, limit: limit, before: try call.cursor())
        let next = sessions.count == limit ? sessions.last?.header.id : nil
        return .json(.list(sessions.map(\.json)), headers: call.link(to: next))
    },
    Endpoint(
        method: .get, path: sessionPath, scope: .read, operation: "get_session", summary: "Get a session",
        about:
            "With `wait`, answers when the session changes (from what If-None-Match names, else from now), when it has ended, or when the time is over. With `Accept: text/event-stream`, streams the session, then each record as it changes: events `session`, `step` and `text` (a model's words as they come).",
        parameters: [
            Endpoint.Parameter(
                name: "wait", place: .query,
                schema: #"{"type":"string","pattern":"^([0-9]|[1-5][0-9]|60)s$"}"#,
                about: "How long to wait for a change, at most 60s."),
            Endpoint.Parameter(
                name: "If-None-Match", place: .header, schema: #"{"type":"string"}"#,
                about: "The ETag of the record that is known already."),
        ],
        answers: [
            Endpoint.Answer(
                status: 200, about: "The session.",
                content: sessionContent + [Endpoint.Content(type: "text/event-stream", schema: "EventStream")]
            ),
            Endpoint.Answer(status: 304, about: "It is still as If-None-Match names it.", content: []),
        ]
    ) { api, call in
        let session = try api.session(call)
        if call.accepts("text/event-stream") { return api.stream(session) }
        return try await api.show(session, call)
    },
]

let actionEndpoints: [Endpoint] = [
    Endpoint(
        method: .get, path: sessionPath + [.word("questions")], scope: .read, operation: "get_questions",
        summary: "What a session waits to be told",
        answers: [
            Endpoint.Answer(
                status: 200, about: "The waiting GET_USER_INPUT steps; empty when none waits.",
                content: [Endpoint.Content(type: "application/json", schema: listOf("Question"))])
        ]
    ) { api, call in .json(.list(try api.questions(try api.session(call)))) },
    Endpoint(
        method: .patch, path: sessionPath + [.word("user_input")], scope: .run, operation: "answer_session",
        summary: "Answer the waiting GET_USER_INPUT",
        about:
            "The answer is checked against the step's result, recorded, and the session goes on. Where several steps wait, `step` names one, else the first is meant.",
        body: [Endpoint.Content(type: "application/json", schema: "UserInput")],
        answers: [
            Endpoint.Answer(status: 200, about: "The session.", content: sessionContent),
            Endpoint.Answer(status: 409, about: "No step waits for an answer.", content: problemContent),
        ]
    ) { api, call in try await api.answer(call) },
    Endpoint(
        method: .patch, path: sessionPath + [.word("cancel")], scope: .run, operation: "cancel_session",
        summary: "Cancel a session",
        about:
            "Takes no body. Nothing of the session runs on. One that has ended comes back unchanged, so the call can be repeated.",
        answers: [Endpoint.Answer(status: 200, about: "The session, ended.", content: sessionContent)]
    ) { api, call in
        let session = try api.session(call)
        let id = session.record.header.id
        if session.record.header.hasEnded { return .json(session.record.json) }
        try await api.engine.cancel(id)
        return .json(try api.session(call).record.json)
    },
    Endpoint(
        method: .post, path: sessionPath + [.word("rerun")], scope: .run, operation: "rerun_session",
        summary: "Start a new session that takes over what ran before a step",
        body: [Endpoint.Content(type: "application/json", schema: "Rerun")],
        answers: [
            Endpoint.Answer(status: 201, about: "The new session, NEW.", content: sessionContent),
            Endpoint.Answer(
                status: 409,
                about: "The session never came to this step, or a secret is not set on the server.",
                content: problemContent),
        ]
    ) { api, call in try await api.rerun(call) },
]

extension SessionHeader {
    var hasEnded: Bool { status == .finished || status == .failed }
}

extension StepRecord {
    var hasEnded: Bool { status == .finished || status == .failed }
}

extension SessionRecord {
    /// Whether a step waits for a person.
    func waits(_ step: StepRecord) -> Bool {
        step.status == .running && stepInfos[step.stepIndex].type == .getUserInput
    }

    /// Different for every state that a session goes through.
    var tag: String {
        let begun = steps.count { $0.status != .new }
        let ended = steps.count { $0.status == .finished || $0.status == .failed }
        return "\"\(steps.count).\(begun).\(ended).\(header.status.rawValue)\""
    }
}

extension API {
    func session(_ call: Call) throws -> StoredSession {
        guard let session = try store.session(try call.session, of: try call.automation) else {
            throw Refusal.notFound
        }
        return session
    }

    fileprivate func start(_ call: Call) async throws -> Response {
        let version = try ready(try call.automation)
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
        let inputs: Value
        do throws(InputProblem) { inputs = try fittedInputs(version.plan.automation.inputs, given) } catch {
            let type =
                switch error.kind {
                case .unknown: "extra_forbidden"
                case .missing: "missing"
                case .misfit: "value_error"
                }
            throw Refusal(
                .unprocessableContent, at: ["body", "inputs", error.input], type, error.message)
        }
        let (id, isNew) = try await engine.start(version, inputs: inputs, key: try key(call))
        return try created(id, isNew, version, inputs)
    }

    private func key(_ call: Call) throws -> String? {
        guard let name = HTTPField.Name("Idempotency-Key"), let key = call.request.headers[name] else {
            return nil
        }
        guard (1...255).contains(key.utf8.count), key.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
            throw Refusal(
                .unprocessableContent, at: ["header", "Idempotency-Key"], "string_length",
                "expected 1 to 255 visible characters of ASCII")
        }
        return key
    }

    /// The session as it began, whatever has become of it since; one of an earlier try as it is.
    func created(_ id: ID, _ isNew: Bool, _ version: ReadyVersion, _ inputs: Value) throws -> Response {
        guard let session = try store.session(id, of: nil) else { throw Refusal.notFound }
        var headers = HTTPFields()
        headers[.location] = "/automations/\(version.stored.id.text)/sessions/\(id.text)"
        guard isNew else { return .json(session.record.json, headers: headers) }
        let header = session.record.header
        let new = SessionRecord(
            header: SessionHeader(
                id: id, automationID: header.automationID, inputs: header.inputs, status: .new, error: nil,
                createdAt: header.createdAt, updatedAt: header.createdAt), steps: [],
            stepInfos: session.record.stepInfos)
        return .json(new.json, .created, headers: headers)
    }

    fileprivate func show(_ session: StoredSession, _ call: Call) async throws -> Response {
        let known = call.request.headers[.ifNoneMatch]
        var record = session.record
        if let text = call.query("wait") {
            guard let seconds = seconds(text) else {
                throw Refusal(
                    .unprocessableContent, at: ["query", "wait"], "duration",
                    "expected seconds up to 60s, such as 30s, found \(text.prefix(60))")
            }
            let tag = record.tag
            if !record.header.hasEnded, known == nil || known == tag {
                record = try await change(of: session, from: tag, within: seconds) ?? record
            }
        }
        var headers = HTTPFields()
        headers[.eTag] = record.tag
        guard known != record.tag else { return Response(status: .notModified, headers: headers) }
        return .json(record.json, headers: headers)
    }

    private func seconds(_ text: String) -> Int64? {
        guard text.hasSuffix("s"), let seconds = Int64(text.dropLast()), (0...60).contains(seconds),
            text.utf8.first != UInt8(ascii: "+"), text.utf8.first != UInt8(ascii: "-")
        else { return nil }
        return seconds
    }

    /// The questions of the steps that wait.
    fileprivate func questions(_ session: StoredSession) throws -> [Value] {
        let record = session.record
        guard !record.header.hasEnded else { return [] }
        let version = try versions.ready(session.automation)
        return try record.steps.filter { record.waits($0) }.map { step in
            let asked: Question
            do throws(StepFailure) {
                asked = try question(
                    version.plan.automation.steps[step.stepIndex], step.prompt?.asMap ?? MapValue())
            } catch {
                throw Refusal(.conflict, error.message)
            }
            return .record([
                ("id", .string(step.id.text)), ("step", .string(asked.step)),
                ("message", .string(asked.message)), ("choices", .list(asked.choices.map(Value.string))),
                ("default", asked.defaultAnswer ?? .null), ("schema", asked.type.jsonSchema),
            ])
        }
    }

    fileprivate func answer(_ call: Call) async throws -> Response {
        let session = try session(call)
        let body = try call.object(known: ["user_input", "step"])
        guard let given = body["user_input"] else {
            throw Refusal(.unprocessableContent, at: ["body", "user_input"], "missing", "expected an answer")
        }
        if let step = body["step"], !step.isNull, step.asText == nil {
            throw Refusal(
                .unprocessableContent, at: ["body", "step"], "string_type", "expected a step's name")
        }
        let name = body["step"]?.asText
        let infos = session.record.stepInfos
        let waiting = session.record.steps.first { record in
            session.record.waits(record) && (name == nil || infos[record.stepIndex].name == name)
        }
        guard let waiting, !session.record.header.hasEnded else { throw Refusal(.conflict, API.noneWaits) }
        let version = try versions.ready(session.automation)
        let value: Value
        do throws(Misfit) {
            let step = version.plan.automation.steps[waiting.stepIndex]
            value = try fitted(given, step, waiting)
        } catch {
            throw Refusal(
                .unprocessableContent, at: ["body", "user_input"], "value_error",
                "the answer does not fit: \(error.text)")
        }
        let masked = Masker(try versions.secrets(version)).mask(value)
        let now = parts.clock.now() / 1_000_000_000
        let id = session.record.header.id
        guard try await store.answer(id, step: waiting.id, with: masked, now: now) else {
            throw Refusal(.conflict, API.noneWaits)
        }
        let answered = try self.session(call)
        hub.tell(id, Hub.Event.changed)
        engine.goOn(id, answering: waiting.id, masked)
        return .json(answered.record.json)
    }

    private static let noneWaits = "no GET_USER_INPUT of this session waits for an answer"

    fileprivate func rerun(_ call: Call) async throws -> Response {
        let session = try session(call)
        let body = try call.object(known: ["from"])
        guard let from = body["from"]?.asText else {
            throw Refusal(.unprocessableContent, at: ["body", "from"], "missing", "expected a step's name")
        }
        let record = session.record
        guard let first = record.steps.firstIndex(where: { record.stepInfos[$0.stepIndex].name == from })
        else {
            throw Refusal(.conflict, "the session never came to a step `\(from.prefix(100))`")
        }
        let version = try versions.ready(session.automation)
        let taken = record.steps[..<first].filter { $0.status == .finished || $0.status == .failed }
        let id = try await engine.start(version, inputs: record.header.inputs, taking: Array(taken))
        return try created(id, true, version, record.header.inputs)
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
