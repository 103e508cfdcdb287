/// What a selector takes of a page: an element, a text, or the value of an attribute.
package struct SelectedPart: Sendable, Hashable, Comparable {
    /// The element or the text; for an attribute its element.
    package let node: PageTree.Node
    /// The attribute that is taken; nil for a node itself.
    package let attribute: (name: String, value: String)?
    /// The place of the attribute in its element; -1 for the node itself.
    private let place: Int

    init(_ node: PageTree.Node) {
        self.node = node
        attribute = nil
        place = -1
    }

    /// An attribute; nil for one that the element has not.
    init?(_ element: PageTree.Node, attribute name: String, _ tree: PageTree) {
        // Of HTML the name is in small letters, but attributes of SVG and MathML have capitals: `viewBox`.
        let attributes = tree.attributes(element).enumerated()
        let found =
            attributes.first { $0.element.name == name }
            ?? (tree.isHTML ? attributes.first { $0.element.name.lowercased() == name } : nil)
        guard let found else { return nil }
        node = element
        attribute = found.element
        place = found.offset
    }

    // A node and the place in it say all.

    package static func == (left: SelectedPart, right: SelectedPart) -> Bool {
        left.node == right.node && left.place == right.place
    }

    package func hash(into hasher: inout Hasher) {
        hasher.combine(node)
        hasher.combine(place)
    }

    /// Parts are ordered as they stand on the page, an element before its attributes.
    package static func < (left: SelectedPart, right: SelectedPart) -> Bool {
        (left.node, left.place) < (right.node, right.place)
    }
}
