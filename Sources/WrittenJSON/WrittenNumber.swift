import Values

/// A number as people write it, where it can mean only one: `1,234.50`, `1 234`, `$12`, `1_000`, `1/5`, `−3`,
/// `12.5 kg`, `EUR 10,50`.
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
        if let grouped = groupedOf(text.utf8) {
            (decimal, divisor) = (grouped, nil)
            return
        }
        var rest = trimmed(text)[...]
        // Replacing and splitting take long, and most numbers are of ASCII's signs.
        if rest.utf8.contains(where: { $0 >= 0x80 }) {
            rest = rest.replacing("−", with: "-").replacing("’", with: "'")[...]
        }
        if rest.utf8.contains(.slash) {
            let parts = rest.split(separator: "/", omittingEmptySubsequences: false)
            if parts.count == 2, parts.allSatisfy(isWhole), let divisor = Double(parts[1]), divisor != 0 {
                decimal = String(parts[0])
                self.divisor = divisor
                return
            }
        }
        divisor = nil
        var sign = ""
        if let first = rest.first, first == "-" || first == "+" {
            if first == "-" { sign = "-" }
            rest.removeFirst()
        }
        if let number = hexadecimal(rest) {
            decimal = sign + String(number)
            return
        }
        let amount = withoutCurrency(rest)
        let isPrice = amount != rest
        rest = isPrice ? amount : withoutUnit(rest)
        guard let first = rest.utf8.first, first.isDigit || first == UInt8(ascii: "."),
            let decimal = isPrice ? priceOf(rest) ?? decimalOf(rest) : decimalOf(rest)
        else { return nil }
        self.decimal = sign + decimal
    }

    /// The whole number that it is; nil where it is none, or has more digits than can be kept.
    var int: Int64? {
        // `12/04` may be a date or a score, and `1.000` one or a thousand.
        if divisor != nil || isGroupOrFraction(decimal[...]) { return nil }
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
        if let number = WrittenNumber(text), number.divisor == nil, isGroupOrFraction(number.decimal[...]) {
            let whole = number.decimal.hasSuffix(".000") ? String(number.decimal.dropLast(4)) : number.decimal
            return "\(whole) or \(number.decimal.replacing(".", with: ""))"
        }
        // Longer ones are no numbers, and a long text takes long to split.
        guard text.utf8.count < 1_000 else { return nil }
        let parts = trimmed(text).split(separator: ",", omittingEmptySubsequences: false)
        guard parts.count == 2, parts.allSatisfy(isWhole), WrittenNumber(text) == nil else { return nil }
        return "\(parts[0]).\(parts[1]) or \(parts[0]) and \(parts[1])"
    }
}

/// Whether three digits stand behind the only point of a number, which in some languages groups them: `1.000`.
private func isGroupOrFraction(_ decimal: Substring) -> Bool {
    let parts = (decimal.first == "-" ? decimal.dropFirst() : decimal)
        .split(separator: ".", omittingEmptySubsequences: false)
    return parts.count == 2 && parts.allSatisfy(isWhole) && parts[1].count == 3
        && parts[0].count < 4 && parts[0].first != "0"
}

/// The number of `0xFF`.
private func hexadecimal(_ text: Substring) -> UInt64? {
    guard text.hasPrefix("0x") || text.hasPrefix("0X"), text.utf8.count < 18 else { return nil }
    let digits = text.dropFirst(2)
    return digits.utf8.allSatisfy { hexValue($0) != nil } ? UInt64(digits, radix: 16) : nil
}

private func isWhole(_ text: Substring) -> Bool { !text.isEmpty && text.utf8.allSatisfy(\.isDigit) }

/// An amount of money without the sign or the name of its currency before or behind it.
private func withoutCurrency(_ text: Substring) -> Substring {
    guard text.utf8.first?.isDigit == false || text.utf8.last?.isDigit == false else { return text }
    for name in currencies {
        if text.hasPrefix(name) { return withoutBlanks(text.dropFirst(name.count)) }
        if text.hasSuffix(name) { return withoutBlanks(text.dropLast(name.count)) }
    }
    return text
}

private let currencies = [
    "US$", "A$", "C$", "R$", "$", "€", "£", "¥", "₹", "₽", "₩", "zł", "USD", "EUR", "GBP", "JPY", "CHF",
    "CAD",
    "AUD", "CNY", "INR", "BRL", "SEK", "NOK", "DKK", "PLN", "CZK", "MXN", "dollars", "euros", "euro", "Euro",
]

private func withoutBlanks(_ text: Substring) -> Substring {
    var rest = text
    while let first = rest.first, first.isWhitespace { rest = rest.dropFirst() }
    while let last = rest.last, last.isWhitespace { rest = rest.dropLast() }
    return rest
}

/// Whole units and cents behind a comma: `10,50`, which no currency groups in that way.
private func priceOf(_ text: Substring) -> String? {
    let parts = text.split(separator: ",", omittingEmptySubsequences: false)
    guard parts.count == 2, parts.allSatisfy(isWhole), parts[1].count == 2 else { return nil }
    return "\(parts[0]).\(parts[1])"
}

/// A number without the unit in which something is measured or counted: `12.5 kg`. Words that would make another number
/// of it (`5 million`, `5m`, `12%`) are none of these, and one letter may be more than a unit where it has no blank
/// before it.
private func withoutUnit(_ text: Substring) -> Substring {
    guard let last = text.lastIndex(where: { $0.isASCII && $0.isNumber }) else { return text }
    let behind = text[text.index(after: last)...]
    let unit = withoutBlanks(behind)
    guard !unit.isEmpty, unit.count > 1 || unit != behind, units.contains(String(unit)) else { return text }
    return text[...last]
}

private let units: Set<String> = [
    "mm", "cm", "km", "metres", "meters", "miles", "feet", "inches", "g", "kg", "mg", "lb", "lbs", "pounds",
    "oz",
    "ml", "l", "litres", "liters", "s", "sec", "ms", "h", "hrs", "min", "mins", "second", "seconds", "minute",
    "minutes", "hour", "hours", "day", "days", "week", "weeks", "month", "months", "year", "years", "yrs",
    "years old", "°", "°C", "°F", "km/h", "mph", "kWh", "W", "kW", "V", "Hz", "px", "pt", "bytes", "KB", "kB",
    "MB", "GB", "TB", "pcs", "pieces", "items", "units", "people", "persons", "users", "points", "pts",
    "stars",
    "times", "words", "tokens", "characters", "lines", "pages", "rows", "votes", "cm²", "m²", "km²", "m³",
]

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
        guard groups.count > 1, groups.allSatisfy(isWhole), groups[0].first != "0",
            isGrouped(groups) || group == "," && isGroupedByHundreds(groups)
        else { continue }
        // `1.234` alone is a fraction.
        if group == ".", halves.count == 1, groups.count == 2 { continue }
        guard halves.count == 1 || isWhole(halves[1]) else { continue }
        return groups.joined() + (halves.count == 2 ? "." + halves[1] : "")
    }
    let parts = text.split(separator: "_", omittingEmptySubsequences: false)
    return parts.count > 1 && parts.allSatisfy(isWhole) ? parts.joined() : nil
}

/// The digits of a number whose thousands are parted by commas, `-1,234.5`, as most of those that are no JSON are: told by
/// their bytes, which takes no time.
private func groupedOf(_ letters: String.UTF8View) -> String? {
    var digits: [UInt8] = []
    var (inGroup, groups) = (0, 0)
    var hasPoint = false
    for letter in letters {
        switch letter {
        case UInt8(ascii: "-") where digits.isEmpty: digits.append(letter)
        case _ where letter.isDigit:
            if inGroup == 0, groups == 0, letter == 0x30 { return nil }
            digits.append(letter)
            inGroup += 1
        case .comma where !hasPoint && (groups == 0 ? 1...3 : 3...3).contains(inGroup):
            (inGroup, groups) = (0, groups + 1)
        case .point where !hasPoint && groups > 0 && inGroup == 3:
            hasPoint = true
            inGroup = 0
            digits.append(letter)
        default: return nil
        }
    }
    guard groups > 0, hasPoint ? inGroup > 0 : inGroup == 3 else { return nil }
    return String(decoding: digits, as: UTF8.self)
}

/// `1,234,567`
private func isGrouped(_ groups: [Substring]) -> Bool {
    groups[0].count <= 3 && groups.dropFirst().allSatisfy { $0.count == 3 }
}

/// `12,34,567`, as in India.
private func isGroupedByHundreds(_ groups: [Substring]) -> Bool {
    groups.count > 2 && groups[0].count <= 2 && groups.last?.count == 3
        && groups.dropFirst().dropLast().allSatisfy { $0.count == 2 }
}
