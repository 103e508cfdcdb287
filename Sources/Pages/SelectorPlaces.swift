import Programs

/// The places of a page's elements among their siblings, counted in one walk over the page.
struct SiblingPlaces {
    /// The number of each element among its siblings, counted from 1; 0 for what does not count.
    private var fromStart: [Int32]
    private var fromEnd: [Int32]

    /// - Parameters:
    ///   - isOfType: whether only siblings of the same name count.
    ///   - counted: which elements count; nil for all.
    init(_ tree: PageTree, isOfType: Bool, counted: ElementSet? = nil) {
        fromStart = Array(repeating: 0, count: tree.count)
        fromEnd = fromStart
        // How many of each name were seen; without names, everything has the first one.
        var seen = Array(repeating: Int32(0), count: isOfType ? tree.names.count : 1)
        func count(from first: PageTree.Node?) {
            var next = first
            while let node = next {
                next = tree.next(node)
                guard let name = tree.nameID(node), counted?.contains(node.index) ?? true else { continue }
                let kind = isOfType ? Int(name) : 0
                seen[kind] += 1
                fromStart[Int(node.index)] = seen[kind]
            }
            next = first
            while let node = next {
                next = tree.next(node)
                guard let name = tree.nameID(node), fromStart[Int(node.index)] > 0 else { continue }
                fromEnd[Int(node.index)] = seen[isOfType ? Int(name) : 0] - fromStart[Int(node.index)] + 1
            }
            next = first
            while let node = next {
                next = tree.next(node)
                if let name = tree.nameID(node) { seen[isOfType ? Int(name) : 0] = 0 }
            }
        }
        count(from: tree.nodes.first)
        for node in tree.nodes where tree.kind(node) == .element { count(from: tree.firstChild(node)) }
    }

    /// The place of an element, from 1; nil for one that does not count.
    func place(of element: PageTree.Node, fromEnd isFromEnd: Bool) -> Int? {
        let place = isFromEnd ? fromEnd[Int(element.index)] : fromStart[Int(element.index)]
        return place == 0 ? nil : Int(place)
    }
}

/// A condition on the place of an element, made ready for one page.
final class PlaceTest {
    let condition: PlaceCondition
    /// What siblings have to be to count; empty where all count.
    let among: [SelectorBranch]
    let dependsOnScope: Bool
    var known: (places: SiblingPlaces, scope: PageTree.Node?)?

    init(_ condition: PlaceCondition, _ among: [SelectorBranch]) {
        self.condition = condition
        self.among = among
        dependsOnScope = condition.among.contains(where: \.namesScope)
    }
}
