extension MainTextFinder {
    /// Leaves out of the chosen nodes what is no text of theirs.
    mutating func clean(_ nodes: [PageTree.Node]) {
        var blocks: [Int] = []
        // The first and the last piece of text that is read as such.
        var text: (first: Int, last: Int)?
        chosenProse = nodes.reduce(0) { $0 + cells[Int($1.index)].prose }
        for chosen in nodes {
            cells[Int(chosen.index)].block = chosen.index
            var index = Int(chosen.index)
            while index < Int(tree.end(chosen)) {
                let node = node(index)
                if index > chosen.index, isUnwanted(index) {
                    leaveOut(index)
                    index = Int(tree.end(node))
                    continue
                }
                if index > chosen.index, let parent = parent(index) {
                    cells[index].block = cells[index].isBlock ? Int32(index) : cells[parent].block
                }
                if cells[index].isBlock {
                    if !cells[index].holdsBlocks, cells[index].all.length > 0 { blocks.append(index) }
                } else if tree.kind(node) == .text, cells[index].all.length > 0,
                    isText(Int(cells[index].block))
                {
                    text = (text?.first ?? index, index)
                }
                index += 1
            }
        }
        if let text { trim(blocks, text.first, text.last) }
    }

    private mutating func leaveOut(_ index: Int) {
        hidden.insert(node(index))
    }

    private func isUnwanted(_ index: Int) -> Bool {
        let cell = cells[index]
        guard tree.kind(node(index)) == .element else { return false }
        if cell.isLeftOut { return true }
        let text = cell.all
        guard text.length > 0 else { return false }
        if !cell.isBlock {
            guard !cell.hints.isDisjoint(with: [.about, .caption]), text.length < 100, text.stops < 3,
                let parent = parent(index)
            else { return false }
            // Inside a sentence it is a word of it.
            return !isText(Int(cells[parent].block))
        }
        let density = text.linkDensity
        if !cell.holdsBlocks, text.length < 200,
            MainTextPhrases.isAside(tree.text(node(index)).withoutSoftHyphens, density)
        {
            return true
        }
        switch cell.role {
        case .caption: return true
        case .paragraph: return density > 0.9 && text.stops == 0 && text.length >= 40
        case .item: return false
        case .heading: return density > 0.9
        case .list, .table: return density > 0.6 && text.length > 400
        case .box, .article, .header, .figure, .cell, .inline, .link, .footer, .aside, .form, .navigation:
            if density > 0.5 { return true }
            if cell.hints.contains(.caption) { return cell.prose < 600 }
            // Names may lie: what holds most of a short page is no note about it.
            if !cell.hints.isDisjoint(with: [.about, .tags]) {
                return cell.prose < 250 && cell.prose <= 0.4 * chosenProse
            }
            if cell.hints.contains(.widget), density > 0.2 || cell.holdsLinkedHeading {
                return cell.prose < 250
            }
            return false
        case .lineBreak, .quote, .preformatted, .never: return false
        }
    }

    /// Leaves out what stands before the first sentence and behind the last one and is no text: the title, the
    /// date, the author, headings of lists that have been left out.
    private mutating func trim(_ blocks: [Int], _ first: Int, _ last: Int) {
        var headings = 0
        for block in blocks {
            if cells[block].role == .heading { headings += 1 }
            // A page has one title; what has many headings before its text is no article.
            if headings > 5, block < first { continue }
            if Int(tree.end(node(block))) <= first, isTrimmable(block, isLeading: true) { leaveOut(block) }
        }
        trimEnd(blocks.filter { $0 > last })
    }

    /// Leaves out what stands behind the last sentence and is no text; a heading stays with what it heads.
    private mutating func trimEnd(_ blocks: [Int]) {
        var headsSomething = false
        // The level of the heading that was kept last, so that the one above it is kept, too.
        var kept = 0
        for block in blocks.reversed() {
            guard cells[block].role == .heading else {
                if isTrimmable(block, isLeading: false) { leaveOut(block) } else { headsSomething = true }
                continue
            }
            let level = tree.name(node(block)).utf8.last.map { Int($0) - 0x30 } ?? 0
            if headsSomething || level < kept {
                kept = level
            } else if isTrimmable(block, isLeading: false) {
                leaveOut(block)
            }
            headsSomething = false
        }
    }

    private func isText(_ index: Int) -> Bool {
        let cell = cells[index]
        return cell.role != .heading && cell.own.prose >= 40
    }

    private func isTrimmable(_ index: Int, isLeading: Bool) -> Bool {
        let cell = cells[index]
        guard !cell.holdsBlocks else { return false }
        if isLeading {
            if cell.role == .heading { return tree.name(node(index)) == "h1" && isTitle(index) }
            return cell.own.stops == 0 && cell.own.length < 60 && cell.role != .item
                || cell.role != .list && cell.role != .item && cell.all.linkDensity > 0.6
        }
        if cell.role == .heading { return cell.own.stops == 0 }
        return cell.role != .paragraph && cell.all.linkDensity > 0.6
    }

    /// Whether a heading says no more than the page's title, which is metadata and no text of the page.
    private func isTitle(_ heading: Int) -> Bool {
        MainTextFinder.letters(title).firstRange(of: MainTextFinder.letters(tree.text(node(heading)))) != nil
    }

    /// The letters and digits of a text, small; only the first of a long one.
    private static func letters(_ text: String) -> [UInt8] {
        let beginning = String(decoding: text.utf8.prefix(500), as: UTF8.self)
        return beginning.withoutSoftHyphens.lowercased().utf8.filter {
            $0 >= 0x80 || $0 >= 0x61 && $0 <= 0x7A || $0 >= 0x30 && $0 <= 0x39
        }
    }
}
