import AutoChecker
import AutoRuntime
import AutoSyntax
import Hummingbird
import Values

let actionEndpoints: [Endpoint] = [
    Endpoint(
        method: .get, path: sessionPath + [.word("questions")], scope: .read, operation: "get_questions",
        summary: "What a session waits to be told",
        about:
            "Its own questions, and those of the sessions that it has called: these are answered there, as `asked_in` says.",
        answers: [
            Endpoint.Answer(
                status: 200, about: "The questions; empty when none waits.",
                content: [Endpoint.Content(type: "application/json", schema: listOf("Question"))])
        ]
    ) { api, call in .json(.list(try await api.allQuestions(try await api.session(call)))) },
    Endpoint(
        method: .patch, path: sessionPath + [.word("user_input")], scope: .run, operation: "answer_session",
        summary: "Answer the waiting GET_USER_INPUT",
        about:
            "The answer is checked against the step's result, recorded, and the session goes on. It answers the one step record that waits; where several wait, `step` says which. With an Idempotency-Key, the same request sent again answers once.",
        parameters: [idempotencyKey("The same for each try of one answer.")],
        body: [Endpoint.Content(type: "application/json", schema: "UserInput")],
        answers: [
            Endpoint.Answer(status: 200, about: "The session.", content: sessionContent),
            Endpoint.Answer(
                status: 409,
                about:
                    "No step waits for this answer, its time is over, or several wait: then `detail` lists them.",
                content: [Endpoint.Content(type: "application/json", schema: "AnswerProblem")]),
        ]
    ) { api, call in try await api.answer(call) },
    Endpoint(
        method: .patch, path: sessionPath + [.word("cancel")], scope: .run, operation: "cancel_session",
        summary: "Cancel a session",
        about:
            "Takes no body. Nothing of the session runs on. One that has ended comes back unchanged, so the call can be repeated.",
        answers: [Endpoint.Answer(status: 200, about: "The session, ended.", content: sessionContent)]
    ) { api, call in
        let session = try await api.session(call)
        if session.record.header.hasEnded { return await .json(session.record) }
        try await api.cancel(session, by: call.token?.name)
        return await .json(try await api.session(call).record)
    },
    Endpoint(
        method: .post, path: sessionPath + [.word("rerun")], scope: .run, operation: "rerun_session",
        summary: "Start a new session that takes over what ran before a visit of a step",
        about:
            "A step that ran several times, in a loop or by `each`, has a record for each visit. The body names one: `from` by the step's name, which means its first, or as `draft#20`; `record` by the step record's id.",
        body: [Endpoint.Content(type: "application/json", schema: "Rerun")],
        answers: [
            Endpoint.Answer(status: 201, about: "The new session, NEW.", content: sessionContent),
            Endpoint.Answer(
                status: 409,
                about: "The session has no such visit, or a secret is not set on the server.",
                content: problemContent),
        ]
    ) { api, call in try await api.rerun(call) },
    Endpoint(
        method: .post, path: sessionPath + [.word("retry")], scope: .run, operation: "retry_session",
        summary: "Start a new session that goes on from where a FAILED one failed",
        about:
            "Takes no body. What finished is taken over, elements of `each` included; what failed runs anew, by the same Idempotency-Keys.",
        answers: [
            Endpoint.Answer(status: 201, about: "The new session, NEW.", content: sessionContent),
            Endpoint.Answer(
                status: 409, about: "The session has not FAILED, or a secret is not set on the server.",
                content: problemContent),
        ]
    ) { api, call in try await api.retry(call) },
]

extension API {
    /// Ends a session that has not ended; comes back when nothing of it runs any more.
    ///
    /// - Parameter token: the name of whose token asked for it; nil where none was needed.
    func cancel(_ session: StoredSession, by token: String?) async throws(StoreError) {
        let id = session.record.header.id
        SessionNews.cancelled(by: token).log(of: id, to: parts.log)
        try await store.note(.cancelled(by: token ?? ""), in: id, now: parts.clock.now())
        try await engine.cancel(id, of: session.automation.id)
    }

    fileprivate func rerun(_ call: Call) async throws -> Response {
        let session = try await session(call)
        // Who is not served any more starts nothing.
        _ = try await entry(try call.automation)
        let version = try await versions.ready(session.automation)
        let visit = try visit(call)
        let taken: [StepRecord]
        do throws(VisitProblem) {
            taken = try session.record.recordsToRerun(
                from: visit, of: version.plan.automation, now: parts.clock.now() / 1_000_000_000)
        } catch {
            throw Refusal(.conflict, error.message)
        }
        return try await startAgain(session, version, taking: taken)
    }

    /// Which step record a request names: by its id, or by its step and which time that ran.
    private func visit(_ call: Call) throws(Refusal) -> VisitName {
        let body = try call.object(known: ["from", "record"])
        switch (body["from"], body["record"]) {
        case (.string(let text), nil):
            do throws(VisitProblem) { return try VisitName(text: text) } catch {
                throw Refusal(
                    .unprocessableContent, at: ["body", "from"], "string_pattern_mismatch", error.message)
            }
        case (nil, .string(let text)):
            guard let id = ID(text) else {
                throw Refusal(
                    .unprocessableContent, at: ["body", "record"], "uuid_parsing",
                    "expected the id of a step record, found \(text.prefix(60))")
            }
            return .record(id)
        case (nil, nil):
            throw Refusal(
                .unprocessableContent, at: ["body"], "missing",
                "expected `from`, a step's name such as draft or draft#20, or `record`, a step record's id")
        case (.some, .some):
            throw Refusal(
                .unprocessableContent, at: ["body"], "extra_forbidden",
                "expected either `from` or `record`, found both")
        case (.some, nil), (nil, .some):
            throw Refusal(
                .unprocessableContent, at: ["body", body["from"] == nil ? "record" : "from"], "string_type",
                "expected text")
        }
    }

    fileprivate func retry(_ call: Call) async throws -> Response {
        let session = try await session(call)
        _ = try await entry(try call.automation)
        let record = session.record
        guard record.header.status == .failed else {
            throw Refusal(
                .conflict,
                "only a session that FAILED can be tried again: this one is \(record.header.status.rawValue)")
        }
        let version = try await versions.ready(session.automation)
        let taken = record.recordsToRetry(
            version.plan.automation, now: parts.clock.now() / 1_000_000_000)
        return try await startAgain(session, version, taking: taken)
    }

    /// A new session of the same version and inputs, which begins with records of this one.
    private func startAgain(_ session: StoredSession, _ version: ReadyVersion, taking: [StepRecord])
        async throws -> Response
    {
        let taken = try await store.takenOver(taking, from: session.record, now: parts.clock.now())
        let started = try await engine.start(
            version, inputs: session.record.header.inputs, taking: taken)
        return try await created(started, version)
    }
}
