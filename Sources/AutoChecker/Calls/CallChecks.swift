import AutoSyntax
import CEL
import Diagnostics
import StepKinds
import Values

/// A call of another automation, as a step writes it.
struct CallOfFile: Sendable {
    /// The path as it is written.
    let path: Name
    let file: CalledFile

    /// - Parameter isUnavoidable: whether every run comes to the call.
    init(_ path: Name, isUnavoidable: Bool, _ options: CheckOptions) {
        self.path = path
        do throws(OtherFiles.Unreadable) {
            guard let files = options.files else { throw OtherFiles.noFiles }
            file = files.called(try files.path(path.text), isUnavoidable: isUnavoidable, options)
        } catch {
            file = .unreadable(error)
        }
    }
}

/// The calls of a file, by the indices of the steps that make them.
func callTable(_ automation: Automation, _ graph: FlowGraph?, _ options: CheckOptions) -> [Int: CallOfFile] {
    var table: [Int: CallOfFile] = [:]
    for (number, step) in automation.steps.enumerated() where step.type == .restAPI {
        guard case .text(let written) = step.given[RestAPI.automation],
            let field = step.field(RestAPI.automation)
        else { continue }
        let isUnavoidable = graph.map { !$0.hasWay(around: number) } ?? false
        // The list of `each` may be empty.
        table[number] = CallOfFile(
            Name(written, at: field.span), isUnavoidable: isUnavoidable && !step.hasEach, options)
    }
    return table
}

extension FlowGraph {
    /// Whether a run may come to its end without a step.
    fileprivate func hasWay(around step: Int) -> Bool {
        var seen: Set<Int> = [step, start]
        var open = step == start ? [] : [start]
        while let place = open.popLast() {
            if place == end { return true }
            for edge in edges[place] where seen.insert(edge.to).inserted { open.append(edge.to) }
        }
        return false
    }
}

/// Calls of other automations: the file, and what it is given.
@Sendable func checkCalls(_ context: CheckContext) -> [Diagnostic] {
    context.automation.steps.enumerated().flatMap { number, step -> [Diagnostic] in
        guard step.type == .restAPI, let field = step.field(RestAPI.automation) else { return [] }
        guard let call = context.calls[number] else { return [computedPath(field)] }
        guard let called = call.file.called else { return call.problem.map { [$0] } ?? [] }
        var check = CallCheck(step: step, path: call.path, called: called, context: context)
        check.inputs(in: number)
        check.result(context.declaredResults[number])
        return check.findings + missingSecrets(of: called, at: call.path.span, context)
    }
}

extension CallOfFile {
    private var isByID: Bool { ID(path.text) != nil }

    private var what: String { isByID ? "automation" : "file" }

    /// Why the file cannot be called; nil where it can.
    var problem: Diagnostic? {
        switch file {
        case .whole: return nil
        case .unreadable(let error):
            return Diagnostic(
                .unreadableFile, "the \(what) \(jsonString(path.text)) \(error.words)", at: path.span,
                help: error.help)
        case .faulty(let fault): return finding(of: fault)
        case .tooDeep:
            return Diagnostic(
                .callTooDeep, "automations call one another here more than \(OtherFiles.deepest) deep",
                at: path.span, help: "let one automation do the work of several")
        case .endless(let way):
            return Diagnostic(
                .endlessCall,
                "this call never ends: \(way.map(OtherFiles.shown).joined(separator: " calls ")), and no decision leads around it",
                at: path.span,
                help: "put a LOGIC_DECISION before the call, with a branch that does not come to it")
        }
    }
}

extension CallOfFile {
    private func finding(of fault: FaultyFile) -> Diagnostic {
        let name = "the \(what) \(jsonString(path.text))"
        let isDirect = fault.way.count <= 1
        let words =
            isDirect
            ? "\(name) has errors, so it cannot be called"
            : "\(name) cannot be called: \(fileWay(fault.way, joiner: " calls ")), which has errors"
        let faulty = isDirect ? path.text : OtherFiles.shown(fault.way.last ?? path.text)
        let help =
            ID(faulty) == nil
            ? "see all of them by autocheck \(faulty)"
            : isDirect ? "mend that automation first" : "mend the automation \(faulty) first"
        return Diagnostic(.faultyFile, "\(words): \(fault.error)", at: path.span, help: help)
    }
}

/// What a called automation needs has to be set for a run of its caller, too, and is declared where people look.
func missingSecrets(of called: CalledAutomation, at span: Span, _ context: CheckContext) -> [Diagnostic] {
    let missing = called.secrets.filter { name in
        !context.automation.secrets.contains { $0.name.text == name }
    }
    guard !missing.isEmpty else { return [] }
    return [
        Diagnostic(
            .unknownSecret,
            "`\(called.name)` needs the \(missing.count == 1 ? "secret" : "secrets") \(inWords(missing, joiner: "and")), which this file does not declare",
            at: span,
            help: "add \(missing.map { "secret \($0)" }.joined(separator: " and ")) to the top of this file")
    ]
}

private func computedPath(_ field: FieldValue) -> Diagnostic {
    Diagnostic(
        .wrongType, "the automation that is called is named in the file, it cannot be computed",
        at: field.span,
        help: "write its path, such as \"digest.auto\"; decide between several by LOGIC_DECISION")
}

private struct CallCheck {
    let step: Step
    let path: Name
    let called: CalledAutomation
    let context: CheckContext
    var findings: [Diagnostic] = []

    init(step: Step, path: Name, called: CalledAutomation, context: CheckContext) {
        self.step = step
        self.path = path
        self.called = called
        self.context = context
    }

    /// Each input has to be there and of its type, and there are no others.
    mutating func inputs(in number: Int) {
        let field = step.field(RestAPI.inputs)
        guard case .record(let given, let whole)? = field ?? .record([], path.span) else {
            return computed(field, in: number)
        }
        let names = called.inputs.map(\.name)
        for entry in given {
            guard let input = called.inputs.first(where: { $0.name == entry.name.text }) else {
                unknown(entry.name, names)
                continue
            }
            check(entry, input, in: number)
        }
        let missing = called.inputs.filter { input in
            input.defaultValue == nil && !given.contains { $0.name.text == input.name }
        }
        guard !missing.isEmpty, !context.hasSyntaxErrors else { return }
        let written = missing.map { "\($0.name): …" }.joined(separator: ", ")
        findings.append(
            Diagnostic(
                .missingField,
                "`\(called.name)` needs \(inWords(missing.map(\.name), joiner: "and"))",
                at: field == nil ? path.span : whole,
                help: field == nil ? "add inputs: { \(written) }" : "add \(written)"))
    }

    private mutating func unknown(_ name: Name, _ names: [String]) {
        let near = nearestName(to: name.text, in: names)
        findings.append(
            Diagnostic(
                .unknownInput, "`\(called.name)` has no input `\(name.text)`", at: name.span,
                help: near.map { "did you mean `\($0)`?" }
                    ?? (names.isEmpty ? "it takes none" : "it takes \(inWords(names, joiner: "and"))"),
                fix: near.map { FixIt(span: name.span, replacement: $0) }))
    }

    private mutating func check(_ entry: Field, _ input: CheckedInput, in number: Int) {
        let problem: String
        if let constant = constantValue(entry.value) {
            do throws(Misfit) {
                _ = try input.type.fit(constant, extras: .refused)
                return
            } catch {
                problem = error.text
            }
        } else {
            var check = ValueCheck(typer: context.typer(for: number))
            let found = check.type(of: entry.value)
            guard !convertible(found, input.type) else { return }
            problem = "expected \(input.type.text), found \(found.widened.text)"
        }
        findings.append(
            Diagnostic(
                .wrongType, "the input `\(input.name)` of `\(called.name)` does not fit its type: \(problem)",
                at: entry.value.span, help: "give it \(input.type.text)"))
    }

    /// Inputs that an expression gives as a whole.
    private mutating func computed(_ field: FieldValue?, in number: Int) {
        guard let field else { return }
        var check = ValueCheck(typer: context.typer(for: number))
        let found = check.type(of: field)
        let wanted = RecordType(
            fields: called.inputs.map {
                .init($0.name, $0.type.expressionType, isOptional: $0.defaultValue != nil)
            })
        guard !found.fits(.record(wanted)) else { return }
        findings.append(
            Diagnostic(
                .wrongType,
                "the inputs of `\(called.name)` are \(Type.record(wanted).text), found \(found.widened.text)",
                at: field.span, help: "write them out: inputs: { name: value }"))
    }

    /// `result` of the calling step has to be what the automation gives.
    mutating func result(_ declared: DataType?) {
        guard let declared, let setting = step.setting(.result),
            !convertible(called.result.expressionType, declared)
        else { return }
        findings.append(
            Diagnostic(
                .wrongResultType, "`\(called.name)` gives \(called.result.text), never \(declared.text)",
                at: setting.span, help: "leave `result` out: the type is known from the other file"))
    }
}
