import OrderedCollections
import Programs
import Values

/// An error in a server's own words, from whichever place the server puts them in.
struct ServerError: Sendable {
    /// What the server says, on one line.
    let words: String
    /// The server's own name for the error; empty when it gives none.
    let code: String
    /// The HTTP status that the error says it has, which is not always that of the answer it stands in.
    let status: Int?

    /// Reads the error out of JSON; nil when the JSON tells of none.
    ///
    /// The places are OpenAI's and Anthropic's `error`, Gemini's list of one, FastAPI's `detail` (a text, or what
    /// is wrong with each field), the `object: error` of vLLM, Mistral's `message.detail`, Amazon's `Message`,
    /// Zhipu's `msg`, Baidu's `error_msg`, and MiniMax's `base_resp`, which stands in good replies too.
    init?(in value: Value) {
        if let list = value.asList {
            guard let first = list.lazy.compactMap({ ServerError(in: $0) }).first else { return nil }
            self = first
            return
        }
        guard let map = value.asMap else { return nil }
        // What holds a reply is no error because of a note beside it; only `error` says that it failed.
        let isReply = ["choices", "content", "delta", "usage"].contains { name in
            map[name].map { !$0.isNull } ?? false
        }
        // Every event of every reply comes here.
        if isReply, map["error"] == nil, map["base_resp"] == nil { return nil }
        let places =
            isReply
            ? ["error", "base_resp"]
            : ["error", "detail", "message", "errors", "Message", "msg", "error_msg", "base_resp", "title"]
        let said = places.lazy.compactMap { name in ServerError.words(map[name], under: name) }.first
        guard let said else { return nil }
        let error = map["error"]?.asMap ?? map
        // OAuth has the name in `error`, and the words beside it.
        // Spring has the name of the status there.
        let beside = ["error_description", map["error"]?.asText == nil ? nil : "message"].compactMap(\.self)
        let more = isReply ? nil : beside.lazy.compactMap { map[$0]?.asText?.onOneLine }.first
        words = said + (more.map { $0.isEmpty || said.contains($0) ? "" : ": \($0)" } ?? "")
        code = error["code"]?.asText ?? error["type"]?.asText ?? ""
        let names = [code, error["type"]?.asText, error["status"]?.asText]
        status =
            error["code"]?.asInt ?? Int(code) ?? error["status"]?.asInt
            ?? names.lazy.compactMap { $0.flatMap { ServerError.statuses[$0] } }.first
    }

    /// Reads the error out of an answer's body, of a page what a reader would see.
    init(body: [UInt8]) {
        if let value = try? JSON.parse(bytes: body.withoutMark), let error = ServerError(in: value) {
            self = error
        } else {
            (words, code, status) = (ServerError.text(of: body), "", nil)
        }
    }

    /// The names of Anthropic, Google and OpenAI for what other servers say by a status.
    private static let statuses = [
        "RESOURCE_EXHAUSTED": 429, "UNAVAILABLE": 503, "INTERNAL": 500, "DEADLINE_EXCEEDED": 504,
        "INVALID_ARGUMENT": 400, "UNAUTHENTICATED": 401, "PERMISSION_DENIED": 403,
        "rate_limit_exceeded": 429,
        "invalid_request_error": 400, "authentication_error": 401, "permission_error": 403,
        "not_found_error": 404, "request_too_large": 413, "rate_limit_error": 429, "api_error": 500,
        "overloaded_error": 529,
    ]

    /// The words under a name; a `message` that is a record is Anthropic's beginning of a reply, unless it says more.
    private static func words(_ value: Value?, under name: String) -> String? {
        if name == "message", let map = value?.asMap, map["detail"] == nil { return nil }
        if name == "base_resp", value?.asMap?["status_code"]?.asInt == 0 { return nil }
        return value.flatMap(words)
    }

    /// The words that stand for an error; nil when nothing does, as with `"error": null`.
    private static func words(_ value: Value) -> String? {
        switch value {
        case .string(let text): return text.isEmpty ? nil : text.onOneLine
        case .list(let items):
            let all = items.compactMap(words)
            return all.isEmpty ? nil : all.joined(separator: "; ")
        case .map(let map):
            guard map.entries.values.contains(where: { !$0.isNothing }) else { return nil }
            let names = ["message", "detail", "msg", "error", "status_msg"]
            guard let said = names.lazy.compactMap({ map[$0].flatMap(words) }).first else {
                return JSON.text(value)
            }
            // FastAPI says where in the request; OpenRouter passes on what the model's provider said.
            let place = map["loc"]?.asList?.map { $0.asText ?? JSON.text($0) }.joined(separator: ".")
            let metadata = map["metadata"]?.asMap
            // Groq shows what the model wrote that was no call, or no JSON.
            let inner = (metadata?["raw"] ?? metadata?["reasons"] ?? map["failed_generation"]).flatMap {
                words($0)
            }
            let hint = (map["hint"]?.asText).map { " (\($0.onOneLine))" } ?? ""
            return (place.map { "\($0): " } ?? "") + said + (inner.map { ": \($0)" } ?? "") + hint
        case .bool(true): return "an error"
        case .int, .uint, .double: return value.isNothing ? nil : JSON.text(value)
        case .null, .bool, .bytes, .timestamp, .duration, .type, .optional: return nil
        }
    }

    private static func text(of body: [UInt8]) -> String {
        let bytes = Array(body.prefix(50_000))
        let escape: UInt8 = 0x1B
        guard !bytes.contains(where: { $0 < 0x20 && !(0x09...0x0D).contains($0) && $0 != escape }) else {
            let shown = bytes.prefix(8).map { byte in
                (byte < 16 ? "0" : "") + String(byte, radix: 16)
            }
            return "\(body.count) bytes that are no text (they begin with \(shown.joined(separator: " ")))"
        }
        let tags =
            (try? Regex(#"(?is)<(style|script)\b.*?</\1>|<!?[a-z/][^>]*>"#).allMatches(in: bytes)) ?? []
        var text = ""
        var start = 0
        for tag in tags.compactMap({ $0[0] }) {
            text += String(decoding: bytes[start..<tag.lowerBound], as: UTF8.self) + " "
            start = tag.upperBound
        }
        return (text + String(decoding: bytes[start...], as: UTF8.self)).onOneLine
    }
}

extension Value {
    /// Whether it is one of the values by which servers say that there is nothing to say.
    fileprivate var isNothing: Bool {
        switch self {
        case .null, .bool(false), .string(""), .int(0), .uint(0), .double(0): true
        case .list(let items): items.isEmpty
        case .map(let map): map.count == 0
        case .bool, .int, .uint, .double, .string, .bytes, .timestamp, .duration, .type, .optional: false
        }
    }
}

extension [UInt8] {
    /// The bytes without the mark by which some servers begin a text in UTF-8.
    var withoutMark: [UInt8] { starts(with: [0xEF, 0xBB, 0xBF]) ? Array(dropFirst(3)) : self }
}

extension String {
    fileprivate var onOneLine: String { split(whereSeparator: \.isWhitespace).joined(separator: " ") }
}
