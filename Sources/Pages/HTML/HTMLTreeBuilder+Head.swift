extension HTMLTreeBuilder {
    /// Goes on from before the body into it, and adds what the page has left out on the way.
    mutating func leaveHead() {
        while true {
            switch mode {
            case .initial, .beforeHTML, .beforeHead, .inHead, .inHeadNoscript, .afterHead: leaveHeadStep()
            default: return
            }
        }
    }

    /// Goes on by one step as a token does that belongs further on, keeping the tag that was read.
    private mutating func leaveHeadStep() {
        let tag = tokenizer.tag
        switch mode {
        case .initial:
            tree.isQuirky = true
            mode = .beforeHTML
        case .beforeHTML:
            insertBefore(tag, .html)
            mode = .beforeHead
        case .beforeHead:
            insertBefore(tag, .head)
            head = current
            mode = .inHead
        case .inHeadNoscript:
            pop()
            mode = .inHead
        case .inHead:
            pop()
            mode = .afterHead
        default:
            insertBefore(tag, .body)
            mode = .inBody
        }
    }

    /// Opens an implied element and goes back to the tag that implies it.
    mutating func insertBefore(_ tag: HTMLTokenizer.Tag, _ implied: HTMLTag) {
        insertImplied(implied)
        // It has no attributes, so those of the tag stay where they are.
        tokenizer.tag = tag
    }

    mutating func headStart() {
        while true {
            let before = mode
            if tokenizer.tag.tag == .html && mode != .initial && mode != .beforeHTML { return htmlStart() }
            switch mode {
            case .beforeHTML where tokenizer.tag.tag == .html:
                insertElement()
                mode = .beforeHead
                return
            case .beforeHead where tokenizer.tag.tag == .head:
                insertElement()
                head = current
                mode = .inHead
                return
            case .inHead: if inHeadStart() { return }
            case .inHeadNoscript: if noscriptStart() { return }
            case .afterHead: if afterHeadStart() { return }
            default: break
            }
            if mode == before { leaveHeadStep() }
            if mode == .inBody { return bodyStart() }
        }
    }

    /// - Returns: whether the tag belongs into the head and is done with.
    mutating func inHeadStart() -> Bool {
        switch tokenizer.tag.tag {
        case .base, .basefont, .bgsound, .link, .meta: insertVoid()
        case .title: insertRaw(.escapableText(.title))
        case .noframes: insertRaw(.rawText(.noframes))
        case .style: insertRaw(.rawText(.style))
        case .script: insertRaw(.script)
        case .noscript where mode == .inHead:
            insertElement()
            mode = .inHeadNoscript
        case .template:
            insertElement()
            formatting.append(.marker)
            framesetIsFine = false
            mode = .inTemplate
            templateModes.append(.inTemplate)
        case .head: break
        default: return false
        }
        return true
    }

    private mutating func noscriptStart() -> Bool {
        switch tokenizer.tag.tag {
        case .basefont, .bgsound, .link, .meta, .noframes, .style: inHeadStart()
        case .head, .noscript: true
        default: false
        }
    }

    private mutating func afterHeadStart() -> Bool {
        switch tokenizer.tag.tag {
        case .body:
            insertElement()
            framesetIsFine = false
            mode = .inBody
        case .frameset:
            insertElement()
            mode = .inFrameset
        case .base, .basefont, .bgsound, .link, .meta, .noframes, .script, .style, .template, .title:
            push(head)
            let isDone = inHeadStart()
            removeFromStack(head)
            return isDone
        case .head: break
        default: return false
        }
        return true
    }

    /// Opens an element that holds only text.
    mutating func insertRaw(_ content: HTMLTokenizer.Content) {
        insertElement()
        tokenizer.content = content
        modeAfterText = mode
        mode = .text
    }

    /// A further `<html>` adds its attributes to the first.
    mutating func htmlStart() {
        if !hasOpen(.template), let root = open.first { addLateAttributes(to: root) }
        tokenizer.forgetAttributes()
    }

    mutating func headEnd() {
        switch (mode, tokenizer.tag.tag) {
        case (.inHead, .head):
            pop()
            mode = .afterHead
        case (.inHead, .template), (.afterHead, .template): templateEnd()
        case (.inHeadNoscript, .noscript):
            pop()
            mode = .inHead
        case (.inHeadNoscript, .br), (_, .html), (_, .body), (_, .br), (.beforeHead, .head),
            (.beforeHTML, .head),
            (.initial, .head):
            let tag = tokenizer.tag
            leaveHeadForEnd(of: tag)
        case (.initial, _):
            tree.isQuirky = true
            mode = .beforeHTML
        default: break
        }
    }

    private mutating func leaveHeadForEnd(of tag: HTMLTokenizer.Tag) {
        // Within `<noscript>` only `</br>` ends it.
        if mode == .inHeadNoscript && tag.tag != .br { return }
        leaveHeadStep()
        endTag()
    }

    /// Closes a template with all that is open in it.
    mutating func templateEnd() {
        guard hasOpen(.template) else { return }
        while let node = open.last, tree[node].namespace == .html, tree[node].tag.mayEndImpliedThoroughly {
            pop()
        }
        popThrough(.template)
        clearFormattingToMarker()
        _ = templateModes.popLast()
        resetMode()
    }

    mutating func templateStart() {
        let tag = tokenizer.tag.tag
        let next: Mode
        switch tag {
        case .base, .basefont, .bgsound, .link, .meta, .noframes, .script, .style, .template, .title:
            _ = inHeadStart()
            return
        case .caption, .colgroup, .tbody, .tfoot, .thead: next = .inTable
        case .col: next = .inColumnGroup
        case .tr: next = .inTableBody
        case .td, .th: next = .inRow
        default: next = .inBody
        }
        _ = templateModes.popLast()
        templateModes.append(next)
        mode = next
        startTag()
    }

    /// Finds the mode that fits the open elements ("reset the insertion mode appropriately").
    mutating func resetMode() {
        for (index, node) in open.enumerated().reversed() where tree[node].namespace == .html {
            if let fitting = mode(inside: tree[node].tag, isOutermost: index == 0) {
                mode = fitting
                return
            }
        }
        mode = .inBody
    }

    /// The mode that an open element asks for; nil for one that leaves it to those around it.
    private func mode(inside tag: HTMLTag, isOutermost: Bool) -> Mode? {
        switch tag {
        case .td, .th: isOutermost ? nil : .inCell
        case .tr: .inRow
        case .tbody, .thead, .tfoot: .inTableBody
        case .caption: .inCaption
        case .colgroup: .inColumnGroup
        case .table: .inTable
        case .template: templateModes.last ?? .inBody
        case .head: isOutermost ? nil : .inHead
        case .body: .inBody
        case .frameset: .inFrameset
        case .html: head == HTMLTree.none ? .beforeHead : .afterHead
        default: nil
        }
    }
}
