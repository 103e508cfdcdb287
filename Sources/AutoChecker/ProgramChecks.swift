import AutoSyntax
package import CEL
package import Diagnostics
import Programs
import StepKinds
import Values

/// A program inside a file whose compiler is not the checker's own: it is compiled outside, never run.
package struct EmbeddedProgram: Sendable, Hashable {
    /// What language a program is in.
    package enum Language: String, Sendable, Hashable {
        case jq
        case xpath
        case python
    }

    /// The language of the program.
    package let language: Language
    /// The program, with its place in the file.
    package let text: ProgramText
    /// For Python: the keys of the step's `inputs`; nil when they are not written out.
    package let inputs: [String]?
    /// For Python: whether text from outside is among what is passed in.
    package let isTainted: Bool

    /// The program without its place, so that one that stands in many files is compiled once.
    package var alone: EmbeddedProgram {
        EmbeddedProgram(
            language: language, text: ProgramText(text: text.text, span: .none, lines: []), inputs: inputs,
            isTainted: isTainted)
    }
}

/// What a compiler says of an embedded program: what is wrong, and where, in bytes of the program's text.
package struct ProgramProblem: Sendable, Hashable {
    /// What kind of finding it is.
    package let code: Code
    /// A sentence without a full stop.
    package let message: String
    /// The bytes of the program that are wrong.
    package let range: Range<Int>
    /// The mend in words; nil when there is none to offer.
    package let help: String?

    package init(_ code: Code, _ message: String, _ range: Range<Int>, help: String? = nil) {
        self.code = code
        self.message = message
        self.range = range
        self.help = help
    }

    func diagnostic(in program: ProgramText) -> Diagnostic {
        let size = program.text.utf8.count
        let start = program.sourceOffset(of: min(range.lowerBound, size))
        let end = program.sourceOffset(of: min(max(range.upperBound, range.lowerBound), size))
        return Diagnostic(code, message, at: Span(start, max(end, start + 1)), help: help)
    }
}

/// Compiles embedded programs, each list's problems in the programs' order. Nothing of a program is run.
package protocol ProgramCompiler: Sendable {
    func problems(in programs: [EmbeddedProgram]) -> [[ProgramProblem]]
}

/// What the checker compiles itself: regular expressions and CSS selectors.
@Sendable func checkPrograms(_ context: CheckContext) -> [Diagnostic] {
    var findings: [Diagnostic] = []
    for step in context.automation.steps {
        if case .program(let regex) = step.field(DataTransform.regex) {
            findings += compiled(regex, .badRegex, "regular expression") { (text) throws(ProgramError) in
                _ = try Regex(text)
            }
        }
        if let select = step.field(WebScrape.select) { findings += selectors(select) }
        step.forEachExpression { findings += refusedArguments($0, context.automation.source) }
    }
    for expectation in context.automation.tests.flatMap(\.expectations) {
        findings += refusedArguments(expectation, context.automation.source)
    }
    return findings
}

private func compiled(
    _ program: ProgramText, _ code: Code, _ kind: String,
    _ compile: (String) throws(ProgramError) -> Void
) -> [Diagnostic] {
    do throws(ProgramError) {
        try compile(program.text)
        return []
    } catch {
        let offset = min(error.offset ?? 0, program.text.utf8.count)
        let problem = ProgramProblem(
            code, "this \(kind) does not compile: \(error.message)", offset..<offset + 1)
        return [problem.diagnostic(in: program)]
    }
}

private func selectors(_ value: FieldValue) -> [Diagnostic] {
    switch value {
    case .program(let program):
        var leftOut: [ProgramError] = []
        let findings = compiled(program, .badSelector, "selector") { (text) throws(ProgramError) in
            leftOut = try CSSSelector(text).leftOut
        }
        return findings + leftOut.map { ignored($0, in: program) }
    case .list(let items, _): return items.flatMap(selectors)
    case .record(let fields, _):
        return fields.flatMap { field in
            selectors(field.value) + (field.name.text == "each" ? takesNoElements(field.value) : [])
        }
    case .xpath, .expression: return []
    }
}

/// A part of `:is()` or `:where()` that cannot be read: the standard has it left out, and its author should know.
private func ignored(_ error: ProgramError, in program: ProgramText) -> Diagnostic {
    let offset = min(error.offset ?? 0, program.text.utf8.count)
    var finding = ProgramProblem(
        .badSelector, "this part of the selector is ignored: \(error.message)", offset..<offset + 1
    ).diagnostic(in: program)
    finding.severity = .warning
    return finding
}

/// Rows are elements, in which the other selectors look.
private func takesNoElements(_ each: FieldValue) -> [Diagnostic] {
    guard case .program(let program) = each, let selector = try? CSSSelector(program.text),
        selector.alternatives.contains(where: { $0.taken != .element })
    else { return [] }
    return [
        Diagnostic(
            .badSelector, "`each` wants elements, and this selector takes their texts or an attribute",
            at: program.span,
            help: "name the elements alone, and take `@href` or `::text` of them in another field")
    ]
}

/// Patterns, zones and such that are written out in calls of functions, and that the run would refuse.
private func refusedArguments(_ expression: Expression, _ source: SourceText) -> [Diagnostic] {
    var findings: [Diagnostic] = []
    expression.walk { part in
        guard case .call(let name, _, let target, let arguments) = part.kind else { return }
        var (function, operands) = (name, (target.map { [$0] } ?? []) + arguments)
        if case .name(let namespace, _)? = target?.kind,
            !FunctionTable.standard.overloads(namespace + "." + name, isMethod: false).isEmpty
        {
            (function, operands) = (namespace + "." + name, arguments)
        }
        if let problem = argumentProblem(inCallOf: function, operands.map(\.writtenValue)) {
            findings.append(refused(operands[problem.place], problem, source))
        }
    }
    return findings
}

private func refused(_ operand: Expression, _ problem: ArgumentProblem, _ source: SourceText) -> Diagnostic {
    let written = source.text(operand.span)
    switch problem.kind {
    case .regex:
        guard let offset = problem.offset else {
            return Diagnostic(.badRegex, problem.message, at: operand.span)
        }
        let span = operand.writtenValue?.asText.flatMap { place(of: offset, in: $0, writtenAs: written) }
            .map { Span(operand.span.start + $0, min(operand.span.start + $0 + 1, operand.span.end)) }
        return Diagnostic(
            .badRegex, "this regular expression does not compile: \(problem.message)",
            at: span ?? operand.span)
    case .zone:
        let name = operand.writtenValue?.asText ?? ""
        return unknownZone(name, at: operand.span) { jsonString($0) }
    case .other: return Diagnostic(.badSetting, problem.message, at: operand.span)
    }
}

/// Where a byte of a text stands in what is written for it, quotes included: in a block without its indentation. Nil where an
/// escape stands before it.
private func place(of offset: Int, in text: String, writtenAs written: String) -> Int? {
    if let start = written.firstRange(ofText: text) {
        return written[..<start.lowerBound].utf8.count + offset
    }
    let before = Array(text.utf8.prefix(offset))
    let line = before.count { $0 == 0x0A }
    let column = before.count - (before.lastIndex(of: 0x0A).map { $0 + 1 } ?? 0)
    let wanted = text.split(separator: "\n", omittingEmptySubsequences: false)
    // The quotes of a block stand on the line before its first.
    let rows = written.split(separator: "\n", omittingEmptySubsequences: false)
    guard wanted.indices.contains(line), rows.indices.contains(line + 1),
        let found = String(rows[line + 1]).firstRange(ofText: String(wanted[line]))
    else { return nil }
    let row = String(rows[line + 1])
    return rows[...line].reduce(0) { $0 + $1.utf8.count + 1 } + row[..<found.lowerBound].utf8.count + column
}

extension Expression {
    /// A value that is written as such; nil for what is computed.
    fileprivate var writtenValue: Value? {
        switch kind {
        case .literal(let value): value
        case .unary(.negate, let operand):
            if case .literal(.int(let number)) = operand.kind, number > 0 { .int(-number) } else { nil }
        case .unary, .text, .name, .select, .has, .index, .call, .binary, .conditional, .list, .map, .macro:
            nil
        }
    }
}

/// The programs of a file that others compile.
func embeddedPrograms(_ context: CheckContext) -> [EmbeddedProgram] {
    var programs: [EmbeddedProgram] = []
    var flow: TaintFlow?
    for (number, step) in context.automation.steps.enumerated() {
        switch step.type {
        case .dataTransform:
            if case .program(let jq) = step.field(DataTransform.jq) {
                programs.append(EmbeddedProgram(language: .jq, text: jq, inputs: nil, isTainted: false))
            }
        case .webScrape:
            if let select = step.field(WebScrape.select) {
                programs += xpaths(select).map {
                    EmbeddedProgram(language: .xpath, text: $0, inputs: nil, isTainted: false)
                }
            }
        case .python:
            guard case .program(let code) = step.field(Python.code) else { continue }
            let known = flow ?? TaintFlow(context)
            flow = known
            var typer = context.typer(for: number)
            let inputs = step.field(Python.inputs)
            programs.append(
                EmbeddedProgram(
                    language: .python, text: code, inputs: inputNames(inputs),
                    isTainted: inputs.flatMap { known.taint(of: $0, in: number, &typer) } != nil))
        case .start, .llmCall, .getUserInput, .logicDecision, .embeddingSearch, .restAPI, .textToJSON, nil:
            continue
        }
    }
    return programs
}

private func inputNames(_ value: FieldValue?) -> [String]? {
    switch value {
    case nil: []
    case .record(let fields, _): fields.map(\.name.text)
    case .expression, .list, .program, .xpath: nil
    }
}

private func xpaths(_ value: FieldValue) -> [ProgramText] {
    switch value {
    case .xpath(let program, _): [program]
    case .list(let items, _): items.flatMap(xpaths)
    case .record(let fields, _): fields.flatMap { xpaths($0.value) }
    case .program, .expression: []
    }
}
