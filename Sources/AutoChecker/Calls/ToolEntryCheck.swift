import AutoSyntax
import CEL
import Diagnostics
import StepKinds
import Values

/// What one entry of `tools` says by itself: which tool it is, and that its fields are what such a tool has.
struct ToolEntryCheck {
    private(set) var findings: [Diagnostic] = []
    /// The names of the servers that the settings have.
    private let servers: [String]

    /// - Parameter servers: what `[mcp.NAME]` of the settings says.
    init(_ tool: WrittenTool, _ servers: [String: MCPSettings]) {
        self.servers = servers.keys.sorted()
        ask(tool)
        switch tool.kind {
        case .automation: fields(of: tool, ToolField.ofAutomation)
        case .server(let server):
            fields(of: tool, ToolField.ofServer)
            only(tool)
            self.server(server)
        case .declared(let name): declared(tool, name)
        case .unknown:
            findings.append(
                Diagnostic(
                    .wrongType,
                    "a tool is the path of an automation, { mcp: \"…\" } or { name, description, parameters }, written out in the file",
                    at: tool.span, help: "write for example \"lookup.auto\" or { mcp: \"https://…\" }"))
        }
    }

    private mutating func fields(of tool: WrittenTool, _ known: [String]) {
        for name in tool.names where !known.contains(name.text) {
            let near = nearestName(to: name.text, in: known)
            findings.append(
                Diagnostic(
                    .unknownField, "such a tool has no field `\(name.text)`", at: name.span,
                    help: near.map { "did you mean `\($0)`?" } ?? "it has \(inWords(known, joiner: "and"))",
                    fix: near.map { FixIt(span: name.span, replacement: $0) }))
        }
    }

    // Whether a person is asked.

    private static let yes = ["true", "yes", "on", "1", "always"]
    private static let no = ["false", "no", "off", "0", "never"]

    private mutating func ask(_ tool: WrittenTool) {
        guard let ask = tool.fields[ToolField.ask] else { return }
        if case .declared = tool.kind { return askOfDeclared(tool) }
        if case .literal(.bool) = ask.kind { return }
        let word = ask.slip?.lowercased() ?? ""
        let meant = Self.yes.contains(word) ? "true" : Self.no.contains(word) ? "false" : nil
        let found = ask.found ?? (meant == nil ? nil : "`\(word)`")
        let message =
            found.map { "`ask` of a tool is true or false, found \($0)" }
            ?? "whether a person is asked is written out in the file, it cannot be computed"
        findings.append(
            Diagnostic(
                .wrongType, message, at: ask.span, help: "write ask: \(meant ?? "true")",
                fix: meant.map { FixIt(span: ask.span, replacement: $0) }))
    }

    /// A function that is only declared is carried out by nobody here.
    private mutating func askOfDeclared(_ tool: WrittenTool) {
        guard tool.isMeantDeclared, let name = tool.names.first(where: { $0.text == ToolField.ask }) else {
            return
        }
        findings.append(
            Diagnostic(
                .unknownField,
                "nobody is asked about a tool that is only declared: where the model asks for it, the step ends",
                at: name.span,
                help:
                    "leave `ask` out, and ask a person behind the step, by GET_USER_INPUT, about what its result lists in `calls`"
            ))
    }

    // Servers.

    private mutating func server(_ server: Name) {
        if server.text.allSatisfy(\.isWhitespace) {
            findings.append(
                Diagnostic(
                    .badSetting, "`mcp` names no server", at: server.span,
                    help: "write a command, a url, or a name that stands in autorun.toml as [mcp.NAME]"))
            return
        }
        // A command of one word may be a program of this machine; where it resembles a name, that is meant.
        guard !servers.contains(server.text), !server.text.contains(where: { " /:\\".contains($0) }),
            let near = nearestName(to: server.text, in: servers)
        else { return }
        findings.append(
            Diagnostic(
                .unknownName, "autorun.toml has no [mcp.\(server.text)]", at: server.span,
                help: "did you mean `\(near)`? Write a program of that name by its path",
                fix: FixIt(span: server.span, replacement: jsonString(near))))
    }

    private mutating func only(_ tool: WrittenTool) {
        guard let only = tool.fields[ToolField.only] else { return }
        guard let names = literalTexts(.expression(only)), !names.isEmpty else {
            findings.append(
                Diagnostic(
                    .wrongType, "`only` is a list of the names of tools, written out", at: only.span,
                    help: "write for example only: [\"search\"]"))
            return
        }
    }

    // Functions that are only declared.

    private mutating func declared(_ tool: WrittenTool, _ name: Name?) {
        guard !tool.isOfProvider else { return }
        told(tool)
        guard let name else {
            guard tool.fields[ToolField.name] == nil, tool.fields[ToolField.function] == nil else { return }
            if let slip = tool.slip { return findings.append(slip) }
            findings.append(
                Diagnostic(
                    .missingField, "a declared tool needs a `name`", at: tool.span,
                    help: "write { name: \"…\", description: \"…\", parameters: { … } }"))
            return
        }
        misspelt(tool)
        guard !isToolName(name.text) else { return }
        let made = toolName(of: name.text)
        findings.append(
            Diagnostic(
                .badSetting, "providers take no tool of the name \(jsonString(name.text))", at: name.span,
                help: made.isEmpty
                    ? "write \(toolNameWords)" : "write \(toolNameWords), such as \(jsonString(made))"))
    }

    /// Fields of a declared tool that resemble those that are told to providers; what else stands there is the provider's.
    private mutating func misspelt(_ tool: WrittenTool) {
        let known = ToolField.ofDeclared
        for name in tool.names where !known.contains(name.text) {
            if [ToolField.only, ToolField.auth].contains(name.text) {
                findings.append(
                    Diagnostic(
                        .unknownField, "a declared tool has no field `\(name.text)`", at: name.span,
                        help: "it goes with `mcp`: leave it out"))
            } else if let near = nearestName(to: name.text, in: known) {
                findings.append(
                    Diagnostic(
                        .unknownField, "a declared tool has no field `\(name.text)`", at: name.span,
                        help: "did you mean `\(near)`?", fix: FixIt(span: name.span, replacement: near)))
            }
        }
    }

    /// What providers are told of a declared tool besides its name, also in OpenAI's form of it.
    private mutating func told(_ tool: WrittenTool) {
        var fields = tool.fields
        if case .map(let inside)? = tool.fields[ToolField.function]?.kind {
            fields = [:]
            for entry in inside {
                if case .literal(.string(let name)) = entry.key.kind { fields[name] = entry.value }
            }
        }
        for name in [ToolField.name, ToolField.description] {
            guard let value = fields[name], let found = value.found else { continue }
            switch value.kind {
            case .literal(.string), .text: continue
            default: break
            }
            findings.append(
                Diagnostic(
                    .wrongType, "`\(name)` of a tool is a text, found \(found)", at: value.span,
                    help: "write it in quotes"))
        }
        for name in [ToolField.parameters, ToolField.inputSchema] {
            if let parameters = fields[name] {
                findings += ParameterSchema(parameters, called: name).findings
            }
        }
    }
}

extension WrittenTool {
    /// Whether it is a tool that the provider itself carries out, such as a search: it has a type of its own.
    fileprivate var isOfProvider: Bool {
        guard let type = fields[ToolField.type], fields[ToolField.function] == nil else { return false }
        return ![ToolField.function, "custom"].contains(type.literal)
    }

    /// Whether the entry says what a declared tool says, and not only something else in a slip.
    fileprivate var isMeantDeclared: Bool {
        fields[ToolField.name] != nil || fields[ToolField.function] != nil || fields[ToolField.type] != nil
    }

    /// The field by which the entry would say which tool it is, where that is misspelt or has another's name.
    fileprivate var slip: Diagnostic? {
        let words = [
            "file": ToolField.automation, "path": ToolField.automation, "auto": ToolField.automation,
            "command": ToolField.mcp, "url": ToolField.mcp, "server": ToolField.mcp,
        ]
        for name in names {
            let meant =
                nearestName(to: name.text, in: [ToolField.mcp, ToolField.automation, ToolField.name])
                ?? words[name.text.lowercased()]
            guard let meant else { continue }
            return Diagnostic(
                .unknownField, "a tool has no field `\(name.text)`", at: name.span,
                help: "did you mean `\(meant)`?", fix: FixIt(span: name.span, replacement: meant))
        }
        return nil
    }
}

extension Expression {
    fileprivate var literal: String? {
        if case .literal(.string(let text)) = kind { text } else { nil }
    }

    /// A word, a text or a number that stands where `true` or `false` should; nil for anything else.
    fileprivate var slip: String? {
        switch kind {
        case .name(let name, _): name
        case .literal(.string(let text)): text
        case .literal(.int(let number)): String(number)
        case .literal, .text, .list, .map, .select, .has, .index, .call, .unary, .binary, .conditional,
            .macro:
            nil
        }
    }
}
