import Programs
import Values

/// `size`, `contains`, `startsWith`, `endsWith` and `matches`.
let standardFunctions: [Overload] =
    [Type.string, .bytes, .list(.dyn), .map(.dyn, .dyn)].flatMap { type in
        [function("size", [type], .int, size), method("size", [type], .int, size)]
    } + [
        method("contains", [.string, .string], .bool) { .bool(contains(text($0, 0), text($0, 1))) },
        method("startsWith", [.string, .string], .bool) {
            .bool(text($0, 0).utf8.starts(with: text($0, 1).utf8))
        },
        method("endsWith", [.string, .string], .bool) {
            .bool(text($0, 0).utf8.reversed().starts(with: text($0, 1).utf8.reversed()))
        },
        paying("matches", isMethod: true, [.string, .string], .bool, matches),
        paying("matches", isMethod: false, [.string, .string], .bool, matches),
    ]

func text(_ values: [Value], _ index: Int) -> String { values[index].asText ?? "" }

func int(_ values: [Value], _ index: Int) -> Int64 {
    if case .int(let value) = values[index] { value } else { 0 }
}

private func size(_ values: [Value]) throws(EvaluationError) -> Value {
    switch values[0] {
    case .string(let text): .int(Int64(text.unicodeScalars.count))
    case .bytes(let bytes): .int(Int64(bytes.count))
    case .list(let list): .int(Int64(list.count))
    case .map(let map): .int(Int64(map.count))
    case .null, .bool, .int, .uint, .double, .timestamp, .duration, .type, .optional:
        throw EvaluationError(.noSuchOverload, "size")
    }
}

private func contains(_ text: String, _ part: String) -> Bool {
    var whole = text
    return whole.withUTF8 { position(of: Array(part.utf8), in: $0, from: 0) } != nil
}

/// The first index at or after `from` where the part stands, by Knuth, Morris and Pratt: in a time that grows with the sum of
/// the lengths, never with their product.
func position<Element: Equatable, Whole: RandomAccessCollection>(
    of part: [Element], in whole: Whole, from: Int
) -> Int?
where Whole.Element == Element, Whole.Index == Int {
    guard let first = part.first else { return from <= whole.count ? from : nil }
    guard from >= 0, from <= whole.count - part.count else { return nil }
    // Most texts do not hold even the first letter often, so that place is looked for first.
    guard var index = whole[from...].firstIndex(of: first) else { return nil }
    let borders = borders(of: part)
    var matched = 0
    while index < whole.endIndex {
        let element = whole[index]
        while matched > 0, part[matched] != element { matched = borders[matched - 1] }
        if part[matched] == element { matched += 1 }
        index += 1
        if matched == part.count { return index - matched }
    }
    return nil
}

/// For each beginning of the part, how long the longest shorter beginning is with which it also ends.
private func borders<Element: Equatable>(of part: [Element]) -> [Int] {
    var borders = Array(repeating: 0, count: part.count)
    var length = 0
    for index in part.indices.dropFirst() {
        while length > 0, part[length] != part[index] { length = borders[length - 1] }
        if part[length] == part[index] { length += 1 }
        borders[index] = length
    }
    return borders
}

private func matches(_ values: [Value], _ frame: inout Frame) throws(EvaluationError) -> Value {
    // A pattern may work hard on a short text.
    try frame.spend(100)
    do throws(ProgramError) {
        let pattern = try Regex(text(values, 1))
        return .bool(try pattern.matches(text(values, 0), frame.limit))
    } catch {
        throw EvaluationError(error == .stopped ? .stopped : .invalidArgument, error.message)
    }
}
