internal import CJQ
package import Programs

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// A compiled jq program. Only a worker uses it, one run after the other: some inputs make the library crash.
package final class JQ {
    private let state: OpaquePointer
    /// Whether the program itself holds the words that jq writes in place of what it leaves out.
    private let namesOmission: Bool

    /// What jq writes in place of what lies deeper than it goes.
    private static let omission = "<stripped: exceeds max depth>"

    /// - Throws: `ProgramError` with jq's words when the program does not compile.
    package init(_ program: String) throws(ProgramError) {
        let (state, words) = JQ.compiled(JQ.prelude + program)
        guard let state else { throw ProgramError(JQ.firstLine(words)) }
        self.state = state
        namesOmission = strstr(program, JQ.omission) != nil
        jq_set_error_cb(state, { _, message in jv_free(message) }, nil)
        // Without these, jq calls through a null pointer when a program asks for more inputs or prints for
        // its author.
        jq_set_input_cb(
            state, { _, _ in jv_invalid_with_msg(jv_string("there is one input only, and it is `.`")) }, nil)
        jq_set_debug_cb(state, { _, message in jv_free(message) }, nil)
    }

    deinit {
        var copy: OpaquePointer? = state
        jq_teardown(&copy)
    }

    /// What jq says of a program that does not compile, all lines of it; nil for one that does.
    package static func complaint(about program: String) -> String? {
        let (state, words) = compiled(program)
        guard state != nil else { return words }
        var copy = state
        jq_teardown(&copy)
        return nil
    }

    /// Stands on the program's first line: the environment holds keys, which a result would show; jq takes
    /// `error(null)` for the end of the outputs; and it counts the room that an array needs in 32 bits, so
    /// that it would write beyond an array for an index above a billion or so.
    ///
    /// `_assign` and `_modify` are what jq makes of `=`, `|=`, `+=` and their kin. The first one is written as
    /// jq's own is, since a path looked at on its way there would have the array copied for each element.
    private static let prelude = """
        {} as $ENV | def env: {}; def _error(m): error(m); \
        def error(m): m as $m | if $m == null then _error("null (null) was raised") else _error($m) end; \
        def error: error(.); \
        def _rounds: test("(^|[^0-9.\\"a-zA-Z_-])-?[0-9]{16,}($|[^0-9.eE\\"])"); \
        def _isRounded: _rounds and (gsub("\\"(\\\\\\\\.|[^\\"\\\\\\\\])*\\""; "") | _rounds); \
        def _refuse: error("a whole number of 16 digits or more would be rounded: keep it as text"); \
        def _fromjson: fromjson; def fromjson: if type == "string" and _isRounded then _refuse else _fromjson end; \
        def _tonumber: tonumber; def tonumber: if type == "string" and _rounds then _refuse else _tonumber end;
        """
        + " "
            + """
            def _tooFar: (.[0] > 1e9 and .[0] < "") or (.[-1] > 1e9 and .[-1] < ""); \
            def _farAway: error("an index of at most 1000000000 fits into an array"); \
            def _assign(paths; $value): reduce path(paths) as $p (.; if $p | _tooFar then _farAway else setpath($p; $value) end); \
            def _near(paths): path(paths) as $p | if $p | _tooFar then _farAway else getpath($p) end; \
            def _change(paths; update): _modify(paths; update); \
            def _modify(paths; update): _change(_near(paths); update); \
            def _put(path; $value): setpath(path; $value); \
            def setpath(path; $value): _put(path | if _tooFar then _farAway else . end; $value);
            """ + " "

    private static func compiled(_ program: String) -> (state: OpaquePointer?, words: String) {
        guard let state = jq_init() else { return (nil, "out of memory") }
        let messages = Messages()
        jq_set_error_cb(
            state, { data, message in JQ.keep(message, data) }, Unmanaged.passUnretained(messages).toOpaque())
        let compiles = withExtendedLifetime(messages) { jq_compile(state, program) != 0 }
        if compiles { return (state, "") }
        var copy: OpaquePointer? = state
        jq_teardown(&copy)
        return (nil, messages.text)
    }

    private final class Messages {
        var text = ""
    }

    private static func keep(_ message: jv, _ data: UnsafeMutableRawPointer?) {
        if let data, let text = jv_string_value(message) {
            Unmanaged<Messages>.fromOpaque(data).takeUnretainedValue().text += String(cString: text) + "\n"
        }
        jv_free(message)
    }

    /// jq's own words without the lines that show its internals.
    private static func firstLine(_ text: String) -> String {
        let line = text.split(separator: "\n").first.map(String.init) ?? "the program does not compile"
        return line.replacingPrefix("jq: error: ").replacingSuffix(" (Unix shell quoting issues?)")
    }

    /// Every output for one input: JSON text in, a JSON list out.
    ///
    /// - Throws: `ProgramError` when the program fails, or gives more than so many bytes.
    package func run(_ input: String, maximumBytes: Int = 64 << 20) throws(ProgramError) -> [UInt8] {
        let value = jv_parse(input)
        guard isValid(value) else {
            jv_free(value)
            throw ProgramError("the input is no JSON that jq reads: it takes up to 256 levels")
        }
        let namesOmission = namesOmission || strstr(input, JQ.omission) != nil
        jq_start(state, value, 0)
        var output: [UInt8] = [UInt8(ascii: "[")]
        while true {
            let next = jq_next(state)
            guard isValid(next) else {
                try end(next)
                output.append(UInt8(ascii: "]"))
                return output
            }
            if output.count > 1 { output.append(UInt8(ascii: ",")) }
            let dumped = jv_dump_string(jv_copy(next), 0)
            defer { jv_free(next) }
            var oddity: Oddity?
            if let text = jv_string_value(dumped) {
                let isShortened = strstr(text, JQ.omission) != nil
                if isShortened, !namesOmission {
                    // Also within a text that `tojson` has made.
                    oddity = .depth
                } else if isShortened || strstr(text, "null") != nil {
                    // jq writes `null` in place of NaN.
                    oddity = JQ.oddity(of: next)
                }
                output += UnsafeBufferPointer(
                    start: text, count: Int(jv_string_length_bytes(jv_copy(dumped)))
                )
                .map { UInt8(bitPattern: $0) }
            }
            jv_free(dumped)
            if let oddity { throw ProgramError(oddity.rawValue) }
            if output.count > maximumBytes {
                throw ProgramError("jq gave more than \(maximumBytes >> 20) MB")
            }
        }
    }

    /// What jq has in a value and does not write out; the sentence says so.
    private enum Oddity: String {
        case notANumber = "the program gave NaN, which is no number of JSON's"
        case depth = "the value nests deeper than the 256 levels that jq writes out"
    }

    private static func oddity(of value: jv, at depth: Int = 0) -> Oddity? {
        guard depth <= 256 else { return .depth }
        switch jv_get_kind(value) {
        case JV_KIND_NUMBER: return jv_number_value(value).isNaN ? .notANumber : nil
        case JV_KIND_ARRAY:
            for index in 0..<jv_array_length(jv_copy(value)) {
                let item = jv_array_get(jv_copy(value), index)
                defer { jv_free(item) }
                if let found = oddity(of: item, at: depth + 1) { return found }
            }
            return nil
        case JV_KIND_OBJECT:
            var place = jv_object_iter(value)
            while jv_object_iter_valid(value, place) != 0 {
                let item = jv_object_iter_value(value, place)
                defer { jv_free(item) }
                if let found = oddity(of: item, at: depth + 1) { return found }
                place = jv_object_iter_next(value, place)
            }
            return nil
        default: return nil
        }
    }

    /// How the outputs came to their end: by themselves, by an error, or because the program halted.
    private func end(_ last: jv) throws(ProgramError) {
        defer { jv_free(last) }
        if jq_halted(state) != 0 {
            let code = jq_get_exit_code(state)
            let message = jq_get_error_message(state)
            defer {
                jv_free(code)
                jv_free(message)
            }
            // `halt` has neither; who writes `halt_error` means an error, whatever the exit code.
            guard isValid(message) || (jv_get_kind(code) == JV_KIND_NUMBER && jv_number_value(code) != 0)
            else { return }
            throw ProgramError("the program halted: " + words(of: message))
        }
        guard jv_invalid_has_msg(jv_copy(last)) != 0 else { return }
        let message = jv_invalid_get_msg(jv_copy(last))
        defer { jv_free(message) }
        throw ProgramError(words(of: message))
    }

    private func words(of message: jv) -> String {
        guard isValid(message) else { return JQ.withoutMessage }
        let shown =
            jv_get_kind(message) == JV_KIND_STRING ? jv_copy(message) : jv_dump_string(jv_copy(message), 0)
        defer { jv_free(shown) }
        let words = jv_string_value(shown).map { String(cString: $0) } ?? ""
        return words.isEmpty ? JQ.withoutMessage : JQ.ours[words] ?? words
    }

    /// Said of an error whose message is an empty text.
    private static let withoutMessage = "an error without a message"

    /// Words of the library's that say what is not so, or say nothing to the author of a program, and ours
    /// for them.
    private static let ours = [
        "Out of bounds negative array index":
            "an index is before the first element of its array, or beyond what an array holds"
    ]
}

extension String {
    fileprivate func replacingPrefix(_ prefix: String) -> String {
        hasPrefix(prefix) ? String(dropFirst(prefix.count)) : self
    }

    /// Cuts the text where a part begins.
    fileprivate func replacingSuffix(_ part: String) -> String {
        var start = startIndex
        while start < endIndex {
            if self[start...].hasPrefix(part) { return String(self[..<start]) }
            start = index(after: start)
        }
        return self
    }
}

/// `jv_is_valid` is inline in the header, which Swift does not import.
private func isValid(_ value: jv) -> Bool { jv_get_kind(value) != JV_KIND_INVALID }
