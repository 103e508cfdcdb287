import Encodings
import Programs

/// All text of a page in one piece, and where in it each node's text stands: to look for a text in all elements
/// is then to look for it once.
struct PageTexts {
    private let bytes: [UInt8]
    /// Where the text of each node begins; one more for the end of the page.
    private let starts: [Int]

    init(_ tree: PageTree) {
        var bytes: [UInt8] = []
        var starts: [Int] = []
        starts.reserveCapacity(tree.count + 1)
        for node in tree.nodes {
            starts.append(bytes.count)
            if tree.kind(node) == .text { bytes += tree.bytes(node) }
        }
        starts.append(bytes.count)
        self.bytes = bytes
        self.starts = starts
    }

    var count: Int { bytes.count }

    /// The bytes of all text in a node.
    func range(of node: PageTree.Node, in tree: PageTree) -> Range<Int> {
        starts[Int(node.index)]..<starts[Int(max(tree.end(node), node.index + 1))]
    }

    /// Where a text begins, each time, in their order.
    func places(of text: [UInt8], foldsCapitals: Bool) -> [Int] {
        guard let first = text.first, bytes.count >= text.count else { return [] }
        return bytes.withUnsafeBufferPointer { bytes in
            (0...bytes.count - text.count).filter { start in
                guard (foldsCapitals ? smallLetter(bytes[start]) : bytes[start]) == first else {
                    return false
                }
                return text.indices.allSatisfy { index in
                    let byte = bytes[start + index]
                    return (foldsCapitals ? smallLetter(byte) : byte) == text[index]
                }
            }
        }
    }
}

/// `:contains()` and its kin, made ready for one page.
final class ContainedTest {
    let condition: ContainedTexts
    /// Where each of the texts begins, found when first asked for.
    private var places: [[Int]]?

    init(_ condition: ContainedTexts) { self.condition = condition }

    func holds(_ element: PageTree.Node, _ texts: PageTexts, _ tree: PageTree) -> Bool {
        guard condition.isOwn else { return isFound(in: texts.range(of: element, in: tree), texts) }
        return tree.children(element).contains { child in
            tree.kind(child) == .text && isFound(in: texts.range(of: child, in: tree), texts)
        }
    }

    private func isFound(in range: Range<Int>, _ texts: PageTexts) -> Bool {
        let places =
            places
            ?? condition.texts.map { text in
                let bytes = condition.ignoresCapitals ? text.utf8.map(smallLetter) : Array(text.utf8)
                return texts.places(of: bytes, foldsCapitals: condition.ignoresCapitals)
            }
        self.places = places
        return zip(condition.texts, places).contains { text, places in
            if text.isEmpty { return true }
            let next = places.partitioningIndex { $0 >= range.lowerBound }
            return next < places.count && places[next] + text.utf8.count <= range.upperBound
        }
    }
}

extension [Int] {
    /// The first index whose element fulfils a condition that holds for all elements behind it too.
    fileprivate func partitioningIndex(_ belongs: (Int) -> Bool) -> Int {
        var (low, high) = (0, count)
        while low < high {
            let middle = (low + high) / 2
            if belongs(self[middle]) { high = middle } else { low = middle + 1 }
        }
        return low
    }
}
