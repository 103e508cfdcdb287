import Computing
import Values

/// Goes through a text once and reads the records and lists in it. What turns out to be no value is not looked at
/// for smaller ones.
struct Search {
    let bytes: [UInt8]
    let limit: TimeLimit
    var work: ReadingWork
    /// What a reading costs that finds nothing, besides the bytes that it looks at.
    private static let vainReading = 48
    var index: Int
    private let lastNewline: Int
    private var found: [ValueInText] = []
    private var budget = ValueBudget()
    var isFenced = false
    /// Whether the fence's language is no place for JSON.
    var isCode = false
    /// Whether the fence's language is one whose programs hold values: they may be the answer or make use of it.
    var isProgram = false
    /// Whether the fence's language is JSON.
    var isJSON = false
    var lineIsBlank = true
    /// Where the next fence with JSON begins, where that has been looked for.
    var knownFence: Int?
    /// Where the fence ends that `index` is in, where that has been looked for.
    var knownEnd: Int?
    /// Where the next byte stands that is no part of brackets, numbers and words, where that has been looked
    /// for.
    private var knownText: Int?
    /// Whether no bracket of the text is closed that is not open, where that has been looked for.
    private var neverClosesTooMany: Bool?
    /// How many brackets are open at a place.
    private var counted = (place: 0, open: 0)

    init(_ bytes: [UInt8], _ start: Int, _ limit: TimeLimit) {
        self.bytes = bytes
        self.limit = limit
        work = ReadingWork(count: bytes.count)
        index = start
        lastNewline = bytes.lastIndex(of: .newline) ?? -1
    }

    /// The value that all of the text is: a number, a word or a text in quotes alone, a call around a value, values with
    /// commas between them, a record without its first brace.
    mutating func wholeValue() throws(UnreadText) -> WrittenValue? {
        var reader = reader(index..<bytes.count)
        reader.skipBlanks(before: .whole)
        guard let byte = reader.current, byte != .openBrace, byte != .openBracket else {
            return nil
        }
        // Code in a sentence is often all of it: `{"a": 1}` between backticks.
        if byte == .backtick || reader.holds("'''"), isMarkBeforeValue(reader.index) { return nil }
        if byte == .backslash { return try unescaped(from: reader.index)?.whole }
        let start = reader.index
        if reader.isField(start) { return record(without: start) }
        var items: [WrittenValue] = []
        var (hasComma, hasContainer, hasWords) = (false, false, false)
        while let value = reader.value(.whole), isValueAlone(value, reader.bytes[start]) {
            items.append(value)
            reader.skipBlanks(before: .whole)
            while let byte = reader.current, byte == .comma || byte == .semicolon {
                hasComma = hasComma || byte == .comma
                reader.index += 1
                reader.skipBlanks(before: .whole)
            }
            hasContainer = hasContainer || value.isContainer
            hasWords = hasWords || value.isWords
            // `Sure, {"a": 1}` is a word of a sentence and a value.
            if hasContainer, hasWords { break }
            guard let next = reader.current else {
                return items.count > 1 ? WrittenValue(.list(items)) : items.first
            }
            if !hasComma, Quotation(bytes, reader.index, bytes.count) == nil || next == .backtick { break }
        }
        work = reader.work
        try check(reader)
        return nil
    }

    /// Whether something that was read as a whole is a value and no sentence.
    private func isValueAlone(_ value: WrittenValue, _ first: UInt8) -> Bool {
        switch value.content {
        case .list, .record, .text, .int: return true
        case .bare(let words):
            return meaning(ofWord: words) != nil
                || !words.utf8.contains { $0 <= 0x20 || ":!?".utf8.contains($0) }
                    && words.utf8.last != .point && words.utf8.contains { $0.isLetter || $0.isDigit }
        }
    }

    /// `"a": 1, "b": 2}`: the first brace is missing.
    private func record(without start: Int) -> WrittenValue? {
        var reader = WrittenReader(
            [.openBrace] + bytes[start...], 0..<(bytes.count - start + 1), limit, budget, work,
            lastNewline: lastNewline - start + 1)
        guard let value = reader.value(.whole), isBlank(reader.bytes[reader.index...]) else { return nil }
        if !value.isCut { return value }
        // Without its last brace, too, it could be a sentence with a word in quotes.
        guard case .record(let fields) = value.content else { return nil }
        return fields.contains { $0.value.isCut && !$0.value.isNumber || $0.value.isWords }
            ? nil : WrittenValue(.record(fields))
    }

    private func reader(_ range: Range<Int>, isExact: Bool = false) -> WrittenReader {
        WrittenReader(bytes, range, limit, budget, work, lastNewline: lastNewline, isExact: isExact)
    }

    /// The value that all of the text is, as JSON has it.
    mutating func exactValue() throws(UnreadText) -> WrittenValue? {
        var scanner = ExactScanner(bytes, from: index, limit)
        guard scanner.takeValue(), isBlank(bytes[scanner.index...]) else { return nil }
        var reader = reader(index..<bytes.count, isExact: true)
        let value = reader.value(.whole)
        try check(reader)
        return value
    }

    private func check(_ reader: WrittenReader) throws(UnreadText) {
        switch reader.failure {
        case .tooLarge?: throw .tooLarge
        case .stopped?: throw .stopped
        case .tooMuchWork?: throw .tooTangled
        case .mistake?, .tooDeep?, nil: break
        }
    }

    mutating func values() throws(UnreadText) -> [ValueInText] {
        while index < bytes.count {
            let byte = bytes[index]
            if byte == .openBrace || byte == .openBracket {
                // The clock is not looked at for each of many small values.
                if found.count & 0xFF == 0 || bytes.count < 64_000, limit.isOver { throw .stopped }
                if work.isSpent { throw .tooTangled }
                if isAroundFence() {
                    index += 1
                } else if try !takeTouching() {
                    try takeValue()
                }
            } else if isFence(index) {
                takeFence()
            } else {
                lineIsBlank = byte == .newline || lineIsBlank && byte <= 0x20
                index += 1
            }
        }
        return found
    }

    /// Whether a bracket stands around a fence, not around a value.
    private func isAroundFence() -> Bool { index + 1 < bytes.count && isFence(index + 1) }

    /// Takes values of JSON that each touch the next, but the last of them: what reads them is made once for all.
    ///
    /// - Returns: whether it took any.
    private mutating func takeTouching() throws(UnreadText) -> Bool {
        let start = index
        var scanner = ExactScanner(bytes, from: start, limit)
        var reader = reader(start..<bytes.count, isExact: true)
        while !isEscaped(index), scanner.takeValue(), scanner.index < bytes.count,
            bytes[scanner.index] == .openBrace || bytes[scanner.index] == .openBracket
        {
            reader.index = index
            let value = reader.value(.whole)
            try check(reader)
            add(value, index..<scanner.index, lineIsBlank)
            lineIsBlank = false
            index = scanner.index
        }
        budget = reader.budget
        if index == start { work.spend(scanner.index - start) }
        return index > start
    }

    private mutating func takeValue() throws(UnreadText) {
        let start = index
        let begins = lineIsBlank
        lineIsBlank = false
        if isEscaped(start), let inner = try unescaped(from: start) {
            // Several in one escaped text have no places of their own in this one.
            let value = inner.whole ?? (inner.values.count == 1 ? inner.values[0].value : nil)
            add(value, start..<bytes.count, begins)
            index = bytes.count
            return
        }
        // A text in a value can hold what looks like a fence, so a value ends at one only where it has no other end.
        let first = isFenced ? bytes.count : nextFenceOfJSON(start)
        var (value, isMeant) = try read(start..<first)
        // A fence at the beginning of a line holds the value that is meant, whatever was open before it.
        let second = isFenced ? endOfFence(start) : beginsLine(first) ? first : bytes.count
        if value?.isCut ?? true, first != second {
            let (mark, before, wasMeant) = (index, value, isMeant)
            work.spend(index - start)
            (value, isMeant) = try read(start..<second)
            if !isFenced, value?.isCut ?? true { (index, value, isMeant) = (mark, before, wasMeant) }
        }
        index = max(index, start + 1)
        if value == nil {
            guard isMeant else { return work.spend(Self.vainReading) }
            index = endOfUnreadable(start)
            if !isFenced, first > start, first < index, beginsLine(first), isWholeAfterFence(first) {
                index = first
            }
        }
        add(value, start..<index, begins)
    }

    private mutating func add(_ value: WrittenValue?, _ range: Range<Int>, _ beginsLine: Bool) {
        // Of many the rest is about as dense: growing step by step would copy them again and again.
        if found.count == 4_096 {
            found.reserveCapacity(min(500_000, found.count * bytes.count / max(range.lowerBound, 1)))
        }
        found.append(
            ValueInText(
                value: value, range: range, isFenced: isFenced, isCode: isFenced && isCode,
                isProgram: isFenced && isProgram, isFencedJSON: isFenced && isJSON, beginsLine: beginsLine))
    }

    /// Whether quotes are escaped in a value that stands in no text: `{\"a\": 1}`. Numbers, words of JSON and
    /// brackets, which have no quotes, may stand before the first text.
    private mutating func isEscaped(_ start: Int) -> Bool {
        var place = start
        if let knownText, knownText >= start {
            place = knownText
        } else {
            while place < bytes.count,
                bytes[place] <= 0x20 || bytes[place].isOpener || bytes[place].isCloser
                    || bytes[place] == .comma || bytes[place].isPartOfName
            {
                place += 1
            }
            knownText = place
        }
        guard place + 1 < bytes.count, bytes[place] == .backslash else { return false }
        let next = bytes[place + 1]
        // The last words tell; of those, the first may be torn.
        let words = bytes[max(start, place - 64)..<place].split { !$0.isPartOfName }
            .dropFirst(place - 64 > start ? 1 : 0)
        guard words.allSatisfy({ meaning(ofWord: String(decoding: $0, as: UTF8.self)) != nil }) else {
            return false
        }
        return next == .quote
            || (next == .backslash || next == UInt8(ascii: "n"))
                && bytes[start..<place].allSatisfy { $0 <= 0x20 || $0.isOpener }
    }

    /// What the text means from a place on when one level of escapes is taken away.
    private mutating func unescaped(from start: Int) throws(UnreadText) -> WrittenText? {
        let rest = reader(start..<bytes.count).unescaped(
            start..<(bytes.last == .backslash ? bytes.count - 1 : bytes.count))
        guard rest.utf8.count < bytes.count - start, !rest.hasPrefix("\\") else { return nil }
        return try WrittenText(rest, limit)
    }

    /// Reads as JSON says, and where that fails as people write. Leaves `index` where the reading ended.
    private mutating func read(_ range: Range<Int>) throws(UnreadText) -> (WrittenValue?, isMeant: Bool) {
        // A text in it may hold what looks like a fence.
        var scanner = ExactScanner(bytes, from: range.lowerBound, limit)
        if scanner.takeValue(), !goesOn(scanner.index) {
            var reader = reader(range.lowerBound..<scanner.index, isExact: true)
            let value = reader.value(.item)
            try check(reader)
            budget = reader.budget
            index = scanner.index
            return (isTorn(index) ? nil : value, true)
        }
        work.spend(scanner.index - range.lowerBound)
        var reader = reader(range)
        let value = reader.value(.item)
        try check(reader)
        work = reader.work
        index = min(reader.index, range.upperBound)
        if reader.failure == .tooDeep { return (nil, !skipOpeners(from: range.lowerBound)) }
        if reader.failure != nil { return (nil, reader.hasField || beginsLikeJSON(range.lowerBound)) }
        budget = reader.budget
        if value?.isCut == false, isTorn(index) { return (nil, true) }
        return (value, true)
    }

    /// Whether what follows a bracket can only be JSON.
    private func beginsLikeJSON(_ start: Int) -> Bool {
        var place = start + 1
        while place < bytes.count, bytes[place] <= 0x20 { place += 1 }
        guard place < bytes.count else { return false }
        return bytes[place] == .quote || bytes[place].isDigit || bytes[place] == .openBrace
            || bytes[place] == .openBracket
    }

    /// Whether a bracket follows a value on its line that nothing opened: then its own came too early, and nobody knows
    /// what was meant.
    private mutating func isTorn(_ start: Int) -> Bool {
        var place = start
        while place < bytes.count, bytes[place] <= 0x20 { place += 1 }
        guard place < bytes.count, place > start || !bytes[place].isOpener else { return false }
        if bytes[place] != .comma, !bytes[place].isOpener, !bytes[place].isLetter || bytes[place] >= 0x80 {
            var reader = reader(place..<bytes.count)
            repeat {
                reader.skipBlanks(before: .item)
            } while reader.takesCloser()
            place = reader.index
        }
        work.spend(place - start)
        guard place < bytes.count, !isBalanced(at: place) else { return false }
        // What a comma follows is one of several, whose brackets may stand on later lines.
        let isOneOfSeveral = bytes[place] == .comma
        var depth = 0
        for byte in bytes[place..<min(bytes.count, place + (isOneOfSeveral ? 96 : 256))] {
            if byte == .backtick { return false }
            if byte == .openBrace || byte == .openBracket { depth += 1 }
            if !isOneOfSeveral, byte == .newline || depth > 0 { return false }
            if byte == .closeBrace || byte == .closeBracket { depth -= 1 }
            if depth < 0 { return true }
        }
        return false
    }

    /// Whether all brackets before a place are closed there, and no bracket of the text is closed that is not open: then
    /// none behind the place is closed too early.
    private mutating func isBalanced(at place: Int) -> Bool {
        if neverClosesTooMany == nil {
            var (depth, least) = (0, 0)
            for byte in bytes {
                if byte == .openBrace || byte == .openBracket { depth += 1 }
                if byte == .closeBrace || byte == .closeBracket { depth -= 1 }
                least = min(least, depth)
            }
            neverClosesTooMany = least == 0
        }
        guard neverClosesTooMany == true, place >= counted.place else { return false }
        for byte in bytes[counted.place..<place] {
            if byte == .openBrace || byte == .openBracket { counted.open += 1 }
            if byte == .closeBrace || byte == .closeBracket { counted.open -= 1 }
        }
        counted.place = place
        return counted.open == 0
    }

    /// Whether more fields follow a value's last bracket: that came too early.
    private func goesOn(_ start: Int) -> Bool {
        var place = start
        while place < bytes.count, bytes[place] <= 0x20 || bytes[place] == .closeBrace { place += 1 }
        guard place < bytes.count, bytes[place] == .comma else { return false }
        place += 1
        while place < bytes.count, bytes[place] <= 0x20 { place += 1 }
        var reader = reader(place..<bytes.count)
        return place < bytes.count && bytes[place] == .quote && reader.isQuotedKey(place)
    }

    /// Goes over brackets that follow one another, are more than a value has, and are not closed.
    ///
    /// - Returns: false where a value was meant, which then cannot be read.
    private mutating func skipOpeners(from start: Int) -> Bool {
        guard bytes[start..<index].allSatisfy({ $0.isOpener || $0 <= 0x20 }),
            closing(start) == nil
        else {
            return false
        }
        while index < bytes.count, bytes[index].isOpener || bytes[index] <= 0x20 { index += 1 }
        // The last bracket may begin a value.
        repeat { index -= 1 } while index > start && !bytes[index].isOpener
        // A record in a list is no record by itself.
        if bytes[index] == .openBrace,
            let before = bytes[start..<index].lastIndex(where: { $0 > 0x20 }), bytes[before] == .openBracket
        {
            index = before
        }
        return true
    }

    /// Where a value ends that cannot be read: at the bracket that belongs to its first, so that none of its
    /// pieces is taken for a value of its own; else with its fence or the text.
    private mutating func endOfUnreadable(_ start: Int) -> Int {
        let end = max(isFenced ? endOfFence(start) : bytes.count, start + 1)
        guard let place = closing(start) else { return end }
        // Brackets in texts and comments are counted, too: what goes on like a value has not ended there.
        let next = bytes[place..<end].first { $0 > 0x20 }
        guard let next, next == .comma || next == .colon || next == .quote || next.isCloser else {
            return place
        }
        return end
    }

    /// Where the bracket stands that belongs to an opening one, and one further; nil where there is none.
    private mutating func closing(_ start: Int) -> Int? {
        let end = isFenced ? endOfFence(start) : bytes.count
        var depth = 0
        for place in start..<end {
            if bytes[place] == .openBrace || bytes[place] == .openBracket { depth += 1 }
            if bytes[place] == .closeBrace || bytes[place] == .closeBracket { depth -= 1 }
            if depth == 0 {
                work.spend(place - start)
                return place + 1
            }
        }
        work.spend(end - start)
        return nil
    }
}
