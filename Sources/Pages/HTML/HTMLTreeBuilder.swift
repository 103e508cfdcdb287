internal import Programs

/// Builds the tree of a page from its tokens, as the HTML standard says ("Tree construction"), scripts off.
///
/// The functions follow the standard's insertion modes; where they say less than it, the rest is errors
/// that nobody is told of.
struct HTMLTreeBuilder {
    /// What the next token is measured by.
    enum Mode: Sendable {
        case initial, beforeHTML, beforeHead, inHead, inHeadNoscript, afterHead, inBody, text, inTable
        case inCaption, inColumnGroup, inTableBody, inRow, inCell, inTemplate, afterBody, inFrameset
        case afterFrameset, afterAfterBody, afterAfterFrameset
    }

    var tokenizer: HTMLTokenizer
    var tree = HTMLTree()
    var mode = Mode.initial
    /// The mode to which the text of a `script` or the like returns.
    var modeAfterText = Mode.inBody
    var templateModes: [Mode] = []

    /// The stack of open elements, outermost first, at most `openElementLimit` of them.
    var open: [HTMLTree.NodeID] = []
    /// Open elements deeper than that: they stand between the last of `open` and the one before it.
    var buried: [HTMLTree.NodeID] = []
    /// How many elements of HTML of each tag are open, by the tag's number: most searches end here.
    var openCounts = [Int32](repeating: 0, count: HTMLTag.allCases.count)
    /// The list of active formatting elements.
    var formatting: [FormattingEntry] = []
    /// How many elements have been opened again.
    var reopened = 0

    var head = HTMLTree.none
    var form = HTMLTree.none
    var framesetIsFine = true
    var movesOutOfTables = false
    /// A line feed right after `<pre>` is none of its text.
    var dropsLineFeed = false
    /// Text in a table, until it is known whether it is more than white space.
    var tableText: [HTMLRange] = []
    /// Small-letter names of the SVG elements whose names have capitals, by the numbers of both.
    var smallNames: [Int32: Int32] = [:]
    /// Attributes that further `<html>` and `<body>` tags add, and their names.
    var lateAttributes: [HTMLTree.NodeID: [HTMLTree.Attribute]] = [:]
    var lateNames: [HTMLTree.NodeID: Set<Int32>] = [:]

    /// - Throws: for a page of more than 1 GB.
    init(_ page: [UInt8]) throws(ProgramError) {
        tokenizer = try HTMLTokenizer(page)
        tree.nodes.reserveCapacity(page.count / 24 + 16)
    }

    /// - Throws: when elements are opened again more often than a page of that length could mean.
    mutating func build() throws(ProgramError) -> HTMLTree {
        let limit = tokenizer.source.count + 65_536
        var isAtEnd = false
        while !isAtEnd {
            let token = tokenizer.next(takesCDATA: isInForeignContent)
            process(token)
            if case .end = token { isAtEnd = true }
            guard reopened <= limit else {
                throw ProgramError(
                    """
                    the page leaves so many elements like <b> and <font> open that they would have to be \
                    opened again \(limit) times: it cannot be read whole
                    """)
            }
        }
        try finish()
        return tree
    }

    private mutating func finish() throws(ProgramError) {
        tree.names = tokenizer.names
        tree.attributes = tokenizer.attributes
        for (node, attributes) in lateAttributes {
            let all = tree.attributes(of: node) + attributes
            tree[node].start = Int32(tree.attributes.count)
            tree[node].count = Int32(all.count)
            tree.attributes += all
        }
        guard tokenizer.source.count + tokenizer.decoded.count <= Int(Int32.max) / 2 else {
            throw ProgramError("the page holds more than 1 GB of text: it cannot be read whole")
        }
        tree.bytes = tokenizer.source
        tree.bytes.append(contentsOf: tokenizer.decoded)
        tree.joinContinuedTexts()
    }

    /// The innermost open element; the document before there is one.
    var current: HTMLTree.NodeID { open.last ?? HTMLTree.document }

    var isInForeignContent: Bool { open.last.map { tree[$0].namespace != .html } ?? false }

    mutating func process(_ token: HTMLToken) {
        if !tableText.isEmpty {
            guard case .text = token else { return afterTableText(token) }
        }
        switch token {
        case .text(var range):
            if dropsLineFeed {
                dropsLineFeed = false
                if tokenizer.byte(range.start) == UInt8(ascii: "\n") { range.start += 1 }
            }
            if !range.isEmpty { takesTextAsHTML ? text(range) : foreignText(range) }
        case .startTag:
            dropsLineFeed = false
            takesStartTagAsHTML ? startTag() : foreignStartTag()
        case .endTag:
            dropsLineFeed = false
            isInForeignContent ? foreignEndTag() : endTag()
            tokenizer.forgetAttributes()
        case .comment(let range):
            dropsLineFeed = false
            comment(range)
        case .doctype: doctype()
        case .end: end()
        }
    }

    private mutating func afterTableText(_ token: HTMLToken) {
        flushTableText()
        process(token)
    }

    private var takesTextAsHTML: Bool {
        guard isInForeignContent else { return true }
        let node = tree[current]
        return node.marks.contains(.holdsHTML) || isTextOfMathML(node)
    }

    private var takesStartTagAsHTML: Bool {
        guard isInForeignContent else { return true }
        let node = tree[current]
        if node.marks.contains(.holdsHTML) { return true }
        let tag = tokenizer.tag.tag
        if isTextOfMathML(node) { return tag != .mglyph && tag != .malignmark }
        return node.namespace == .mathML && node.tag == .annotationXML && tag == .svg
    }

    /// Whether an element of MathML holds text as HTML does.
    func isTextOfMathML(_ node: HTMLTree.Node) -> Bool {
        node.namespace == .mathML && node.tag.endsForeignScope(in: .mathML) && node.tag != .annotationXML
    }

    mutating func startTag() {
        switch mode {
        case .initial, .beforeHTML, .beforeHead, .inHead, .inHeadNoscript, .afterHead: headStart()
        case .inBody: bodyStart()
        // No tag comes here: the text of an element has no markup.
        case .text: break
        case .inTable: tableStart()
        case .inCaption: captionStart()
        case .inColumnGroup: columnGroupStart()
        case .inTableBody: tableBodyStart()
        case .inRow: rowStart()
        case .inCell: cellStart()
        case .inTemplate: templateStart()
        case .afterBody, .afterAfterBody: afterBodyStart()
        case .inFrameset, .afterFrameset, .afterAfterFrameset: framesetStart()
        }
    }

    mutating func endTag() {
        switch mode {
        case .initial, .beforeHTML, .beforeHead, .inHead, .inHeadNoscript, .afterHead: headEnd()
        case .inBody: bodyEnd()
        case .text:
            pop()
            mode = modeAfterText
        case .inTable: tableEnd()
        case .inCaption: captionEnd()
        case .inColumnGroup: columnGroupEnd()
        case .inTableBody: tableBodyEnd()
        case .inRow: rowEnd()
        case .inCell: cellEnd()
        case .inTemplate: if tokenizer.tag.tag == .template { templateEnd() }
        case .afterBody, .afterAfterBody: afterBodyEnd()
        case .inFrameset, .afterFrameset, .afterAfterFrameset: framesetEnd()
        }
    }

    private mutating func comment(_ range: HTMLRange) {
        if isInForeignContent { return insertComment(range, at: placeForNode()) }
        switch mode {
        case .initial, .beforeHTML, .afterAfterBody, .afterAfterFrameset:
            insertComment(range, at: Place(parent: HTMLTree.document))
        case .afterBody: insertComment(range, at: Place(parent: open.first ?? HTMLTree.document))
        default: insertComment(range, at: placeForNode())
        }
    }

    private mutating func doctype() {
        guard mode == .initial, !isInForeignContent else { return }
        tree.doctype = tokenizer.doctype
        tree.isQuirky = tokenizer.doctypeIsBroken || isQuirky(tokenizer.doctype)
        tree.insert(
            tree.add(HTMLTree.Node(kind: .doctype, namespace: .html, tag: .other, name: 0)),
            into: HTMLTree.document)
        mode = .beforeHTML
    }

    /// The page has ended: what every page has is there even so.
    private mutating func end() {
        if mode == .text {
            pop()
            mode = modeAfterText
        }
        leaveHead()
        while tree.templateContents.count > 0, hasOpen(.template) {
            popThrough(.template)
            clearFormattingToMarker()
            _ = templateModes.popLast()
            resetMode()
            leaveHead()
        }
    }
}
