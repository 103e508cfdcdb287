import Pages

/// A page's tree on one line: `name[attribute=value]{children}`, texts in quotes, comments as `<!text>`.
///
/// Elements of SVG and MathML are written as `svg:name` and `math:name`, what a template holds as `#{…}`.
func outline(_ tree: HTMLTree, below root: HTMLTree.NodeID = HTMLTree.document) -> String {
    var parts: [String] = []
    var child = tree[root].firstChild
    while child != HTMLTree.none {
        parts.append(outline(of: child, in: tree))
        child = tree[child].next
    }
    return parts.joined(separator: " ")
}

func outline(of node: HTMLTree.NodeID, in tree: HTMLTree) -> String {
    func text(_ bytes: some Sequence<UInt8>) -> String { String(decoding: Array(bytes), as: UTF8.self) }
    switch tree[node].kind {
    case .document, .templateContent: return ""
    case .doctype: return "<!doctype \(text(tree.doctype?.name ?? []))>"
    case .text: return "'" + text(tree.text(of: node)).replacing("\n", with: "\\n") + "'"
    case .comment: return "<!" + text(tree.text(of: node)) + ">"
    case .element: break
    }
    let prefix = ["", "svg:", "math:"][Int(tree[node].namespace.rawValue)]
    let attributes = tree.attributes(of: node).map { attribute in
        "[\(text(tree.names[attribute.name]))=\(text(tree.value(of: attribute)))]"
    }
    var line = prefix + text(tree.names[tree[node].name]) + attributes.joined()
    if let content = tree.templateContents[node] { line += "#{\(outline(tree, below: content))}" }
    let inside = outline(tree, below: node)
    return inside.isEmpty ? line : line + "{\(inside)}"
}

/// What stands in the body of a page, as `outline` writes it.
func bodyOutline(_ page: String) throws -> String {
    let tree = try HTMLTree(reading: Array(page.utf8))
    let html = tree.children(of: HTMLTree.document).first { tree[$0].tag == .html } ?? HTMLTree.document
    let body = tree.children(of: html).first { tree[$0].tag == .body } ?? HTMLTree.document
    return outline(tree, below: body)
}

extension HTMLTree {
    func children(of node: NodeID) -> [NodeID] {
        Array(sequence(first: self[node].firstChild) { self[$0].next }.prefix { $0 != HTMLTree.none })
    }

    /// How deep the deepest node stands below a node; what templates hold stands in them.
    func depth(below root: NodeID = HTMLTree.document) -> Int {
        var deepest = 0
        var waiting = [(root, 0)]
        while let (node, depth) = waiting.popLast() {
            deepest = max(deepest, depth)
            if let content = templateContents[node] { waiting.append((content, depth)) }
            waiting += children(of: node).map { ($0, depth + 1) }
        }
        return deepest
    }
}
