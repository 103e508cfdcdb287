import AutoChecker
import AutoRuntime
import Programs
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
        messages = messages.map(ModelRequest.plain).wishing(wish)
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
        let found = ToolsInWords.calls(in: text).map { $0.naming(tools) }
        guard !found.isEmpty, found.allSatisfy({ tools.contains($0.name) }) else { return self }
        return ModelReply("", calls: found)
    }
}

/// Calls of tools that a model writes into its text.
enum ToolsInWords {
    static let field = "tool_calls"

    private static let call = DataType.record(
        [DataField("name", .text), DataField("arguments", .json)], name: "")
    /// A call as models write it that were trained on tools of this name.
    private static let callOfParameters = DataType.record(
        [DataField("name", .text), DataField("parameters", .json)], name: "")
    private static let list = DataType.record([DataField(field, .list(call))], name: "")

    static func calls(in text: String) -> [ToolCall] {
        let special = CallMarks.calls(in: text)
        if !special.isEmpty { return special }
        let marked = between("<tool_call>", "</tool_call>", text)
        if !marked.isEmpty { return all(marked, markedCall) }
        let functions = between("<function=", "</function>", text)
        if !functions.isEmpty { return all(functions, function) }
        if text.hasPrefix(ofMistral) { return callsOfMistral(text) }
        let bare = CallMarks.bare(text)
        if !bare.isEmpty { return bare }
        guard text.contains("\"\(field)\"") else { return [] }
        let written = read(text, list)?.asMap?[field]?.asList ?? []
        return written.compactMap(toolCall)
    }

    /// The calls of all pieces; none where one of them is no call.
    private static func all(_ pieces: [String], _ call: (String) -> ToolCall?) -> [ToolCall] {
        let calls = pieces.compactMap(call)
        return calls.count == pieces.count ? calls : []
    }

    private static func read(_ text: String, _ type: DataType) -> Value? {
        guard let answer = try? type.read(text, cut: .refused) else { return nil }
        return answer.value
    }

    private static func toolCall(_ value: Value) -> ToolCall? {
        guard let map = value.asMap, let name = map["name"]?.asText else { return nil }
        let arguments = map["arguments"] ?? map["parameters"] ?? .record([])
        return ToolCall(id: "", name: name, arguments: arguments.asText ?? JSON.text(arguments))
    }

    /// What stands between the marks of one call: JSON as most open models write it, Qwen's
    /// `<function=NAME>`, or the name and GLM's pairs of `<arg_key>` and `<arg_value>`.
    private static func markedCall(_ text: String) -> ToolCall? {
        if let written = between("<function=", "</function>", text).first { return function(written) }
        let keys = between("<arg_key>", "</arg_key>", text)
        guard keys.isEmpty else {
            let name = text.prefix { $0 != "<" }
            return called(
                String(name), zip(keys, between("<arg_value>", "</arg_value>", text)).map { ($0, $1) })
        }
        let written = read(text, call) ?? read(text, callOfParameters)
        return written.flatMap(toolCall)
    }

    /// `NAME>{…}`, or `NAME>` with the arguments as `<parameter=NAME>…</parameter>`.
    private static func function(_ text: String) -> ToolCall? {
        guard let (name, rest) = parted(text, at: ">") else { return nil }
        let given = between("<parameter=", "</parameter>", rest)
        guard given.isEmpty else {
            return called(name, given.compactMap { parted($0, at: ">") }.map { ($0.before, $0.behind) })
        }
        let json = rest.trimmed()
        guard json.isEmpty || (try? JSON.parse(json))?.asMap != nil else { return nil }
        return ToolCall(id: "", name: name.trimmed(), arguments: json)
    }

    private static let ofMistral = "[TOOL_CALLS]"

    /// `[TOOL_CALLS]` before a list of calls, or before each `NAME[ARGS]{…}`.
    private static func callsOfMistral(_ text: String) -> [ToolCall] {
        let pieces = text.split(separator: ofMistral).map(String.init)
        guard !text.contains("[ARGS]") else {
            return all(pieces) { piece in
                guard let (name, json) = parted(piece, at: "[ARGS]"), (try? JSON.parse(json))?.asMap != nil
                else { return nil }
                return ToolCall(id: "", name: name.trimmed(), arguments: json.trimmed())
            }
        }
        return (pieces.first.flatMap { try? JSON.parse($0) }?.asList ?? []).compactMap(toolCall)
    }

    /// A call whose arguments are written as texts; what is JSON and no text is that value.
    static func called(_ name: String, _ arguments: [(String, String)]) -> ToolCall {
        let values = arguments.map { name, text -> (String, Value) in
            let text = text.trimmed()
            let value = try? JSON.parse(text)
            return (name.trimmed(), value ?? .string(text))
        }
        return ToolCall(id: "", name: name.trimmed(), arguments: JSON.text(.record(values)))
    }

    static func parted(_ text: String, at mark: String) -> (before: String, behind: String)? {
        text.firstRange(of: mark).map { (String(text[..<$0.lowerBound]), String(text[$0.upperBound...])) }
    }

    /// What stands between each two marks; what has no second mark goes on to the end.
    static func between(_ begin: String, _ end: String, _ text: String) -> [String] {
        var found: [String] = []
        var rest = Substring(text)
        while let start = rest.firstRange(of: begin) {
            rest = rest[start.upperBound...]
            let stop = rest.firstRange(of: end)
            found.append(String(rest[..<(stop?.lowerBound ?? rest.endIndex)]))
            guard let stop else { break }
            rest = rest[stop.upperBound...]
        }
        return found
    }
}
