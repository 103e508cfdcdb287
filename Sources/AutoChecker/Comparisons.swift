import AutoSyntax
import CEL
import Diagnostics
import StepKinds
import Values

/// Says more of a comparison that is always true or false: where the values are declared, and which branch it decides.
struct ComparisonWords {
    private let context: CheckContext

    init(_ context: CheckContext) { self.context = context }

    /// The findings of a step's expression, those of comparisons with more words.
    func explained(_ findings: [Diagnostic], in expression: Expression, branch: Branch?) -> [Diagnostic] {
        guard findings.contains(where: { $0.code == .constantComparison }) else { return findings }
        return findings.map { finding in
            guard finding.code == .constantComparison else { return finding }
            var message = finding.message
            let isFalse = comparisonIsAlways(false)
            if let branch, message.hasPrefix(isFalse), decides(finding.span, expression) {
                let tail = message.dropFirst(isFalse.count)
                message = isFalse + ", so `\(branch.label.text)` is never taken\(tail)"
            }
            let declared =
                finding.label.isEmpty ? nil : other(than: finding.span, in: expression).flatMap(declaration)
            return Diagnostic(
                finding.code, message, at: finding.span, label: finding.label,
                notes: declared.map { [Note($0.span, "`\($0.name)` is declared here")] } ?? [],
                help: finding.help, fix: finding.fix)
        }
    }

    /// Whether the condition can only hold where the comparison at a place does.
    private func decides(_ span: Span, _ condition: Expression) -> Bool {
        guard condition.span.start <= span.start, span.end <= condition.span.end else { return false }
        switch condition.kind {
        case .binary(.and, let left, let right): return decides(span, left) || decides(span, right)
        case .binary(.equal, _, _), .binary(.isIn, _, _): return true
        case .literal, .text, .name, .select, .has, .index, .call, .unary, .binary, .conditional, .list, .map,
            .macro:
            return false
        }
    }

    /// The other side of the comparison that has one side at a place.
    private func other(than span: Span, in expression: Expression) -> Expression? {
        var found: Expression?
        expression.walk { part in
            guard case .binary(_, let left, let right) = part.kind else { return }
            if left.span == span { found = right }
            if right.span == span { found = left }
        }
        return found
    }

    /// Where the type of a read is written.
    private func declaration(of read: Expression) -> (name: String, span: Span)? {
        guard case .select(let operand, let field, _, _) = read.kind else { return nil }
        if case .name(let name, _) = operand.kind {
            let automation = context.automation
            if name == "inputs", let input = context.input(field) {
                return (field, input.name.span.union(input.type.span))
            }
            guard field == "result", let step = context.stepIndex[name].map({ automation.steps[$0] }) else {
                return nil
            }
            if case .type(let node) = step.setting(.result)?.content { return (name, node.span) }
            return step.type == .logicDecision ? (name, step.name.span) : nil
        }
        guard let node = type(of: operand), case .record(let fields) = resolved(node).kind,
            let found = fields.first(where: { $0.name.text == field })
        else { return nil }
        return (field, found.name.span.union(found.type.span))
    }

    /// The type of a read as written.
    private func type(of read: Expression) -> TypeNode? {
        guard case .select(let operand, let field, _, _) = read.kind else { return nil }
        if case .name(let name, _) = operand.kind {
            if name == "inputs" { return context.input(field)?.type }
            guard field == "result", let step = context.stepIndex[name],
                case .type(let node) = context.automation.steps[step].setting(.result)?.content
            else { return nil }
            return node
        }
        guard let node = type(of: operand), case .record(let fields) = resolved(node).kind else { return nil }
        return fields.first { $0.name.text == field }?.type
    }

    private func resolved(_ node: TypeNode) -> TypeNode {
        var node = node
        // A type that holds itself has a finding of its own.
        for _ in 0..<20 {
            guard case .named(let name) = node.kind,
                let declared = context.automation.types.first(where: { $0.name.text == name })?.type
            else { break }
            node = declared
        }
        return node
    }
}
