import Programs

/// Some elements of a stretch of a page, and how one gets from them to their neighbours.
///
/// Each way goes once through the stretch, whatever stands in it and however deep: a node's place is behind its
/// parent's and behind those of the siblings before it, so what holds for those is known when it is reached.
struct ElementSet {
    /// The places of the stretch.
    let range: Range<Int32>
    private var flags: [Bool]
    private(set) var isEmpty = true
    /// Nothing before this place is in the set.
    private(set) var first: Int32

    init(_ range: Range<Int32>) {
        self.range = range
        flags = Array(repeating: false, count: range.count)
        first = range.upperBound
    }

    func contains(_ place: Int32) -> Bool {
        place >= range.lowerBound && place < range.upperBound && flags[Int(place - range.lowerBound)]
    }

    mutating func insert(_ place: Int32) {
        flags[Int(place - range.lowerBound)] = true
        isEmpty = false
        first = min(first, place)
    }

    /// The elements, in the order of the page.
    var nodes: [PageTree.Node] {
        guard !isEmpty else { return [] }
        return (first..<range.upperBound).lazy.filter(contains).map(PageTree.Node.init)
    }

    /// Visits all nodes to which a combinator leads from the set, in the order of the page.
    func forEachReached(
        by combinator: Combinator, in tree: PageTree,
        _ visit: (PageTree.Node) throws(ProgramError) -> Void
    ) throws(ProgramError) {
        guard !isEmpty else { return }
        var reached = ElementSet(first..<range.upperBound)
        for place in first..<range.upperBound {
            let node = PageTree.Node(index: place)
            guard tree.kind(node) == .element,
                let from = ElementSet.neighbour(of: node, combinator, tree)?.index
            else { continue }
            switch combinator {
            case .child, .nextSibling: guard contains(from) else { continue }
            case .descendant, .laterSibling:
                guard contains(from) || reached.contains(from) else { continue }
                reached.insert(place)
            }
            try visit(node)
        }
    }

    /// The elements from which a combinator leads to one of the set.
    func origins(of combinator: Combinator, in tree: PageTree) -> ElementSet {
        var origins = ElementSet(range)
        guard !isEmpty else { return origins }
        let goesOn = combinator == .descendant || combinator == .laterSibling
        for place in range.reversed() where contains(place) || goesOn && origins.contains(place) {
            guard let from = ElementSet.neighbour(of: PageTree.Node(index: place), combinator, tree) else {
                continue
            }
            origins.insert(from.index)
        }
        return origins
    }

    /// The element from which one step of a combinator leads to another.
    private static func neighbour(of node: PageTree.Node, _ combinator: Combinator, _ tree: PageTree)
        -> PageTree.Node?
    {
        switch combinator {
        case .child, .descendant: tree.parent(node)
        case .nextSibling, .laterSibling: tree.previousElement(node)
        }
    }
}

extension PageTree {
    /// The element before a node in the same parent; nil for the first.
    func previousElement(_ node: Node) -> Node? {
        var before = previous(node)
        while let sibling = before, kind(sibling) != .element { before = previous(sibling) }
        return before
    }

    /// The element behind a node in the same parent; nil for the last.
    func nextElement(_ node: Node) -> Node? {
        var behind = next(node)
        while let sibling = behind, kind(sibling) != .element { behind = next(sibling) }
        return behind
    }
}
