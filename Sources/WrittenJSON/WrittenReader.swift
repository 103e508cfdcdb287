import Computing
import Values

/// Reads one value as people and models write it: comments, missing and extra commas, colons, brackets and
/// quotes, bare words, calls, tuples, an end that is missing.
///
/// Every look at a byte that another look has seen is counted as work, and the work is bounded by the length of
/// the text: what would take more is given up.
struct WrittenReader {
    /// Where a value stands, which tells what may follow it.
    enum Place {
        /// The name of a field.
        case key
        /// The value of a field.
        case field
        /// In a list.
        case item
        /// Alone: it is all of the text.
        case whole
    }

    /// Why a value could not be read.
    enum Failure {
        /// Something stands there that nothing can be made of.
        case mistake
        /// More brackets are open than a value may have.
        case tooDeep
        /// The values take too much memory.
        case tooLarge
        /// The work is more than a text of this length is worth.
        case tooMuchWork
        /// The limit is over.
        case stopped
    }

    /// How deep values may be nested.
    static let mostOpen = 500

    let bytes: [UInt8]
    /// Nothing is read from here on.
    let end: Int
    let limit: TimeLimit
    /// Whether what is read is known to be JSON to the letter: then a quote ends a text, whatever stands behind it.
    let isExact: Bool
    var index: Int
    var budget: ValueBudget
    var work: ReadingWork
    private(set) var failure: Failure?
    /// The closing brackets of what is open, the innermost last.
    var open: [UInt8] = []
    /// Whether a field with its colon has been read: what stands there is meant as JSON, readable or not.
    private(set) var hasField = false
    /// Where the last line break stands: behind it no comment ends with its line.
    let lastNewline: Int
    /// Where the last closing bracket stands, where that has been looked for.
    var lastCloser: Int?
    /// Where the last `"` stands, where that has been looked for.
    private var lastQuote: Int?
    /// Where the last `-->` stands, where that has been looked for.
    var lastCommentEnd: Int?
    /// How many brackets of each kind are closed and not opened, where that has been counted.
    var surplus: (braces: Int, brackets: Int)?
    /// Where a closing bracket stands that was written behind the next one.
    var placeOfSwapped: Int?
    private var values = 0

    init(
        _ bytes: [UInt8], _ range: Range<Int>, _ limit: TimeLimit, _ budget: ValueBudget, _ work: ReadingWork,
        lastNewline: Int,
        isExact: Bool = false
    ) {
        self.bytes = bytes
        self.limit = limit
        self.budget = budget
        self.work = work
        self.lastNewline = lastNewline
        self.isExact = isExact
        index = range.lowerBound
        end = range.upperBound
    }

    /// Where the last `"` stands; -1 where there is none.
    var placeOfLastQuote: Int {
        mutating get {
            let place = lastQuote ?? bytes[..<end].lastIndex(of: .quote) ?? -1
            lastQuote = place
            return place
        }
    }

    var current: UInt8? { index < end ? bytes[index] : nil }

    mutating func fail(_ reason: Failure) { failure = failure ?? reason }

    mutating func pays(for cost: Int) -> Bool {
        if !budget.pays(for: cost) { fail(.tooLarge) }
        return failure == nil
    }

    /// Counts looks at bytes that are looked at again; returns whether the reading may go on.
    @discardableResult
    mutating func charge(_ steps: Int) -> Bool {
        if !work.pays(for: steps) { fail(.tooMuchWork) }
        return failure == nil
    }

    /// Counts one more value.
    ///
    /// - Returns: whether the reading may go on.
    mutating func beginsValue() -> Bool {
        values += 1
        if values & 0xFFF == 0, limit.isOver { fail(.stopped) }
        return pays(for: ValueBudget.value)
    }

    /// The value that begins here; nil where none can be read, with `failure` telling why.
    mutating func value(_ place: Place) -> WrittenValue? {
        if isExact { return exactValue() }
        if open.count >= Self.mostOpen { fail(.tooDeep) }
        guard beginsValue() else { return nil }
        skipBlanks(before: place)
        guard let byte = current else { return nil }
        switch byte {
        case .openBrace: return record()
        case .openBracket: return list(.closeBracket)
        case .openParenthesis: return parentheses()
        case .backslash where place != .whole: return escapedText() ?? words(place)
        default:
            if let quotation = Quotation(bytes, index, end) { return text(quotation, place) }
            return words(place)
        }
    }
}

// Lists and parentheses.

extension WrittenReader {
    private mutating func list(_ close: UInt8) -> WrittenValue? {
        index += 1
        guard pays(for: ValueBudget.list) else { return nil }
        open.append(close)
        defer { open.removeLast() }
        var items: [WrittenValue] = []
        var fields: [(name: String, value: WrittenValue)] = []
        var isCut = false
        while true {
            skipBlanks(before: .item)
            guard let byte = current else {
                isCut = true
                break
            }
            let closing = closes(byte)
            if closing == .taken || closing == .left { break }
            if closing == .skipped || byte == .comma || byte == .semicolon {
                index += closing == .skipped ? 0 : 1
            } else if byte >= 0x80, holds("，") || holds("、") {
                index += 3
            } else if skipEllipsis() {
                isCut = true
            } else if close == .closeParenthesis, isNamedArgument(index) {
                guard let field = namedField() else { return nil }
                fields.append(field)
            } else if byte == .quote, isField(index) {
                // The list's bracket was forgotten before the next field, or `["a": 1]` is a record in the brackets of
                // a list.
                if fields.isEmpty, open.dropLast().contains(.closeBrace) { break }
                guard let field = namedField() else { return nil }
                fields.append(field)
            } else {
                guard let item = value(.item) else {
                    fail(.mistake)
                    return nil
                }
                items.append(item)
            }
            if failure != nil { return nil }
        }
        return container(items, fields, isCut: isCut)
    }

    /// A list of items, or the record of the fields that stood in its brackets; both together are a mistake.
    private mutating func container(
        _ items: [WrittenValue], _ fields: [(name: String, value: WrittenValue)], isCut: Bool
    ) -> WrittenValue? {
        if fields.isEmpty { return WrittenValue(.list(items), isCut: isCut) }
        guard items.isEmpty else {
            fail(.mistake)
            return nil
        }
        return WrittenValue(.record(fields), isCut: isCut)
    }

    /// A field with its name, as `isField` has found it.
    private mutating func namedField() -> (name: String, value: WrittenValue)? {
        guard let name = key()?.asName else { return nil }
        skipBlanks(before: .key)
        index += 1
        hasField = true
        return (name, fieldValue())
    }

    /// `(1, 2)` is a list, `(1)` what stands in it.
    private mutating func parentheses() -> WrittenValue? {
        let start = index
        guard let list = list(.closeParenthesis) else { return nil }
        guard case .list(let items) = list.content, items.count == 1, !endsWithComma(start) else {
            return list
        }
        return items[0]
    }

    /// Whether a comma stands before the bracket that was just taken.
    private func endsWithComma(_ start: Int) -> Bool {
        var place = index - 2
        while place > start, bytes[place] <= 0x20 { place -= 1 }
        return place > start && bytes[place] == .comma
    }

    private mutating func skipEllipsis() -> Bool {
        guard holds("...") || holds("…") else { return false }
        index += 3
        while current == .point { index += 1 }
        skipWordsOfEllipsis()
        return true
    }
}

// Records.

extension WrittenReader {
    /// The parts of a record as they are read.
    private struct Parts {
        var fields: [(name: String, value: WrittenValue)] = []
        /// What has no name: the items of a set.
        var items: [WrittenValue] = []
        var isCut = false
        /// Whether its own bracket closed it.
        var isClosed = false

        var isEmpty: Bool { fields.isEmpty && items.isEmpty }
    }

    private mutating func record() -> WrittenValue? {
        index += 1
        guard pays(for: ValueBudget.record) else { return nil }
        let isRoot = open.isEmpty
        open.append(.closeBrace)
        defer { open.removeLast() }
        var parts = Parts()
        repeat {
            if let inner = fill(&parts) { return inner }
            if failure != nil { return nil }
        } while !parts.isCut && (isRoot ? goesOnAfterItsEnd() : goesOnBehindOneTooMany())
        if parts.items.isEmpty { return WrittenValue(.record(parts.fields), isCut: parts.isCut) }
        guard parts.fields.isEmpty, parts.isClosed || parts.isCut else {
            fail(.mistake)
            return nil
        }
        return WrittenValue(.list(parts.items), isCut: parts.isCut)
    }

    /// Reads fields to the record's end.
    ///
    /// - Returns: the record in it, where it is only a second pair of braces around one.
    private mutating func fill(_ parts: inout Parts) -> WrittenValue? {
        while failure == nil {
            skipBlanks(before: .key)
            guard let byte = current else {
                parts.isCut = true
                return nil
            }
            switch closes(byte) {
            case .taken, .left:
                parts.isClosed = byte == .closeBrace
                return nil
            case .skipped: continue
            case .none: break
            }
            switch byte {
            case .comma, .semicolon: index += 1
            case .openBrace:
                if isInList { return nil }
                guard parts.isEmpty else {
                    fail(.mistake)
                    return nil
                }
                return innerRecord()
            case .openBracket: addList(&parts)
            default:
                if byte >= 0x80, holds("，") {
                    index += 3
                } else if skipEllipsis() {
                    parts.isCut = true
                } else {
                    addField(&parts)
                }
            }
        }
        return nil
    }

    /// Whether the record that is read stands directly in a list.
    private var isInList: Bool { open.count > 1 && open[open.count - 2] == .closeBracket }

    /// `{{"a": 1}}`, as templates have it.
    private mutating func innerRecord() -> WrittenValue? {
        let inner = value(.item)
        skipBlanks(before: .key)
        if current == .closeBrace { index += 1 }
        return inner
    }

    /// A list where a name should stand goes on with the list before it: its bracket was closed too early.
    private mutating func addList(_ parts: inout Parts) {
        guard let last = parts.fields.last, case .list(var items) = last.value.content else {
            return fail(.mistake)
        }
        var isCut = last.value.isCut
        // What follows lists in a list is one of them.
        let isOfLists = !items.isEmpty && items.allSatisfy(\.isList)
        // All that follow at once, since each joining copies what is there.
        while current == .openBracket {
            guard let list = value(.item), case .list(let more) = list.content else { return fail(.mistake) }
            items += isOfLists && !more.allSatisfy(\.isList) ? [list] : more
            isCut = isCut || list.isCut
            skipBlanks(before: .key)
            if current == .comma, bytes[min(nextLetter(index + 1), end - 1)] == .openBracket {
                index += 1
                skipBlanks(before: .key)
            }
        }
        parts.fields[parts.fields.count - 1].value = WrittenValue(.list(items), isCut: isCut)
    }

    private mutating func addField(_ parts: inout Parts) {
        guard pays(for: ValueBudget.field) else { return }
        if !parts.fields.isEmpty, isProseToTheEnd() {
            index = end
            return
        }
        guard let key = key() else { return fail(.mistake) }
        skipBlanks(before: .key)
        // `"a"": 1` has a quote too many.
        if current == .quote {
            let colon = nextLetter(index + 1)
            if colon < end, bytes[colon] == .colon { index = colon }
        }
        switch current {
        case UInt8.colon?, UInt8.equals?,
            0xEF where current != 0xEF || holds("："):
            index += current == 0xEF ? 3 : 1
            if current == .equals, bytes[index - 1] == .colon { index += 1 }
            // `=>`; behind a colon it says something of the value.
            if current == UInt8(ascii: ">"), bytes[index - 1] == .equals { index += 1 }
            while current == .colon || current == 0x20 { index += 1 }
            guard let name = key.asName else { return fail(.mistake) }
            hasField = true
            parts.fields.append((name, fieldValue()))
        case nil:
            parts.isCut = true
            // A set that is cut; a name without its value is a field of which nothing is known.
            guard parts.items.isEmpty, let name = key.asName else { return parts.items.append(key) }
            // What stands there by that name already is not lost to it. Of a name whose first letter is missing nothing is known.
            if case .text = key.content, !name.isEmpty, !parts.fields.contains(where: { $0.name == name }) {
                parts.fields.append((name, WrittenValue(.bare("null"), isCut: true)))
            }
        case UInt8.comma?, UInt8.closeBrace?, UInt8.closeBracket?, UInt8.closeParenthesis?:
            parts.items.append(key)
        default:
            // A colon that was forgotten.
            guard case .text(let name) = key.content else { return fail(.mistake) }
            if holds("->") { index += 2 }
            hasField = true
            parts.fields.append((name, fieldValue()))
        }
    }

    /// The value behind a colon; null where none stands there.
    private mutating func fieldValue() -> WrittenValue {
        skipBlanks(before: .field)
        guard let byte = current else { return WrittenValue(.bare("null"), isCut: true) }
        if byte == .comma || byte.isCloser { return WrittenValue(.bare("null")) }
        if let value = value(.field) { return value }
        fail(.mistake)
        return WrittenValue(.bare("null"))
    }

    /// Whether more fields follow a record's last bracket, which then was one too many.
    private mutating func goesOnAfterItsEnd() -> Bool {
        let mark = index
        skipBlanks(before: .item)
        while let byte = current, byte == .closeBrace || byte == .closeBracket {
            index += 1
            skipBlanks(before: .item)
        }
        if current == .comma, isQuotedKey(nextLetter(index + 1)) { return true }
        charge(index - mark)
        index = mark
        return false
    }
}
