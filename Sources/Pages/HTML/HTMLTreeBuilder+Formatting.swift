/// An element that is opened again where a block has closed it, or a marker before which none is.
struct FormattingEntry: Sendable {
    var node: HTMLTree.NodeID
    /// What elements that are alike have in common.
    let key: UInt64

    static let marker = FormattingEntry(node: HTMLTree.none, key: 0)
    var isMarker: Bool { node == HTMLTree.none }
}

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
        let entry = FormattingEntry(node: node, key: key(of: node))
        var alike = 0
        var index = formatting.count - 1
        while index >= 0, !formatting[index].isMarker {
            if formatting[index].key == entry.key, isAlike(formatting[index].node, node) {
                alike += 1
                if alike == 3 {
                    forget(at: index)
                    break
                }
            }
            index -= 1
        }
        if formatting.count - 1 - index >= Self.formattingLimit { forget(at: index + 1) }
        formatting.append(entry)
        tree[node].marks.insert(.formatting)
    }

    private mutating func forget(at index: Int) {
        let entry = formatting.remove(at: index)
        if !entry.isMarker { tree[entry.node].marks.remove(.formatting) }
    }

    mutating func forgetFormatting(_ node: NodeID) {
        guard let index = formattingIndex(of: node) else { return }
        forget(at: index)
    }

    /// Where an element stands in the list of active formatting elements.
    private func formattingIndex(of node: NodeID) -> Int? {
        guard tree[node].marks.contains(.formatting) else { return nil }
        return formatting.lastIndex { $0.node == node }
    }

    private func attributes(of node: NodeID) -> ArraySlice<HTMLTree.Attribute> {
        let start = Int(tree[node].start)
        return tokenizer.attributes[start..<start + Int(tree[node].count)]
    }

    /// A number that is the same for elements that are alike, whatever the order of their attributes.
    private func key(of node: NodeID) -> UInt64 {
        var sum = UInt64(tree[node].name.magnitude)
        for attribute in attributes(of: node) {
            var mixed = UInt64(attribute.name.magnitude) ^ 0xCBF2_9CE4_8422_2325
            for place in Int(attribute.start)..<Int(attribute.start + attribute.count) {
                mixed = (mixed ^ UInt64(tokenizer.byte(place))) &* 0x100_0000_01B3
            }
            sum &+= mixed
        }
        return sum
    }

    private func isAlike(_ first: NodeID, _ second: NodeID) -> Bool {
        guard tree[first].name == tree[second].name, tree[first].count == tree[second].count else {
            return false
        }
        let (a, b) = (attributes(of: first), attributes(of: second))
        if zip(a, b).allSatisfy({ isSame($0, $1) }) { return true }
        // They may stand in another order.
        return zip(a.sorted { $0.name < $1.name }, b.sorted { $0.name < $1.name }).allSatisfy {
            isSame($0, $1)
        }
    }

    private func isSame(_ first: HTMLTree.Attribute, _ second: HTMLTree.Attribute) -> Bool {
        guard first.name == second.name, first.count == second.count else { return false }
        return (0..<Int(first.count)).allSatisfy {
            tokenizer.byte(Int(first.start) + $0) == tokenizer.byte(Int(second.start) + $0)
        }
    }

    mutating func clearFormattingToMarker() {
        while let entry = formatting.popLast(), !entry.isMarker {
            tree[entry.node].marks.remove(.formatting)
        }
    }

    /// Opens again what a block has closed ("reconstruct the active formatting elements").
    mutating func reopenFormatting() {
        var first = formatting.count
        while first > 0, !formatting[first - 1].isMarker,
            !tree[formatting[first - 1].node].marks.contains(.open)
        {
            first -= 1
        }
        for index in first..<formatting.count {
            let original = formatting[index].node
            let copy = copy(of: original)
            attachAndPush(copy)
            tree[original].marks.remove(.formatting)
            tree[copy].marks.insert(.formatting)
            formatting[index].node = copy
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
        for entry in formatting.reversed() {
            if entry.isMarker { return nil }
            if tree[entry.node].tag == tag { return entry.node }
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
        var bookmark = formattingIndex(of: element) ?? formatting.count
        var last = furthest
        var place = block
        var round = 0
        while place - 1 > index {
            place -= 1
            round += 1
            var node = open[place]
            if round > 3 { forgetAndMove(&bookmark, node) }
            guard let entry = formattingIndex(of: node) else {
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
        if let old = formattingIndex(of: element) {
            let key = formatting[old].key
            forget(at: old)
            if old < bookmark { bookmark -= 1 }
            formatting.insert(FormattingEntry(node: copy, key: key), at: min(bookmark, formatting.count))
        }
        tree[copy].marks.insert(.formatting)
        removeFromStack(element)
        insertIntoStack(copy, after: furthest)
    }

    private mutating func forgetAndMove(_ bookmark: inout Int, _ node: NodeID) {
        guard let entry = formattingIndex(of: node) else {
            return
        }
        forget(at: entry)
        if entry < bookmark { bookmark -= 1 }
    }

    private mutating func replace(_ node: NodeID, with copy: NodeID, at place: Int, entry: Int) {
        formatting[entry].node = copy
        open[place] = copy
        tree[node].marks.subtract([.open, .formatting])
        tree[copy].marks.formUnion([.open, .formatting])
    }
}
