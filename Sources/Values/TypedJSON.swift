import OrderedCollections

/// Values in the JSON mapping of `cel.expr.Value`, which tells an int, a uint and a double apart.
package enum TypedJSON {
    /// The value in this form.
    package static func encode(_ value: Value) -> Value {
        switch value {
        case .null: .record([("nullValue", .null)])
        case .bool(let bool): .record([("boolValue", .bool(bool))])
        case .int(let int): .record([("int64Value", .string(String(int)))])
        case .uint(let uint): .record([("uint64Value", .string(String(uint)))])
        case .double(let double):
            .record([
                (
                    "doubleValue",
                    double.isFinite
                        ? .double(double)
                        : .string(double.isNaN ? "NaN" : double > 0 ? "Infinity" : "-Infinity")
                )
            ])
        case .string(let text): .record([("stringValue", .string(text))])
        case .bytes(let bytes): .record([("bytesValue", .string(base64(bytes)))])
        case .type(let name): .record([("typeValue", .string(name))])
        case .list(let list): .record([("listValue", .record([("values", .list(list.map(encode)))]))])
        case .map(let map):
            .record([
                (
                    "mapValue",
                    .record([
                        (
                            "entries",
                            .list(
                                map.entries.map {
                                    .record([("key", encode($0.key)), ("value", encode($0.value))])
                                })
                        )
                    ])
                )
            ])
        case .timestamp(let time): object("google.protobuf.Timestamp", .string(time.text))
        case .duration(let duration): object("google.protobuf.Duration", .string(duration.text))
        case .optional(let inner):
            .record([("optionalValue", inner.map { .record([("value", encode($0))]) } ?? .record([]))])
        }
    }

    private static func object(_ type: String, _ value: Value) -> Value {
        .record([
            ("objectValue", .record([("@type", .string("type.googleapis.com/" + type)), ("value", value)]))
        ])
    }

    /// The value that this form stands for.
    ///
    /// - Throws: when it is not of this form.
    package static func decode(_ value: Value) throws(JSONError) -> Value {
        guard let map = value.asMap, let (key, inner) = map.entries.elements.first, map.count == 1 else {
            throw wrong("an object with one key such as int64Value")
        }
        switch key.asText {
        case "nullValue": return .null
        case "boolValue": return inner
        case "int64Value":
            guard let int = inner.asText.flatMap({ Int64($0) }) ?? inner.asInt.map(Int64.init) else {
                throw wrong("an int64")
            }
            return .int(int)
        case "uint64Value":
            guard
                let uint = inner.asText.flatMap({ UInt64($0) })
                    ?? inner.asInt.flatMap({ UInt64(exactly: $0) })
            else { throw wrong("a uint64") }
            return .uint(uint)
        case "doubleValue":
            if let double = inner.asDouble { return .double(double) }
            guard let double = inner.asText.flatMap({ Double($0) }) else { throw wrong("a double") }
            return .double(double)
        case "stringValue": return inner
        case "bytesValue":
            guard let bytes = inner.asText.flatMap({ decodeBase64($0) }) else { throw wrong("base64") }
            return .bytes(bytes)
        case "typeValue": return .type(inner.asText ?? "")
        case "listValue":
            var list: [Value] = []
            for item in inner.asMap?["values"]?.asList ?? [] { list.append(try decode(item)) }
            return .list(list)
        case "mapValue":
            var result = MapValue()
            for entry in inner.asMap?["entries"]?.asList ?? [] {
                result[key: try decode(entry.asMap?["key"] ?? .null)] = try decode(
                    entry.asMap?["value"] ?? .null)
            }
            return .map(result)
        case "objectValue": return try object(inner)
        case "optionalValue":
            guard let present = inner.asMap?["value"] else { return .optional(nil) }
            return .optional(try decode(present))
        default: throw wrong("a key such as int64Value")
        }
    }

    private static func object(_ value: Value) throws(JSONError) -> Value {
        let text = value.asMap?["value"]?.asText ?? ""
        let type = value.asMap?["@type"]?.asText ?? ""
        if type.hasSuffix("google.protobuf.Timestamp"), let time = Timestamp(text: text) {
            return .timestamp(time)
        }
        if type.hasSuffix("google.protobuf.Duration"), let duration = Duration(text: text) {
            return .duration(duration)
        }
        throw wrong("a Timestamp or a Duration")
    }

    private static func wrong(_ expected: String) -> JSONError {
        JSONError(message: "expected \(expected) in a typed value", offset: 0)
    }
}
