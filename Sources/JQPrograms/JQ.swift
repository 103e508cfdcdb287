internal import CJQ
package import Programs
import Synchronization

/// A compiled jq program.
///
/// `@unchecked Sendable`: `state` is touched only while `lock` is held.
package final class JQ: @unchecked Sendable {
    private let state: OpaquePointer
    private let lock = Mutex<Void>(())

    package init(_ program: String) throws(ProgramError) {
        guard let state = jq_init() else { throw ProgramError("jq: out of memory") }
        let messages = Messages()
        jq_set_error_cb(
            state, { data, message in JQ.keep(message, data) }, Unmanaged.passUnretained(messages).toOpaque())
        guard jq_compile(state, JQ.withoutEnvironment + program) != 0 else {
            let text = messages.text
            var copy: OpaquePointer? = state
            jq_teardown(&copy)
            throw ProgramError(JQ.firstLine(text), offset: nil)
        }
        jq_set_error_cb(state, { _, _ in }, nil)
        self.state = state
    }

    /// Stands on the program's first line: the environment holds keys, which a result would show.
    private static let withoutEnvironment = "{} as $ENV | def env: {}; "

    deinit {
        var copy: OpaquePointer? = state
        jq_teardown(&copy)
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

    /// Every output for one input, both as JSON text. At most so many outputs and so many bytes of them.
    package func run(_ input: String, maximumBytes: Int = 64 << 20) throws(ProgramError) -> [String] {
        let outcome = lock.withLock { _ -> Result<[String], ProgramError> in
            let value = jv_parse(input)
            guard isValid(value) else {
                jv_free(value)
                return .failure(ProgramError("the input is no JSON that jq reads"))
            }
            jq_start(state, value, 0)
            var outputs: [String] = []
            var bytes = 0
            while true {
                let next = jq_next(state)
                guard isValid(next) else { return JQ.end(next, outputs) }
                let dumped = jv_dump_string(next, 0)
                if let text = jv_string_value(dumped) { outputs.append(String(cString: text)) }
                jv_free(dumped)
                bytes += outputs.last?.utf8.count ?? 0
                if bytes > maximumBytes {
                    return .failure(ProgramError("jq gave more than \(maximumBytes >> 20) MB"))
                }
            }
        }
        return try outcome.get()
    }

    private static func end(_ last: jv, _ outputs: [String]) -> Result<[String], ProgramError> {
        guard jv_invalid_has_msg(jv_copy(last)) != 0 else {
            jv_free(last)
            return .success(outputs)
        }
        let message = jv_invalid_get_msg(last)
        let shown =
            jv_get_kind(message) == JV_KIND_STRING ? jv_copy(message) : jv_dump_string(jv_copy(message), 0)
        let text = jv_string_value(shown).map { String(cString: $0) } ?? "error"
        jv_free(shown)
        jv_free(message)
        return .failure(ProgramError(text))
    }
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
