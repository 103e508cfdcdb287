import AutoSyntax
import CEL
import Diagnostics
import Values

/// What a record that is written as a step's `value` lacks of the `result` that the step declares; nil where it may fit.
///
/// - Parameter path: the names of the fields around it, each with a dot behind it.
func recordMisfit(_ value: FieldValue, _ declared: DataType, _ path: String, _ note: Note, _ typer: Typer)
    -> Diagnostic?
{
    switch value {
    case .expression(let expression):
        var quiet = typer
        var found = quiet.type(of: expression)
        // Whether it is absent is known only at run time.
        if case .optional(let inner) = found { found = inner }
        guard !convertible(found, declared) else { return nil }
        return Diagnostic(
            .wrongResultType,
            "`\(path.dropLast())` is \(found.widened.text), but `result` says \(declared.text)",
            at: value.span, notes: [note])
    case .record(let entries, let span):
        guard case .record(let fields, _) = declared else { return nil }
        let written = Dictionary(entries.map { ($0.name.text, $0) }, uniquingKeysWith: { first, _ in first })
        for field in fields {
            guard let entry = written[field.name] else {
                if field.isOptional { continue }
                return missing(field.name, among: entries, fields, note, at: span)
            }
            if field.isOptional, isNull(entry.value) { continue }
            if let misfit = recordMisfit(entry.value, field.type, path + field.name + ".", note, typer) {
                return misfit
            }
        }
        return nil
    case .list, .program, .xpath: return nil
    }
}

private func missing(
    _ name: String, among entries: [Field], _ fields: [DataField], _ note: Note, at span: Span
) -> Diagnostic {
    let known = Set(fields.map(\.name))
    let strangers = entries.filter { !known.contains($0.name.text) }
    let near = strangers.first { nearestName(to: $0.name.text, in: [name]) != nil }
    return Diagnostic(
        .wrongResultType, "the record lacks `\(name)`, which `result` says that it has",
        at: near?.name.span ?? Span(span.start, span.start + 1), notes: [note],
        help: near.map { "write `\(name)` for `\($0.name.text)`" }
            ?? "write \(name): …, or `\(name): …?` in `result` where it may be absent",
        fix: near.map { FixIt(span: $0.name.span, replacement: name) })
}

private func isNull(_ value: FieldValue) -> Bool {
    guard case .expression(let expression) = value, case .literal(let literal) = expression.kind else {
        return false
    }
    return literal.isNull
}
