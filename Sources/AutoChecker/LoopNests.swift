import Values

/// The loops around each step: for each, its first step and the steps in it.
///
/// A loop is what comes back to a step that every way into it passes. Of two loops one holds the other or they share no
/// step, so that they are a forest; only that is kept, since the steps of loops within loops, listed for each, would be
/// as many as the square of the file's length.
struct LoopNests: Sendable {
    /// For each step the first step of the innermost loop that it is in.
    let heads: [Int?]
    /// The steps of all loops in an order in which those of each loop, with the loops in it, stand together.
    private let order: [Int]
    /// Where in `order` the steps of each loop stand, by the loop's first step.
    private let places: [Int: Range<Int>]
    /// The place of each step in `order`; nil for one in no loop.
    private let place: [Int?]
    private let tree: DominatorTree
    private let graph: FlowGraph
    /// Whether each cycle is entered by one of its steps only.
    private let isReducible: Bool

    init(_ graph: FlowGraph) {
        self.graph = graph
        let tree = DominatorTree(nodeCount: graph.count + 1, root: graph.start) {
            graph.edges[$0].map(\.to)
        }
        self.tree = tree
        isReducible = graph.edges.joined().allSatisfy { edge in
            !graph.reachable[edge.from] || tree.goesOn(edge.from, edge.to)
                || tree.dominates(edge.to, edge.from)
        }
        var finder = NestFinder(graph, tree)
        finder.findAll()
        heads = finder.heads
        var order: [Int] = []
        var places: [Int: Range<Int>] = [:]
        var place = [Int?](repeating: nil, count: graph.count)
        var open: [(step: Int, begin: Int?)] = finder.outermost.reversed().map { ($0, nil) }
        while let (step, begin) = open.popLast() {
            if let begin {
                places[step] = begin..<order.count
                continue
            }
            place[step] = order.count
            if let members = finder.members[step] {
                open.append((step, order.count))
                open += members.reversed().map { ($0, nil) }
            }
            order.append(step)
        }
        self.order = order
        self.places = places
        self.place = place
    }

    /// Whether a step is in the loop with that first step, or in a loop within it.
    func contains(_ step: Int, inLoopOf head: Int) -> Bool {
        guard let range = places[head], let place = place[step] else { return false }
        return range.contains(place)
    }

    /// Whether one turn of the innermost loop around `reader` may come to it without passing `step`, and another turn may
    /// pass `step` first.
    func mayBeStale(_ step: Int, at reader: Int) -> Bool {
        guard let head = heads[reader], step != reader, contains(step, inLoopOf: head) else { return false }
        // Every way to the reader enters by the loop's first step and stays in the loop from there on, so a turn can
        // leave the step out unless every way at all passes it. That a turn can come to the step goes without saying.
        if tree.dominates(step, reader) { return false }
        // Behind the reader nothing leads back to it within the turn, unless some way enters the middle of a cycle.
        if isReducible, tree.dominates(reader, step) { return false }
        return reaches(reader, from: step, within: head)
    }

    /// Whether a way within one turn leads from one step to another.
    private func reaches(_ target: Int, from start: Int, within head: Int) -> Bool {
        var seen: Set<Int> = [start]
        // The nearest steps first, since most ways are short.
        var queue = [start]
        var next = 0
        while next < queue.count {
            let step = queue[next]
            next += 1
            for edge in graph.edges[step]
            where edge.to != head && edge.to != graph.end && contains(edge.to, inLoopOf: head) {
                if edge.to == target { return true }
                if seen.insert(edge.to).inserted { queue.append(edge.to) }
            }
        }
        return false
    }
}

/// Finds the loops from the inside out. What is found to be a loop counts as one step from then on, which stands where its
/// first step stands, so that each step is looked at in one loop only.
private struct NestFinder {
    var heads: [Int?]
    /// The steps of each loop, by its first step, without that; of a loop within it the first step alone.
    var members: [Int: [Int]] = [:]
    /// The first steps of the loops that lie in no other.
    var outermost: [Int] { members.keys.filter { stands[$0] == $0 }.sorted() }
    private let graph: FlowGraph
    private let tree: DominatorTree
    private let before: [[Int]]
    /// For each step the first step of a loop around it, or itself; shortened when it is followed.
    private var stands: [Int]

    init(_ graph: FlowGraph, _ tree: DominatorTree) {
        self.graph = graph
        self.tree = tree
        var before = Array(repeating: [Int](), count: graph.count + 1)
        for from in 0..<graph.count where graph.reachable[from] {
            for edge in graph.edges[from] { before[edge.to].append(from) }
        }
        self.before = before
        heads = Array(repeating: nil, count: graph.count)
        stands = Array(0...graph.count)
    }

    mutating func findAll() {
        // The first step of a loop dominates those of all loops in it.
        for head in tree.outermostFirst.reversed() where head != graph.end { find(from: head) }
    }

    private mutating func find(from head: Int) {
        let back = before[head].filter { tree.dominates(head, $0) }
        guard !back.isEmpty else { return }
        heads[head] = head
        members[head] = []
        var open = back
        while let step = open.popLast() {
            let first = standsFor(step)
            guard first != head else { continue }
            stands[first] = head
            if heads[first] == nil { heads[first] = head }
            members[head]?.append(first)
            open += before[first]
        }
    }

    private mutating func standsFor(_ step: Int) -> Int {
        var step = step
        while stands[step] != step {
            stands[step] = stands[stands[step]]
            step = stands[step]
        }
        return step
    }
}
