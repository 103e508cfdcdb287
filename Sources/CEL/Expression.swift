package import Diagnostics
package import Values

/// An expression with its place in the source.
package struct Expression: Sendable, Hashable {
    /// What it is, with its parts.
    package let kind: ExpressionKind
    /// Where it stands in the source.
    package let span: Span
    /// The height of the tree below, so that depth is limited where the tree is built.
    package let height: Int

    package init(_ kind: ExpressionKind, at span: Span) {
        self.kind = kind
        self.span = span
        height = 1 + (kind.children.map(\.height).max() ?? 0)
    }
}

/// Every node of the expression tree.
package indirect enum ExpressionKind: Sendable, Hashable {
    case literal(Value)
    /// `"a ${b} c"`.
    case text([TextPart])
    /// A name; `rooted` when written `.name`, which no macro variable hides.
    case name(String, rooted: Bool)
    /// `operand.field`, or `operand.?field` when optional.
    case select(Expression, field: String, fieldSpan: Span, optional: Bool)
    /// `has(operand.field)`.
    case has(Expression, field: String, fieldSpan: Span)
    /// `operand[key]`, or `operand[?key]` when optional.
    case index(Expression, Expression, optional: Bool)
    /// `function(a, b)`, or `target.function(a, b)`.
    case call(String, nameSpan: Span, target: Expression?, [Expression])
    case unary(UnaryOperator, Expression)
    case binary(BinaryOperator, Expression, Expression)
    case conditional(Expression, Expression, Expression)
    case list([ListElement])
    case map([MapEntry])
    case macro(Macro)
}

/// A part of a text with `${…}` in it.
package enum TextPart: Sendable, Hashable {
    case characters(String)
    case expression(Expression)
}

/// An element of a list as written.
package struct ListElement: Sendable, Hashable {
    /// What the element is computed by.
    package let value: Expression
    /// `[?value]`: left out when the optional value is none.
    package let optional: Bool
}

/// An entry of a map as written.
package struct MapEntry: Sendable, Hashable {
    /// What the key is computed by; of a bare key a literal.
    package let key: Expression
    /// What the value is computed by.
    package let value: Expression
    /// Whether it is left out where its value is `optional.none()`, as `?key: value` is.
    package let optional: Bool
}

/// An operator in front of one operand.
package enum UnaryOperator: String, Sendable, Hashable {
    case not = "!"
    case negate = "-"
}

/// An operator between two operands.
package enum BinaryOperator: String, Sendable, Hashable {
    case or = "||"
    case and = "&&"
    case equal = "=="
    case notEqual = "!="
    case less = "<"
    case lessEqual = "<="
    case greater = ">"
    case greaterEqual = ">="
    case isIn = "in"
    case add = "+"
    case subtract = "-"
    case multiply = "*"
    case divide = "/"
    case remainder = "%"

    var precedence: Int {
        switch self {
        case .or: 1
        case .and: 2
        case .equal, .notEqual, .less, .lessEqual, .greater, .greaterEqual, .isIn: 3
        case .add, .subtract: 4
        case .multiply, .divide, .remainder: 5
        }
    }
}

/// The macros of the language, by the names that are written.
package enum MacroKind: String, Sendable, Hashable, CaseIterable {
    case all
    case exists
    case existsOne = "exists_one"
    case map
    case filter
    case transformList
    case transformMap
    case transformMapEntry
    case optMap
    case optFlatMap
    case sortBy
    /// `cel.bind(name, value, body)`.
    case bind
}

/// A macro: `operand.kind(variables…, [condition,] body)`.
package struct Macro: Sendable, Hashable {
    /// Which macro it is.
    package let kind: MacroKind
    /// What it goes over: a list, a map or an optional.
    package let operand: Expression
    /// One name, or two (index or key first, then value).
    package let variables: [MacroVariable]
    /// The condition between the names and the body; nil for a macro without one.
    package let condition: Expression?
    /// What is computed with the names.
    package let body: Expression
}

/// A name that a macro gives to what it goes over.
package struct MacroVariable: Sendable, Hashable {
    /// The name itself.
    package let name: String
    /// Where the name stands.
    package let span: Span
}

extension ExpressionKind {
    /// The expressions directly below.
    package var children: [Expression] {
        switch self {
        case .literal, .name: []
        case .text(let parts):
            parts.compactMap { part in
                switch part {
                case .characters: nil
                case .expression(let expression): expression
                }
            }
        case .select(let operand, _, _, _), .has(let operand, _, _), .unary(_, let operand): [operand]
        case .index(let operand, let key, _): [operand, key]
        case .call(_, _, let target, let arguments): (target.map { [$0] } ?? []) + arguments
        case .binary(_, let left, let right): [left, right]
        case .conditional(let condition, let yes, let no): [condition, yes, no]
        case .list(let elements): elements.map(\.value)
        case .map(let entries): entries.flatMap { [$0.key, $0.value] }
        case .macro(let macro): [macro.operand] + (macro.condition.map { [$0] } ?? []) + [macro.body]
        }
    }
}
