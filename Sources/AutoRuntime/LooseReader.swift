import Computing
import Values

/// Reads one JSON value, mended where people and models write it loosely: comments, trailing and missing
/// commas, single and curly quotes, bare keys and words, Python's words, missing ends.
struct LooseReader {
    /// What a quote within a text means.
    enum Quoting {
        /// It ends the text, as in JSON.
        case literal
        /// It ends the text only where what follows can stand behind one.
        case mended
    }

    /// Where a value stands.
    enum Place {
        case key
        case field
        case item
    }

    let bytes: [UInt8]
    /// Nothing is read from here on.
    let end: Int
    let quoting: Quoting
    /// When it is over, nothing more is read.
    let limit: TimeLimit
    var index: Int
    var budget: ValueBudget
    /// Whether the budget did not suffice; then nothing more is read.
    private(set) var isTooLarge = false
    /// Whether a field, or an item with a comma behind it, has been read: then what stands there is meant as
    /// JSON, even where it cannot be read.
    private(set) var isMeant = false
    private var values = 0

    init(
        _ bytes: [UInt8], _ range: Range<Int>, _ quoting: Quoting, _ limit: TimeLimit, _ budget: ValueBudget
    ) {
        self.bytes = bytes
        self.quoting = quoting
        self.limit = limit
        self.budget = budget
        index = range.lowerBound
        end = range.upperBound
    }

    private var current: UInt8? { index < end ? bytes[index] : nil }

    /// The value that begins here; nil where none can be read, with `index` at what is wrong.
    mutating func value(depth: Int, _ place: Place) -> WrittenValue? {
        values += 1
        guard depth < 200, pays(for: ValueBudget.value), values & 0xFFF != 0 || !limit.isOver else {
            return nil
        }
        skipBlanks()
        guard let byte = current else { return nil }
        switch byte {
        case UInt8(ascii: "{"): return record(depth)
        case UInt8(ascii: "["): return list(depth)
        case UInt8(ascii: "\""), UInt8(ascii: "'"), UInt8(ascii: "`"): return text(byte, place)
        default: return curlyText() ?? words(place)
        }
    }

    private mutating func record(_ depth: Int) -> WrittenValue? {
        index += 1
        guard pays(for: ValueBudget.record) else { return nil }
        var fields: [(name: String, value: WrittenValue)] = []
        var leavesOut = false
        while true {
            skipBlanks()
            guard let byte = current else {
                return fields.isEmpty ? nil : WrittenValue(.record(fields), isCut: true)
            }
            if closes(byte, UInt8(ascii: "}"), depth) {
                return WrittenValue(.record(fields), isCut: leavesOut)
            }
            if byte == UInt8(ascii: ",") {
                index += 1
            } else if skipEllipsis() {
                leavesOut = true
            } else {
                guard pays(for: ValueBudget.field) else { return nil }
                guard let name = key() else { return cutRecord(fields) }
                skipBlanks()
                guard current == UInt8(ascii: ":") || current == UInt8(ascii: "=") else {
                    return cutRecord(fields)
                }
                index += 1
                if current == UInt8(ascii: ">") { index += 1 }
                guard let inner = value(depth: depth + 1, .field) else {
                    guard index >= end, !isTooLarge else { return nil }
                    fields.append((name, WrittenValue(.bare("null"), isCut: true)))
                    return cutRecord(fields)
                }
                fields.append((name, inner))
                isMeant = true
                guard isFollowed() else { return nil }
            }
        }
    }

    /// The record so far, where the text ends.
    private func cutRecord(_ fields: [(name: String, value: WrittenValue)]) -> WrittenValue? {
        index < end || fields.isEmpty ? nil : WrittenValue(.record(fields), isCut: true)
    }

    private mutating func list(_ depth: Int) -> WrittenValue? {
        index += 1
        guard pays(for: ValueBudget.list) else { return nil }
        var items: [WrittenValue] = []
        var leavesOut = false
        while true {
            skipBlanks()
            guard let byte = current else {
                return items.isEmpty ? nil : WrittenValue(.list(items), isCut: true)
            }
            if closes(byte, UInt8(ascii: "]"), depth) {
                return WrittenValue(.list(items), isCut: leavesOut)
            }
            if byte == UInt8(ascii: ",") {
                index += 1
                isMeant = isMeant || !items.isEmpty
            } else if skipEllipsis() {
                leavesOut = true
            } else {
                guard let item = value(depth: depth + 1, .item) else {
                    return index < end || items.isEmpty ? nil : WrittenValue(.list(items), isCut: true)
                }
                items.append(item)
                guard isFollowed() else { return nil }
            }
        }
    }

    /// Takes the bracket that ends a record or list. The other kind of bracket ends it, too: within another
    /// value, where it is left for that, its own has been forgotten.
    private mutating func closes(_ byte: UInt8, _ own: UInt8, _ depth: Int) -> Bool {
        guard byte == UInt8(ascii: "}") || byte == UInt8(ascii: "]") else { return false }
        if byte == own || depth == 0 { index += 1 }
        return true
    }

    /// Whether a comma, a bracket or the end stands behind a part, as in JSON; a mended reading goes on at
    /// whatever stands there.
    private mutating func isFollowed() -> Bool {
        guard quoting == .literal else { return true }
        skipBlanks()
        return current.map { $0 == UInt8(ascii: ",") || $0 == UInt8(ascii: "}") || $0 == UInt8(ascii: "]") }
            ?? true
    }

    private mutating func skipEllipsis() -> Bool {
        guard holds("...") || holds("…") else { return false }
        index += 3
        return true
    }

    private mutating func pays(for bytes: Int) -> Bool {
        if !budget.pays(for: bytes) { isTooLarge = true }
        return !isTooLarge
    }

    private mutating func skipBlanks() {
        while let byte = current {
            if byte <= 0x20 {
                index += 1
            } else if byte == UInt8(ascii: "\"") {
                return
            } else if byte == UInt8(ascii: "#") || holds("//") {
                while let next = current, next != 0x0A { index += 1 }
            } else if holds("/*") {
                index += 2
                while index < end, !holds("*/") { index += 1 }
                index = min(index + 2, end)
            } else if holds("\u{A0}") {
                index += 2
            } else {
                return
            }
        }
    }

    /// Whether a text stands here.
    private func holds(_ text: StaticString) -> Bool { holds(text, at: index) }

    private func holds(_ text: StaticString, at place: Int) -> Bool {
        guard place + text.utf8CodeUnitCount <= end, bytes[place] == text.utf8Start.pointee else {
            return false
        }
        return text.withUTF8Buffer { letters in
            letters.indices.allSatisfy { bytes[place + $0] == letters[$0] }
        }
    }
}

// Keys, texts and words.

extension LooseReader {
    private mutating func key() -> String? {
        guard let byte = current else { return nil }
        if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "'") || byte == UInt8(ascii: "`") {
            guard case .text(let name) = text(byte, .key).content else { return nil }
            return name
        }
        if case .text(let name)? = curlyText()?.content { return name }
        let start = index
        while let byte = current, isPartOfName(byte) { index += 1 }
        return index > start ? String(decoding: bytes[start..<index], as: UTF8.self) : nil
    }

    private func isPartOfName(_ byte: UInt8) -> Bool {
        isDigit(byte) || (byte | 0x20 >= 0x61 && byte | 0x20 <= 0x7A) || byte == UInt8(ascii: "_")
            || byte == UInt8(ascii: "-") || byte == UInt8(ascii: "$") || byte == UInt8(ascii: ".")
            || byte >= 0x80
    }

    /// A text in “curly” quotes, which word processors make.
    private mutating func curlyText() -> WrittenValue? {
        let isDouble = holds("“")
        guard isDouble || holds("‘") else { return nil }
        index += 3
        let start = index
        while index < end, !(isDouble ? holds("”") : holds("’")) { index += 1 }
        let text = String(decoding: bytes[start..<index], as: UTF8.self)
        let isCut = index >= end
        index = min(index + 3, end)
        return WrittenValue(.text(text), isCut: isCut)
    }

    private mutating func text(_ quote: UInt8, _ place: Place) -> WrittenValue {
        if let block = blockText(quote) { return block }
        index += 1
        let start = index
        while index < end, bytes[index] != quote, bytes[index] != UInt8(ascii: "\\") { index += 1 }
        var output = Array(bytes[start..<index])
        while let byte = current {
            index += 1
            if byte == quote {
                if quoting == .literal || ends(place) {
                    return WrittenValue(.text(String(decoding: output, as: UTF8.self)))
                }
                // A quote in the middle of a text that its writer forgot to escape.
                output.append(byte)
            } else if byte == UInt8(ascii: "\\"), let letter = current {
                index += 1
                escape(letter, &output)
            } else {
                output.append(byte)
            }
        }
        return WrittenValue(.text(String(decoding: output, as: UTF8.self)), isCut: true)
    }

    /// A text between `"""` and `"""`, as Python has it.
    private mutating func blockText(_ quote: UInt8) -> WrittenValue? {
        func isMark(_ place: Int) -> Bool {
            place + 2 < end && bytes[place] == quote && bytes[place + 1] == quote && bytes[place + 2] == quote
        }
        guard isMark(index) else { return nil }
        index += 3
        let start = index
        while index < end, !isMark(index) { index += 1 }
        let text = String(decoding: bytes[start..<index], as: UTF8.self)
        let isCut = index >= end
        index = min(index + 3, end)
        return WrittenValue(.text(text), isCut: isCut)
    }

    /// Takes what stands behind a `\`. One that escapes nothing stays: `C:\Users`, `\d+`.
    private mutating func escape(_ letter: UInt8, _ output: inout [UInt8]) {
        if let control = JSON.control(letter) { return output.append(control) }
        switch letter {
        case UInt8(ascii: "\""), UInt8(ascii: "'"), UInt8(ascii: "`"), UInt8(ascii: "\\"), UInt8(ascii: "/"):
            output.append(letter)
        case UInt8(ascii: "u"):
            // JSON's own reader knows surrogates; a text of just this escape is handed to it.
            let length = holds("d") || holds("D") ? 10 : 4
            for length in [length, 4] where index + length <= end {
                let code = "\"\\u" + String(decoding: bytes[index..<(index + length)], as: UTF8.self) + "\""
                guard case .string(let text)? = try? JSON.parse(code) else { continue }
                output += Array(text.utf8)
                index += length
                return
            }
            output += [UInt8(ascii: "\\"), letter]
        default: output += [UInt8(ascii: "\\"), letter]
        }
    }

    /// A value without quotes: a number, a word, or words up to the end of the line or part.
    private mutating func words(_ place: Place) -> WrittenValue? {
        let start = index
        scan: while let byte = current {
            switch byte {
            case UInt8(ascii: "}"), UInt8(ascii: "]"), 0x0A: break scan
            case UInt8(ascii: "{"), UInt8(ascii: "["), UInt8(ascii: "\""), UInt8(ascii: ";"): return nil
            case UInt8(ascii: ","):
                // `1,234` is one number in a record; in a list it is two.
                if place == .item || isKey(index + 1) { break scan }
            case UInt8(ascii: "#"):
                if index > start, bytes[index - 1] <= 0x20 { break scan }
            case UInt8(ascii: "/"):
                if index > start, bytes[index - 1] <= 0x20, holds("//") || holds("/*") { break scan }
            default: break
            }
            index += 1
        }
        var last = index
        while last > start, bytes[last - 1] <= 0x20 { last -= 1 }
        guard last > start else { return nil }
        return WrittenValue(.bare(String(decoding: bytes[start..<last], as: UTF8.self)), isCut: index >= end)
    }
}

// What follows a quote or a comma tells whether it ends something. Each look goes at most so many bytes far.

private let farthestLook = 256

extension LooseReader {
    /// Whether the quote before `index` ends its text: what follows must be what can follow a text.
    private func ends(_ place: Place) -> Bool {
        // A name holds no quote that its writer forgot: what looks so is a name with something else behind it.
        if place == .key { return true }
        let next = nextLetter(index)
        guard next < end else { return true }
        let isOnNextLine = bytes[index..<next].contains(0x0A)
        let byte = bytes[next]
        switch byte {
        case UInt8(ascii: ":"), UInt8(ascii: "="): return false
        case UInt8(ascii: "}"), UInt8(ascii: "]"), UInt8(ascii: "#"): return true
        case UInt8(ascii: "/"): return holds("//", at: next) || holds("/*", at: next)
        case UInt8(ascii: ","):
            switch place {
            case .key, .field: return isKey(next + 1)
            case .item: return isItem(next + 1)
            }
        default:
            // A comma that was forgotten.
            switch place {
            case .key, .field: return isKey(next)
            case .item: return isOnNextLine && isItem(next)
            }
        }
    }

    private func nextLetter(_ place: Int) -> Int {
        var next = place
        while next < end, bytes[next] <= 0x20 { next += 1 }
        return next
    }

    /// Whether a key with its colon stands at a place, or what else ends a field there.
    private func isKey(_ place: Int) -> Bool {
        var next = nextLetter(place)
        guard next < end else { return true }
        let first = bytes[next]
        switch first {
        case UInt8(ascii: "}"), UInt8(ascii: "]"), UInt8(ascii: "#"): return true
        case UInt8(ascii: "\""), UInt8(ascii: "'"), UInt8(ascii: "`"):
            next += 1
            let last = min(end, next + farthestLook)
            while next < last, bytes[next] != first { next += 1 }
            if next >= last { return true }
            next += 1
        default:
            if holds("//", at: next) || holds("/*", at: next) || holds("...", at: next) { return true }
            if holds("“", at: next) || holds("‘", at: next) { return true }
            let last = min(end, next + farthestLook)
            let start = next
            while next < last, isPartOfName(bytes[next]) { next += 1 }
            if next == start { return false }
        }
        next = nextLetter(next)
        return next >= end || bytes[next] == UInt8(ascii: ":") || bytes[next] == UInt8(ascii: "=")
    }

    /// Whether an item of a list stands at a place, or what else ends an item there.
    private func isItem(_ place: Int) -> Bool {
        var next = nextLetter(place)
        guard next < end else { return true }
        switch bytes[next] {
        case UInt8(ascii: "\""), UInt8(ascii: "'"), UInt8(ascii: "`"), UInt8(ascii: "{"), UInt8(ascii: "["),
            UInt8(ascii: "}"), UInt8(ascii: "]"), UInt8(ascii: "#"):
            return true
        default:
            if holds("//", at: next) || holds("/*", at: next) || holds("...", at: next) { return true }
            if holds("“", at: next) || holds("‘", at: next) { return true }
            let last = min(end, next + farthestLook)
            while next < last, isPartOfName(bytes[next]) { next += 1 }
            next = nextLetter(next)
            return next >= end || bytes[next] == UInt8(ascii: ",") || bytes[next] == UInt8(ascii: "]")
        }
    }
}
