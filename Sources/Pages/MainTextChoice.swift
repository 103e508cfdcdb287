extension MainTextFinder {
    /// The element that is most likely the main part, or the largest piece of it; nil where nothing is read.
    func best() -> Int? {
        var best: Int?
        var highest: Float = 0
        for index in cells.indices where cells[index].isBlock && !cells[index].isLeftOut {
            let value = cells[index].score * factor(index)
            if value > highest { (best, highest) = (index, value) }
        }
        return best
    }

    /// The box around a short text, where that holds little else: on a page that says little, all of it is wanted.
    func widened(_ best: Int) -> Int {
        var chosen = best
        while let parent = parent(chosen), tree.name(node(parent)) != "html" {
            let inside = cells[chosen].all.length - cells[chosen].all.linked
            let around = cells[parent].all
            guard inside < 500, around.linkDensity < 0.3, around.length - around.linked < 2 * inside + 200
            else { break }
            chosen = parent
        }
        return chosen
    }

    /// What an element's name and hints make of its score.
    private func factor(_ index: Int) -> Float {
        let cell = cells[index]
        var factor = 1 - cell.all.linkDensity
        if cell.hints.contains(.body) {
            factor *= 1.3
        } else if cell.hints.contains(.content) {
            factor *= 1.1
        }
        if !cell.hints.isDisjoint(with: [.widget, .about, .caption, .tags]) { factor *= 0.7 }
        switch cell.role {
        case .article: factor *= 1.2
        case .paragraph, .heading, .caption, .item, .quote, .preformatted, .figure: factor *= 0.8
        case .inline, .link, .lineBreak, .list, .table, .cell, .box, .header, .footer, .aside, .navigation,
            .form,
            .never:
            break
        }
        return factor
    }

    /// The chosen element with what stands beside it and belongs to it, such as other parts of the same article.
    func joined(_ best: Int) -> [PageTree.Node] {
        var chosen = [best]
        var current = best
        var score = cells[best].score
        while let parent = parent(current), cells[parent].role != .never, tree.name(node(parent)) != "html" {
            if cells[parent].own.prose > 0.2 * score {
                chosen = [parent]
                score = cells[parent].score
            } else {
                let siblings = tree.children(node(parent)).lazy.map { Int($0.index) }
                var before: [Int] = []
                var behind: [Int] = []
                for sibling in siblings where sibling != current && belongs(sibling, to: current, score, best)
                {
                    if sibling < current { before.append(sibling) } else { behind.append(sibling) }
                    score += cells[sibling].score
                }
                chosen = before + chosen + behind
            }
            current = parent
        }
        return chosen.map(node)
    }

    private func isOfArticle(_ index: Int?) -> Bool {
        guard let index else { return false }
        return cells[index].role == .article || !cells[index].hints.isDisjoint(with: [.body, .bodyFirst])
    }

    private func belongs(_ sibling: Int, to current: Int, _ score: Float, _ best: Int) -> Bool {
        let cell = cells[sibling]
        guard cell.isBlock, !cell.isLeftOut, cell.all.length > 0, !cell.holdsLinkedHeading else {
            return false
        }
        guard cell.hints.isDisjoint(with: [.widget, .about, .tags, .caption]) else { return false }
        let density = cell.all.linkDensity
        if !cell.holdsBlocks || cell.role.isGroup {
            guard cell.role != .heading else { return false }
            return density < 0.25 && cell.prose >= (current == best ? 60 : 100) && cell.all.stops > 0
        }
        guard cell.all.cookies == 0 || cell.all.length > 600 else { return false }
        let (name, theirs) = (
            tree.attribute("class", node(sibling)) ?? "", tree.attribute("class", node(current)) ?? ""
        )
        let isSame = cell.role == cells[current].role && name == theirs
        if isSame, cell.prose > 50, density < 0.3 { return true }
        // What bears the same name belongs to the same text, even where it is short.
        if isSame, !name.isEmpty, density < 0.1, cell.all.length > 15 { return true }
        if isOfArticle(parent(sibling)), cell.prose > 40, density < 0.15, cell.all.stops > 0 { return true }
        return cell.prose > 0.25 * score && density < 0.2
    }
}
