import Diagnostics
import Values

/// Expression tree -> nested closures, with every name and function found beforehand.
struct Compiler<Names: NameTable> {
    let names: Names
    let functions: FunctionTable
    /// Where the parts stand whose type has no room for a text of somebody else.
    let closed: Set<Span>
    var locals: [String] = []
    /// How many reads of slots have been compiled; only those bring marks.
    private var slotReads = 0

    init(names: Names, functions: FunctionTable, closed: Set<Span> = []) {
        self.names = names
        self.functions = functions
        self.closed = closed
    }

    mutating func compile(_ expression: Expression) -> Evaluation {
        let readsBefore = slotReads
        let evaluation = bareEvaluation(of: expression)
        guard slotReads > readsBefore else { return evaluation }
        let isClosed = closed.contains(expression.span)
        switch expression.kind {
        case .literal: return evaluation
        case .text, .list, .map, .conditional:
            // Their parts have lost already what they cannot carry.
            return isClosed ? withoutOrigins(evaluation, where: { _ in true }) : evaluation
        case .name, .select, .has, .index, .call, .unary, .binary, .macro:
            return withoutOrigins(evaluation) { isClosed || $0.hasNoRoomForText }
        }
    }

    /// What comes from outside goes no further than to values that have room for a text.
    private func withoutOrigins(
        _ evaluation: @escaping Evaluation, where isClosed: @escaping @Sendable (Value) -> Bool
    ) -> Evaluation {
        { (frame) throws(EvaluationError) in
            let before = frame.marks.origins.count
            let value = try evaluation(&frame)
            if frame.marks.origins.count > before, isClosed(value) {
                frame.marks.forgetOrigins(after: before)
            }
            return value
        }
    }

    private mutating func bareEvaluation(of expression: Expression) -> Evaluation {
        let span = expression.span
        switch expression.kind {
        case .literal(let value): return { (_) throws(EvaluationError) in value }
        case .text(let parts): return text(parts)
        case .name(let name, let rooted): return self.name(name, rooted, span)
        case .select(let operand, let field, _, let optional):
            return select(expression, operand, field, optional)
        case .has(let operand, let field, _): return has(operand, field, span)
        case .index(let operand, let key, let optional): return index(operand, key, optional, span)
        case .call(let name, _, let target, let arguments): return call(name, target, arguments, span)
        case .unary(let unaryOperator, let operand): return unary(unaryOperator, operand, span)
        case .binary(let binaryOperator, let left, let right):
            return binary(binaryOperator, left, right, span)
        case .conditional(let condition, let yes, let no): return conditional(condition, yes, no)
        case .list(let elements): return list(elements)
        case .map(let entries): return map(entries)
        case .macro(let macro): return self.macro(macro, span)
        }
    }

    private mutating func text(_ parts: [TextPart]) -> Evaluation {
        let pieces = parts.map { part -> (String, Evaluation?) in
            switch part {
            case .characters(let text): (text, nil)
            case .expression(let expression): ("", compile(expression))
            }
        }
        return { (frame) throws(EvaluationError) in
            var output = ""
            for (characters, evaluation) in pieces {
                if let evaluation {
                    let value = try evaluation(&frame)
                    try frame.make(value)
                    output += try textOf(value)
                } else {
                    output += characters
                }
                try frame.check(output.utf8.count)
            }
            try frame.spend(output.utf8.count / 64 + 1)
            return .string(output)
        }
    }

    private mutating func name(_ name: String, _ rooted: Bool, _ span: Span) -> Evaluation {
        if !rooted, let local = locals.lastIndex(of: name) {
            return { (frame) throws(EvaluationError) in frame.locals[local] }
        }
        if let slot = names.slot(of: name) { return self.slot(slot, name, span) }
        if let type = typeNames[name] { return { (_) throws(EvaluationError) in .type(type) } }
        let near = nearestName(to: name, in: names.offered + locals).map { ": did you mean `\($0)`?" } ?? ""
        return { (_) throws(EvaluationError) in
            throw EvaluationError(.unknownName, "undeclared reference to '\(name)'\(near)", at: span)
        }
    }

    private mutating func slot(_ slot: Int, _ name: String, _ span: Span) -> Evaluation {
        slotReads += 1
        return { (frame) throws(EvaluationError) in
            guard let value = frame.activation.value(at: slot) else {
                throw EvaluationError(.notAssigned, "`\(name)` has no value yet", at: span)
            }
            frame.marks.add(frame.activation.marks(at: slot))
            return value
        }
    }

    /// `a.b.c` as one dotted name, when only names make it up and no macro variable hides its first.
    func path(_ expression: Expression) -> String? {
        switch expression.kind {
        case .name(let name, let rooted): rooted || !locals.contains(name) ? name : nil
        case .select(let operand, let field, _, optional: false): path(operand).map { $0 + "." + field }
        default: nil
        }
    }

    private mutating func select(
        _ expression: Expression, _ operand: Expression, _ field: String, _ optional: Bool
    ) -> Evaluation {
        let span = expression.span
        if let path = path(operand).map({ $0 + "." + field }) {
            if let slot = names.slot(of: path) {
                guard optional else { return self.slot(slot, path, span) }
                slotReads += 1
                return { (frame) throws(EvaluationError) in
                    frame.marks.add(frame.activation.marks(at: slot))
                    return .optional(frame.activation.value(at: slot))
                }
            }
            if !optional, let type = typeNames[path] { return { (_) throws(EvaluationError) in .type(type) } }
        }
        let place = operand.span
        let operand = compile(operand)
        let key = Value.string(field)
        return { (frame) throws(EvaluationError) in
            let value = try operand(&frame)
            do throws(EvaluationError) { return try member(value, key, optional: optional, span) } catch {
                throw error.placed(at: span, [(place, value)], hidden: frame.holdsSecret)
            }
        }
    }

    private mutating func has(_ operand: Expression, _ field: String, _ span: Span) -> Evaluation {
        if let path = path(operand), let slot = names.slot(of: path + "." + field) {
            return { (frame) throws(EvaluationError) in .bool(frame.activation.value(at: slot) != nil) }
        }
        let operand = compile(operand)
        return { (frame) throws(EvaluationError) in
            switch try operand(&frame) {
            case .map(let map): return .bool(map[field] != nil)
            case .optional(let inner):
                if case .map(let map) = inner { return .bool(map[field] != nil) }
                return .bool(false)
            case let other:
                throw EvaluationError(.noSuchOverload, "\(other.kindName) has no fields", at: span)
            }
        }
    }

    private mutating func index(_ operand: Expression, _ key: Expression, _ optional: Bool, _ span: Span)
        -> Evaluation
    {
        let places = (operand.span, key.span)
        let operand = compile(operand)
        let key = compile(key)
        return { (frame) throws(EvaluationError) in
            let value = try operand(&frame)
            let found = try key(&frame)
            do throws(EvaluationError) { return try member(value, found, optional: optional, span) } catch {
                throw error.placed(
                    at: span, [(places.1, found), (places.0, value)], hidden: frame.holdsSecret)
            }
        }
    }

    private mutating func conditional(_ condition: Expression, _ yes: Expression, _ no: Expression)
        -> Evaluation
    {
        let span = condition.span
        let condition = compile(condition)
        let yes = compile(yes)
        let no = compile(no)
        return { (frame) throws(EvaluationError) in
            let value = try condition(&frame)
            guard case .bool(let bool) = value else {
                throw EvaluationError(.noSuchOverload, "the condition of `? :` is no bool")
                    .placed(at: span, [(span, value)], hidden: frame.holdsSecret)
            }
            return bool ? try yes(&frame) : try no(&frame)
        }
    }

    private mutating func list(_ elements: [ListElement]) -> Evaluation {
        let items = elements.map { (compile($0.value), $0.optional) }
        return { (frame) throws(EvaluationError) in
            var list: [Value] = []
            list.reserveCapacity(items.count)
            try frame.spend(items.count)
            for (item, optional) in items {
                let value = try item(&frame)
                if let value = try present(value, optional) { list.append(value) }
            }
            return .list(list)
        }
    }

    private mutating func map(_ entries: [MapEntry]) -> Evaluation {
        let items = entries.map { (compile($0.key), compile($0.value), $0.optional, $0.key.span) }
        return { (frame) throws(EvaluationError) in
            var map = MapValue()
            try frame.spend(items.count)
            for (key, value, optional, span) in items {
                let key = try mapKey(try key(&frame), span)
                guard let value = try present(try value(&frame), optional) else { continue }
                guard map.value(for: key) == nil else {
                    throw EvaluationError(
                        .invalidArgument, "the key \(JSON.text(key)) stands twice in a map", at: span)
                }
                map[key: key] = value
            }
            return .map(map)
        }
    }

    private mutating func call(_ name: String, _ target: Expression?, _ arguments: [Expression], _ span: Span)
        -> Evaluation
    {
        if let target, let path = path(target), names.slot(of: path) == nil {
            let overloads = functions.overloads(path + "." + name, isMethod: false)
            if !overloads.isEmpty {
                return apply(overloads, path + "." + name, arguments, span)
            }
            let known = functions.foreignName(of: name, in: path).flatMap {
                functions.advice(for: $0, operands: arguments.count)
            }
            if let advice = known ?? functions.advice(for: path + "." + name, in: path) {
                return { (_) throws(EvaluationError) in
                    throw EvaluationError(
                        .unknownName, "there is no function `\(path).\(name)`: \(advice)", at: span)
                }
            }
        }
        if let target, name == "or" || name == "orValue", arguments.count == 1 {
            return fallback(compile(target), compile(arguments[0]), unwraps: name == "orValue", span)
        }
        let overloads = functions.overloads(name, isMethod: target != nil)
        return apply(overloads, name, (target.map { [$0] } ?? []) + arguments, span)
    }

    /// `a.or(b)` and `a.orValue(b)` evaluate `b` only when `a` is none.
    private func fallback(
        _ target: @escaping Evaluation, _ other: @escaping Evaluation, unwraps: Bool, _ span: Span
    ) -> Evaluation {
        { (frame) throws(EvaluationError) in
            guard case .optional(let inner) = try target(&frame) else {
                throw EvaluationError(.noSuchOverload, unwraps ? "orValue" : "or", at: span)
            }
            guard let inner else { return try other(&frame) }
            return unwraps ? inner : .optional(inner)
        }
    }

    private mutating func apply(
        _ overloads: [Overload], _ name: String, _ operands: [Expression], _ span: Span
    ) -> Evaluation {
        let places = operands.map(\.span)
        let operands = operands.map { compile($0) }
        let fitting = overloads.filter { $0.takes(places.count) }
        guard !overloads.isEmpty else {
            let advice = functions.advice(for: name, operands: places.count).map { ": \($0)" } ?? ""
            return { (_) throws(EvaluationError) in
                throw EvaluationError(.unknownName, "there is no function `\(name)`\(advice)", at: span)
            }
        }
        return { (frame) throws(EvaluationError) in
            var values: [Value] = []
            values.reserveCapacity(operands.count)
            var cost = 1
            for operand in operands {
                let value = try operand(&frame)
                cost += weight(value)
                values.append(value)
            }
            try frame.spend(cost)
            for overload in fitting where overload.accepts(values) {
                do throws(EvaluationError) {
                    let result = try overload.apply(values, &frame)
                    try frame.make(weight(result) * 64)
                    return result
                } catch {
                    throw error.placed(
                        at: span, Array(zip(places, values)), hidden: frame.holdsSecret)
                }
            }
            let types = values.map(\.kindName).joined(separator: ", ")
            throw EvaluationError(.noSuchOverload, "\(name)(\(types))")
                .placed(at: span, Array(zip(places, values)), hidden: frame.holdsSecret)
        }
    }
}

/// What a call pays for an argument, and for what it gives: functions read and write their texts and lists whole.
private func weight(_ value: Value) -> Int {
    switch value {
    case .string(let text): text.utf8.count / 64
    case .bytes(let bytes): bytes.count / 64
    case .list(let list): list.count / 8
    case .map(let map): map.count / 8
    case .null, .bool, .int, .uint, .double, .timestamp, .duration, .type, .optional: 0
    }
}

private let typeNames: [String: String] = [
    "bool": "bool", "int": "int", "uint": "uint", "double": "double", "string": "string", "bytes": "bytes",
    "list": "list", "map": "map", "null_type": "null_type", "type": "type", "optional_type": "optional_type",
    "google.protobuf.Timestamp": "google.protobuf.Timestamp",
    "google.protobuf.Duration": "google.protobuf.Duration",
]

/// An entry's value, nil when it is optional and none.
private func present(_ value: Value, _ optional: Bool) throws(EvaluationError) -> Value? {
    guard optional else { return value }
    guard case .optional(let inner) = value else {
        throw EvaluationError(
            .noSuchOverload, "an entry with `?` takes an optional value, found \(value.kindName)")
    }
    return inner
}

func mapKey(_ key: Value, _ span: Span) throws(EvaluationError) -> Value {
    switch key {
    case .string, .int, .uint, .bool: return key
    case .null, .double, .bytes, .list, .map, .timestamp, .duration, .type, .optional:
        throw EvaluationError(.noSuchOverload, "\(withArticle(key.kindName)) cannot be a map's key", at: span)
    }
}

/// `value.key` and `value[key]`; through an optional value the answer is optional too.
func member(_ value: Value, _ key: Value, optional: Bool, _ span: Span) throws(EvaluationError) -> Value {
    switch value {
    case .map(let map):
        if case .double(let double) = key, Int64(exactly: double) == nil, UInt64(exactly: double) == nil {
            if optional { return .optional(nil) }
            throw EvaluationError(.noSuchKey, brief(key), at: span)
        }
        guard let found = map.value(for: key) else {
            if optional { return .optional(nil) }
            let offer = map.count == 0 ? "the record is empty" : "it has \(keysInWords(map))"
            throw EvaluationError(.noSuchKey, "\(brief(key)); \(offer)", at: span)
        }
        return optional ? .optional(found) : found
    case .list(let list):
        guard let index = key.asInt else {
            throw EvaluationError(
                .noSuchOverload, "a list is indexed by an int, found \(key.kindName)", at: span)
        }
        guard list.indices.contains(index) else {
            if optional { return .optional(nil) }
            throw EvaluationError(
                .outOfRange,
                "index \(index) of \(list.isEmpty ? "an empty list" : "a list of \(list.count)")", at: span)
        }
        return optional ? .optional(list[index]) : list[index]
    case .optional(let inner):
        guard let inner else { return .optional(nil) }
        let found = try member(inner, key, optional: true, span)
        if case .optional = found { return found }
        return .optional(found)
    case .null, .bool, .int, .uint, .double, .string, .bytes, .timestamp, .duration, .type:
        throw EvaluationError(
            .noSuchOverload, "\(withArticle(value.kindName)) has no field or element", at: span)
    }
}
