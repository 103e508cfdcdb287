import AutoRuntime
import Values

/// A conversation in Anthropic's form, made of one in the form of OpenAI's chat completions.
enum AnthropicMessages {
    /// The field of an assistant's message with what the model has thought, in Anthropic's blocks, and where its text and its
    /// calls stand among them.
    static let thinking = "thinking_blocks"

    /// What the messages of the role `system` say, and what is told besides: one text, or blocks where one of them has more
    /// than its type and its text, such as `cache_control`. Nil where there is nothing.
    static func system(_ messages: [Value], besides: String?) -> Value? {
        let contents = messages.filter { role($0) == "system" }.compactMap { $0.asMap?["content"] }
        let parts = contents.flatMap { $0.asList ?? [$0] }
        guard parts.contains(where: { ($0.asMap?.count ?? 0) > 2 }) else {
            let texts = contents.compactMap(MessageContent.text) + (besides.map { [$0] } ?? [])
            return texts.isEmpty ? nil : .string(texts.joined(separator: "\n\n"))
        }
        let blocks = parts.filter { $0 != .string("") }.map { $0.asText.map(MessageContent.part) ?? $0 }
        return .list(blocks + (besides.map { [MessageContent.part($0)] } ?? []))
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
                var block = part.asMap ?? MapValue()
                block["image_url"] = nil
                block["type"] = .string("image")
                block["source"] = source(url)
                return .map(block)
            })
        return .map(other)
    }

    /// The assistant's message with the tools that it asks for.
    private static func asking(_ reply: ModelReply) -> Value {
        let told = (reply.carried[thinking]?.asList ?? []).compactMap(\.asMap)
        var calls = reply.calls[...]
        var blocks: [Value] = []
        for var block in told {
            switch block["type"]?.asText {
            case "tool_use": if let call = calls.popFirst() { blocks.append(self.block(call)) }
            // Anthropic refuses an empty text.
            case "text" where block["text"] == .string(""): continue
            default:
                block["index"] = nil
                blocks.append(.map(block))
            }
        }
        if !reply.text.isEmpty, !told.contains(where: { $0["type"]?.asText == "text" }) {
            blocks.append(MessageContent.part(reply.text))
        }
        blocks += calls.map { block($0) }
        return .record([("role", .string("assistant")), ("content", .list(blocks))])
    }

    private static func block(_ call: ToolCall) -> Value {
        let input = call.value
        return .record([
            ("type", .string("tool_use")), ("id", .string(call.id)), ("name", .string(call.name)),
            ("input", input.asMap == nil ? .record([]) : input),
        ])
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
