import Diagnostics

extension Expression {
    /// The expression as text that does not depend on its layout, to tell whether two are the same.
    package var shape: String {
        switch kind {
        case .literal(let value): JSON.text(value)
        case .name(let name, _): name
        case .select(let operand, let field, _, let optional):
            operand.shape + (optional ? ".?" : ".") + field
        case .has(let operand, let field, _): "has(\(operand.shape).\(field))"
        case .index(let operand, let key, _): "\(operand.shape)[\(key.shape)]"
        case .unary(let sign, let operand): "\(sign.rawValue)(\(operand.shape))"
        case .binary(let sign, let left, let right): "(\(left.shape) \(sign.rawValue) \(right.shape))"
        case .call(let name, _, let target, let arguments):
            (target.map { $0.shape + "." } ?? "") + name + "(" + arguments.map(\.shape).joined(separator: ",")
                + ")"
        case .text, .conditional, .list, .map, .macro:
            "\(span.start)-\(span.end):" + kind.children.map(\.shape).joined(separator: ",")
        }
    }

    /// The shapes of the reads that are surely there when this condition has that outcome, since it asks `has(…)`.
    package func presence(when outcome: Bool) -> Set<String> {
        switch kind {
        case .has(let operand, let field, _): outcome ? [operand.shape + "." + field] : []
        case .unary(.not, let inner): inner.presence(when: !outcome)
        case .binary(.and, let left, let right):
            outcome ? left.presence(when: true).union(right.presence(when: true)) : []
        case .binary(.or, let left, let right):
            outcome ? [] : left.presence(when: false).union(right.presence(when: false))
        case .literal, .text, .name, .select, .index, .call, .unary, .binary, .conditional, .list, .map,
            .macro:
            []
        }
    }
}
