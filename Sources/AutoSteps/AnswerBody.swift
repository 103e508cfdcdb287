import AutoRuntime
import Computing
import Diagnostics
import Encodings
import StepKinds
import Values

/// Reads the bodies of answers: as text in their character set, and as JSON.
struct AnswerBody: Sendable {
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

    /// The text of the body in UTF-8, without a byte-order mark.
    ///
    /// - Throws: where some of its bytes belong to no character, and for an encoding that is not known: what an API
    ///   gives is taken for data, and data are whole or none.
    private func utf8(_ bytes: [UInt8], _ type: MediaType) async throws(StepFailure) -> [UInt8] {
        switch StatedEncoding(of: bytes, said: type.charset, namesItself: type.namesCharsetInside) {
        case .known(let encoding, _, let markLength):
            return try await whole(Array(bytes.dropFirst(markLength)), encoding, type.charset)
        case .unknown(let label):
            throw StepFailure(
                .body, "the body of the answer cannot be read: the character set `\(label)` is not known")
        case .nothing:
            let text = await decoded(bytes, .utf8)
            // JSON is UTF-8 (RFC 8259), and bytes of which nothing is known are not guessed at.
            guard text.firstFault != nil, type.reading == .text else {
                return try AnswerBody.whole(text, .utf8, nil)
            }
            return try await whole(bytes, .windows1252, nil)
        }
    }

    private func decoded(_ bytes: [UInt8], _ encoding: TextEncoding) async -> Decoded {
        await aside(bytes.count) { encoding.decode(bytes) }
    }

    private func whole(_ bytes: [UInt8], _ encoding: TextEncoding, _ label: String?)
        async throws(StepFailure) -> [UInt8]
    {
        try AnswerBody.whole(await decoded(bytes, encoding), encoding, label)
    }

    /// - Parameter label: what the server calls the encoding.
    private static func whole(_ text: Decoded, _ encoding: TextEncoding, _ label: String?)
        throws(StepFailure) -> [UInt8]
    {
        guard let fault = text.firstFault else { return text.utf8 }
        let name = label.map { String($0.prefix(40)) } ?? encoding.rawValue
        throw StepFailure(
            .body,
            "the body of the answer is no text in `\(name)`: byte \(fault + 1) belongs to no character")
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
