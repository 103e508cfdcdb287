import AutoChecker
import Values

extension DataType {
    /// The schema that a provider is given for a reply of this type, within the rules of OpenAI's strict mode,
    /// which the others take as well: each field is required, one that may be left out can be null instead, and
    /// no other fields are allowed. What a schema of strict mode cannot say is said in its description.
    ///
    /// The outermost value has to be an object, so that any type but a record stands in the field `value` of one.
    var replySchema: Value {
        if case .record = self { return .map(strictSchema) }
        return .map(DataType.record([DataField("value", self)], name: "").strictSchema)
    }

    /// Whether strict mode can hold all of the type: data of any shape has no place in it.
    var isStrict: Bool {
        switch self {
        case .record(let fields, _): fields.allSatisfy { $0.type.isStrict }
        case .list(let element): element.isStrict
        case .json: false
        case .text, .int, .number, .bool, .bytes, .url, .oneOf: true
        }
    }

    fileprivate var strictSchema: MapValue {
        switch self {
        case .text, .int, .number, .bool, .json, .oneOf: jsonSchema.asMap ?? MapValue()
        case .url: described("an absolute url, such as https://example.org/page")
        case .bytes: described("bytes in base64")
        case .list(let element):
            MapValue(record: [("type", .string("array")), ("items", .map(element.strictSchema))])
        case .record(let fields, _):
            MapValue(record: [
                ("type", .string("object")),
                ("properties", .record(fields.map { ($0.name, .map($0.strictSchema)) })),
                ("required", .list(fields.map { .string($0.name) })),
                ("additionalProperties", .bool(false)),
            ])
        }
    }

    private func described(_ words: String) -> MapValue {
        MapValue(record: [("type", .string("string")), ("description", .string(words))])
    }
}

extension DataField {
    fileprivate var strictSchema: MapValue {
        var schema = type.strictSchema
        if isOptional, let kind = schema["type"] { schema["type"] = .list([kind, .string("null")]) }
        if isOptional, let values = schema["enum"]?.asList { schema["enum"] = .list(values + [.null]) }
        if let documentation {
            let rule = schema["description"]?.asText.map { " (\($0))" } ?? ""
            schema["description"] = .string(documentation + rule)
        }
        return schema
    }
}
