import Values

/// What a message of a conversation says: a text, or a list of parts in the form of OpenAI's chat completions.
enum MessageContent {
    /// A part that is a text.
    static func part(_ text: String) -> Value {
        .record([("type", .string("text")), ("text", .string(text))])
    }

    /// The text of a content, of parts those that are text; nil where there is none.
    static func text(_ content: Value?) -> String? {
        content?.asText
            ?? content?.asList?.compactMap { $0.asText ?? $0.asMap?["text"]?.asText }.joined(separator: "\n")
    }

    /// Whether a content that an automation gives is one: a text, or parts that are texts and may have more, such as
    /// `cache_control`.
    static func isGiven(_ content: Value?) -> Bool {
        if content?.asText != nil { return true }
        guard let parts = content?.asList, !parts.isEmpty else { return false }
        return parts.allSatisfy { $0.asMap?["type"]?.asText == "text" && $0.asMap?["text"]?.asText != nil }
    }
}

extension [Value] {
    /// The messages with a wish behind what the system says: some models take one system message only, at the beginning.
    func wishing(_ wish: String) -> [Value] {
        guard var first = first?.asMap, first["role"]?.asText == "system",
            let content = first["content"]
        else { return [.record([("role", .string("system")), ("content", .string(wish))])] + self }
        if let text = content.asText {
            first["content"] = .string(text + "\n\n" + wish)
        } else {
            first["content"] = .list((content.asList ?? []) + [MessageContent.part(wish)])
        }
        return [.map(first)] + dropFirst()
    }
}
