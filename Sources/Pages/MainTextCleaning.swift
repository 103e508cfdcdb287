extension MainTextFinder {
    /// Leaves out of the chosen nodes what is no text of theirs.
    mutating func clean(_ nodes: [PageTree.Node]) {
        var blocks: [Int] = []
        for chosen in nodes {
            var index = Int(chosen.index)
            let end = Int(tree.end(chosen))
            while index < end {
                let node = node(index)
                if index > chosen.index, isUnwanted(index) {
                    leaveOut(index)
                    index = Int(tree.end(node))
                    continue
                }
                if cells[index].isBlock, cells[index].own.length > 0 { blocks.append(index) }
                index += 1
            }
        }
        trim(blocks)
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
            return !cell.hints.isDisjoint(with: [.about, .caption]) && text.length < 100 && text.stops == 0
        }
        let density = text.linkDensity
        if !cell.holdsBlocks, text.length < 200, MainTextPhrases.isAside(tree.text(node(index)), density) { return true }
        switch cell.role {
        case .caption: return true
        case .paragraph, .item: return density > 0.8 && text.length < 150 && text.length > 30
        case .heading: return density > 0.9
        case .list, .table: return density > 0.6
        case .box, .article, .header, .figure, .cell, .inline, .link, .footer, .aside, .form, .navigation:
            if density > 0.5 { return true }
            if cell.hints.contains(.caption) { return cell.prose < 600 }
            if !cell.hints.isDisjoint(with: [.about, .tags]) { return cell.prose < 250 }
            if cell.hints.contains(.widget), density > 0.2 || cell.holdsLinkedHeading { return cell.prose < 250 }
            return false
        case .lineBreak, .quote, .preformatted, .never: return false
        }
    }

    /// Leaves out what stands before the first sentence and behind the last one and is no text: the title, the
    /// date, the author, headings of lists that have been left out.
    private mutating func trim(_ blocks: [Int]) {
        guard let first = blocks.firstIndex(where: isText), let last = blocks.lastIndex(where: isText) else { return }
        for place in blocks[..<first] where isTrimmable(place, isLeading: true) { leaveOut(place) }
        for place in blocks[(last + 1)...] where isTrimmable(place, isLeading: false) { leaveOut(place) }
        for (place, next) in zip(blocks[first...last], blocks[first...last].dropFirst())
        where cells[place].role == .heading && cells[next].role == .heading && cells[place].own.length > 200 {
            leaveOut(place)
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
            if cell.role == .heading { return tree.name(node(index)) == "h1" }
            return cell.own.stops == 0 && cell.own.length < 60 && cell.role != .item
        }
        if cell.role == .heading { return true }
        return false
    }
}
