// What may stand behind a value.

extension WrittenReader {
    /// How far a look ahead goes.
    private static let farthestLook = 256

    /// Whether the next part of a record or list stands at a place, or what else ends a part.
    mutating func goesOn(_ place: Int, _ kind: Place, behindComma: Bool) -> Bool {
        let next = nextLetter(place)
        charge(next - place)
        guard next < end else { return true }
        let byte = bytes[next]
        if byte.isCloser || byte == .hash || holds("//", at: next) || holds("/*", at: next) { return true }
        if holds("<!--", at: next) { return true }
        if holds("...", at: next) || holds("…", at: next) || holds("```", at: next) { return true }
        if behindComma, byte == .comma { return true }
        switch kind {
        case .key, .field:
            let isNewPart = behindComma || bytes[place..<next].contains(.newline)
            if isQuotedKey(next) || isBareKey(next, mayEqual: isNewPart) || isHalfQuotedKey(next)
                || behindComma && (isCommentBeforeKey(next) || isKeyWithoutColon(next))
            {
                return true
            }
            // A record in a list that was not closed, or a list that goes on.
            return behindComma && (byte == .openBrace || byte == .openBracket)
        case .item, .whole:
            if Quotation(bytes, next, end) != nil || byte == .openBrace || byte == .openBracket {
                return true
            }
            return isBareItem(next)
        }
    }

    /// Whether a name in quotes and a colon stand at a place, or the text ends in the name.
    mutating func isQuotedKey(_ place: Int) -> Bool {
        guard place < end, let quotation = Quotation(bytes, place, end) else { return false }
        var start = place + quotation.length
        // `""name"": 1`
        let isDoubled = isDoubledQuote(quotation, at: place)
        if isDoubled || hasQuoteTooMany(place) { start += 1 }
        let last = min(end, start + Self.farthestLook)
        var next = start
        while next < last, bytes[next] != .newline, quotation.closingLength(bytes, next, end) == 0 {
            next += bytes[next] == .backslash ? 2 : 1
        }
        charge(next - place)
        // The text may have been cut off within a name.
        guard next < end else { return !bytes[start..<end].contains { $0 == .colon || $0.isCloser } }
        var length = quotation.closingLength(bytes, next, end)
        guard length > 0 else { return false }
        // `"name"": 1` has a quote too many, too.
        if next + 1 < end, bytes[next + 1] == bytes[next],
            isDoubled || next + 2 < end && bytes[next + 2] == .colon
        {
            length += 1
        }
        if next > start, bytes[start] == .comma || bytes[start] == .colon { return false }
        let colon = nextLetter(next + length)
        guard colon < end, bytes[colon] == .equals else {
            return colon >= end || bytes[colon] == .colon || holds("：", at: colon) || holds("->", at: colon)
        }
        return holds("=>", at: colon) || colon > next + length && holds("= ", at: colon)
    }

    /// Whether a name stands at a place that has two quotes before it: `""name": 1`.
    func hasQuoteTooMany(_ place: Int) -> Bool {
        place + 2 < end && bytes[place] == .quote && bytes[place + 1] == .quote && bytes[place + 2].isLetter
    }

    /// Whether a name stands at a place that has lost its last quote: `"a: "x"`.
    mutating func isHalfQuotedKey(_ place: Int) -> Bool {
        guard place < end, bytes[place] == .quote || bytes[place] == .apostrophe else { return false }
        var next = place + 1
        var isWord = true
        while next < end, next < place + 64, bytes[next].isPartOfName || bytes[next] == 0x20 {
            isWord = isWord && bytes[next] != 0x20
            next += 1
        }
        charge(next - place)
        guard next > place + 1, next < end, bytes[next] == .colon else { return false }
        next = nextLetter(next + 1)
        guard next < end else { return false }
        // Several words and a colon are a name only where a text follows.
        if bytes[next] == bytes[place] { return true }
        return isWord && (bytes[next].isOpener || bytes[next].isDigit || isWordOfJSON(next))
    }

    /// Whether a number or a word that means something in JSON stands at a place, and nothing else up to the
    /// comma or bracket.
    ///
    /// - Parameter mayBeFollowed: whether other values may stand there, too, whose commas were forgotten.
    mutating func isWordOfJSON(_ place: Int, mayBeFollowed: Bool = false) -> Bool {
        var next = place
        // Whoever forgets commas forgets several: a few words tell.
        for _ in 0..<(mayBeFollowed ? 8 : 1) {
            let start = next
            while next < end, next < start + 32, bytes[next].isPartOfName || bytes[next] == .plus {
                next += 1
            }
            charge(next - start)
            let word = String(decoding: bytes[start..<next], as: UTF8.self)
            guard next > start, meaning(ofWord: word) != nil else { return false }
            next = nextLetter(next)
            if next >= end || bytes[next] == .comma || bytes[next].isCloser || holds("...", at: next) {
                return true
            }
            if mayBeFollowed, bytes[next] == .quote || bytes[next] == .semicolon || bytes[next].isOpener {
                return true
            }
        }
        return mayBeFollowed
    }

    /// Whether a name in quotes stands at a place whose colon was forgotten: behind it a value begins, and no
    /// comma stands between.
    mutating func isKeyWithoutColon(_ place: Int) -> Bool {
        guard let behind = endOfQuotedName(place) else { return false }
        let value = nextLetter(behind)
        guard value < end else { return false }
        if value == behind {
            return bytes[value] == .quote && value + 1 < end && bytes[value + 1].isPartOfName
                || isWordOfJSON(value)
        }
        return bytes[value] == .quote || bytes[value].isDigit || bytes[value] == .openBrace
            || bytes[value] == .openBracket || isWordOfJSON(value)
    }

    /// Whether a name in quotes stands at a place, and behind it the bracket that closes the record, or a comma and the next
    /// name: its value is missing.
    mutating func isKeyWithoutValue(_ place: Int) -> Bool {
        guard let behind = endOfQuotedName(nextLetter(place)) else { return false }
        let bracket = nextLetter(behind)
        guard bracket < end else { return false }
        return bytes[bracket] == .closeBrace
            || bytes[bracket] == .comma && isQuotedKey(nextLetter(bracket + 1))
    }

    /// What stands behind a short name in quotes; nil where none stands at the place.
    private mutating func endOfQuotedName(_ place: Int) -> Int? {
        guard place < end, bytes[place] == .quote else { return nil }
        var next = place + 1
        while next < end, next < place + 64, bytes[next].isPartOfName || bytes[next] == 0x20 { next += 1 }
        charge(next - place)
        guard next > place + 1, next < end, bytes[next] == .quote else { return nil }
        return next + 1
    }

    /// Whether a name in quotes stands at a place, and its colon behind it.
    mutating func isField(_ place: Int) -> Bool {
        guard isQuotedKey(place), let quotation = Quotation(bytes, place, end) else { return false }
        var next = place + quotation.length
        while next < end, quotation.closingLength(bytes, next, end) == 0 {
            next += bytes[next] == .backslash ? 2 : 1
        }
        charge(next - place)
        return next < end && nextLetter(next + quotation.closingLength(bytes, next, end)) < end
    }

    /// Whether a name without quotes and a colon stand at a place.
    ///
    /// - Parameter mayEqual: whether `=` counts as a colon; in the midst of a text `x=y` is words.
    mutating func isBareKey(_ place: Int, mayEqual: Bool = true) -> Bool {
        var next = place
        let last = min(end, place + Self.farthestLook)
        while next < last, bytes[next].isPartOfName { next += 1 }
        let isWord = next > place
        let isDigits = isWord && bytes[place..<next].allSatisfy(\.isDigit)
        // `first name": 1` has lost its first quote, whose blanks only then are part of the name.
        var quote = next
        while isWord, quote < last, bytes[quote].isPartOfName || bytes[quote] == 0x20 { quote += 1 }
        charge(quote - place)
        guard isWord else { return false }
        if quote < end, bytes[quote] == .quote { next = quote + 1 }
        next = nextLetter(next)
        guard next < end else { return true }
        // A time of day and a url are no names.
        if bytes[next] == .colon {
            return !holds("://", at: next) && !(isDigits && next + 1 < end && bytes[next + 1].isDigit)
        }
        return bytes[next] == .equals && (mayEqual || holds("=>", at: next))
    }

    /// Whether several words without quotes, a colon and a text in quotes stand at a place: `last name: "B"`.
    mutating func isKeyOfWords(_ place: Int) -> Bool {
        var next = place
        while next < end, next < place + 40, bytes[next].isPartOfName || bytes[next] == 0x20 { next += 1 }
        charge(next - place)
        guard next > place, next < end, bytes[next] == .colon else { return false }
        let value = nextLetter(next + 1)
        return value < end && bytes[value] == .quote
    }

    /// Whether several words without quotes, a call or parentheses stand at a place and are an item for
    /// themselves.
    mutating func isItemOfWords(_ place: Int) -> Bool {
        let first = nextLetter(place)
        var next = first
        let last = min(end, first + Self.farthestLook)
        while next < last, bytes[next].isPartOfName || bytes[next] == 0x20 { next += 1 }
        charge(next - place)
        guard next < end else { return false }
        if bytes[next] == .openParenthesis { return next == first || bytes[next - 1] != 0x20 }
        if next > first, bytes[next] == .newline || bytes[next] == .comma || bytes[next].isCloser {
            return true
        }
        return isItemWithLastQuote(first)
    }

    /// Whether words stand at a place that have lost their first quote: the last one stands before the comma or bracket.
    mutating func isItemWithLastQuote(_ place: Int) -> Bool {
        guard place < end, Quotation(bytes, place, end) == nil, !bytes[place].isOpener else { return false }
        var next = place
        let last = min(end, place + Self.farthestLook)
        while next < last, bytes[next] != .newline, bytes[next] != .quote, bytes[next] != .comma { next += 1 }
        charge(next - place)
        guard next < last, bytes[next] == .quote, bytes[next - 1] > 0x20 else { return false }
        next = nextLetter(next + 1)
        return next >= end || bytes[next] == .comma || bytes[next].isCloser
    }

    private mutating func isBareItem(_ place: Int) -> Bool {
        var next = place
        let last = min(end, place + Self.farthestLook)
        while next < last, bytes[next].isPartOfName || bytes[next] == .plus { next += 1 }
        charge(next - place)
        guard next > place else { return false }
        let word = place..<next
        if next < end, bytes[next] == .quote { next += 1 }
        next = nextLetter(next)
        guard next < end, bytes[next] != .comma, !bytes[next].isCloser else { return true }
        if bytes[next] == .semicolon { return plainInt(bytes[word]) != nil }
        // A number whose comma was forgotten.
        return next > word.upperBound && isWordOfJSON(place, mayBeFollowed: true)
    }

    /// Whether words stand at a place that are no part of the text before them, since a name follows.
    mutating func isCommentBeforeKey(_ place: Int) -> Bool {
        var next = place
        let last = min(end, place + Self.farthestLook)
        while next < last, bytes[next].isPartOfName || bytes[next] == 0x20 { next += 1 }
        charge(next - place)
        return next > place && isQuotedKey(next)
    }
}
