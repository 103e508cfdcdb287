extension MainTextFinder {
    /// Learns what each element is for, from its name and its attributes.
    mutating func mark() {
        let roles = tree.names.map(MainTextRole.init)
        let reader = PageHintReader()
        for index in 0..<cells.count {
            let node = node(index)
            if let parent = parent(index) {
                cells[index].isLinked = cells[parent].isLinked
                cells[index].isLeftOut = cells[parent].isLeftOut
            }
            guard let name = tree.nameID(node) else { continue }
            cells[index].isLeftOut = parent(index).map { cells[$0].isLeftOut } ?? false
            let role = roles[Int(name)]
            cells[index].role = role
            cells[index].isBlock = role.isBlock
            if role == .never { cells[index].isLeftOut = true }
            if role == .never, title.isEmpty, tree.name(node) == "title" { title = tree.text(node) }
            guard !cells[index].isLeftOut else { continue }
            readAttributes(index, reader)
        }
    }

    private func isInHeading(_ index: Int) -> Bool {
        var above = parent(index)
        for _ in 0..<3 {
            guard let place = above else { return false }
            if cells[place].role == .heading { return true }
            above = parent(place)
        }
        return false
    }

    private mutating func readAttributes(_ index: Int, _ reader: PageHintReader) {
        tree.eachKnownAttribute(node(index)) { attribute, value in
            switch attribute {
            case .class, .id, .role: cells[index].hints.formUnion(reader.hints(in: value))
            case .itemprop:
                if String(decoding: value, as: UTF8.self).lowercased() == "articlebody" {
                    cells[index].hints.insert(.body)
                }
            case .href:
                // A heading that links to itself leads nowhere else.
                let isAnchor = value.first == UInt8(ascii: "#") && isInHeading(index)
                if cells[index].role == .link, !isAnchor { cells[index].isLinked = true }
            case .style:
                if Concealment.style(value, says: MainTextFinder.unseen) { cells[index].isHidden = true }
            case .hidden: if Concealment.hides(hidden: value) { cells[index].isHidden = true }
            case .ariaHidden: if value.elementsEqual("true".utf8) { cells[index].isHidden = true }
            case .rel: break
            }
        }
    }

    private static let unseen = ["display:none", "visibility:hidden"]

    /// Measures the text of all that is not left out, from the innermost nodes outwards.
    mutating func measure() {
        for index in cells.indices {
            cells[index].own = TextMeasure()
            cells[index].all = TextMeasure()
            cells[index].prose = 0
            cells[index].near = 0
            cells[index].far = 0
            cells[index].highest = 0
            cells[index].article = 0
        }
        for index in cells.indices.reversed() where !cells[index].isLeftOut {
            let node = node(index)
            switch tree.kind(node) {
            case .text:
                let measure = TextMeasure(tree.bytes(node), isLinked: cells[index].isLinked)
                cells[index].own = measure
                cells[index].all = measure
            case .element: finish(index)
            case .comment, .other: continue
            }
            if let parent = parent(index) { add(index, to: parent) }
        }
    }

    /// All that stands in an element has been measured.
    private mutating func finish(_ index: Int) {
        // What is no block by its name is one where blocks stand in it.
        if cells[index].holdsBlocks { cells[index].isBlock = true }
        guard cells[index].isBlock else { return }
        if isArticle(index) { cells[index].article = max(cells[index].article, cells[index].prose) }
        let own = cells[index].role == .heading ? 0 : cells[index].own.prose
        cells[index].prose += own
        cells[index].near += own
        let (near, far, highest) = (cells[index].near, cells[index].far, cells[index].highest)
        let isWrapper = near + far == highest
        // A box around one that holds nearly all of its text is as good as that, but never better.
        let holdsLittleElse = near + far - highest < 0.1 * highest
        cells[index].score = near + far * (isWrapper ? 1 : holdsLittleElse ? 0.9 : MainTextFinder.fading)
    }

    /// Whether an element says itself that it holds the text of an article, and no word of it says otherwise.
    private func isArticle(_ index: Int) -> Bool {
        let cell = cells[index]
        guard cell.role == .article || cell.hints.contains(.body) else { return false }
        return cell.hints.isDisjoint(with: .chrome) && !cell.holdsLinkedHeading
    }

    /// How much of a box's score the box around it gets, where more stands in that.
    private static let fading: Float = 0.6

    private mutating func add(_ index: Int, to parent: Int) {
        let cell = cells[index]
        cells[parent].all += cell.all
        cells[parent].article = max(cells[parent].article, cell.article)
        if cell.isBlock {
            cells[parent].holdsBlocks = true
            cells[parent].prose += cell.prose
            if cell.score > 0 {
                if !cell.holdsBlocks || cell.role.isGroup {
                    cells[parent].near += cell.score
                } else {
                    cells[parent].far += cell.score
                    cells[parent].highest = max(cells[parent].highest, cell.score)
                }
            }
        } else {
            cells[parent].own += cell.own
        }
        if cell.holdsLinkedHeading || cell.role == .heading && cell.all.linked > 0 {
            cells[parent].holdsLinkedHeading = true
        }
    }

    /// Leaves out what is no main text, by its element's name, its hints, or because the page hides it; but not
    /// where it holds nearly all that there is to read.
    mutating func leaveOutChrome(isStrict: Bool) {
        guard let root = tree.root else { return }
        let total = cells[Int(root.index)].prose
        for index in cells.indices {
            if let parent = parent(index), cells[parent].isLeftOut { cells[index].isLeftOut = true }
            guard !cells[index].isLeftOut, tree.kind(node(index)) == .element, isChrome(index, isStrict)
            else { continue }
            let prose = cells[index].prose
            let outside = total - prose
            if !cells[index].isHidden, cells[index].article >= max(150, 0.5 * prose) { continue }
            let isAll = prose > 0 && outside < max(150, prose * 0.5)
            let isComments = cells[index].hints.contains(.comments) && outside >= 150
            // An article bears the names of what can be done with it.
            if cells[index].role == .article, prose > 0.25 * total, !cells[index].holdsLinkedHeading,
                cells[index].hints.isDisjoint(with: [.comments, .overlay, .unseen])
            {
                continue
            }
            if !isAll || isComments { cells[index].isLeftOut = true }
        }
    }

    private func isChrome(_ index: Int, _ isStrict: Bool) -> Bool {
        let cell = cells[index]
        if cell.isHidden { return true }
        switch cell.role {
        case .navigation, .form, .footer, .aside: return true
        case _ where !isStrict: return !cell.hints.isDisjoint(with: [.comments, .overlay])
        // Their ids are targets of links, and quoted messages bear the names of where they come from.
        case .heading: return false
        case .quote: return !cell.hints.isDisjoint(with: [.comments, .advert, .unseen])
        case .paragraph: return !cell.hints.isDisjoint(with: PageHints.chrome.subtracting(.request))
        case .inline, .link: return !cell.hints.isDisjoint(with: [.unseen, .share, .advert, .comments])
        case .lineBreak, .list, .item, .preformatted,
            .table, .cell, .figure, .caption, .box, .article, .header, .never:
            let hints = cell.hints.intersection(.chrome)
            // What is hidden behind a wall for payment, or can be shared, is an article's text all the same.
            if hints.isSubset(of: [.request, .share, .advert, .related]), cell.prose > 600,
                cell.all.linkDensity < 0.1, !cell.holdsLinkedHeading
            {
                return false
            }
            return !hints.isEmpty
        }
    }
}
