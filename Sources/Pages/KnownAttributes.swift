internal import CLibXML2

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// The attributes that main text and metadata look for in every element of a page.
enum KnownAttribute: CaseIterable {
    case `class`
    case id
    case role
    case itemprop
    case href
    case rel
    case style
    case hidden
    case ariaHidden

    private var name: StaticString {
        switch self {
        case .class: "class"
        case .id: "id"
        case .role: "role"
        case .itemprop: "itemprop"
        case .href: "href"
        case .rel: "rel"
        case .style: "style"
        case .hidden: "hidden"
        case .ariaHidden: "aria-hidden"
        }
    }

    fileprivate init?(_ name: UnsafePointer<UInt8>) {
        let length = strlen(name)
        let known = KnownAttribute.allCases.first {
            $0.name.utf8CodeUnitCount == length && memcmp(name, $0.name.utf8Start, length) == 0
        }
        guard let known else { return nil }
        self = known
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
