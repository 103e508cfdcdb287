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
        if holds("...", at: next) || holds("…", at: next) || holds("```", at: next) { return true }
        if behindComma, byte == .comma { return true }
        switch kind {
        case .key, .field:
            if isQuotedKey(next) || isBareKey(next) || isHalfQuotedKey(next)
                || behindComma && isCommentBeforeKey(next)
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
        let start = place + quotation.length
        let last = min(end, start + Self.farthestLook)
        var next = start
        while next < last, bytes[next] != .newline, quotation.closingLength(bytes, next, end) == 0 {
            next += bytes[next] == .backslash ? 2 : 1
        }
        charge(next - place)
        // The text may have been cut off within a name.
        guard next < end else { return !bytes[start..<end].contains { $0 == .colon || $0.isCloser } }
        let length = quotation.closingLength(bytes, next, end)
        guard length > 0 else { return false }
        if next > start, bytes[start] == .comma || bytes[start] == .colon { return false }
        let colon = nextLetter(next + length)
        return colon >= end || bytes[colon] == .colon || bytes[colon] == .equals && holds("=>", at: colon)
    }

    /// Whether a name stands at a place that has lost its last quote: `"a: "x"`.
    mutating func isHalfQuotedKey(_ place: Int) -> Bool {
        guard place < end, bytes[place] == .quote else { return false }
        var next = place + 1
        while next < end, next < place + 64, bytes[next].isPartOfName { next += 1 }
        charge(next - place)
        guard next > place + 1, next < end, bytes[next] == .colon else { return false }
        next = nextLetter(next + 1)
        return next < end && (bytes[next] == .quote || bytes[next].isOpener || bytes[next].isDigit)
    }

    /// Whether a name in quotes stands at a place, and its colon behind it.
    mutating func isField(_ place: Int) -> Bool {
        guard isQuotedKey(place), let quotation = Quotation(bytes, place, end) else { return false }
        var next = place + quotation.length
        while next < end, quotation.closingLength(bytes, next, end) == 0 { next += 1 }
        charge(next - place)
        return next < end && nextLetter(next + quotation.closingLength(bytes, next, end)) < end
    }

    /// Whether a name without quotes and a colon stand at a place.
    mutating func isBareKey(_ place: Int) -> Bool {
        var next = place
        let last = min(end, place + Self.farthestLook)
        while next < last, bytes[next].isPartOfName { next += 1 }
        charge(next - place)
        guard next > place else { return false }
        // `name": 1` has lost its first quote.
        if next < end, bytes[next] == .quote { next += 1 }
        next = nextLetter(next)
        guard next < end else { return true }
        // A url is no name.
        return bytes[next] == .colon && !holds("://", at: next) || bytes[next] == .equals
    }

    private mutating func isBareItem(_ place: Int) -> Bool {
        var next = place
        let last = min(end, place + Self.farthestLook)
        while next < last, bytes[next].isPartOfName || bytes[next] == .plus { next += 1 }
        charge(next - place)
        guard next > place else { return false }
        if next < end, bytes[next] == .quote { next += 1 }
        next = nextLetter(next)
        return next >= end || bytes[next] == .comma || bytes[next].isCloser
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
