extension HTMLTreeBuilder {
    /// An end tag in the body.
    mutating func bodyEnd() {
        let tag = tokenizer.tag.tag
        switch tag {
        case .template: templateEnd()
        case .body, .html: bodyIsOver()
        case .address, .article, .aside, .blockquote, .button, .center, .details, .dialog, .dir, .div, .dl,
            .fieldset, .figcaption, .figure, .footer, .header, .hgroup, .listing, .main, .menu, .nav, .ol,
            .pre, .search, .section, .select, .summary, .ul:
            closeBlock(tag)
        case .form: closeForm()
        case .p:
            if !hasInScope(.p, .button) { insertImplied(.p) }
            closeParagraph()
        case .li: closeItem(tag, .listItem)
        case .dd, .dt: closeItem(tag, .common)
        case .h1, .h2, .h3, .h4, .h5, .h6: closeHeading()
        case .a, .b, .big, .code, .em, .font, .i, .nobr, .s, .small, .strike, .strong, .tt, .u:
            closeFormatting()
        case .applet, .marquee, .object:
            guard hasInScope(tag) else { return }
            closeImplied()
            popThrough(tag)
            clearFormattingToMarker()
        case .br:
            // Nobody writes it, but it has always broken the line.
            tokenizer.forgetAttributes()
            bodyStart()
        default: closeOther()
        }
    }

    private mutating func bodyIsOver() {
        guard hasInScope(.body) else { return }
        mode = .afterBody
        if tokenizer.tag.tag == .html { endTag() }
    }

    private mutating func closeBlock(_ tag: HTMLTag) {
        guard hasInScope(tag) else { return }
        closeImplied()
        popThrough(tag)
    }

    private mutating func closeItem(_ tag: HTMLTag, _ scope: Scope) {
        guard hasInScope(tag, scope) else { return }
        closeImplied(except: tag)
        popThrough(tag)
    }

    private mutating func closeHeading() {
        guard hasInScope(where: \.isHeading) else { return }
        closeImplied()
        while !open.isEmpty {
            let node = pop()
            if tree[node].namespace == .html && tree[node].tag.isHeading { return }
        }
    }

    private mutating func closeForm() {
        if hasOpen(.template) { return closeBlock(.form) }
        let node = form
        form = HTMLTree.none
        guard node != HTMLTree.none, tree[node].marks.contains(.open), hasInScope(.form) else { return }
        closeImplied()
        // What is open inside of the form stays open.
        removeFromStack(node)
    }

    /// Closes the innermost element of that name, unless a block stands between.
    mutating func closeOther() {
        let (tag, name) = (tokenizer.tag.tag, tokenizer.tag.name)
        guard tag == .other || hasOpen(tag) else { return }
        for node in open.reversed() {
            if tree[node].name == name && tree[node].namespace == .html {
                closeImpliedExcept(name)
                while !open.isEmpty, pop() != node {}
                return
            }
            if isSpecial(node) { return }
        }
    }

    private mutating func closeImpliedExcept(_ name: Int32) {
        while let node = open.last, tree[node].namespace == .html, tree[node].tag.mayEndImplied,
            tree[node].name != name
        {
            pop()
        }
    }

    mutating func afterBodyStart() {
        if tokenizer.tag.tag == .html { return htmlStart() }
        mode = .inBody
        bodyStart()
    }

    mutating func afterBodyEnd() {
        if mode == .afterBody && tokenizer.tag.tag == .html {
            mode = .afterAfterBody
            return
        }
        mode = .inBody
        bodyEnd()
    }

    mutating func framesetStart() {
        switch (mode, tokenizer.tag.tag) {
        case (_, .html): htmlStart()
        case (.inFrameset, .frameset): insertElement()
        case (.inFrameset, .frame): insertVoid()
        case (_, .noframes): _ = inHeadStart()
        default: break
        }
    }

    mutating func framesetEnd() {
        switch (mode, tokenizer.tag.tag) {
        case (.inFrameset, .frameset):
            guard open.count > 1 else { return }
            pop()
            if !isHTML(current, .frameset) { mode = .afterFrameset }
        case (.afterFrameset, .html): mode = .afterAfterFrameset
        default: break
        }
    }
}
