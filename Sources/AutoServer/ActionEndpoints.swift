import AutoChecker
import AutoRuntime
import AutoSyntax
import Hummingbird
import Values

let actionEndpoints: [Endpoint] = [
    Endpoint(
        method: .get, path: sessionPath + [.word("questions")], scope: .read, operation: "get_questions",
        summary: "What a session waits to be told",
        answers: [
            Endpoint.Answer(
                status: 200, about: "The waiting GET_USER_INPUT steps; empty when none waits.",
                content: [Endpoint.Content(type: "application/json", schema: listOf("Question"))])
        ]
    ) { api, call in .json(.list(try await api.questions(try await api.session(call)))) },
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
        let id = session.record.header.id
        if session.record.header.hasEnded { return .json(session.record.json) }
        try await api.engine.cancel(id)
        return .json(try await api.session(call).record.json)
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
    fileprivate func rerun(_ call: Call) async throws -> Response {
        let session = try await session(call)
        // Who is not served any more starts nothing.
        _ = try await entry(try call.automation)
        let body = try call.object(known: ["from"])
        guard let from = body["from"]?.asText else {
            throw Refusal(.unprocessableContent, at: ["body", "from"], "missing", "expected a step's name")
        }
        let record = session.record
        guard let first = record.steps.firstIndex(where: { record.stepInfos[$0.stepIndex].name == from })
        else {
            throw Refusal(.conflict, "the session never came to a step `\(from.prefix(100))`")
        }
        let version = try await versions.ready(session.automation)
        let taken = record.steps[..<first].filter { $0.status == .finished || $0.status == .failed }
        let id = try await engine.start(version, inputs: record.header.inputs, taking: Array(taken))
        return try await created(id, true, version, record.header.inputs)
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
        let id = try await engine.start(version, inputs: record.header.inputs, taking: taken)
        return try await created(id, true, version, record.header.inputs)
    }
}
