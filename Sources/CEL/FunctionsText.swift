import Values

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
    paying("join", isMethod: true, [.list(.string)], .string) { (v, frame) throws(EvaluationError) in
        try join(v, with: "", &frame)
    },
    paying("join", isMethod: true, [.list(.string), .string], .string) { (v, frame) throws(EvaluationError) in
        try join(v, with: text(v, 1), &frame)
    },
    method("lowerAscii", [.string], .string) { .string(mapAscii(text($0, 0), 0x41...0x5A) { $0 + 32 }) },
    method("upperAscii", [.string], .string) { .string(mapAscii(text($0, 0), 0x61...0x7A) { $0 - 32 }) },
    paying("replace", isMethod: true, [.string, .string, .string], .string) {
        (v, frame) throws(EvaluationError) in
        .string(try replace(v, limit: -1, &frame))
    },
    paying("replace", isMethod: true, [.string, .string, .string, .int], .string) {
        (v, frame) throws(EvaluationError) in .string(try replace(v, limit: int(v, 3), &frame))
    },
    paying("split", isMethod: true, [.string, .string], .list(.string)) {
        (v, frame) throws(EvaluationError) in
        .list(try split(v, limit: -1, &frame))
    },
    paying("split", isMethod: true, [.string, .string, .int], .list(.string)) {
        (v, frame) throws(EvaluationError) in .list(try split(v, limit: int(v, 2), &frame))
    },
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
    paying("format", isMethod: true, [.string, .list(.dyn)], .string) { (v, frame) throws(EvaluationError) in
        // Each argument stands in the text once.
        try frame.make(v[1])
        return .string(try format(text(v, 0), v[1].asList ?? []))
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
    let whole = Array(scalars(values, 0).reversed())
    let part = Array(scalars(values, 1).reversed())
    // From behind, the last place is the first.
    let skipped = max(0, whole.count - part.count - from)
    return position(of: part, in: whole, from: skipped).map { Int64(whole.count - part.count - $0) } ?? -1
}

private func join(_ values: [Value], with separator: String, _ frame: inout Frame) throws(EvaluationError)
    -> Value
{
    var joined = ""
    for (place, item) in (values[0].asList ?? []).enumerated() {
        guard let text = item.asText else {
            throw EvaluationError(.noSuchOverload, "join takes a list of texts, found \(item.kindName) in it")
        }
        if place > 0 { joined += separator }
        joined += text
        try frame.spend((separator.utf8.count + text.utf8.count) / 64)
        try frame.check(joined.utf8.count)
    }
    return .string(joined)
}

private func mapAscii(_ text: String, _ range: ClosedRange<UInt8>, _ change: (UInt8) -> UInt8) -> String {
    String(decoding: text.utf8.map { range.contains($0) ? change($0) : $0 }, as: UTF8.self)
}

/// By bytes: where one text stands in another, it begins and ends with whole characters.
private func replace(_ values: [Value], limit: Int64, _ frame: inout Frame) throws(EvaluationError) -> String
{
    let (whole, old, new) = (
        Array(text(values, 0).utf8), Array(text(values, 1).utf8), Array(text(values, 2).utf8)
    )
    var left = limit < 0 ? Int64.max : limit
    var output: [UInt8] = []
    var start = 0
    func add(_ bytes: some Collection<UInt8>, _ frame: inout Frame) throws(EvaluationError) {
        output += bytes
        try frame.spend(bytes.count / 64 + 1)
        try frame.check(output.count)
    }
    while left > 0, let found = nextPlace(of: old, in: whole, from: start) {
        try add(whole[start..<found], &frame)
        try add(new, &frame)
        start = found + old.count
        left -= 1
        // An empty text stands before each character, and at the end.
        guard old.isEmpty else { continue }
        guard found < whole.count else { return String(decoding: output, as: UTF8.self) }
        let next = characterEnd(whole, from: found)
        try add(whole[found..<next], &frame)
        start = next
    }
    try add(whole[min(start, whole.count)...], &frame)
    return String(decoding: output, as: UTF8.self)
}

private func nextPlace(of part: [UInt8], in whole: [UInt8], from start: Int) -> Int? {
    part.isEmpty ? (start <= whole.count ? start : nil) : position(of: part, in: whole, from: start)
}

/// Where the character at a place of a text in UTF-8 ends.
private func characterEnd(_ bytes: [UInt8], from start: Int) -> Int {
    var end = start + 1
    while end < bytes.count, bytes[end] & 0xC0 == 0x80 { end += 1 }
    return end
}

private func split(_ values: [Value], limit: Int64, _ frame: inout Frame) throws(EvaluationError) -> [Value] {
    if limit == 0 { return [] }
    let (whole, separator) = (Array(text(values, 0).utf8), Array(text(values, 1).utf8))
    var left = limit < 0 ? Int64.max : limit
    var parts: [Value] = []
    var start = 0
    while left > 1 {
        let end: Int
        if separator.isEmpty {
            guard start < whole.count else { return parts }
            end = characterEnd(whole, from: start)
            // The last character is the rest.
            if end == whole.count { break }
        } else {
            guard let found = position(of: separator, in: whole, from: start) else { break }
            end = found
        }
        parts.append(.string(String(decoding: whole[start..<end], as: UTF8.self)))
        start = end + separator.count
        left -= 1
        try frame.spend(1)
        try frame.check(parts.count * 16)
    }
    if separator.isEmpty, start >= whole.count { return parts }
    return parts + [.string(String(decoding: whole[start...], as: UTF8.self))]
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
