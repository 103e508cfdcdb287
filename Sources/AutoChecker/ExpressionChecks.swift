import AutoSyntax
import CEL
import Diagnostics
import StepKinds
import Values

@Sendable func checkExpressions(_ context: CheckContext) -> [Diagnostic] {
    var findings: [Diagnostic] = []
    let words = ComparisonWords(context)
    for (number, step) in context.automation.steps.enumerated() {
        var check = ValueCheck(typer: context.typer(for: number))
        if case .each(_, let list) = step.setting(.each)?.content { findings += checkEach(list, context) }
        for field in step.fields {
            guard let type = step.type, let schema = StepKind.of(type)[field.name.text] else {
                _ = check.type(of: field.value)
                continue
            }
            let before = check.typer.findings.count
            check.check(field, schema, step)
            guard check.typer.findings.count > before else { continue }
            field.value.forEachExpression { expression in
                check.typer.explain(from: before) { words.explained($0, in: expression, branch: nil) }
            }
        }
        for branch in step.branches {
            guard case .when(let condition) = branch.condition else { continue }
            let before = check.typer.findings.count
            check.condition(condition)
            check.typer.explain(from: before) { words.explained($0, in: condition, branch: branch) }
            check.typer.present.formUnion(condition.presence(when: false))
        }
        if let declared = context.declaredResults[number], let type = step.type {
            check.result(declared, of: step, type)
        }
        findings += check.findings
    }
    return findings + unknownFailures(context)
}

private func checkEach(_ list: Expression, _ context: CheckContext) -> [Diagnostic] {
    var typer = Typer(scope: context.scope(of: nil))
    let type = typer.type(of: list)
    if case .list = type { return typer.findings }
    if type.isOpen { return typer.findings }
    var help = "make it a list, for example by .split(\"\\n\")"
    if case .optional = type { help = "say what counts when it is absent: `.orValue([])`" }
    return typer.findings + [
        Diagnostic(
            .notAList, "`each` goes over a list, found \(type.widened.text)", at: list.span, help: help)
    ]
}

struct ValueCheck {
    var typer: Typer
    private var own: [Diagnostic] = []

    init(typer: Typer) { self.typer = typer }

    var findings: [Diagnostic] { typer.findings + own }

    mutating func type(of value: FieldValue) -> Type {
        switch value {
        case .expression(let expression): return typer.type(of: expression)
        case .record(let fields, _):
            return .record(RecordType(fields: fields.map { .init($0.name.text, type(of: $0.value)) }))
        case .list(let items, _):
            for item in items { _ = type(of: item) }
            return .list(.dyn)
        case .program, .xpath: return .string
        }
    }

    mutating func condition(_ expression: Expression) {
        let type = typer.type(of: expression)
        guard type != .bool, !type.isOpen else { return }
        var help =
            type.isText ? "compare it, for example `… == \"yes\"`" : "compare it, so that it is true or false"
        if case .optional = type { help = "say what counts when it is absent: `.orValue(false)`" }
        own.append(
            Diagnostic(
                .wrongType, "the condition of a branch must be a bool, found \(type.widened.text)",
                at: expression.span, help: help))
    }

    mutating func check(_ field: Field, _ schema: StepField, _ step: Step) {
        switch field.value {
        case .program(let program):
            if schema.kind == .program { checkProgram(program, step) }
            return
        case .xpath, .list: return
        case .expression, .record: break
        }
        if schema.kind == .program {
            own.append(noProgram(field, schema))
            return
        }
        if schema.kind == .selector {
            if case .record(let fields, _) = field.value, fields.isEmpty {
                own.append(
                    Diagnostic(.missingField, "`select` takes at least one selector", at: field.value.span))
            }
            return
        }
        let before = typer.findings.count
        let type = type(of: field.value)
        offerQuotes(field, schema, step, since: before)
        if case .choice(let values) = schema.kind { return choice(field, values, type) }
        guard !accepts(schema.kind, type, field.value) else { return }
        own.append(
            Diagnostic(
                .wrongType,
                "`\(field.name.text)` takes \(schema.kind.words(choicesInWords)), found \(type.widened.text)",
                at: field.value.span,
                help: help(schema.kind, type, field), fix: unquoted(schema.kind, field.value)))
    }

    /// `"3"` where a number is meant.
    private func unquoted(_ kind: FieldKind, _ value: FieldValue) -> FixIt? {
        guard let text = literalValue(value)?.asText else { return nil }
        switch kind {
        case .int: return Int64(text) == nil ? nil : FixIt(span: value.span, replacement: text)
        case .number: return Double(text) == nil ? nil : FixIt(span: value.span, replacement: text)
        case .bool:
            return text == "true" || text == "false" ? FixIt(span: value.span, replacement: text) : nil
        case .text, .any, .record, .list, .textOrList, .numberOrText, .boolOrRecord, .duration, .choice,
            .program, .selector:
            return nil
        }
    }

    /// A bare word where a text belongs is most often a text without its quotes.
    private mutating func offerQuotes(_ field: Field, _ schema: StepField, _ step: Step, since before: Int) {
        guard typer.findings.count == before + 1, let last = typer.findings.last,
            case .expression(let value) = field.value, case .name(let word, _) = value.kind
        else { return }
        // One of the words that the field takes is meant, however near the name of a step may be.
        if case .choice(let words) = schema.kind { typer.offerQuotes(value, in: .oneOf(words)) }
        guard last == typer.findings.last else { return }
        // In backquotes stands what no name is.
        let isPhrase = word.contains(where: \.isWhitespace)
        // No step reads itself.
        let isItself = last.code == .nameAlone && word == step.name.text
        switch schema.kind {
        case .text, .choice, .textOrList, .numberOrText, .any:
            guard last.code == .unknownName && last.fix == nil || isItself else { return }
        case .int, .number, .bool, .record, .list, .boolOrRecord, .duration, .program, .selector: return
        }
        // Of a single word a value may be meant as well, but not in the name of a model.
        let isCertain = isItself || isPhrase || schema.name == LLMCall.model.name
        typer.replaceLastFinding(
            Diagnostic(
                last.code,
                last.code == .nameAlone ? "`\(word)` is this step itself" : "nothing is named `\(word)`",
                at: value.span,
                help: "a text stands in quotes: \"\(word)\""
                    + (isCertain
                        ? "" : "; a value that is given at the start is declared: input \(word): text"),
                fix: FixIt(span: value.span, replacement: "\"\(word)\"", isSafe: isCertain)))
    }

    private mutating func noProgram(_ field: Field, _ schema: StepField) -> Diagnostic {
        _ = type(of: field.value)
        return Diagnostic(
            .wrongType, "`\(field.name.text)` is a program, written here in quotes", at: field.value.span,
            help: schema == Python.code.field
                ? "pass values in: inputs: { name: … } and read inputs[\"name\"]"
                : "pass values in by `input`")
    }

    private mutating func choice(_ field: Field, _ values: [String], _ type: Type) {
        guard !type.canEqual(.oneOf(values)) else { return }
        let written = literalValue(field.value)?.asText
        let near = written.flatMap { text in
            values.first { $0.lowercased() == text.lowercased() } ?? nearestName(to: text, in: values)
        }
        own.append(
            Diagnostic(
                .wrongType,
                "`\(field.name.text)` is one of \(choicesInWords(values)), found \(written.map { "\"\($0)\"" } ?? type.widened.text)",
                at: field.value.span, help: near.map { "write \"\($0)\"" },
                fix: near.map { FixIt(span: field.value.span, replacement: "\"\($0)\"") }))
    }

    /// `${inputs.x}` inside a program is never filled in, which people try who come from templates.
    private mutating func checkProgram(_ program: ProgramText, _ step: Step) {
        var rest = program.text.utf8[...]
        while let dollar = rest.firstIndex(of: UInt8(ascii: "$")) {
            rest = rest[program.text.utf8.index(after: dollar)...]
            guard rest.first == UInt8(ascii: "{"), let close = rest.firstIndex(of: UInt8(ascii: "}")) else {
                continue
            }
            let inside = String(
                decoding: rest[program.text.utf8.index(after: rest.startIndex)..<close], as: UTF8.self)
            let root = inside.prefix { $0.isLetter || $0.isNumber || $0 == "_" }
            let scope = typer.scope.type(String(root))
            guard scope != nil, inside.dropFirst(root.count).first == "." else { continue }
            let offset = program.text.utf8.distance(from: program.text.utf8.startIndex, to: dollar)
            let place = program.sourceOffset(of: offset)
            let help =
                step.type == .python
                ? "pass it in: inputs: { value: \(inside) } and read inputs[\"value\"]"
                : "pass it in by input: \(inside)"
            own.append(
                Diagnostic(
                    .interpolationInProgram,
                    "a program is taken letter for letter: this `${…}` is not filled in",
                    at: Span(place, place + inside.utf8.count + 3), help: help))
        }
    }

    private func accepts(_ kind: FieldKind, _ type: Type, _ value: FieldValue) -> Bool {
        if type.isOpen { return true }
        switch kind {
        case .text: return type.isText
        case .int: return type == .int || type == .uint
        case .number: return type.isNumber
        case .bool: return type == .bool
        case .any: return true
        case .record:
            switch type {
            case .record, .map: return true
            default: return false
            }
        case .list:
            if case .list = type { return true }
            return false
        case .textOrList:
            if case .list = type { return true }
            return type.isText
        case .numberOrText: return type.isNumber || type.isText
        case .boolOrRecord: return type == .bool || accepts(.record, type, value)
        case .duration: return type == .duration || type.isNumber
        case .choice, .program, .selector: return true
        }
    }

    private func help(_ kind: FieldKind, _ type: Type, _ field: Field) -> String? {
        if case .optional = type { return "say what counts when it is absent: `.orValue(…)`" }
        if let fix = unquoted(kind, field.value) { return "leave the quotes out: \(fix.replacement)" }
        switch kind {
        case .text: return "put it into text: \"${…}\""
        case .duration: return "write for example \(field.name.text): 30s"
        case .list: return "write it in brackets: [ … ]"
        case .record: return "write it in braces: { name: value }"
        case .boolOrRecord: return "write \(field.name.text): true, or a record in braces: { name: value }"
        case .int, .number, .bool, .any, .textOrList, .numberOrText, .choice, .program,
            .selector:
            return nil
        }
    }

    /// A value that is known beforehand must fit the declared `result`.
    mutating func result(_ declared: DataType, of step: Step, _ type: StepType) {
        guard let node = step.setting(.result), case .type(let written) = node.content else { return }
        func wrong(_ gives: String, _ help: String) {
            own.append(
                Diagnostic(
                    .wrongResultType, "\(type.rawValue) gives \(gives), never \(declared.text)",
                    at: written.span, help: help))
        }
        switch type {
        case .dataTransform:
            guard let value = step.field(DataTransform.value) else { return }
            var quiet = typer
            guard case .expression(let expression) = value else {
                let note = Note(written.span, "`result` is declared here")
                if let misfit = recordMisfit(value, declared, "", note, typer) { own.append(misfit) }
                return
            }
            let found = quiet.type(of: expression)
            guard !convertible(found, declared) else { return }
            own.append(
                Diagnostic(
                    .wrongResultType, "`value` is \(found.widened.text), but `result` says \(declared.text)",
                    at: value.span,
                    notes: [Note(written.span, "`result` is declared here")]))
        case .restAPI:
            if step.field(RestAPI.automation) != nil { return }
            if case .record(let fields, _) = declared {
                for field in fields where !RestAPI.Answer.all.contains(field.name) && !field.isOptional {
                    wrong(
                        RestAPI.Answer.shape, "write result: { status: int, body: \(declared.text) }")
                    return
                }
            } else if declared != .json {
                wrong(RestAPI.Answer.shape, "write result: { status: int, body: \(declared.text) }")
            }
        case .getUserInput:
            answerDefault(declared, step)
            choices(declared, step, written.span)
        case .start, .llmCall, .logicDecision, .embeddingSearch, .webScrape, .python, .textToJSON: return
        }
    }

    /// What a person can choose must be one of the values that the result can have.
    private mutating func choices(_ declared: DataType, _ step: Step, _ declaration: Span) {
        guard let field = step.field(GetUserInput.choices), let choices = constantValue(field)?.asList else {
            return
        }
        for choice in choices {
            do throws(Misfit) { _ = try declared.fit(choice: choice) } catch {
                let words =
                    if case .oneOf = declared {
                        "is none of the result's values"
                    } else {
                        "does not fit the step's result: \(error.text)"
                    }
                own.append(
                    Diagnostic(
                        .wrongType, "the choice \(JSON.text(choice)) \(words)", at: field.span,
                        notes: [Note(declaration, "`result` is declared here")]))
            }
        }
    }

    /// The answer that Enter gives must be one that would be taken.
    private mutating func answerDefault(_ declared: DataType, _ step: Step) {
        guard let value = step.field(GetUserInput.defaultAnswer), let constant = constantValue(value),
            let node = step.setting(.result), case .type(let written) = node.content
        else { return }
        do throws(Misfit) { _ = try declared.fit(constant, extras: .refused) } catch {
            own.append(
                Diagnostic(
                    .badDefault, "the default of `\(step.name.text)` does not fit its result: \(error.text)",
                    at: value.span, notes: [Note(written.span, "`result` is declared here")]))
        }
    }
}

private func choicesInWords(_ values: [String]) -> String { inWords(values, quoted: "\"") }
