import Encodings
internal import Values

extension HTMLTokenizer {
    /// Text among markup, up to the next tag or comment; or one NUL.
    mutating func markedText() -> HTMLToken {
        let start = position
        var place = start
        var hasReference = false
        scan: while true {
            place = scan(from: place) { $0 == UInt8(ascii: "<") || $0 == UInt8(ascii: "&") || $0 == 0 }
            guard place < source.count else { break }
            switch source[place] {
            case UInt8(ascii: "<"):
                if beginsMarkup(place) { break scan }
            case UInt8(ascii: "&"): hasReference = true
            default: break scan
            }
            place += 1
        }
        // A NUL stands alone.
        if place == start { place += 1 }
        position = place
        let range = HTMLRange(start: start, end: place)
        return .text(hasReference ? decodingReferences(range, inAttribute: false) : range)
    }

    /// Text of an element that holds no other; nil where there is none. An end tag follows it.
    mutating func text(to end: Int, decoding: Bool) -> HTMLToken? {
        content = .markup
        guard position < end else { return nil }
        let range = HTMLRange(start: position, end: end)
        position = end
        return .text(decoding ? decodingReferences(range, inAttribute: false) : replacingNUL(range))
    }

    /// Text up to the end of a CDATA section, NULs alone; nil behind its end.
    mutating func cdata() -> HTMLToken? {
        if stands("]]>", at: position) {
            content = .markup
            position += 3
            return nil
        }
        let start = position
        var place = start
        while place < source.count && !stands("]]>", at: place) && source[place] != 0 {
            place = scan(from: place + 1) { $0 == UInt8(ascii: "]") || $0 == 0 }
        }
        position = max(place, start + 1)
        return .text(HTMLRange(start: start, end: position))
    }

    /// Where the end tag of an element stands, or the end of the page.
    func endTag(named name: HTMLTag, from start: Int) -> Int {
        let name = Array(name.name.utf8)
        var place = scan(from: start) { $0 == UInt8(ascii: "<") }
        while place < source.count && !isEndTag(name, at: place) {
            place = scan(from: place + 1) { $0 == UInt8(ascii: "<") }
        }
        return place
    }

    private func isEndTag(_ name: [UInt8], at place: Int) -> Bool {
        place + 1 < source.count && source[place + 1] == UInt8(ascii: "/") && isTagName(name, at: place + 2)
    }

    /// Whether a name stands at a place, and ends there as the name of a tag does.
    private func isTagName(_ name: [UInt8], at place: Int) -> Bool {
        let end = place + name.count
        guard end < source.count else { return false }
        for index in 0..<name.count where smallLetter(source[place + index]) != name[index] { return false }
        return isHTMLBlank(source[end]) || source[end] == UInt8(ascii: "/")
            || source[end] == UInt8(ascii: ">")
    }

    /// Where the end tag of a script stands, or the end of the page. Inside of `<!--`, a second `<script>`
    /// takes the next end tag for itself.
    func endOfScript() -> Int {
        let name = Array(HTMLTag.script.name.utf8)
        var isInComment = false
        var isNested = false
        // Before this place no dash counts towards the end of a comment.
        var dashes = 0
        var place = position
        while true {
            place = scan(from: place) { $0 == UInt8(ascii: "<") || $0 == UInt8(ascii: ">") }
            guard place < source.count else { return place }
            switch source[place] {
            case UInt8(ascii: "<"):
                if isEndTag(name, at: place) {
                    if !isNested { return place }
                    isNested = false
                } else if isInComment {
                    if isTagName(name, at: place + 1) { isNested = true }
                } else if stands("<!--", at: place) {
                    isInComment = true
                    dashes = place + 2
                    place += 3
                }
            case UInt8(ascii: ">"):
                if isInComment, place - 2 >= dashes, source[place - 1] == UInt8(ascii: "-"),
                    source[place - 2] == UInt8(ascii: "-")
                {
                    isInComment = false
                    isNested = false
                }
            default: break
            }
            place += 1
        }
    }

    /// The part with U+FFFD for each NUL.
    mutating func replacingNUL(_ range: HTMLRange) -> HTMLRange {
        guard scan(range, until: { $0 == 0 }) < range.end else { return range }
        let start = source.count + decoded.count
        for place in range.start..<range.end { appendReplacingNUL(source[place]) }
        return HTMLRange(start: start, end: source.count + decoded.count)
    }

    private mutating func appendReplacingNUL(_ byte: UInt8) {
        if byte == 0 {
            decoded.append(contentsOf: [0xEF, 0xBF, 0xBD])
        } else {
            decoded.append(byte)
        }
    }

    /// The part with the characters that its references stand for, and U+FFFD for each NUL.
    mutating func decodingReferences(_ range: HTMLRange, inAttribute: Bool) -> HTMLRange {
        let start = source.count + decoded.count
        var place = range.start
        while place < range.end {
            let byte = source[place]
            if byte == UInt8(ascii: "&"),
                let next = decodeReference(at: place, before: range.end, inAttribute: inAttribute)
            {
                place = next
            } else {
                appendReplacingNUL(byte)
                place += 1
            }
        }
        return HTMLRange(start: start, end: source.count + decoded.count)
    }

    /// Appends what the reference at a place stands for to `decoded`.
    ///
    /// - Returns: the place behind it, or nil where none stands.
    private mutating func decodeReference(at place: Int, before end: Int, inAttribute: Bool) -> Int? {
        guard place + 1 < end else { return nil }
        if source[place + 1] == UInt8(ascii: "#") { return decodeNumber(at: place + 2, before: end) }
        var nameEnd = place + 1
        // The longest name has 31 letters.
        while nameEnd < min(end, place + 40), isLetterOrDigit(source[nameEnd]) { nameEnd += 1 }
        guard nameEnd > place + 1 else { return nil }
        let isClosed = nameEnd < end && source[nameEnd] == UInt8(ascii: ";")
        let name = source[place + 1..<nameEnd]
        guard let found = CharacterReferences.shared.longest(in: name, closed: isClosed) else { return nil }
        var next = place + 1 + found.length
        if isClosed && next == nameEnd {
            next += 1
        } else if inAttribute && next < end
            && (source[next] == UInt8(ascii: "=") || isLetterOrDigit(source[next]))
        {
            // It is a parameter of an address, as in `?a=b&copy=c`.
            return nil
        }
        appendCharacter(found.first)
        if found.second != 0 { appendCharacter(found.second) }
        return next
    }

    private mutating func decodeNumber(at start: Int, before end: Int) -> Int? {
        var place = start
        let isHex = place < end && smallLetter(source[place]) == UInt8(ascii: "x")
        if isHex { place += 1 }
        let digits = place
        var number: UInt32 = 0
        while place < end, let digit = hexValue(source[place]), isHex || digit < 10 {
            // What is beyond all characters stays beyond them.
            number = min(number * (isHex ? 16 : 10) + digit, 0x110000)
            place += 1
        }
        guard place > digits else { return nil }
        appendCharacter(CharacterReferences.character(numbered: number))
        return place < end && source[place] == UInt8(ascii: ";") ? place + 1 : place
    }

    private mutating func appendCharacter(_ code: UInt32) {
        guard let scalar = Unicode.Scalar(code), let bytes = UTF8.encode(scalar) else { return }
        decoded.append(contentsOf: bytes)
    }

    private func isLetterOrDigit(_ byte: UInt8) -> Bool {
        isDigit(byte) || isLetter(byte)
    }
}
