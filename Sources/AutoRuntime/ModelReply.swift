import AutoChecker
import OrderedCollections
package import Values
import WrittenJSON

/// What a model replied.
package struct ModelReply: Sendable, Hashable {
    /// Empty where the model only asks for tools.
    package var text: String
    /// The tools that the model asks for, in its order.
    package var calls: [ToolCall]
    /// What the provider wants to be told again, as it said it, together with what the tools gave, such as the model's signed
    /// thinking: fields of the message.
    package var carried: MapValue

    package init(_ text: String, calls: [ToolCall] = [], carried: MapValue = MapValue()) {
        self.text = text
        self.calls = calls
        self.carried = carried
    }

    /// The reply as a message of the conversation, in the form of OpenAI's chat completions.
    package var message: Value {
        var message = MapValue(record: [("role", .string("assistant")), ("content", .string(text))])
        if !calls.isEmpty { message["tool_calls"] = .list(calls.map(\.message)) }
        for (name, value) in carried.entries { message[key: name] = value }
        return .map(message)
    }
}

/// A tool that a model asks for.
package struct ToolCall: Sendable, Hashable {
    /// The provider's name for this call; empty where it gives none.
    package var id: String
    package var name: String
    /// JSON, as the model wrote it; empty for none.
    package var arguments: String
    /// What the provider wants to be told again with the call, as it said it: fields of the call.
    package var carried: MapValue

    package init(id: String, name: String, arguments: String, carried: MapValue = MapValue()) {
        self.id = id
        self.name = name
        self.arguments = arguments
        self.carried = carried
    }

    /// The call as an assistant's message holds it, in the form of OpenAI's chat completions.
    var message: Value {
        let function = Value.record([
            ("name", .string(name)), ("arguments", .string(written)),
        ])
        var call = MapValue(record: [
            ("id", .string(id)), ("type", .string("function")), ("function", function),
        ])
        for (name, value) in carried.entries { call[key: name] = value }
        return .map(call)
    }

    /// The arguments as they are told again: some servers take JSON only.
    private var written: String {
        if (try? JSON.parse(arguments))?.asMap != nil { return arguments }
        let value = value
        return value.asMap == nil ? arguments : JSON.text(value)
    }

    /// The arguments as a value; the text itself where no record can be read in it.
    package var value: Value {
        guard let value = try? JSON.parse(arguments) else {
            return arguments.contains { !$0.isWhitespace } ? mended ?? .string(arguments) : .record([])
        }
        switch value {
        // What models and servers say where a tool takes nothing; in PHP an empty record is an empty list.
        case .null, .list([]): return .record([])
        // Some servers pack the JSON into a text of JSON.
        case .string(let text):
            if !text.contains(where: { !$0.isWhitespace }) { return .record([]) }
            let inner = try? JSON.parse(text)
            return inner?.asMap == nil ? value : inner ?? value
        case .bool, .int, .uint, .double, .bytes, .list, .map, .timestamp, .duration, .type, .optional:
            return value
        }
    }

    /// The one record that is written nearly as JSON: with a comma too many, in a fence, in other quotes.
    private var mended: Value? {
        var text = arguments.withoutBlanksAround
        for start in ["```json", "```", "json"] where text.hasPrefix(start) {
            text = String(text.dropFirst(start.count)).withoutBlanksAround
        }
        if text.hasSuffix("```") { text = String(text.dropLast(3)).withoutBlanksAround }
        guard text.isOneRecord, let answer = try? DataType.json.read(text, cut: .refused) else { return nil }
        return answer.value.asMap == nil ? nil : answer.value
    }
}

extension String {
    fileprivate var withoutBlanksAround: String {
        let begun = drop(while: \.isWhitespace)
        return String(begun.lastIndex { !$0.isWhitespace }.map { begun[...$0] } ?? "")
    }

    /// Whether it begins and ends with the braces of the same record; two records in one text mean neither.
    fileprivate var isOneRecord: Bool {
        var depth = 0
        var isInText = false
        var isEscaped = false
        for (place, byte) in utf8.enumerated() {
            if isInText {
                if byte == UInt8(ascii: "\""), !isEscaped { isInText = false }
                isEscaped = byte == UInt8(ascii: "\\") && !isEscaped
                continue
            }
            switch byte {
            case UInt8(ascii: "\""): isInText = true
            case UInt8(ascii: "{"): depth += 1
            case UInt8(ascii: "}"):
                depth -= 1
                if depth == 0 { return place == utf8.count - 1 }
            default: break
            }
            if depth == 0 { return false }
        }
        return false
    }
}

extension ModelReply {
    /// The reply as a tape holds it: its text, where it is no more than that.
    var taped: Value {
        calls.isEmpty && carried.count == 0 ? .string(text) : message
    }

    /// Reads what `taped` gave.
    init(taped value: Value) {
        guard let message = value.asMap else {
            self.init(value.asText ?? "")
            return
        }
        self.init(message: message)
    }

    /// Reads what `message` gave.
    package init(message: MapValue) {
        var carried = message
        for name in ["role", "content", "tool_calls"] { carried[name] = nil }
        self.init(
            message["content"]?.asText ?? "",
            calls: (message["tool_calls"]?.asList ?? []).compactMap { $0.asMap.map(ToolCall.init(message:)) },
            carried: carried)
    }
}

extension ToolCall {
    fileprivate init(message call: MapValue) {
        let function = call["function"]?.asMap
        var carried = call
        for name in ["id", "type", "function"] { carried[name] = nil }
        self.init(
            id: call["id"]?.asText ?? "", name: function?["name"]?.asText ?? "",
            arguments: function?["arguments"]?.asText ?? "", carried: carried)
    }
}
