import Values

private let a = Type.parameter("A")

/// The lists extension of cel-go, with the list functions that Kubernetes has, the mean and pieces of equal length.
let listFunctions: [Overload] =
    [
        method("first", [.list(a)], .optional(a)) { .optional(items($0).first) },
        method("last", [.list(a)], .optional(a)) { .optional(items($0).last) },
        method("slice", [.list(a), .int, .int], .list(a), slice),
        method("reverse", [.list(a)], .list(a)) { .list(items($0).reversed()) },
        paying("flatten", isMethod: true, [.list(a)], .list(.dyn)) { (v, frame) throws(EvaluationError) in
            .list(try flattened(items(v), depth: 1, &frame))
        },
        paying("flatten", isMethod: true, [.list(a), .int], .list(.dyn)) {
            (v, frame) throws(EvaluationError) in
            guard int(v, 1) >= 0 else {
                throw EvaluationError(
                    .invalidArgument, "flatten goes 0 or more levels deep, not \(int(v, 1))")
            }
            return .list(try flattened(items(v), depth: int(v, 1), &frame))
        },
        paying("distinct", isMethod: true, [.list(a)], .list(a)) { (v, frame) throws(EvaluationError) in
            .list(try distinct(items(v), &frame))
        },
        paying("sort", isMethod: true, [.list(a)], .list(a)) { (v, frame) throws(EvaluationError) in
            .list(try sorted(items(v), by: items(v), "sort", &frame))
        },
        paying("indexOf", isMethod: true, [.list(a), a], .int) { (v, frame) throws(EvaluationError) in
            try place(of: v[1], among: items(v), items(v).indices, &frame)
        },
        paying("lastIndexOf", isMethod: true, [.list(a), a], .int) { (v, frame) throws(EvaluationError) in
            try place(of: v[1], among: items(v), items(v).indices.reversed(), &frame)
        },
        paying("isSorted", isMethod: true, [.list(a)], .bool) { (v, frame) throws(EvaluationError) in
            try frame.spend(try orderingWork(of: items(v), "isSorted", &frame))
            return .bool(zip(items(v), items(v).dropFirst()).allSatisfy { compareValues($0, $1) != .greater })
        },
        paying("min", isMethod: true, [.list(a)], a) { (v, frame) throws(EvaluationError) in
            try extreme(items(v), .less, "min", &frame)
        },
        paying("max", isMethod: true, [.list(a)], a) { (v, frame) throws(EvaluationError) in
            try extreme(items(v), .greater, "max", &frame)
        },
        paying("lists.range", isMethod: false, [.int], .list(.int)) { (v, frame) throws(EvaluationError) in
            let count = max(0, int(v, 0))
            // Each number counts as much as in a list that is written out.
            try frame.make(Int(min(count, Int64(Program.largest)) * 16))
            return .list((0..<count).map(Value.int))
        },
        function("chunk", [.list(a), .int], .list(.list(a)), chunks),
    ]
    + summable.map { type in
        method("sum", [.list(type)], type) { (v) throws(EvaluationError) in try sum(of: items(v)) }
    }
    + [Type.int, .uint, .double].map { type in
        method("avg", [.list(type)], .double) { (v) throws(EvaluationError) in try mean(of: items(v)) }
    }

/// What can be added up.
private let summable: [Type] = [.int, .uint, .double, .duration]

/// The list that a list's function is called on.
private func items(_ values: [Value]) -> [Value] { values[0].asList ?? [] }

private func slice(_ values: [Value]) throws(EvaluationError) -> Value {
    let (list, start, end) = (items(values), int(values, 1), int(values, 2))
    guard start >= 0, end >= start, end <= list.count else {
        throw EvaluationError(
            .outOfRange, "a slice from \(start) to \(end) of a list of \(list.count) elements")
    }
    return .list(Array(list[Int(start)..<Int(end)]))
}

/// The elements, and in the place of a list its own elements, so many levels deep.
private func flattened(_ list: [Value], depth: Int64, _ frame: inout Frame) throws(EvaluationError) -> [Value]
{
    var output: [Value] = []
    // What is left to read, the innermost list last: no list within a list is a call within a call.
    var open: [(list: [Value], next: Int)] = [(list, 0)]
    while let (list, next) = open.last {
        guard next < list.count else {
            open.removeLast()
            continue
        }
        open[open.count - 1].next += 1
        try frame.spend(1)
        if case .list(let inner) = list[next], open.count <= depth {
            open.append((inner, 0))
        } else {
            output.append(list[next])
            try frame.check(output.count * 8)
        }
    }
    return output
}

private func distinct(_ list: [Value], _ frame: inout Frame) throws(EvaluationError) -> [Value] {
    var seen: Set<EqualityKey> = []
    var output: [Value] = []
    for item in list {
        // What holds NaN equals nothing, itself not either.
        guard let key = try EqualityKey(item, &frame) else {
            output.append(item)
            continue
        }
        if seen.insert(key).inserted { output.append(item) }
    }
    return output
}

/// The elements in the order of their keys; those with equal keys in the order in which they stand.
///
/// - Parameter function: what is told where two keys have no order.
func sorted(
    _ list: [Value], by keys: [Value], _ function: String, _ frame: inout Frame
) throws(EvaluationError) -> [Value] {
    let work = try orderingWork(of: keys, function, &frame)
    // Each key is compared about as often as the count has binary digits.
    try frame.spend(work * (Int.bitWidth - keys.count.leadingZeroBitCount))
    return keys.indices.sorted { left, right in
        switch compareValues(keys[left], keys[right]) {
        case .less: true
        case .greater: false
        case .same, nil: left < right
        }
    }.map { list[$0] }
}

/// The steps for comparing each value with another one.
///
/// - Throws: `noSuchOverload` where two of the values have no order.
private func orderingWork(
    of values: [Value], _ function: String, _ frame: inout Frame
) throws(EvaluationError) -> Int {
    guard let first = values.first else { return 0 }
    var work = 0
    for value in values {
        // What has an order with the first has one with each of the others.
        guard compareValues(first, value) != nil, compareValues(value, value) != nil else {
            throw EvaluationError(
                .noSuchOverload,
                first.typeName == value.typeName
                    ? "`\(function)` has no order for \(brief(value))"
                    : "`\(function)` found \(withArticle(first.kindName)) and \(withArticle(value.kindName)), "
                        + "which have no order")
        }
        work += value.size(atMost: Program.largest)
    }
    return work / 64 + values.count / 8
}

private func extreme(
    _ list: [Value], _ wanted: Order, _ function: String, _ frame: inout Frame
) throws(EvaluationError) -> Value {
    guard var best = list.first else {
        throw EvaluationError(.invalidArgument, "an empty list has no `\(function)`")
    }
    try frame.spend(try orderingWork(of: list, function, &frame))
    for item in list where compareValues(item, best) == wanted { best = item }
    return best
}

private func place(
    of wanted: Value, among list: [Value], _ indices: some Sequence<Int>, _ frame: inout Frame
) throws(EvaluationError) -> Value {
    for index in indices {
        try frame.read(comparedSize(wanted, list[index]))
        if areEqual(list[index], wanted) { return .int(Int64(index)) }
    }
    return .int(-1)
}

/// How long a piece of a list is.
func pieceLength(_ length: Int64) throws(EvaluationError) -> Int64 {
    guard length > 0 else {
        throw EvaluationError(.invalidArgument, "a list is cut into pieces of 1 or more, not of \(length)")
    }
    return length
}

private func chunks(_ values: [Value]) throws(EvaluationError) -> Value {
    let (list, length) = (items(values), try pieceLength(int(values, 1)))
    let step = Int(min(length, Int64(max(list.count, 1))))
    return .list(
        stride(from: 0, to: list.count, by: step).map { start in
            .list(Array(list[start..<min(start + step, list.count)]))
        })
}

/// The elements added up, 0 where there are none; as doubles where one of them is a double, as data from outside has them.
private func sum(of list: [Value]) throws(EvaluationError) -> Value {
    guard let first = list.first else { return .int(0) }
    let holdsDouble = list.contains { if case .double = $0 { true } else { false } }
    if holdsDouble { return .double(try doubles(list, "sum").reduce(0, +)) }
    switch first {
    case .int, .uint, .duration: break
    case .null, .bool, .double, .string, .bytes, .list, .map, .timestamp, .type, .optional:
        throw noNumber(first, "sum")
    }
    var sum = first
    for item in list.dropFirst() {
        let isDuration = if case .duration = item { true } else { false }
        guard isDuration || item.asDouble != nil else { throw noNumber(item, "sum") }
        sum = try arithmetic(.add, sum, item)
    }
    return sum
}

private func mean(of list: [Value]) throws(EvaluationError) -> Value {
    guard !list.isEmpty else { throw EvaluationError(.invalidArgument, "an empty list has no `avg`") }
    return .double(try doubles(list, "avg").reduce(0, +) / Double(list.count))
}

private func doubles(_ list: [Value], _ function: String) throws(EvaluationError) -> [Double] {
    var doubles: [Double] = []
    for item in list {
        guard let double = item.asDouble else { throw noNumber(item, function) }
        doubles.append(double)
    }
    return doubles
}

private func noNumber(_ value: Value, _ function: String) -> EvaluationError {
    EvaluationError(
        .noSuchOverload, "`\(function)` takes a list of numbers, found \(withArticle(value.kindName)) in it")
}
