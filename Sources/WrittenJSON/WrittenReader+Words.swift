import Values

// Names and values without quotes: numbers, words, dates, urls, calls.

extension WrittenReader {
    /// The name of a field, or an item of a set where no colon follows; nil where nothing can be read.
    mutating func key() -> WrittenValue? {
        if let quotation = Quotation(bytes, index, end) {
            if hasQuoteTooMany(index), !isDoubledQuote(quotation, at: index), isQuotedKey(index) {
                index += 1
            }
            if !isQuotedKey(index), isHalfQuotedKey(index) {
                index += 1
            } else {
                return text(quotation, .key)
            }
        }
        let start = index
        while let byte = current {
            if byte == .colon || byte == .comma || byte == .equals || byte == .newline || byte.isOpener
                || byte.isCloser
            {
                break
            }
            if byte == .quote || byte == .apostrophe && index > start && bytes[index - 1] <= 0x20 { break }
            index += 1
        }
        let words = bare(start..<index)
        if current == .quote {
            // Words before a name in quotes are no part of it: somebody's remark. A colon of any kind among them makes
            // them another field.
            if words?.contains("：") == true { return nil }
            if isQuotedKey(index), let quotation = Quotation(bytes, index, end) {
                return text(quotation, .key)
            }
            // A name that has lost its first quote.
            index += 1
            return words.map { WrittenValue(.text($0)) }
        }
        if let words, let byte = current, byte == .colon || byte == .equals {
            return WrittenValue(.text(words))
        }
        if let words, index >= end { return value(words, start, isCut: true) }
        guard let words, let byte = current, byte == .comma || byte.isCloser else { return nil }
        return value(words, start)
    }

    private static let wordsOfJSON = ["true", "false", "null", "True", "False", "None", "undefined"]

    /// What stands from a place on without quotes.
    private func value(_ words: String, _ start: Int, isCut: Bool = false) -> WrittenValue {
        let int = bytes[start].isDigit ? plainInt(bytes[start..<(start + words.utf8.count)]) : nil
        // A word of JSON that was cut off is known by its beginning; one letter or two may begin anything.
        var word = isCut && words.utf8.count > 2 ? Self.wordsOfJSON.first { $0.hasPrefix(words) } : nil
        // Of a number only its sign is there.
        if isCut, words == "-" || words == "+" { word = "null" }
        return WrittenValue(int.map { .int($0) } ?? .bare(word ?? words), isCut: isCut)
    }

    /// The words of a range without the blanks around them; nil where there are none.
    private func bare(_ range: Range<Int>) -> String? {
        var last = range.upperBound
        while last > range.lowerBound, bytes[last - 1] <= 0x20 { last -= 1 }
        guard last > range.lowerBound else { return nil }
        return String(decoding: bytes[range.lowerBound..<last], as: UTF8.self)
    }

    /// A value without quotes: a number, a word, or words up to the end of the line or part.
    mutating func words(_ place: Place) -> WrittenValue? {
        if isPlainNumber() { return number() }
        if let value = call(place) { return value }
        if failure != nil { return nil }
        let start = index
        var inner = 0
        var hasSemicolon = false
        while let byte = current, failure == nil {
            if byte == .backslash, index + 1 < end, bytes[index + 1] == .quote {
                index += 2
                continue
            }
            if byte == .quote, let value = wordsBeforeQuote(start, place) {
                // In a text that has lost its first quote, semicolons are part of it.
                if hasSemicolon, case .bare = value.content { break }
                return value
            }
            if byte == .semicolon, inner == 0 {
                if place == .item, isShortWord(start) { break }
                if place == .field, isShortWord(start), isQuotedKey(nextLetter(index + 1)) { break }
                hasSemicolon = true
            } else if endWords(byte, start, place, &inner) {
                break
            }
            index += 1
        }
        // Code and style sheets have braces and colons, too.
        if hasSemicolon { fail(.mistake) }
        guard failure == nil, let words = bare(start..<index), pays(for: ValueBudget.text(words.utf8.count))
        else {
            return nil
        }
        return value(withoutEscapes(words, start), start, isCut: index >= end && place != .whole)
    }

    /// Words in which quotes and line breaks are escaped as in a text: they have lost both its quotes.
    private func withoutEscapes(_ words: String, _ start: Int) -> String {
        let letters = words.utf8
        guard letters.contains(.backslash), !letters.starts(with: [.slash]) else { return words }
        return unescaped(start..<(start + letters.count))
    }

    /// Whether words that began at a place end before the byte at `index`.
    ///
    /// - Parameter inner: how many brackets are open within the words.
    private mutating func endWords(_ byte: UInt8, _ start: Int, _ place: Place, _ inner: inout Int) -> Bool {
        switch byte {
        case .openBrace, .openBracket, .openParenthesis:
            // `see {x}"` has lost its first quote only.
            if place == .item, byte != .openParenthesis, !isItemWithLastQuote(start) { return true }
            inner += 1
        case .closeBrace, .closeBracket, .closeParenthesis:
            if inner == 0 {
                return byte != .closeParenthesis || open.contains(byte)
                    || place == .item && isShortWord(start) && isBeforeEnd(index + 1)
            }
            inner -= 1
        case .comma where inner == 0:
            return place == .item || goesOn(index + 1, place, behindComma: true)
                || isShortWord(start) && bytes[min(nextLetter(index + 1), end - 1)] == .quote
        case .backtick: return index > start && holds("```")
        case 0xEF: return holds("，") && inner == 0 && isShortWord(start)
        case .newline: return place != .field || goesOn(index, place, behindComma: false)
        case .hash: return index > start && bytes[index - 1] <= 0x20 && isCommentAfterWords(start)
        case .slash:
            return index > start && (holds("/*") || bytes[index - 1] <= 0x20 && holds("//"))
        case UInt8(ascii: "<"): return index > start && isShortWord(start) && beginsMarkupComment()
        case UInt8(ascii: "-"):
            return index > start && bytes[index - 1] <= 0x20 && holds("-- ") && isShortWord(start)
        case 0x20 where inner == 0:
            // A comma was forgotten: what follows is another item, or a field.
            if place == .item { return endsAtBlank(start) }
            let next = nextLetter(index)
            return place == .field
                && (isBareKey(next, mayEqual: false) && (isShortWord(start) || isSpacedKey(next))
                    || holds("...", at: next) && isShortWord(start))
        default: break
        }
        return false
    }

    /// Whether a brace, a bracket or the end follows a parenthesis, which then stands for a bracket: `[1, 2)}`.
    private func isBeforeEnd(_ place: Int) -> Bool {
        let next = nextLetter(place)
        return next >= end || bytes[next] == .closeBrace || bytes[next] == .closeBracket
    }

    /// Whether a comment begins with the `#` here: in words `#1` is one of them.
    private func isCommentAfterWords(_ start: Int) -> Bool {
        index + 1 >= end || bytes[index + 1] <= 0x20 || isShortWord(start)
    }

    /// Whether a blank, a quote or a bracket follows the colon of a name without quotes: `A:B` among words is one of them.
    private mutating func isSpacedKey(_ place: Int) -> Bool {
        var colon = place
        while colon < end, bytes[colon].isPartOfName { colon += 1 }
        charge(colon - place)
        guard colon + 1 < end, bytes[colon] == .colon else { return true }
        return bytes[colon + 1] <= 0x20 || bytes[colon + 1].isOpener
            || Quotation(bytes, colon + 1, end) != nil
    }

    private func beginsValue(_ byte: UInt8) -> Bool {
        byte == .openBrace || byte == .openBracket || byte == .quote
    }

    /// Whether what stands before `index` is a number or a word that means something in JSON.
    private func isShortWord(_ start: Int) -> Bool {
        guard index - start < 32 else { return false }
        if plainInt(bytes[start..<index]) != nil { return true }
        guard let word = bare(start..<index) else { return false }
        return meaning(ofWord: word) != nil
    }

    /// Whether digits stand here and a comma or bracket behind them.
    private func isPlainNumber() -> Bool {
        var place = index
        while place < end, bytes[place].isDigit { place += 1 }
        guard place > index, place < end else { return false }
        return bytes[place] == .closeBrace || bytes[place] == .closeBracket
            || bytes[place] == .comma && open.last == .closeBracket
    }

    /// A number or word of JSON.
    mutating func number() -> WrittenValue {
        let start = index
        var int: Int64 = 0
        while let byte = current, byte.isDigit, index - start < 18 {
            int = int * 10 + Int64(byte - 0x30)
            index += 1
        }
        let count = index - start
        while let byte = current, byte > 0x20, byte != .comma, !byte.isCloser { index += 1 }
        if count > 0, index == start + count, count == 1 || bytes[start] != 0x30 {
            return WrittenValue(.int(int))
        }
        return WrittenValue(.bare(String(decoding: bytes[start..<index], as: UTF8.self)))
    }

    /// Whether a number or JSON's word before a blank is an item for itself: `[1 2 3]`.
    private mutating func endsAtBlank(_ start: Int) -> Bool {
        guard isShortWord(start) else { return false }
        let next = nextLetter(index)
        guard next < end else { return false }
        return bytes[next].isDigit || bytes[next] == UInt8(ascii: "-") || bytes[next].isOpener
            || holds("...", at: next) || isWordOfJSON(next, mayBeFollowed: true)
    }

    /// The words before a quote that ends them: it begins the next name or item, or closes a text that has lost its
    /// first quote. Nil where the quote stands within the words.
    private mutating func wordsBeforeQuote(_ start: Int, _ place: Place) -> WrittenValue? {
        let next = nextLetter(index + 1)
        charge(next - index)
        let isClosed =
            next >= end || bytes[next] == .comma || bytes[next].isCloser
            || bytes[index..<next].contains(.newline) && isQuotedKey(next)
        switch place {
        case .field:
            if isQuotedKey(index), let words = bare(start..<index) { return value(words, start) }
            guard isClosed,
                next >= end || goesOn(next, place, behindComma: false)
                    || bytes[next] == .comma && goesOn(next + 1, place, behindComma: true)
            else { return nil }
        case .item: if !isClosed { return bare(start..<index).map { value($0, start) } }
        // Words in which values begin are a sentence with JSON in it, whose end may be missing.
        case .whole: if next < end || bytes[start..<index].contains(where: beginsValue) { return nil }
        case .key: return nil
        }
        let words = unescaped(start..<index)
        index += 1
        // A date, a number or a word of JSON in half its quotes is a text all the same.
        return words.isEmpty ? nil : WrittenValue(.text(words))
    }
}
