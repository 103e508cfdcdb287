import AutoChecker
import AutoRuntime
import Values

/// What an automation gives, as the structured content of a tool.
///
/// The protocol has objects only: a record stands for itself, anything else in the field `result`. A run that waits for a
/// person has no result yet: then the field `waiting` says for what.
struct ToolOutput {
    private let type: DataType
    private let mayWait: Bool
    private let isWrapped: Bool

    private static let result = "result"
    static let waiting = "waiting"

    init(_ automation: CheckedAutomation) {
        type = automation.result
        mayWait = automation.mayAskPerson
        isWrapped =
            if case .record(let fields, _) = automation.result {
                fields.contains { $0.name == ToolOutput.waiting }
            } else { true }
    }

    /// The JSON Schema of all that can come.
    var schema: Value {
        let result = ended
        guard mayWait, var map = result.asMap else { return result }
        var properties = map["properties"]?.asMap ?? MapValue()
        properties[ToolOutput.waiting] = ToolOutput.waitingSchema
        map["properties"] = .map(properties)
        let required = map["required"] ?? .list([])
        map["required"] = nil
        map["anyOf"] = .list([
            .record([("required", required)]),
            .record([("required", .list([.string(ToolOutput.waiting)]))]),
        ])
        return .map(map)
    }

    /// The JSON Schema of what a run gives that has come to its end.
    private var ended: Value {
        guard isWrapped else { return type.jsonSchema }
        return .record([
            ("type", .string("object")), ("properties", .record([(ToolOutput.result, type.jsonSchema)])),
            ("required", .list([.string(ToolOutput.result)])), ("additionalProperties", .bool(false)),
        ])
    }

    private static let waitingSchema = Value.record([
        ("type", .string("object")),
        ("description", .string("Instead of a result: the session waits for a person.")),
        (
            "properties",
            .record([
                ("session_id", .record([("type", .string("string"))])),
                (
                    "questions",
                    .record([
                        ("type", .string("array")), ("items", .record([("type", .string("object"))])),
                    ])
                ),
            ])
        ),
        ("required", .list([.string("session_id"), .string("questions")])),
    ])

    /// What a finished session gave.
    ///
    /// - Throws: where that is not what the automation says that it gives.
    func structured(_ record: SessionRecord, _ plan: Plan) throws(Misfit) -> (text: String, value: Value) {
        let value = try type.fit(record.results(plan).together)
        return (resultText(value), isWrapped ? .record([(ToolOutput.result, value)]) : value)
    }
}
