import AutoRuntime
import Computing
import Diagnostics
import Processes
import Programs
import StepKinds
import Values

/// Reads the bodies of answers: as text in their character set, and as JSON.
struct AnswerBody: Sendable {
    let workers: WorkerPool
    /// The step's timeout in nanoseconds.
    let timeout: Int64?

    /// The body as a value: parsed for a type of JSON (null when it is empty), text for a type of text, else
    /// bytes. Where the server names no type, what is UTF-8 is text, and what is JSON is parsed.
    ///
    /// - Throws: kind `body`, when it is not what the server says it is.
    func value(of response: HTTPResponse) async throws(StepFailure) -> Value {
        let type = MediaType(response[header: "content-type"])
        let bytes = response.body
        switch type.reading {
        case .bytes: return .bytes(bytes)
        case .text: return .string(String(decoding: try await utf8(bytes, type), as: UTF8.self))
        case .json:
            guard !bytes.isEmpty else { return .null }
            let text = try await utf8(bytes, type)
            do throws(JSONError) { return try await parsed(text) } catch {
                throw StepFailure(.body, AnswerBody.sentence(error, text))
            }
        case .unknown:
            guard let text = try? await utf8(bytes, type) else { return .bytes(bytes) }
            if !text.isEmpty, let value = try? await parsed(text) { return value }
            return .string(String(decoding: text, as: UTF8.self))
        }
    }

    /// The body as text for a sentence, however broken it is; empty for bytes.
    func shown(_ response: HTTPResponse) async -> String {
        let type = MediaType(response[header: "content-type"])
        guard type.reading != .bytes else { return "" }
        let text = (try? await utf8(response.body, type)) ?? response.body
        return String(decoding: text, as: UTF8.self)
    }

    /// The text of the body in UTF-8, without a byte order mark.
    private func utf8(_ bytes: [UInt8], _ type: MediaType) async throws(StepFailure) -> [UInt8] {
        // A mark at the beginning says more than the server does.
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { return try await checked(Array(bytes.dropFirst(3))) }
        if bytes.starts(with: [0xFE, 0xFF]) { return try await utf16(bytes.dropFirst(2), isBig: true) }
        if bytes.starts(with: [0xFF, 0xFE]) { return try await utf16(bytes.dropFirst(2), isBig: false) }
        // What names UTF-16 in letters of one byte is none.
        let named = type.namesCharsetInside ? AnswerBody.charsetInside(bytes) : nil
        let inside = named?.hasPrefix("utf-16") == true ? nil : named
        switch (type.charset ?? inside)?.lowercased() {
        case "utf-8", "utf8", "unicode-1-1-utf-8": return try await checked(bytes)
        case "utf-16be": return try await utf16(bytes[...], isBig: true)
        // By the Encoding Standard the bare name means the order that most writers use.
        case "utf-16", "utf-16le": return try await utf16(bytes[...], isBig: false)
        case let charset?: return try await decoded(bytes, charset)
        case nil: break
        }
        if await isUTF8(bytes) { return bytes }
        // JSON is UTF-8 (RFC 8259), and bytes of which nothing is known are not guessed at.
        guard type.reading == .text else { return try await checked(bytes) }
        return try await decoded(bytes, "windows-1252")
    }

    private func isUTF8(_ bytes: [UInt8]) async -> Bool {
        await aside(bytes.count) { String(validating: bytes, as: UTF8.self) != nil }
    }

    private func checked(_ bytes: [UInt8]) async throws(StepFailure) -> [UInt8] {
        if await isUTF8(bytes) { return bytes }
        let place = await aside(bytes.count) { AnswerBody.firstFault(bytes) }
        throw StepFailure(
            .body, "the body of the answer is no UTF-8: byte \(place + 1) belongs to no character")
    }

    /// Where bytes stop being UTF-8.
    private static func firstFault(_ bytes: [UInt8]) -> Int {
        var parser = Unicode.UTF8.ForwardParser()
        var iterator = bytes.makeIterator()
        var place = 0
        while case .valid(let scalar) = parser.parseScalar(from: &iterator) { place += scalar.count }
        return place
    }

    private func utf16(_ bytes: ArraySlice<UInt8>, isBig: Bool) async throws(StepFailure) -> [UInt8] {
        guard bytes.count.isMultiple(of: 2) else {
            throw StepFailure(
                .body, "the body of the answer is UTF-16 that ends in the middle of a character")
        }
        let text = await aside(bytes.count) { () -> [UInt8]? in
            let units = stride(from: bytes.startIndex, to: bytes.endIndex, by: 2).map { index in
                let (first, second) = (UInt16(bytes[index]), UInt16(bytes[index + 1]))
                return isBig ? first << 8 | second : second << 8 | first
            }
            return String(validating: units, as: UTF16.self).map { Array($0.utf8) }
        }
        guard let text else {
            throw StepFailure(.body, "the body of the answer is no UTF-16: it holds half of a character")
        }
        return text
    }

    /// The text of bytes in any other character set, which a worker knows.
    private func decoded(_ bytes: [UInt8], _ charset: String) async throws(StepFailure) -> [UInt8] {
        if bytes.isEmpty { return [] }
        // A line break behind the end: a library that meets half a character there drops all that it holds
        // back, and then the line break is not in the text.
        let request = WorkerRequest.decode(bytes: bytes + [0x0A], charset: charset)
        switch try await workers.answer(to: request, "the decoding of the answer's body", timeout) {
        case .problem(let words, _):
            throw StepFailure(.body, "the body of the answer cannot be read: \(words)")
        case .value(let text):
            // The worker's sign for a byte that fits no character; these sets have none of their own.
            let isWhole = await aside(text.count) { !AnswerBody.hasReplacement(text) }
            guard isWhole, text.last == 0x0A else {
                throw StepFailure(
                    .body,
                    "the body of the answer is no text in `\(charset.prefix(40))`: some of its bytes belong to "
                        + "no character")
            }
            return Array(text.dropLast())
        }
    }

    /// Whether U+FFFD stands in a text.
    private static func hasReplacement(_ text: [UInt8]) -> Bool {
        text.count >= 3
            && (0...(text.count - 3)).contains {
                text[$0] == 0xEF && text[$0 + 1] == 0xBF && text[$0 + 2] == 0xBD
            }
    }

    /// The character set that a text names at its beginning: `encoding="…"` in XML, `charset=…` in HTML.
    private static func charsetInside(_ bytes: [UInt8]) -> String? {
        let start = String(decoding: bytes.prefix(1_024).map { $0 < 0x80 ? $0 : 0x3F }, as: UTF8.self)
            .lowercased()
        for word in ["encoding=", "charset="] {
            guard let found = start.firstRange(ofText: word) else { continue }
            let value = start[found.upperBound...].drop { $0 == "\"" || $0 == "'" }
                .prefix { $0.isASCII && ($0.isLetter || $0.isNumber || "-_:.".contains($0)) }
            if !value.isEmpty { return String(value) }
        }
        return nil
    }

    private func parsed(_ text: [UInt8]) async throws(JSONError) -> Value {
        // A step that is over reads no further.
        let outcome = text.count <= 1 << 16 ? parse(text, TimeLimit()) : await onOwnThread { parse(text, $0) }
        return try outcome.get()
    }

    private func parse(_ text: [UInt8], _ limit: TimeLimit) -> Result<Value, JSONError> {
        do throws(JSONError) { return .success(try JSON.parse(bytes: text, limit)) } catch {
            return .failure(error)
        }
    }

    /// Why a body is no JSON, with the place but without the text that stands there, which may be a secret.
    private static func sentence(_ error: JSONError, _ text: [UInt8]) -> String {
        let reason = error.reason
        switch error.kind {
        case .cutShort: return "the body of the answer is JSON that ends too early: \(reason)"
        case .tooLarge: return "the body of the answer is too large: \(reason)"
        case .malformed, .stopped: break
        }
        let before = text[..<min(error.offset, text.count)]
        let line = before.count { $0 == 0x0A } + 1
        let start = before.lastIndex(of: 0x0A).map { $0 + 1 } ?? 0
        let column = String(decoding: before[start...], as: UTF8.self).unicodeScalars.count + 1
        return "the body of the answer cannot be read as JSON at line \(line), column \(column): \(reason)"
    }

    /// Large work is done on a thread of its own.
    private func aside<Result: Sendable>(_ size: Int, _ work: @escaping @Sendable () -> Result) async
        -> Result
    {
        size <= 1 << 16 ? work() : await onOwnThread { _ in work() }
    }
}
