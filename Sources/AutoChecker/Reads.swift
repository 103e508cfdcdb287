import AutoSyntax
import CEL
import Diagnostics
import StepKinds
import Values

/// One place where an expression reads a part of a step.
struct StepRead: Hashable {
    let step: String
    let part: String
    let span: Span
    /// Read by `.?` or `has`, or where a `has` around it holds.
    let isGuarded: Bool
    /// The fields that are read of the part, each of the one before it.
    private(set) var fields: [String] = []
    /// Whether the last of the fields is read by `.?`, so that what counts where it is absent stands behind it already.
    private(set) var endsOptional = false
    /// Where the part stands with its fields.
    private var whole: Span

    init(_ part: StepPart, at span: Span, isGuarded: Bool) {
        step = part.step
        self.part = part.part
        self.span = span
        self.isGuarded = isGuarded
        whole = span
    }

    /// Adds a field that is read of what has been read so far.
    mutating func add(_ field: String, of operand: Expression, in expression: Expression, optional: Bool) {
        guard !endsOptional, operand.span == whole else { return }
        fields.append(field)
        endsOptional = optional
        whole = expression.span
    }
}

/// A part of a step that a `has(…)` is about.
struct StepPart: Hashable {
    let step: String
    let part: String
}

/// Collects what an expression reads of steps and of secrets.
struct ReadCollector {
    /// Names that are no steps here: macro variables and those of `each`.
    var hidden: [String]
    private(set) var reads: [StepRead] = []
    private(set) var secrets: [(name: String, span: Span)] = []

    init(hidden: [String]) { self.hidden = hidden }

    mutating func collect(_ value: FieldValue) {
        switch value {
        case .expression(let expression): collect(expression, [])
        case .record(let fields, _): for field in fields { collect(field.value) }
        case .list(let items, _): for item in items { collect(item) }
        case .program, .xpath: break
        }
    }

    mutating func collect(_ expression: Expression, _ known: Set<StepPart>) {
        switch expression.kind {
        case .select(let operand, let field, _, let optional):
            collectField(field, of: operand, in: expression, optional: optional, known)
        case .has(let operand, let field, _):
            if let part = part(operand, field) {
                if part.step == "secrets" { secrets.append((field, expression.span)) }
                return
            }
            collect(operand, known)
        case .binary(.and, let left, let right):
            collect(left, known)
            collect(right, known.union(implied(left, true)))
        case .binary(.or, let left, let right):
            collect(left, known)
            collect(right, known.union(implied(left, false)))
        case .conditional(let condition, let yes, let no):
            collect(condition, known)
            collect(yes, known.union(implied(condition, true)))
            collect(no, known.union(implied(condition, false)))
        case .macro(let macro):
            collect(macro.operand, known)
            let depth = hidden.count
            hidden += macro.variables.map(\.name)
            if let condition = macro.condition { collect(condition, known) }
            collect(macro.body, known)
            hidden.removeSubrange(depth...)
        case .index(let operand, let key, _):
            if case .name("secrets", _) = operand.kind { secrets.append(("", expression.span)) }
            collect(operand, known)
            collect(key, known)
        case .literal, .text, .name, .call, .unary, .binary, .list, .map:
            for child in expression.kind.children { collect(child, known) }
        }
    }

    private mutating func collectField(
        _ field: String, of operand: Expression, in expression: Expression, optional: Bool,
        _ known: Set<StepPart>
    ) {
        if let part = part(operand, field) {
            if part.step == "secrets" {
                secrets.append((field, expression.span))
            } else {
                reads.append(
                    StepRead(part, at: expression.span, isGuarded: optional || known.contains(part)))
            }
            return
        }
        let first = reads.count
        collect(operand, known)
        if first < reads.count { reads[first].add(field, of: operand, in: expression, optional: optional) }
    }

    private func part(_ operand: Expression, _ field: String) -> StepPart? {
        guard case .name(let name, let rooted) = operand.kind, rooted || !hidden.contains(name) else {
            return nil
        }
        return StepPart(step: name, part: field)
    }

    /// The parts that are there for sure when a condition has that outcome.
    func implied(_ condition: Expression, _ outcome: Bool) -> Set<StepPart> {
        switch condition.kind {
        case .has(let operand, let field, _): outcome ? part(operand, field).map { [$0] } ?? [] : []
        case .unary(.not, let inner): implied(inner, !outcome)
        case .binary(.and, let left, let right):
            outcome ? implied(left, true).union(implied(right, true)) : []
        case .binary(.or, let left, let right):
            outcome ? [] : implied(left, false).union(implied(right, false))
        case .literal, .text, .name, .select, .index, .call, .unary, .binary, .conditional, .list, .map,
            .macro:
            []
        }
    }
}

extension Step {
    /// The names of its `each`.
    var eachNames: [String] {
        guard case .each(let variables, _) = setting(.each)?.content else { return [] }
        return variables.map(\.text)
    }
}
