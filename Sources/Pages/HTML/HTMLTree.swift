package import Programs

/// A page as the tree that browsers make of it (WHATWG HTML standard, "Parsing HTML documents").
///
/// Nodes, attributes and texts stand in one array each and name each other by their places in it, so that
/// a large page costs few allocations. Node 0 is the document. What a node's text is made of may stand
/// anywhere in `bytes`, which is UTF-8.
package struct HTMLTree: Sendable {
    /// The place of a node in `nodes`.
    package typealias NodeID = Int32
    /// Stands where there is no node.
    package static let none: NodeID = -1
    /// The node in which all others stand.
    package static let document: NodeID = 0

    /// How many elements may be open at once, as in browsers: deeper ones become siblings.
    package static let openElementLimit = 512
    /// No element stands deeper. It is more than may be open at once, because a formatting element that is
    /// closed out of turn is put around what is already in the tree.
    package static let depthLimit = 2 * openElementLimit

    /// What a node is.
    package enum Kind: UInt8, Sendable {
        case document, doctype, element, text, comment
        /// The root of what a `template` holds; no child of the template.
        case templateContent
    }

    /// One node and its neighbours; a neighbour that is not there is `none`.
    package struct Node: Sendable {
        /// What the node is.
        package let kind: Kind
        /// The namespace of an element; of other nodes HTML's.
        package let namespace: HTMLNamespace
        /// The element, as far as the rules know it.
        package let tag: HTMLTag
        /// What only the building of the tree asks for.
        var marks: Marks = []
        /// The number of an element's name in `names`.
        package let name: Int32
        package internal(set) var parent = HTMLTree.none
        package internal(set) var firstChild = HTMLTree.none
        package internal(set) var lastChild = HTMLTree.none
        package internal(set) var previous = HTMLTree.none
        package internal(set) var next = HTMLTree.none
        /// Where an element's attributes start in `attributes`, or a text or comment in `bytes`.
        package internal(set) var start: Int32 = 0
        /// How many attributes an element has, or how many bytes a text or comment.
        package internal(set) var count: Int32 = 0
    }

    struct Marks: OptionSet, Sendable {
        let rawValue: UInt8
        /// The element is open.
        static let open = Marks(rawValue: 1)
        /// The element is in the list of active formatting elements.
        static let formatting = Marks(rawValue: 2)
        /// HTML inside this element of SVG or MathML is read as HTML.
        static let holdsHTML = Marks(rawValue: 4)
        /// The text goes on the text before it: both become one when the tree is finished.
        static let continuation = Marks(rawValue: 8)
    }

    /// An attribute by the places of its name and its value.
    package struct Attribute: Sendable {
        /// The number of the name in `names`.
        package internal(set) var name: Int32
        /// Where the value stands in `bytes`.
        package let start: Int32
        /// How many bytes the value has.
        package let count: Int32
    }

    /// What `<!DOCTYPE …>` says; nil for what it leaves out.
    package struct Doctype: Sendable, Hashable {
        package internal(set) var name: [UInt8]?
        package internal(set) var publicID: [UInt8]?
        package internal(set) var systemID: [UInt8]?
    }

    /// All nodes that were made; some have no place in the tree any more. The way through the page is
    /// `next(after:below:)`.
    package internal(set) var nodes = [Node(kind: .document, namespace: .html, tag: .other, name: 0)]
    package internal(set) var attributes: [Attribute] = []
    package internal(set) var bytes: [UInt8] = []
    package internal(set) var names = HTMLNames.known
    package internal(set) var doctype: Doctype?
    /// What the `template` elements hold, by the element.
    package internal(set) var templateContents: [NodeID: NodeID] = [:]
    /// Whether browsers lay the page out as those of the 1990s did.
    package internal(set) var isQuirky = false

    init() {}

    /// Reads a page, however badly it is written.
    ///
    /// - Parameter page: UTF-8; what is not is carried on as it is.
    /// - Throws: for a page that cannot be read to its end: one of more than 1 GB, or one whose unclosed
    ///   formatting elements would be opened again more often than the page has bytes.
    package init(reading page: [UInt8]) throws(ProgramError) {
        var builder = try HTMLTreeBuilder(page)
        self = try builder.build()
    }

    /// The node of a place in `nodes`.
    package subscript(node: NodeID) -> Node {
        get { nodes[Int(node)] }
        _modify { yield &nodes[Int(node)] }
    }

    /// An element's attributes in the order in which they are written, each name once.
    package func attributes(of node: NodeID) -> ArraySlice<Attribute> {
        let element = self[node]
        guard element.kind == .element else { return [] }
        return attributes[Int(element.start)..<Int(element.start + element.count)]
    }

    /// The value of an attribute, as UTF-8.
    package func value(of attribute: Attribute) -> ArraySlice<UInt8> {
        bytes[Int(attribute.start)..<Int(attribute.start + attribute.count)]
    }

    /// The text of a text or a comment, as UTF-8; empty for other nodes.
    package func text(of node: NodeID) -> ArraySlice<UInt8> {
        let node = self[node]
        guard node.kind == .text || node.kind == .comment else { return [] }
        return bytes[Int(node.start)..<Int(node.start + node.count)]
    }

    /// The next node below `root` in the order of the page, and how far the way went down (1), across (0) or
    /// up; nil at the end.
    package func next(after node: NodeID, below root: NodeID) -> (node: NodeID, step: Int)? {
        if self[node].firstChild != HTMLTree.none { return (self[node].firstChild, 1) }
        var step = 0
        var current = node
        while current != root {
            if self[current].next != HTMLTree.none { return (self[current].next, step) }
            current = self[current].parent
            if current == HTMLTree.none { return nil }
            step -= 1
        }
        return nil
    }
}

extension HTMLTree {
    mutating func add(_ node: Node) -> NodeID {
        nodes.append(node)
        return NodeID(nodes.count - 1)
    }

    /// Puts a node that has no parent before a child of `parent`, or behind all of them.
    mutating func insert(_ node: NodeID, into parent: NodeID, before sibling: NodeID = HTMLTree.none) {
        let previous = sibling == HTMLTree.none ? self[parent].lastChild : self[sibling].previous
        self[node].parent = parent
        self[node].previous = previous
        self[node].next = sibling
        if previous == HTMLTree.none {
            self[parent].firstChild = node
        } else {
            self[previous].next = node
        }
        if sibling == HTMLTree.none {
            self[parent].lastChild = node
        } else {
            self[sibling].previous = node
        }
    }

    /// Takes a node with all that is in it out of its parent.
    mutating func detach(_ node: NodeID) {
        let (parent, previous, next) = (self[node].parent, self[node].previous, self[node].next)
        guard parent != HTMLTree.none else { return }
        if previous == HTMLTree.none {
            self[parent].firstChild = next
        } else {
            self[previous].next = next
        }
        if next == HTMLTree.none {
            self[parent].lastChild = previous
        } else {
            self[next].previous = previous
        }
        self[node].parent = HTMLTree.none
        self[node].previous = HTMLTree.none
        self[node].next = HTMLTree.none
    }

    /// Moves all children of a node behind those of another.
    mutating func moveChildren(of node: NodeID, to target: NodeID) {
        let first = self[node].firstChild
        guard first != HTMLTree.none else { return }
        var child = first
        while child != HTMLTree.none {
            self[child].parent = target
            child = self[child].next
        }
        let last = self[target].lastChild
        self[first].previous = last
        if last == HTMLTree.none {
            self[target].firstChild = first
        } else {
            self[last].next = first
        }
        self[target].lastChild = self[node].lastChild
        self[node].firstChild = HTMLTree.none
        self[node].lastChild = HTMLTree.none
    }

    /// Makes one text of each text and those that go on it.
    mutating func joinContinuedTexts() {
        for index in nodes.indices {
            let node = nodes[index]
            guard node.kind == .text, !node.marks.contains(.continuation), node.next != HTMLTree.none,
                self[node.next].marks.contains(.continuation)
            else { continue }
            let start = bytes.count
            append(node)
            var piece = node.next
            while piece != HTMLTree.none, self[piece].marks.contains(.continuation) {
                append(self[piece])
                let next = self[piece].next
                detach(piece)
                self[piece].count = 0
                piece = next
            }
            nodes[index].start = Int32(start)
            nodes[index].count = Int32(bytes.count - start)
        }
    }

    private mutating func append(_ node: Node) {
        for index in Int(node.start)..<Int(node.start + node.count) { bytes.append(bytes[index]) }
    }
}
