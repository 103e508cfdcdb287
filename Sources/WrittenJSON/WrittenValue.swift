package import Values

/// A JSON value as somebody wrote it in a text: what a type says decides later what it means, so that `1.10`
/// can still be a text, and a field that stands there twice is seen.
package struct WrittenValue: Sendable {
    /// What was written.
    package enum Content: Sendable {
        /// A text in quotes, without them.
        case text(String)
        /// A whole number that is written as JSON writes it.
        case int(Int64)
        /// Another number, a word or several, without quotes.
        case bare(String)
        case list([WrittenValue])
        case record([(name: String, value: WrittenValue)])
    }

    /// What was written.
    package let content: Content
    /// Whether its end is missing, or its writer left something out by an ellipsis.
    package let isCut: Bool

    /// - Parameter isCut: whether its end is missing, or something was left out by an ellipsis.
    package init(_ content: Content, isCut: Bool = false) {
        self.content = content
        self.isCut = isCut
    }
}

extension WrittenValue {
    /// Whether it or anything in it is cut.
    package var holdsCut: Bool {
        if isCut { return true }
        switch content {
        case .text, .int, .bare: return false
        case .list(let items): return items.contains { $0.holdsCut }
        case .record(let fields): return fields.contains { $0.value.holdsCut }
        }
    }

    /// The value that it is without a type: words of JSON, Python and JavaScript mean what they mean there, any
    /// other words are a text.
    package var plain: Value {
        switch content {
        case .text(let text): return .string(text)
        case .int(let int): return .int(int)
        case .bare(let word): return meaning(ofWord: word) ?? .string(word)
        case .list(let items): return .list(items.map { $0.plain })
        case .record(let fields):
            var map = MapValue()
            for field in fields { map[field.name] = field.value.plain }
            return .map(map)
        }
    }

    /// The same, in one go with the looks for what is cut and for numbers that are too long.
    ///
    /// - Returns: nil where a number is too long, or something is cut and that is refused.
    func plainWhole(cut: CutValues) -> Value? {
        if isCut, cut == .refused { return nil }
        switch content {
        case .text(let text): return .string(text)
        case .int(let int): return .int(int)
        case .bare(let word): return isTooLong(word) ? nil : meaning(ofWord: word) ?? .string(word)
        case .list(let items):
            if items.count == 1 { return items[0].plainWhole(cut: cut).map { .list([$0]) } }
            var values: [Value] = []
            values.reserveCapacity(items.count)
            for item in items {
                guard let value = item.plainWhole(cut: cut) else { return nil }
                values.append(value)
            }
            return .list(values)
        case .record(let fields):
            var map = MapValue()
            for field in fields {
                guard let value = field.value.plainWhole(cut: cut) else { return nil }
                map[field.name] = value
            }
            return .map(map)
        }
    }

    /// The first number in it that a value without a type cannot hold with all its digits; nil where it holds them.
    package var numberTooLong: String? {
        switch content {
        case .text, .int: return nil
        case .bare(let word): return isTooLong(word) ? word : nil
        case .list(let items):
            for item in items { if let number = item.numberTooLong { return number } }
        case .record(let fields):
            for field in fields { if let number = field.value.numberTooLong { return number } }
        }
        return nil
    }

    /// Whether it is a list with words in it that are no JSON, as `[note]` in a sentence is.
    package var isListOfWords: Bool {
        guard case .list(let items) = content, !items.contains(where: \.isContainerOrText) else {
            return false
        }
        return items.contains(where: \.isWords)
    }

    /// Whether it is a list of nothing but words without quotes that mean nothing in JSON.
    var isWordsOnly: Bool {
        guard case .list(let items) = content, !items.isEmpty else { return false }
        return items.allSatisfy(\.isWords)
    }

    private var isContainerOrText: Bool {
        switch content {
        case .text, .list, .record: true
        case .int, .bare: false
        }
    }

    /// Whether it is a number or a word that means something in JSON, without quotes.
    var isNumber: Bool {
        switch content {
        case .int: true
        case .bare(let word): meaning(ofWord: word) != nil
        case .text, .list, .record: false
        }
    }

    /// Whether it is words without quotes that mean nothing in JSON.
    var isWords: Bool {
        if case .bare(let word) = content { return meaning(ofWord: word) == nil }
        return false
    }

    /// Whether it says that there is nothing.
    package var isNull: Bool {
        // Numbers are most of what has no quotes, and none of them needs to be read for this.
        guard case .bare(let word) = content, let first = word.utf8.first, first >= 0x3A else { return false }
        return meaning(ofWord: word)?.isNull == true
    }

    /// The text that it is, where it can be a field's name.
    var asName: String? {
        switch content {
        case .text(let text), .bare(let text): text
        case .int(let int): String(int)
        case .list, .record: nil
        }
    }
}

extension WrittenValue {
    var isList: Bool {
        if case .list = content { return true }
        return false
    }

    var isContainer: Bool {
        switch content {
        case .list, .record: true
        case .text, .int, .bare: false
        }
    }

    var isEmpty: Bool {
        switch content {
        case .list(let items): items.isEmpty
        case .record(let fields): fields.isEmpty
        case .text, .int, .bare: false
        }
    }
}

/// What a word without quotes is in JSON, Python or JavaScript; nil for any other, which is a text.
func meaning(ofWord word: String) -> Value? {
    guard let first = word.utf8.first else { return nil }
    if let int = plainInt(word) { return .int(int) }
    // Numbers are looked at once and not compared with each word.
    if first < 0x3A { return number(word) }
    guard word.utf8.count > 2, word.utf8.count < 10, "tTfFnNu".utf8.contains(first) else { return nil }
    switch word {
    case "true", "True", "TRUE": return .bool(true)
    case "false", "False", "FALSE": return .bool(false)
    case "null", "Null", "NULL", "None", "nil", "undefined", "NaN": return .null
    default: return nil
    }
}

/// The whole number that a word is to the letter, as most numbers are; nil for others and for long ones.
func plainInt(_ word: String) -> Int64? { plainInt(word.utf8) }

/// The same of a word's letters.
func plainInt(_ letters: some Collection<UInt8>) -> Int64? {
    guard letters.count < 19, let first = letters.first, first != 0x30 || letters.count == 1 else {
        return nil
    }
    var int: Int64 = 0
    for letter in letters {
        guard letter.isDigit else { return nil }
        int = int * 10 + Int64(letter - 0x30)
    }
    return int
}

/// The number that a word is as JSON writes it, its sign, point and exponent included; nil for any other.
func plainDouble(_ word: String) -> Double? {
    if let int = plainInt(word) { return Double(int) }
    let letters = word.utf8
    guard letters.count < 64, let last = letters.last, last.isDigit,
        letters.allSatisfy({ $0.isDigit || "-.eE+".utf8.contains($0) })
    else { return nil }
    let digits = letters.first == UInt8(ascii: "-") ? letters.dropFirst() : letters[...]
    guard let first = digits.first, first.isDigit else { return nil }
    if first == 0x30, digits.dropFirst().first?.isDigit == true { return nil }
    guard let double = Double(word), double.isFinite else { return nil }
    return double
}

/// The number that a word is. One that begins with a zero is somebody's number of something, and its zero belongs to
/// it: no number here.
private func number(_ word: String) -> Value? {
    let letters = word.utf8
    guard letters.count < 1_000, let start = letters.first, start < 0x3A, start > 0x2A else { return nil }
    var digits = Array(letters)
    if digits.first == UInt8(ascii: "+") { digits.removeFirst() }
    let isNegative = digits.first == UInt8(ascii: "-")
    let first = digits.dropFirst(isNegative ? 1 : 0)
    guard let head = first.first, head.isDigit || head == .point && first.count > 1 else { return nil }
    if head == 0x30, first.dropFirst().first?.isDigit == true { return nil }
    if first.contains(UInt8(ascii: "_")) {
        // `1_000`, as many languages write it.
        let parts = first.split(separator: UInt8(ascii: "_"), omittingEmptySubsequences: false)
        guard parts.allSatisfy({ !$0.isEmpty && $0.allSatisfy(\.isDigit) }) else { return nil }
        digits.removeAll { $0 == UInt8(ascii: "_") }
    }
    let text = String(decoding: digits, as: UTF8.self)
    if let int = Int64(text) { return .int(int) }
    guard digits.allSatisfy({ $0.isDigit || "+-.eE".utf8.contains($0) }) else { return nil }
    guard let double = Double(text) ?? Double(withoutCutEnd(text)), double.isFinite else { return nil }
    return .double(double)
}

/// A number whose fraction or exponent was cut off before its digits: `2.`, `2e+`.
private func withoutCutEnd(_ text: String) -> String {
    var rest = text[...]
    while let last = rest.last, "+-.eE".contains(last) { rest.removeLast() }
    return String(rest)
}

/// Whether a word is a whole number that neither an int nor a double holds, or one beyond every double.
private func isTooLong(_ word: String) -> Bool {
    guard word.utf8.count > 4 else { return false }
    if word.hasSuffix("Infinity") { return word.utf8.count < 10 }
    let digits = word.utf8.drop { $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: "+") }
    guard digits.first?.isDigit == true, digits.first != 0x30, let double = Double(word) else { return false }
    if double.isInfinite { return true }
    guard digits.count > 15, Int64(word) == nil, digits.allSatisfy(\.isDigit) else { return false }
    return exactDigits(double.magnitude) != String(decoding: Array(digits), as: UTF8.self)
}

/// All digits of a whole number.
private func exactDigits(_ double: Double) -> String? {
    guard double < 1.7e38 else { return nil }
    return String(UInt128(double))
}
