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
        for tool in tools {
            check.findings += ToolEntryCheck(tool, context.options.toolServers).findings
        }
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
        var named: [(name: String, written: String, span: Span)] = []
        for tool in context.tools[number] ?? [] {
            guard let called = tool.call.file.called else { continue }
            named.append((toolName(of: called.name), called.name, tool.call.path.span))
        }
        for tool in tools {
            if case .declared(let name?) = tool.kind { named.append((name.text, name.text, name.span)) }
        }
        for (place, tool) in named.enumerated() {
            guard let first = named[..<place].first(where: { $0.name == tool.name }) else { continue }
            // What providers do not take of a name is left out of it, and what is left may be the same.
            let isMade = first.written != tool.written
            let why =
                isMade
                ? ", made of \(jsonString(first.written)) and \(jsonString(tool.written)): providers take \(toolNameWords)"
                : ""
            findings.append(
                Diagnostic(
                    .duplicateName, "two tools have the name `\(tool.name)`\(why)", at: tool.span,
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
