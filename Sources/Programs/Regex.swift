internal import CPCRE2
package import Computing

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// A compiled PCRE2 pattern that runs within limits.
///
/// `@unchecked Sendable`: the code is never changed after `init` (PCRE2 says that a compiled pattern may be
/// used by several threads at once), and each match makes its own match data.
package final class Regex: @unchecked Sendable {
    private let code: OpaquePointer
    /// The groups that have a name, in the order of their numbers, which begin at 1.
    package let groupNames: [(name: String, number: Int)]
    /// How many groups there are, with and without a name.
    package let groupCount: Int

    /// Steps of matching, depth, and KiB of heap: enough for honest patterns, over within milliseconds for
    /// others. PCRE2 counts them anew from each place where a match may begin, so that all places together
    /// need a limit of their own.
    fileprivate static let matchLimit: UInt32 = 1_000_000
    fileprivate static let depthLimit: UInt32 = 20_000
    fileprivate static let heapLimit: UInt32 = 20_000

    /// Matches that one search may find, and bytes that one replacement may make.
    private static let mostMatches = 1_000_000
    private static let mostBytes = 64 << 20

    /// - Throws: `ProgramError` with PCRE2's words and the place when the pattern does not compile.
    package init(_ pattern: String) throws(ProgramError) {
        let plain = try Regex.compiled(pattern)
        // A call-out before the pattern is made at each place where a match may begin: there the time is
        // looked at.
        let verbs = Regex.leadingVerbs(of: pattern)
        let watched = pattern[..<verbs] + "(?C)" + pattern[verbs...]
        do throws(ProgramError) {
            code = try Regex.compiled(String(watched))
            pcre2_code_free_8(plain)
        } catch {
            code = plain
        }
        groupNames = Regex.names(code)
        var count: UInt32 = 0
        pcre2_pattern_info_8(code, UInt32(PCRE2_INFO_CAPTURECOUNT), &count)
        groupCount = Int(count)
    }

    deinit { pcre2_code_free_8(code) }

    private static func compiled(_ pattern: String) throws(ProgramError) -> OpaquePointer {
        var errorNumber: Int32 = 0
        var errorOffset = 0
        let bytes = Array(pattern.utf8)
        let options = UInt32(PCRE2_UTF) | UInt32(PCRE2_UCP) | UInt32(PCRE2_NEVER_BACKSLASH_C)
        guard let code = pcre2_compile_8(bytes, bytes.count, options, &errorNumber, &errorOffset, nil) else {
            throw ProgramError(Regex.message(errorNumber), offset: errorOffset)
        }
        return code
    }

    /// Where what stands first and only first ends: `(*UTF)`, `(*ANYCRLF)` and their like.
    private static func leadingVerbs(of pattern: String) -> String.Index {
        var end = pattern.startIndex
        while pattern[end...].hasPrefix("(*"),
            let letter = pattern[end...].dropFirst(2).first, letter.isUppercase,
            let close = pattern[end...].firstIndex(of: ")")
        {
            end = pattern.index(after: close)
        }
        return end
    }

    fileprivate static func message(_ number: Int32) -> String {
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

    /// Whether the pattern is found anywhere in a text.
    ///
    /// - Throws: when the limits of matching, or the time, are over.
    package func matches(_ text: String, _ limit: TimeLimit = TimeLimit()) throws(ProgramError) -> Bool {
        try match(in: Array(text.utf8), from: 0, limit) != nil
    }

    /// The byte ranges of the whole match and of each group (nil for one that took no part) at or after an
    /// offset.
    ///
    /// - Throws: `ProgramError` when the pattern takes too long on this subject, or the limit is over.
    package func match(in subject: [UInt8], from start: Int, _ limit: TimeLimit = TimeLimit())
        throws(ProgramError)
        -> [Range<Int>?]?
    {
        try RegexSearch(code, groupCount, subject, limit).match(from: start)
    }

    /// Every match, none overlapping another.
    ///
    /// - Throws: when there are too many, or the limits of matching or the time are over.
    package func allMatches(in subject: [UInt8], _ limit: TimeLimit = TimeLimit()) throws(ProgramError)
        -> [[Range<Int>?]]
    {
        let search = try RegexSearch(code, groupCount, subject, limit)
        var found: [[Range<Int>?]] = []
        var start = 0
        while start <= subject.count, let match = try search.match(from: start), let whole = match[0] {
            found.append(match)
            guard found.count <= Regex.mostMatches else {
                throw ProgramError("the pattern matches more than \(Regex.mostMatches) times in this text")
            }
            start = max(start, whole.upperBound)
            if whole.isEmpty {
                start += 1
                while start < subject.count, subject[start] & 0xC0 == 0x80 { start += 1 }
            }
        }
        return found
    }

    /// The subject with matches replaced; `$1`, `${name}` and `$$` stand in the replacement.
    ///
    /// - Throws: when it names a group that there is not, makes the text too large, or takes too long.
    package func replace(
        in subject: [UInt8], with replacement: String, all: Bool, _ limit: TimeLimit = TimeLimit()
    ) throws(ProgramError) -> String {
        let matches =
            all
            ? try allMatches(in: subject, limit) : try match(in: subject, from: 0, limit).map { [$0] } ?? []
        var output: [UInt8] = []
        var last = 0
        for match in matches {
            guard let whole = match[0], whole.lowerBound >= last else { continue }
            output += subject[last..<whole.lowerBound]
            output += try expanded(replacement, match, subject)
            last = whole.upperBound
            guard output.count <= Regex.mostBytes else {
                throw ProgramError("the replaced text is larger than \(Regex.mostBytes >> 20) MB")
            }
            if limit.isOver { throw ProgramError.stopped }
        }
        return String(decoding: output + subject[last...], as: UTF8.self)
    }

    /// The group of a name; of several by that name, as `(?J)` allows, the one that took part in a match.
    ///
    /// - Parameter match: the parts of a match by their numbers.
    package func number(ofGroup name: String, in match: [Range<Int>?]) -> Int? {
        let numbers = groupNames.lazy.filter { $0.name == name }.map(\.number)
        return numbers.first { match.indices.contains($0) && match[$0] != nil } ?? numbers.first
    }

    /// The group that a replacement names and the pattern has not, as it is written; nil when all are there.
    package func missingGroup(in replacement: String) -> String? {
        do throws(ProgramError) {
            _ = try expanded(replacement, [Range<Int>?](repeating: nil, count: groupCount + 1), [])
            return nil
        } catch {
            return error.message
        }
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
            guard let group = Int(text) ?? number(ofGroup: text, in: match), match.indices.contains(group)
            else {
                throw ProgramError(
                    "`replace` names the group `\(text)`, which the pattern has not; write `$$` for a `$`")
            }
            if let range = match[group] { output += subject[range] }
        }
        return output
    }
}

/// One subject searched by one pattern, within its time.
private final class RegexSearch {
    private let code: OpaquePointer
    private let groupCount: Int
    private let subject: [UInt8]
    private let data: OpaquePointer
    private let context: OpaquePointer
    private let limit: TimeLimit
    private let lastNanosecond: UInt64
    private var callouts = 0

    init(_ code: OpaquePointer, _ groupCount: Int, _ subject: [UInt8], _ limit: TimeLimit)
        throws(ProgramError)
    {
        guard let data = pcre2_match_data_create_from_pattern_8(code, nil),
            let context = pcre2_match_context_create_8(nil)
        else { throw ProgramError("out of memory") }
        (self.code, self.groupCount, self.subject, self.limit) = (code, groupCount, subject, limit)
        (self.data, self.context) = (data, context)
        // An honest pattern needs some nanoseconds a byte.
        lastNanosecond = computedNanoseconds() + 50_000_000 + 200 * UInt64(subject.count)
        pcre2_set_match_limit_8(context, Regex.matchLimit)
        pcre2_set_depth_limit_8(context, Regex.depthLimit)
        pcre2_set_heap_limit_8(context, Regex.heapLimit)
        pcre2_set_callout_8(
            context,
            { _, search in
                guard let search else { return 0 }
                return Unmanaged<RegexSearch>.fromOpaque(search).takeUnretainedValue().isOver
                    ? PCRE2_ERROR_CALLOUT : 0
            }, Unmanaged.passUnretained(self).toOpaque())
    }

    deinit {
        pcre2_match_data_free_8(data)
        pcre2_match_context_free_8(context)
    }

    private var isOver: Bool {
        callouts += 1
        // Asking for the time costs as much as many a match.
        return callouts & 31 == 0 && (limit.isOver || computedNanoseconds() > lastNanosecond)
    }

    func match(from start: Int) throws(ProgramError) -> [Range<Int>?]? {
        let result = pcre2_match_8(
            code, subject, subject.count, start, UInt32(PCRE2_NO_UTF_CHECK), data, context)
        switch result {
        case PCRE2_ERROR_NOMATCH: return nil
        case PCRE2_ERROR_CALLOUT:
            if limit.isOver { throw ProgramError.stopped }
            throw ProgramError("the pattern takes too long on this text: it is tried at too many places")
        case PCRE2_ERROR_MATCHLIMIT, PCRE2_ERROR_DEPTHLIMIT, PCRE2_ERROR_HEAPLIMIT:
            if limit.isOver { throw ProgramError.stopped }
            throw ProgramError(
                "the pattern takes too long on this text: it backtracks without end (possessive `++` or `(?>…)` help)"
            )
        default: break
        }
        guard result > 0, let vector = pcre2_get_ovector_pointer_8(data) else {
            throw ProgramError(Regex.message(result))
        }
        return (0...groupCount).map { group in
            let (from, to) = (vector[2 * group], vector[2 * group + 1])
            return from == Int.max || from < 0 || to < from || group >= Int(result) ? nil : from..<to
        }
    }
}

/// Nanoseconds that this thread has computed: a busy machine makes no pattern a slow one.
private func computedNanoseconds() -> UInt64 {
    var time = timespec()
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
    return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
}
