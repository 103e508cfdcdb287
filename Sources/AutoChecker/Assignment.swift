/// Which step has surely run where: definite assignment over the whole graph.
///
/// Each step is three nodes: it begins (`in`), it has finished (`ok`), it has failed (`error`). A fork's branches are laid
/// one behind the other, since all of them have run at the join; what one branch reads of another is told separately.
struct Assignment {
    enum Node: Int {
        case begins
        case finished
        case failed
    }

    private let graph: FlowGraph
    private let successors: [[Int]]
    private let tree: DominatorTree
    /// For each step, the forks and branches that it stands in.
    private let membership: [[(fork: Int, branch: Int)]]

    /// What a search uses, kept from one to the next: a file may have as many searches as steps.
    private var queue: [Int] = []
    private var cameFrom: [Int]
    private var seenIn: [Int]
    private var searches = 0

    init(_ graph: FlowGraph) {
        self.graph = graph
        var next = Array(repeating: [Int](), count: 3 * graph.count + 1)
        let targets = Assignment.serialised(graph)
        for node in 0..<graph.count {
            next[3 * node].append(3 * node + 1)
            var hasError = false
            for (place, edge) in graph.edges[node].enumerated() {
                let target = targets[node][place]
                guard target >= 0 else { continue }
                if edge.kind == .error {
                    hasError = true
                    next[3 * node + 2].append(3 * target)
                } else {
                    next[3 * node + 1].append(3 * target)
                }
            }
            if hasError { next[3 * node].append(3 * node + 2) }
        }
        successors = next
        cameFrom = Array(repeating: -1, count: next.count)
        seenIn = Array(repeating: 0, count: next.count)
        tree = DominatorTree(nodeCount: next.count, root: 3 * graph.start) { next[$0] }
        var membership = Array(repeating: [(fork: Int, branch: Int)](), count: graph.count)
        for (number, fork) in graph.forks.enumerated() {
            for (branch, region) in fork.regions.enumerated() {
                for step in region { membership[step].append((number, branch)) }
            }
        }
        self.membership = membership
    }

    /// The target of each edge once forks are laid out in sequence; -1 for edges that fall away.
    private static func serialised(_ graph: FlowGraph) -> [[Int]] {
        var targets = graph.edges.map { $0.map(\.to) }
        if graph.forks.isEmpty { return targets }
        var into = Array(repeating: [FlowGraph.Edge](), count: graph.count + 1)
        for edge in graph.edges.joined() where graph.reachable[edge.from] { into[edge.to].append(edge) }
        // Inner forks first: what they leave open is then led on by the outer ones.
        let order = graph.forks.indices.sorted {
            graph.forks[$0].regions.reduce(0) { $0 + $1.count }
                < graph.forks[$1].regions.reduce(0) { $0 + $1.count }
        }
        for number in order {
            let fork = graph.forks[number]
            guard let join = fork.join else { continue }
            let branches = inLine(zip(fork.entries, fork.regions).filter { $0.0 != join }, number, into)
            for (place, edge) in graph.edges[fork.step].enumerated()
            where edge.fork == number && edge.to != branches.first?.0 {
                targets[fork.step][place] = -1
            }
            for (branch, following) in zip(branches, branches.dropFirst()) {
                for step in branch.1 {
                    for place in targets[step].indices where targets[step][place] == join {
                        targets[step][place] = following.0
                    }
                }
            }
        }
        return targets
    }

    /// The branches of a fork in the order in which they are laid out. One that is entered from elsewhere, too, comes last:
    /// who enters it there goes on from it to the join, and through no other branch.
    ///
    /// - Parameter into: the edges that lead to each step.
    private static func inLine(
        _ branches: [(Int, Set<Int>)], _ number: Int, _ into: [[FlowGraph.Edge]]
    ) -> [(Int, Set<Int>)] {
        let marked = branches.map { branch in
            let isEnteredElsewhere = branch.1.contains { step in
                into[step].contains { $0.fork != number && !branch.1.contains($0.from) }
            }
            return (branch, isEnteredElsewhere)
        }
        return marked.filter { !$0.1 }.map(\.0) + marked.filter(\.1).map(\.0)
    }

    /// Whether every way to the beginning of `reader` has passed that node of `step`.
    func isAssigned(_ step: Int, _ node: Node, at reader: Int) -> Bool {
        tree.dominates(3 * step + node.rawValue, 3 * reader)
    }

    /// Whether the two run at once, in different branches of one fork.
    func areSiblings(_ step: Int, _ reader: Int) -> Bool {
        membership[reader].contains { mine in
            membership[step].contains { $0.fork == mine.fork && $0.branch != mine.branch }
        }
    }

    /// A way from the start to the reader that does not pass that node, nor an edge that the guard bars; its steps in order.
    mutating func path(
        to reader: Int, avoiding step: Int, _ node: Node, barred: (_ from: Int, _ to: Int) -> Bool
    ) -> [Int]? {
        let avoided = 3 * step + node.rawValue
        searches += 1
        queue.removeAll(keepingCapacity: true)
        queue.append(3 * graph.start)
        seenIn[3 * graph.start] = searches
        cameFrom[3 * graph.start] = -1
        var head = 0
        while head < queue.count {
            let current = queue[head]
            head += 1
            if current == 3 * reader { return steps(to: current) }
            for next in successors[current] where next != avoided && seenIn[next] != searches {
                if current % 3 == 1, barred(current / 3, next / 3) { continue }
                seenIn[next] = searches
                cameFrom[next] = current
                queue.append(next)
            }
        }
        return nil
    }

    private func steps(to last: Int) -> [Int] {
        var path: [Int] = []
        var node = last
        while node >= 0 {
            if node % 3 == 0, node / 3 < graph.count { path.append(node / 3) }
            node = cameFrom[node]
        }
        return path.reversed()
    }
}
