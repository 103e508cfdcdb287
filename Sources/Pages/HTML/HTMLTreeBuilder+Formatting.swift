extension HTMLTreeBuilder {
    /// So many formatting elements are remembered between two markers. More cannot be open at once.
    private static let formattingLimit = HTMLTree.openElementLimit

    /// Opens an element that is opened again where a block closes it before its end tag has come.
    mutating func insertFormatting() {
        reopenFormatting()
        insertElement()
        remember(current)
    }

    /// Adds an element to the list of active formatting elements; of four that are alike, the first goes.
    private mutating func remember(_ node: NodeID) {
        var alike = 0
        var index = formatting.count - 1
        while index >= 0, formatting[index] != HTMLTree.none {
            if isAlike(formatting[index], node) {
                alike += 1
                if alike == 3 {
                    forget(at: index)
                    break
                }
            }
            index -= 1
        }
        if formatting.count - 1 - index >= Self.formattingLimit { forget(at: index + 1) }
        formatting.append(node)
        tree[node].marks.insert(.formatting)
    }

    private mutating func forget(at index: Int) {
        let node = formatting.remove(at: index)
        if node != HTMLTree.none { tree[node].marks.remove(.formatting) }
    }

    mutating func forgetFormatting(_ node: NodeID) {
        guard tree[node].marks.contains(.formatting), let index = formatting.lastIndex(of: node) else {
            return
        }
        forget(at: index)
    }

    private func isAlike(_ first: NodeID, _ second: NodeID) -> Bool {
        let (a, b) = (tree[first], tree[second])
        guard a.name == b.name, a.namespace == b.namespace, a.count == b.count else { return false }
        guard a.start != b.start, a.count > 0 else { return true }
        func attributes(_ node: HTMLTree.Node) -> ArraySlice<HTMLTree.Attribute> {
            tokenizer.attributes[Int(node.start)..<Int(node.start + node.count)]
        }
        if zip(attributes(a), attributes(b)).allSatisfy({ isSame($0, $1) }) { return true }
        // They may stand in another order.
        return zip(
            attributes(a).sorted { $0.name < $1.name }, attributes(b).sorted { $0.name < $1.name }
        ).allSatisfy { isSame($0, $1) }
    }

    private func isSame(_ first: HTMLTree.Attribute, _ second: HTMLTree.Attribute) -> Bool {
        guard first.name == second.name, first.count == second.count else { return false }
        return (0..<Int(first.count)).allSatisfy {
            tokenizer.byte(Int(first.start) + $0) == tokenizer.byte(Int(second.start) + $0)
        }
    }

    mutating func clearFormattingToMarker() {
        while let node = formatting.popLast(), node != HTMLTree.none {
            tree[node].marks.remove(.formatting)
        }
    }

    /// Opens again what a block has closed ("reconstruct the active formatting elements").
    mutating func reopenFormatting() {
        var first = formatting.count
        while first > 0, formatting[first - 1] != HTMLTree.none,
            !tree[formatting[first - 1]].marks.contains(.open)
        {
            first -= 1
        }
        for index in first..<formatting.count {
            let copy = copy(of: formatting[index])
            attachAndPush(copy)
            tree[formatting[index]].marks.remove(.formatting)
            tree[copy].marks.insert(.formatting)
            formatting[index] = copy
        }
    }

    private mutating func copy(of node: NodeID) -> NodeID {
        reopened += 1
        let original = tree[node]
        var copy = HTMLTree.Node(
            kind: .element, namespace: original.namespace, tag: original.tag, name: original.name)
        copy.start = original.start
        copy.count = original.count
        return tree.add(copy)
    }

    /// The innermost formatting element of that tag since the last marker.
    func activeFormatting(_ tag: HTMLTag) -> NodeID? {
        for node in formatting.reversed() {
            if node == HTMLTree.none { return nil }
            if tree[node].tag == tag { return node }
        }
        return nil
    }

    /// Closes a formatting element that may not be the innermost ("adoption agency algorithm"): blocks that
    /// are open in it stay so, with what they hold in a copy of it.
    mutating func closeFormatting() {
        let tag = tokenizer.tag.tag
        if isHTML(current, tag), !tree[current].marks.contains(.formatting) {
            pop()
            return
        }
        for _ in 0..<8 {
            guard let element = activeFormatting(tag) else { return closeOther() }
            guard tree[element].marks.contains(.open) else { return forgetFormatting(element) }
            guard let index = open.lastIndex(of: element) else { return closeBuried(element) }
            guard isInScope(at: index) else { return }
            guard let block = open.indices.dropFirst(index + 1).first(where: { isSpecial(open[$0]) }) else {
                while !open.isEmpty, pop() != element {}
                return forgetFormatting(element)
            }
            adopt(element, at: index, block: block)
        }
    }

    /// An element that is open deeper than the stack reaches is closed with what is above it.
    private mutating func closeBuried(_ element: NodeID) {
        while !open.isEmpty, pop() != element {}
        forgetFormatting(element)
    }

    func isSpecial(_ node: NodeID) -> Bool {
        let (tag, namespace) = (tree[node].tag, tree[node].namespace)
        return namespace == .html ? tag.isSpecial : tag.endsForeignScope(in: namespace)
    }

    private func isInScope(at index: Int) -> Bool {
        open.dropFirst(index + 1).allSatisfy { node in
            let (tag, namespace) = (tree[node].tag, tree[node].namespace)
            return namespace == .html ? !tag.endsScope : !tag.endsForeignScope(in: namespace)
        }
    }

    /// One round of the algorithm: `block` is the outermost block inside of `element`, both by their places
    /// in the stack.
    private mutating func adopt(_ element: NodeID, at index: Int, block: Int) {
        let ancestor = open[max(index - 1, 0)]
        let furthest = open[block]
        var bookmark = formatting.lastIndex(of: element) ?? formatting.count
        var last = furthest
        var place = block
        var round = 0
        while place - 1 > index {
            place -= 1
            round += 1
            var node = open[place]
            if round > 3 { forgetAndMove(&bookmark, node) }
            guard tree[node].marks.contains(.formatting), let entry = formatting.lastIndex(of: node) else {
                removeFromStack(node)
                continue
            }
            let copy = copy(of: node)
            replace(node, with: copy, at: place, entry: entry)
            node = copy
            if last == furthest { bookmark = entry + 1 }
            tree.detach(last)
            tree.insert(last, into: node)
            last = node
        }
        tree.detach(last)
        let target = placeForNode(in: ancestor)
        tree.insert(last, into: target.parent, before: target.before)
        let copy = copy(of: element)
        tree.moveChildren(of: furthest, to: copy)
        tree.insert(copy, into: furthest)
        if let old = formatting.lastIndex(of: element) {
            forget(at: old)
            if old < bookmark { bookmark -= 1 }
        }
        formatting.insert(copy, at: min(bookmark, formatting.count))
        tree[copy].marks.insert(.formatting)
        removeFromStack(element)
        insertIntoStack(copy, after: furthest)
    }

    private mutating func forgetAndMove(_ bookmark: inout Int, _ node: NodeID) {
        guard tree[node].marks.contains(.formatting), let entry = formatting.lastIndex(of: node) else {
            return
        }
        forget(at: entry)
        if entry < bookmark { bookmark -= 1 }
    }

    private mutating func replace(_ node: NodeID, with copy: NodeID, at place: Int, entry: Int) {
        formatting[entry] = copy
        open[place] = copy
        tree[node].marks.subtract([.open, .formatting])
        tree[copy].marks.formUnion([.open, .formatting])
    }
}
