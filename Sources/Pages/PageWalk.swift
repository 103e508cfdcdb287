internal import CLibXML2

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// What writes a page out learns of it, node by node, in the order of the page.
protocol PageVisitor {
    /// - Returns: whether what is in the element is visited, too; only then `leave` follows.
    mutating func enter(_ element: PageTree.Node, _ role: ElementRole) -> Bool
    mutating func leave(_ element: PageTree.Node, _ role: ElementRole)
    /// - Parameter shown: the text of a text node as a browser shows it, in UTF-8; gone when this returns.
    mutating func text(_ shown: UnsafeBufferPointer<UInt8>)
}

extension PagePart {
    /// Visits what a browser would show of the part. The tree is flat, so that a page may nest as deep as it
    /// likes.
    func walk<Visitor: PageVisitor>(_ visitor: inout Visitor) {
        for node in nodes { walk(node, &visitor) }
    }

    /// Visits one of the nodes, though it may be hidden itself: it was asked for.
    private func walk<Visitor: PageVisitor>(_ top: PageTree.Node, _ visitor: inout Visitor) {
        var open: [(element: PageTree.Node, role: ElementRole, end: Int32)] = []
        var index = top.index
        let end = max(tree.end(top), top.index + 1)
        while index < end {
            while let last = open.last, last.end <= index {
                open.removeLast()
                visitor.leave(last.element, last.role)
            }
            let node = PageTree.Node(index: index)
            index += 1
            switch tree.kind(node) {
            case .text: withoutSoftHyphens(tree.bytes(node)) { visitor.text($0) }
            case .comment, .other: break
            case .element:
                let behind = tree.end(node)
                guard let role = shownRole(node, isTop: node == top), visitor.enter(node, role) else {
                    index = behind
                    continue
                }
                open.append((node, role, behind))
            }
        }
        while let last = open.popLast() { visitor.leave(last.element, last.role) }
    }

    /// The role of an element that is shown; nil for one that is not.
    private func shownRole(_ node: PageTree.Node, isTop: Bool) -> ElementRole? {
        let role = tree.role(node)
        if isTop { return role == .hidden ? .inline : role }
        return role == .hidden || !hidden.isEmpty && hidden.contains(node) || tree.isConcealed(node)
            ? nil : role
    }
}

extension PageTree {
    /// Whether an element says of itself that it is not shown: `hidden`, `style="display: none"`, or a dialog
    /// that is not open.
    func isConcealed(_ node: Node) -> Bool {
        var isOpen = false
        var next = pointer(node).pointee.properties
        while let attribute = next {
            next = attribute.pointee.next
            guard let name = attribute.pointee.name else { continue }
            // Looked at by their first letter: this is asked of every element of a page.
            switch name[0] {
            case UInt8(ascii: "h"):
                if strcmp(name, "hidden") == 0, Concealment.hides(hidden: PageTree.value(attribute).utf8) {
                    return true
                }
            case UInt8(ascii: "s"):
                if strcmp(name, "style") == 0,
                    Concealment.style(PageTree.value(attribute).utf8, says: ["display:none"])
                {
                    return true
                }
            case UInt8(ascii: "o"): if strcmp(name, "open") == 0 { isOpen = true }
            default: break
            }
        }
        return !isOpen && role(node) == .block && name(node) == "dialog"
    }
}
