import AutoSyntax
package import CEL
package import Values

/// The type of data that comes in or goes out: inputs, results, replies.
package indirect enum DataType: Sendable, Hashable {
    case text
    case int
    case number
    case bool
    case json
    case bytes
    case url
    case list(DataType)
    case record([DataField], name: String)
    case oneOf([String])

    /// The words by which types are written.
    package static let names = TypeWord.allCases.map(\.rawValue)
}

/// A field of a record type.
package struct DataField: Sendable, Hashable {
    /// The field's name.
    package let name: String
    /// The type of its value.
    package let type: DataType
    /// Whether it may be left out or null.
    package let isOptional: Bool
    /// What it means; nil where nothing is written.
    package let documentation: String?

    package init(_ name: String, _ type: DataType, isOptional: Bool = false, documentation: String? = nil) {
        self.name = name
        self.type = type
        self.isOptional = isOptional
        self.documentation = documentation
    }
}

extension DataType {
    /// The type of such a value in expressions.
    package var expressionType: Type {
        switch self {
        case .text, .url: .string
        case .int: .int
        case .number: .double
        case .bool: .bool
        case .json: .dyn
        case .bytes: .bytes
        case .list(let element): .list(element.expressionType)
        case .record(let fields, let name):
            .record(
                RecordType(
                    name: name,
                    fields: fields.map { .init($0.name, $0.type.expressionType, isOptional: $0.isOptional) }))
        case .oneOf(let values): .oneOf(values)
        }
    }

    /// The type of data that such values of expressions are as JSON.
    init(_ type: Type) {
        switch type {
        case .string: self = .text
        case .int, .uint: self = .int
        case .double: self = .number
        case .bool: self = .bool
        case .bytes: self = .bytes
        case .oneOf(let values): self = .oneOf(values)
        case .list(let element): self = .list(DataType(element))
        // It may hold more, which a record would drop.
        case .record(let record) where record.role == .open: self = .json
        case .record(let record):
            self = .record(
                record.fields.map { DataField($0.name, DataType($0.type), isOptional: $0.isOptional) },
                name: record.name)
        case .dyn, .unknown, .null, .timestamp, .duration, .type, .map, .optional, .parameter: self = .json
        }
    }

    /// The type in the language's words.
    package var text: String {
        switch self {
        case .url: "url"
        case .list(let element): "list<\(element.text)>"
        case .text, .int, .number, .bool, .json, .bytes, .record, .oneOf: expressionType.text
        }
    }

    /// The type's JSON Schema (draft 2020-12).
    package var jsonSchema: Value {
        switch self {
        case .text: .record([("type", .string("string"))])
        case .int: .record([("type", .string("integer"))])
        case .number: .record([("type", .string("number"))])
        case .bool: .record([("type", .string("boolean"))])
        case .json: .record([])
        case .bytes: .record([("type", .string("string")), ("contentEncoding", .string("base64"))])
        case .url: .record([("type", .string("string")), ("format", .string("uri"))])
        case .list(let element): .record([("type", .string("array")), ("items", element.jsonSchema)])
        case .oneOf(let values):
            .record([("type", .string("string")), ("enum", .list(values.map(Value.string)))])
        case .record(let fields, _):
            .record([
                ("type", .string("object")),
                ("properties", .record(fields.map { ($0.name, $0.schema) })),
                ("required", .list(fields.filter { !$0.isOptional }.map { .string($0.name) })),
                ("additionalProperties", .bool(false)),
            ])
        }
    }
}

extension DataType {
    /// How deep its parts lie in one another.
    var depth: Int {
        switch self {
        case .text, .int, .number, .bool, .json, .bytes, .url, .oneOf: 1
        case .list(let element): 1 + element.depth
        case .record(let fields, _): 1 + (fields.map(\.type.depth).max() ?? 0)
        }
    }

    /// How many parts it has when it is written out; `most` where there are more.
    func size(atMost most: Int) -> Int {
        switch self {
        case .text, .int, .number, .bool, .json, .bytes, .url: 1
        case .oneOf(let values): min(most, 1 + values.count)
        case .list(let element): min(most, 1 + element.size(atMost: most))
        case .record(let fields, _):
            fields.reduce(1) { $0 >= most ? most : min(most, $0 + $1.type.size(atMost: most)) }
        }
    }
}

extension [CheckedInput] {
    /// The JSON Schema of the inputs as an object, with their defaults.
    package var jsonSchema: Value {
        .record([
            ("type", .string("object")),
            (
                "properties",
                .record(
                    map { input in
                        var schema = input.type.jsonSchema.asMap ?? MapValue()
                        if let about = input.documentation { schema["description"] = .string(about) }
                        if let value = input.defaultValue { schema["default"] = value }
                        return (input.name, .map(schema))
                    })
            ),
            ("required", .list(filter { $0.defaultValue == nil }.map { .string($0.name) })),
            ("additionalProperties", .bool(false)),
        ])
    }
}

extension DataField {
    fileprivate var schema: Value {
        var schema = type.jsonSchema.asMap ?? MapValue()
        if isOptional, let kind = schema["type"] { schema["type"] = .list([kind, .string("null")]) }
        if isOptional, let values = schema["enum"]?.asList { schema["enum"] = .list(values + [.null]) }
        if let documentation { schema["description"] = .string(documentation) }
        return .map(schema)
    }
}
