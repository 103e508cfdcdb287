import Diagnostics
import Values

/// Operators of other languages that are methods here.
extension TokenStream {
    private func written(_ part: Expression) -> String {
        String(decoding: lexer.bytes[part.span.start..<part.span.end], as: UTF8.self)
    }

    /// `list[0:2]`, before its `:`.
    ///
    /// - Parameter first: nil where nothing stands before the `:`.
    mutating func slice(
        of operand: Expression, from first: Expression?, _ open: Token
    ) throws(Diagnostic) -> Diagnostic {
        try take()
        let last = try peek().isSymbol(.closeBracket) ? nil : try expression()
        let end = try close(.closeBracket, open)
        // A text has another method for it; which of the two is meant, its type would say.
        let isText = if case .text = operand.kind { true } else { operand.isTextLiteral }
        let from = first.map(written) ?? "0"
        let to = last.map(written) ?? (isText ? nil : "\(written(operand)).size()")
        let call =
            "\(isText ? "substring" : "slice")(\([from, to].compactMap(\.self).joined(separator: ", ")))"
        return Diagnostic(
            .expected, "a part is not taken by `[from:to]` here", at: open.span.union(end.span),
            help: isText ? "write `.\(call)`" : "write `.\(call)`; of a text, `.substring(…)`",
            fix: FixIt(span: open.span.union(end.span), replacement: ".\(call)"))
    }

    /// `a ?? b`, before its second `?`.
    ///
    /// - Parameter sign: both of them.
    mutating func orElse(_ condition: Expression, _ sign: Span) throws(Diagnostic) -> Diagnostic {
        try take()
        let other = try binary(minimum: 1)
        let optional =
            if case .select(let operand, let field, _, _) = condition.kind {
                "\(written(operand)).?\(field)"
            } else { written(condition) }
        let mended = "\(optional).orValue(\(written(other)))"
        return Diagnostic(
            .expected, "`??` is no operator here", at: sign, help: "write `\(mended)`",
            fix: FixIt(span: condition.span.union(other.span), replacement: mended))
    }
}

extension Expression {
    fileprivate var isTextLiteral: Bool {
        if case .literal(let value) = kind { value.asText != nil } else { false }
    }
}
