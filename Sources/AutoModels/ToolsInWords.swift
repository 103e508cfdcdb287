import AutoChecker
import AutoRuntime
import StepKinds
import Values
import WrittenJSON

// Tools for models whose server has no form for them: told in words, asked for in JSON.

extension ModelRequest {
    /// The names of the tools that the model is offered.
    var toolNames: [String] {
        (options[LLMCall.tools] ?? []).compactMap { tool in
            let map = ToolForm.openAI(tool).asMap
            return (map?["function"]?.asMap?["name"] ?? map?["name"])?.asText
        }
    }

    /// Tells the tools in words before all else, and what has been asked and given as plain messages.
    mutating func tellToolsInWords() {
        let tools = (options[LLMCall.tools] ?? []).map { tool -> String in
            JSON.text(ToolForm.openAI(tool).asMap?["function"] ?? tool)
        }
        options[LLMCall.tools.name] = nil
        let wish = """
            You can use tools. To use some, answer with nothing but JSON of this form:
            {"tool_calls": [{"name": "…", "arguments": {…}}]}
            You are then told what they gave. When you need no tool any more, answer in the usual way.
            The tools, with the JSON Schema of their arguments:
            \(tools.joined(separator: "\n"))
            """
        var told = messages.map(ModelRequest.plain)
        if var first = told.first?.asMap, first["role"]?.asText == "system",
            let text = first["content"]?.asText
        {
            first["content"] = .string(text + "\n\n" + wish)
            told[0] = .map(first)
        } else {
            told.insert(.record([("role", .string("system")), ("content", .string(wish))]), at: 0)
        }
        messages = told
    }

    /// A message that no server needs to know tools for.
    private static func plain(_ message: Value) -> Value {
        guard let map = message.asMap else { return message }
        if map["role"]?.asText == "tool" {
            let given = map["content"]?.asText ?? ""
            return .record([
                ("role", .string("user")), ("content", .string("The tool gave:\n\(given)")),
            ])
        }
        let reply = ModelReply(message: map)
        guard !reply.calls.isEmpty else { return message }
        let calls = reply.calls.map { call in
            Value.record([("name", .string(call.name)), ("arguments", call.value)])
        }
        let asked = JSON.text(.record([(ToolsInWords.field, .list(calls))]))
        return .record([
            ("role", .string("assistant")),
            ("content", .string(reply.text.isEmpty ? asked : reply.text + "\n" + asked)),
        ])
    }
}

extension ModelReply {
    /// The same reply, its text read for calls: of models that have been told in words, and of those whose server does not see
    /// the calls that they write.
    ///
    /// - Parameter tools: the names of the tools that the model was offered; nothing else is a call.
    func withCalls(inTextOf tools: [String]) -> ModelReply {
        guard calls.isEmpty, !tools.isEmpty else { return self }
        let found = ToolsInWords.calls(in: text)
        guard !found.isEmpty, found.allSatisfy({ tools.contains($0.name) }) else { return self }
        return ModelReply("", calls: found)
    }
}

/// Calls of tools that a model writes into its text.
private enum ToolsInWords {
    static let field = "tool_calls"

    private static let call = DataType.record(
        [DataField("name", .text), DataField("arguments", .json)], name: "")
    private static let list = DataType.record([DataField(field, .list(call))], name: "")

    static func calls(in text: String) -> [ToolCall] {
        let marked = betweenMarks(text)
        if !marked.isEmpty {
            let calls = marked.compactMap { read($0, call).flatMap(toolCall) }
            return calls.count == marked.count ? calls : []
        }
        guard text.contains("\"\(field)\"") else { return [] }
        let written = read(text, list)?.asMap?[field]?.asList ?? []
        return written.compactMap(toolCall)
    }

    private static func read(_ text: String, _ type: DataType) -> Value? {
        guard let answer = try? type.read(text, cut: .refused) else { return nil }
        return answer.value
    }

    private static func toolCall(_ value: Value) -> ToolCall? {
        guard let map = value.asMap, let name = map["name"]?.asText else { return nil }
        let arguments = map["arguments"] ?? .record([])
        return ToolCall(id: "", name: name, arguments: arguments.asText ?? JSON.text(arguments))
    }

    /// What stands between `<tool_call>` and `</tool_call>`, as many open models write it.
    private static func betweenMarks(_ text: String) -> [String] {
        var found: [String] = []
        var rest = Substring(text)
        while let start = rest.firstRange(of: "<tool_call>") {
            rest = rest[start.upperBound...]
            let end = rest.firstRange(of: "</tool_call>")
            found.append(String(rest[..<(end?.lowerBound ?? rest.endIndex)]))
            guard let end else { break }
            rest = rest[end.upperBound...]
        }
        return found
    }
}
