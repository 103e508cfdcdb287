internal import CLibXML2

/// XML as XML again, without what the part leaves out.
enum XMLWriter {
    static func write(_ part: PagePart) -> String {
        // libxml2 declares the namespaces of what it writes; it only has to pass over what is left out.
        let taken = part.hidden.sorted().map { Taken(part.tree.pointer($0)) }
        defer { for one in taken.reversed() { one.putBack() } }
        return part.nodes.map { xml($0, in: part.tree) }.joined(separator: "\n")
    }

    private static func xml(_ node: PageTree.Node, in tree: PageTree) -> String {
        let pointer = tree.pointer(node)
        guard let buffer = xmlBufferCreate() else { return "" }
        defer { xmlBufferFree(buffer) }
        xmlNodeDump(buffer, pointer.pointee.doc, pointer, 0, 0)
        return xmlBufferContent(buffer).map { String(cString: $0) } ?? ""
    }

    /// A node that is out of its document for a while. What was taken last is put back first, so that each
    /// finds the neighbours that it had.
    private struct Taken {
        let node: xmlNodePtr
        let parent: xmlNodePtr?
        let previous: xmlNodePtr?
        let next: xmlNodePtr?

        init(_ node: xmlNodePtr) {
            self.node = node
            parent = node.pointee.parent
            previous = node.pointee.prev
            next = node.pointee.next
            xmlUnlinkNode(node)
        }

        func putBack() {
            node.pointee.parent = parent
            node.pointee.prev = previous
            node.pointee.next = next
            if let previous { previous.pointee.next = node } else { parent?.pointee.children = node }
            if let next { next.pointee.prev = node } else { parent?.pointee.last = node }
        }
    }
}
