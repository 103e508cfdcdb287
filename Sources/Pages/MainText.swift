/// The main part of a page: what somebody who opens it came to read, without navigation, notices, forms,
/// comments and lists of other pages. What the elements hold decides; what their names say only helps.
///
/// - Returns: the whole page where nothing in it reads like text.
package func mainPart(of tree: PageTree) -> PagePart {
    var finder = MainTextFinder(tree)
    return finder.find()
}

/// Finds the main text of one page. Each step goes over the nodes a fixed number of times, without recursion.
struct MainTextFinder {
    /// What is known of one node.
    struct Cell {
        var role: MainTextRole = .inline
        var hints: PageHints = []
        /// Whether it is shown as lines of its own.
        var isBlock = false
        /// Whether it stands in a link.
        var isLinked = false
        /// Whether it is no part of the main text, or stands in what is none.
        var isLeftOut = false
        /// Whether the page itself hides it.
        var isHidden = false
        /// Whether blocks stand in it.
        var holdsBlocks = false
        /// Whether a heading that is a link stands in it, as in the teaser of another page.
        var holdsLinkedHeading = false
        /// The most prose that an element in it holds which says itself that it is the text of an article.
        var article: Float = 0
        /// The text in it that stands in no block of its own.
        var own = TextMeasure()
        /// All text in it.
        var all = TextMeasure()
        /// The prose of all blocks in it.
        var prose: Float = 0
        /// Text that stands in it directly, or in paragraphs and lists there.
        var near: Float = 0
        /// The scores of the boxes in it that hold text.
        var far: Float = 0
        /// The highest of them.
        var highest: Float = 0
        /// The block whose own text it is: the innermost one around it.
        var block: Int32 = 0
        /// How good it is as the main part, from what is in it alone.
        var score: Float = 0
    }

    let tree: PageTree
    var cells: [Cell]
    /// What the page's `<title>` says.
    var title = ""
    /// What is left out of the chosen nodes; only its outermost nodes.
    var hidden: Set<PageTree.Node> = []
    /// The prose of the nodes that were chosen, before anything of them is left out.
    var chosenProse: Float = 0

    init(_ tree: PageTree) {
        self.tree = tree
        cells = [Cell](repeating: Cell(), count: tree.count)
    }

    mutating func find() -> PagePart {
        mark()
        measure()
        let total = tree.root.map { cells[Int($0.index)].prose } ?? 0
        leaveOutChrome(isStrict: true)
        measure()
        var best = best()
        // Names may lie: where little is left of a page that holds much, only what is sure stays left out.
        if best.map({ cells[$0].prose < min(250, 0.3 * total) }) ?? true {
            mark()
            leaveOutChrome(isStrict: false)
            measure()
            best = self.best()
        }
        guard let best else { return PagePart(tree) }
        let nodes = joined(widened(best))
        clean(nodes)
        return PagePart(tree, nodes, hidden: hidden)
    }

    func node(_ index: Int) -> PageTree.Node { PageTree.Node(index: Int32(index)) }

    func parent(_ index: Int) -> Int? { tree.parent(node(index)).map { Int($0.index) } }
}
