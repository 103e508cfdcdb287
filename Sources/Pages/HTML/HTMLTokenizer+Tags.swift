extension HTMLTokenizer {
    /// Reads a tag, from its name on, into `tag`.
    ///
    /// - Returns: false when the page ends inside: browsers drop such a tag.
    mutating func readTag(from start: Int) -> Bool {
        let nameEnd = endOfName(from: start, endsAtEquals: false)
        tag = Tag(attributes: attributes.count)
        tagNumber += 1
        tag.name = nameNumber(from: start, to: nameEnd)
        tag.tag = names.tag(tag.name)
        var place = nameEnd
        while true {
            place = skippingBlanks(from: place)
            guard place < source.count else { break }
            switch source[place] {
            case UInt8(ascii: ">"):
                position = place + 1
                return true
            case UInt8(ascii: "/"):
                place += 1
                // Only just before the end does it say something.
                tag.isSelfClosing = place < source.count && source[place] == UInt8(ascii: ">")
            default: place = readAttribute(from: place)
            }
        }
        position = source.count
        forgetAttributes()
        return false
    }

    /// Drops the attributes of the tag that was read last.
    mutating func forgetAttributes() {
        attributes.removeSubrange(tag.attributes...)
    }

    /// Where a name of an element or attribute ends. An `=` in front belongs to an attribute's name.
    private func endOfName(from start: Int, endsAtEquals: Bool) -> Int {
        var place = start
        while place < source.count {
            let byte = source[place]
            if byte <= 0x3E {
                if isHTMLBlank(byte) || byte == UInt8(ascii: "/") || byte == UInt8(ascii: ">") { break }
                if endsAtEquals && byte == UInt8(ascii: "=") && place > start { break }
            }
            place += 1
        }
        return place
    }

    private mutating func nameNumber(from start: Int, to end: Int) -> Int32 {
        if source[start..<end].contains(0) {
            let (name, _) = (replacingNUL(HTMLRange(start: start, end: end)), 0)
            return names.number(of: (name.start..<name.end).map { byte($0) }, lowercased: true)
        }
        return names.number(of: source, from: start, to: end, lowercased: true)
    }

    /// Reads one attribute into `attributes`, unless the tag has one of that name.
    ///
    /// - Returns: the place behind it.
    private mutating func readAttribute(from start: Int) -> Int {
        let nameEnd = endOfName(from: start, endsAtEquals: true)
        let name = nameNumber(from: start, to: nameEnd)
        var place = skippingBlanks(from: nameEnd)
        var value = HTMLRange(start: nameEnd, end: nameEnd)
        if place < source.count && source[place] == UInt8(ascii: "=") {
            (value, place) = attributeValue(from: skippingBlanks(from: place + 1))
        }
        while lastTagWithName.count <= Int(name) { lastTagWithName.append(0) }
        if lastTagWithName[Int(name)] != tagNumber {
            lastTagWithName[Int(name)] = tagNumber
            attributes.append(
                HTMLTree.Attribute(name: name, start: Int32(value.start), count: Int32(value.count)))
        }
        return place
    }

    private mutating func attributeValue(from start: Int) -> (value: HTMLRange, next: Int) {
        guard start < source.count else { return (HTMLRange(start: start, end: start), start) }
        let quote = source[start]
        if quote == UInt8(ascii: "\"") || quote == UInt8(ascii: "'") {
            var end = start + 1
            var isPlain = true
            while end < source.count && source[end] != quote {
                if source[end] == UInt8(ascii: "&") || source[end] == 0 { isPlain = false }
                end += 1
            }
            let range = HTMLRange(start: start + 1, end: end)
            return (isPlain ? range : decodingReferences(range, inAttribute: true), end + 1)
        }
        var end = start
        var isPlain = true
        while end < source.count && source[end] != UInt8(ascii: ">") && !isHTMLBlank(source[end]) {
            if source[end] == UInt8(ascii: "&") || source[end] == 0 { isPlain = false }
            end += 1
        }
        let range = HTMLRange(start: start, end: end)
        return (isPlain ? range : decodingReferences(range, inAttribute: true), end)
    }
}
