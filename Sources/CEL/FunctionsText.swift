/// The strings extension. Positions count code points.
let textFunctions: [Overload] = [
    method("charAt", [.string, .int], .string) { (v) throws(EvaluationError) in
        let scalars = scalars(v, 0)
        let index = try index(int(v, 1), upTo: scalars.count)
        return .string(index == scalars.count ? "" : joined(scalars[index...index]))
    },
    method("indexOf", [.string, .string], .int) { .int(find($0, from: 0)) },
    method("indexOf", [.string, .string, .int], .int) { (v) throws(EvaluationError) in
        .int(find(v, from: try index(int(v, 2), upTo: scalars(v, 0).count)))
    },
    method("lastIndexOf", [.string, .string], .int) { .int(findLast($0, from: scalars($0, 0).count)) },
    method("lastIndexOf", [.string, .string, .int], .int) { (v) throws(EvaluationError) in
        .int(findLast(v, from: try index(int(v, 2), upTo: scalars(v, 0).count)))
    },
    method("join", [.list(.string)], .string) { (v) throws(EvaluationError) in try join(v, with: "") },
    method("join", [.list(.string), .string], .string) { (v) throws(EvaluationError) in
        try join(v, with: text(v, 1))
    },
    method("lowerAscii", [.string], .string) { .string(mapAscii(text($0, 0), 0x41...0x5A) { $0 + 32 }) },
    method("upperAscii", [.string], .string) { .string(mapAscii(text($0, 0), 0x61...0x7A) { $0 - 32 }) },
    method("replace", [.string, .string, .string], .string) { .string(replace($0, limit: -1)) },
    method("replace", [.string, .string, .string, .int], .string) { .string(replace($0, limit: int($0, 3))) },
    method("split", [.string, .string], .list(.string)) { .list(split($0, limit: -1)) },
    method("split", [.string, .string, .int], .list(.string)) { .list(split($0, limit: int($0, 2))) },
    method("substring", [.string, .int], .string) { (v) throws(EvaluationError) in
        let scalars = scalars(v, 0)
        return .string(joined(scalars[(try index(int(v, 1), upTo: scalars.count))...]))
    },
    method("substring", [.string, .int, .int], .string) { (v) throws(EvaluationError) in
        let scalars = scalars(v, 0)
        let start = try index(int(v, 1), upTo: scalars.count)
        let end = try index(int(v, 2), upTo: scalars.count)
        guard start <= end else {
            throw EvaluationError(.outOfRange, "a substring from \(start) to \(end) ends before it begins")
        }
        return .string(joined(scalars[start..<end]))
    },
    method("trim", [.string], .string) { v in
        let scalars = scalars(v, 0)
        guard let first = scalars.firstIndex(where: { !$0.properties.isWhitespace }),
            let last = scalars.lastIndex(where: { !$0.properties.isWhitespace })
        else { return .string("") }
        return .string(joined(scalars[first...last]))
    },
    method("reverse", [.string], .string) { .string(joined(scalars($0, 0).reversed()[...])) },
    function("strings.quote", [.string], .string) { .string(quote(text($0, 0))) },
    method("format", [.string, .list(.dyn)], .string) { (v) throws(EvaluationError) in
        .string(try format(text(v, 0), v[1].asList ?? []))
    },
]

private func scalars(_ values: [Value], _ index: Int) -> [Unicode.Scalar] {
    Array(text(values, index).unicodeScalars)
}

private func joined(_ scalars: ArraySlice<Unicode.Scalar>) -> String {
    var text = String.UnicodeScalarView()
    text.append(contentsOf: scalars)
    return String(text)
}

private func index(_ index: Int64, upTo count: Int) throws(EvaluationError) -> Int {
    guard index >= 0, index <= count else {
        throw EvaluationError(.outOfRange, "index \(index) in a text of \(count) characters")
    }
    return Int(index)
}

private func find(_ values: [Value], from: Int) -> Int64 {
    Int64(position(of: scalars(values, 1), in: scalars(values, 0), from: from) ?? -1)
}

private func findLast(_ values: [Value], from: Int) -> Int64 {
    let whole = scalars(values, 0)
    let part = scalars(values, 1)
    var index = min(from, whole.count - part.count)
    while index >= 0 {
        if whole[index..<(index + part.count)].elementsEqual(part) { return Int64(index) }
        index -= 1
    }
    return -1
}

private func join(_ values: [Value], with separator: String) throws(EvaluationError) -> Value {
    var parts: [String] = []
    for item in values[0].asList ?? [] {
        guard let text = item.asText else {
            throw EvaluationError(.noSuchOverload, "join takes a list of texts, found \(item.typeName) in it")
        }
        parts.append(text)
    }
    return .string(parts.joined(separator: separator))
}

private func mapAscii(_ text: String, _ range: ClosedRange<UInt8>, _ change: (UInt8) -> UInt8) -> String {
    String(decoding: text.utf8.map { range.contains($0) ? change($0) : $0 }, as: UTF8.self)
}

private func replace(_ values: [Value], limit: Int64) -> String {
    let (whole, old, new) = (scalars(values, 0), scalars(values, 1), scalars(values, 2))
    var left = limit < 0 ? Int64.max : limit
    var output: [Unicode.Scalar] = []
    var start = 0
    if old.isEmpty {
        for (index, scalar) in whole.enumerated() {
            if index < left { output += new }
            output.append(scalar)
        }
        return joined((Int64(whole.count) < left ? output + new : output)[...])
    }
    while left > 0, let found = position(of: old, in: whole, from: start) {
        output += whole[start..<found]
        output += new
        start = found + old.count
        left -= 1
    }
    return joined((output + whole[start...])[...])
}

private func split(_ values: [Value], limit: Int64) -> [Value] {
    if limit == 0 { return [] }
    let (whole, separator) = (scalars(values, 0), scalars(values, 1))
    var left = limit < 0 ? Int64.max : limit
    if separator.isEmpty {
        let singles = min(Int64(whole.count), left == .max ? left : max(0, left - 1))
        var parts = whole[..<Int(singles)].map { Value.string(String(Character($0))) }
        if Int(singles) < whole.count { parts.append(.string(joined(whole[Int(singles)...]))) }
        return parts
    }
    var parts: [Value] = []
    var start = 0
    while left > 1, let found = position(of: separator, in: whole, from: start) {
        parts.append(.string(joined(whole[start..<found])))
        start = found + separator.count
        left -= 1
    }
    return parts + [.string(joined(whole[start...]))]
}

/// A text as a CEL literal in double quotes.
private func quote(_ text: String) -> String {
    var output = "\""
    for scalar in text.unicodeScalars {
        switch scalar {
        case "\u{07}": output += "\\a"
        case "\u{08}": output += "\\b"
        case "\u{0C}": output += "\\f"
        case "\n": output += "\\n"
        case "\r": output += "\\r"
        case "\t": output += "\\t"
        case "\u{0B}": output += "\\v"
        case "\\": output += "\\\\"
        case "\"": output += "\\\""
        default: output.unicodeScalars.append(scalar)
        }
    }
    return output + "\""
}
