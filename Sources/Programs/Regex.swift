internal import CPCRE2

/// A compiled PCRE2 pattern that runs within limits.
///
/// `@unchecked Sendable`: the code is never changed after `init` (PCRE2 says that a compiled pattern may be
/// used by several threads at once), and each match makes its own match data.
package final class Regex: @unchecked Sendable {
    private let code: OpaquePointer
    package let groupNames: [(name: String, number: Int)]
    package let groupCount: Int

    /// Steps of matching, depth, and KiB of heap: enough for honest patterns, over within milliseconds for others.
    private static let matchLimit: UInt32 = 1_000_000
    private static let depthLimit: UInt32 = 20_000
    private static let heapLimit: UInt32 = 20_000

    package init(_ pattern: String) throws(ProgramError) {
        var errorNumber: Int32 = 0
        var errorOffset = 0
        let bytes = Array(pattern.utf8)
        let options = UInt32(PCRE2_UTF) | UInt32(PCRE2_UCP) | UInt32(PCRE2_NEVER_BACKSLASH_C)
        guard let code = pcre2_compile_8(bytes, bytes.count, options, &errorNumber, &errorOffset, nil) else {
            throw ProgramError(Regex.message(errorNumber), offset: errorOffset)
        }
        self.code = code
        groupNames = Regex.names(code)
        var count: UInt32 = 0
        pcre2_pattern_info_8(code, UInt32(PCRE2_INFO_CAPTURECOUNT), &count)
        groupCount = Int(count)
    }

    deinit { pcre2_code_free_8(code) }

    private static func message(_ number: Int32) -> String {
        var buffer = [UInt8](repeating: 0, count: 256)
        let length = pcre2_get_error_message_8(number, &buffer, buffer.count)
        return length > 0 ? String(decoding: buffer.prefix(Int(length)), as: UTF8.self) : "error \(number)"
    }

    private static func names(_ code: OpaquePointer) -> [(name: String, number: Int)] {
        var count: UInt32 = 0
        var size: UInt32 = 0
        var table: UnsafePointer<UInt8>?
        pcre2_pattern_info_8(code, UInt32(PCRE2_INFO_NAMECOUNT), &count)
        pcre2_pattern_info_8(code, UInt32(PCRE2_INFO_NAMEENTRYSIZE), &size)
        pcre2_pattern_info_8(code, UInt32(PCRE2_INFO_NAMETABLE), &table)
        guard let table else { return [] }
        return (0..<Int(count)).map { index in
            let entry = table + index * Int(size)
            let name = String(
                decoding: UnsafeBufferPointer(start: entry + 2, count: Int(size) - 2).prefix { $0 != 0 },
                as: UTF8.self)
            return (name, Int(entry[0]) << 8 | Int(entry[1]))
        }.sorted { $0.number < $1.number }
    }

    package func matches(_ text: String) throws(ProgramError) -> Bool {
        try match(in: Array(text.utf8), from: 0) != nil
    }

    /// The byte ranges of the whole match and of each group (nil for one that took no part) at or after an offset.
    package func match(in subject: [UInt8], from start: Int) throws(ProgramError) -> [Range<Int>?]? {
        try search(subject, from: start, options: 0)
    }

    private func search(_ subject: [UInt8], from start: Int, options: UInt32) throws(ProgramError) -> [Range<
        Int
    >?]? {
        guard let data = pcre2_match_data_create_from_pattern_8(code, nil),
            let context = pcre2_match_context_create_8(nil)
        else { throw ProgramError("out of memory") }
        defer {
            pcre2_match_data_free_8(data)
            pcre2_match_context_free_8(context)
        }
        pcre2_set_match_limit_8(context, Regex.matchLimit)
        pcre2_set_depth_limit_8(context, Regex.depthLimit)
        pcre2_set_heap_limit_8(context, Regex.heapLimit)
        let result = pcre2_match_8(
            code, subject, subject.count, start, options | UInt32(PCRE2_NO_UTF_CHECK), data, context)
        if result == PCRE2_ERROR_NOMATCH { return nil }
        if result == PCRE2_ERROR_MATCHLIMIT || result == PCRE2_ERROR_DEPTHLIMIT
            || result == PCRE2_ERROR_HEAPLIMIT
        {
            throw ProgramError(
                "the pattern takes too long on this text: it backtracks without end (possessive `++` or `(?>…)` help)"
            )
        }
        guard result > 0, let vector = pcre2_get_ovector_pointer_8(data) else {
            throw ProgramError(Regex.message(result))
        }
        return (0...groupCount).map { group in
            let (from, to) = (vector[2 * group], vector[2 * group + 1])
            return from == Int.max || from < 0 || to < from || group >= Int(result) ? nil : from..<to
        }
    }

    /// Every match, none overlapping another.
    package func allMatches(in subject: [UInt8]) throws(ProgramError) -> [[Range<Int>?]] {
        var found: [[Range<Int>?]] = []
        var start = 0
        while start <= subject.count, let match = try search(subject, from: start, options: 0),
            let whole = match[0]
        {
            found.append(match)
            start = whole.upperBound
            if whole.isEmpty {
                start += 1
                while start < subject.count, subject[start] & 0xC0 == 0x80 { start += 1 }
            }
        }
        return found
    }

    /// The subject with matches replaced; `$1`, `${name}` and `$$` stand in the replacement.
    package func replace(in subject: [UInt8], with replacement: String, all: Bool) throws(ProgramError)
        -> String
    {
        let matches = all ? try allMatches(in: subject) : try match(in: subject, from: 0).map { [$0] } ?? []
        var output: [UInt8] = []
        var last = 0
        for match in matches {
            guard let whole = match[0] else { continue }
            output += subject[last..<whole.lowerBound]
            output += try expanded(replacement, match, subject)
            last = whole.upperBound
        }
        return String(decoding: output + subject[last...], as: UTF8.self)
    }

    private func expanded(_ template: String, _ match: [Range<Int>?], _ subject: [UInt8]) throws(ProgramError)
        -> [UInt8]
    {
        var output: [UInt8] = []
        var rest = Array(template.utf8)[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "$") else {
                output.append(byte)
                continue
            }
            if rest.first == byte {
                output.append(byte)
                rest.removeFirst()
                continue
            }
            let braced = rest.first == UInt8(ascii: "{")
            if braced { rest.removeFirst() }
            let name = rest.prefix { braced ? $0 != UInt8(ascii: "}") : $0 >= 0x30 && $0 <= 0x39 }
            rest = rest.dropFirst(name.count + (braced ? 1 : 0))
            let text = String(decoding: name, as: UTF8.self)
            guard let group = Int(text) ?? groupNames.first(where: { $0.name == text })?.number,
                match.indices.contains(group)
            else {
                throw ProgramError(
                    "`replace` names the group `\(text)`, which the pattern has not; write `$$` for a `$`")
            }
            if let range = match[group] { output += subject[range] }
        }
        return output
    }
}
