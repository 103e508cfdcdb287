import AutoChecker
import AutoRuntime
import OrderedCollections
import StepKinds
import Synchronization
import Values

/// Anthropic's messages API.
struct AnthropicModels: ModelProvider {
    let server: ModelServer

    /// - Parameter base: the url below which `/v1/messages` lies.
    init(client: any HTTPClient, base: String, key: String?, masker: Masker, clock: any Clock) {
        server = ModelServer(
            client: client, base: base,
            headers: [("anthropic-version", "2023-06-01"), ("x-api-key", key ?? "")], name: "Anthropic",
            keyVariable: ModelSettings.anthropicVariable, masker: masker, clock: clock)
    }

    func identity(of model: String) -> String { "\(model) at \(server.base)" }

    func reply(to request: ModelRequest) async throws(StepFailure) -> String {
        let reply = try await server.reply("/v1/messages", body(request), to: request, read: read)
        let limit = JSON.text(longest(request))
        try reply.check(
            from: server,
            limit: request.options["max_tokens"] == nil
                ? "it is asked for with \(limit) tokens at the most where `max_tokens` is left out: write it, or ask for less"
                : "`max_tokens` is \(limit): write a larger one, or ask for less")
        if let type = request.resultType, type != .text,
            let result = reply.calls.first(where: { $0.name == AnthropicModels.resultTool })
        {
            return type.unwrapped(result.arguments)
        }
        return try reply.answer(from: server)
    }

    /// The tool by which a model gives a value of the step's type.
    private static let resultTool = "result"

    /// Takes an event of a streamed reply, or a whole reply of a server that does not stream.
    private func read(_ event: MapValue, _ name: String, into reply: inout CollectedReply) {
        switch event["type"]?.asText ?? name {
        case "message":
            for (index, block) in (event["content"]?.asList ?? []).enumerated() {
                reply.begin(block: block, index)
            }
            reply.use(event["usage"])
            reply.end(event)
        case "message_start": reply.use(event["message"]?.asMap?["usage"])
        case "content_block_start": reply.begin(block: event["content_block"], event["index"]?.asInt)
        case "content_block_delta":
            guard let delta = event["delta"]?.asMap else { return }
            if let text = delta["text"]?.asText { reply.say(text) }
            if delta["thinking"] != nil { reply.hasThought = true }
            if let part = delta["partial_json"]?.asText { reply.go(on: part, event["index"]?.asInt) }
        case "message_delta":
            reply.use(event["usage"])
            if let delta = event["delta"]?.asMap { reply.end(delta) }
        case "message_stop":
            reply.ending = reply.ending ?? .whole
            reply.isOver = true
        default: break
        }
    }

    private func body(_ request: ModelRequest) -> Value {
        let system = request.messages.filter { $0.asMap?["role"]?.asText == "system" }.compactMap {
            $0.asMap?["content"]?.asText
        }
        let others = request.messages.filter { $0.asMap?["role"]?.asText != "system" }.map(message)
        var body = MapValue(record: [
            ("model", .string(request.model)), ("max_tokens", longest(request)),
            ("stream", .bool(true)),
            ("messages", .list(others)),
        ])
        if !system.isEmpty { body["system"] = .string(system.joined(separator: "\n\n")) }
        if let temperature = request.options["temperature"] { body["temperature"] = temperature }
        if let stop = request.options["stop"] {
            body["stop_sequences"] = stop.asList == nil ? .list([stop]) : stop
        }
        var tools = request.options["tools"]?.asList ?? []
        if let type = request.resultType, type != .text {
            // Where there are other tools too, the model may use them before it gives the result.
            body["tool_choice"] =
                tools.isEmpty
                ? .record([("type", .string("tool")), ("name", .string(AnthropicModels.resultTool))])
                : .record([("type", .string("any"))])
            tools.append(
                .record([
                    ("name", .string(AnthropicModels.resultTool)),
                    ("description", .string("Takes the answer.")), ("input_schema", type.replySchema),
                ]))
        }
        if !tools.isEmpty { body["tools"] = .list(tools) }
        return .map(body)
    }

    /// Anthropic wants to be told: what the model can give at the most, so that no reply is cut before its
    /// end.
    private func longest(_ request: ModelRequest) -> Value {
        if let given = request.options["max_tokens"] { return given }
        return .int(Int64(knownModel(request.model)?.longestReply ?? AnthropicModels.usualReply))
    }

    /// Tokens that every model of Anthropic gives whose longest reply is not known: the old ones, which give
    /// less, are known.
    private static let usualReply = 32_000

    /// A message with images in Anthropic's form.
    private func message(_ message: Value) -> Value {
        guard var map = message.asMap, let parts = map["content"]?.asList else { return message }
        map["content"] = .list(
            parts.map { part in
                guard let url = part.asMap?["image_url"]?.asMap?["url"]?.asText else { return part }
                return .record([("type", .string("image")), ("source", source(url))])
            })
        return .map(map)
    }

    private func source(_ url: String) -> Value {
        guard url.hasPrefix("data:"), let comma = url.firstIndex(of: ",") else {
            return .record([("type", .string("url")), ("url", .string(url))])
        }
        let type = url.dropFirst(5).prefix { $0 != ";" && $0 != "," }
        return .record([
            ("type", .string("base64")), ("media_type", .string(String(type))),
            ("data", .string(String(url[url.index(after: comma)...]))),
        ])
    }
}

extension CollectedReply {
    fileprivate mutating func begin(block: Value?, _ index: Int?) {
        guard let block = block?.asMap else { return }
        switch block["type"]?.asText {
        case "text": say(block["text"]?.asText ?? "")
        case "tool_use":
            // In a stream the input follows in pieces, and an empty one stands here.
            let input = block["input"]?.asMap.flatMap { $0.count == 0 ? nil : JSON.text(.map($0)) }
            calls.append(Call(index: index, name: block["name"]?.asText ?? "", arguments: input ?? ""))
        case "thinking", "redacted_thinking": hasThought = true
        default: break
        }
    }

    fileprivate mutating func go(on part: String, _ index: Int?) {
        let place = index == nil ? calls.indices.last : calls.lastIndex { $0.index == index }
        if let place { calls[place].arguments += part }
    }

    fileprivate mutating func use(_ usage: Value?) {
        inputTokens = usage?.asMap?["input_tokens"]?.asInt ?? inputTokens
        outputTokens = usage?.asMap?["output_tokens"]?.asInt ?? outputTokens
    }

    fileprivate mutating func end(_ message: MapValue) {
        if let reason = message["stop_reason"]?.asText { ending = ReplyEnding(reason) ?? ending }
    }
}

extension DataType {
    /// The value of a reply to `replySchema`, which wraps every type but a record.
    fileprivate func unwrapped(_ reply: String) -> String {
        if case .record = self { return reply }
        guard let map = (try? JSON.parse(reply))?.asMap, map.count == 1, let value = map["value"] else {
            return reply
        }
        return JSON.text(value)
    }
}
