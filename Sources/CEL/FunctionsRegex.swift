import Computing
import Programs
import Values

/// The regex extension of cel-go, by PCRE2 and within the limits that `matches` has.
let regexFunctions: [Overload] = [
    paying("regex.extract", isMethod: false, [.string, .string], .optional(.string)) {
        (v, frame) throws(EvaluationError) in
        let subject = Array(text(v, 0).utf8)
        let found = try searched(text(v, 1), &frame) { (pattern, limit) throws(ProgramError) in
            try oneGroup(of: pattern, in: "regex.extract")
            return try pattern.match(in: subject, from: 0, limit)
        }
        return .optional(found.flatMap { extracted($0, subject) }.map(Value.string))
    },
    paying("regex.extractAll", isMethod: false, [.string, .string], .list(.string)) {
        (v, frame) throws(EvaluationError) in
        let subject = Array(text(v, 0).utf8)
        let matches = try searched(text(v, 1), &frame) { (pattern, limit) throws(ProgramError) in
            try oneGroup(of: pattern, in: "regex.extractAll")
            return try pattern.allMatches(in: subject, limit)
        }
        try frame.make(matches.count * 16 + subject.count)
        return .list(matches.compactMap { extracted($0, subject) }.map(Value.string))
    },
    paying("regex.replace", isMethod: false, [.string, .string, .string], .string) {
        (v, frame) throws(EvaluationError) in try replaced(v, most: -1, &frame)
    },
    paying("regex.replace", isMethod: false, [.string, .string, .string, .int], .string) {
        (v, frame) throws(EvaluationError) in try replaced(v, most: int(v, 3), &frame)
    },
]

/// What a search with a pattern finds.
private func searched<Found>(
    _ pattern: String, _ frame: inout Frame, _ search: (Regex, TimeLimit) throws(ProgramError) -> Found
) throws(EvaluationError) -> Found {
    // A pattern may work hard on a short text.
    try frame.spend(100)
    do throws(ProgramError) {
        return try search(try Regex(pattern), frame.limit)
    } catch {
        throw EvaluationError(error == .stopped ? .stopped : .invalidArgument, error.message)
    }
}

/// Which of several groups is meant cannot be told.
func oneGroup(of pattern: Regex, in function: String) throws(ProgramError) {
    guard pattern.groupCount > 1 else { return }
    throw ProgramError(
        "`\(function)` takes a pattern with one group at most, found \(pattern.groupCount); "
            + "write `(?:…)` for those that are not wanted")
}

/// The text of the pattern's group, or of the whole match where it has none; nil for a group that took no part or is empty.
private func extracted(_ match: [Range<Int>?], _ subject: [UInt8]) -> String? {
    guard let range = match.last ?? nil, match.count == 1 || !range.isEmpty else { return nil }
    return String(decoding: subject[range], as: UTF8.self)
}

/// - Parameter most: How many matches are replaced, the first ones; all where it is negative.
private func replaced(_ values: [Value], most: Int64, _ frame: inout Frame) throws(EvaluationError) -> Value {
    let subject = Array(text(values, 0).utf8)
    let template = try replacementParts(of: text(values, 2))
    let matches = try searched(text(values, 1), &frame) { (pattern, limit) throws(ProgramError) in
        try haveGroups(template, of: pattern)
        return most == 0 ? [] : try pattern.allMatches(in: subject, limit)
    }
    var output: [UInt8] = []
    var last = 0
    for match in matches.prefix(most < 0 ? matches.count : Int(clamping: most)) {
        guard let whole = match[0], whole.lowerBound >= last else { continue }
        let before = output.count
        output += subject[last..<whole.lowerBound]
        for part in template {
            switch part {
            case .bytes(let bytes): output += bytes
            case .group(let number): if let range = match[number] { output += subject[range] }
            }
        }
        last = whole.upperBound
        try frame.spend((output.count - before) / 64 + 1)
        try frame.check(output.count)
    }
    return .string(String(decoding: output + subject[last...], as: UTF8.self))
}

/// The groups that a replacement names have to be in the pattern.
func haveGroups(_ template: [ReplacementPart], of pattern: Regex) throws(ProgramError) {
    for case .group(let number) in template where number > pattern.groupCount {
        throw ProgramError(
            "the replacement names the group \(number), the pattern has \(pattern.groupCount)")
    }
}

/// A part of what stands in the place of a match.
enum ReplacementPart {
    case bytes([UInt8])
    case group(Int)
}

/// Reads `\1` to `\9` as groups, `\0` as the whole match and `\\` as one backslash.
func replacementParts(of text: String) throws(EvaluationError) -> [ReplacementPart] {
    var parts: [ReplacementPart] = []
    var plain: [UInt8] = []
    var rest = Array(text.utf8)[...]
    while let byte = rest.popFirst() {
        guard byte == UInt8(ascii: "\\") else {
            plain.append(byte)
            continue
        }
        switch rest.popFirst() {
        case UInt8(ascii: "\\"): plain.append(byte)
        case .some(let digit) where (0x30...0x39).contains(digit):
            parts += [.bytes(plain), .group(Int(digit) - 0x30)]
            plain = []
        default:
            throw EvaluationError(
                .invalidArgument,
                "in the replacement of `regex.replace` a backslash stands before a digit or a backslash")
        }
    }
    return parts + [.bytes(plain)]
}
