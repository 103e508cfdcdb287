import Values

// A text whose end is missing.

extension WrittenReader {
    /// Where a text ends that has no closing quote: before the bracket that closes what it stands in, or before the
    /// comma and the next part. Nil where the text was cut off.
    mutating func endOfUnclosed(_ draft: Draft) -> Int? {
        guard draft.place == .field || draft.place == .item else { return nil }
        var depth = 0
        for place in draft.start..<end {
            let byte = bytes[place]
            if byte.isOpener {
                depth += 1
            } else if byte.isCloser {
                if depth > 0 {
                    depth -= 1
                } else if open.contains(byte), isLast(place) {
                    return trimmedEnd(draft.start, place)
                }
            } else if depth == 0, byte == .comma {
                if draft.place == .item || isQuotedKey(nextLetter(place + 1))
                    || isBareKey(nextLetter(place + 1))
                {
                    guard hasCloser(place) else { return nil }
                    return trimmedEnd(draft.start, place)
                }
            }
            if failure != nil { return nil }
        }
        return nil
    }

    /// Whether a value may end at a closing bracket: nothing follows on its line but more of them, a comma, or a name.
    private mutating func isLast(_ place: Int) -> Bool {
        var next = place
        while next < end,
            bytes[next].isCloser || bytes[next] == .semicolon || bytes[next] == 0x20 || bytes[next] == 0x09
        {
            next += 1
        }
        charge(next - place)
        if holds("//", at: next) { return true }
        guard next < end, bytes[next] > 0x20, bytes[next] != .comma, bytes[next] != .backtick else {
            return true
        }
        return isQuotedKey(next) || isBareKey(next)
    }

    /// Whether a closing bracket stands behind a place.
    private mutating func hasCloser(_ place: Int) -> Bool {
        let last = lastCloser ?? bytes[..<end].lastIndex { $0 == .closeBrace || $0 == .closeBracket } ?? -1
        lastCloser = last
        return last > place
    }

    /// Where a text ends whose last quote is escaped by a backslash that was meant as one: `"C:\"`. Where others in it are
    /// escaped, or a digit stands before it, which may be inches, it is part of the text.
    func endBeforeLastQuote(_ start: Int, _ last: Int) -> Int {
        // `'x"` is closed by the wrong quote.
        if last - start > 1, bytes[last - 1] == .quote, bytes[start - 1] == .apostrophe,
            !bytes[start..<(last - 1)].contains(.quote)
        {
            return last - 1
        }
        guard last - start > 2, bytes[last - 1] == .quote, bytes[last - 2] == .backslash,
            bytes[last - 3] != .backslash, !bytes[last - 3].isDigit,
            !bytes[start..<(last - 2)].contains(.quote)
        else { return last }
        return last - 1
    }

    /// The end without an escape that was cut off in its digits: `\u26`.
    func endWithoutHalfEscape(_ start: Int) -> Int {
        var place = end
        while place > start, end - place < 4, hexValue(bytes[place - 1]) != nil { place -= 1 }
        guard place - 2 >= start, bytes[place - 1] == UInt8(ascii: "u"), bytes[place - 2] == .backslash else {
            return end
        }
        return place - 2
    }

    private func trimmedEnd(_ start: Int, _ place: Int) -> Int {
        var last = place
        while last > start, bytes[last - 1] <= 0x20 { last -= 1 }
        return last
    }

    /// A text between `"""` and `"""`, as Python has it, or between lines of backticks.
    mutating func blockText(_ place: Place) -> WrittenValue? {
        let quote = bytes[index]
        func isMark(_ place: Int) -> Bool {
            place + 2 < end && bytes[place] == quote && bytes[place + 1] == quote && bytes[place + 2] == quote
        }
        guard place != .key, isMark(index) else { return nil }
        index += 3
        if quote == .backtick { skipLanguage() }
        let start = index
        while index < end, !isMark(index) { index += 1 }
        var last = index
        // `""""` ends with a quote of its text.
        while last + 3 < end, bytes[last + 3] == quote { last += 1 }
        let isCut = index >= end
        index = isCut ? end : last + 3
        if quote == .backtick, last > start, bytes[last - 1] == .newline { last -= 1 }
        guard pays(for: ValueBudget.text(last - start)) else { return nil }
        return WrittenValue(.text(String(decoding: bytes[start..<last], as: UTF8.self)), isCut: isCut)
    }

    /// The name of a language on the line of a fence.
    private mutating func skipLanguage() {
        var next = index
        while next < end, bytes[next].isPartOfName { next += 1 }
        if next < end, bytes[next] == .newline { index = next + 1 }
    }
}

extension WrittenReader {
    /// Whether nothing but a short sentence stands from here to the end: the record before it was not closed.
    mutating func isProseToTheEnd() -> Bool {
        guard open.count == 1, end - index < 1_000, let byte = current, byte.isLetter,
            placeOfLastQuote < index, !hasCloser(index),
            index > 0, bytes[..<index].last(where: { $0 != 0x20 && $0 != 0x09 }) == .newline
        else { return false }
        return !bytes[index..<end].contains { $0 == .colon || $0 == .equals || $0.isOpener }
    }

    /// Whether words follow a quote to the end, which is missing, as behind a quotation that opens: `"said "no`.
    mutating func opensQuotationThatIsCut(_ mark: Int, _ next: Int, _ start: Int) -> Bool {
        guard next == mark + 1, bytes[next].isLetter, mark > start, bytes[mark - 1] == 0x20,
            end - next < 1_000
        else { return false }
        charge(end - next)
        return !bytes[next..<end].contains { $0 == .colon || $0 == .equals || $0.isCloser || $0.isOpener }
    }
}
