import Computing
import Values

/// Reads one value that is JSON to the letter, and keeps its numbers as they are written.
///
/// What is JSON means what it says, whatever its texts hold, so it is read before anything is mended.
struct ExactReader {
    let bytes: [UInt8]
    let end: Int
    let limit: TimeLimit
    var index: Int
    var budget: ValueBudget
    private(set) var isTooLarge = false
    private var values = 0

    init(_ bytes: [UInt8], _ range: Range<Int>, _ limit: TimeLimit, _ budget: ValueBudget) {
        self.bytes = bytes
        self.limit = limit
        self.budget = budget
        index = range.lowerBound
        end = range.upperBound
    }

    /// - Returns: nil where no JSON begins here, with `index` at what is wrong.
    mutating func value(depth: Int = 0) -> WrittenValue? {
        values += 1
        guard depth < WrittenReader.mostOpen, pays(for: ValueBudget.value),
            values & 0xFFF != 0 || !limit.isOver
        else { return nil }
        skipBlanks()
        guard index < end else { return nil }
        switch bytes[index] {
        case .openBrace: return record(depth)
        case .openBracket: return list(depth)
        case .quote: return text().map { WrittenValue(.text($0)) }
        default: return word()
        }
    }

    private mutating func pays(for cost: Int) -> Bool {
        if !budget.pays(for: cost) { isTooLarge = true }
        return !isTooLarge
    }

    private mutating func skipBlanks() {
        while index < end,
            bytes[index] == 0x20 || bytes[index] == 0x0A || bytes[index] == 0x0D || bytes[index] == 0x09
        {
            index += 1
        }
    }

    private mutating func take(_ byte: UInt8) -> Bool {
        skipBlanks()
        guard index < end, bytes[index] == byte else { return false }
        index += 1
        return true
    }

    private mutating func record(_ depth: Int) -> WrittenValue? {
        index += 1
        guard pays(for: ValueBudget.record) else { return nil }
        var fields: [(name: String, value: WrittenValue)] = []
        if take(.closeBrace) { return WrittenValue(.record(fields)) }
        repeat {
            skipBlanks()
            guard pays(for: ValueBudget.field), index < end, bytes[index] == .quote, let name = text(),
                take(.colon),
                let value = value(depth: depth + 1)
            else { return nil }
            fields.append((name, value))
        } while take(.comma)
        return take(.closeBrace) ? WrittenValue(.record(fields)) : nil
    }

    private mutating func list(_ depth: Int) -> WrittenValue? {
        index += 1
        guard pays(for: ValueBudget.list) else { return nil }
        var items: [WrittenValue] = []
        if take(.closeBracket) { return WrittenValue(.list(items)) }
        repeat {
            guard let item = value(depth: depth + 1) else { return nil }
            items.append(item)
        } while take(.comma)
        return take(.closeBracket) ? WrittenValue(.list(items)) : nil
    }

    private mutating func text() -> String? {
        let start = index + 1
        var place = start
        var isEscaped = false
        while place < end, bytes[place] != .quote {
            if bytes[place] < 0x20 { return nil }
            if bytes[place] == .backslash {
                isEscaped = true
                place += 1
            }
            place += 1
        }
        guard place < end, pays(for: ValueBudget.text(place - start)) else { return nil }
        index = place + 1
        guard isEscaped else { return String(decoding: bytes[start..<place], as: UTF8.self) }
        return unescapedExactly(bytes, start..<place)
    }

    private mutating func word() -> WrittenValue? {
        let start = index
        while index < end, bytes[index].isLetter || bytes[index].isDigit || "+-.".utf8.contains(bytes[index])
        { index += 1 }
        guard index > start else { return nil }
        let word = String(decoding: bytes[start..<index], as: UTF8.self)
        guard word == "true" || word == "false" || word == "null" || isNumber(start..<index) else {
            index = start
            return nil
        }
        return WrittenValue(.bare(word))
    }

    /// Whether a range holds a number of JSON.
    private func isNumber(_ range: Range<Int>) -> Bool {
        var rest = bytes[range]
        func digits() -> Int { rest.prefix(while: \.isDigit).count }
        if rest.first == UInt8(ascii: "-") { rest.removeFirst() }
        var count = digits()
        guard count > 0, count == 1 || rest.first != 0x30 else { return false }
        rest = rest.dropFirst(count)
        if rest.first == .point {
            rest.removeFirst()
            count = digits()
            guard count > 0 else { return false }
            rest = rest.dropFirst(count)
        }
        if let byte = rest.first, byte | 0x20 == UInt8(ascii: "e") {
            rest.removeFirst()
            if let sign = rest.first, sign == .plus || sign == UInt8(ascii: "-") { rest.removeFirst() }
            count = digits()
            guard count > 0 else { return false }
            rest = rest.dropFirst(count)
        }
        return rest.isEmpty
    }
}

/// The text whose bytes stand in a range with JSON's escapes; nil where an escape is none of JSON's, or a word
/// behind `\f` or `\b` shows that a command of TeX was meant.
private func unescapedExactly(_ bytes: [UInt8], _ range: Range<Int>) -> String? {
    var output: [UInt8] = []
    output.reserveCapacity(range.count)
    var place = range.lowerBound
    while place < range.upperBound {
        guard bytes[place] == .backslash else {
            output.append(bytes[place])
            place += 1
            continue
        }
        guard let next = Escape.append(bytes, place + 1, range.upperBound, .exact, to: &output) else {
            return nil
        }
        place = next
    }
    return String(decoding: output, as: UTF8.self)
}
