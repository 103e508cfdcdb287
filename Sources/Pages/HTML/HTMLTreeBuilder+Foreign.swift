extension HTMLTreeBuilder {
    /// Opens `<svg>` or `<math>` in the body.
    mutating func insertForeignRoot(_ namespace: HTMLNamespace) {
        reopenFormatting()
        insertForeign(namespace)
    }

    /// Text inside of SVG or MathML; a NUL comes alone.
    mutating func foreignText(_ range: HTMLRange) {
        if tokenizer.byte(range.start) == 0 { return insertText(tokenizer.replacingNUL(range)) }
        insertText(range)
        if blanks(range).end < range.end { framesetIsFine = false }
    }

    mutating func foreignStartTag() {
        let tag = tokenizer.tag.tag
        guard tag.breaksOutOfForeignContent || tag == .font && hasFontAttribute else {
            return insertForeign(tree[current].namespace)
        }
        leaveForeignContent()
        startTag()
    }

    /// Whether a `<font>` can only be meant as HTML.
    private var hasFontAttribute: Bool {
        tokenizer.attributes[tokenizer.tag.attributes...].contains { attribute in
            ["color", "face", "size"].contains { tokenizer.names[attribute.name].elementsEqual($0.utf8) }
        }
    }

    /// Closes SVG and MathML up to an element that holds HTML.
    private mutating func leaveForeignContent() {
        while let node = open.last, tree[node].namespace != .html, !tree[node].marks.contains(.holdsHTML),
            !isTextOfMathML(tree[node])
        {
            pop()
        }
    }

    private mutating func insertForeign(_ namespace: HTMLNamespace) {
        adjustNames(namespace)
        let holdsHTML = holdsHTML(namespace)
        let isSelfClosing = tokenizer.tag.isSelfClosing
        insertElement(namespace)
        if holdsHTML { tree[current].marks.insert(.holdsHTML) }
        if isSelfClosing { pop() }
    }

    private func holdsHTML(_ namespace: HTMLNamespace) -> Bool {
        switch (namespace, tokenizer.tag.tag) {
        case (.svg, .foreignObject), (.svg, .desc), (.svg, .title): true
        case (.mathML, .annotationXML):
            attributeOfTag("encoding", is: "text/html")
                || attributeOfTag("encoding", is: "application/xhtml+xml")
        default: false
        }
    }

    /// Gives the names of SVG and MathML their capitals back.
    private mutating func adjustNames(_ namespace: HTMLNamespace) {
        if namespace == .svg, let name = ForeignNames.svgElements[tokenizer.names[tokenizer.tag.name]] {
            let small = tokenizer.tag.name
            tokenizer.tag.name = tokenizer.names.number(of: Array(name.utf8), lowercased: false)
            smallNames[tokenizer.tag.name] = small
        }
        let names = namespace == .svg ? ForeignNames.svgAttributes : ForeignNames.mathMLAttributes
        for index in tokenizer.tag.attributes..<tokenizer.attributes.count {
            if let name = names[tokenizer.names[tokenizer.attributes[index].name]] {
                tokenizer.attributes[index].name = tokenizer.names.number(
                    of: Array(name.utf8), lowercased: false)
            }
        }
    }

    mutating func foreignEndTag() {
        let tag = tokenizer.tag.tag
        if tag == .br || tag == .p {
            leaveForeignContent()
            return endTag()
        }
        for (index, node) in open.enumerated().reversed() {
            if index < open.count - 1 && tree[node].namespace == .html { return endTag() }
            let name = tree[node].name
            if (smallNames[name] ?? name) == tokenizer.tag.name {
                while !open.isEmpty, pop() != node {}
                return
            }
        }
    }
}
