import AutoSyntax
import CEL
import Values

/// What expressions read of a step: `classify.result`.
package enum StepPartName: String, Sendable, Hashable, CaseIterable {
    /// What the last finished visit gave.
    case result
    /// The last visit's rendered fields.
    case prompt
    /// Why the last visit failed; absent after one that succeeded.
    case error
    /// Every finished visit's result; with `each`, every element's that came to an end.
    case results
    /// The result of this turn of the innermost loop around the reading step; absent where the step has not run in it.
    case current
    /// The elements of `each` that failed: `{ index, kind, message }`.
    case errors
}

/// The type of a step as expressions see it.
func stepType(_ result: Type, hasEach: Bool) -> Type {
    let error: [RecordType.Field] = [.init("kind", .string), .init("message", .string)]
    var fields: [RecordType.Field] = []
    for part in StepPartName.allCases {
        switch part {
        case .result, .current: fields.append(.init(part.rawValue, result))
        case .prompt: fields.append(.init(part.rawValue, .map(.string, .dyn)))
        case .error: fields.append(.init(part.rawValue, .record(RecordType(fields: error))))
        case .results: fields.append(.init(part.rawValue, hasEach ? result : .list(result)))
        case .errors:
            let element = Type.record(RecordType(fields: [.init("index", .int)] + error))
            if hasEach { fields.append(.init(part.rawValue, .list(element))) }
        }
    }
    return .record(RecordType(role: .step, fields: fields))
}

/// The loops around each step: for each, its first step and the steps in it.
///
/// A loop is what comes back to a step that every way into it passes.
struct LoopNests: Sendable {
    /// By the loop's first step.
    let bodies: [Int: Set<Int>]
    /// For each step the first step of the innermost loop that it is in.
    let heads: [Int?]

    init(_ graph: FlowGraph) {
        let tree = DominatorTree(nodeCount: graph.count + 1, root: graph.start) { graph.edges[$0].map(\.to) }
        var before = Array(repeating: [Int](), count: graph.count + 1)
        for list in graph.edges { for edge in list { before[edge.to].append(edge.from) } }
        var bodies: [Int: Set<Int>] = [:]
        for from in 0..<graph.count where graph.reachable[from] {
            for edge in graph.edges[from] where edge.to != graph.end && tree.dominates(edge.to, from) {
                var body = bodies[edge.to] ?? [edge.to]
                var open = [from]
                while let step = open.popLast() {
                    guard body.insert(step).inserted else { continue }
                    open += before[step].filter { graph.reachable[$0] }
                }
                bodies[edge.to] = body
            }
        }
        self.bodies = bodies
        var heads = [Int?](repeating: nil, count: graph.count)
        // The largest first, so that the innermost has the last word.
        for (head, body) in bodies.sorted(by: { ($0.value.count, $0.key) > ($1.value.count, $1.key) }) {
            for step in body { heads[step] = head }
        }
        self.heads = heads
    }

    /// Whether one turn of the innermost loop around `reader` may come to it without passing `step`, and another turn may pass
    /// `step` first.
    func mayBeStale(_ step: Int, at reader: Int, _ graph: FlowGraph) -> Bool {
        guard let head = heads[reader], step != reader, let body = bodies[head], body.contains(step) else {
            return false
        }
        return reaches(reader, from: head, avoiding: step, head, body, graph)
            && reaches(step, from: head, avoiding: nil, head, body, graph)
            && reaches(reader, from: step, avoiding: nil, head, body, graph)
    }

    /// Whether a way within one turn leads from one step to another.
    private func reaches(
        _ target: Int, from start: Int, avoiding: Int?, _ head: Int, _ body: Set<Int>, _ graph: FlowGraph
    ) -> Bool {
        if start == avoiding { return false }
        if start == target { return true }
        var seen: Set<Int> = [start]
        var open = [start]
        while let step = open.popLast() {
            for edge in graph.edges[step]
            where edge.to != avoiding && edge.to != head && body.contains(edge.to) {
                if edge.to == target { return true }
                if seen.insert(edge.to).inserted { open.append(edge.to) }
            }
        }
        return false
    }
}

extension Step {
    var hasEach: Bool { settings.contains { $0.name.text == SettingName.each.rawValue } }
}
