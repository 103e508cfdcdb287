import Programs

/// In which direction the text of each element of a page runs.
struct ElementDirections {
    private var isLeftToRight: [Bool]
    /// Steps that were taken to find it out.
    private(set) var steps = 0

    /// - Parameter most: how many steps may be taken; what is not reached then runs like its parent.
    init(_ tree: PageTree, most: Int) {
        isLeftToRight = Array(repeating: true, count: tree.count)
        for node in tree.nodes where tree.kind(node) == .element {
            steps += 1
            let around = tree.parent(node).map { isLeftToRight[Int($0.index)] } ?? true
            let name = tree.name(node)
            let said = tree.attribute("dir", node)?.lowercased()
            let isLeft: Bool
            switch said {
            case "ltr": isLeft = true
            case "rtl": isLeft = false
            case "auto": isLeft = steps < most ? automatic(node, name, tree) ?? true : around
            default:
                if name == "bdi" {
                    isLeft = steps < most ? automatic(node, name, tree) ?? around : around
                } else if name == "input", tree.attribute("type", node)?.lowercased() == "tel" {
                    isLeft = true
                } else {
                    isLeft = around
                }
            }
            isLeftToRight[Int(node.index)] = isLeft
        }
    }

    func runsLeftToRight(_ element: PageTree.Node) -> Bool { isLeftToRight[Int(element.index)] }

    /// The direction of the first letter that has one; nil where none has.
    private mutating func automatic(_ node: PageTree.Node, _ name: String, _ tree: PageTree) -> Bool? {
        if name == "input" { return direction(of: tree.attribute("value", node) ?? "") }
        var place = node.index + 1
        while place < tree.end(node) {
            steps += 1
            let inner = PageTree.Node(index: place)
            place += 1
            if tree.kind(inner) == .text {
                let text = String(decoding: tree.bytes(inner), as: UTF8.self)
                steps += text.utf8.count / 16
                if let found = direction(of: text) { return found }
            } else if tree.kind(inner) == .element, ElementDirections.goesItsOwnWay(inner, tree) {
                place = tree.end(inner)
            }
        }
        return nil
    }

    /// Whether the text of an element says nothing of the direction of the text around it.
    private static func goesItsOwnWay(_ element: PageTree.Node, _ tree: PageTree) -> Bool {
        ["bdi", "script", "style", "textarea"].contains(tree.name(element))
            || tree.attribute("dir", element) != nil
    }

    private func direction(of text: String) -> Bool? {
        for scalar in text.unicodeScalars {
            if ElementDirections.rightToLeft.contains(where: { $0.contains(scalar.value) }) { return false }
            if scalar.properties.isAlphabetic { return true }
        }
        return nil
    }

    /// Where Unicode keeps what is written from right to left: Hebrew to Arabic, their forms, the old scripts,
    /// and the new ones of Africa.
    private static let rightToLeft: [ClosedRange<UInt32>] = [
        0x0590...0x08FF, 0xFB1D...0xFDFF, 0xFE70...0xFEFC, 0x10800...0x10FFF, 0x1E800...0x1EFFF,
    ]
}
