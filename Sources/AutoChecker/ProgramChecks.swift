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
        step.forEachExpression { expression in
            expression.walk { part in
                if case .call("matches", _, let target, let arguments) = part.kind,
                    let pattern = target == nil ? arguments.dropFirst().first : arguments.first
                {
                    findings += literalPattern(pattern, context.automation.source)
                }
            }
        }
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

private func literalPattern(_ pattern: Expression, _ source: SourceText) -> [Diagnostic] {
    guard case .literal(.string(let text)) = pattern.kind else { return [] }
    do throws(ProgramError) {
        _ = try Regex(text)
        return []
    } catch {
        var span = pattern.span
        let written = source.text(span)
        // Where no escape stands before it, the place in the text is the place in the file.
        if let offset = error.offset, let start = written.firstRange(ofText: text) {
            let place = span.start + written[..<start.lowerBound].utf8.count + offset
            span = Span(place, min(place + 1, span.end))
        }
        return [
            Diagnostic(.badRegex, "this regular expression does not compile: \(error.message)", at: span)
        ]
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
