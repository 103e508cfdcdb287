import AutoChecker
package import AutoRuntime
import OrderedCollections
import StepKinds
import Synchronization
import Values

/// Any server that speaks OpenAI's chat completions.
struct OpenAIModels: ModelProvider {
    let server: ModelServer

    /// - Parameter base: the url below which `/chat/completions` lies.
    init(client: any HTTPClient, base: String, key: String?, masker: Masker, clock: any Clock) {
        server = openAIServer(
            "the model's server", client: client, base: base, key: key, masker: masker, clock: clock)
    }

    func identity(of model: String) -> String { "\(model) at \(server.base)" }

    func reply(to request: ModelRequest) async throws(StepFailure) -> String {
        let stream = Mutex(OpenAIStream())
        let response = try await server.post("/chat/completions", body(request)) { bytes in
            for text in stream.withLock({ $0.take(bytes) }) { request.onText(text) }
        }
        let ended = stream.withLock { $0 }
        let reply = try ended.reply(response, from: server)
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
        return .record([
            ("type", .string("json_schema")),
            (
                "json_schema",
                .record([
                    ("name", .string("result")), ("schema", type.replySchema),
                    ("strict", .bool(!type.hasOptionalFields)),
                ])
            ),
        ])
    }
}

/// A server that speaks OpenAI's language; without a key none is sent, since servers of one's own often want
/// none.
private func openAIServer(
    _ name: String, client: any HTTPClient, base: String, key: String?, masker: Masker, clock: any Clock
) -> ModelServer {
    ModelServer(
        client: client, base: base, headers: key.map { [("authorization", "Bearer \($0)")] } ?? [],
        name: name, keyVariable: ModelSettings.openAIVariable, masker: masker, clock: clock)
}

extension DataType {
    /// The schema that a provider is given: its outermost value has to be an object, so that any other type
    /// stands in the field `value` of one.
    var replySchema: Value {
        if case .record = self { return jsonSchema }
        return DataType.record([DataField("value", self)], name: "").jsonSchema
    }

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
    /// Why the server says that the reply ends.
    private var reason: String?
    private var refusal = ""
    /// What broke the reply.
    private var end: BrokenReply?
    private(set) var tokens: (input: Int, output: Int)?

    mutating func take(_ bytes: [UInt8]) -> [String] {
        var fresh: [String] = []
        for line in lines.take(bytes) {
            if line == "[DONE]" {
                reason = reason ?? "stop"
                continue
            }
            guard let event = try? JSON.parse(line) else {
                end = end ?? .noJSON
                continue
            }
            if let error = event.asMap?["error"] {
                end = .brokeOff(message: error.asMap?["message"]?.asText ?? JSON.text(error))
            }
            if let usage = event.asMap?["usage"]?.asMap, let input = usage["prompt_tokens"]?.asInt {
                tokens = (input, usage["completion_tokens"]?.asInt ?? 0)
            }
            guard let choice = event.asMap?["choices"]?.asList?.first?.asMap else { continue }
            reason = choice["finish_reason"]?.asText ?? reason
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

    func reply(_ response: HTTPResponse, from server: ModelServer) throws(StepFailure) -> String {
        if let end { throw end.failure(of: server) }
        if !refusal.isEmpty { throw BrokenReply.refused(reason: refusal).failure(of: server) }
        if reason == nil, text.isEmpty, let whole = unstreamed(response) { return whole }
        guard let reason else { throw BrokenReply.cutOff.failure(of: server) }
        if reason == "content_filter" { throw BrokenReply.filtered.failure(of: server) }
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
    private let server: ModelServer
    private let model: String

    /// - Parameter base: the url below which `/embeddings` lies.
    /// - Parameter clock: tells how far off a date in `Retry-After` is.
    package init(client: any HTTPClient, base: String, key: String?, model: String, clock: any Clock) {
        server = openAIServer(
            "the embeddings' server", client: client, base: base, key: key,
            masker: Masker(key.map { [ModelSettings.openAIVariable: $0] } ?? [:]), clock: clock)
        self.model = model
    }

    package var identity: String { "\(model) at \(server.base)" }

    /// - Throws: a failure whose message holds no key, whatever the server answered.
    package func embed(_ texts: [String], asQueries: Bool) async throws(StepFailure) -> [[Float]] {
        do throws(StepFailure) { return try await ask(texts) } catch { throw server.masker.mask(error) }
    }

    private func ask(_ texts: [String]) async throws(StepFailure) -> [[Float]] {
        let body = Value.record([("model", .string(model)), ("input", .list(texts.map(Value.string)))])
        let response = try await server.post("/embeddings", body)
        let items = (try? JSON.parse(bytes: response.body))?.asMap?["data"]?.asList ?? []
        let vectors = items.sorted { ($0.asMap?["index"]?.asInt ?? 0) < ($1.asMap?["index"]?.asInt ?? 0) }.map
        { item in
            normalised((item.asMap?["embedding"]?.asList ?? []).compactMap { $0.asDouble.map { Float($0) } })
        }
        guard vectors.count == texts.count, !vectors.contains(where: \.isEmpty) else {
            throw StepFailure(
                .embedding, "the embeddings' server answered without a vector for each text", retryable: true
            )
        }
        return vectors
    }

    private func normalised(_ vector: [Float]) -> [Float] {
        let length = vector.reduce(0) { $0 + $1 * $1 }.squareRoot()
        return length > 0 ? vector.map { $0 / length } : vector
    }
}
