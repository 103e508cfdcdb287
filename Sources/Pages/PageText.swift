import Programs

/// Writes a page out as text or as Markdown.
package struct PageWriter {
    /// How a page is written out.
    package enum Style {
        case text
        case markdown
    }

    private let tree: PageTree
    private let style: Style
    private let base: PageBase
    /// What is left out, with all that is in it.
    private let hidden: Set<PageTree.Node>
    private var output = ""
    private var pendingBlank = false
    private var pendingBreaks = 0
    private var prefix = ""
    private var isPreformatted = false
    private var depth = 0

    private init(_ part: PagePart, _ style: Style, _ base: PageBase) {
        tree = part.tree
        hidden = part.hidden
        self.style = style
        self.base = base
    }

    /// - Parameter base: what the page's links are seen from.
    package static func write(_ part: PagePart, as style: Style, base: PageBase = PageBase(url: "")) -> String
    {
        var writer = PageWriter(part, style, base)
        for node in part.nodes {
            // An item that was asked for by itself is no item of a list.
            if part.tree.name(node) == "li" { writer.children(node) } else { writer.visit(node) }
        }
        return writer.output.trimmed()
    }

    private static let skipped: Set<String> = [
        "script", "style", "noscript", "template", "head", "svg", "iframe", "object",
    ]
    private static let blocks: Set<String> = [
        "address", "article", "aside", "blockquote", "body", "dd", "details", "div", "dl", "dt", "fieldset",
        "figcaption",
        "figure", "footer", "form", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "html", "li", "main",
        "nav", "ol", "p",
        "pre", "section", "summary", "table", "tbody", "td", "tfoot", "th", "thead", "tr", "ul",
    ]

    private mutating func visit(_ node: PageTree.Node) {
        if tree.kind(node) == .text { return append(tree.text(node)) }
        let name = tree.name(node)
        // Pages nested by the thousand are attacks; what stands deeper than any real page is left out.
        guard !name.isEmpty, !PageWriter.skipped.contains(name), !hidden.contains(node),
            depth < 500
        else { return }
        depth += 1
        defer { depth -= 1 }
        switch name {
        case "br": pendingBreaks = max(pendingBreaks, 1)
        case "h1", "h2", "h3", "h4", "h5", "h6": heading(node, Int(name.dropFirst()) ?? 1)
        case "li": item(node)
        case "pre": preformatted(node)
        case "table" where style == .markdown: table(node)
        case "td", "th": cell(node)
        case "a": link(node)
        case "img": image(node)
        case "strong", "b": marked(node, "**")
        case "em", "i": marked(node, "*")
        case "code" where !isPreformatted: marked(node, "`")
        case "blockquote": quote(node)
        case "hr": if style == .markdown { block { $0.raw("---") } }
        case "ul", "ol", "tr": paragraph(node, breaks: 1)
        case "p", "dl", "figure", "table": paragraph(node, breaks: 2)
        default: PageWriter.blocks.contains(name) ? paragraph(node, breaks: 1) : children(node)
        }
    }

    private mutating func children(_ node: PageTree.Node) {
        for child in tree.children(node) { visit(child) }
    }

    private mutating func paragraph(_ node: PageTree.Node, breaks: Int) {
        pendingBreaks = max(pendingBreaks, breaks)
        children(node)
        pendingBreaks = max(pendingBreaks, breaks)
    }

    private mutating func block(_ body: (inout PageWriter) -> Void) {
        pendingBreaks = 2
        body(&self)
        pendingBreaks = 2
    }

    private mutating func append(_ text: String) {
        if isPreformatted { return raw(text) }
        let bytes = text.utf8
        guard let first = bytes.first, let last = bytes.last else { return }
        if PageWriter.isBlank(first) { pendingBlank = true }
        for word in bytes.split(whereSeparator: PageWriter.isBlank) {
            raw(String(Substring(word)))
            pendingBlank = true
        }
        // The loop says that a blank stands behind every word; behind the last one there may be none.
        if !PageWriter.isBlank(last) { pendingBlank = false }
    }

    /// Blanks as HTML knows them, by bytes: breaking a whole page into characters takes longer than parsing
    /// it.
    private static func isBlank(_ byte: UInt8) -> Bool {
        byte == 0x20 || byte == 0x0A || byte == 0x09 || byte == 0x0D || byte == 0x0C
    }

    private mutating func raw(_ text: String) {
        if output.isEmpty {
            output = prefix
        } else if pendingBreaks > 0 {
            output += String(repeating: "\n" + prefix, count: min(pendingBreaks, 2))
        } else if pendingBlank {
            output += " "
        }
        pendingBreaks = 0
        pendingBlank = false
        output +=
            prefix.isEmpty
            ? text
            : text.split(separator: "\n", omittingEmptySubsequences: false).joined(separator: "\n" + prefix)
    }

    private mutating func heading(_ node: PageTree.Node, _ level: Int) {
        block { writer in
            if writer.style == .markdown {
                writer.raw(String(repeating: "#", count: level))
                writer.pendingBlank = true
            }
            writer.children(node)
        }
    }

    private mutating func item(_ node: PageTree.Node) {
        pendingBreaks = max(pendingBreaks, 1)
        raw("-")
        pendingBlank = true
        children(node)
        pendingBreaks = max(pendingBreaks, 1)
    }

    private mutating func preformatted(_ node: PageTree.Node) {
        block { writer in
            if writer.style == .markdown {
                writer.raw("```\n" + writer.tree.text(node).trimmedNewlines() + "\n```")
            } else {
                writer.isPreformatted = true
                writer.children(node)
                writer.isPreformatted = false
            }
        }
    }

    private mutating func quote(_ node: PageTree.Node) {
        guard style == .markdown else { return paragraph(node, breaks: 2) }
        let inner = inner(node)
        guard !inner.isEmpty else { return }
        block {
            $0.raw(
                "> "
                    + inner.split(separator: "\n", omittingEmptySubsequences: false).joined(separator: "\n> ")
            )
        }
    }

    private func inner(_ node: PageTree.Node) -> String {
        var writer = PageWriter(PagePart(tree, [node], hidden: hidden), .markdown, base)
        writer.depth = depth
        writer.children(node)
        return writer.output.trimmed()
    }

    private mutating func cell(_ node: PageTree.Node) {
        if pendingBreaks == 0, !output.isEmpty, !output.hasSuffix("\n") { raw("\t") }
        pendingBlank = false
        children(node)
        pendingBreaks = 0
    }

    private mutating func link(_ node: PageTree.Node) {
        guard style == .markdown, let reference = tree.attribute("href", node), !reference.isEmpty else {
            return children(node)
        }
        let target = base.url(of: reference)
        guard !target.hasPrefix("javascript:") else { return children(node) }
        let text = inner(node)
        if !text.isEmpty { raw("[\(text)](\(target))") }
    }

    private mutating func image(_ node: PageTree.Node) {
        guard style == .markdown, let alternative = tree.attribute("alt", node), !alternative.isEmpty,
            let source = tree.attribute("src", node)
        else { return }
        raw("![\(alternative)](\(base.url(of: source)))")
    }

    private mutating func marked(_ node: PageTree.Node, _ mark: String) {
        guard style == .markdown else { return children(node) }
        let text = inner(node)
        if !text.isEmpty { raw(mark + text + mark) }
    }

    private mutating func table(_ node: PageTree.Node) {
        let rows = tableRows(node, tree).map {
            $0.map {
                $0.split(separator: "\n").joined(separator: " ").split(separator: "|").joined(
                    separator: "\\|")
            }
        }
        guard let first = rows.first else { return }
        var lines = [
            "| " + first.joined(separator: " | ") + " |",
            "|" + String(repeating: " --- |", count: first.count),
        ]
        lines += rows.dropFirst().map { "| " + $0.joined(separator: " | ") + " |" }
        block { $0.raw(lines.joined(separator: "\n")) }
    }
}

/// The texts of a table's cells, row by row.
package func tableRows(_ table: PageTree.Node, _ tree: PageTree) -> [[String]] {
    var rows: [[String]] = []
    func visit(_ node: PageTree.Node, _ depth: Int) {
        guard depth < 50 else { return }
        for child in tree.children(node) {
            if tree.name(child) == "tr" {
                let cells = tree.children(child).filter { ["td", "th"].contains(tree.name($0)) }
                rows.append(cells.map { PageWriter.write(PagePart(tree, [$0]), as: .text) })
            } else if tree.name(child) != "table" {
                visit(child, depth + 1)
            }
        }
    }
    visit(table, 0)
    return rows.filter { !$0.isEmpty }
}

extension String {
    fileprivate func trimmedNewlines() -> String {
        var text = self[...]
        while text.first == "\n" { text.removeFirst() }
        while text.last?.isWhitespace == true { text.removeLast() }
        return String(text)
    }
}
