import OrderedCollections

/// JSON from which every value comes back as it was: how inputs, prompts, results and answers of the outside
/// are kept.
///
/// What JSON has is written as JSON, so that most of what is kept can be read by anybody. What JSON has not
/// is an object whose only key begins with `$` and says what it is: `{"$bytes": "aGk="}`, `{"$uint": "7"}`,
/// `{"$duration": "1.5s"}`, `{"$timestamp": "2024-01-01T00:00:00Z"}`, `{"$double": "NaN"}`, `{"$type":
/// "int"}`, `{"$optional": [value]}` or `{"$optional": []}`. A map that JSON cannot hold, or that would be
/// taken for one of these, is `{"$map": [[key, value], …]}`.
package enum KeptJSON {
    /// The text that a value is kept as.
    package static func text(_ value: Value) -> String {
        // A look costs less than a copy, and most values need none.
        isPlain(value) ? JSON.text(value) : JSON.text(json(value))
    }

    /// - Throws: for a text that is no JSON, or has an object with a single key `$…` that is none of the
    ///   above.
    package static func value(_ text: String) throws(JSONError) -> Value {
        let parsed = try JSON.parse(text)
        return isPlain(parsed) ? parsed : try value(parsed)
    }

    /// The value made of what JSON has.
    package static func json(_ value: Value) -> Value {
        switch value {
        case .null, .bool, .int, .string: value
        case .double(let double):
            double.isFinite
                ? value : tagged("double", double.isNaN ? "NaN" : double > 0 ? "Infinity" : "-Infinity")
        case .uint(let uint): tagged("uint", String(uint))
        case .bytes(let bytes): tagged("bytes", base64(bytes))
        case .timestamp(let time): tagged("timestamp", time.text)
        case .duration(let duration): tagged("duration", duration.text)
        case .type(let name): tagged("type", name)
        case .optional(let inner): .record([("$optional", .list(inner.map { [json($0)] } ?? []))])
        case .list(let list): .list(list.map(json))
        case .map(let map):
            isObject(map)
                ? .record(map.entries.elements.map { ($0.key.asText ?? "", json($0.value)) })
                : .record([
                    ("$map", .list(map.entries.elements.map { .list([json($0.key), json($0.value)]) }))
                ])
        }
    }

    /// The value of which `json` made this.
    ///
    /// - Throws: as `value` for a text.
    package static func value(_ json: Value) throws(JSONError) -> Value {
        switch json {
        case .null, .bool, .int, .uint, .double, .string, .bytes, .timestamp, .duration, .type, .optional:
            return json
        case .list(let list):
            var values: [Value] = []
            values.reserveCapacity(list.count)
            for item in list { values.append(try value(item)) }
            return .list(values)
        case .map(let map):
            guard isObject(map) else { return try untagged(map) }
            var result = MapValue()
            for (key, item) in map.entries.elements { result[key: key] = try value(item) }
            return .map(result)
        }
    }

    /// Whether the value is written as the same JSON that it is read from.
    private static func isPlain(_ value: Value) -> Bool {
        switch value {
        case .null, .bool, .int, .string: true
        case .double(let double): double.isFinite
        case .uint, .bytes, .timestamp, .duration, .type, .optional: false
        case .list(let list): list.allSatisfy(isPlain)
        case .map(let map): isObject(map) && map.entries.values.allSatisfy(isPlain)
        }
    }

    /// Whether a map is an object of JSON, and is not taken for a value that JSON has not.
    private static func isObject(_ map: MapValue) -> Bool {
        if map.count == 1, let key = map.entries.keys.first?.asText, key.utf8.first == UInt8(ascii: "$") {
            return false
        }
        return map.entries.keys.allSatisfy { $0.asText != nil }
    }

    private static func tagged(_ tag: String, _ text: String) -> Value {
        .record([("$" + tag, .string(text))])
    }

    private static func untagged(_ map: MapValue) throws(JSONError) -> Value {
        guard let (key, inner) = map.entries.elements.first, let tag = key.asText else {
            throw wrong("an object")
        }
        switch tag {
        case "$optional":
            guard let list = inner.asList, list.count < 2 else { throw wrong("one value or none", tag) }
            guard let first = list.first else { return .optional(nil) }
            return .optional(try value(first))
        case "$map":
            var result = MapValue()
            for entry in inner.asList ?? [] {
                guard let pair = entry.asList, pair.count == 2 else { throw wrong("keys and values", tag) }
                result[key: try value(pair[0])] = try value(pair[1])
            }
            return .map(result)
        default:
            guard let text = inner.asText, let value = leaf(tag, text) else {
                throw wrong("a value that this kind has", tag)
            }
            return value
        }
    }

    private static func leaf(_ tag: String, _ text: String) -> Value? {
        switch tag {
        case "$bytes": decodeBase64(text).map(Value.bytes)
        case "$uint": UInt64(text).map(Value.uint)
        case "$duration": Duration(text: text).map(Value.duration)
        case "$timestamp": Timestamp(text: text).map(Value.timestamp)
        case "$type": .type(text)
        case "$double":
            switch text {
            case "NaN": .double(.nan)
            case "Infinity": .double(.infinity)
            case "-Infinity": .double(-.infinity)
            default: nil
            }
        default: nil
        }
    }

    private static func wrong(_ expected: String, _ tag: String = "") -> JSONError {
        JSONError(message: tag.isEmpty ? "expected \(expected)" : "`\(tag)`: expected \(expected)", offset: 0)
    }
}
