import AutoRuntime
import OrderedCollections
import Programs
import Values

/// Marks of models' own between which they write calls of tools, where their server leaves them in the text.
enum CallMarks {
    /// Between these stands JSON: one call, or a list of calls.
    private static let ofJSON = [
        ("<|python_tag|>", "<|eom_id|>"), ("<|tool_call|>", "<|/tool_call|>"), ("<TOOLCALL>", "</TOOLCALL>"),
        ("<tool_calls>", "</tool_calls>"), ("<|START_ACTION|>", "<|END_ACTION|>"),
        ("<|action_start|><|plugin|>", "<|action_end|>"), ("functools[", ""),
    ]

    /// The marks of DeepSeek's models, which some servers write with other bars.
    private static let ofDeepSeek = [
        ("<｜tool▁call▁begin｜>", "<｜tool▁sep｜>", "<｜tool▁call▁end｜>"),
        ("<|tool▁call▁begin|>", "<|tool▁sep|>", "<|tool▁call▁end|>"),
    ]

    /// What begins a call of Claude's, MiniMax's and DeepSeek's later models, before its name in quotes.
    private static let ofInvocations = ["", "｜DSML｜"]

    /// - Returns: none where one of the pieces between the marks is no call.
    static func calls(in text: String) -> [ToolCall] {
        guard text.contains("<") || text.hasPrefix("functools[") else { return [] }
        for (begin, end) in ofJSON where text.contains(begin) {
            guard end.isEmpty else {
                return all(ToolsInWords.between(begin, end, text).map { inJSON($0.trimmed()) })
            }
            if text.hasPrefix(begin) {
                return inJSON(String(text.dropFirst(begin.count - 1)).trimmed()) ?? []
            }
        }
        for (begin, separator, end) in ofDeepSeek where text.contains(begin) {
            return all(ToolsInWords.between(begin, end, text).map { ofDeepSeek($0, separator) })
        }
        let kimi = ToolsInWords.between("<|tool_call_begin|>", "<|tool_call_end|>", text)
        if !kimi.isEmpty { return all(kimi.map { ofKimi($0) }) }
        for mark in ofInvocations where text.contains("<\(mark)invoke name=\"") {
            let written = ToolsInWords.between("<\(mark)invoke name=\"", "</\(mark)invoke>", text)
            return all(written.map { invocation($0, mark) })
        }
        return harmony(text)
    }

    /// A text that is nothing but calls in JSON, in a fence or not.
    static func bare(_ text: String) -> [ToolCall] {
        let json = withoutFence(text)
        guard let first = json.first, "{[".contains(first) else { return [] }
        return inJSON(json) ?? []
    }

    /// Calls to which gpt-oss speaks as to a reader of its own: `to=functions.NAME … <|message|>{…}<|call|>`.
    static func harmony(_ text: String) -> [ToolCall] {
        guard text.contains("<|message|>") else { return [] }
        return all(
            ToolsInWords.between("to=functions.", "<|call|>", text).map { piece in
                guard let (head, json) = ToolsInWords.parted(piece, at: "<|message|>") else { return nil }
                let name = head.prefix { !$0.isWhitespace && $0 != "<" }
                return record(json).map { [ToolCall(id: "", name: String(name), arguments: $0)] }
            })
    }

    private static func all(_ pieces: [[ToolCall]?]) -> [ToolCall] {
        pieces.contains { $0 == nil } ? [] : pieces.flatMap { $0 ?? [] }
    }

    private static func withoutFence(_ text: String) -> String {
        var text = text.trimmed()
        guard text.hasPrefix("```"), text.hasSuffix("```"), text.utf8.count > 6 else { return text }
        text = String(text.dropFirst(3).dropLast(3))
        if text.hasPrefix("json") { text = String(text.dropFirst(4)) }
        return text.trimmed()
    }

    /// The text of a record in JSON; nil for anything else.
    private static func record(_ text: String) -> String? {
        let json = withoutFence(text)
        return (try? JSON.parse(json))?.asMap == nil ? nil : json
    }

    /// One call, or a list of calls; nil for anything else.
    private static func inJSON(_ text: String) -> [ToolCall]? {
        guard let value = try? JSON.parse(text) else { return nil }
        let calls = (value.asList ?? [value]).map { call($0.asMap) }
        return calls.isEmpty || calls.contains { $0 == nil } ? nil : calls.compactMap(\.self)
    }

    private static func call(_ map: MapValue?) -> ToolCall? {
        guard let map, let name = (map["name"] ?? map["tool_name"])?.asText,
            let arguments = map["arguments"] ?? map["parameters"],
            arguments.asMap != nil || arguments.asText != nil
        else { return nil }
        return ToolCall(id: "", name: name, arguments: arguments.asText ?? JSON.text(arguments))
    }

    /// `function`, a mark, the name and a fence with the arguments; later models leave `function` and fence out.
    private static func ofDeepSeek(_ piece: String, _ separator: String) -> [ToolCall]? {
        guard let (before, behind) = ToolsInWords.parted(piece, at: separator) else { return nil }
        guard before.trimmed() == "function" else {
            return record(behind).map { [ToolCall(id: "", name: before.trimmed(), arguments: $0)] }
        }
        guard let (name, rest) = ToolsInWords.parted(behind, at: "\n") else { return nil }
        return record(rest).map { [ToolCall(id: "", name: name.trimmed(), arguments: $0)] }
    }

    /// `functions.NAME:0`, a mark, and the arguments.
    private static func ofKimi(_ piece: String) -> [ToolCall]? {
        guard let (id, json) = ToolsInWords.parted(piece, at: "<|tool_call_argument_begin|>") else {
            return nil
        }
        let name = id.trimmed().prefix { $0 != ":" }
        return record(json).map { [ToolCall(id: "", name: String(name), arguments: $0)] }
    }

    /// `NAME">`, and the arguments each as `<parameter name="…">`.
    private static func invocation(_ piece: String, _ mark: String) -> [ToolCall]? {
        guard let (name, rest) = ToolsInWords.parted(piece, at: "\">") else { return nil }
        let written = ToolsInWords.between("<\(mark)parameter name=\"", "</\(mark)parameter>", rest)
        var texts = MapValue()
        var others: [(String, String)] = []
        for parameter in written {
            guard let (head, value) = ToolsInWords.parted(parameter, at: ">") else { return nil }
            let key = String(head.prefix { $0 != "\"" })
            if head.contains("string=\"true\"") {
                texts[key] = .string(value)
            } else {
                others.append((key, value))
            }
        }
        let call = ToolsInWords.called(name, others)
        guard texts.count > 0 else { return [call] }
        for (key, value) in call.value.asMap?.entries ?? [:] { texts[key: key] = value }
        return [ToolCall(id: "", name: call.name, arguments: JSON.text(.map(texts)))]
    }
}

extension ToolCall {
    /// The same call, its name without the namespace in which some models see their tools.
    ///
    /// - Parameter tools: the names of the tools that the model was offered.
    func naming(_ tools: [String]) -> ToolCall {
        let start = "functions."
        guard !tools.contains(name), name.hasPrefix(start) else { return self }
        let bare = String(name.dropFirst(start.count).prefix { $0 != ":" })
        guard tools.contains(bare) else { return self }
        var call = self
        call.name = bare
        return call
    }
}

extension ModelReply {
    /// The same reply, its calls named as the tools that the model was offered.
    func naming(_ tools: [String]) -> ModelReply {
        var reply = self
        reply.calls = calls.map { $0.naming(tools) }
        return reply
    }
}

extension CollectedReply {
    /// A reply that asks for tools in a channel of its own, which stands there as if it were thinking; nil for any other.
    func askingInHarmony(for tools: [String]) -> ModelReply? {
        guard calls.isEmpty, !tools.isEmpty else { return nil }
        let found = CallMarks.harmony(text)
        return found.isEmpty || !found.allSatisfy { tools.contains($0.name) }
            ? nil : ModelReply("", calls: found)
    }
}
