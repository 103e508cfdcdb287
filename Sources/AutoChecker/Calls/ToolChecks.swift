import AutoSyntax
import CEL
import Diagnostics
import StepKinds
import Values

/// An automation that a step gives to its model as a tool.
struct ToolOfFile: Sendable {
    let tool: WrittenTool
    let call: CallOfFile
}

/// The automations that steps give to their models, by the indices of the steps.
func toolTable(_ automation: Automation, _ options: CheckOptions) -> [Int: [ToolOfFile]] {
    var table: [Int: [ToolOfFile]] = [:]
    for (number, step) in automation.steps.enumerated() {
        let tools = (step.writtenTools ?? []).compactMap { tool -> ToolOfFile? in
            guard case .automation(let path) = tool.kind else { return nil }
            // Whether a tool is used is the model's choice, so that no run has to come to it.
            return ToolOfFile(tool: tool, call: CallOfFile(path, isUnavoidable: false, options))
        }
        if !tools.isEmpty { table[number] = tools }
    }
    return table
}

extension CheckContext {
    /// The automations that a step gives to its model and that can be run.
    func toolAutomations(_ step: Int) -> [CalledAutomation] {
        (tools[step] ?? []).compactMap(\.call.file.called)
    }
}

/// What models may use: each tool can be told to a model, has a name of its own, and is there.
@Sendable func checkTools(_ context: CheckContext) -> [Diagnostic] {
    context.automation.steps.enumerated().flatMap { number, step -> [Diagnostic] in
        guard step.type == .llmCall, let field = step.field(LLMCall.tools) else { return [] }
        guard let tools = step.writtenTools else {
            return [
                Diagnostic(
                    .wrongType,
                    "the tools that a model may use are written out in the file, they cannot be computed",
                    at: field.span, help: "write the list: tools: [\"lookup.auto\", { mcp: \"…\" }]")
            ]
        }
        var check = ToolCheck(step: step, context: context)
        for tool in tools { check.look(at: tool) }
        check.files(number)
        check.names(tools, number)
        check.asking(tools)
        check.model()
        check.rounds()
        return check.findings + unaskedTools(step, number, tools, context)
    }
}

private struct ToolCheck {
    let step: Step
    let context: CheckContext
    var findings: [Diagnostic] = []

    mutating func look(at tool: WrittenTool) {
        switch tool.kind {
        case .automation: fields(of: tool, ToolField.ofAutomation)
        case .server(let server):
            fields(of: tool, ToolField.ofServer)
            only(tool)
            if server.text.allSatisfy(\.isWhitespace) {
                findings.append(
                    Diagnostic(
                        .badSetting, "`mcp` names no server", at: server.span,
                        help: "write a command, a url, or a name that stands in autorun.toml as [mcp.NAME]"))
            }
        case .declared: declared(tool)
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
        guard let ask = tool.fields[ToolField.ask], case .literal(.bool) = ask.kind else {
            if let ask = tool.fields[ToolField.ask] {
                findings.append(
                    Diagnostic(
                        .wrongType,
                        "whether a person is asked is written out in the file, it cannot be computed",
                        at: ask.span, help: "write ask: true"))
            }
            return
        }
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

    private mutating func declared(_ tool: WrittenTool) {
        let isOfProvider = tool.fields[ToolField.type] != nil && tool.fields[ToolField.function] == nil
        guard case .declared(let name) = tool.kind, !isOfProvider else { return }
        guard let name else {
            if tool.fields[ToolField.name] == nil, tool.fields[ToolField.function] == nil {
                findings.append(
                    Diagnostic(
                        .missingField, "a declared tool needs a `name`", at: tool.span,
                        help: "write { name: \"…\", description: \"…\", parameters: { … } }"))
            }
            return
        }
        let isTaken = { (letter: Character) in
            letter.isASCII && (letter.isLetter || letter.isNumber) || letter == "_" || letter == "-"
        }
        guard name.text.isEmpty || name.text.count > 64 || !name.text.allSatisfy(isTaken) else { return }
        findings.append(
            Diagnostic(
                .badSetting, "providers take no tool of the name \(jsonString(name.text))", at: name.span,
                help: "write at most 64 letters, digits, `_` and `-`"))
    }

    /// The other files, like those of calls.
    mutating func files(_ number: Int) {
        for tool in context.tools[number] ?? [] {
            if let problem = tool.call.problem {
                findings.append(problem)
            } else if let called = tool.call.file.called {
                findings += missingSecrets(of: called, at: tool.call.path.span, context)
            }
        }
    }

    /// Two tools of one name cannot be told apart.
    mutating func names(_ tools: [WrittenTool], _ number: Int) {
        var named: [(name: String, span: Span)] = []
        for tool in context.tools[number] ?? [] {
            guard let called = tool.call.file.called else { continue }
            named.append((toolName(of: called.name), tool.call.path.span))
        }
        for tool in tools {
            if case .declared(let name?) = tool.kind { named.append((name.text, name.span)) }
        }
        for (place, tool) in named.enumerated() {
            guard let first = named[..<place].first(where: { $0.name == tool.name }) else { continue }
            findings.append(
                Diagnostic(
                    .duplicateName, "two tools have the name `\(tool.name)`", at: tool.span,
                    notes: [Note(first.span, "the first is here")],
                    help: "give one of them another name; an automation's is what stands behind `automation`")
            )
        }
    }

    /// Where others carry out what the model asks for, the result says what that is.
    mutating func asking(_ tools: [WrittenTool]) {
        guard LLMCall.declaresTools(step), let setting = step.setting(.result) else { return }
        findings.append(
            Diagnostic(
                .wrongResultType,
                "with declared tools the step gives { text, calls: [{ id, name, arguments }] }, so that `result` has no place",
                at: setting.span,
                help:
                    "leave `result` out, or give the model tools that are carried out: automations, { mcp: … }"
            ))
    }

    /// The model of this machine uses no tools.
    mutating func model() {
        guard let model = step.writtenModels.first(where: { $0.name == DefaultModels.local }) else { return }
        findings.append(
            Diagnostic(
                .badSetting, "the model `\(DefaultModels.local)` uses no tools", at: model.span,
                help: "name another one, or leave `model` out and set a provider's key"))
    }

    mutating func rounds() {
        guard let field = step.field(LLMCall.maxRounds), let most = wholeNumber(field), most < 1 else {
            return
        }
        findings.append(
            Diagnostic(
                .badSetting, "`max_rounds` is how often the model is asked, at least once, found \(most)",
                at: field.span, help: "write max_rounds: \(LLMCall.usualRounds), or leave it out"))
    }
}

/// Tools that change something outside, and that a text from outside may talk the model into using, with nobody asked.
private func unaskedTools(
    _ step: Step, _ number: Int, _ tools: [WrittenTool], _ context: CheckContext
) -> [Diagnostic] {
    let changing = (context.tools[number] ?? []).filter { tool in
        let trusted = (step.trustedFields ?? []).map(\.path)
        guard !tool.tool.asks, let called = tool.call.file.called, called.changesOutside else { return false }
        let name = toolName(of: called.name)
        return called.inputs.contains { input in
            !input.type.expressionType.hasNoRoomForText
                && !trusted.contains { covers($0, name + "." + input.name) }
        }
    }
    guard !changing.isEmpty else { return [] }
    let flow = TaintFlow(context, inputsAreOutside: false)
    guard let taint = flow.taintOfModel(number) else { return [] }
    return changing.map { tool in
        Diagnostic(
            .toolUnasked,
            "text from \(taint.origin) reaches the model, which may then use \(jsonString(tool.call.path.text)) as that text wants it: it changes something outside",
            at: tool.tool.span, notes: [taint.note(to: step.name.text)],
            help:
                "let a person see each call first: { automation: \(jsonString(tool.call.path.text)), ask: true }"
        )
    }
}
