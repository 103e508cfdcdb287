import Encodings

/// XML as text: a line for each element that holds text of its own.
enum XMLPlainText {
    static func write(_ part: PagePart) -> String {
        let tree = part.tree
        var lines: [String] = []
        for node in part.nodes {
            var index = node.index
            while index < max(tree.end(node), node.index + 1) {
                let current = PageTree.Node(index: index)
                let end = max(tree.end(current), index + 1)
                if part.hidden.contains(current) {
                    index = end
                } else if tree.kind(current) == .text || hasText(current, tree) {
                    let words = part.text(of: current).utf8.withBlanksCollapsed
                    let line = String(decoding: words, as: UTF8.self)
                    if !line.isEmpty { lines.append(line) }
                    index = end
                } else {
                    index += 1
                }
            }
        }
        return lines.joined(separator: "\n")
    }

    /// Whether an element holds more than blanks beside its elements.
    private static func hasText(_ node: PageTree.Node, _ tree: PageTree) -> Bool {
        tree.children(node).contains { child in
            tree.kind(child) == .text && tree.bytes(child).contains { $0 > 0x20 }
        }
    }
}
