package import AutoSyntax
import CEL
package import Values

// Values that stand in a file as they are, without being computed.

/// The value of a literal; nil for anything else.
package func literalValue(_ value: FieldValue) -> Value? {
    guard case .expression(let expression) = value, case .literal(let literal) = expression.kind else {
        return nil
    }
    return literal
}

/// A whole number that is written out.
package func wholeNumber(_ value: FieldValue) -> Int? {
    if case .int(let int) = literalValue(value) { Int(int) } else { nil }
}

/// The product of two numbers, the largest one where it would overflow: an author may write any number.
package func product(_ a: Int, _ b: Int) -> Int {
    let (value, overflows) = a.multipliedReportingOverflow(by: b)
    return overflows ? Int.max : value
}

/// A number that is written out.
package func number(_ value: FieldValue) -> Double? { literalValue(value)?.asDouble }

/// A duration that is written out, in nanoseconds; nil also for one that no clock can count.
package func nanoseconds(_ value: FieldValue) -> Int64? {
    guard case .duration(let duration) = literalValue(value), duration.seconds < 9_000_000_000 else {
        return nil
    }
    return duration.seconds * 1_000_000_000 + duration.nanoseconds
}

/// The texts of a list that is written out; nil when an element is anything else.
package func literalTexts(_ value: FieldValue?) -> [String]? {
    guard case .expression(let expression) = value, case .list(let elements) = expression.kind else {
        return nil
    }
    var texts: [String] = []
    for element in elements {
        guard case .literal(.string(let text)) = element.value.kind else { return nil }
        texts.append(text)
    }
    return texts
}
