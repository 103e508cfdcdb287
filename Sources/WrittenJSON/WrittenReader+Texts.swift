import Values

// Texts in quotes. A quote within a text may end it, may stand in it since its writer forgot to escape it, or may
// open the next text since the end of this one was forgotten. What stands around the quote tells.

extension WrittenReader {
    /// What a quote is that stands in a text.
    private enum Mark {
        case end
        case inner
        /// The text ended before, at this place, and its quote was forgotten.
        case next(after: Int)
    }

    /// What the look at a quote costs that ends no text.
    private static let innerQuote = 24

    /// A text that is being read.
    struct Draft {
        let place: Place
        let isJoined: Bool
        let quotation: Quotation
        /// Where it begins, behind its quote.
        let start: Int
        /// How many quotes stand in it so far.
        var inner = 0
        /// Whether a quote in it has opened a quotation that has not been closed.
        var isQuoting = false
    }

    /// - Parameter isJoined: whether it is added to a text before it.
    mutating func text(_ quotation: Quotation, _ place: Place, isJoined: Bool = false) -> WrittenValue? {
        if let block = blockText(place) { return block }
        let isDoubled = isDoubledQuote(quotation, at: index)
        index += quotation.length * (isDoubled ? 2 : 1)
        var draft = Draft(place: place, isJoined: isJoined, quotation: quotation, start: index)
        while index < end, failure == nil {
            let byte = bytes[index]
            if byte == .backslash {
                index = min(index + 2, end)
                continue
            }
            let length = quotation.closingLength(bytes, index, end)
            guard length > 0 else {
                index += 1
                continue
            }
            if isDoubled {
                guard quotation.closingLength(bytes, min(index + length, end - 1), end) > 0 else {
                    index += length
                    continue
                }
                return ended(draft, at: index, next: min(index + 2 * length, end))
            }
            switch judge(index, length, &draft) {
            case .end: return ended(draft, at: index, next: index + length)
            case .inner:
                draft.inner += 1
                charge(Self.innerQuote)
                index += length
            case .next(let place):
                return ended(draft, at: endBeforeLastQuote(draft.start, place), next: place)
            }
        }
        guard failure == nil else { return nil }
        if let place = endOfUnclosed(draft) {
            return ended(draft, at: endBeforeLastQuote(draft.start, place), next: place)
        }
        var last = endWithoutHalfEscape(draft.start)
        // Blanks before the cut stood between words of which the next is missing.
        while last > draft.start, bytes[last - 1] == 0x20 || bytes[last - 1] == 0x09 { last -= 1 }
        return WrittenValue(.text(unescaped(draft.start..<last)), isCut: true)
    }

    private mutating func ended(_ draft: Draft, at last: Int, next: Int) -> WrittenValue? {
        charge(max(0, index - next))
        index = next
        guard pays(for: ValueBudget.text(last - draft.start)) else { return nil }
        let lastLine = draft.place == .key ? last : withoutLastLine(draft.start, last)
        let range = lastLine < last ? draft.start..<lastLine : withoutLoneQuote(draft, draft.start..<last)
        let text = unescaped(range, hasBareQuotes: draft.inner > 0)
        return draft.place == .key || draft.isJoined ? WrittenValue(.text(text)) : joined(text, draft.place)
    }

    /// A text without the only quote in it, where that stands right behind its first or before its last one: there is one
    /// too many. Behind a digit it may mean inches.
    private func withoutLoneQuote(_ draft: Draft, _ range: Range<Int>) -> Range<Int> {
        guard draft.inner == 1, draft.place != .whole, range.count > 1 else { return range }
        let (first, last) = (range.lowerBound, range.upperBound)
        let quote = bytes[first - 1]
        guard quote == .quote else { return range }
        if bytes[first] == quote { return (first + 1)..<last }
        guard bytes[last - 1] == quote, !bytes[last - 2].isDigit, bytes[last - 2] != .backslash else {
            return range
        }
        return first..<(last - 1)
    }

    /// A text whose quotes are escaped though it stands in no other: `\"a\"`.
    mutating func escapedText() -> WrittenValue? {
        guard index + 1 < end, bytes[index + 1] == .quote else { return nil }
        let start = index + 2
        var place = start
        while place + 1 < end, !(bytes[place] == .backslash && bytes[place + 1] == .quote) { place += 1 }
        charge(place - start)
        guard place + 1 < end else { return nil }
        index = place + 2
        return WrittenValue(.text(unescaped(start..<place)))
    }

    /// Where a text ends whose quote stands on a line of its own: that line is layout.
    private func withoutLastLine(_ start: Int, _ last: Int) -> Int {
        var place = last
        while place > start, bytes[place - 1] == 0x20 || bytes[place - 1] == 0x09 { place -= 1 }
        guard place > start + 1, bytes[place - 1] == .newline else { return last }
        return place - (bytes[place - 2] == 0x0D ? 2 : 1)
    }

    /// A text and those that a `+` adds to it, or that stand on the next lines without a comma, as Python has it.
    private mutating func joined(_ first: String, _ place: Place) -> WrittenValue? {
        var text = first
        while true {
            let next = nextLetter(index)
            guard next < end else { return WrittenValue(.text(text)) }
            let isAdded = bytes[next] == .plus
            guard isAdded || place == .field && isOnNextLine(index, next) && !isQuotedKey(next) else {
                return WrittenValue(.text(text))
            }
            let after = isAdded ? nextLetter(next + 1) : next
            if after >= end { index = end }
            guard after < end, let quotation = Quotation(bytes, after, end) else {
                return WrittenValue(.text(text), isCut: after >= end && place != .whole)
            }
            index = after
            guard let more = self.text(quotation, .item, isJoined: true), case .text(let rest) = more.content
            else {
                return nil
            }
            text += rest
            if more.isCut { return WrittenValue(.text(text), isCut: true) }
        }
    }

    /// Whether a text in quotes stands at a place on the next line.
    private mutating func isOnNextLine(_ after: Int, _ place: Int) -> Bool {
        bytes[place] == bytes[after - 1] && bytes[after..<place].contains(.newline)
            && opensItem(place, mayGoOn: true)
    }

    /// `""name""`, as tables write a quote within a text: the next quote is doubled, too.
    mutating func isDoubledQuote(_ quotation: Quotation, at place: Int) -> Bool {
        let second = place + quotation.length
        guard quotation.length == 1, second + 1 < end, bytes[second] == bytes[place] else { return false }
        let byte = bytes[second + 1]
        guard byte > 0x20, !isSeparator(byte), byte != .quote else { return false }
        let isComment = byte == .hash || byte == .slash
        var next = second + 1
        while next < end, bytes[next] != bytes[place], !(isComment && bytes[next] == .newline) {
            next += bytes[next] == .backslash ? 2 : 1
        }
        charge(next - second)
        guard next + 1 < end else { return !isComment }
        return bytes[next] == bytes[place] && bytes[next + 1] == bytes[place]
    }
}

// Which of the three a quote is.

extension WrittenReader {
    private mutating func judge(_ mark: Int, _ length: Int, _ draft: inout Draft) -> Mark {
        let next = nextLetter(mark + length)
        charge(next - mark)
        guard next < end else { return .end }
        let byte = bytes[next]
        if draft.place == .key { return endsKey(mark + length, next) ? .end : .inner }
        // No other can end it.
        if draft.inner == 0, bytes[mark] == .quote, mark == placeOfLastQuote {
            return opensQuotationThatIsCut(mark, next, draft.start) ? .inner : .end
        }
        if let place = forgottenEnd(before: mark, length, next, draft) { return .next(after: place) }
        let isAdjacent = next == mark + length
        let opens =
            isAdjacent && !isSeparator(byte) && !byte.isOpener && byte != .slash && byte != bytes[mark]
            && opensQuotation(mark, draft.start)
        let closed = draft.isQuoting
        draft.isQuoting = opens
        if opens { return .inner }
        return ends(mark + length, next, draft, closesQuotation: closed) ? .end : .inner
    }

    /// Whether what stands before a quote is what stands before a quotation that opens.
    private func opensQuotation(_ mark: Int, _ start: Int) -> Bool {
        guard mark > start else { return mark == start }
        let before = bytes[mark - 1]
        return before <= 0x20 || before.isOpener || before == .equals
    }

    /// A name ends at its quote, unless another follows that has the colon.
    private mutating func endsKey(_ after: Int, _ next: Int) -> Bool {
        guard after == next, bytes[next].isLetter else { return true }
        var place = next
        while place < end, place < next + 64, bytes[place].isPartOfName { place += 1 }
        charge(place - next)
        guard place < end, bytes[place] == .quote else { return true }
        let colon = nextLetter(place + 1)
        return !(colon < end && bytes[colon] == .colon)
    }

    /// Where a text ended whose quote was forgotten, when a quote opens what follows it: `"a, "b": 1`.
    private mutating func forgottenEnd(before mark: Int, _ length: Int, _ next: Int, _ draft: Draft) -> Int? {
        guard draft.inner == 0 || draft.place == .field else { return nil }
        var last = mark
        while last > draft.start, bytes[last - 1] <= 0x20 { last -= 1 }
        charge(mark - last)
        guard last > draft.start else { return nil }
        let before = bytes[last - 1]
        let isBroken = before == .comma || bytes[last..<mark].contains(.newline)
        switch draft.place {
        case .field:
            guard isBroken, isQuotedKey(mark) else { return nil }
        case .item:
            guard before == .comma, draft.inner == 0 else { return nil }
            if isBroken, isField(mark) { return lineOfBrackets(draft.start, mark) }
            guard !isSeparator(bytes[next]), opensItem(mark) else { return nil }
        case .whole, .key:
            guard before == .plus, bytes[last..<mark].contains(.newline) else { return nil }
            last -= 1
            while last > draft.start, bytes[last - 1] <= 0x20 { last -= 1 }
            return last
        }
        if let line = lineOfBrackets(draft.start, mark) { return line }
        return withoutBracketsAround(draft.start, before == .comma ? last - 1 : last)
    }

    /// Where the first line of a range ends that is followed by one of nothing but closing brackets and commas.
    private mutating func lineOfBrackets(_ start: Int, _ last: Int) -> Int? {
        guard let own = open.last, let newline = bytes[start..<last].firstIndex(of: .newline) else {
            return nil
        }
        let first = nextLetter(newline)
        guard first < last, bytes[first] == own else { return nil }
        var next = first
        while next < last, bytes[next] != .newline {
            guard bytes[next].isCloser || bytes[next] == .comma || bytes[next] <= 0x20 else { return nil }
            next += 1
        }
        charge(next - start)
        return newline
    }

    /// Where a text ends whose quote was forgotten before the brackets that close what it stands in.
    private mutating func withoutBracketsAround(_ start: Int, _ last: Int) -> Int {
        var first = last
        while first > start, last - first < open.count - 1, bytes[first - 1].isCloser { first -= 1 }
        while first < last {
            // They close what is open from the inside out.
            if bytes[first..<last].elementsEqual(open.reversed().prefix(last - first)),
                !isOpenWithin(start..<first, bytes[first])
            {
                return first
            }
            first += 1
        }
        return last
    }

    private func isSeparator(_ byte: UInt8) -> Bool {
        byte == .comma || byte == .colon || byte.isCloser || byte == .plus
    }

    /// Whether a quote opens an item: the next one is followed by a comma or bracket.
    ///
    /// - Parameter mayGoOn: whether it may also be followed by another text.
    private mutating func opensItem(_ mark: Int, mayGoOn: Bool = false) -> Bool {
        var place = mark + 1
        while place < end, bytes[place] != bytes[mark], bytes[place] != .newline { place += 1 }
        charge(place - mark)
        guard place < end, bytes[place] == bytes[mark] else { return false }
        let next = nextLetter(place + 1)
        return next >= end || bytes[next] == .comma || bytes[next].isCloser
            || bytes[next] >= 0x80 && (holds("，", at: next) || holds("、", at: next))
            || mayGoOn && bytes[next] == bytes[mark]
    }

    /// Whether what follows a quote can follow a text.
    private mutating func ends(_ after: Int, _ next: Int, _ draft: Draft, closesQuotation: Bool) -> Bool {
        let byte = bytes[next]
        switch byte {
        case .colon, .equals: return false
        case .comma:
            return goesOn(next + 1, draft.place, behindComma: true)
                || draft.place == .item && draft.inner == 0 && isItemOfWords(next + 1)
                || draft.place == .field && draft.inner == 0
                    && (isKeyOfWords(nextLetter(next + 1)) || isKeyWithoutValue(next + 1))
        // Code in a text has quotes before its semicolons, too.
        case .semicolon:
            let part = nextLetter(next + 1)
            if part >= end { return true }
            guard draft.place == .item else { return isQuotedKey(part) || isBareKey(part) }
            return draft.inner == 0 && part < end
                && (bytes[part] == .openBrace || bytes[part] == .openBracket || opensItem(part)
                    || isWordOfJSON(part, mayBeFollowed: true))
        case .closeBrace, .closeBracket, .closeParenthesis: return isBracketOfValue(next, draft)
        // The comma of Chinese and Japanese.
        case 0xEF where holds("，", at: next), 0xE3 where holds("、", at: next):
            return draft.place == .field ? isField(nextLetter(next + 3)) : opensItem(nextLetter(next + 3))
        // `"the "café" #1"`: no comment, but words behind a quotation.
        case .hash: return !closesQuotation
        case .slash where holds("//", at: next) || holds("/*", at: next): return true
        case .plus:
            let text = nextLetter(next + 1)
            return text >= end || Quotation(bytes, text, end) != nil
        case .backtick where holds("```", at: next): return true
        default: break
        }
        if holds("...", at: next) { return true }
        switch draft.place {
        case .whole: return bytes[after..<next].contains(.newline) && Quotation(bytes, next, end) != nil
        case .key: return true
        case .field:
            if closesQuotation { return false }
            return goesOn(next, .field, behindComma: false) || isCommentBeforeKey(next)
                || draft.inner == 0 && isOnNextLine(after, next)
        case .item:
            if closesQuotation { return false }
            if after == next {
                return isNextItem(next, draft) || draft.inner == 0 && isWordOfJSON(next)
            }
            return endsItem(after, next, draft)
        }
    }

    /// Whether a quote right behind another opens the next item: `["a""b"]`. Two of them can also stand for one.
    private mutating func isNextItem(_ mark: Int, _ draft: Draft) -> Bool {
        guard draft.inner == 0, bytes[mark] == .quote, mark + 1 < end else { return false }
        return bytes[mark + 1] != .quote && !isSeparator(bytes[mark + 1]) && opensItem(mark)
    }

    /// Whether an item ends at a quote that no comma follows.
    private mutating func endsItem(_ after: Int, _ next: Int, _ draft: Draft) -> Bool {
        if bytes[after..<next].contains(.newline) { return goesOn(next, .item, behindComma: false) }
        let byte = bytes[next]
        if Quotation(bytes, next, end) != nil { return opensItem(next) || draft.inner == 0 }
        if byte == .openBrace || byte == .openBracket { return true }
        if isWordOfJSON(next, mayBeFollowed: draft.inner == 0) { return true }
        // `"a" b, "c"`: a word without quotes, or with the last one only. `6" pipe` are inches, and an apostrophe often
        // stands within a text.
        guard draft.inner == 0, !isMeasure(draft.start, after - 1) else { return false }
        var place = next
        let mark = bytes[after - 1] == .apostrophe ? UInt8.apostrophe : .quote
        while place < end, place < next + 256, !isSeparator(bytes[place]), bytes[place] != mark,
            bytes[place] != .newline
        {
            place += 1
        }
        charge(place - next)
        guard place < end else { return true }
        // A word without quotes may end its line before the bracket.
        if bytes[place] == .newline { place = min(nextLetter(place), end - 1) }
        if bytes[place] == mark {
            guard bytes[after - 1] == .quote else { return false }
            place = nextLetter(place + 1)
            guard place < end else { return true }
        }
        return bytes[place] == .comma || bytes[place].isCloser
    }

    /// Whether the words before a quote end in a number or a parenthesis.
    private func isMeasure(_ start: Int, _ mark: Int) -> Bool {
        var place = mark
        while place > start, bytes[place - 1].isDigit || bytes[place - 1] == .point { place -= 1 }
        if place == mark { return place > start && bytes[place - 1] == .closeParenthesis }
        return place == start || !bytes[place - 1].isLetter
    }

    /// Whether a bracket belongs to the value around a text and not to the text.
    private mutating func isBracketOfValue(_ place: Int, _ draft: Draft) -> Bool {
        if draft.place == .whole { return false }
        if draft.inner > 0, isOpenWithin(draft.start..<place, bytes[place]) { return false }
        let next = nextLetter(place + 1)
        charge(next - place)
        guard next < end else { return true }
        if Quotation(bytes, next, end) != nil, !bytes[place..<next].contains(.newline) {
            // In a list another item may follow whose comma was forgotten.
            let isInList = open.count > 1 && open[open.count - 2] == .closeBracket
            return (open.count == 1 || isInList && draft.inner == 0) && next > place + 1 || isQuotedKey(next)
        }
        return true
    }

    /// Whether a closing bracket has its opening one within a text.
    private mutating func isOpenWithin(_ range: Range<Int>, _ close: UInt8) -> Bool {
        let opener: UInt8 =
            close == .closeBrace ? .openBrace : close == .closeBracket ? .openBracket : .openParenthesis
        var depth = 0
        for byte in bytes[range] { depth += byte == opener ? 1 : byte == close ? -1 : 0 }
        charge(range.count)
        return depth > 0
    }
}
