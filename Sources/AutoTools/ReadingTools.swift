import AutoRuntime
import MCP
import Values

/// One page of the tools that a server offers.
struct ToolPage: Sendable {
    /// The page is none; the words say what is wrong with it.
    struct Misfit: Error {
        let words: String
    }

    let tools: [OfferedTool]
    /// What leads to the next page; nil on the last one.
    let next: Value?

    init(_ answer: Value) throws(Misfit) {
        guard let map = answer.asMap, let list = map[MCPField.tools]?.asList else {
            throw Misfit(words: "`tools` is no list")
        }
        var tools: [OfferedTool] = []
        for entry in list { tools.append(try ToolPage.tool(entry)) }
        self.tools = tools
        switch map[MCPField.nextCursor] {
        case nil, .null?: next = nil
        case .string(let cursor)?: next = cursor.isEmpty ? nil : .string(cursor)
        case .some: throw Misfit(words: "`nextCursor` is no text")
        }
    }

    private static func tool(_ entry: Value) throws(Misfit) -> OfferedTool {
        guard let map = entry.asMap, let name = map[MCPField.name]?.asText, !name.isEmpty else {
            throw Misfit(words: "a tool has no name")
        }
        let annotations = map[MCPField.annotations]?.asMap
        let title = map[MCPField.title]?.asText ?? annotations?[MCPField.title]?.asText
        return OfferedTool(
            name: name, description: map[MCPField.description]?.asText ?? title ?? "",
            parameters: try schema(map[MCPField.inputSchema], "inputSchema", of: name)
                ?? .record([("type", .string("object"))]),
            result: try schema(map[MCPField.outputSchema], "outputSchema", of: name),
            isReadOnly: annotations?[MCPField.readOnlyHint]?.asBool == true)
    }

    private static func schema(_ value: Value?, _ field: String, of tool: String) throws(Misfit) -> Value? {
        guard let value, !value.isNull else { return nil }
        guard value.asMap != nil else { throw Misfit(words: "`\(field)` of `\(tool)` is no object") }
        return value
    }
}

extension ToolAnswer {
    /// What a call gave; nil for what is no result of a call.
    ///
    /// What does not fit what the server has said of it is an error of the tool: the model is told why, and nothing of it
    /// passes for what was promised.
    ///
    /// - Parameter schema: the tool's `outputSchema`; nil where the server gave none.
    init?(_ result: Value, of schema: Value?) {
        guard let map = result.asMap else { return nil }
        let isError = map[MCPField.isError]?.asBool == true
        let structured = map[MCPField.structuredContent].flatMap { $0.isNull ? nil : $0 }
        if !isError, let schema {
            guard let structured else {
                self.init(misfit: "it gave no structuredContent, though it has an outputSchema")
                return
            }
            do throws(SchemaMisfit) { try SchemaMisfit.look(at: structured, by: schema) } catch {
                self.init(misfit: "its structuredContent does not fit its outputSchema: \(error.words)")
                return
            }
        }
        if !isError, let structured {
            self.init(value: structured, isError: false)
            return
        }
        guard let parts = map[MCPField.content]?.asList ?? (isError ? [] : nil) else { return nil }
        var text = parts.map(words(of:)).joined(separator: "\n")
        if isError, text.allSatisfy(\.isWhitespace) {
            text = structured.map { JSON.text($0) } ?? "the tool failed, and its server does not say why"
        }
        self.init(value: .string(text), isError: isError)
    }

    private init(misfit words: String) {
        self.init(value: .string("the server of the tool is at fault: " + words), isError: true)
    }
}

/// A part of what a tool gave, as text.
private func words(of part: Value) -> String {
    guard let map = part.asMap else { return part.text ?? "" }
    switch map[MCPField.type]?.asText {
    case "text": return map[MCPField.text]?.asText ?? ""
    case "image": return "[an image\(kindAndSize(map, MCPField.data))]"
    case "audio": return "[a sound\(kindAndSize(map, MCPField.data))]"
    case "resource":
        let resource = map[MCPField.resource]?.asMap ?? MapValue()
        if let text = resource[MCPField.text]?.asText { return text }
        return "[a file, \(resource[MCPField.uri]?.asText ?? "")\(kindAndSize(resource, MCPField.blob))]"
    case "resource_link":
        let name = map[MCPField.title]?.asText ?? map[MCPField.name]?.asText ?? "a resource"
        let description = map[MCPField.description]?.asText.map { ": \($0)" } ?? ""
        return "[\(name), \(map[MCPField.uri]?.asText ?? "")\(description)]"
    case let type: return "[content of type `\(type ?? "")`, which cannot be shown]"
    }
}

private func kindAndSize(_ map: MapValue, _ field: String) -> String {
    let kind = map[MCPField.mimeType]?.asText.map { ", \($0)" } ?? ""
    // Base64 has four letters for three bytes, and `=` for each that is missing at the end.
    let size =
        map[field]?.asText.map { text in
            ", \(text.utf8.count * 3 / 4 - text.utf8.suffix(2).count { $0 == UInt8(ascii: "=") }) bytes"
        } ?? ""
    return kind + size
}
