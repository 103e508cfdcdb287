import AutoChecker
import AutoRuntime
import MCP
import Values

/// A question of a step that the person at the client is asked.
struct ClientQuestion {
    let tools: ServedTools
    let call: ServerCall
    let question: AskedQuestion

    /// What came of asking.
    enum Outcome: Sendable, Hashable {
        case answered
        /// The person does not want to answer here, or has done so too late.
        case refused
        /// The question is no longer open.
        case overtaken
    }

    /// How often a person is asked whose answer does not fit.
    private static let tries = 3

    private var api: API { tools.api }

    /// Asks until an answer fits, the person has had enough, or somebody else has answered.
    func ask() async throws -> Outcome {
        let asked = try await api.openQuestion(question.record, of: question.session)
        // A client's form knows choices only as texts.
        let form =
            asked.choices.isEmpty
            ? AnswerForm(asked.type, default: asked.defaultAnswer)
            : AnswerForm(
                .oneOf(asked.choices.map(\.text)), default: asked.offeredDefault.map(Value.string))
        var problem = ""
        for _ in 0..<ClientQuestion.tries {
            guard let answer = await answer(problem + asked.message, form.schema) else { return .overtaken }
            guard case .given(let fields) = answer else { return .refused }
            do {
                let (outcome, value) = try await api.record(
                    form.answer(from: fields), to: question.record, of: question.session, key: nil)
                guard outcome == .recorded else { return .overtaken }
                api.goOn(question.session, with: value, to: question.record, by: tools.client)
                return .answered
            } catch let misfit as Misfit {
                problem = "The answer does not fit: \(misfit.text).\n"
            } catch is Refusal {
                // The time is over: whoever ends the step has the next word.
                return .refused
            }
        }
        return .refused
    }

    /// The person's answer; nil where the question is no longer open.
    private func answer(_ message: String, _ schema: Value) async -> ClientAnswer? {
        await withTaskGroup(of: ClientAnswer?.self) { group in
            group.addTask { await call.ask(message, schema) }
            group.addTask {
                await untilNotOpen()
                return nil
            }
            let first = await group.next() ?? nil
            group.cancelAll()
            return first
        }
    }

    private func untilNotOpen() async {
        let id = question.session.record.header.id
        let watching = api.hub.watch(id)
        defer { watching.end() }
        guard await isOpen(id) else { return }
        for await event in watching.events {
            switch event {
            case .text, .tick: continue
            case .session, .step, .changed: if await !isOpen(id) { return }
            }
        }
    }

    private func isOpen(_ id: ID) async -> Bool {
        // A store that cannot be read just now does not take a question away.
        guard let session = try? await api.store.session(id, of: nil, withValues: false) else { return true }
        return session.record.waiting.contains { $0.id == question.record.id }
    }
}

/// The form by which an answer of a type is asked for: an object of plain fields, as the protocol has it.
struct AnswerForm {
    let schema: Value
    private let isRecord: Bool

    private static let field = "answer"

    /// - Parameter value: the answer of who leaves the field as it is; nil for none.
    init(_ type: DataType, default value: Value?) {
        if case .record(let fields, _) = type, !fields.isEmpty, fields.allSatisfy({ $0.type.isPlain }) {
            isRecord = true
            schema = .record([
                ("type", .string("object")),
                ("properties", .record(fields.map { ($0.name, $0.plainSchema) })),
                ("required", .list(fields.filter { !$0.isOptional }.map { .string($0.name) })),
            ])
            return
        }
        isRecord = false
        var plain = type.plainSchema
        if type.isPlain, let value { plain["default"] = value }
        schema = .record([
            ("type", .string("object")), ("properties", .record([(AnswerForm.field, .map(plain))])),
            ("required", .list([.string(AnswerForm.field)])),
        ])
    }

    /// The answer that a filled-in form holds; not checked yet.
    func answer(from fields: MapValue) -> Value {
        isRecord ? .map(fields) : fields[AnswerForm.field] ?? .null
    }
}

extension DataType {
    /// Whether a form has a field for it.
    fileprivate var isPlain: Bool {
        switch self {
        case .text, .int, .number, .bool, .url, .oneOf: true
        case .json, .bytes, .list, .record: false
        }
    }

    /// The schema of a field of a form; what a form has no field for is written as JSON.
    fileprivate var plainSchema: MapValue {
        if isPlain { return jsonSchema.asMap ?? MapValue() }
        return MapValue(record: [
            ("type", .string("string")), ("description", .string("\(text), written as JSON")),
        ])
    }
}

extension DataField {
    /// An optional field of a form is left out, and never null.
    fileprivate var plainSchema: Value {
        var schema = type.plainSchema
        if let documentation { schema["description"] = .string(documentation) }
        return .map(schema)
    }
}
