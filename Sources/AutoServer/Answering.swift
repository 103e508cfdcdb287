import AutoChecker
import AutoRuntime
import AutoSyntax
import Computing
import Diagnostics
import Hummingbird
import Values

extension API {
    /// What a session waits for: its own questions, then those of the sessions that it has called, with whom it waits.
    func allQuestions(_ session: StoredSession) async throws -> [Value] {
        var found = try await questions(session)
        guard !session.record.header.hasEnded else { return found }
        for inner in try await store.asking(below: session.record.header.id, most: API.mostCalled) {
            // One that cannot be read for now, say of a newer version, does not keep the others from being shown.
            found += (try? await questions(inner, isCalled: true)) ?? []
        }
        return found
    }

    /// How many called sessions are looked through for questions to show.
    private static let mostCalled = 100

    /// The questions of the steps that wait.
    ///
    /// - Parameter isCalled: whether they are shown with the session that has called this one.
    func questions(_ session: StoredSession, isCalled: Bool = false) async throws -> [Value] {
        let version = try await versions.ready(session.automation)
        let waiting = session.record.waiting
        let elements = try await elements(waiting, session, version)
        return try waiting.map { step in
            let asked = try asked(step, version)
            let deadline = answerDeadline(version.plan.automation.steps[step.stepIndex], step)
            return .record([
                ("id", .string(step.id.text)), ("step", .string(asked.step)),
                ("element", elements[step.id]?.json ?? .null),
                ("visit", visit(step, session, version).map { .int(Int64($0)) } ?? .null),
                ("message", .string(asked.message)),
                ("choices", .list(asked.choices.map { .string($0.text) })),
                ("default", asked.defaultAnswer ?? .null), ("schema", asked.type.jsonSchema),
                ("asked_at", timeText(step.updatedAt)),
                ("deadline", deadline.map { timeText($0 / 1_000_000_000) } ?? .null),
                ("asked_in", isCalled ? session.named : .null),
            ])
        }
    }

    /// Which visit of its step a record is of, from 1; nil where the step has `each`, whose elements are told by themselves.
    private func visit(_ step: StepRecord, _ session: StoredSession, _ version: ReadyVersion) -> Int? {
        guard version.plan.automation.steps[step.stepIndex].each == nil else { return nil }
        let own = session.record.steps.filter { $0.stepIndex == step.stepIndex }
        return own.firstIndex { $0.id == step.id }.map { $0 + 1 }
    }

    /// Which elements of `each` step records are of, by the records' ids.
    private func elements(_ records: [StepRecord], _ session: StoredSession, _ version: ReadyVersion)
        async throws -> [ID: Element]
    {
        let steps = version.plan.automation.steps
        // Only for these the whole session is read.
        guard records.contains(where: { steps[$0.stepIndex].each != nil }) else { return [:] }
        return try await elements.elements(of: session) { () async throws(StoreError) in
            guard let whole = try await store.session(session.record.header.id, of: nil)?.record else {
                return [:]
            }
            let visits = await onOwnThread(API.elementLimit) { limit in whole.visits(version.plan, limit) }
            return Dictionary(
                zip(whole.steps, visits).compactMap { step, visit in visit.element.map { (step.id, $0) } },
                uniquingKeysWith: { first, _ in first })
        }
    }

    private func asked(_ step: StepRecord, _ version: ReadyVersion) throws(Refusal) -> Question {
        do throws(StepFailure) {
            return try question(
                version.plan.automation.steps[step.stepIndex], step.prompt?.asMap ?? MapValue())
        } catch {
            throw Refusal(.conflict, error.message)
        }
    }

    /// Answers one step record that waits, and no other, whatever is asked meanwhile.
    func answer(_ call: Call) async throws -> Response {
        let session = try await session(call)
        let id = session.record.header.id
        let (given, step) = try answerBody(call)
        let body = JSON.text(.list([given, step.map(Value.string) ?? .null]))
        let key = try key(call).map { AnswerKey(key: $0, body: Token.hash(body)) }
        if let key, let before = try await store.outcome(of: key, in: id) {
            return try await answered(before, call)
        }
        let version = try await versions.ready(session.automation)
        if session.record.waiting.isEmpty, let elsewhere = try await askedElsewhere(session) {
            throw Refusal(.conflict, elsewhere)
        }
        let waiting = try addressee(step, session, version)
        let (outcome, value): (AnswerOutcome, Value)
        do {
            (outcome, value) = try await record(given, to: waiting, of: session, key: key)
        } catch let misfit as Misfit {
            throw Refusal(
                .unprocessableContent, at: ["body", "user_input"], "value_error",
                "the answer does not fit: \(misfit.text)")
        }
        // The record as it stands with the answer, before anything else has happened.
        let response = try await answered(outcome, call)
        if outcome == .recorded { goOn(session, with: value, to: waiting, by: call.token?.name) }
        return response
    }

    /// Where a session waits for a session that it has called, which has to be answered in its place; nil where it does not.
    private func askedElsewhere(_ session: StoredSession) async throws -> String? {
        let asking = try await store.asking(below: session.record.header.id, most: 2)
        guard let first = asking.first, !session.record.header.hasEnded else { return nil }
        let path =
            "/automations/\(first.automation.id.text)/sessions/\(first.record.header.id.text)/user_input"
        let others = asking.count > 1 ? ", and others: GET …/questions lists them" : ""
        return
            "\(API.nobodyWaits), but one that it has called does, of `\(first.automation.name)`\(others): answer there, PATCH \(path)"
    }

    /// Records an answer to a step record that waits.
    ///
    /// - Returns: what came of it, and the answer as it is recorded.
    /// - Throws: `Misfit` where the answer does not fit, `Refusal` where it comes too late.
    func record(_ given: Value, to waiting: StepRecord, of session: StoredSession, key: AnswerKey?)
        async throws -> (AnswerOutcome, Value)
    {
        let version = try await versions.ready(session.automation)
        let checked = version.plan.automation.steps[waiting.stepIndex]
        let now = parts.clock.now()
        if let late = lateness(checked, waiting, now: now) { throw Refusal(.conflict, late) }
        let value = try fitted(given, checked, waiting)
        let masked = Masker(secrets: try versions.secrets(version), modelKeys: parts.modelKeys).mask(value)
        let outcome = try await store.answer(
            session.record.header.id, step: waiting.id, with: masked, key: key, now: now / 1_000_000_000)
        return (outcome, masked)
    }

    /// Lets a session go on by an answer that has been recorded.
    ///
    /// - Parameter token: the name of whose token the answer came with; nil where none was needed.
    func goOn(
        _ session: StoredSession, with answer: Value, to waiting: StepRecord, by token: String?
    ) {
        let id = session.record.header.id
        let step = session.record.stepInfos[waiting.stepIndex].name
        SessionNews.answered(step: step, by: token).log(of: id, to: parts.log)
        hub.tell(id, of: session.automation.id, Hub.Event.changed)
        engine.goOn(id, answering: waiting.id, answer)
    }

    /// The question of a step record that waits.
    func openQuestion(_ waiting: StepRecord, of session: StoredSession) async throws -> Question {
        try asked(waiting, try await versions.ready(session.automation))
    }

    /// The answer, and for which step record or step it is.
    private func answerBody(_ call: Call) throws(Refusal) -> (answer: Value, step: String?) {
        let body = try call.object(known: ["user_input", "step"])
        guard let given = body["user_input"] else {
            throw Refusal(.unprocessableContent, at: ["body", "user_input"], "missing", "expected an answer")
        }
        guard let step = body["step"], !step.isNull else { return (given, nil) }
        guard let text = step.asText else {
            throw Refusal(
                .unprocessableContent, at: ["body", "step"], "string_type",
                "expected the id of a step record, or a step's name")
        }
        return (given, text)
    }

    private func addressee(_ step: String?, _ session: StoredSession, _ version: ReadyVersion) throws
        -> StepRecord
    {
        switch session.record.addressee(step.map { known($0, version) }) {
        case .one(let record): return record
        case .nobody:
            guard let step else { throw Refusal(.conflict, API.nobodyWaits) }
            let waiting = session.record.waiting.map { session.record.stepInfos[$0.stepIndex].name }
            let others =
                waiting.isEmpty
                ? "none waits" : "what waits is \(inWords(Set(waiting).sorted(), joiner: "and"))"
            throw Refusal(
                .conflict, "`\(step.prefix(100))` does not wait for an answer, or not any more: \(others)")
        case .several(let records):
            throw Refusal(
                .conflict,
                items: try records.map { record in
                    let asked = try asked(record, version)
                    return .record([
                        ("id", .string(record.id.text)), ("step", .string(asked.step)),
                        ("message", .string(asked.message)),
                        ("choices", .list(asked.choices.map { .string($0.text) })),
                    ])
                })
        }
    }

    /// The step that a client means by a name that the language does not take and that was changed when the
    /// automation came as JSON.
    private func known(_ step: String, _ version: ReadyVersion) -> String {
        let names = version.plan.automation.stepIndex
        guard ID(step) == nil, names[step] == nil else { return step }
        let name = importedName(step)
        return names[name] == nil ? step : name
    }

    private func answered(_ outcome: AnswerOutcome, _ call: Call) async throws -> Response {
        switch outcome {
        case .recorded, .repeated: return await .json(try await session(call).record)
        case .notWaiting: throw Refusal(.conflict, API.nobodyWaits)
        case .differs:
            throw Refusal(
                .unprocessableContent, at: ["header", "Idempotency-Key"], "idempotency_key_reused",
                "this key has given another answer: use a new key")
        }
    }

    private static let nobodyWaits = "no GET_USER_INPUT of this session waits for an answer"
}

extension StoredSession {
    /// What it is, for who is shown something of it beside another session.
    var named: Value {
        .record([
            ("id", .string(record.header.id.text)), ("automation_id", .string(automation.id.text)),
            ("automation_name", .string(automation.name)),
        ])
    }
}
