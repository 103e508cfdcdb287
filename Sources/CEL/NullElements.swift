import Diagnostics
import Values

extension Expression {
    /// What is known of it where something around has asked whether it is null, and it is not.
    var notNullShape: String { shape + " != null" }
}

/// What a comparison says of what it compares with null: that it is not null.
func notNull(_ left: Expression, _ right: Expression) -> Set<String> {
    for (one, other) in [(left, right), (right, left)] {
        if case .literal(let value) = one.kind, value.isNull { return [other.notNullShape] }
    }
    return []
}

extension Typer {
    /// Whether an expression is a list in which null may stand, in the places of elements that failed.
    package func holdsNulls(_ expression: Expression) -> Bool {
        switch expression.kind {
        case .select(let operand, _, _, _):
            guard case .name(let name, _) = operand.kind, !locals.contains(where: { $0.name == name }) else {
                return false
            }
            return scope.holdsNulls(expression)
        case .call("orValue", _, let target?, _): return holdsNulls(target)
        case .macro(let macro):
            switch macro.kind {
            case .filter:
                guard let element = macro.variables.last, holdsNulls(macro.operand) else { return false }
                return !macro.body.presence(when: true).contains(element.name + " != null")
            case .sortBy: return holdsNulls(macro.operand)
            case .all, .exists, .existsOne, .map, .transformList, .transformMap, .transformMapEntry, .optMap,
                .optFlatMap, .bind:
                return false
            }
        case .literal, .text, .name, .has, .index, .call, .unary, .binary, .conditional, .list, .map:
            return false
        }
    }

    /// Takes the variables of a macro in: the last one is an element of what the macro goes over.
    mutating func bindNulls(_ macro: Macro) {
        let isNullable = macro.kind != .bind && holdsNulls(macro.operand)
        for variable in macro.variables { maybeNull.remove(variable.name) }
        if isNullable, let element = macro.variables.last { maybeNull.insert(element.name) }
    }

    /// Of both sides of an operator.
    mutating func tellNulls(_ left: Expression, _ right: Expression) {
        tellNull(left)
        tellNull(right)
    }

    /// Tells an element that may be null where an operation needs another value; of one that is told nothing more is said.
    mutating func tellNull(_ operand: Expression) {
        let isNullable: Bool
        switch operand.kind {
        case .name(let name, rooted: false): isNullable = maybeNull.contains(name)
        case .index(let list, _, optional: false): isNullable = holdsNulls(list)
        case .literal, .text, .name, .select, .has, .index, .call, .unary, .binary, .conditional, .list, .map,
            .macro:
            isNullable = false
        }
        guard isNullable, !present.contains(operand.notNullShape) else { return }
        present.insert(operand.notNullShape)
        report(
            .optionalRead,
            "`\(written(operand.span) ?? operand.shape)` is null where an element has failed: the step says `on_failed: \"null\"`",
            operand.span,
            help:
                "leave the nulls out before, by `.filter(i, i != null)`, ask `!= null`, or let the step say `on_failed: \"drop\"`"
        )
    }
}
