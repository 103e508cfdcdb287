import AutoSyntax
import CEL
import Diagnostics
import StepKinds
import Values

/// Comparisons of `name.error.kind` with a word that no step fails with, for steps whose kinds are not typed: the code of
/// PYTHON may raise exceptions of its own, whose classes begin with a capital.
func unknownFailures(_ context: CheckContext) -> [Diagnostic] {
    var findings: [Diagnostic] = []
    for step in context.automation.steps {
        step.forEachExpression { expression in
            expression.walk { part in
                guard case .binary(let sign, let left, let right) = part.kind else { return }
                let words: [Expression]
                switch sign {
                case .equal, .notEqual:
                    words = isOpenKind(left, context) ? [right] : isOpenKind(right, context) ? [left] : []
                case .isIn:
                    guard isOpenKind(left, context), case .list(let items) = right.kind else { return }
                    words = items.map(\.value)
                case .or, .and, .less, .lessEqual, .greater, .greaterEqual, .add, .subtract, .multiply,
                    .divide, .remainder:
                    words = []
                }
                findings += words.compactMap(unknown)
            }
        }
    }
    return findings
}

/// Whether an expression reads the kind of a step's failure that may be the class of an exception.
private func isOpenKind(_ expression: Expression, _ context: CheckContext) -> Bool {
    guard case .select(let error, "kind", _, _) = expression.kind,
        case .select(let step, "error", _, _) = error.kind, case .name(let name, _) = step.kind,
        let number = context.stepIndex[name]
    else { return false }
    return context.automation.steps[number].type == .python
}

private func unknown(_ word: Expression) -> Diagnostic? {
    guard case .literal(.string(let text)) = word.kind, !FailureKind.isKnown(text) else { return nil }
    return Diagnostic(
        .constantComparison, "no step fails with the kind \(jsonString(text))", at: word.span,
        help: unknownKindHelp(text),
        fix: nearestName(to: text, in: FailureKind.words).map {
            FixIt(span: word.span, replacement: jsonString($0))
        })
}

/// What to write in place of a kind that there is not.
func unknownKindHelp(_ word: String) -> String {
    nearestName(to: word, in: FailureKind.words).map { "write \(jsonString($0))" }
        ?? "it is one of \(inWords(FailureKind.words, quoted: "\"")), or the class of an exception, such as \"ValueError\""
}
