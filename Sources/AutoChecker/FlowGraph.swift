import AutoSyntax
import Diagnostics
import Values

/// The graph of steps as numbers: edges, forks with their joins, dominators.
///
/// Nodes are step indices; `end` is the number of steps.
package struct FlowGraph: Sendable {
    /// What an edge stands for in the file.
    package enum EdgeKind: Sendable, Hashable {
        case next
        /// The branch of a decision, by its number from 0.
        case branch(Int)
        case error
    }

    /// A way from one step to another; `to` may be `end`.
    package struct Edge: Sendable, Hashable {
        /// The index of the step that it leads from.
        package let from: Int
        /// The index of the step that it leads to, or `end`.
        package let to: Int
        /// What makes a run take the way.
        package let kind: EdgeKind
        /// The fork that this edge is a branch of.
        package let fork: Int?
    }

    /// Several steps that begin at once behind `step`.
    package struct Fork: Sendable {
        /// The index of the step behind which they begin.
        package let step: Int
        /// What makes a run take the way into the fork.
        package let kind: EdgeKind
        /// The first step of each branch, or `end`.
        package let entries: [Int]
        /// Where all branches meet; `end` when only there; nil when they never do.
        package var join: Int?
        /// The steps of each branch.
        package var regions: [Set<Int>] = []
    }

    /// How many steps there are.
    package let count: Int
    /// The index that stands for the end of the run.
    package var end: Int { count }
    /// The ways from each step, by its index.
    package private(set) var edges: [[Edge]]
    /// All forks.
    package private(set) var forks: [Fork] = []
    /// The index of the START step.
    package let start: Int
    /// Whether a way leads to each step from START, by its index.
    package private(set) var reachable: [Bool]
    /// Whether a way leads from each step to `end`, by its index.
    package private(set) var reachesEnd: [Bool]

    /// Builds the graph; edges to unknown steps are left out, since they have a finding of their own.
    init(_ steps: [Step], index: [String: Int], start: Int) {
        count = steps.count
        self.start = start
        edges = Array(repeating: [], count: count + 1)
        reachable = Array(repeating: false, count: count + 1)
        reachesEnd = Array(repeating: false, count: count + 1)
        for (number, step) in steps.enumerated() {
            if let target = step.target { add(number, target, .next, index) }
            for (place, branch) in step.branches.enumerated() {
                add(number, branch.target, .branch(place), index)
            }
            for case .target(let target) in step.settings.map(\.content) {
                add(number, target, .error, index)
            }
        }
        reachable = flood(from: [start]) { edges[$0].map(\.to) }
        let backward = predecessors
        reachesEnd = flood(from: [end]) { backward[$0] }
        findJoins()
    }

    private mutating func add(_ from: Int, _ target: Target, _ kind: EdgeKind, _ index: [String: Int]) {
        let places = target.names.compactMap { $0.text == "end" ? end : index[$0.text] }
        let fork: Int? = target.names.count > 1 && Set(places).count > 1 ? forks.count : nil
        if fork != nil { forks.append(Fork(step: from, kind: kind, entries: places)) }
        for place in places { edges[from].append(Edge(from: from, to: place, kind: kind, fork: fork)) }
    }

    private var predecessors: [[Int]] {
        var result = Array(repeating: [Int](), count: count + 1)
        for list in edges { for edge in list { result[edge.to].append(edge.from) } }
        return result
    }

    /// From where, by index, a way leads to `end` by such steps only as the condition names; `end` is one.
    func leading(by isOnWay: (Int) -> Bool) -> [Bool] {
        let backward = predecessors
        return flood(from: [end]) { backward[$0].filter(isOnWay) }
    }

    private func flood(from starts: [Int], _ next: (Int) -> [Int]) -> [Bool] {
        var seen = Array(repeating: false, count: count + 1)
        var stack = starts
        while let node = stack.popLast() {
            if seen[node] { continue }
            seen[node] = true
            stack += next(node)
        }
        return seen
    }

    private mutating func findJoins() {
        guard !forks.isEmpty else { return }
        let backward = predecessors
        let tree = DominatorTree(nodeCount: count + 1, root: end) { backward[$0] }
        for number in forks.indices {
            let entries = forks[number].entries
            guard entries.allSatisfy({ reachesEnd[$0] }) else { continue }
            let join = entries.dropFirst().reduce(entries[0]) { tree.nearestCommon($0, $1) }
            forks[number].join = join
            forks[number].regions = entries.map { region(from: $0, until: join) }
        }
    }

    private func region(from entry: Int, until join: Int) -> Set<Int> {
        var seen = Set<Int>()
        var stack = [entry]
        while let node = stack.popLast() {
            if node == join || node == end { continue }
            if seen.insert(node).inserted { stack += edges[node].map(\.to) }
        }
        return seen
    }
}

/// The dominators of a graph, by the iterative algorithm of Cooper, Harvey and Kennedy.
package struct DominatorTree: Sendable {
    /// The immediate dominator of each node, -1 for nodes that the root does not reach.
    private var immediate: [Int]
    private var order: [Int]
    /// The interval of each node in a walk of the tree, so that ancestry is two comparisons.
    private var enter: [Int]
    private var leave: [Int]

    package init(nodeCount: Int, root: Int, successors: (Int) -> [Int]) {
        let postorder = DominatorTree.postorder(nodeCount, root, successors)
        immediate = Array(repeating: -1, count: nodeCount)
        order = Array(repeating: -1, count: nodeCount)
        enter = Array(repeating: 0, count: nodeCount)
        leave = enter
        for (number, node) in postorder.enumerated() { order[node] = number }
        var predecessors = Array(repeating: [Int](), count: nodeCount)
        for node in postorder { for next in successors(node) { predecessors[next].append(node) } }
        immediate[root] = root
        var changed = true
        while changed {
            changed = false
            for node in postorder.reversed() where node != root {
                var found = -1
                for before in predecessors[node] where immediate[before] >= 0 {
                    found = found < 0 ? before : nearestCommon(before, found)
                }
                if immediate[node] != found {
                    immediate[node] = found
                    changed = true
                }
            }
        }
        number(root, nodeCount)
    }

    private static func postorder(_ count: Int, _ root: Int, _ successors: (Int) -> [Int]) -> [Int] {
        var seen = Array(repeating: false, count: count)
        var result: [Int] = []
        var stack: [(node: Int, next: [Int])] = [(root, successors(root))]
        seen[root] = true
        while !stack.isEmpty {
            if let next = stack[stack.count - 1].next.popLast() {
                if !seen[next] {
                    seen[next] = true
                    stack.append((next, successors(next)))
                }
            } else {
                result.append(stack.removeLast().node)
            }
        }
        return result
    }

    /// The last node through which every way to either of the two goes.
    package func nearestCommon(_ first: Int, _ second: Int) -> Int {
        var (a, b) = (first, second)
        while a != b {
            while order[a] < order[b] { a = immediate[a] }
            while order[b] < order[a] { b = immediate[b] }
        }
        return a
    }

    private mutating func number(_ root: Int, _ count: Int) {
        var children = Array(repeating: [Int](), count: count)
        for node in 0..<count where immediate[node] >= 0 && node != root {
            children[immediate[node]].append(node)
        }
        var clock = 0
        var stack = [(root, false)]
        while let (node, done) = stack.popLast() {
            clock += 1
            if done {
                leave[node] = clock
                continue
            }
            enter[node] = clock
            stack.append((node, true))
            for child in children[node] { stack.append((child, false)) }
        }
    }

    /// The nodes that the root reaches, each behind all those that dominate it.
    var outermostFirst: [Int] {
        immediate.indices.filter { immediate[$0] >= 0 }.sorted { order[$0] > order[$1] }
    }

    /// Whether the search that numbered the nodes had left `to` before `from`: no cycle has such edges only.
    func goesOn(_ from: Int, _ to: Int) -> Bool { order[to] < order[from] }

    /// Whether every path from the root to `node` passes `ancestor`.
    package func dominates(_ ancestor: Int, _ node: Int) -> Bool {
        immediate[ancestor] >= 0 && immediate[node] >= 0 && enter[ancestor] <= enter[node]
            && leave[node] <= leave[ancestor]
    }
}
