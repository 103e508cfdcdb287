// Blanks and comments.

extension WrittenReader {
    mutating func skipBlanks(before place: Place) {
        while let byte = current {
            if byte <= 0x20 {
                index += 1
            } else if byte == .quote || byte == .comma || byte == .colon || byte.isCloser || byte.isOpener {
                return
            } else if byte == .slash, holds("/*") {
                index += 2
                while index < end, !holds("*/") { index += 1 }
                index = min(index + 2, end)
            } else if byte == UInt8(ascii: "<"), beginsMarkupComment() {
                index += 4
                while index < end, !holds("-->") { index += 1 }
                index = min(index + 3, end)
            } else if byte == .hash && !isColour(place) || byte == .slash && holds("//")
                || isLineOfMinus(place)
            {
                skipLine()
            } else if byte == .backtick, holds("```"), !isBlock(place) {
                // A fence around a value within brackets.
                while current == .backtick { index += 1 }
                while let letter = current, letter.isLetter || letter.isDigit { index += 1 }
            } else {
                let length = byte < 0x80 ? 0 : blankLength(bytes, index, end)
                if length == 0 { return }
                index += length
            }
        }
    }

    /// Whether a comment of HTML begins here, and ends somewhere.
    mutating func beginsMarkupComment() -> Bool {
        guard holds("<!--") else { return false }
        if lastCommentEnd == nil { charge(end - index) }
        let last = lastCommentEnd ?? bytes[index..<end].lastRange(of: [0x2D, 0x2D, 0x3E]) ?? -1
        lastCommentEnd = last
        return last > index
    }

    /// Whether a comment of SQL or Lua begins here. Before a value two signs are more likely, and on the last line nobody
    /// knows where it ends.
    private func isLineOfMinus(_ place: Place) -> Bool {
        place != .field && index < lastNewline && holds("-- ")
    }

    /// `#fff` as a value is no comment.
    private func isColour(_ place: Place) -> Bool {
        place == .field && index + 1 < end && (bytes[index + 1].isLetter || bytes[index + 1].isDigit)
    }

    /// Whether three backticks open a text rather than stand around JSON.
    private func isBlock(_ place: Place) -> Bool {
        guard place == .field else { return false }
        var next = index + 3
        while next < end, bytes[next].isLetter || bytes[next].isDigit { next += 1 }
        next = nextLetter(next)
        return next < end && bytes[next] != .openBrace && bytes[next] != .openBracket
    }

    /// A comment ends with its line. Where the text has no further line, it ends where the value goes on: at a
    /// bracket that closes, or at a comma with a name behind it.
    private mutating func skipLine() {
        let isLastLine = index > lastNewline
        while let byte = current, byte != .newline {
            if isLastLine,
                byte.isCloser && !open.isEmpty || byte == .comma && isQuotedKey(nextLetter(index + 1))
            {
                return
            }
            index += 1
        }
    }

    /// Goes over a bracket that closes something.
    mutating func takesCloser() -> Bool {
        guard let byte = current, byte.isCloser else { return false }
        index += 1
        return true
    }

    /// Whether a text stands here.
    func holds(_ text: StaticString) -> Bool { holds(text, at: index) }

    func holds(_ text: StaticString, at place: Int) -> Bool {
        let count = text.utf8CodeUnitCount
        guard place + count <= end, bytes[place] == text.utf8Start.pointee else { return false }
        for offset in 1..<count where bytes[place + offset] != text.utf8Start[offset] { return false }
        return true
    }

    /// The first byte from a place on that is no blank.
    func nextLetter(_ place: Int) -> Int {
        var next = place
        while next < end {
            let length = bytes[next] <= 0x20 ? 1 : bytes[next] < 0x80 ? 0 : blankLength(bytes, next, end)
            if length == 0 { break }
            next += length
        }
        return next
    }
}

extension WrittenReader {
    /// Goes over the words by which an ellipsis says what it leaves out: `... and 10 more`, `...more items...`.
    mutating func skipWordsOfEllipsis() {
        var next = index
        while next < end, next < index + 64 {
            let byte = bytes[next]
            guard byte.isPartOfName || byte == 0x20 || byte == .openParenthesis || byte == .closeParenthesis
            else {
                break
            }
            next += 1
        }
        guard next < end, bytes[next] == .comma || bytes[next] == .newline || bytes[next].isCloser else {
            return
        }
        let words = String(decoding: bytes[index..<next], as: UTF8.self).lowercased()
        // Any other words may be an item.
        let isLeftOut = ["more", "etc", "so on", "rest", "remaining", "omitted", "others", "continue"]
            .contains {
                words.contains($0)
            }
        if isLeftOut { index = next }
    }
}

extension ArraySlice<UInt8> {
    /// Where some bytes stand last; nil where they do not stand.
    fileprivate func lastRange(of bytes: [UInt8]) -> Int? {
        var place = endIndex - bytes.count
        while place >= startIndex {
            if self[place] == bytes[0], self[place..<(place + bytes.count)].elementsEqual(bytes) {
                return place
            }
            place -= 1
        }
        return nil
    }
}
