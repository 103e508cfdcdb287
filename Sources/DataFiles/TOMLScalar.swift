import Programs
import Values

/// What a word of TOML means that stands in no quotes: a truth, a number, or a time.
enum TOMLScalar {
    static func value(of word: String, _ scanner: TOMLScanner) throws(ProgramError) -> Value {
        switch word {
        case "true": return .bool(true)
        case "false": return .bool(false)
        case "": throw scanner.wrong("a value is missing")
        default: break
        }
        if isTime(word) { return .string(word) }
        let bare = word.utf8.first == 0x2B || word.utf8.first == 0x2D ? word.dropFirst() : word[...]
        if bare == "inf" || bare == "nan" {
            throw scanner.wrong("`\(word)` is a number that no JSON can say")
        }
        for (prefix, base) in [("0x", 16), ("0o", 8), ("0b", 2)] where word.hasPrefix(prefix) {
            guard let digits = withoutUnderscores(word.dropFirst(2), base: base) else { break }
            guard let int = Int64(digits, radix: base) else { throw tooLarge(word, scanner) }
            return .int(int)
        }
        if let number = try number(bare, isNegative: word.hasPrefix("-"), word, scanner) { return number }
        throw scanner.wrong("`\(word.prefix(60))` is no value: a text stands in quotes")
    }

    /// - Parameter bare: without its sign.
    private static func number(
        _ bare: Substring, isNegative: Bool, _ word: String, _ scanner: TOMLScanner
    ) throws(ProgramError) -> Value? {
        var rest = bare
        func digits() -> Substring { rest.prefix { $0 == "_" || $0.isASCII && $0.isNumber } }
        guard let whole = withoutUnderscores(digits(), base: 10), whole == "0" || !whole.hasPrefix("0") else {
            return nil
        }
        rest = rest.dropFirst(digits().count)
        let sign = isNegative ? "-" : ""
        guard !rest.isEmpty else {
            guard let int = Int64(sign + whole) else { throw tooLarge(word, scanner) }
            return .int(int)
        }
        var text = sign + whole
        if rest.first == "." {
            rest = rest.dropFirst()
            guard let fraction = withoutUnderscores(digits(), base: 10) else { return nil }
            rest = rest.dropFirst(digits().count)
            text += "." + fraction
        }
        if rest.first == "e" || rest.first == "E" {
            rest = rest.dropFirst()
            text += "e"
            if let mark = rest.first, mark == "+" || mark == "-" {
                text.append(mark)
                rest = rest.dropFirst()
            }
            guard let exponent = withoutUnderscores(digits(), base: 10) else { return nil }
            rest = rest.dropFirst(digits().count)
            text += exponent
        }
        guard rest.isEmpty, let double = Double(text) else { return nil }
        guard double.isFinite else { throw tooLarge(word, scanner) }
        return .double(double)
    }

    private static func tooLarge(_ word: String, _ scanner: TOMLScanner) -> ProgramError {
        scanner.wrong("`\(word.prefix(60))` is a number larger than can be kept")
    }

    /// The digits without the `_` that may stand between two of them; nil for what is no number.
    private static func withoutUnderscores(_ text: Substring, base: Int) -> String? {
        var digits = ""
        var before: Character = "_"
        for letter in text {
            if letter == "_" {
                guard before != "_" else { return nil }
            } else {
                guard letter.isASCII, let value = letter.hexDigitValue, value < base else { return nil }
                digits.append(letter)
            }
            before = letter
        }
        return digits.isEmpty || before == "_" ? nil : digits
    }

    /// Whether a word has the form of a date, a time of day, or both: `1979-05-27T07:32:00Z`.
    private static func isTime(_ word: String) -> Bool {
        var rest = word[...]
        func take(_ pattern: String) -> Bool {
            guard rest.count >= pattern.count, zip(rest, pattern).allSatisfy({ fits($0, $1) }) else {
                return false
            }
            rest = rest.dropFirst(pattern.count)
            return true
        }
        let hasDate = take("0000-00-00")
        if hasDate {
            if rest.isEmpty { return isDay(word) }
            guard let parting = rest.first, "Tt ".contains(parting) else { return false }
            rest = rest.dropFirst()
        }
        let clock = rest
        guard take("00:00:00"), isClock(clock) else { return false }
        if rest.first == "." {
            let fraction = rest.dropFirst().prefix { $0.isASCII && $0.isNumber }
            guard !fraction.isEmpty else { return false }
            rest = rest.dropFirst(fraction.count + 1)
        }
        guard hasDate else { return rest.isEmpty }
        if rest.isEmpty { return isDay(word) }
        return isDay(word)
            && (rest == "Z" || rest == "z" || (take("+00:00") || take("-00:00")) && rest.isEmpty)
    }

    private static func fits(_ letter: Character, _ pattern: Character) -> Bool {
        pattern == "0" ? letter.isASCII && letter.isNumber : letter == pattern
    }

    private static func isDay(_ date: String) -> Bool {
        let parts = date.prefix(10).split(separator: "-").compactMap { Int($0) }
        guard parts.count == 3, (1...12).contains(parts[1]) else { return false }
        let isLeap = parts[0] % 4 == 0 && (parts[0] % 100 != 0 || parts[0] % 400 == 0)
        let days = [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
        return (1...days[parts[1] - 1]).contains(parts[2])
    }

    private static func isClock(_ clock: Substring) -> Bool {
        let parts = clock.prefix(8).split(separator: ":").compactMap { Int($0) }
        return parts.count == 3 && parts[0] < 24 && parts[1] < 60 && parts[2] <= 60
    }
}
