import AutoChecker
package import AutoRuntime
import OrderedCollections
import Synchronization
import Values

/// Any server that speaks OpenAI's chat completions.
struct OpenAIModels: ModelProvider {
    let client: any HTTPClient
    let base: String
    let key: String?
    /// Hides the keys in what a provider says.
    let masker: Masker

    func reply(to request: ModelRequest) async throws(StepFailure) -> String {
        let root = base.hasSuffix("/") ? String(base.dropLast()) : base
        var headers = [("content-type", "application/json"), ("accept", "text/event-stream")]
        if let key { headers.append(("authorization", "Bearer \(key)")) }
        // The base url is the user's own setting, so it may well be on this machine.
        let outgoing = HTTPRequest(
            method: "POST", url: root + "/chat/completions", headers: headers,
            body: Array(JSON.text(body(request)).utf8), allowPrivate: true,
            followsRedirects: false)
        let stream = Mutex(OpenAIStream())
        let response = try await client.send(outgoing) { bytes in
            for text in stream.withLock({ $0.take(bytes) }) { request.onText(text) }
        }
        guard response.status == 200 else {
            throw modelFailure(
                response, provider: "the model's server", keyVariable: ModelSettings.openAIVariable,
                masker: masker)
        }
        let ended = stream.withLock { $0 }
        let reply = try ended.reply(response)
        request.use(ended.tokens?.input, ended.tokens?.output, reply)
        return reply
    }

    private func body(_ request: ModelRequest) -> Value {
        var body = MapValue(record: [
            ("model", .string(request.model)), ("messages", .list(request.messages)), ("stream", .bool(true)),
            ("stream_options", .record([("include_usage", .bool(true))])),
        ])
        for (name, value) in request.options.entries { body[key: name] = value }
        if let type = request.resultType, type != .text { body["response_format"] = responseFormat(type) }
        return .map(body)
    }

    private func responseFormat(_ type: DataType) -> Value {
        if type == .json { return .record([("type", .string("json_object"))]) }
        let schema: Value
        if case .record = type {
            schema = type.jsonSchema
        } else {
            schema = DataType.record([DataField("value", type)], name: "").jsonSchema
        }
        return .record([
            ("type", .string("json_schema")),
            (
                "json_schema",
                .record([
                    ("name", .string("result")), ("schema", schema),
                    ("strict", .bool(!type.hasOptionalFields)),
                ])
            ),
        ])
    }
}

extension DataType {
    /// Strict schemas know no optional fields.
    var hasOptionalFields: Bool {
        switch self {
        case .record(let fields, _): fields.contains { $0.isOptional || $0.type.hasOptionalFields }
        case .list(let element): element.hasOptionalFields
        case .json: true
        case .text, .int, .number, .bool, .bytes, .url, .oneOf: false
        }
    }
}

/// The reply as it comes in pieces.
private struct OpenAIStream {
    private var lines = EventLines()
    private var text = ""
    private var calls: [Int: (name: String, arguments: String)] = [:]
    private var end: String?
    private var refusal = ""
    private var failure: String?
    private(set) var tokens: (input: Int, output: Int)?

    mutating func take(_ bytes: [UInt8]) -> [String] {
        var fresh: [String] = []
        for line in lines.take(bytes) {
            if line == "[DONE]" {
                end = end ?? "stop"
                continue
            }
            guard let event = try? JSON.parse(line) else {
                failure = failure ?? "a piece of the reply is no JSON"
                continue
            }
            if let error = event.asMap?["error"] {
                failure = error.asMap?["message"]?.asText ?? JSON.text(error)
            }
            if let usage = event.asMap?["usage"]?.asMap, let input = usage["prompt_tokens"]?.asInt {
                tokens = (input, usage["completion_tokens"]?.asInt ?? 0)
            }
            guard let choice = event.asMap?["choices"]?.asList?.first?.asMap else { continue }
            if let reason = choice["finish_reason"]?.asText { end = reason }
            guard let delta = choice["delta"]?.asMap else { continue }
            if let part = delta["content"]?.asText, !part.isEmpty {
                text += part
                fresh.append(part)
            }
            if let part = delta["refusal"]?.asText { refusal += part }
            for call in delta["tool_calls"]?.asList ?? [] { add(call) }
        }
        return fresh
    }

    private mutating func add(_ call: Value) {
        let index = call.asMap?["index"]?.asInt ?? 0
        let function = call.asMap?["function"]?.asMap
        var known = calls[index] ?? ("", "")
        known.name += function?["name"]?.asText ?? ""
        known.arguments += function?["arguments"]?.asText ?? ""
        calls[index] = known
    }

    func reply(_ response: HTTPResponse) throws(StepFailure) -> String {
        if let failure {
            throw StepFailure("stream", "the model's server broke off: \(failure)", retryable: true)
        }
        if !refusal.isEmpty { throw StepFailure("refused", "the model refused: \(refusal)") }
        if end == nil, text.isEmpty, let whole = unstreamed(response) { return whole }
        guard let end else {
            throw StepFailure("stream", "the model's reply was cut off before its end", retryable: true)
        }
        if end == "content_filter" { throw StepFailure("refused", "the model's server filtered the reply") }
        guard calls.isEmpty else {
            return JSON.text(
                .list(calls.sorted { $0.key < $1.key }.map { toolCall($0.value.name, $0.value.arguments) }))
        }
        return text
    }

    /// Some servers ignore `stream` and answer in one piece.
    private func unstreamed(_ response: HTTPResponse) -> String? {
        let choices = (try? JSON.parse(bytes: response.body))?.asMap?["choices"]?.asList
        return choices?.first?.asMap?["message"]?.asMap?["content"]?.asText
    }
}

/// A function that the model asks for, as the step's result shows it.
func toolCall(_ name: String, _ arguments: String) -> Value {
    .record([("name", .string(name)), ("arguments", (try? JSON.parse(arguments)) ?? .string(arguments))])
}

/// Embeddings of any server that speaks OpenAI's `/v1/embeddings`.
package struct OpenAIEmbedder: Embedder {
    private let client: any HTTPClient
    private let base: String
    private let key: String?
    private let model: String
    private let masker: Masker

    package init(client: any HTTPClient, base: String, key: String?, model: String) {
        masker = Masker(key.map { [ModelSettings.openAIVariable: $0] } ?? [:])
        self.client = client
        self.base = base
        self.key = key
        self.model = model
    }

    /// - Throws: a failure whose message holds no key, whatever the server answered.
    package func embed(_ texts: [String], asQueries: Bool) async throws(StepFailure) -> [[Float]] {
        do throws(StepFailure) { return try await ask(texts) } catch { throw masker.mask(error) }
    }

    private func ask(_ texts: [String]) async throws(StepFailure) -> [[Float]] {
        let root = base.hasSuffix("/") ? String(base.dropLast()) : base
        var headers = [("content-type", "application/json")]
        if let key { headers.append(("authorization", "Bearer \(key)")) }
        let body = Value.record([("model", .string(model)), ("input", .list(texts.map(Value.string)))])
        let request = HTTPRequest(
            method: "POST", url: root + "/embeddings", headers: headers, body: Array(JSON.text(body).utf8),
            allowPrivate: true, followsRedirects: false)
        let response = try await client.send(request)
        guard response.status == 200 else {
            throw modelFailure(
                response, provider: "the embeddings' server", keyVariable: ModelSettings.openAIVariable,
                masker: masker)
        }
        let items = (try? JSON.parse(bytes: response.body))?.asMap?["data"]?.asList ?? []
        let vectors = items.sorted { ($0.asMap?["index"]?.asInt ?? 0) < ($1.asMap?["index"]?.asInt ?? 0) }.map
        { item in
            normalised((item.asMap?["embedding"]?.asList ?? []).compactMap { $0.asDouble.map { Float($0) } })
        }
        guard vectors.count == texts.count, !vectors.contains(where: \.isEmpty) else {
            throw StepFailure(
                "embedding", "the embeddings' server answered without a vector for each text", retryable: true
            )
        }
        return vectors
    }

    private func normalised(_ vector: [Float]) -> [Float] {
        let length = vector.reduce(0) { $0 + $1 * $1 }.squareRoot()
        return length > 0 ? vector.map { $0 / length } : vector
    }
}
