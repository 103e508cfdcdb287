/// Finds any number of byte patterns in one pass over a text (the automaton of Aho and Corasick).
///
/// A node stands for a beginning of a pattern; it takes 24 bytes, so a key of 2 kB takes 50 kB.
struct SecretAutomaton: Sendable {
    struct Node: Sendable {
        /// The first of the nodes that are one byte longer; 0 where there is none.
        var child: Int32 = 0
        /// The next node with the same parent; 0 behind the last.
        var sibling: Int32 = 0
        /// The node of the longest end of this one that begins a pattern, too.
        var fallback: Int32 = 0
        /// The longest pattern that ends here, -1 for none.
        var pattern: Int32 = -1
        var depth: Int32 = 0
        var byte: UInt8 = 0
    }

    private(set) var nodes = [Node()]
    /// Where each byte leads from the root.
    private(set) var root = [Int32](repeating: 0, count: 256)
    /// For each pattern the longest other one that ends with it, -1 for none.
    private(set) var shorter: [Int32]
    /// How many bytes each pattern has.
    let lengths: [Int]

    /// - Parameter patterns: folded, none of them empty; of two that are equal the first is told.
    init(_ patterns: [[UInt8]]) {
        lengths = patterns.map(\.count)
        shorter = [Int32](repeating: -1, count: patterns.count)
        for (number, pattern) in patterns.enumerated() {
            let end = pattern.reduce(0) { grow($0, $1) }
            if nodes[end].pattern < 0 { nodes[end].pattern = Int32(number) }
        }
        for child in children(of: 0) { root[Int(nodes[child].byte)] = Int32(child) }
        link()
    }

    /// The child of a node by a byte, which is made where there is none.
    private mutating func grow(_ node: Int, _ byte: UInt8) -> Int {
        if let child = children(of: node).first(where: { nodes[$0].byte == byte }) { return child }
        let depth = nodes[node].depth + 1
        nodes.append(Node(sibling: nodes[node].child, depth: depth, byte: byte))
        nodes[node].child = Int32(nodes.count - 1)
        return nodes.count - 1
    }

    private func children(of node: Int) -> [Int] {
        var found: [Int] = []
        var child = Int(nodes[node].child)
        while child != 0 {
            found.append(child)
            child = Int(nodes[child].sibling)
        }
        return found
    }

    /// Sets fallbacks and inherited patterns, shorter nodes first.
    private mutating func link() {
        var queue = children(of: 0)
        var next = 0
        while next < queue.count {
            let node = queue[next]
            next += 1
            let inherited = nodes[Int(nodes[node].fallback)].pattern
            if nodes[node].pattern < 0 {
                nodes[node].pattern = inherited
            } else {
                shorter[Int(nodes[node].pattern)] = inherited
            }
            for child in children(of: node) {
                nodes[child].fallback = step(from: nodes[node].fallback, nodes[child].byte)
                queue.append(child)
            }
        }
    }

    private func step(from node: Int32, _ byte: UInt8) -> Int32 {
        nodes.withUnsafeBufferPointer { nodes in
            root.withUnsafeBufferPointer { SecretAutomaton.step(from: node, byte, nodes, $0) }
        }
    }

    /// The node after one more (folded) byte.
    @inline(__always)
    static func step(
        from node: Int32, _ byte: UInt8, _ nodes: UnsafeBufferPointer<Node>,
        _ root: UnsafeBufferPointer<Int32>
    ) -> Int32 {
        var node = node
        while node != 0 {
            var child = nodes[Int(node)].child
            while child != 0 {
                if nodes[Int(child)].byte == byte { return child }
                child = nodes[Int(child)].sibling
            }
            node = nodes[Int(node)].fallback
        }
        return root[Int(byte)]
    }
}
