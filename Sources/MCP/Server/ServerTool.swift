import Diagnostics
package import Values

/// A tool as a server offers it.
package struct ServerTool: Sendable {
    /// Letters, digits, `_` and `-`, at most 64.
    package let name: String
    /// The tool's name for people.
    package let title: String
    /// What the tool does, for models.
    package let description: String
    /// A JSON Schema of an object.
    package let inputSchema: Value
    /// A JSON Schema of an object, which the structured content of each result fits; nil where there is none.
    package let outputSchema: Value?
    /// Whether it changes nothing outside.
    package let isReadOnly: Bool
    /// Whether it reaches beyond this machine.
    package let isOpenWorld: Bool

    package init(
        name: String, title: String, description: String, inputSchema: Value, outputSchema: Value?,
        isReadOnly: Bool, isOpenWorld: Bool
    ) {
        self.name = name
        self.title = title
        self.description = description
        self.inputSchema = inputSchema
        self.outputSchema = outputSchema
        self.isReadOnly = isReadOnly
        self.isOpenWorld = isOpenWorld
    }

    /// The tool as the protocol describes one, without what a revision does not know.
    func json(_ revision: ProtocolRevision) -> Value {
        var fields = MapValue(record: [
            (MCPField.name, .string(name)), (MCPField.description, .string(description)),
            (MCPField.inputSchema, inputSchema),
        ])
        if revision.hasAnnotations {
            var hints: [(String, Value)] = [
                (MCPField.title, .string(title)), (MCPField.readOnlyHint, .bool(isReadOnly)),
                (MCPField.openWorldHint, .bool(isOpenWorld)),
            ]
            // Of what changes nothing, the protocol asks no more.
            if !isReadOnly { hints.append((MCPField.idempotentHint, .bool(false))) }
            fields[MCPField.annotations] = .record(hints)
        }
        if revision.hasStructuredContent {
            fields[MCPField.title] = .string(title)
            if let outputSchema { fields[MCPField.outputSchema] = outputSchema }
        }
        return .map(fields)
    }
}

/// What a tool gave.
package struct ToolResult: Sendable {
    /// What a model reads, each part as the protocol has it.
    package let content: [Value]
    /// Fits the tool's output schema; nil for a failure.
    package let structured: Value?
    /// Whether it is a failure, which the model is told.
    package let isError: Bool
    /// What programs may want to know besides; nil for nothing.
    package let meta: Value?

    package init(content: [Value], structured: Value?, isError: Bool = false, meta: Value? = nil) {
        self.content = content
        self.structured = structured
        self.isError = isError
        self.meta = meta
    }

    /// A structured result whose text says the same as JSON.
    package init(_ structured: Value) {
        self.init(content: [.textPart(JSON.text(structured))], structured: structured)
    }

    /// A failure in a sentence.
    package static func failed(_ sentence: String, also: [Value] = [], meta: Value? = nil) -> ToolResult {
        ToolResult(content: [.textPart(sentence)] + also, structured: nil, isError: true, meta: meta)
    }

    func json(_ revision: ProtocolRevision) -> Value {
        var fields = MapValue(record: [(MCPField.content, .list(content))])
        if let structured, revision.hasStructuredContent { fields[MCPField.structuredContent] = structured }
        fields[MCPField.isError] = .bool(isError)
        if let meta { fields[MCPField.meta] = meta }
        return .map(fields)
    }
}

extension Value {
    /// A text as a part of a tool's content.
    package static func textPart(_ text: String) -> Value {
        .record([(MCPField.type, .string("text")), (MCPField.text, .string(text))])
    }
}

extension RPCError {
    /// There is no such tool; the nearest one is named.
    package static func unknownTool(_ name: String, among names: [String]) -> RPCError {
        let near = nearestName(to: String(name.prefix(100)), in: names)
        return .invalidParameters(
            "there is no tool `\(name.prefix(100))`"
                + (near.map { ": did you mean `\($0)`?" } ?? ": tools/list lists what there is"))
    }
}
