import Diagnostics
import Values

extension Expression {
    /// The expression as text that does not depend on its layout, to tell whether two are the same.
    package var shape: String {
        switch kind {
        // The type's name tells 1 from 1u and 1.0, and a duration from a text.
        case .literal(let value): value.asText.map(jsonString) ?? "\(value.kindName) \(JSON.text(value))"
        case .name(let name, let rooted): (rooted ? "." : "") + name
        case .select(let operand, let field, _, let optional):
            operand.shape + (optional ? ".?" : ".") + field
        case .has(let operand, let field, _): "has(\(operand.shape).\(field))"
        case .index(let operand, let key, let optional):
            "\(operand.shape)[\(optional ? "?" : "")\(key.shape)]"
        case .unary(let sign, let operand): "\(sign.rawValue)(\(operand.shape))"
        case .binary(let sign, let left, let right): "(\(left.shape) \(sign.rawValue) \(right.shape))"
        case .call(let name, _, let target, let arguments):
            (target.map { $0.shape + "." } ?? "") + name + "(" + arguments.map(\.shape).joined(separator: ",")
                + ")"
        case .text(let parts):
            "text(" + parts.map(Expression.shape).joined(separator: ",") + ")"
        case .conditional(let condition, let yes, let no): "(\(condition.shape) ? \(yes.shape) : \(no.shape))"
        case .list(let elements):
            "[" + elements.map { ($0.optional ? "?" : "") + $0.value.shape }.joined(separator: ",") + "]"
        case .map(let entries):
            "{"
                + entries.map { ($0.optional ? "?" : "") + $0.key.shape + ":" + $0.value.shape }
                .joined(separator: ",") + "}"
        case .macro(let macro):
            "\(macro.operand.shape).\(macro.kind.rawValue)("
                + (macro.variables.map(\.name) + [macro.condition?.shape, macro.body.shape].compactMap { $0 })
                .joined(separator: ",") + ")"
        }
    }

    private static func shape(_ part: TextPart) -> String {
        switch part {
        case .characters(let text): jsonString(text)
        case .expression(let expression): expression.shape
        }
    }

    /// The shapes of the reads that are surely there when this condition has that outcome, since it asks `has(…)`, and of
    /// those that are not null, since it compares them with null.
    package func presence(when outcome: Bool) -> Set<String> {
        switch kind {
        case .has(let operand, let field, _): outcome ? [operand.shape + "." + field] : []
        case .unary(.not, let inner): inner.presence(when: !outcome)
        case .binary(.and, let left, let right):
            outcome ? left.presence(when: true).union(right.presence(when: true)) : []
        case .binary(.or, let left, let right):
            outcome ? [] : left.presence(when: false).union(right.presence(when: false))
        case .binary(.notEqual, let left, let right): outcome ? notNull(left, right) : []
        case .binary(.equal, let left, let right): outcome ? [] : notNull(left, right)
        case .literal, .text, .name, .select, .index, .call, .unary, .binary, .conditional, .list, .map,
            .macro:
            []
        }
    }
}
