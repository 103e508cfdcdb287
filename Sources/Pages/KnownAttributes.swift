internal import CLibXML2

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// The attributes that main text and metadata look for in every element of a page.
enum KnownAttribute {
    case `class`
    case id
    case role
    case itemprop
    case href
    case rel
    case style
    case hidden
    case ariaHidden

    fileprivate init?(_ name: UnsafePointer<UInt8>) {
        // By its length first: most attributes are none of these.
        let candidate: (Self, StaticString)
        switch strlen(name) {
        case 2: candidate = (.id, "id")
        case 3: candidate = (.rel, "rel")
        case 4: candidate = name[0] == UInt8(ascii: "r") ? (.role, "role") : (.href, "href")
        case 5: candidate = name[0] == UInt8(ascii: "c") ? (.class, "class") : (.style, "style")
        case 6: candidate = (.hidden, "hidden")
        case 8: candidate = (.itemprop, "itemprop")
        case 11: candidate = (.ariaHidden, "aria-hidden")
        default: return nil
        }
        guard memcmp(name, candidate.1.utf8Start, candidate.1.utf8CodeUnitCount) == 0 else { return nil }
        self = candidate.0
    }
}

extension PageTree {
    /// Visits those attributes of an element that are known, without making texts of them, which would take
    /// longer than all else for a whole page. Of a value in several pieces only the first is given.
    func eachKnownAttribute(_ node: Node, _ visit: (KnownAttribute, UnsafeBufferPointer<UInt8>) -> Void) {
        guard kind(node) == .element else { return }
        var next = pointer(node).pointee.properties
        while let attribute = next {
            next = attribute.pointee.next
            guard let name = attribute.pointee.name, let known = KnownAttribute(name) else { continue }
            let content = attribute.pointee.children?.pointee.content
            visit(
                known,
                UnsafeBufferPointer(start: content, count: content.map { Int(xmlStrlen($0)) } ?? 0))
        }
    }
}
