package import AutoSyntax
package import CEL
package import Diagnostics
import Values

/// An entry of `tools` of LLM_CALL, as the file has it.
package struct WrittenTool: Sendable {
    /// What kind of tool it is.
    package enum Kind: Sendable {
        /// Another automation, by the path of its file.
        case automation(Name)
        /// A server of the Model Context Protocol: a command, a url, or a name that the settings know.
        case server(Name)
        /// A function that is only declared: where the model asks for it, the step ends. The name is nil where it is computed.
        case declared(name: Name?)
        /// Neither can be told from the file.
        case unknown
    }

    package let kind: Kind
    /// Whether a person is asked before it is used.
    package let asks: Bool
    /// Where the entry stands.
    package let span: Span
    /// The fields of an entry that is written as `{ … }`, by their names; empty for a text.
    package let fields: [String: Expression]
    /// The names of the fields in their order, with their places.
    package let names: [Name]
}

/// The fields that an entry of `tools` may have besides what says which tool it is.
package enum ToolField {
    package static let automation = "automation"
    package static let mcp = "mcp"
    package static let ask = "ask"
    package static let only = "only"
    package static let auth = "auth"
    package static let name = "name"
    package static let description = "description"
    package static let parameters = "parameters"
    /// Anthropic's name of `parameters`.
    package static let inputSchema = "input_schema"
    /// OpenAI's form of a declared tool has its fields in here.
    package static let function = "function"
    package static let type = "type"

    /// The fields of a declared tool as files usually write it.
    package static let usuallyDeclared = [name, description, parameters]

    /// What a field of an entry says, as a sentence without a full stop; empty for one that there is not.
    package static func documentation(of field: String) -> String {
        switch field {
        case automation: "The path of an automation that the model may run"
        case mcp: "A server of tools: its name in autorun.toml, [mcp.NAME], a command, or a url"
        case ask: "Whether a person is asked before each use of the tool"
        case only: "The names of the server's tools that are wanted; left out, all of them"
        case auth: "How the server at a url is told who asks: { bearer } or { user, password }"
        case name: "The name of a function that is only declared: where the model asks for it, the step ends"
        case description: "What the function does, for the model"
        case parameters: "The JSON Schema of the function's arguments, an object"
        default: ""
        }
    }

    /// The fields of `{ automation: … }`.
    package static let ofAutomation = [automation, ask]
    /// The fields of `{ mcp: … }`.
    package static let ofServer = [mcp, only, auth, ask]
    /// Those fields of a declared tool that each provider is told in its own form.
    package static let ofDeclared = [name, description, parameters, inputSchema, function, type, ask]
}

extension Step {
    /// The entries of `tools`; empty where there are none, nil where the list is not written out.
    package var writtenTools: [WrittenTool]? { type == .llmCall ? WrittenTool.list(of: fields) : [] }
}

extension WrittenTool {
    /// The entries of the field `tools`; empty where it is not there, nil where the list is not written out.
    package static func list(of fields: [Field]) -> [WrittenTool]? {
        guard let field = fields.first(where: { $0.name.text == LLMCall.tools.name }) else { return [] }
        guard case .expression(let expression) = field.value, case .list(let elements) = expression.kind
        else {
            return nil
        }
        return elements.map { WrittenTool($0.value) }
    }

    fileprivate init(_ expression: Expression) {
        span = expression.span
        if case .literal(.string(let path)) = expression.kind {
            kind = .automation(Name(path, at: expression.span))
            (asks, fields, names) = (false, [:], [])
            return
        }
        guard case .map(let entries) = expression.kind else {
            (kind, asks, fields, names) = (.unknown, false, [:], [])
            return
        }
        var fields: [String: Expression] = [:]
        var names: [Name] = []
        for entry in entries {
            guard let name = entry.key.literalText else { continue }
            fields[name] = entry.value
            names.append(Name(name, at: entry.key.span))
        }
        self.fields = fields
        self.names = names
        if case .literal(.bool(let asks)) = fields[ToolField.ask]?.kind {
            self.asks = asks
        } else {
            asks = false
        }
        if let path = fields[ToolField.automation] {
            kind = path.literalText.map { .automation(Name($0, at: path.span)) } ?? .unknown
        } else if let server = fields[ToolField.mcp] {
            kind = server.literalText.map { .server(Name($0, at: server.span)) } ?? .unknown
        } else {
            kind = .declared(name: WrittenTool.declaredName(fields))
        }
    }

    private static func declaredName(_ fields: [String: Expression]) -> Name? {
        var name = fields[ToolField.name]
        if case .map(let inside)? = fields[ToolField.function]?.kind {
            name = inside.first { $0.key.literalText == ToolField.name }?.value
        }
        return name.flatMap { name in name.literalText.map { Name($0, at: name.span) } }
    }
}

extension Expression {
    /// The text that is written here; nil for anything else.
    package var literalText: String? {
        if case .literal(.string(let text)) = kind { text } else { nil }
    }
}

extension LLMCall {
    /// What a step gives where tools are declared: what the model said, and what it asks for.
    static let asking = Type.record(
        RecordType(fields: [
            .init("text", .string),
            .init(
                "calls",
                .list(
                    .record(
                        RecordType(fields: [
                            .init("id", .string), .init("name", .string), .init("arguments", .dyn),
                        ])))),
        ]))

    /// Whether the step's model may ask for functions that nobody carries out here; a list that is computed can hold nothing
    /// else.
    package static func declaresTools(_ step: Step) -> Bool {
        guard let tools = step.writtenTools else { return true }
        return tools.contains { tool in
            if case .declared = tool.kind { true } else { false }
        }
    }
}
