import Values

/// The math extension.
let mathFunctions: [Overload] =
    [
        function("math.greatest", [.dyn], .dyn, variadic: true) { (v) throws(EvaluationError) in
            try extreme(v, .greater)
        },
        function("math.least", [.dyn], .dyn, variadic: true) { (v) throws(EvaluationError) in
            try extreme(v, .less)
        },
        rounding("math.ceil") { $0.rounded(.up) },
        rounding("math.floor") { $0.rounded(.down) },
        rounding("math.round") { $0.rounded(.toNearestOrAwayFromZero) },
        rounding("math.trunc") { $0.rounded(.towardZero) },
        test("math.isNaN") { $0.isNaN },
        test("math.isInf") { $0.isInfinite },
        test("math.isFinite") { $0.isFinite },
        function("math.abs", [.double], .double) { .double(abs($0[0].asDouble ?? 0)) },
        function("math.abs", [.uint], .uint) { $0[0] },
        function("math.abs", [.int], .int) { (v) throws(EvaluationError) in
            guard int(v, 0) != .min else { throw EvaluationError(.overflow, "math.abs of the smallest int") }
            return .int(abs(int(v, 0)))
        },
        function("math.sign", [.double], .double) { v in
            let value = v[0].asDouble ?? 0
            return .double(value.isNaN ? value : value > 0 ? 1 : value < 0 ? -1 : 0)
        },
        function("math.sign", [.int], .int) { .int(int($0, 0).signum()) },
        function("math.sign", [.uint], .uint) { .uint(uint($0, 0).signum()) },
        function("math.bitNot", [.int], .int) { .int(~int($0, 0)) },
        function("math.bitNot", [.uint], .uint) { .uint(~uint($0, 0)) },
        function("math.bitShiftLeft", [.int, .int], .int) { (v) throws(EvaluationError) in
            .int(try shift(v) >= 64 ? 0 : int(v, 0) << int(v, 1))
        },
        function("math.bitShiftLeft", [.uint, .int], .uint) { (v) throws(EvaluationError) in
            .uint(try shift(v) >= 64 ? 0 : uint(v, 0) << int(v, 1))
        },
        function("math.bitShiftRight", [.int, .int], .int) { (v) throws(EvaluationError) in
            // The shift is logical: the sign is a bit like any other.
            .int(
                try shift(v) >= 64 ? 0 : Int64(bitPattern: UInt64(bitPattern: int(v, 0)) >> UInt64(int(v, 1)))
            )
        },
        function("math.bitShiftRight", [.uint, .int], .uint) { (v) throws(EvaluationError) in
            .uint(try shift(v) >= 64 ? 0 : uint(v, 0) >> int(v, 1))
        },
    ]
    + [Type.int, .uint, .double].map { type in
        function("math.sqrt", [type], .double) { .double(($0[0].asDouble ?? 0).squareRoot()) }
    }
    + bits("math.bitAnd", { $0 & $1 }, { $0 & $1 }) + bits("math.bitOr", { $0 | $1 }, { $0 | $1 })
    + bits("math.bitXor", { $0 ^ $1 }, { $0 ^ $1 })

private func uint(_ values: [Value], _ index: Int) -> UInt64 {
    if case .uint(let value) = values[index] { value } else { 0 }
}

private func rounding(_ name: String, _ round: @escaping @Sendable (Double) -> Double) -> Overload {
    function(name, [.double], .double) { .double(round($0[0].asDouble ?? 0)) }
}

private func test(_ name: String, _ test: @escaping @Sendable (Double) -> Bool) -> Overload {
    function(name, [.double], .bool) { .bool(test($0[0].asDouble ?? 0)) }
}

private func bits(
    _ name: String, _ signed: @escaping @Sendable (Int64, Int64) -> Int64,
    _ unsigned: @escaping @Sendable (UInt64, UInt64) -> UInt64
) -> [Overload] {
    [
        function(name, [.int, .int], .int) { .int(signed(int($0, 0), int($0, 1))) },
        function(name, [.uint, .uint], .uint) { .uint(unsigned(uint($0, 0), uint($0, 1))) },
    ]
}

private func shift(_ values: [Value]) throws(EvaluationError) -> Int64 {
    guard int(values, 1) >= 0 else { throw EvaluationError(.invalidArgument, "a shift by less than 0") }
    return int(values, 1)
}

private func extreme(_ values: [Value], _ wanted: Order) throws(EvaluationError) -> Value {
    let candidates = values.count == 1 ? values[0].asList ?? values : values
    guard var best = candidates.first else {
        throw EvaluationError(.invalidArgument, "an empty list has no greatest or least")
    }
    for candidate in candidates {
        guard candidate.asDouble != nil else {
            throw EvaluationError(.noSuchOverload, "numbers are wanted, found \(candidate.kindName)")
        }
        if compareNumbers(candidate, best) == wanted { best = candidate }
    }
    return best
}
