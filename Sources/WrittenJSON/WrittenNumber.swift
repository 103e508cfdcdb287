import Values

/// A number as people write it, where it can mean only one: `1,234.50`, `1 234`, `$12`, `1_000`, `1/5`, `−3`.
///
/// `1,5` may be a fraction or a slip, and `12%` twelve or a part of one: those are none.
struct WrittenNumber {
    /// Digits with a point and an exponent, as Swift reads them.
    private let decimal: String
    /// What the decimal is divided by, as in `1/5`.
    private let divisor: Double?

    init?(_ text: String) {
        // Nobody writes a longer number; the forms of a long text would be tried in vain.
        guard text.utf8.count < 1_000 else { return nil }
        var rest = trimmed(text).replacing("−", with: "-")[...]
        let parts = rest.split(separator: "/", omittingEmptySubsequences: false)
        if parts.count == 2, parts.allSatisfy(isWhole), let divisor = Double(parts[1]), divisor != 0 {
            decimal = String(parts[0])
            self.divisor = divisor
            return
        }
        divisor = nil
        var sign = ""
        if let first = rest.first, first == "-" || first == "+" {
            if first == "-" { sign = "-" }
            rest.removeFirst()
        }
        rest = withoutCurrency(rest)
        guard let first = rest.utf8.first, first.isDigit || first == UInt8(ascii: "."),
            let decimal = decimalOf(rest)
        else { return nil }
        self.decimal = sign + decimal
    }

    /// The whole number that it is; nil where it is none, or has more digits than can be kept.
    var int: Int64? {
        // `12/04` may be a date or a score.
        if divisor != nil { return nil }
        if let int = Int64(decimal) { return int }
        // From 2^53 on a double is not the number that was written.
        guard let double, double.magnitude < 9_007_199_254_740_992 else { return nil }
        return Int64(exactly: double)
    }

    var double: Double? {
        guard let value = Double(decimal), value.isFinite else { return nil }
        return value / (divisor ?? 1)
    }
}

extension WrittenNumber {
    /// What a number with one comma or point may mean, where it may mean two; nil where it means one or none.
    static func readings(of text: String) -> String? {
        let parts = trimmed(text).split(separator: ",", omittingEmptySubsequences: false)
        guard parts.count == 2, parts.allSatisfy(isWhole), WrittenNumber(text) == nil else { return nil }
        return "\(parts[0]).\(parts[1]) or \(parts[0]) and \(parts[1])"
    }
}

private func isWhole(_ text: Substring) -> Bool { !text.isEmpty && text.utf8.allSatisfy(\.isDigit) }

private func withoutCurrency(_ text: Substring) -> Substring {
    let signs = "$€£¥₹"
    var rest = text
    if let first = rest.first, signs.contains(first) {
        rest = rest.dropFirst()
    } else if let last = rest.last, signs.contains(last) {
        rest = rest.dropLast()
    }
    while rest.first == " " { rest = rest.dropFirst() }
    while rest.last == " " { rest = rest.dropLast() }
    return rest
}

/// The digits without what groups them, with a point for the fraction.
private func decimalOf(_ text: Substring) -> String? {
    if text.utf8.allSatisfy({ $0.isDigit || $0 == UInt8(ascii: ".") || "eE+-".utf8.contains($0) }),
        Double(text) != nil
    {
        return String(text)
    }
    for (group, point) in [
        (",", "."), (".", ","), (" ", "."), ("\u{A0}", "."), ("\u{202F}", "."), ("'", "."), (" ", ","),
        ("\u{A0}", ","), ("\u{202F}", ","),
    ] {
        let halves = text.split(separator: point, omittingEmptySubsequences: false)
        guard halves.count < 3, let whole = halves.first else { continue }
        let groups = whole.split(separator: group, omittingEmptySubsequences: false)
        guard groups.count > 1, groups.allSatisfy(isWhole), groups[0].count <= 3,
            groups.dropFirst().allSatisfy({ $0.count == 3 }), groups[0].first != "0"
        else { continue }
        // `1.234` alone is a fraction.
        if group == ".", halves.count == 1, groups.count == 2 { continue }
        guard halves.count == 1 || isWhole(halves[1]) else { continue }
        return groups.joined() + (halves.count == 2 ? "." + halves[1] : "")
    }
    let parts = text.split(separator: "_", omittingEmptySubsequences: false)
    return parts.count > 1 && parts.allSatisfy(isWhole) ? parts.joined() : nil
}
