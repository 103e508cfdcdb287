internal import CLibXML2

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// The nodes of a page in the order in which they stand, as one flat table: a node is its place in it, and
/// all that is in a node stands right behind it. Selectors, the main text and the writers read it; libxml2's
/// own tree behind it is for XPath.
///
/// The tree is valid as long as its document, and so are the bytes that it gives.
package struct PageTree {
    /// A node of a tree, by its place in the order of the page.
    package struct Node: Hashable, Comparable, Sendable {
        /// How many nodes of the page stand before it.
        package let index: Int32

        /// Nodes are ordered as they stand on the page.
        package static func < (left: Node, right: Node) -> Bool { left.index < right.index }
    }

    /// What a node is.
    package enum Kind: UInt8, Sendable {
        case element
        case text
        case comment
        /// What is kept so that XPath finds it, and is never shown: processing instructions and the like.
        case other
    }

    private struct Row {
        let pointer: xmlNodePtr
        let kind: Kind
        /// The place of an element's name among the names; -1 for other nodes.
        let name: Int32
        /// -1 for what stands outermost.
        let parent: Int32
        /// -1 where there is none.
        let previous: Int32
        var next: Int32 = -1
        /// The place behind the last node that stands in this one.
        var end: Int32 = -1
    }

    private var rows: [Row] = []
    /// Each element's name that the page has, once.
    package private(set) var names: [String] = []
    /// What each of the names means to those who write the page out, in the order of `names`.
    private var roles: [ElementRole] = []
    private var places: [String: Int32] = [:]

    /// - Parameter document: each of its nodes learns its place in the tree, by which XPath's results are
    /// found.
    init(_ document: xmlDocPtr) {
        var next = document.pointee.children
        var parent: Int32 = -1
        var previous: Int32 = -1
        while true {
            if let pointer = next {
                let place = add(pointer, parent, previous)
                if hasChildren(pointer), let child = pointer.pointee.children {
                    (next, parent, previous) = (child, place, -1)
                } else {
                    rows[Int(place)].end = place + 1
                    (next, previous) = (pointer.pointee.next, place)
                }
            } else if parent >= 0 {
                rows[Int(parent)].end = Int32(rows.count)
                (next, previous) = (rows[Int(parent)].pointer.pointee.next, parent)
                parent = rows[Int(parent)].parent
            } else {
                return
            }
        }
    }

    private mutating func add(_ pointer: xmlNodePtr, _ parent: Int32, _ previous: Int32) -> Int32 {
        let place = Int32(rows.count)
        if previous >= 0 { rows[Int(previous)].next = place }
        // Behind 0, which says that a node is in no tree.
        pointer.pointee._private = UnsafeMutableRawPointer(bitPattern: Int(place) + 1)
        switch pointer.pointee.type {
        case XML_ELEMENT_NODE:
            rows.append(
                Row(
                    pointer: pointer, kind: .element, name: named(pointer), parent: parent, previous: previous
                ))
        case XML_TEXT_NODE, XML_CDATA_SECTION_NODE:
            rows.append(Row(pointer: pointer, kind: .text, name: -1, parent: parent, previous: previous))
        case XML_COMMENT_NODE:
            rows.append(Row(pointer: pointer, kind: .comment, name: -1, parent: parent, previous: previous))
        default:
            rows.append(Row(pointer: pointer, kind: .other, name: -1, parent: parent, previous: previous))
        }
        return place
    }

    private func hasChildren(_ pointer: xmlNodePtr) -> Bool { pointer.pointee.type == XML_ELEMENT_NODE }

    private mutating func named(_ pointer: xmlNodePtr) -> Int32 {
        var name = String(cString: pointer.pointee.name)
        if let namespace = pointer.pointee.ns, let prefix = namespace.pointee.prefix {
            name = String(cString: prefix) + ":" + name
        }
        if let known = places[name] { return known }
        places[name] = Int32(names.count)
        names.append(name)
        roles.append(ElementRole(name: name))
        return Int32(names.count - 1)
    }

    /// Whether the tree was made of HTML, where names have no capitals; else of XML, whose names count as
    /// written, and in which no element means anything by its name.
    var isHTML: Bool { rows.first?.pointer.pointee.doc?.pointee.type != XML_DOCUMENT_NODE }

    // Where a node stands.

    /// How many nodes the page has.
    package var count: Int { rows.count }

    /// Every node, in the order of the page.
    package var nodes: some Collection<Node> { (0..<Int32(rows.count)).lazy.map(Node.init) }

    /// The outermost element; nil for an empty document.
    package var root: Node? {
        rows.isEmpty ? nil : siblings(from: Node(index: 0)).first { kind($0) == .element }
    }

    /// What a node is.
    package func kind(_ node: Node) -> Kind { rows[Int(node.index)].kind }

    /// The element in which a node stands; nil for what stands outermost.
    package func parent(_ node: Node) -> Node? { PageTree.node(rows[Int(node.index)].parent) }

    /// The node behind this one, in the same element; nil for the last one.
    package func next(_ node: Node) -> Node? { PageTree.node(rows[Int(node.index)].next) }

    /// The node before this one, in the same element; nil for the first one.
    package func previous(_ node: Node) -> Node? { PageTree.node(rows[Int(node.index)].previous) }

    /// The first node that stands right in this one; nil where it holds none.
    package func firstChild(_ node: Node) -> Node? {
        node.index + 1 < rows[Int(node.index)].end ? Node(index: node.index + 1) : nil
    }

    /// The nodes that stand right in this one.
    package func children(_ node: Node) -> some Sequence<Node> {
        sequence(state: firstChild(node)) { [self] next in
            guard let node = next else { return Node?.none }
            next = self.next(node)
            return node
        }
    }

    private func siblings(from node: Node) -> some Sequence<Node> {
        sequence(first: node) { [self] in next($0) }
    }

    /// All that stands in a node, in the order of the page, without the node itself.
    package func descendants(_ node: Node) -> some Collection<Node> {
        (node.index + 1..<rows[Int(node.index)].end).lazy.map(Node.init)
    }

    /// The place behind the last node in this one: what stands in it has places from its own up to here.
    package func end(_ node: Node) -> Int32 { rows[Int(node.index)].end }

    /// Whether a node stands in another, at whatever depth.
    package func contains(_ outer: Node, _ inner: Node) -> Bool {
        inner.index > outer.index && inner.index < rows[Int(outer.index)].end
    }

    private static func node(_ index: Int32) -> Node? { index < 0 ? nil : Node(index: index) }

    // What a node holds.

    /// The name of an element, as the parser gives it: for HTML in lower case; in XML as written, with its
    /// prefix. Empty for other nodes.
    package func name(_ node: Node) -> String {
        let place = rows[Int(node.index)].name
        return place < 0 ? "" : names[Int(place)]
    }

    /// What an element is to those who write the page out; `hidden` for a node that is no element.
    package func role(_ node: Node) -> ElementRole {
        let place = rows[Int(node.index)].name
        return place < 0 ? .hidden : roles[Int(place)]
    }

    /// The place of an element's name in `names`, by which names are compared fast; nil for other nodes.
    package func nameID(_ node: Node) -> Int32? {
        let place = rows[Int(node.index)].name
        return place < 0 ? nil : place
    }

    /// The place of a name in `names`; nil where no element of the page has it.
    package func nameID(of name: String) -> Int32? { places[name] }

    /// The text of a text node or a comment, in UTF-8; empty for elements.
    package func bytes(_ node: Node) -> UnsafeBufferPointer<UInt8> {
        let row = rows[Int(node.index)]
        switch row.kind {
        case .element, .other: return UnsafeBufferPointer(start: nil, count: 0)
        case .text, .comment:
            guard let content = row.pointer.pointee.content else {
                return UnsafeBufferPointer(start: nil, count: 0)
            }
            return UnsafeBufferPointer(start: content, count: Int(xmlStrlen(content)))
        }
    }

    /// All text in a node, as it stands; of a text node its own.
    package func text(_ node: Node) -> String {
        var all: [UInt8] = []
        for index in node.index..<max(end(node), node.index + 1)
        where rows[Int(index)].kind == .text || index == node.index {
            all += bytes(Node(index: index))
        }
        return String(decoding: all, as: UTF8.self)
    }

    /// The value of an attribute; nil for one that is not there, and for a node that is no element.
    ///
    /// - Parameter name: as the parser gives it, like `name(_:)`.
    package func attribute(_ name: String, _ node: Node) -> String? {
        var value: String?
        name.withCString { wanted in
            eachAttribute(node) { attribute in
                guard strcmp(attribute.pointee.name, wanted) == 0 else { return true }
                value = PageTree.value(attribute)
                return false
            }
        }
        return value
    }

    /// All attributes of an element, in their order, as the parser gives them.
    package func attributes(_ node: Node) -> [(name: String, value: String)] {
        var all: [(name: String, value: String)] = []
        eachAttribute(node) { attribute in
            all.append((PageTree.name(attribute), PageTree.value(attribute)))
            return true
        }
        return all
    }

    private func eachAttribute(_ node: Node, _ visit: (xmlAttrPtr) -> Bool) {
        let row = rows[Int(node.index)]
        guard row.kind == .element else { return }
        var next = row.pointer.pointee.properties
        while let attribute = next {
            guard visit(attribute) else { return }
            next = attribute.pointee.next
        }
    }

    static func name(_ attribute: xmlAttrPtr) -> String {
        let name = attribute.pointee.name.map { String(cString: $0) } ?? ""
        guard let prefix = attribute.pointee.ns?.pointee.prefix else { return name }
        return String(cString: prefix) + ":" + name
    }

    static func value(_ attribute: xmlAttrPtr) -> String {
        guard let child = attribute.pointee.children else { return "" }
        if child.pointee.next == nil, let content = child.pointee.content { return String(cString: content) }
        return takenText(
            xmlNodeListGetString(attribute.pointee.doc, child, 1))
    }

    // The way to libxml2's nodes and back.

    func pointer(_ node: Node) -> xmlNodePtr { rows[Int(node.index)].pointer }

    /// The place of one of the document's own nodes; nil for others, such as attributes.
    func node(at pointer: xmlNodePtr) -> Node? {
        guard pointer.pointee.type != XML_ATTRIBUTE_NODE, pointer.pointee.type != XML_NAMESPACE_DECL,
            let place = pointer.pointee._private
        else { return nil }
        return Node(index: Int32(Int(bitPattern: place) - 1))
    }
}

/// A text that libxml2 has made for its caller, who has to free it.
func takenText(_ pointer: UnsafeMutablePointer<xmlChar>?) -> String {
    guard let pointer else { return "" }
    // libxml2's `xmlFree` is a variable; unless someone sets it, it is this.
    defer { free(pointer) }
    return String(cString: pointer)
}
