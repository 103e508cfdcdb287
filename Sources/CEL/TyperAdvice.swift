import Diagnostics
import Values

/// What to write instead, where a type says only that something does not go.
extension Typer {
    /// Whether a map's key is a word that means nothing by itself: in expressions keys are texts, `{"total": 4}`.
    func isUnquoted(_ key: Expression) -> Bool {
        guard case .name(let name, rooted: false) = key.kind else { return false }
        return scope.type(name) == nil && !locals.contains { $0.name == name }
    }

    mutating func tellUnquoted(_ key: Expression) -> Type {
        guard let word = written(key.span) else { return type(of: key) }
        report(
            .unknownName, "the key `\(word)` is no text", key.span,
            help: "in an expression a key stands in quotes: write `\"\(word)\"`",
            fix: FixIt(span: key.span, replacement: "\"\(word)\""))
        return .string
    }

    /// Of `a || b` whose sides are both told to be no conditions one finding is left: in other languages it gives the other
    /// value where there is none.
    mutating func tellOtherValue(_ left: Expression, _ right: Expression, from start: Int) {
        let (value, other) = (written(left.span) ?? "x", written(right.span) ?? "y")
        let isShort = value.count + other.count < 60
        explain(from: start) { findings in
            func told(_ side: Expression) -> Diagnostic? {
                findings.last { $0.span == side.span && $0.message.hasPrefix("each side of `||`") }
            }
            guard let first = told(left), told(right) != nil else { return findings }
            let isText = first.message.hasSuffix(" text")
            let usage =
                isText && isShort ? "`\(value) != \"\" ? \(value) : \(other)`" : "`condition ? this : that`"
            let rest = findings.filter { $0 != first && $0 != told(right) }
            return rest + [
                Diagnostic(
                    .wrongType, "`||` joins conditions, and gives no other value",
                    at: left.span.union(right.span), help: "another value where one is missing: \(usage)")
            ]
        }
    }

    /// What a list is indexed by.
    mutating func expectIndex(_ key: Expression, _ type: Type, optional: Bool) {
        if !type.isNumber, !type.isOpen {
            report(.wrongType, "a list is indexed by an int, not by \(type.widened.text)", key.span)
        }
        guard !optional, case .literal(.int(let index)) = key.kind, index < 0 else { return }
        report(
            .wrongType, "a list has no element \(index): its first one is 0", key.span,
            help: "the last one is read by `.last()`")
    }

    /// A division by a written 0, which fails in every run; numbers that are no ints have a result for it.
    mutating func tellZero(_ binaryOperator: BinaryOperator, _ dividend: Type, _ divisor: Expression) {
        guard binaryOperator == .divide || binaryOperator == .remainder, dividend == .int,
            case .literal(.int(0)) = divisor.kind
        else { return }
        report(.wrongType, "this divides by 0, and fails in every run", divisor.span)
    }

    /// `1 < n < 5`, which other languages read as two comparisons; false for every other one.
    mutating func tellChain(_ second: BinaryOperator, _ left: Expression, _ right: Expression) -> Bool {
        let orders: [BinaryOperator] = [.less, .lessEqual, .greater, .greaterEqual]
        guard case .binary(let first, _, let middle) = left.kind, orders.contains(first),
            let comparison = written(left.span), comparison.first != "(",
            let shared = written(middle.span), let last = written(right.span)
        else { return false }
        let mend = "\(comparison) && \(shared) \(second.rawValue) \(last)"
        let span = left.span.union(right.span)
        report(
            .noOverload, "a comparison has two sides, and this one three", span, help: "write `\(mend)`",
            fix: FixIt(span: span, replacement: mend))
        return true
    }

    /// For a field that is read of a text, as of a model's reply whose step names no type.
    func fieldOfText(_ field: String, _ owner: Expression) -> String {
        if case .select(let step, field: "result", _, _) = owner.kind, case .name(let name, _) = step.kind {
            return
                "`\(name)` gives a text: to have fields its step says them, as `result: { \(field): text }`; TEXT_TO_JSON reads JSON out of a text"
        }
        return "a text has no fields; `parse_json(…)` reads one that holds JSON"
    }

    /// Tells a field that is read as if it were there, though it may be absent.
    mutating func checkPresence(_ type: Type, _ operand: Expression, _ field: String, _ span: Span) {
        tellLacking(type, operand, field, span)
        guard case .record(let record) = type, record.role == .data, record[field]?.isOptional == true,
            !present.contains(operand.shape + "." + field)
        else { return }
        let owner = operand.shape
        lastAbsent = (field, span)
        report(
            .optionalRead, "`\(field)` may be absent: its type says `?`", span,
            help: "read it as `\(owner).?\(field).orValue(…)`, or behind `has(\(owner).\(field))`")
    }

    /// Tells a field that is read behind `x.orValue({})`, where what is written in `orValue` does not have it: of an absent
    /// `x` the read fails.
    private mutating func tellLacking(_ type: Type, _ operand: Expression, _ field: String, _ span: Span) {
        guard type != .unknown, case .call(let name, _, let target?, let arguments) = operand.kind,
            name == "orValue", arguments.count == 1, case .map(let entries) = arguments[0].kind,
            !present.contains(operand.shape + "." + field)
        else { return }
        // Of one record the read itself tells it.
        if case .record = type { return }
        for entry in entries {
            guard case .literal(.string(let name)) = entry.key.kind, name != field else { return }
        }
        var quiet = self
        var empty: String?
        // It is typed once more: what is high, with reads like this one in it, would cost twice as much with each of them.
        if target.height <= 8, case .optional(.record(let record)) = quiet.type(of: target) {
            empty = record[field]?.type.emptyValue
        }
        let owner = written(target.span) ?? target.shape
        let better = "\(owner).?\(field).orValue(\(empty ?? "…"))"
        report(
            .noSuchField, "what stands in `orValue` has no field `\(field)`, which is read of it", span,
            help: "read it as `\(better)`",
            fix: empty.map { _ in FixIt(span: span, replacement: better, isSafe: false) })
    }
}

extension Type {
    /// An empty value of it as it is written, for what counts where one is absent; nil where none is known.
    package var emptyValue: String? {
        switch self {
        case .list: "[]"
        case .int: "0"
        case .double: "0.0"
        case .bool: "false"
        case .string, .oneOf: "\"\""
        case .record, .map: "{}"
        case .uint: "0u"
        case .bytes: "b\"\""
        case .null: "null"
        case .dyn, .unknown, .timestamp, .duration, .type, .optional, .parameter: nil
        }
    }
}

extension RecordType {
    /// Whether a field that is not known may be there all the same: the record is open, and the name is no slip for
    /// one that is known, with a letter too few or too many, or two in each other's place.
    func mayHold(_ field: String) -> Bool {
        guard role == .open else { return false }
        guard let near = nearestName(to: field, in: fields.map(\.name)) else { return true }
        var letters = Array(near.utf8)
        var strange = 0
        for letter in field.lowercased().utf8 {
            if let place = letters.firstIndex(of: letter) { letters.remove(at: place) } else { strange += 1 }
        }
        return strange + letters.count > 1
    }
}
