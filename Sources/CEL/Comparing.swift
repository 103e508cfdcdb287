import Values

/// CEL's equality: numbers by their value whatever their type, texts by their code points, maps without order.
func areEqual(_ left: Value, _ right: Value) -> Bool {
    switch (left, right) {
    case (.string(let a), .string(let b)): sameText(a, b)
    case (.int(let a), .int(let b)): a == b
    case (.double(let a), .double(let b)): a == b
    case (.list(let a), .list(let b)): a.count == b.count && zip(a, b).allSatisfy(areEqual)
    case (.map(let a), .map(let b)): areEqual(a, b)
    case (.optional(let a?), .optional(let b?)): areEqual(a, b)
    case (.int, _), (.uint, _), (.double, _): compareNumbers(left, right) == .same
    default: left == right
    }
}

private func areEqual(_ left: MapValue, _ right: MapValue) -> Bool {
    left.count == right.count
        && left.entries.allSatisfy { key, value in
            right.value(for: key).map { areEqual(value, $0) } ?? false
        }
}

extension MapValue {
    /// The value of a key as CEL finds it: numbers are the same key whatever their type.
    func value(for key: Value) -> Value? {
        if let value = self[key: key] { return value }
        switch key {
        case .int(let number): return UInt64(exactly: number).flatMap { self[key: .uint($0)] }
        case .uint(let number): return Int64(exactly: number).flatMap { self[key: .int($0)] }
        case .double(let number):
            return Int64(exactly: number).flatMap { self[key: .int($0)] }
                ?? UInt64(exactly: number).flatMap { self[key: .uint($0)] }
        case .null, .bool, .string, .bytes, .list, .map, .timestamp, .duration, .type, .optional: return nil
        }
    }
}

enum Order {
    case less
    case same
    case greater

    init(_ less: Bool, _ same: Bool) { self = less ? .less : same ? .same : .greater }
}

/// The order of two numbers of whatever types; nil when one is no number or NaN.
func compareNumbers(_ left: Value, _ right: Value) -> Order? {
    switch (left, right) {
    case (.int(let a), .int(let b)): Order(a < b, a == b)
    case (.uint(let a), .uint(let b)): Order(a < b, a == b)
    case (.double(let a), .double(let b)): a.isNaN || b.isNaN ? nil : Order(a < b, a == b)
    case (.int(let a), .uint(let b)): a < 0 ? .less : Order(UInt64(a) < b, UInt64(a) == b)
    case (.uint, .int), (.double, .int), (.double, .uint): reversed(compareNumbers(right, left))
    case (.int(let a), .double(let b)): compare(a, b)
    case (.uint(let a), .double(let b)): compare(a, b)
    default: nil
    }
}

private func reversed(_ order: Order?) -> Order? {
    switch order {
    case .less: .greater
    case .same: .same
    case .greater: .less
    case nil: nil
    }
}

/// Exact, where turning the whole number into a double would round.
private func compare<Whole: FixedWidthInteger>(_ whole: Whole, _ double: Double) -> Order? {
    if double.isNaN { return nil }
    if double >= Double(Whole.max) { return .less }
    if double < Double(Whole.min) { return .greater }
    let floor = Whole(double.rounded(.down))
    if whole != floor { return whole < floor ? .less : .greater }
    return double > Double(floor) ? .less : .same
}

/// The order that `<` and its like see: CEL compares a whole number with a double as two doubles, so that near 2^63, where
/// doubles are far apart, two that differ may be the same.
func comparedByOperator(_ left: Value, _ right: Value) -> Order? {
    switch (left, right) {
    case (.int, .double), (.uint, .double), (.double, .int), (.double, .uint):
        guard let a = left.asDouble, let b = right.asDouble, !a.isNaN, !b.isNaN else { return nil }
        return Order(a < b, a == b)
    default: return compareValues(left, right)
    }
}

/// An exact order of two values; nil when they have none.
func compareValues(_ left: Value, _ right: Value) -> Order? {
    switch (left, right) {
    case (.string(let a), .string(let b)):
        sameText(a, b) ? .same : a.utf8.lexicographicallyPrecedes(b.utf8) ? .less : .greater
    case (.bool(let a), .bool(let b)): Order(!a && b, a == b)
    case (.bytes(let a), .bytes(let b)): Order(a.lexicographicallyPrecedes(b), a == b)
    case (.timestamp(let a), .timestamp(let b)): Order(a < b, a == b)
    case (.duration(let a), .duration(let b)): Order(a < b, a == b)
    default: compareNumbers(left, right)
    }
}
