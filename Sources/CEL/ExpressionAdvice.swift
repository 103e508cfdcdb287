package import Diagnostics

/// What the checker says about an expression that stands by itself, for who evaluates it without a file around it.
package struct ExpressionAdvice: Sendable, Hashable {
    /// What is wrong, a sentence without a full stop.
    package let message: String
    /// Where in the source it is.
    package let span: Span
    /// What to write instead; nil where nothing is known.
    package let help: String?

    /// - Parameters:
    ///   - error: why the expression has no value.
    ///   - source: what it was read from.
    ///   - names: the names that it may use.
    package init(_ error: EvaluationError, in source: SourceText, names: Set<String>) {
        let span = error.span ?? Span(0, source.bytes.count)
        let finding = Self.finding(in: source, names).flatMap {
            $0.span.start < max(span.end, span.start + 1) && span.start <= $0.span.end ? $0 : nil
        }
        if let finding, finding.code == .unknownFunction {
            message = "\(EvaluationError.Kind.unknownName.rawValue): \(finding.message)"
            self.span = finding.span
        } else {
            message = error.text(in: source)
            self.span = span
        }
        help = finding?.help
    }

    /// The first mistake with a mend that the types tell of; what a variable holds is not known to them.
    private static func finding(in source: SourceText, _ names: Set<String>) -> Diagnostic? {
        guard let expression = try? parseExpression(source) else { return nil }
        let scope = TypeScope(
            type: { names.contains($0) ? .dyn : nil }, names: { names.sorted() }, source: source)
        var typer = Typer(scope: scope)
        _ = typer.type(of: expression)
        // Names that are not there are told by the evaluation, which knows that there are no steps.
        return typer.findings.first {
            $0.severity == .error && $0.code != .unknownName
                && ($0.help != nil || $0.code == .unknownFunction)
        }
    }
}

/// Parses an expression of CEL; where another language's habit stands in it, the finding says what to write instead, as
/// it does in an automation.
///
/// - Throws: the finding about what cannot be read.
package func parseAdvisedExpression(_ source: SourceText) throws(Diagnostic) -> Expression {
    let refusal: Diagnostic
    do throws(Diagnostic) { return try parseExpression(source) } catch { refusal = error }
    do throws(Diagnostic) { _ = try parseExpression(source, dialect: .automation) } catch {
        throw error.help == nil ? refusal : error
    }
    throw refusal
}
