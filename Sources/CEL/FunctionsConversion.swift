import Values

/// `int(x)`, `string(x)` and the other conversions of the standard.
let conversionFunctions: [Overload] = [
    function("dyn", [.dyn], .dyn) { $0[0] },
    function("type", [.dyn], .type) { .type($0[0].typeName) },
    function("bool", [.bool], .bool) { $0[0] },
    function("bool", [.string], .bool) { (v) throws(EvaluationError) in
        switch v[0].asText ?? "" {
        case "true", "True", "TRUE", "t", "1": return .bool(true)
        case "false", "False", "FALSE", "f", "0": return .bool(false)
        default: throw cannotRead(v[0], as: "bool")
        }
    },
    function("int", [.int], .int) { $0[0] },
    function("int", [.uint], .int, toInt),
    function("int", [.double], .int, toInt),
    function("int", [.string], .int, toInt),
    function("int", [.timestamp], .int, toInt),
    function("uint", [.uint], .uint) { $0[0] },
    function("uint", [.int], .uint, toUint),
    function("uint", [.double], .uint, toUint),
    function("uint", [.string], .uint, toUint),
    function("double", [.double], .double) { $0[0] },
    function("double", [.int], .double) { .double($0[0].asDouble ?? 0) },
    function("double", [.uint], .double) { .double($0[0].asDouble ?? 0) },
    function("double", [.string], .double) { (v) throws(EvaluationError) in
        let text = v[0].asText ?? ""
        guard !text.isEmpty,
            let value = Double(text == "Infinity" ? "inf" : text == "-Infinity" ? "-inf" : text)
        else { throw cannotRead(v[0], as: "double") }
        // Digits that are more than a double holds are not the infinity that somebody may write by its name.
        if value.isInfinite, text.utf8.contains(where: { (0x30...0x39).contains($0) }) {
            throw EvaluationError(.overflow, "\(JSON.text(v[0])) is too large for a double")
        }
        return .double(value)
    },
    function("string", [.string], .string) { $0[0] },
    function("string", [.bool], .string, toText),
    function("string", [.int], .string, toText),
    function("string", [.uint], .string, toText),
    function("string", [.double], .string, toText),
    function("string", [.bytes], .string, toText),
    function("string", [.timestamp], .string, toText),
    function("string", [.duration], .string, toText),
    function("bytes", [.bytes], .bytes) { $0[0] },
    function("bytes", [.string], .bytes) { .bytes(Array(($0[0].asText ?? "").utf8)) },
    function("timestamp", [.timestamp], .timestamp) { $0[0] },
    function("timestamp", [.string], .timestamp) { (v) throws(EvaluationError) in
        guard let time = Timestamp(text: v[0].asText ?? "") else {
            throw cannotRead(v[0], as: "timestamp (RFC 3339)")
        }
        return .timestamp(time)
    },
    function("timestamp", [.int], .timestamp) { (v) throws(EvaluationError) in
        guard case .int(let seconds) = v[0], let time = Timestamp(seconds: seconds, nanoseconds: 0) else {
            throw EvaluationError(.outOfRange, "a timestamp lies between the years 1 and 9999")
        }
        return .timestamp(time)
    },
    function("duration", [.duration], .duration) { $0[0] },
    function("duration", [.string], .duration) { (v) throws(EvaluationError) in
        guard let duration = Duration(text: v[0].asText ?? "") else { throw cannotRead(v[0], as: "duration") }
        return .duration(duration)
    },
]

private func cannotRead(_ value: Value, as type: String) -> EvaluationError {
    EvaluationError(
        .invalidArgument, "\(brief(value)) cannot be read as \(type.hasPrefix("i") ? "an" : "a") \(type)")
}

private func toText(_ values: [Value]) throws(EvaluationError) -> Value { .string(try textOf(values[0])) }

private func toInt(_ values: [Value]) throws(EvaluationError) -> Value {
    switch values[0] {
    case .uint(let value):
        guard let int = Int64(exactly: value) else { throw outOfRange(values[0], "int") }
        return .int(int)
    case .double(let value):
        // The two ends themselves are refused: a double there may stand for a number beyond.
        guard value > -0x1p63, value < 0x1p63 else { throw outOfRange(values[0], "int") }
        return .int(Int64(value))
    case .string(let text):
        guard let int = Int64(text) else { throw cannotRead(values[0], as: "int") }
        return .int(int)
    case .timestamp(let time): return .int(time.seconds)
    case .null, .bool, .int, .bytes, .list, .map, .duration, .type, .optional:
        throw cannotRead(values[0], as: "int")
    }
}

private func toUint(_ values: [Value]) throws(EvaluationError) -> Value {
    switch values[0] {
    case .int(let value):
        guard let uint = UInt64(exactly: value) else { throw outOfRange(values[0], "uint") }
        return .uint(uint)
    case .double(let value):
        guard value > -1, value < 0x1p64 else { throw outOfRange(values[0], "uint") }
        return .uint(UInt64(value))
    case .string(let text):
        guard let uint = UInt64(text) else { throw cannotRead(values[0], as: "uint") }
        return .uint(uint)
    case .null, .bool, .uint, .bytes, .list, .map, .duration, .timestamp, .type, .optional:
        throw cannotRead(values[0], as: "uint")
    }
}

private func outOfRange(_ value: Value, _ type: String) -> EvaluationError {
    EvaluationError(.outOfRange, "\(brief(value)) does not fit \(type)")
}
