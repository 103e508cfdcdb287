import Encodings

extension HTMLTreeBuilder {
    /// A start tag in the body.
    mutating func bodyStart() {
        let tag = tokenizer.tag.tag
        switch tag {
        case .other, .span: insertPhrase()
        case .html: htmlStart()
        case .base, .basefont, .bgsound, .link, .meta, .noframes, .script, .style, .template, .title:
            _ = inHeadStart()
        case .body: furtherBody()
        case .frameset: framesetInsteadOfBody()
        case .address, .article, .aside, .blockquote, .center, .details, .dialog, .dir, .div, .dl, .fieldset,
            .figcaption, .figure, .footer, .header, .hgroup, .main, .menu, .nav, .ol, .p, .search, .section,
            .summary, .ul:
            insertBlock()
        case .h1, .h2, .h3, .h4, .h5, .h6:
            closeParagraph()
            if tree[current].namespace == .html && tree[current].tag.isHeading { pop() }
            insertElement()
        case .a: insertLink()
        case .b, .big, .code, .em, .font, .i, .s, .small, .strike, .strong, .tt, .u: insertFormatting()
        case .nobr:
            reopenFormatting()
            if hasInScope(.nobr) { closeFormatting() }
            insertFormatting()
        case .caption, .col, .colgroup, .frame, .head, .tbody, .td, .tfoot, .th, .thead, .tr: break
        default: bodyStartOfOther(tag)
        }
    }

    /// The tags whose elements are more than a block or a phrase.
    private mutating func bodyStartOfOther(_ tag: HTMLTag) {
        switch tag {
        case .li: insertListItem { $0 == .li }
        case .dd, .dt: insertListItem { $0 == .dd || $0 == .dt }
        case .pre, .listing:
            insertBlock()
            dropsLineFeed = true
            framesetIsFine = false
        case .form: insertForm()
        case .plaintext:
            insertBlock()
            tokenizer.content = .plaintext
        case .button: insertButton()
        case .applet, .marquee, .object:
            insertPhrase()
            formatting.append(.marker)
            framesetIsFine = false
        case .table:
            // Browsers keep the tables of the 1990s inside of paragraphs.
            if !tree.isQuirky { closeParagraph() }
            insertElement()
            framesetIsFine = false
            mode = .inTable
        case .rb, .rtc: insertRuby(keeping: .other)
        case .rp, .rt: insertRuby(keeping: .rtc)
        case .math: insertForeignRoot(.mathML)
        case .svg: insertForeignRoot(.svg)
        default: bodyStartOfControl(tag)
        }
    }

    /// The tags of form controls and of elements that hold nothing or only text.
    private mutating func bodyStartOfControl(_ tag: HTMLTag) {
        switch tag {
        case .image:
            tokenizer.tag.tag = .img
            tokenizer.tag.name = Int32(HTMLTag.img.number)
            bodyStartOfControl(.img)
        case .area, .br, .embed, .img, .keygen, .wbr:
            reopenFormatting()
            insertVoid()
            framesetIsFine = false
        case .input: insertInput()
        case .param, .source, .track: insertVoid()
        case .hr:
            closeParagraph()
            if hasInScope(.select) { closeImplied() }
            insertVoid()
            framesetIsFine = false
        case .textarea:
            insertRaw(.escapableText(.textarea))
            dropsLineFeed = true
            framesetIsFine = false
        case .xmp:
            closeParagraph()
            reopenFormatting()
            framesetIsFine = false
            insertRaw(.rawText(.xmp))
        case .iframe:
            framesetIsFine = false
            insertRaw(.rawText(.iframe))
        case .noembed: insertRaw(.rawText(.noembed))
        case .select, .option, .optgroup: bodyStartOfChoice(tag)
        default: insertPhrase()
        }
    }

    private mutating func bodyStartOfChoice(_ tag: HTMLTag) {
        let isInSelect = hasInScope(.select)
        if tag == .select {
            // A second `<select>` inside of one is its end tag.
            if isInSelect { return popThrough(.select) }
            framesetIsFine = false
        } else if isInSelect {
            closeImplied(except: tag == .option ? .optgroup : .other)
        } else if isHTML(current, .option) {
            pop()
        }
        insertPhrase()
    }

    private mutating func insertPhrase() {
        reopenFormatting()
        insertElement()
    }

    private mutating func insertBlock() {
        closeParagraph()
        insertElement()
    }

    private mutating func furtherBody() {
        guard open.count > 1, isHTML(open[1], .body), !hasOpen(.template) else { return }
        framesetIsFine = false
        addLateAttributes(to: open[1])
        tokenizer.forgetAttributes()
    }

    private mutating func framesetInsteadOfBody() {
        guard open.count > 1, isHTML(open[1], .body), framesetIsFine else { return }
        tree.detach(open[1])
        while open.count > 1 { pop() }
        insertElement()
        mode = .inFrameset
    }

    private mutating func insertLink() {
        if let link = activeFormatting(.a) {
            closeFormatting()
            forgetFormatting(link)
            removeFromStack(link)
        }
        insertFormatting()
    }

    /// Ends the item before, if none of another list is between.
    private mutating func insertListItem(_ isItem: (HTMLTag) -> Bool) {
        framesetIsFine = false
        for node in open.reversed() {
            let tag = tree[node].tag
            if tree[node].namespace == .html && isItem(tag) {
                closeImplied(except: tag)
                popThrough(tag)
                break
            }
            let isTransparent = tree[node].namespace == .html && (tag == .address || tag == .div || tag == .p)
            if isSpecial(node) && !isTransparent { break }
        }
        insertBlock()
    }

    private mutating func insertForm() {
        guard form == HTMLTree.none || hasOpen(.template) else { return }
        insertBlock()
        if !hasOpen(.template) { form = current }
    }

    private mutating func insertButton() {
        if hasInScope(.button) {
            closeImplied()
            popThrough(.button)
        }
        insertPhrase()
        framesetIsFine = false
    }

    private mutating func insertInput() {
        if hasInScope(.select) { popThrough(.select) }
        reopenFormatting()
        insertVoid()
        if !isHiddenInput { framesetIsFine = false }
    }

    /// Whether the tag that was read last says `type="hidden"`.
    var isHiddenInput: Bool { attributeOfTag("type", is: "hidden") }

    /// Whether an attribute of the tag that was read last has a value, in capitals or not.
    func attributeOfTag(_ name: StaticString, is wanted: StaticString) -> Bool {
        tokenizer.attributes[tokenizer.tag.attributes...].contains { attribute in
            let count = Int(attribute.count)
            return count == wanted.utf8CodeUnitCount
                && tokenizer.names[attribute.name].elementsEqual(
                    UnsafeBufferPointer(start: name.utf8Start, count: name.utf8CodeUnitCount))
                && (0..<count).allSatisfy {
                    smallLetter(tokenizer.byte(Int(attribute.start) + $0)) == wanted.utf8Start[$0]
                }
        }
    }

    private mutating func insertRuby(keeping tag: HTMLTag) {
        if hasInScope(.ruby) { closeImplied(except: tag) }
        insertElement()
    }
}
