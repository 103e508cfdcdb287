import AutoChecker
import CEL
import Diagnostics

/// What the function, the method or the macro does whose name stands at a place.
func functionHover(_ document: Document, _ model: SemanticModel, _ offset: Int) -> (Span, String)? {
    var found: (Span, String)?
    model.forEachExpression(at: offset) { expression in
        guard let call = calledName(expression, document.source), call.span.start <= offset,
            offset <= call.span.end
        else { return }
        let signatures = FunctionSignature.all(call.name, isMethod: call.isMethod)
        guard let first = signatures.first else { return }
        let forms = signatures.prefix(6).map(\.label).joined(separator: "\n")
        found = (
            call.span, "```auto\n\(forms)\n```\n\n" + (first.documentation?.markdown ?? "")
        )
    }
    return found
}

/// The name of a call with its place and, for a function, its namespace; nil for what is no call.
private func calledName(
    _ expression: Expression, _ source: SourceText
) -> (name: String, span: Span, isMethod: Bool)? {
    switch expression.kind {
    case .call(let name, let nameSpan, let target, _):
        guard let target else { return (name, nameSpan, false) }
        let qualified = source.text(target.span) + "." + name
        let isQualified = !FunctionTable.standard.overloads(qualified, isMethod: false).isEmpty
        return (isQualified ? qualified : name, nameSpan, !isQualified)
    case .has:
        return ("has", Span(expression.span.start, expression.span.start + 3), false)
    case .macro(let macro):
        // The name stands behind the operand and the dot; `cel.bind` has its operand in the parentheses.
        let bytes = source.bytes
        var start = macro.kind == .bind ? expression.span.start + "cel.".utf8.count : macro.operand.span.end
        while start < expression.span.end, !isIdentifierPart(bytes[start]) { start += 1 }
        var end = start
        while end < expression.span.end, isIdentifierPart(bytes[end]) { end += 1 }
        return (source.text(Span(start, end)), Span(start, end), true)
    case .literal, .text, .name, .select, .index, .unary, .binary, .conditional, .list, .map: return nil
    }
}
