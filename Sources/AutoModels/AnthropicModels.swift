import AutoChecker
import AutoRuntime
import OrderedCollections
import Synchronization
import Values

/// Anthropic's messages API.
struct AnthropicModels: ModelProvider {
    let client: any HTTPClient
    let base: String
    let key: String?
    /// Hides the keys in what a provider says.
    let masker: Masker

    func reply(to request: ModelRequest) async throws(StepFailure) -> String {
        let root = base.hasSuffix("/") ? String(base.dropLast()) : base
        let headers = [
            ("content-type", "application/json"), ("accept", "text/event-stream"),
            ("anthropic-version", "2023-06-01"), ("x-api-key", key ?? ""),
        ]
        let outgoing = HTTPRequest(
            method: "POST", url: root + "/v1/messages", headers: headers,
            body: Array(JSON.text(body(request)).utf8), allowPrivate: true,
            followsRedirects: false)
        let stream = Mutex(AnthropicStream())
        let response = try await client.send(outgoing) { bytes in
            for text in stream.withLock({ $0.take(bytes) }) { request.onText(text) }
        }
        guard response.status == 200 else {
            throw modelFailure(
                response, provider: "Anthropic", keyVariable: ModelSettings.anthropicVariable, masker: masker)
        }
        let ended = stream.withLock { $0 }
        let reply = try ended.reply()
        request.use(ended.inputTokens, ended.outputTokens, reply)
        return reply
    }

    private func body(_ request: ModelRequest) -> Value {
        let system = request.messages.filter { $0.asMap?["role"]?.asText == "system" }.compactMap {
            $0.asMap?["content"]?.asText
        }
        let others = request.messages.filter { $0.asMap?["role"]?.asText != "system" }.map(message)
        var body = MapValue(record: [
            ("model", .string(request.model)), ("max_tokens", request.options["max_tokens"] ?? .int(4_096)),
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
            let schema: Value
            if case .record = type {
                schema = type.jsonSchema
            } else {
                schema = DataType.record([DataField("value", type)], name: "").jsonSchema
            }
            body["tools"] = .list([
                .record([
                    ("name", .string("result")), ("description", .string("Takes the answer.")),
                    ("input_schema", schema),
                ])
            ])
            body["tool_choice"] = .record([("type", .string("tool")), ("name", .string("result"))])
        }
        return .map(body)
    }

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
    private var failure: StepFailure?
    private(set) var inputTokens: Int?
    private(set) var outputTokens: Int?

    mutating func take(_ bytes: [UInt8]) -> [String] {
        var fresh: [String] = []
        for line in lines.take(bytes) {
            guard let event = (try? JSON.parse(line))?.asMap else {
                failure =
                    failure
                    ?? StepFailure("stream", "a piece of the model's reply is no JSON", retryable: true)
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
                let message = event["error"]?.asMap?["message"]?.asText ?? "an error"
                failure = StepFailure("stream", "Anthropic broke off: \(message)", retryable: true)
            default: break
            }
        }
        return fresh
    }

    func reply() throws(StepFailure) -> String {
        if let failure { throw failure }
        guard hasEnded || stopReason != nil else {
            throw StepFailure("stream", "the model's reply was cut off before its end", retryable: true)
        }
        if stopReason == "refusal" { throw StepFailure("refused", "the model refused to answer") }
        if let result = calls.first(where: { $0.name == "result" }) { return result.arguments }
        return calls.isEmpty
            ? text
            : JSON.text(.list(calls.map { toolCall($0.name, $0.arguments.isEmpty ? "{}" : $0.arguments) }))
    }
}
