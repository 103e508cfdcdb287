package import Diagnostics
import Values

/// The names that an expression may use, with their types.
package struct TypeScope {
    /// The type of a name; nil for one that is not in scope.
    package let type: (String) -> Type?
    /// Names to offer for a misspelt one.
    package let names: () -> [String]
    /// What to write for a name that stands elsewhere, such as `inputs.ticket` for `ticket`.
    package let suggestion: (String) -> String?
    /// Whether what is read of a step is a list in which null stands for elements that failed.
    package let holdsNulls: (Expression) -> Bool
    /// What the expressions were read from; without it no mend can take over what stands in one.
    package let source: SourceText?

    package init(
        type: @escaping (String) -> Type?, names: @escaping () -> [String],
        suggestion: @escaping (String) -> String? = { _ in nil },
        holdsNulls: @escaping (Expression) -> Bool = { _ in false }, source: SourceText? = nil
    ) {
        self.type = type
        self.names = names
        self.suggestion = suggestion
        self.holdsNulls = holdsNulls
        self.source = source
    }
}

/// Finds the type of each expression and what is wrong with it.
package struct Typer {
    /// The names that expressions may use.
    package let scope: TypeScope
    let functions: FunctionTable
    /// What has been found wrong so far, in the order in which it was met.
    package private(set) var findings: [Diagnostic] = []
    var locals: [(name: String, type: Type)] = []
    /// A place in the source whose smallest expression is looked for, and that expression's type once it is found.
    package var probe: Int?
    /// The smallest expression at `probe`, with its type; nil until it is found.
    package private(set) var probed: (span: Span, type: Type)?
    /// Where the expressions stand whose type has no room for a text of somebody else, though that cannot be seen from
    /// every value; nil where nobody wants to know.
    package var closed: ClosedParts?
    /// The shapes of optional fields that are surely there, since something around has asked `has(…)`.
    package var present: Set<String> = []
    /// The variables that may be null.
    package var maybeNull: Set<String> = []
    /// The optional field that was last told to be read as if it were there, with the span of its read.
    var lastAbsent: (field: String, span: Span)?

    package init(scope: TypeScope, functions: FunctionTable = .standard) {
        self.scope = scope
        self.functions = functions
    }

    /// The type of an expression that stands as a value.
    package mutating func type(of expression: Expression) -> Type {
        let type = bareType(of: expression)
        guard case .name(let name, _) = expression.kind, case .record(let record) = type else { return type }
        switch record.role {
        case .step:
            report(
                .nameAlone, "`\(name)` is a step, not a value", expression.span,
                help: "write `\(name).result`",
                fix: FixIt(span: expression.span, replacement: name + ".result"))
            return .unknown
        case .secrets:
            report(
                .secretOutOfPlace, "`secrets` as a whole cannot be read", expression.span,
                help: "name one: `secrets.X`")
            return .unknown
        case .inputs, .session, .data, .open: return type
        }
    }

    /// Puts other words in the place of the findings from a place on.
    package mutating func explain(from start: Int, _ words: ([Diagnostic]) -> [Diagnostic]) {
        guard findings.count > start else { return }
        findings.replaceSubrange(start..., with: words(Array(findings[start...])))
    }

    /// Puts better words in the place of the last finding, for who knows more of where it stands.
    package mutating func replaceLastFinding(_ finding: Diagnostic) {
        guard !findings.isEmpty else { return }
        findings[findings.count - 1] = finding
    }

    mutating func replaceFinding(at place: Int, _ finding: Diagnostic) { findings[place] = finding }

    /// Adds a finding.
    ///
    /// - Parameter label: a few words under the carets; empty for none.
    package mutating func report(
        _ code: Code, _ message: String, _ span: Span, label: String = "", help: String? = nil,
        fix: FixIt? = nil
    ) {
        findings.append(Diagnostic(code, message, at: span, label: label, help: help, fix: fix))
    }

    private mutating func bareType(of expression: Expression) -> Type {
        guard probe != nil || closed != nil else { return plainType(of: expression) }
        let type = plainType(of: expression)
        closed?.add(type, of: expression)
        guard let probe else { return type }
        let span = expression.span
        if span.start <= probe, probe <= span.end,
            probed.map({ span.end - span.start < $0.span.end - $0.span.start }) ?? true
        {
            probed = (span, type)
        }
        return type
    }

    // Apart from what calls it: where expressions are high each local of that costs as much of the stack as they are high.
    private mutating func index(of operand: Expression, _ key: Expression, optional: Bool, _ span: Span)
        -> Type
    {
        let list = type(of: operand)
        tellNull(operand)
        return index(list, key, optional: optional, span)
    }

    private mutating func plainType(of expression: Expression) -> Type {
        let span = expression.span
        if let type = typeOfVariable(expression) { return type }
        switch expression.kind {
        case .literal(let value): return literal(value)
        case .text(let parts):
            for case .expression(let part) in parts { _ = type(of: part) }
            return .string
        case .name(let name, let rooted): return self.name(name, rooted, span)
        case .select(let operand, let field, let fieldSpan, let optional):
            let inner = bareOperand(operand)
            tellNull(operand)
            if !optional { checkPresence(inner, operand, field, span) }
            return select(inner, field, fieldSpan, optional: optional, of: operand)
        case .has(let operand, let field, let fieldSpan):
            _ = select(bareOperand(operand), field, fieldSpan, optional: true)
            return .bool
        case .index(let operand, let key, let optional):
            return index(of: operand, key, optional: optional, span)
        case .call(let name, let nameSpan, let target, let arguments):
            return call(name, nameSpan, target, arguments, span)
        case .unary(let unaryOperator, let operand): return unary(unaryOperator, operand)
        case .binary(let binaryOperator, let left, let right):
            return binary(binaryOperator, left, right, span)
        case .conditional(let condition, let yes, let no):
            expectBool(condition, "the condition of `? :`")
            let first = known(condition.presence(when: true)) { $0.type(of: yes) }
            return first.joined(with: known(condition.presence(when: false)) { $0.type(of: no) })
        case .list(let elements): return list(elements)
        case .map(let entries): return map(entries)
        case .macro(let macro): return self.macro(macro)
        }
    }

    /// Operands of `.` may be a step, `secrets` and so on, which are no values by themselves.
    private mutating func bareOperand(_ operand: Expression) -> Type {
        if case .name = operand.kind { return bareType(of: operand) }
        return type(of: operand)
    }

    private func literal(_ value: Value) -> Type {
        switch value {
        case .null: .null
        case .bool: .bool
        case .int: .int
        case .uint: .uint
        case .double: .double
        case .string(let text): .oneOf([text])
        case .bytes: .bytes
        case .timestamp: .timestamp
        case .duration: .duration
        case .type: .type
        case .list, .map, .optional: .dyn
        }
    }

    private mutating func name(_ name: String, _ rooted: Bool, _ span: Span) -> Type {
        if !rooted, let local = locals.last(where: { $0.name == name }) { return local.type }
        if let type = scope.type(name) { return type }
        if Typer.typeNames.contains(name) { return .type }
        if let type = typeOfDollar(name, span) { return type }
        if let better = scope.suggestion(name) {
            report(
                .unknownName, "`\(name)` is not a name by itself", span, help: "write `\(better)`",
                fix: FixIt(span: span, replacement: better))
        } else {
            let advice = foreignNames[name]
            let near = advice == nil ? nearestName(to: name, in: scope.names() + locals.map(\.name)) : nil
            let help =
                advice ?? near.map { "did you mean `\($0)`?" }
                ?? "in scope are `inputs`, `secrets`, `session` and the steps' names; a text stands in quotes"
            report(
                .unknownName, "nothing is named `\(name)`", span, help: help,
                fix: near.map { FixIt(span: span, replacement: $0, isSafe: isSlip(name, for: $0)) }
                    ?? withoutNamespace(name, span))
        }
        return .unknown
    }

    /// `steps.ask.result`, whose first word is left out.
    private func withoutNamespace(_ name: String, _ span: Span) -> FixIt? {
        let whole = Span(span.start, span.end + 1)
        guard name == "steps" || name == "nodes", written(whole) == name + "." else { return nil }
        return FixIt(span: whole, replacement: "")
    }

    private static let typeNames: Set<String> = [
        "bool", "int", "uint", "double", "string", "bytes", "list", "map", "null_type", "type",
        "optional_type", "google",
    ]

    /// - Parameter owner: what the field is read of, where that can be spoken of.
    private mutating func select(
        _ operand: Type, _ field: String, _ span: Span, optional: Bool, of owner: Expression? = nil
    ) -> Type {
        switch operand {
        case .record(let record):
            guard let found = record[field] else {
                if record.mayHold(field) { return optional ? .optional(.dyn) : .dyn }
                reportMissing(field, of: record, span)
                return .unknown
            }
            return optional ? .optional(found.type) : found.type
        case .map(_, let value): return optional ? .optional(value) : value
        case .optional(let inner):
            let type = select(inner, field, span, optional: true)
            if case .optional = type { return type }
            return .optional(type)
        case .dyn: return optional ? .optional(.dyn) : .dyn
        case .unknown, .type: return .unknown
        case .null, .bool, .int, .uint, .double, .string, .bytes, .timestamp, .duration, .list, .oneOf,
            .parameter:
            if foreignSizes.contains(field), operand.isText || operand.isList {
                // `x.?length` asks of what is there, and so does `x.size()`; of what may be absent nothing is counted.
                let mark = Span(span.start - 1, span.start)
                let isMarked = optional && written(mark) == "?"
                report(
                    .noSuchField, "\(operand.widened.text) has no field `\(field)`", span,
                    help: optional && !isMarked ? "write `size()` behind `.orValue(…)`" : "write `size()`",
                    fix: optional && !isMarked
                        ? nil : FixIt(span: isMarked ? mark.union(span) : span, replacement: "size()"))
                return optional ? .optional(.int) : .int
            }
            let help: String? =
                if case .list(let element) = operand {
                    "a list's elements are read by `[0]`, or each by `.map(x, x.\(field))` (they are \(element.text))"
                } else if operand.isText, let owner { fieldOfText(field, owner) } else { nil }
            report(.noSuchField, "\(operand.widened.text) has no field `\(field)`", span, help: help)
            return .unknown
        }
    }

    /// Types something with more known to be there.
    mutating func known<Result>(_ shapes: Set<String>, _ body: (inout Typer) -> Result) -> Result {
        let before = present
        present.formUnion(shapes)
        defer { present = before }
        return body(&self)
    }

    private mutating func reportMissing(_ field: String, of record: RecordType, _ span: Span) {
        let names = record.fields.map(\.name)
        let near = nearestName(to: field, in: names)
        // What a step has is the language's; other names are the author's, who has perhaps not written the right one yet.
        let fix = near.map {
            FixIt(span: span, replacement: $0, isSafe: record.role == .step || isSlip(field, for: $0))
        }
        let offer = near.map { "did you mean `\($0)`?" }
        switch record.role {
        case .inputs:
            let help =
                offer
                ?? (names.isEmpty
                    ? "declare it: input \(field): text"
                    : "there are \(inWords(names, joiner: "and")); or declare it: input \(field): text")
            report(.unknownInput, "there is no input `\(field)`", span, help: help, fix: fix)
        case .secrets:
            report(
                .unknownSecret, "there is no secret `\(field)`", span,
                help: offer ?? "declare it: secret \(field)", fix: fix)
        case .session:
            report(
                .unknownPart, "`session` has no `\(field)`", span,
                help: offer ?? "there are \(inWords(names.map { "session." + $0 }, joiner: "and"))",
                fix: fix)
        case .step:
            // `step.output`, and `step.body` of a result that has a `body`.
            let part = resultPart(field, of: record)
            report(
                .unknownPart, "a step has no `\(field)`", span,
                help: part.map { "write `\($0)`" } ?? offer ?? "a step has \(inWords(names, joiner: "and"))",
                fix: part.map { FixIt(span: span, replacement: $0) } ?? fix)
        case .data, .open:
            let type = record.name.isEmpty ? "this record" : "`\(record.name)`"
            report(
                .noSuchField, "\(type) has no field `\(field)`", span,
                help: offer ?? "it has \(inWords(names, joiner: "and"))", fix: fix)
        }
    }

    /// What a part that a step does not have is in its result; nil for one that is nowhere.
    private func resultPart(_ field: String, of step: RecordType) -> String? {
        if case .record(let result) = step["result"]?.type, result[field] != nil { return "result.\(field)" }
        return foreignResults.contains(field) ? "result" : nil
    }

    /// How a part of the source is written; nil where the source is not known.
    func written(_ span: Span) -> String? {
        guard let source = scope.source, span.end <= source.bytes.count else { return nil }
        return String(decoding: source.bytes[span.start..<span.end], as: UTF8.self)
    }

    private mutating func index(_ operand: Type, _ key: Expression, optional: Bool, _ span: Span) -> Type {
        let keyType = type(of: key)
        func wrapped(_ type: Type) -> Type { optional ? .optional(type) : type }
        switch operand {
        case .list(let element):
            expectIndex(key, keyType, optional: optional)
            return wrapped(element)
        case .map(_, let value): return wrapped(value)
        case .record(let record):
            guard case .literal(.string(let name)) = key.kind else { return wrapped(.dyn) }
            guard let field = record[name] else {
                if record.mayHold(name) { return wrapped(.dyn) }
                reportMissing(name, of: record, key.span)
                return .unknown
            }
            return wrapped(field.type)
        case .optional(let inner):
            let type = index(inner, key, optional: true, span)
            return type
        case .dyn: return wrapped(.dyn)
        case .unknown: return .unknown
        case .null, .bool, .int, .uint, .double, .string, .bytes, .timestamp, .duration, .type, .oneOf,
            .parameter:
            report(
                .wrongType, "\(operand.widened.text) has no elements to index", span,
                help: operand.isText
                    ? "a character is read by `.charAt(0)`, a part by `.substring(0, 2)`" : nil)
            return .unknown
        }
    }

    private mutating func list(_ elements: [ListElement]) -> Type {
        var joined: Type?
        for element in elements {
            var type = self.type(of: element.value)
            if element.optional { type = unwrapped(type, element.value.span) }
            joined = joined.map { $0.joined(with: type) } ?? type
            if case .oneOf(let values) = joined, values.count > 64 { joined = .string }
        }
        return .list(joined ?? .unknown)
    }

    private mutating func unwrapped(_ type: Type, _ span: Span) -> Type {
        if case .optional(let inner) = type { return inner }
        if !type.isOpen {
            report(
                .wrongType, "an entry with `?` takes an optional value, found \(type.widened.text)", span,
                help: "leave the `?` out")
        }
        return .unknown
    }

    private mutating func map(_ entries: [MapEntry]) -> Type {
        var fields: [RecordType.Field] = []
        var seen = MapValue()
        var keys: Type?
        var values: Type?
        for entry in entries {
            let keyType = isUnquoted(entry.key) ? tellUnquoted(entry.key) : type(of: entry.key)
            var valueType = type(of: entry.value)
            if entry.optional { valueType = unwrapped(valueType, entry.value.span) }
            keys = keys.map { $0.widened.joined(with: keyType.widened) } ?? keyType.widened
            values = values.map { $0.joined(with: valueType) } ?? valueType
            guard case .literal(let key) = entry.key.kind else { continue }
            if seen.value(for: key) != nil {
                report(.duplicateName, "the key \(JSON.text(key)) stands twice in this map", entry.key.span)
            }
            seen[key: key] = .null
            if case .string(let name) = key {
                fields.append(.init(name, valueType, isOptional: entry.optional))
            }
        }
        // A map written with text keys is known field by field, which tells more than map<text, T>.
        if !entries.isEmpty, fields.count == entries.count { return .record(RecordType(fields: fields)) }
        return .map(keys ?? .unknown, values ?? .unknown)
    }

    mutating func expectBool(_ expression: Expression, _ place: String) {
        let type = self.type(of: expression)
        guard type != .bool, !type.isOpen else { return }
        var help: String?
        if type.isText { help = "compare it, for example `… == \"yes\"`" }
        if case .optional = type { help = "say what counts when it is absent: `….orValue(false)`" }
        report(.wrongType, "\(place) must be a bool, found \(type.widened.text)", expression.span, help: help)
    }
}
