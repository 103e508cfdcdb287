/// The loops of a graph, without the steps that are left out.
func loops(in graph: FlowGraph, without left: (Int) -> Bool) -> [[Int]] {
    loops(among: graph.count) { from in
        guard graph.reachable[from], !left(from) else { return [] }
        return graph.edges[from].map(\.to).filter { $0 != graph.end && !left($0) }
    }
}

/// The loops among so many steps: the strongly connected components, by Tarjan's algorithm without recursion.
package func loops(among count: Int, by successors: (Int) -> [Int]) -> [[Int]] {
    withoutActuallyEscaping(successors) { successors in
        var finder = LoopFinder(count: count, successors: successors)
        for node in 0..<count { finder.visit(node) }
        return finder.found
    }
}

private struct LoopFinder {
    let successors: (Int) -> [Int]
    var found: [[Int]] = []
    private var order: [Int]
    private var low: [Int]
    private var open: [Bool]
    private var path: [Int] = []
    private var clock = 0

    init(count: Int, successors: @escaping (Int) -> [Int]) {
        self.successors = successors
        order = Array(repeating: -1, count: count)
        low = order
        open = Array(repeating: false, count: count)
    }

    mutating func visit(_ root: Int) {
        guard order[root] < 0 else { return }
        var stack: [(node: Int, next: [Int])] = []
        begin(root, &stack)
        while let node = stack.last?.node {
            if let next = stack[stack.count - 1].next.popLast() {
                if order[next] < 0 {
                    begin(next, &stack)
                } else if open[next] {
                    low[node] = min(low[node], order[next])
                }
            } else {
                stack.removeLast()
                if let parent = stack.last { low[parent.node] = min(low[parent.node], low[node]) }
                if low[node] == order[node] { close(node) }
            }
        }
    }

    private mutating func begin(_ node: Int, _ stack: inout [(node: Int, next: [Int])]) {
        order[node] = clock
        low[node] = clock
        clock += 1
        path.append(node)
        open[node] = true
        stack.append((node, successors(node)))
    }

    private mutating func close(_ root: Int) {
        var component: [Int] = []
        while let node = path.popLast() {
            open[node] = false
            component.append(node)
            if node == root { break }
        }
        let isLoop = component.count > 1 || successors(root).contains(root)
        if isLoop { found.append(component.sorted()) }
    }
}
