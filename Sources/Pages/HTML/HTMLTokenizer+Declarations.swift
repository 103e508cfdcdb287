import Encodings

extension HTMLTokenizer {
    /// What `<!` begins: a comment, a doctype, a CDATA section, or what is read as a comment.
    ///
    /// - Returns: nil at the beginning of a CDATA section.
    mutating func declaration(takesCDATA: Bool) -> HTMLToken? {
        let start = position + 2
        if stands("--", at: start) { return comment(from: start + 2) }
        if stands("doctype", at: start) {
            readDoctype(from: start + 7)
            return .doctype
        }
        if takesCDATA, source[start...].starts(with: Array("[CDATA[".utf8)) {
            content = .cdata
            position = start + 7
            return nil
        }
        return bogusComment(from: start)
    }

    /// Something that is no markup, up to the next `>`, as a comment.
    mutating func bogusComment(from start: Int) -> HTMLToken {
        let end = scan(from: start) { $0 == UInt8(ascii: ">") }
        position = min(end + 1, source.count)
        return .comment(replacingNUL(HTMLRange(start: start, end: end)))
    }

    private mutating func comment(from start: Int) -> HTMLToken {
        for short in [">", "->"] as [StaticString] where stands(short, at: start) {
            position = start + short.utf8CodeUnitCount
            return .comment(HTMLRange(start: start, end: start))
        }
        var place = scan(from: start) { $0 == UInt8(ascii: "-") }
        while place < source.count {
            for close in ["-->", "--!>"] as [StaticString] where stands(close, at: place) {
                position = place + close.utf8CodeUnitCount
                return .comment(replacingNUL(HTMLRange(start: start, end: place)))
            }
            place = scan(from: place + 1) { $0 == UInt8(ascii: "-") }
        }
        position = source.count
        // What looks like the beginning of an end is dropped at the end of the page.
        var end = source.count
        for close in ["--!", "--", "-"] as [StaticString] {
            let place = source.count - close.utf8CodeUnitCount
            if place >= start && stands(close, at: place) {
                end = place
                break
            }
        }
        return .comment(replacingNUL(HTMLRange(start: start, end: end)))
    }

    private mutating func readDoctype(from start: Int) {
        doctype = HTMLTree.Doctype()
        doctypeIsBroken = false
        var place = skippingBlanks(from: start)
        if place < source.count && source[place] != UInt8(ascii: ">") {
            var end = place
            while end < source.count && !isHTMLBlank(source[end]) && source[end] != UInt8(ascii: ">") {
                end += 1
            }
            doctype.name = text(HTMLRange(start: place, end: end)).map(smallLetter)
            place = skippingBlanks(from: end)
            if place < source.count && source[place] != UInt8(ascii: ">") {
                place = readIdentifiers(from: place)
            } else {
                doctypeIsBroken = place >= source.count
            }
        } else {
            doctypeIsBroken = true
        }
        position = min(scan(from: place) { $0 == UInt8(ascii: ">") } + 1, source.count)
    }

    /// Reads a doctype's identifiers.
    ///
    /// - Returns: a place from which on nothing but its end matters.
    private mutating func readIdentifiers(from start: Int) -> Int {
        var place = start + 6
        if stands("public", at: start) {
            guard let (value, next) = identifier(at: skippingBlanks(from: place)) else { return start + 6 }
            doctype.publicID = value
            place = skippingBlanks(from: next)
            // The public identifier may stand alone.
            if doctypeIsBroken || place < source.count && source[place] == UInt8(ascii: ">") { return place }
        } else if !stands("system", at: start) {
            doctypeIsBroken = true
            return start
        }
        place = skippingBlanks(from: place)
        guard let (value, next) = identifier(at: place) else { return place }
        doctype.systemID = value
        doctypeIsBroken = doctypeIsBroken || skippingBlanks(from: next) >= source.count
        return next
    }

    /// A text in quotes, which `>` ends too; nil where none stands. A doctype without it is broken.
    private mutating func identifier(at place: Int) -> (value: [UInt8], next: Int)? {
        guard place < source.count else {
            doctypeIsBroken = true
            return nil
        }
        let quote = source[place]
        guard quote == UInt8(ascii: "\"") || quote == UInt8(ascii: "'") else {
            doctypeIsBroken = true
            return nil
        }
        var end = place + 1
        while end < source.count && source[end] != quote && source[end] != UInt8(ascii: ">") { end += 1 }
        let value = text(HTMLRange(start: place + 1, end: end))
        guard end < source.count && source[end] == quote else {
            doctypeIsBroken = true
            return (value, end)
        }
        return (value, end + 1)
    }

    private mutating func text(_ range: HTMLRange) -> [UInt8] {
        let range = replacingNUL(range)
        return (range.start..<range.end).map { byte($0) }
    }
}
