import Diagnostics
import OrderedCollections
import Values

/// A macro made ready: its operand, and what runs for each element.
struct Loop: Sendable {
    let operand: Evaluation
    let condition: Evaluation?
    let body: Evaluation
    let takesTwo: Bool
    let span: Span

    /// Calls back for each element with its variables bound, until the callback says false.
    func forEach(
        _ frame: inout Frame,
        _ visit: (inout Frame, Value) throws(EvaluationError) -> Bool
    ) throws(EvaluationError) {
        let base = frame.locals.count
        defer { frame.locals.removeSubrange(base...) }
        switch try operand(&frame) {
        case .list(let list):
            for (index, item) in list.enumerated() {
                frame.locals.removeSubrange(base...)
                if takesTwo { frame.locals.append(.int(Int64(index))) }
                frame.locals.append(item)
                try frame.spend(1)
                if try !visit(&frame, item) { return }
            }
        case .map(let map):
            for (key, value) in map.entries {
                frame.locals.removeSubrange(base...)
                frame.locals.append(key)
                if takesTwo { frame.locals.append(value) }
                try frame.spend(1)
                if try !visit(&frame, key) { return }
            }
        case let other:
            throw EvaluationError(.noSuchOverload, "a \(other.kindName) has no elements", at: span)
        }
    }

    func passes(_ frame: inout Frame) throws(EvaluationError) -> Bool {
        guard let condition else { return true }
        return try bool(condition(&frame))
    }

    func bool(_ value: Value) throws(EvaluationError) -> Bool {
        guard case .bool(let bool) = value else {
            throw EvaluationError(.noSuchOverload, "a condition gave a \(value.kindName), no bool", at: span)
        }
        return bool
    }
}

extension Compiler {
    mutating func macro(_ macro: Macro, _ span: Span) -> Evaluation {
        let operand = compile(macro.operand)
        let depth = locals.count
        locals += macro.variables.map(\.name)
        defer { locals.removeSubrange(depth...) }
        let condition = macro.condition.map { compile($0) }
        let body = compile(macro.body)
        let loop = Loop(
            operand: operand, condition: condition, body: body, takesTwo: macro.variables.count == 2,
            span: macro.operand.span)
        switch macro.kind {
        case .all: return quantifier(loop, decisive: false)
        case .exists: return quantifier(loop, decisive: true)
        case .existsOne: return existsOne(loop)
        case .map, .transformList: return mapping(loop)
        case .filter: return filter(loop)
        case .transformMap: return transformMap(loop, entries: false)
        case .transformMapEntry: return transformMap(loop, entries: true)
        case .sortBy: return sorting(loop)
        case .bind: return bound(operand, body)
        case .optMap: return optional(operand, body, flat: false, span)
        case .optFlatMap: return optional(operand, body, flat: true, span)
        }
    }

    /// `all` and `exists`: like `&&` and `||` over the elements, failures absorbed by a deciding one.
    private func quantifier(_ loop: Loop, decisive: Bool) -> Evaluation {
        { (frame) throws(EvaluationError) in
            var decided = false
            var failure: EvaluationError?
            try loop.forEach(&frame) { (frame, _) throws(EvaluationError) in
                do throws(EvaluationError) {
                    if try loop.bool(try loop.body(&frame)) == decisive {
                        decided = true
                        return false
                    }
                } catch {
                    if error.isFinal { throw error }
                    failure = failure ?? error
                }
                return true
            }
            if decided { return .bool(decisive) }
            if let failure { throw failure }
            return .bool(!decisive)
        }
    }

    private func existsOne(_ loop: Loop) -> Evaluation {
        { (frame) throws(EvaluationError) in
            var count = 0
            try loop.forEach(&frame) { (frame, _) throws(EvaluationError) in
                if try loop.bool(try loop.body(&frame)) { count += 1 }
                return true
            }
            return .bool(count == 1)
        }
    }

    private func mapping(_ loop: Loop) -> Evaluation {
        { (frame) throws(EvaluationError) in
            var output: [Value] = []
            try loop.forEach(&frame) { (frame, _) throws(EvaluationError) in
                if try loop.passes(&frame) { output.append(try loop.body(&frame)) }
                try frame.check(output.count * 8)
                return true
            }
            return .list(output)
        }
    }

    private func sorting(_ loop: Loop) -> Evaluation {
        { (frame) throws(EvaluationError) in
            var items: [Value] = []
            var keys: [Value] = []
            try loop.forEach(&frame) { (frame, item) throws(EvaluationError) in
                items.append(item)
                keys.append(try loop.body(&frame))
                return true
            }
            do throws(EvaluationError) {
                return .list(try sorted(items, by: keys, MacroKind.sortBy.rawValue, &frame))
            } catch {
                throw error.placed(at: loop.span, [], hidden: frame.holdsSecret)
            }
        }
    }

    private func filter(_ loop: Loop) -> Evaluation {
        { (frame) throws(EvaluationError) in
            var output: [Value] = []
            try loop.forEach(&frame) { (frame, item) throws(EvaluationError) in
                if try loop.bool(try loop.body(&frame)) { output.append(item) }
                return true
            }
            return .list(output)
        }
    }

    private func transformMap(_ loop: Loop, entries: Bool) -> Evaluation {
        { (frame) throws(EvaluationError) in
            var output = MapValue()
            try loop.forEach(&frame) { (frame, _) throws(EvaluationError) in
                guard try loop.passes(&frame) else { return true }
                let key = frame.locals[frame.locals.count - 2]
                let value = try loop.body(&frame)
                guard entries else {
                    output[key: key] = value
                    return true
                }
                guard case .map(let made) = value else {
                    throw EvaluationError(
                        .noSuchOverload, "transformMapEntry makes a map of each element", at: loop.span)
                }
                for (key, value) in made.entries {
                    guard output.value(for: key) == nil else {
                        throw EvaluationError(
                            .invalidArgument, "insert failed: key \(JSON.text(key)) already exists",
                            at: loop.span)
                    }
                    output[key: key] = value
                }
                return true
            }
            return .map(output)
        }
    }

    private func bound(_ value: @escaping Evaluation, _ body: @escaping Evaluation) -> Evaluation {
        { (frame) throws(EvaluationError) in
            frame.locals.append(try value(&frame))
            defer { frame.locals.removeLast() }
            return try body(&frame)
        }
    }

    private func optional(
        _ operand: @escaping Evaluation, _ body: @escaping Evaluation, flat: Bool, _ span: Span
    ) -> Evaluation {
        { (frame) throws(EvaluationError) in
            guard case .optional(let inner) = try operand(&frame) else {
                throw EvaluationError(.noSuchOverload, flat ? "optFlatMap" : "optMap", at: span)
            }
            guard let inner else { return .optional(nil) }
            frame.locals.append(inner)
            defer { frame.locals.removeLast() }
            let value = try body(&frame)
            if flat, case .optional = value { return value }
            return .optional(value)
        }
    }
}
