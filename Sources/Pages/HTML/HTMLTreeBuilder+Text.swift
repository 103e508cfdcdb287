extension HTMLTreeBuilder {
    /// Text where HTML is read. A NUL comes alone, and HTML drops it.
    mutating func text(_ range: HTMLRange) {
        switch mode {
        case .initial, .beforeHTML, .beforeHead, .inHead, .inHeadNoscript, .afterHead: textBeforeBody(range)
        case .inBody, .inCaption, .inCell, .inTemplate: bodyText(range)
        case .text: insertText(range)
        case .inTable, .inTableBody, .inRow: tableTextOrBody(range)
        case .inColumnGroup: columnGroupText(range)
        case .afterBody, .afterAfterBody:
            let blank = blanks(range)
            if !blank.isEmpty { bodyText(blank) }
            guard blank.end < range.end else { return }
            mode = .inBody
            bodyText(HTMLRange(start: blank.end, end: range.end))
        case .inFrameset, .afterFrameset:
            for place in range.start..<range.end where isHTMLBlank(tokenizer.byte(place)) {
                insertText(HTMLRange(start: place, end: place + 1))
            }
        case .afterAfterFrameset:
            for place in range.start..<range.end where isHTMLBlank(tokenizer.byte(place)) {
                bodyText(HTMLRange(start: place, end: place + 1))
            }
        }
    }

    /// The white space at the beginning of a text.
    func blanks(_ range: HTMLRange) -> HTMLRange {
        var end = range.start
        while end < range.end && isHTMLBlank(tokenizer.byte(end)) { end += 1 }
        return HTMLRange(start: range.start, end: end)
    }

    mutating func bodyText(_ range: HTMLRange) {
        guard tokenizer.byte(range.start) != 0 else { return }
        reopenFormatting()
        insertText(range)
        if framesetIsFine && blanks(range).end < range.end { framesetIsFine = false }
    }

    /// White space stays before and in the head; what is more begins the body.
    private mutating func textBeforeBody(_ range: HTMLRange) {
        let blank = blanks(range)
        if !blank.isEmpty {
            switch mode {
            case .inHead, .inHeadNoscript, .afterHead: insertText(blank)
            default: break
            }
        }
        guard blank.end < range.end else { return }
        leaveHead()
        text(HTMLRange(start: blank.end, end: range.end))
    }

    private mutating func columnGroupText(_ range: HTMLRange) {
        let blank = blanks(range)
        insertText(blank)
        guard blank.end < range.end, isHTML(current, .colgroup) else { return }
        pop()
        mode = .inTable
        text(HTMLRange(start: blank.end, end: range.end))
    }

    private mutating func tableTextOrBody(_ range: HTMLRange) {
        let node = tree[current]
        guard node.namespace == .html, node.tag.takesNoText || node.tag == .template else {
            return outsideTable { $0.bodyText(range) }
        }
        if tokenizer.byte(range.start) != 0 { tableText.append(range) }
    }

    /// White space stays in the table; other text is moved before it.
    mutating func flushTableText() {
        let texts = tableText
        tableText.removeAll(keepingCapacity: true)
        if texts.allSatisfy({ blanks($0).end == $0.end }) {
            for text in texts { insertText(text) }
        } else {
            outsideTable { builder in
                for text in texts { builder.bodyText(text) }
            }
        }
    }

    /// Does what the body would do, but puts what it adds to a table before it ("foster parenting").
    mutating func outsideTable(_ work: (inout HTMLTreeBuilder) -> Void) {
        movesOutOfTables = true
        work(&self)
        movesOutOfTables = false
    }
}
