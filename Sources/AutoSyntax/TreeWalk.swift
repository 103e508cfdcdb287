package import CEL
import Values

extension Expression {
    /// Calls the body with this expression and every one below it, outer ones first.
    package func walk(_ body: (Expression) -> Void) {
        body(self)
        for child in kind.children { child.walk(body) }
    }
}

extension FieldValue {
    /// Calls the body with every expression that stands in the value, records and lists included.
    package func forEachExpression(_ body: (Expression) -> Void) {
        switch self {
        case .expression(let expression): body(expression)
        case .record(let fields, _): for field in fields { field.value.forEachExpression(body) }
        case .list(let items, _): for item in items { item.forEachExpression(body) }
        case .program, .xpath: break
        }
    }
}

extension Step {
    /// The value of a field of the template; nil for one that is not written.
    package func field(_ name: String) -> FieldValue? { fields.first { $0.name.text == name }?.value }

    /// Calls the body with every expression of the step: its `each`, fields and branches.
    package func forEachExpression(_ body: (Expression) -> Void) {
        for case .each(_, let list) in settings.map(\.content) { body(list) }
        for field in fields { field.value.forEachExpression(body) }
        for branch in branches {
            if case .when(let condition) = branch.condition { body(condition) }
        }
    }

    /// Every target that the step names.
    package var targets: [Target] {
        var result = target.map { [$0] } ?? []
        result += branches.map(\.target)
        for case .target(let target) in settings.map(\.content) { result.append(target) }
        return result
    }
}
