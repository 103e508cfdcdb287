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
        let reply = try await server.reply("/chat/completions", body(request), to: request, read: read)
        let given = request.options["max_tokens"].map {
            "`max_tokens` is \(JSON.text($0)): write a larger one"
        }
        try reply.check(
            from: server,
            limit: (given ?? "the server gives no longer one unless `max_tokens` says so: write it")
                + ", or ask for less")
        return try reply.answer(from: server)
    }

    /// Takes a piece of a streamed reply, or a whole reply of a server that does not stream.
    private func read(_ event: MapValue, _ name: String, into reply: inout CollectedReply) {
        if let usage = event["usage"]?.asMap, let input = usage["prompt_tokens"]?.asInt {
            (reply.inputTokens, reply.outputTokens) = (input, usage["completion_tokens"]?.asInt ?? 0)
        }
        guard let choice = event["choices"]?.asList?.first?.asMap else { return }
        if let reason = choice["finish_reason"]?.asText { reply.ending = ReplyEnding(reason) }
        guard let said = choice["delta"]?.asMap ?? choice["message"]?.asMap else {
            return reply.say(content: choice["text"])
        }
        reply.say(content: said["content"])
        reply.refusal += said["refusal"]?.asText ?? ""
        if said["reasoning_content"]?.asText?.isEmpty == false || said["reasoning"]?.asText?.isEmpty == false
        {
            reply.hasThought = true
        }
        for call in said["tool_calls"]?.asList ?? [] { reply.add(call: call.asMap ?? MapValue()) }
        if let call = said["function_call"]?.asMap {
            reply.add(call: MapValue(record: [("function", .map(call))]))
        }
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

extension CollectedReply {
    /// Takes a piece of a call, or a whole call.
    ///
    /// Servers tell the pieces of different calls apart by `index`, by `id`, or only by a name that begins a new
    /// call; some repeat id and name in every piece.
    fileprivate mutating func add(call: MapValue) {
        let function = call["function"]?.asMap
        let name = function?["name"]?.asText ?? ""
        let id = call["id"]?.asText ?? ""
        let given = function?["arguments"] ?? .null
        let arguments = given.asText ?? (given.isNull ? "" : JSON.text(given))
        let index = call["index"]?.asInt
        guard let place = placeOfCall(id, index, name) else {
            return calls.append(Call(id: id, index: index, name: name, arguments: arguments))
        }
        if calls[place].name != name { calls[place].name += name }
        calls[place].arguments += arguments
    }

    /// Which of the calls a piece goes on with; nil when it begins one.
    private func placeOfCall(_ id: String, _ index: Int?, _ name: String) -> Int? {
        let place =
            index == nil ? calls.indices.last : calls.lastIndex { $0.index == index }
        guard let place, !name.isEmpty else { return place }
        let call = calls[place]
        if !id.isEmpty, !call.id.isEmpty, id != call.id { return nil }
        if index != nil || !id.isEmpty && id == call.id { return place }
        // Only the name is left: arguments that are whole, or another name, say that a new call begins.
        let isWhole = !call.arguments.isEmpty && (try? JSON.parse(call.arguments)) != nil
        return isWhole || (name != call.name && !call.name.isEmpty) ? nil : place
    }
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
