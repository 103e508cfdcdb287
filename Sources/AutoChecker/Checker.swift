import AutoSyntax
import CEL
package import Diagnostics

/// Parses and checks one file.
package func check(_ source: SourceText) -> CheckResult {
    let parsed = parseAutomation(source)
    // A file that is not text has nothing else to say.
    if let first = parsed.findings.first,
        first.code == .tooLarge
            || (first.code == .badCharacter && parsed.automation.steps.isEmpty && parsed.findings.count == 1
                && String(validating: source.bytes, as: UTF8.self) == nil)
    {
        return CheckResult(source: source, findings: parsed.findings, automation: nil)
    }
    let context = CheckContext(parsed.automation, syntaxErrors: parsed.findings.hasErrors)
    var findings = parsed.findings + context.findings
    for check in checks { findings += check(context) }
    findings = applyIgnores(findings.inOrder(), source)
    let automation = findings.hasErrors ? nil : checkedAutomation(context)
    return CheckResult(source: source, findings: findings, automation: automation)
}

/// Every family of checks; each gives its findings.
private let checks: [@Sendable (CheckContext) -> [Diagnostic]] = [
    checkHeader, checkNames, checkFields, checkSettings, checkExpressions, checkDefaults, checkEdges,
    checkGraph,
    checkDecisions, checkAssignment, checkSecrets, checkTests,
]

/// What several checks need: the tree, its names resolved, the graph, the types.
struct CheckContext: Sendable {
    let automation: Automation
    /// Whether the parser had to leave something out, so that what is missing may not be the user's omission.
    let hasSyntaxErrors: Bool
    let stepIndex: [String: Int]
    let types: TypeTable
    let start: Int?
    let graph: FlowGraph?
    /// What each step gives, by index.
    let results: [Type]
    let findings: [Diagnostic]

    init(_ automation: Automation, syntaxErrors: Bool) {
        self.automation = automation
        hasSyntaxErrors = syntaxErrors
        var index: [String: Int] = [:]
        for (number, step) in automation.steps.enumerated() where index[step.name.text] == nil {
            index[step.name.text] = number
        }
        stepIndex = index
        var types = TypeTable(automation.types)
        let inputTypes = automation.inputs.map { types.resolve($0.type) }
        let declared = automation.steps.map { types.declaredResult(of: $0) }
        self.types = types
        findings = types.findings
        start = automation.steps.firstIndex { $0.type == .start }
        graph = start.map { FlowGraph(automation.steps, index: index, start: $0) }
        self.inputTypes = inputTypes
        declaredResults = declared
        inputRecord = RecordType(
            role: .inputs,
            fields: zip(automation.inputs, inputTypes).map { .init($0.name.text, $1.expressionType) })
        secretRecord = RecordType(
            role: .secrets, fields: automation.secrets.map { .init($0.name.text, .string) })
        var inference = ResultInference(
            automation: automation, index: index, declared: declared, inputs: inputRecord,
            secrets: secretRecord)
        results = inference.infer(order: graph.map { flowOrder($0) } ?? Array(automation.steps.indices))
    }

    let inputTypes: [DataType]
    let declaredResults: [DataType?]
    let inputRecord: RecordType
    let secretRecord: RecordType

    func scope(of step: Int?) -> TypeScope {
        let variables = step.map { eachVariables($0) } ?? []
        return typeScope(
            automation, stepIndex, { [results] in results[$0] }, inputRecord, secretRecord,
            variables: variables)
    }

    /// The variables of a step's `each`, with their types.
    func eachVariables(_ number: Int) -> [(String, Type)] {
        eachVariableTypes(
            automation.steps[number],
            typeScope(
                automation, stepIndex, { [results] in results[$0] }, inputRecord, secretRecord, variables: [])
        )
    }
}

/// Steps in the order in which a run can reach them first; those that it cannot reach come last.
private func flowOrder(_ graph: FlowGraph) -> [Int] {
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

/// Takes out findings that a comment above silences, and reports comments without a reason.
private func applyIgnores(_ findings: [Diagnostic], _ source: SourceText) -> [Diagnostic] {
    var kept = findings
    let marker = Array("# autocheck: ignore ".utf8)
    for line in 0..<source.lineCount {
        let text = source.line(line).drop { $0 == 0x20 || $0 == 0x09 }
        guard text.first == UInt8(ascii: "#"), text.starts(with: marker) else { continue }
        let words = String(decoding: text.dropFirst(marker.count), as: UTF8.self).split(
            separator: " ", maxSplits: 1)
        guard let code = words.first else { continue }
        if words.count < 2 {
            kept.append(
                Diagnostic(
                    .ignoreWithoutReason, "this comment silences \(code) without a reason",
                    at: Span(text.startIndex, text.endIndex), help: "say why behind the code"))
        }
        var silenced = false
        kept.removeAll { finding in
            guard !silenced, finding.code.rawValue == code,
                source.lineIndex(at: finding.span.start) == line + 1
            else { return false }
            silenced = true
            return true
        }
    }
    return kept.inOrder()
}
