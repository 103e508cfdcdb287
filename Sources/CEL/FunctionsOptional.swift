import Values

private let a = Type.parameter("A")

/// Optional values.
let optionalFunctions: [Overload] = [
    function("optional.of", [a], .optional(a)) { .optional($0[0]) },
    function("optional.none", [], .optional(.dyn)) { _ in .optional(nil) },
    function("optional.ofNonZeroValue", [a], .optional(a)) {
        isZero($0[0]) ? .optional(nil) : .optional($0[0])
    },
    method("hasValue", [.optional(a)], .bool) { .bool(inner($0[0]) != nil) },
    method("value", [.optional(a)], a) { (v) throws(EvaluationError) in
        guard let value = inner(v[0]) else {
            throw EvaluationError(.invalidArgument, "optional.none() dereference")
        }
        return value
    },
    method("or", [.optional(a), .optional(a)], .optional(a)) { inner($0[0]) == nil ? $0[1] : $0[0] },
    method("orValue", [.optional(a), a], a) { inner($0[0]) ?? $0[1] },
]

private func inner(_ value: Value) -> Value? {
    if case .optional(let inner) = value { inner } else { value }
}

private func isZero(_ value: Value) -> Bool {
    switch value {
    case .null: true
    case .bool(let value): !value
    case .int(let value): value == 0
    case .uint(let value): value == 0
    case .double(let value): value == 0
    case .string(let value): value.isEmpty
    case .bytes(let value): value.isEmpty
    case .list(let value): value.isEmpty
    case .map(let value): value.count == 0
    case .duration(let value): value == Duration(nanoseconds: 0)
    case .timestamp(let value): value == Timestamp(seconds: 0, nanoseconds: 0)
    case .type: false
    case .optional(let value): value == nil
    }
}
