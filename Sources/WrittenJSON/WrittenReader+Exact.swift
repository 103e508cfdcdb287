import Values

// Values that are known to be JSON to the letter: nothing in them is mended, and a quote ends a text.

extension WrittenReader {
    /// The value that begins here; nil where it takes too much memory or time.
    mutating func exactValue() -> WrittenValue? {
        guard beginsValue() else { return nil }
        skipExactBlanks()
        guard let byte = current else { return nil }
        switch byte {
        case .openBrace: return exactRecord()
        case .openBracket: return exactList()
        case .quote: return exactText().map { WrittenValue(.text($0)) }
        default: return number()
        }
    }

    private mutating func skipExactBlanks() {
        while index < end, bytes[index] <= 0x20 { index += 1 }
    }

    /// Goes over a byte, and the blanks before it.
    private mutating func takesExact(_ byte: UInt8) -> Bool {
        skipExactBlanks()
        guard index < end, bytes[index] == byte else { return false }
        index += 1
        return true
    }

    private mutating func exactList() -> WrittenValue? {
        index += 1
        guard pays(for: ValueBudget.list) else { return nil }
        if takesExact(.closeBracket) { return WrittenValue(.list([])) }
        guard let first = exactValue() else { return nil }
        var items = [first]
        while takesExact(.comma) {
            guard let item = exactValue() else { return nil }
            items.append(item)
        }
        index += 1
        return WrittenValue(.list(items))
    }

    private mutating func exactRecord() -> WrittenValue? {
        index += 1
        guard pays(for: ValueBudget.record) else { return nil }
        if takesExact(.closeBrace) { return WrittenValue(.record([])) }
        var fields: [(name: String, value: WrittenValue)] = []
        repeat {
            skipExactBlanks()
            guard pays(for: ValueBudget.field), let name = exactText(), takesExact(.colon),
                let value = exactValue()
            else { return nil }
            fields.append((name, value))
        } while takesExact(.comma)
        index += 1
        return WrittenValue(.record(fields))
    }

    private mutating func exactText() -> String? {
        let start = index + 1
        index = start
        while index < end, bytes[index] != .quote { index += bytes[index] == .backslash ? 2 : 1 }
        guard pays(for: ValueBudget.text(index - start)) else { return nil }
        let text = unescaped(start..<index)
        index += 1
        return text
    }
}
