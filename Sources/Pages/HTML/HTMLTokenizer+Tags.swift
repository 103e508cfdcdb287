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
        scan(from: endsAtEquals ? start + 1 : start) { byte in
            guard byte <= UInt8(ascii: ">") else { return false }
            return isHTMLBlank(byte) || byte == UInt8(ascii: "/") || byte == UInt8(ascii: ">")
                || endsAtEquals && byte == UInt8(ascii: "=")
        }
    }

    private mutating func nameNumber(from start: Int, to end: Int) -> Int32 {
        let range = HTMLRange(start: start, end: end)
        guard scan(range, until: { $0 == 0 }) == end else {
            let name = replacingNUL(range)
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
            var isPlain = true
            let end = scan(from: start + 1) { byte in
                if byte == UInt8(ascii: "&") || byte == 0 { isPlain = false }
                return byte == quote
            }
            let range = HTMLRange(start: start + 1, end: end)
            return (isPlain ? range : decodingReferences(range, inAttribute: true), end + 1)
        }
        var isPlain = true
        let end = scan(from: start) { byte in
            if byte == UInt8(ascii: "&") || byte == 0 { isPlain = false }
            return byte == UInt8(ascii: ">") || isHTMLBlank(byte)
        }
        let range = HTMLRange(start: start, end: end)
        return (isPlain ? range : decodingReferences(range, inAttribute: true), end)
    }
}
