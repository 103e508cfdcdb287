/// A part of a page: some of its nodes with what is in them, but for what is left out.
package struct PagePart {
    /// The whole page.
    package let tree: PageTree
    /// In the order of the page, none in another.
    package let nodes: [PageTree.Node]
    /// What is left out, with all that is in it.
    package let hidden: Set<PageTree.Node>

    /// - Parameters:
    ///   - nodes: in the order of the page, none in another.
    ///   - hidden: what is left out of them, with all that is in it.
    package init(_ tree: PageTree, _ nodes: [PageTree.Node], hidden: Set<PageTree.Node> = []) {
        self.tree = tree
        self.nodes = nodes
        self.hidden = hidden
    }

    /// Whether a node is one of the part's own, by which what stands in it was asked for.
    func isOutermost(_ node: PageTree.Node) -> Bool {
        var (low, high) = (0, nodes.count)
        while low < high {
            let middle = (low + high) / 2
            if nodes[middle] < node { low = middle + 1 } else { high = middle }
        }
        return low < nodes.count && nodes[low] == node
    }

    /// The elements that are not left out, and of which a browser shows something, in the order of the page.
    ///
    /// - Parameter concealed: whether those are among them that say of themselves that they are not shown,
    ///   such as a menu that opens at a click.
    func elements(concealed: Bool) -> [PageTree.Node] {
        var elements: [PageTree.Node] = []
        for top in nodes {
            var index = top.index
            while index < tree.end(top) {
                let node = PageTree.Node(index: index)
                index += 1
                guard tree.kind(node) == .element else { continue }
                let isUnseen = tree.role(node) == .hidden || !concealed && tree.isConcealed(node)
                if hidden.contains(node) || isUnseen && node != top {
                    index = tree.end(node)
                } else {
                    elements.append(node)
                }
            }
        }
        return elements
    }

    /// Whether a node stands in the part and is not left out.
    func holds(_ node: PageTree.Node) -> Bool {
        var isInside = false
        var next: PageTree.Node? = node
        while let current = next, !isInside {
            if hidden.contains(current) { return false }
            isInside = isOutermost(current)
            next = tree.parent(current)
        }
        return isInside
    }

    /// All text in a node, as it stands, without what is left out.
    func text(of node: PageTree.Node) -> String {
        guard !hidden.isEmpty else { return tree.text(node) }
        var all: [UInt8] = []
        var index = node.index
        while index < max(tree.end(node), node.index + 1) {
            let current = PageTree.Node(index: index)
            let isLeftOut = hidden.contains(current)
            if !isLeftOut, tree.kind(current) == .text || current == node { all += tree.bytes(current) }
            index = isLeftOut ? max(tree.end(current), index + 1) : index + 1
        }
        return String(decoding: all, as: UTF8.self)
    }

    /// A whole page.
    package init(_ tree: PageTree) { self.init(tree, tree.root.map { [$0] } ?? []) }
}
