import AutoChecker
import AutoRuntime
import AutoSyntax
import Hummingbird
import Values

extension API {
    /// The questions of the steps that wait.
    func questions(_ session: StoredSession) async throws -> [Value] {
        let version = try await versions.ready(session.automation)
        return try session.record.waiting.map { step in
            let asked = try asked(step, version)
            return .record([
                ("id", .string(step.id.text)), ("step", .string(asked.step)),
                ("message", .string(asked.message)), ("choices", .list(asked.choices.map(Value.string))),
                ("default", asked.defaultAnswer ?? .null), ("schema", asked.type.jsonSchema),
            ])
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
        let waiting = try addressee(step, session, version)
        let checked = version.plan.automation.steps[waiting.stepIndex]
        let now = parts.clock.now()
        if let late = lateness(checked, waiting, now: now) { throw Refusal(.conflict, late) }
        let value: Value
        do throws(Misfit) { value = try fitted(given, checked, waiting) } catch {
            throw Refusal(
                .unprocessableContent, at: ["body", "user_input"], "value_error",
                "the answer does not fit: \(error.text)")
        }
        let masked = Masker(secrets: try versions.secrets(version), modelKeys: parts.modelKeys).mask(value)
        let outcome = try await store.answer(
            id, step: waiting.id, with: masked, key: key, now: now / 1_000_000_000)
        let response = try await answered(outcome, call)
        if outcome == .recorded {
            hub.tell(id, of: session.automation.id, Hub.Event.changed)
            engine.goOn(id, answering: waiting.id, masked)
        }
        return response
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
        switch session.record.addressee(step) {
        case .one(let record): return record
        case .nobody:
            guard let step else { throw Refusal(.conflict, API.nobodyWaits) }
            throw Refusal(
                .conflict,
                "`\(step.prefix(100))` does not wait for an answer, or not any more: `questions` lists what waits"
            )
        case .several(let records):
            throw Refusal(
                .conflict,
                items: try records.map { record in
                    let asked = try asked(record, version)
                    return .record([
                        ("id", .string(record.id.text)), ("step", .string(asked.step)),
                        ("message", .string(asked.message)),
                        ("choices", .list(asked.choices.map(Value.string))),
                    ])
                })
        }
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
