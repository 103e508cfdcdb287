import AutoRuntime
import Values

/// A conversation in Anthropic's form, made of one in the form of OpenAI's chat completions.
enum AnthropicMessages {
    /// The field of an assistant's message with what the model has thought, in Anthropic's blocks.
    static let thinking = "thinking_blocks"

    /// The texts of the messages of the role `system`.
    static func system(_ messages: [Value]) -> [String] {
        messages.filter { role($0) == "system" }.compactMap { $0.asMap?["content"].flatMap(text) }
    }

    /// All other messages. What tools gave for one message of the assistant is one message of the user.
    static func others(_ messages: [Value]) -> [Value] {
        var others: [Value] = []
        var results: [Value] = []
        func endResults() {
            guard !results.isEmpty else { return }
            others.append(.record([("role", .string("user")), ("content", .list(results))]))
            results = []
        }
        for message in messages where role(message) != "system" {
            guard let map = message.asMap, role(message) == "tool" else {
                endResults()
                others.append(self.message(message))
                continue
            }
            results.append(result(map))
        }
        endResults()
        return others
    }

    /// A message without what only Anthropic takes, for other providers.
    static func withoutThinking(_ message: Value) -> Value {
        guard var map = message.asMap, map[thinking] != nil else { return message }
        map[thinking] = nil
        return .map(map)
    }

    private static func role(_ message: Value) -> String? { message.asMap?["role"]?.asText }

    private static func result(_ message: MapValue) -> Value {
        .record([
            ("type", .string("tool_result")), ("tool_use_id", message["tool_call_id"] ?? .string("")),
            ("content", message["content"] ?? .string("")),
        ])
    }

    private static func message(_ message: Value) -> Value {
        guard let map = message.asMap else { return message }
        let reply = ModelReply(message: map)
        guard reply.calls.isEmpty else { return asking(reply) }
        guard let parts = map["content"]?.asList else { return message }
        var other = map
        other["content"] = .list(
            parts.map { part in
                guard let url = part.asMap?["image_url"]?.asMap?["url"]?.asText else { return part }
                return .record([("type", .string("image")), ("source", source(url))])
            })
        return .map(other)
    }

    /// The assistant's message with the tools that it asks for.
    private static func asking(_ reply: ModelReply) -> Value {
        var blocks = (reply.carried[thinking]?.asList ?? []).map { block -> Value in
            guard var block = block.asMap else { return block }
            block["index"] = nil
            return .map(block)
        }
        if !reply.text.isEmpty {
            blocks.append(.record([("type", .string("text")), ("text", .string(reply.text))]))
        }
        blocks += reply.calls.map { call in
            let input = call.value
            return .record([
                ("type", .string("tool_use")), ("id", .string(call.id)), ("name", .string(call.name)),
                ("input", input.asMap == nil ? .record([]) : input),
            ])
        }
        return .record([("role", .string("assistant")), ("content", .list(blocks))])
    }

    /// A content as text, of parts those that are text.
    private static func text(_ content: Value) -> String? {
        content.asText
            ?? content.asList?.compactMap { $0.asText ?? $0.asMap?["text"]?.asText }.joined(separator: "\n")
    }

    private static func source(_ url: String) -> Value {
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
