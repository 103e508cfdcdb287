extension HTMLTreeBuilder {
    typealias NodeID = HTMLTree.NodeID

    /// Where a node is put: before a child of `parent`, or behind all of them.
    struct Place {
        var parent: NodeID
        var before = HTMLTree.none
    }

    /// Where the next node belongs: into the current element, a template's content, or before a table that
    /// does not take it ("appropriate place for inserting a node").
    func placeForNode(in override: NodeID? = nil) -> Place {
        let target = override ?? current
        if movesOutOfTables, tree[target].namespace == .html, tree[target].tag.takesNoText {
            return placeOutsideTable()
        }
        return Place(parent: content(of: target))
    }

    private func placeOutsideTable() -> Place {
        let table = open.lastIndex { isHTML($0, .table) }
        if let template = open.lastIndex(where: { isHTML($0, .template) }), template > table ?? -1 {
            return Place(parent: content(of: open[template]))
        }
        guard let table else { return Place(parent: open.first ?? HTMLTree.document) }
        let parent = tree[open[table]].parent
        if parent != HTMLTree.none { return Place(parent: parent, before: open[table]) }
        return Place(parent: content(of: open[max(table - 1, 0)]))
    }

    /// What new children of an element are children of.
    private func content(of node: NodeID) -> NodeID {
        guard tree[node].tag == .template else { return node }
        return tree.templateContents[node] ?? node
    }

    func isHTML(_ node: NodeID, _ tag: HTMLTag) -> Bool {
        tree[node].tag == tag && tree[node].namespace == .html
    }

    // Nodes.

    /// A new element for the tag that was read last, without a place.
    mutating func makeElement(_ namespace: HTMLNamespace = .html) -> NodeID {
        let tag = tokenizer.tag
        var node = HTMLTree.Node(kind: .element, namespace: namespace, tag: tag.tag, name: tag.name)
        node.count = Int32(tokenizer.attributes.count - tag.attributes)
        // Without attributes it says no place: those of an end tag that implies it are dropped later.
        node.start = node.count == 0 ? 0 : Int32(tag.attributes)
        return tree.add(node)
    }

    /// A new element for a tag that the page leaves out.
    mutating func insertImplied(_ tag: HTMLTag) {
        tokenizer.tag = HTMLTokenizer.Tag(
            name: Int32(tag.number), tag: tag, attributes: tokenizer.attributes.count)
        insertElement()
    }

    /// Opens an element for the tag that was read last.
    mutating func insertElement(_ namespace: HTMLNamespace = .html) {
        let node = makeElement(namespace)
        if tree[node].tag == .template && namespace == .html {
            let content = tree.add(
                HTMLTree.Node(kind: .templateContent, namespace: .html, tag: .other, name: 0))
            tree[content].parent = node
            tree.templateContents[node] = content
        }
        attachAndPush(node)
    }

    mutating func attachAndPush(_ node: NodeID) {
        var place = placeForNode()
        // As deep as elements may stand, the next one becomes a sibling.
        if open.count >= HTMLTree.openElementLimit, place.before == HTMLTree.none {
            place = Place(parent: content(of: open[open.count - 2]))
        }
        tree.insert(node, into: place.parent, before: place.before)
        push(node)
    }

    /// Puts an element that holds nothing into the tree.
    mutating func insertVoid(_ namespace: HTMLNamespace = .html) {
        let node = makeElement(namespace)
        let place = placeForNode()
        tree.insert(node, into: place.parent, before: place.before)
    }

    mutating func insertComment(_ range: HTMLRange, at place: Place) {
        var node = HTMLTree.Node(kind: .comment, namespace: .html, tag: .other, name: 0)
        node.start = Int32(range.start)
        node.count = Int32(range.count)
        tree.insert(tree.add(node), into: place.parent, before: place.before)
    }

    /// Puts text into the tree; it goes on a text that stands just before.
    mutating func insertText(_ range: HTMLRange) {
        let place = placeForNode()
        guard place.parent != HTMLTree.document, !range.isEmpty else { return }
        let before =
            place.before == HTMLTree.none ? tree[place.parent].lastChild : tree[place.before].previous
        var node = HTMLTree.Node(kind: .text, namespace: .html, tag: .other, name: 0)
        if before != HTMLTree.none && tree[before].kind == .text {
            if Int(tree[before].start + tree[before].count) == range.start, isJoined(at: range.start) {
                tree[before].count += Int32(range.count)
                return
            }
            node.marks = .continuation
        }
        node.start = Int32(range.start)
        node.count = Int32(range.count)
        tree.insert(tree.add(node), into: place.parent, before: place.before)
    }

    /// Whether a place is no border between the page and what was decoded.
    private func isJoined(at place: Int) -> Bool { place != tokenizer.source.count }

    // The stack of open elements.

    mutating func push(_ node: NodeID) {
        if open.count >= HTMLTree.openElementLimit, let last = open.popLast() { buried.append(last) }
        open.append(node)
        markOpen(node)
    }

    @discardableResult
    mutating func pop() -> NodeID {
        guard let node = open.popLast() else { return HTMLTree.document }
        close(node)
        if let next = buried.popLast() { open.append(next) }
        return node
    }

    /// Takes an element out of the stack, wherever it stands there.
    mutating func removeFromStack(_ node: NodeID) {
        guard tree[node].marks.contains(.open) else { return }
        if open.last == node {
            pop()
        } else if let index = open.lastIndex(of: node) {
            open.remove(at: index)
            close(node)
            if let next = buried.popLast() { open.insert(next, at: open.count - 1) }
        } else if let index = buried.lastIndex(of: node) {
            buried.remove(at: index)
            close(node)
        }
    }

    /// Opens an element right inside of one that is open.
    mutating func insertIntoStack(_ node: NodeID, after outer: NodeID) {
        let index = open.lastIndex(of: outer) ?? open.count - 1
        open.insert(node, at: index + 1)
        markOpen(node)
        if open.count > HTMLTree.openElementLimit { buried.append(open.remove(at: open.count - 2)) }
    }

    private mutating func markOpen(_ node: NodeID) {
        tree[node].marks.insert(.open)
        if tree[node].namespace == .html { openCounts[tree[node].tag.number] += 1 }
    }

    private mutating func close(_ node: NodeID) {
        tree[node].marks.remove(.open)
        if tree[node].namespace == .html { openCounts[tree[node].tag.number] -= 1 }
    }

    func hasOpen(_ tag: HTMLTag) -> Bool { openCounts[tag.number] > 0 }

    /// Closes elements up to and with the innermost of that tag.
    mutating func popThrough(_ tag: HTMLTag) {
        while !open.isEmpty {
            // As an argument of `isHTML`, `pop` would copy the tree: it changes what is being read.
            let node = pop()
            if isHTML(node, tag) { return }
        }
    }

    /// Closes elements until the current one is one of those, or `html` or a template.
    mutating func popTo(_ tags: HTMLTag...) {
        while let node = open.last {
            let tag = tree[node].tag
            if tree[node].namespace == .html, tag == .html || tag == .template || tags.contains(tag) {
                return
            }
            pop()
        }
    }

    /// Closes what ends by itself, but no element of that tag.
    mutating func closeImplied(except tag: HTMLTag = .other) {
        while let node = open.last, tree[node].namespace == .html, tree[node].tag.mayEndImplied,
            tree[node].tag != tag
        {
            pop()
        }
    }

    // Scopes.

    /// What ends the search for an open element, besides what always does.
    enum Scope {
        case common, listItem, button
    }

    func hasInScope(_ tag: HTMLTag, _ scope: Scope = .common) -> Bool {
        guard hasOpen(tag) else { return false }
        return hasInScope(scope) { $0 == tag }
    }

    func hasInScope(_ scope: Scope = .common, where isWanted: (HTMLTag) -> Bool) -> Bool {
        for node in open.reversed() {
            let (tag, namespace) = (tree[node].tag, tree[node].namespace)
            guard namespace == .html else {
                if tag.endsForeignScope(in: namespace) { return false }
                continue
            }
            if isWanted(tag) { return true }
            if tag.endsScope { return false }
            switch scope {
            case .common: break
            case .listItem: if tag == .ol || tag == .ul { return false }
            case .button: if tag == .button { return false }
            }
        }
        return false
    }

    func hasInTableScope(_ tags: HTMLTag...) -> Bool {
        for node in open.reversed() where tree[node].namespace == .html {
            let tag = tree[node].tag
            if tags.contains(tag) { return true }
            if tag == .html || tag == .table || tag == .template { return false }
        }
        return false
    }

    mutating func closeParagraph() {
        guard hasInScope(.p, .button) else { return }
        closeImplied(except: .p)
        popThrough(.p)
    }

    /// Adds to an element the attributes that it does not have.
    mutating func addLateAttributes(to node: NodeID) {
        var names = lateNames[node] ?? []
        if names.isEmpty {
            let first = Int(tree[node].start)
            names = Set(tokenizer.attributes[first..<first + Int(tree[node].count)].map(\.name))
        }
        lateNames[node] = nil
        for attribute in tokenizer.attributes[tokenizer.tag.attributes...]
        where names.insert(attribute.name).inserted {
            lateAttributes[node, default: []].append(attribute)
        }
        lateNames[node] = names
    }
}
