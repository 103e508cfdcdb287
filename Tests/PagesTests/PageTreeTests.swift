import Pages
import Testing

@Suite(.timeLimit(.minutes(1))) struct PageTreeTests {
    /// What stands in a node stands right behind it, each node knows its neighbours, and XPath finds the same nodes.
    @Test func aPageIsOneTableInItsOrder() throws {
        let document = try HTMLDocument(
            Array("<div id=a class='b &amp; c'>x<p>y<!--z--></p><br>w</div><p>v".utf8))
        let tree = document.tree
        let names = tree.nodes.map { tree.kind($0) == .element ? tree.name($0) : tree.text($0) }
        #expect(names.suffix(9) == ["div", "x", "p", "y", "z", "br", "w", "p", "v"])
        for node in tree.nodes {
            let children = Array(tree.children(node))
            #expect(children.allSatisfy { tree.parent($0) == node && tree.contains(node, $0) })
            #expect(
                zip(children, children.dropFirst()).allSatisfy {
                    tree.next($0) == $1 && tree.previous($1) == $0
                })
            #expect(children.first == tree.firstChild(node))
            #expect(children.last.map(tree.next) == .some(nil) || children.isEmpty)
            #expect(tree.descendants(node).filter { tree.parent($0) == node } == children)
        }
        guard case .node(let div)? = try document.select("//div").first else {
            Issue.record("XPath finds no div")
            return
        }
        #expect(tree.name(div) == "div" && tree.attribute("class", div) == "b & c" && tree.text(div) == "xyw")
        #expect(tree.attributes(div).map(\.name) == ["id", "class"] && tree.attribute("nope", div) == nil)
    }
}
