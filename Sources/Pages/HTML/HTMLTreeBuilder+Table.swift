extension HTMLTreeBuilder {
    mutating func tableStart() {
        switch tokenizer.tag.tag {
        case .caption:
            popTo(.table)
            formatting.append(.marker)
            insertElement()
            mode = .inCaption
        case .colgroup:
            popTo(.table)
            insertElement()
            mode = .inColumnGroup
        case .col: imply(.colgroup, .inColumnGroup)
        case .tbody, .tfoot, .thead:
            popTo(.table)
            insertElement()
            mode = .inTableBody
        case .td, .th, .tr: imply(.tbody, .inTableBody)
        case .table:
            // A table directly in a table ends the first.
            guard hasInTableScope(.table) else { return }
            closeTable()
            startTag()
        case .style, .script, .template: _ = inHeadStart()
        case .input where isHiddenInput: insertVoid()
        case .form:
            guard !hasOpen(.template), form == HTMLTree.none else { return }
            insertElement()
            form = pop()
        default: outsideTable { $0.bodyStart() }
        }
    }

    /// Opens the element that a tag in a table needs around it.
    private mutating func imply(_ tag: HTMLTag, _ next: Mode) {
        popTo(.table)
        insertBefore(tokenizer.tag, tag)
        mode = next
        startTag()
    }

    private mutating func closeTable() {
        popThrough(.table)
        resetMode()
    }

    mutating func tableEnd() {
        switch tokenizer.tag.tag {
        case .table: if hasInTableScope(.table) { closeTable() }
        case .body, .caption, .col, .colgroup, .html, .tbody, .td, .tfoot, .th, .thead, .tr: break
        case .template: templateEnd()
        default: outsideTable { $0.bodyEnd() }
        }
    }

    mutating func captionStart() {
        switch tokenizer.tag.tag {
        case .caption, .col, .colgroup, .tbody, .td, .tfoot, .th, .thead, .tr:
            if closeCaption() { startTag() }
        default: bodyStart()
        }
    }

    mutating func captionEnd() {
        switch tokenizer.tag.tag {
        case .caption: _ = closeCaption()
        case .table: if closeCaption() { endTag() }
        case .body, .col, .colgroup, .html, .tbody, .td, .tfoot, .th, .thead, .tr: break
        default: bodyEnd()
        }
    }

    private mutating func closeCaption() -> Bool {
        guard hasInTableScope(.caption) else { return false }
        closeImplied()
        popThrough(.caption)
        clearFormattingToMarker()
        mode = .inTable
        return true
    }

    mutating func columnGroupStart() {
        switch tokenizer.tag.tag {
        case .html: htmlStart()
        case .col: insertVoid()
        case .template: _ = inHeadStart()
        default: if closeColumnGroup() { startTag() }
        }
    }

    mutating func columnGroupEnd() {
        switch tokenizer.tag.tag {
        case .colgroup: _ = closeColumnGroup()
        case .col: break
        case .template: templateEnd()
        default: if closeColumnGroup() { endTag() }
        }
    }

    private mutating func closeColumnGroup() -> Bool {
        guard isHTML(current, .colgroup) else { return false }
        pop()
        mode = .inTable
        return true
    }

    mutating func tableBodyStart() {
        switch tokenizer.tag.tag {
        case .tr:
            popTo(.tbody, .tfoot, .thead)
            insertElement()
            mode = .inRow
        case .th, .td:
            popTo(.tbody, .tfoot, .thead)
            insertBefore(tokenizer.tag, .tr)
            mode = .inRow
            startTag()
        case .caption, .col, .colgroup, .tbody, .tfoot, .thead: if closeTableBody() { startTag() }
        default: tableStart()
        }
    }

    mutating func tableBodyEnd() {
        let tag = tokenizer.tag.tag
        switch tag {
        case .tbody, .tfoot, .thead: if hasInTableScope(tag) { _ = closeTableBody() }
        case .table: if closeTableBody() { endTag() }
        case .body, .caption, .col, .colgroup, .html, .td, .th, .tr: break
        default: tableEnd()
        }
    }

    private mutating func closeTableBody() -> Bool {
        guard hasInTableScope(.tbody, .thead, .tfoot) else { return false }
        popTo(.tbody, .tfoot, .thead)
        pop()
        mode = .inTable
        return true
    }

    mutating func rowStart() {
        switch tokenizer.tag.tag {
        case .th, .td:
            popTo(.tr)
            insertElement()
            mode = .inCell
            formatting.append(.marker)
        case .caption, .col, .colgroup, .tbody, .tfoot, .thead, .tr: if closeRow() { startTag() }
        default: tableStart()
        }
    }

    mutating func rowEnd() {
        let tag = tokenizer.tag.tag
        switch tag {
        case .tr: _ = closeRow()
        case .table: if closeRow() { endTag() }
        case .tbody, .tfoot, .thead: if hasInTableScope(tag), closeRow() { endTag() }
        case .body, .caption, .col, .colgroup, .html, .td, .th: break
        default: tableEnd()
        }
    }

    private mutating func closeRow() -> Bool {
        guard hasInTableScope(.tr) else { return false }
        popTo(.tr)
        pop()
        mode = .inTableBody
        return true
    }

    mutating func cellStart() {
        switch tokenizer.tag.tag {
        case .caption, .col, .colgroup, .tbody, .td, .tfoot, .th, .thead, .tr:
            guard hasInTableScope(.td, .th) else { return }
            closeCell()
            startTag()
        default: bodyStart()
        }
    }

    mutating func cellEnd() {
        let tag = tokenizer.tag.tag
        switch tag {
        case .td, .th:
            guard hasInTableScope(tag) else { return }
            closeImplied()
            popThrough(tag)
            clearFormattingToMarker()
            mode = .inRow
        case .body, .caption, .col, .colgroup, .html: break
        case .table, .tbody, .tfoot, .thead, .tr:
            guard hasInTableScope(tag) else { return }
            closeCell()
            endTag()
        default: bodyEnd()
        }
    }

    private mutating func closeCell() {
        closeImplied()
        while !open.isEmpty {
            let node = pop()
            if isHTML(node, .td) || isHTML(node, .th) { break }
        }
        clearFormattingToMarker()
        mode = .inRow
    }
}
