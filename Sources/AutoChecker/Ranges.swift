import CEL
import Values

/// The numbers that conditions on one value let through, as ranges that do not touch.
struct Ranges {
    struct Range: Hashable {
        /// A bound and whether the number itself belongs to it; infinite ones belong.
        var low: Double
        var includesLow: Bool
        var high: Double
        var includesHigh: Bool

        static let all = Range(
            low: -.infinity, includesLow: true, high: .infinity, includesHigh: true)

        var isEmpty: Bool { low > high || (low == high && !(includesLow && includesHigh)) }

        func intersection(_ other: Range) -> Range {
            var result = self
            if other.low > low || (other.low == low && !other.includesLow) {
                (result.low, result.includesLow) = (other.low, other.includesLow)
            }
            if other.high < high || (other.high == high && !other.includesHigh) {
                (result.high, result.includesHigh) = (other.high, other.includesHigh)
            }
            return result
        }

        func contains(_ other: Range) -> Bool { other.isEmpty || intersection(other) == other }

        /// Whether the two leave no number between them.
        func touches(_ other: Range) -> Bool {
            let (first, second) = low <= other.low ? (self, other) : (other, self)
            return first.high > second.low
                || (first.high == second.low && (first.includesHigh || second.includesLow))
        }
    }

    private var covered: [Range] = []

    /// - Parameter subject: what is compared, as `Expression.shape` has it; a size is never below 0.
    init(of subject: String) {
        if subject.hasSuffix(".size()") {
            covered = [Range(low: -.infinity, includesLow: true, high: -0.5, includesHigh: true)]
        }
    }

    var coversAll: Bool { covered.contains(.all) }

    func contains(_ range: Range) -> Bool { covered.contains { $0.contains(range) } }

    /// Whether one more leaves nothing out.
    func areAll(with range: Range) -> Bool {
        var more = self
        more.add(range)
        return more.coversAll
    }

    mutating func add(_ range: Range) {
        guard !range.isEmpty else { return }
        var merged = range
        // Joining one may make it touch another.
        while let place = covered.firstIndex(where: { $0.touches(merged) }) {
            let other = covered.remove(at: place)
            if other.low < merged.low || (other.low == merged.low && other.includesLow) {
                (merged.low, merged.includesLow) = (other.low, other.includesLow)
            }
            if other.high > merged.high || (other.high == merged.high && other.includesHigh) {
                (merged.high, merged.includesHigh) = (other.high, other.includesHigh)
            }
        }
        covered.append(merged)
    }

    /// What a condition says of one value: `x > 1`, `2 >= x`, `x == 3`, and several of them joined by `&&`; nil for others.
    ///
    /// Whole numbers are laid out with a half on either side, so that 2 and 3 touch.
    static func of(_ condition: Expression, isWhole: (Expression) -> Bool) -> (subject: String, range: Range)?
    {
        guard case .binary(let sign, let left, let right) = condition.kind else { return nil }
        if sign == .and {
            guard let first = of(left, isWhole: isWhole), let second = of(right, isWhole: isWhole),
                first.subject == second.subject
            else { return nil }
            return (first.subject, first.range.intersection(second.range))
        }
        if case .literal(let value) = right.kind, let number = value.asDouble {
            return range(sign, number, isWhole(left) ? 0.5 : 0).map { (left.shape, $0) }
        }
        if case .literal(let value) = left.kind, let number = value.asDouble {
            return mirrored(sign).flatMap { range($0, number, isWhole(right) ? 0.5 : 0) }.map {
                (right.shape, $0)
            }
        }
        return nil
    }

    private static func range(_ sign: BinaryOperator, _ number: Double, _ half: Double) -> Range? {
        var range = Range.all
        let isWhole = half > 0
        switch sign {
        case .less: (range.high, range.includesHigh) = (number - half, isWhole)
        case .lessEqual: (range.high, range.includesHigh) = (number + half, true)
        case .greater: (range.low, range.includesLow) = (number + half, isWhole)
        case .greaterEqual: (range.low, range.includesLow) = (number - half, true)
        case .equal:
            range = Range(low: number - half, includesLow: true, high: number + half, includesHigh: true)
        case .or, .and, .notEqual, .isIn, .add, .subtract, .multiply, .divide, .remainder: return nil
        }
        return range
    }

    private static func mirrored(_ sign: BinaryOperator) -> BinaryOperator? {
        switch sign {
        case .less: .greater
        case .lessEqual: .greaterEqual
        case .greater: .less
        case .greaterEqual: .lessEqual
        case .equal: .equal
        case .or, .and, .notEqual, .isIn, .add, .subtract, .multiply, .divide, .remainder: nil
        }
    }
}
