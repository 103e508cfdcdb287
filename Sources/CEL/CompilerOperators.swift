import Diagnostics
import Values

extension Compiler {
    mutating func unary(_ unaryOperator: UnaryOperator, _ operand: Expression, _ span: Span) -> Evaluation {
        let operand = compile(operand)
        switch unaryOperator {
        case .not:
            return { (frame) throws(EvaluationError) in
                guard case .bool(let bool) = try operand(&frame) else {
                    throw EvaluationError(.noSuchOverload, "`!` takes a bool", at: span)
                }
                return .bool(!bool)
            }
        case .negate:
            return { (frame) throws(EvaluationError) in
                switch try operand(&frame) {
                case .int(let int) where int != .min: return .int(-int)
                case .int: throw EvaluationError(.overflow, "negation of the smallest int", at: span)
                case .double(let double): return .double(-double)
                case let other:
                    throw EvaluationError(.noSuchOverload, "`-` of \(withArticle(other.kindName))", at: span)
                }
            }
        }
    }

    mutating func binary(
        _ binaryOperator: BinaryOperator, _ left: Expression, _ right: Expression, _ span: Span
    ) -> Evaluation {
        let sides = (left.span, right.span)
        let left = compile(left)
        let right = compile(right)
        switch binaryOperator {
        case .and: return logical(left, right, decisive: false, span)
        case .or: return logical(left, right, decisive: true, span)
        case .equal: return equality(left, right) { $0 }
        case .notEqual: return equality(left, right) { !$0 }
        case .less: return comparison(left, right, sides, span) { $0 == .less }
        case .lessEqual: return comparison(left, right, sides, span) { $0 != .greater }
        case .greater: return comparison(left, right, sides, span) { $0 == .greater }
        case .greaterEqual: return comparison(left, right, sides, span) { $0 != .less }
        case .isIn: return membership(left, right, sides.1, span)
        case .add, .subtract, .multiply, .divide, .remainder:
            return { (frame) throws(EvaluationError) in
                let first = try left(&frame)
                let second = try right(&frame)
                if binaryOperator == .add { try frame.make(addedSize(first, second)) }
                do throws(EvaluationError) {
                    return try arithmetic(binaryOperator, first, second)
                } catch {
                    throw error.placed(
                        at: span, [(sides.0, first), (sides.1, second)], hidden: frame.holdsSecret)
                }
            }
        }
    }

    /// Comparing reads the smaller side whole.
    private func equality(
        _ left: @escaping Evaluation, _ right: @escaping Evaluation,
        _ answer: @escaping @Sendable (Bool) -> Bool
    ) -> Evaluation {
        { (frame) throws(EvaluationError) in
            let (first, second) = (try left(&frame), try right(&frame))
            try frame.read(comparedSize(first, second))
            return .bool(answer(areEqual(first, second)))
        }
    }

    /// `&&` and `||` give the deciding value even when the other side fails, whichever side it is on.
    private func logical(
        _ left: @escaping Evaluation, _ right: @escaping Evaluation, decisive: Bool, _ span: Span
    ) -> Evaluation {
        { (frame) throws(EvaluationError) in
            var failure: EvaluationError?
            do throws(EvaluationError) {
                if case .bool(let bool) = try left(&frame) {
                    if bool == decisive { return .bool(decisive) }
                } else {
                    failure = EvaluationError(
                        .noSuchOverload, "`\(decisive ? "||" : "&&")` takes bools", at: span)
                }
            } catch {
                if error.isFinal { throw error }
                failure = error
            }
            guard case .bool(let bool) = try right(&frame) else {
                throw failure
                    ?? EvaluationError(.noSuchOverload, "`\(decisive ? "||" : "&&")` takes bools", at: span)
            }
            if bool == decisive { return .bool(decisive) }
            if let failure { throw failure }
            return .bool(bool)
        }
    }

    private func comparison(
        _ left: @escaping Evaluation, _ right: @escaping Evaluation, _ sides: (Span, Span), _ span: Span,
        _ holds: @escaping @Sendable (Order) -> Bool
    ) -> Evaluation {
        { (frame) throws(EvaluationError) in
            let first = try left(&frame)
            let second = try right(&frame)
            if let order = comparedByOperator(first, second) { return .bool(holds(order)) }
            if case .double = first, second.asDouble != nil { return .bool(false) }
            if case .double = second, first.asDouble != nil { return .bool(false) }
            throw EvaluationError(
                .noSuchOverload,
                "\(withArticle(first.kindName)) and \(withArticle(second.kindName)) have no order"
            )
            .placed(at: span, [(sides.0, first), (sides.1, second)], hidden: frame.holdsSecret)
        }
    }

    private func membership(
        _ left: @escaping Evaluation, _ right: @escaping Evaluation, _ list: Span, _ span: Span
    ) -> Evaluation {
        { (frame) throws(EvaluationError) in
            let item = try left(&frame)
            switch try right(&frame) {
            case .list(let list):
                for candidate in list {
                    try frame.read(comparedSize(item, candidate))
                    if areEqual(candidate, item) { return .bool(true) }
                }
                return .bool(false)
            case .map(let map): return .bool(map.value(for: item) != nil)
            case let other:
                throw EvaluationError(.noSuchOverload, "`in` \(withArticle(other.kindName))")
                    .placed(at: span, [(list, other)], hidden: frame.holdsSecret)
            }
        }
    }
}

/// About how many bytes a comparison reads.
func comparedSize(_ left: Value, _ right: Value) -> Int {
    switch (left, right) {
    case (.string(let a), .string(let b)): min(a.utf8.count, b.utf8.count)
    case (.list, .list), (.map, .map): right.size(atMost: left.size(atMost: Program.largest))
    case (.optional(let a?), .optional(let b?)): comparedSize(a, b)
    default: 0
    }
}

/// Bytes of a sum.
private func addedSize(_ left: Value, _ right: Value) -> Int {
    switch (left, right) {
    case (.string(let a), .string(let b)): a.utf8.count + b.utf8.count
    case (.list(let a), .list(let b)): (a.count + b.count) * 8
    case (.bytes(let a), .bytes(let b)): a.count + b.count
    default: 64
    }
}

/// A sum, a difference, a product, a quotient or a remainder, as `+ - * / %` give it.
func arithmetic(_ binaryOperator: BinaryOperator, _ left: Value, _ right: Value)
    throws(EvaluationError) -> Value
{
    switch (left, right) {
    case (.int(let a), .int(let b)): return .int(try whole(binaryOperator, a, b))
    case (.uint(let a), .uint(let b)): return .uint(try whole(binaryOperator, a, b))
    case (.double(let a), .double(let b)):
        switch binaryOperator {
        case .add: return .double(a + b)
        case .subtract: return .double(a - b)
        case .multiply: return .double(a * b)
        case .divide: return .double(a / b)
        default: break
        }
    default:
        if binaryOperator == .add, let sum = try addition(left, right) { return sum }
        if binaryOperator == .subtract, let difference = try subtraction(left, right) { return difference }
    }
    throw EvaluationError(
        .noSuchOverload,
        "`\(binaryOperator.rawValue)` of \(withArticle(left.kindName)) and \(withArticle(right.kindName))")
}

private func whole<Number: FixedWidthInteger>(
    _ binaryOperator: BinaryOperator, _ left: Number, _ right: Number
) throws(EvaluationError) -> Number {
    let result: (partialValue: Number, overflow: Bool)
    switch binaryOperator {
    case .add: result = left.addingReportingOverflow(right)
    case .subtract: result = left.subtractingReportingOverflow(right)
    case .multiply: result = left.multipliedReportingOverflow(by: right)
    case .divide:
        guard right != 0 else { throw EvaluationError(.divisionByZero, "") }
        result = left.dividedReportingOverflow(by: right)
    case .remainder:
        guard right != 0 else { throw EvaluationError(.divisionByZero, "") }
        result = left.remainderReportingOverflow(dividingBy: right)
    default: throw EvaluationError(.noSuchOverload, binaryOperator.rawValue)
    }
    guard !result.overflow else {
        throw EvaluationError(
            .overflow, "\(left) \(binaryOperator.rawValue) \(right) is too large for its type")
    }
    return result.partialValue
}

private func addition(_ left: Value, _ right: Value) throws(EvaluationError) -> Value? {
    switch (left, right) {
    case (.string(let a), .string(let b)): return .string(a + b)
    case (.bytes(let a), .bytes(let b)): return .bytes(a + b)
    case (.list(let a), .list(let b)): return .list(a + b)
    case (.duration(let a), .duration(let b)): return try inRange(sum(a, b, 1)).map(Value.duration)
    case (.timestamp(let time), .duration(let span)), (.duration(let span), .timestamp(let time)):
        return try inRange(moved(time, span, 1)).map(Value.timestamp)
    default: return nil
    }
}

private func subtraction(_ left: Value, _ right: Value) throws(EvaluationError) -> Value? {
    switch (left, right) {
    case (.duration(let a), .duration(let b)): return try inRange(sum(a, b, -1)).map(Value.duration)
    case (.timestamp(let time), .duration(let span)):
        return try inRange(moved(time, span, -1)).map(Value.timestamp)
    case (.timestamp(let a), .timestamp(let b)):
        return .duration(try difference(a, b))
    default: return nil
    }
}

/// CEL counts the nanoseconds between two instants in an int, which holds about 292 years.
private func difference(_ left: Timestamp, _ right: Timestamp) throws(EvaluationError) -> Duration {
    let (whole, tooManySeconds) = (left.seconds - right.seconds).multipliedReportingOverflow(
        by: 1_000_000_000)
    let (sum, isTooLong) = whole.addingReportingOverflow(left.nanoseconds - right.nanoseconds)
    guard !tooManySeconds, !isTooLong else {
        throw EvaluationError(.overflow, "two times are further apart than a duration reaches, out of range")
    }
    return Duration(nanoseconds: sum)
}

private func sum(_ left: Duration, _ right: Duration, _ sign: Int64) -> Duration? {
    Duration(
        seconds: left.seconds + sign * right.seconds, nanoseconds: left.nanoseconds + sign * right.nanoseconds
    )
}

private func moved(_ time: Timestamp, _ span: Duration, _ sign: Int64) -> Timestamp? {
    Timestamp(
        seconds: time.seconds + sign * span.seconds, nanoseconds: time.nanoseconds + sign * span.nanoseconds)
}

private func inRange<Time>(_ value: Time?) throws(EvaluationError) -> Time? {
    guard let value else { throw EvaluationError(.overflow, "a time out of range") }
    return value
}
