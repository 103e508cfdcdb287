import AutoSyntax
import CEL
package import Diagnostics
import StepKinds
import Values

/// Parses and checks one file; what others compile is left unchecked.
package func check(_ source: SourceText, _ options: CheckOptions = CheckOptions()) -> CheckResult {
    CheckDraft(source, options).finished(with: [])
}

/// Parses and checks one file, the programs inside by their compilers.
package func check(_ source: SourceText, _ options: CheckOptions, _ compiler: any ProgramCompiler)
    -> CheckResult
{
    let draft = CheckDraft(source, options)
    return draft.finished(with: draft.programs.isEmpty ? [] : compiler.problems(in: draft.programs))
}

/// A file that is checked but for the programs in it that others compile, so that those of many files go in one batch.
package struct CheckDraft: Sendable {
    /// The text that is checked.
    package let source: SourceText
    /// The programs that are still to be compiled.
    package let programs: [EmbeddedProgram]
    private let options: CheckOptions
    private let findings: [Diagnostic]
    let context: CheckContext?

    package init(_ source: SourceText, _ options: CheckOptions = CheckOptions()) {
        self.source = source
        var options = options
        if let files = options.files, files.callers.count == 1 { options.files = files.afresh }
        self.options = options
        let parsed = parseAutomation(source)
        guard !isNoText(parsed) else {
            findings = parsed.findings
            programs = []
            context = nil
            return
        }
        let context = CheckContext(
            parsed.automation, syntaxErrors: parsed.findings.hasErrors, options: options)
        var findings = context.findings
        for check in checks { findings += check(context) }
        self.findings = parsed.findings + (context.hasSyntaxErrors ? findings.map(guessing) : findings)
        self.context = context
        programs = embeddedPrograms(context)
    }

    /// What is known of the file, for editors; nil for one that is no text.
    package var model: SemanticModel? { context.map(SemanticModel.init) }

    /// The paths of all files that it names, and that those name, from its own folder; they need not be
    /// there.
    package var namedFiles: Set<String> { options.files?.shelf.paths ?? [] }

    /// The result, with what the compilers said of each of the programs.
    package func finished(with problems: [[ProgramProblem]]) -> CheckResult {
        var all = findings
        for (program, problems) in zip(programs, problems) {
            all += problems.map { $0.diagnostic(in: program.text) }
        }
        let found = all.inOrder()
        all = options.applied(to: applyIgnores(withoutExplained(found), source))
        // What explained another finding may be silenced, and then the other one stands for itself.
        if !all.hasErrors { all = (all + found.filter { !$0.code.isSilenceable }).inOrder() }
        let automation = all.hasErrors ? nil : context.flatMap(checkedAutomation)
        return CheckResult(
            source: source, findings: all, automation: automation,
            secrets: context?.automation.secrets.map(\.name.text) ?? [],
            namedFiles: namedFiles)
    }
}

/// A finding of a file of which something could not be read: what is named may be there.
private func guessing(_ finding: Diagnostic) -> Diagnostic {
    guard let fix = finding.fix, [.unknownName, .unknownInput, .unknownSecret].contains(finding.code),
        fix.isSafe
    else { return finding }
    var guess = finding
    guess.fix = FixIt(span: fix.span, replacement: fix.replacement, isSafe: false)
    return guess
}

/// Whether a file is too large or no text at all, and so has nothing else to say.
private func isNoText(_ parsed: ParseResult) -> Bool {
    guard let first = parsed.findings.first else { return false }
    return first.code == .tooLarge
        || (first.code == .badCharacter && parsed.automation.steps.isEmpty && parsed.findings.count == 1
            && String(validating: parsed.automation.source.bytes, as: UTF8.self) == nil)
}

/// Every family of checks; each gives its findings.
private let checks: [@Sendable (CheckContext) -> [Diagnostic]] = [
    checkHeader, checkNames, checkFields, checkTriggers, checkSettings, checkExpressions, checkFiles,
    checkDefaults,
    checkEdges,
    checkGraph, checkDecisions, checkAssignment, checkSecrets, checkTests, checkUsage, checkTexts,
    checkDirections,
    checkTrust, checkUntrusted, checkNetwork, checkMoney, checkValues, checkConstants, checkPrograms,
    checkCalls, checkTools, checkResultAtEnd,
]

/// What several checks need: the tree, its names resolved, the graph, the types.
struct CheckContext: Sendable {
    let automation: Automation
    /// Whether the parser had to leave something out, so that what is missing may not be the user's omission.
    let hasSyntaxErrors: Bool
    let stepIndex: [String: Int]
    let inputIndex: [String: Int]
    /// Whether `end` may come at a step's place before any other step than decisions, by index; that of `end` is true.
    let mayBeEnd: [Bool]
    let types: TypeTable
    let start: Int?
    let graph: FlowGraph?
    /// The loops of the graph.
    let nests: LoopNests?
    /// What each step gives, by index.
    let results: [Type]
    /// Each step as expressions see it, by index.
    private let stepTypes: [Type]
    let findings: [Diagnostic]
    let options: CheckOptions
    /// The optional fields that are surely there, by step.
    let presence: Presence

    /// The mend of a name that stands for another one of the author's. It is not certain where something could not be read,
    /// which may be what is named.
    func rename(_ name: Name, to other: String) -> FixIt {
        FixIt(
            span: name.span, replacement: other, isSafe: !hasSyntaxErrors && isSlip(name.text, for: other))
    }

    init(_ automation: Automation, syntaxErrors: Bool, options: CheckOptions) {
        self.automation = automation
        self.options = options
        hasSyntaxErrors = syntaxErrors
        let index = places(automation.steps.map(\.name))
        stepIndex = index
        inputIndex = places(automation.inputs.map(\.name))
        var types = TypeTable(automation.types, files: options.files)
        let inputTypes = automation.inputs.map { types.resolveWhole($0.type) }
        let declared = automation.steps.map { types.declaredResult(of: $0) }
        declaredResult = automation.result.map { types.resolveWhole($0.type) }
        self.types = types
        findings = types.findings
        start = automation.steps.firstIndex { $0.type == .start }
        graph = start.map { FlowGraph(automation.steps, index: index, start: $0) }
        nests = graph.map(LoopNests.init)
        mayBeEnd =
            graph.map { graph in
                graph.leading { automation.steps[$0].type == .logicDecision }
            } ?? []
        calls = callTable(automation, graph, options)
        tools = toolTable(automation, options)
        presence = Presence(automation, graph)
        self.inputTypes = inputTypes
        declaredResults = declared
        inputRecord = RecordType(
            role: .inputs,
            fields: zip(automation.inputs, inputTypes).map { .init($0.name.text, $1.expressionType) })
        secretRecord = RecordType(
            role: .secrets, fields: automation.secrets.map { .init($0.name.text, .string) })
        var inference = ResultInference(
            automation: automation, index: index, declared: declared, inputs: inputRecord,
            secrets: secretRecord, called: calls.compactMapValues { $0.file.called?.result })
        results = inference.infer(order: graph.map { flowOrder($0) } ?? Array(automation.steps.indices))
        stepTypes = zip(automation.steps, results).map { stepType($0, result: $1) }
        if !automation.tests.isEmpty { stepsForTests = madeTestedSteps }
    }

    /// The automations that steps call, by the steps' indices.
    let calls: [Int: CallOfFile]
    /// What tests can say of the steps, by their names; nil where the file has no tests.
    private(set) var stepsForTests: [String: TestedStep]?
    /// The automations that steps give to their models as tools, by the steps' indices.
    let tools: [Int: [ToolOfFile]]
    /// What `result` of the header says; nil where it says nothing.
    let declaredResult: DataType?
    let inputTypes: [DataType]
    let declaredResults: [DataType?]
    let inputRecord: RecordType
    let secretRecord: RecordType

    /// The input by this name; nil where none has it.
    func input(_ name: String) -> Input? { inputIndex[name].map { automation.inputs[$0] } }

    /// What a name is that is no step: `an input`, `a secret`, `a type`.
    func kind(of name: String) -> String? {
        if automation.inputs.contains(where: { $0.name.text == name }) { return "an input" }
        if automation.secrets.contains(where: { $0.name.text == name }) { return "a secret" }
        if automation.types.contains(where: { $0.name.text == name }) { return "a type" }
        return reservedNames.contains(name) ? "reserved" : nil
    }

    /// A typer for the expressions of a step.
    func typer(for step: Int) -> Typer {
        var typer = Typer(scope: scope(of: step))
        typer.present = presence[step]
        if case .each(let names, let list) = automation.steps[step].setting(.each)?.content,
            let element = names.last, typer.holdsNulls(list)
        {
            typer.maybeNull.insert(element.text)
        }
        return typer
    }

    func scope(of step: Int?) -> TypeScope {
        let local = step.map { variables(of: $0) } ?? []
        return typeScope(
            automation, stepIndex, { [stepTypes] in stepTypes[$0] }, inputRecord, secretRecord,
            variables: local)
    }

    /// The variables of a step, with their types: those of its `each`, and what it works on as `input`.
    func variables(of number: Int) -> [(String, Type)] {
        stepVariables(
            automation.steps[number],
            typeScope(
                automation, stepIndex, { [stepTypes] in stepTypes[$0] }, inputRecord, secretRecord,
                variables: [])
        )
    }
}

/// The index of each name; of several with the same name that of the first.
private func places(_ names: [Name]) -> [String: Int] {
    Dictionary(names.enumerated().map { ($1.text, $0) }, uniquingKeysWith: { first, _ in first })
}

/// Steps in the order in which a run can reach them first; those that it cannot reach come last.
func flowOrder(_ graph: FlowGraph) -> [Int] {
    var seen = Array(repeating: false, count: graph.count + 1)
    var queue = [graph.start]
    seen[graph.start] = true
    var head = 0
    while head < queue.count {
        for edge in graph.edges[queue[head]] where !seen[edge.to] && edge.to != graph.end {
            seen[edge.to] = true
            queue.append(edge.to)
        }
        head += 1
    }
    return queue + (0..<graph.count).filter { !seen[$0] }
}
