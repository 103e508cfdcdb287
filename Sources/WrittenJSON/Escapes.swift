import Values

/// What stands behind a `\` in a text. One that escapes nothing stays: `C:\Users`, `\d+`.
enum Escape {
    /// Where an escape of JSON's ends whose letter stands at a place; nil where it is none.
    static func end(_ bytes: [UInt8], _ place: Int) -> Int? {
        guard place < bytes.count else { return nil }
        let letter = bytes[place]
        if letter == UInt8(ascii: "u") {
            return code(bytes, place + 1, 4, bytes.count).map { _ in place + 5 }
        }
        if letter == .quote || letter == .backslash || letter == .slash { return place + 1 }
        return JSON.control(letter) != nil && !isCommand(bytes, place, bytes.count) ? place + 1 : nil
    }

    /// Appends what an escape means.
    ///
    /// - Parameter place: where the letter behind `\` stands.
    /// - Returns: where the escape ends.
    static func append(_ bytes: [UInt8], _ place: Int, _ last: Int, to output: inout [UInt8]) -> Int {
        let letter = bytes[place]
        if let control = JSON.control(letter) {
            if !isCommand(bytes, place, last) {
                output.append(control)
                return place + 1
            }
        } else if letter == .quote || letter == .backslash || letter == .slash {
            output.append(letter)
            return place + 1
        } else if letter == UInt8(ascii: "u"), let next = appendCode(bytes, place, 4, last, &output) {
            return next
        }
        return appendOther(bytes, place, last, &output)
    }

    /// Appends what is no escape of JSON's.
    private static func appendOther(_ bytes: [UInt8], _ place: Int, _ last: Int, _ output: inout [UInt8])
        -> Int
    {
        if let quotation = Quotation(bytes, place, last) {
            output += bytes[place..<(place + quotation.length)]
            return place + quotation.length
        }
        // JavaScript and Python go on with the text in the next line.
        if bytes[place] == .newline { return place + 1 }
        if bytes[place] == UInt8(ascii: "x"), let next = appendCode(bytes, place, 2, last, &output) {
            return next
        }
        if bytes[place] == UInt8(ascii: "u"), let next = appendBraced(bytes, place + 1, last, &output) {
            return next
        }
        output += [.backslash, bytes[place]]
        return place + 1
    }

    /// Appends the character of `\u{1F600}`, as JavaScript has it.
    private static func appendBraced(_ bytes: [UInt8], _ place: Int, _ last: Int, _ output: inout [UInt8])
        -> Int?
    {
        guard place < last, bytes[place] == .openBrace,
            let end = bytes[place..<min(last, place + 8)].firstIndex(of: .closeBrace), end > place + 1,
            let unit = code(bytes, place + 1, end - place - 1, last), let scalar = Unicode.Scalar(unit)
        else { return nil }
        output += Array(String(Character(scalar)).utf8)
        return end + 1
    }

    /// Whether the letters behind a `\` are a command of TeX, as `\frac`, and no control character: nobody
    /// writes those two of JSON's before a word.
    private static func isCommand(_ bytes: [UInt8], _ place: Int, _ last: Int) -> Bool {
        guard bytes[place] == UInt8(ascii: "f") || bytes[place] == UInt8(ascii: "b"), place + 2 < last else {
            return false
        }
        return bytes[(place + 1)...(place + 2)].allSatisfy { $0 >= 0x61 && $0 <= 0x7A }
    }

    /// Appends the character of `\u0041` or `\x41`.
    private static func appendCode(
        _ bytes: [UInt8], _ place: Int, _ digits: Int, _ last: Int, _ output: inout [UInt8]
    ) -> Int? {
        guard var unit = code(bytes, place + 1, digits, last) else { return nil }
        var next = place + 1 + digits
        if unit & 0xFC00 == 0xD800, next + 1 < last, bytes[next] == .backslash,
            bytes[next + 1] == bytes[place],
            let low = code(bytes, next + 2, 4, last), low & 0xFC00 == 0xDC00
        {
            unit = 0x10000 + (unit & 0x3FF) << 10 + (low & 0x3FF)
            next += 6
        }
        // A lone half of a pair is no character; U+FFFD stands for it, as most readers do.
        output += Array(String(Character(Unicode.Scalar(unit) ?? "\u{FFFD}")).utf8)
        return next
    }

    private static func code(_ bytes: [UInt8], _ place: Int, _ digits: Int, _ last: Int) -> UInt32? {
        guard place + digits <= last else { return nil }
        var unit: UInt32 = 0
        for byte in bytes[place..<(place + digits)] {
            guard let digit = hexValue(byte) else { return nil }
            unit = unit << 4 | UInt32(digit)
        }
        return unit
    }
}

extension WrittenReader {
    /// What a text means whose bytes stand in a range.
    ///
    /// - Parameter hasBareQuotes: whether quotes stand in it that are not escaped. Then its writer has lost count
    ///   of the levels, and all backslashes before a quote are there to escape it.
    func unescaped(_ range: Range<Int>, hasBareQuotes: Bool = false) -> String {
        guard let first = bytes[range].firstIndex(of: .backslash), isExact || !isPath(range.lowerBound) else {
            return String(decoding: bytes[range], as: UTF8.self)
        }
        var output = Array(bytes[range.lowerBound..<first])
        output.reserveCapacity(range.count)
        var place = first
        let isTeX = !isExact && holdsTeX(first..<range.upperBound)
        while place < range.upperBound {
            if bytes[place] == .backslash, place + 1 < range.upperBound {
                if isTeX, TeX.isCommand(bytes[(place + 1)..<range.upperBound]) {
                    output += bytes[place...(place + 1)]
                    place += 2
                    continue
                }
                if hasBareQuotes, let quote = quoteBehindBackslashes(place, range.upperBound) {
                    place = quote
                    continue
                }
                place = Escape.append(bytes, place + 1, range.upperBound, to: &output)
            } else {
                output.append(bytes[place])
                place += 1
            }
        }
        return String(decoding: output, as: UTF8.self)
    }

    /// Whether a `\` stands in a range that escapes nothing and begins a command of TeX, as in `\alpha` and `\frac`.
    private func holdsTeX(_ range: Range<Int>) -> Bool {
        var place = range.lowerBound
        while place + 2 < range.upperBound {
            guard bytes[place] == .backslash else {
                place += 1
                continue
            }
            let (letter, next) = (bytes[place + 1], bytes[place + 2])
            if letter < 0x80, letter.isLetter, letter != UInt8(ascii: "u"), next < 0x80, next.isLetter,
                Escape.end(bytes, place + 1) == nil
            {
                return true
            }
            place += 2
        }
        return false
    }

    /// Where the quote stands behind two or more backslashes; nil where none does.
    private func quoteBehindBackslashes(_ place: Int, _ last: Int) -> Int? {
        var next = place
        // Nobody escapes more often than thrice.
        while next < last, next < place + 8, bytes[next] == .backslash { next += 1 }
        return next > place + 1 && next < last && bytes[next] == .quote ? next : nil
    }

    /// Whether a text is a path of Windows whose writer escaped none of its backslashes: `C:\new`.
    private func isPath(_ start: Int) -> Bool {
        start + 3 < end && bytes[start].isLetter && bytes[start + 1] == .colon
            && bytes[start + 2] == .backslash
            && bytes[start + 3] != .backslash
    }
}
