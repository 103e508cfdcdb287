import AutoSyntax
import CEL
import Diagnostics
import StepKinds
import Values

/// The files that DATA_TRANSFORM steps read and write, as far as their names are written out.
@Sendable func checkFiles(_ context: CheckContext) -> [Diagnostic] {
    let written = context.automation.steps.compactMap { $0.field(DataTransform.write) }
    return context.automation.steps.enumerated().flatMap { number, step -> [Diagnostic] in
        guard step.type == .dataTransform else { return [] }
        return missingFile(step, written, context) + badName(step) + badForm(step, number, context)
            + misplacedInput(step)
    }
}

/// A file to be read that is not there. One that a step writes may come to be.
private func missingFile(_ step: Step, _ written: [FieldValue], _ context: CheckContext) -> [Diagnostic] {
    guard let field = step.field(DataTransform.read), case .text(let name) = step.given[DataTransform.read],
        let files = context.options.files,
        !written.contains(where: { mayBe(name, $0) })
    else { return [] }
    do throws(OtherFiles.Unreadable) {
        try files.look(for: name)
        return []
    } catch {
        return [
            Diagnostic(
                .unreadableFile, "the file \(jsonString(name)) \(error.words)", at: field.span,
                help: error.help,
                fix: error.meant.map { FixIt(span: field.span, replacement: jsonString($0)) })
        ]
    }
}

/// Whether a name that is written can come out as another one: what of it is fixed stands at the same ends.
private func mayBe(_ name: String, _ written: FieldValue) -> Bool {
    if let text = literalValue(written)?.asText { return sameText(text, name) }
    guard case .expression(let expression) = written, case .text(let parts) = expression.kind else {
        return true
    }
    if case .characters(let start)? = parts.first, !name.hasPrefix(start) { return false }
    if case .characters(let end)? = parts.last, !name.hasSuffix(end) { return false }
    return true
}

/// A name under which nothing is written.
private func badName(_ step: Step) -> [Diagnostic] {
    guard let field = step.field(DataTransform.write), case .text(let name) = step.given[DataTransform.write],
        let problem = WrittenName.problem(of: name)
    else { return [] }
    return [
        Diagnostic(
            .badSetting, problem, at: field.span,
            help: "write a path from the output folder on, such as \"reports/today.md\"")
    ]
}

/// A result that cannot be written in the form which the name's ending says.
private func badForm(_ step: Step, _ number: Int, _ context: CheckContext) -> [Diagnostic] {
    guard let field = step.field(DataTransform.write), let ending = fixedEnding(of: field) else { return [] }
    var type = context.results[number]
    // Each element writes its own.
    if step.hasEach, case .list(let element) = type { type = element }
    let form = FileForm(ofName: ending)
    guard let words = form.refusal(of: type) else { return [] }
    return [
        Diagnostic(
            .wrongType, "the step gives \(type.widened.text), and \(words)", at: field.span,
            help: "let the name end in .json, or give text: markdown_table(…), csv(…), json(…)")
    ]
}

/// What a name certainly ends with; nil where its ending is computed.
private func fixedEnding(of field: FieldValue) -> String? {
    if let name = literalValue(field)?.asText { return name }
    guard case .expression(let expression) = field, case .text(let parts) = expression.kind,
        case .characters(let end) = parts.last, end.contains(".")
    else { return nil }
    return "x" + end
}

extension FileForm {
    /// Why values of a type cannot be written in this form; nil where they can, or where that shows in the run.
    fileprivate func refusal(of type: Type) -> String? {
        switch (self, type) {
        case (_, .string), (_, .oneOf), (_, .bytes), (_, .dyn), (_, .unknown), (_, .optional),
            (_, .parameter),
            (.json, _), (.csv, .list), (.tsv, .list), (.jsonLines, .list):
            nil
        case (.csv, _), (.tsv, _): "\(name) holds a list of records"
        case (.jsonLines, _): "\(name) holds a list"
        case (.text, .list), (.text, .map), (.text, .record): "a file of that name holds text"
        case (.text, _): nil
        case (.yaml, _), (.toml, _), (.xml, _): "\(name) is only read: what is written is text or JSON"
        }
    }
}

/// `input` in another field than `value`.
private func misplacedInput(_ step: Step) -> [Diagnostic] {
    guard DataTransform.namesInput(step.given) else { return [] }
    let input = DataTransform.input.name
    return step.fields.filter { $0.name.text != DataTransform.value.name }.flatMap { field -> [Diagnostic] in
        var findings: [Diagnostic] = []
        field.value.forEachExpression { expression in
            expression.walk { part in
                guard case .name(input, _) = part.kind else { return }
                findings.append(
                    Diagnostic(
                        .unknownName,
                        "`\(input)` is what `value` works on; `\(field.name.text)` does not know it",
                        at: part.span, help: "read a step before this one, or `inputs`"))
            }
        }
        return findings
    }
}

/// What `value` of a DATA_TRANSFORM step reads as `input`, with its type; nothing for other steps.
func inputVariable(_ step: Step, _ scope: TypeScope) -> [(String, Type)] {
    guard step.type == .dataTransform else { return [] }
    let type = DataTransform.inputType(step) { expression in
        var typer = Typer(scope: scope)
        return typer.type(of: expression)
    }
    return type.map { [(DataTransform.input.name, $0)] } ?? []
}
