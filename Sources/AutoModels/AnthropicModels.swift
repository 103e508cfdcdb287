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
        let stream = Mutex(AnthropicStream())
        _ = try await server.post("/v1/messages", body(request)) { bytes in
            for text in stream.withLock({ $0.take(bytes) }) { request.onText(text) }
        }
        let ended = stream.withLock { $0 }
        let reply = try ended.reply(from: server)
        request.use(ended.inputTokens, ended.outputTokens, reply)
        return reply
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
        if let tools = request.options["tools"] { body["tools"] = tools }
        if let type = request.resultType, type != .text {
            body["tools"] = .list([
                .record([
                    ("name", .string("result")), ("description", .string("Takes the answer.")),
                    ("input_schema", type.replySchema),
                ])
            ])
            body["tool_choice"] = .record([("type", .string("tool")), ("name", .string("result"))])
        }
        return .map(body)
    }

    /// Anthropic wants to be told: what the model can give at the most, so that no reply is cut before its
    /// end.
    private func longest(_ request: ModelRequest) -> Value {
        if let given = request.options["max_tokens"] { return given }
        return .int(Int64(knownModel(request.model)?.longestReply ?? AnthropicModels.usualReply))
    }

    /// Tokens that every model of Anthropic can give.
    private static let usualReply = 4_096

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

private struct AnthropicStream {
    private var lines = EventLines()
    private var text = ""
    private var calls: [(name: String, arguments: String)] = []
    private var stopReason: String?
    private var hasEnded = false
    private var end: BrokenReply?
    private(set) var inputTokens: Int?
    private(set) var outputTokens: Int?

    mutating func take(_ bytes: [UInt8]) -> [String] {
        var fresh: [String] = []
        for line in lines.take(bytes) {
            guard let event = (try? JSON.parse(line))?.asMap else {
                end = end ?? .noJSON
                continue
            }
            switch event["type"]?.asText {
            case "content_block_start":
                if let name = event["content_block"]?.asMap?["name"]?.asText { calls.append((name, "")) }
            case "content_block_delta":
                if let part = event["delta"]?.asMap?["text"]?.asText {
                    text += part
                    fresh.append(part)
                }
                if let part = event["delta"]?.asMap?["partial_json"]?.asText, !calls.isEmpty {
                    calls[calls.count - 1].arguments += part
                }
            case "message_start":
                inputTokens = event["message"]?.asMap?["usage"]?.asMap?["input_tokens"]?.asInt
            case "message_delta":
                stopReason = event["delta"]?.asMap?["stop_reason"]?.asText ?? stopReason
                outputTokens = event["usage"]?.asMap?["output_tokens"]?.asInt ?? outputTokens
            case "message_stop": hasEnded = true
            case "error":
                end = .brokeOff(message: event["error"]?.asMap?["message"]?.asText ?? "an error")
            default: break
            }
        }
        return fresh
    }

    func reply(from server: ModelServer) throws(StepFailure) -> String {
        if let end { throw end.failure(of: server) }
        guard hasEnded || stopReason != nil else { throw BrokenReply.cutOff.failure(of: server) }
        if stopReason == "refusal" { throw BrokenReply.refused(reason: "").failure(of: server) }
        if let result = calls.first(where: { $0.name == "result" }) { return result.arguments }
        return calls.isEmpty
            ? text
            : JSON.text(.list(calls.map { toolCall($0.name, $0.arguments.isEmpty ? "{}" : $0.arguments) }))
    }
}
