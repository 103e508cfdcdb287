import AutoSyntax
import CEL
import Values

/// The optional fields that are surely there when a step begins, since a decision on every way to it asked `has(…)`.
struct Presence {
    private let present: [Set<String>]

    init(_ automation: Automation, _ graph: FlowGraph?) {
        guard let graph, Presence.asks(automation) else {
            present = Array(repeating: [], count: automation.steps.count)
            return
        }
        // Nil is "not reached yet", which any set may narrow.
        var known = [Set<String>?](repeating: nil, count: automation.steps.count + 1)
        known[graph.start] = []
        var open = [graph.start]
        while let node = open.popLast() {
            guard node != graph.end, let before = known[node] else { continue }
            let name = automation.steps[node].name.text + "."
            // What a step gave before tells nothing of what it gives now.
            let kept = before.filter { !$0.hasPrefix(name) }
            for (place, edge) in graph.edges[node].enumerated() {
                let after = kept.union(Presence.asked(automation.steps[node], edge, place))
                let narrowed = known[edge.to]?.intersection(after) ?? after
                if known[edge.to] != narrowed {
                    known[edge.to] = narrowed
                    open.append(edge.to)
                }
            }
        }
        present = known.prefix(automation.steps.count).map { $0 ?? [] }
    }

    subscript(step: Int) -> Set<String> { present[step] }

    private static func asks(_ automation: Automation) -> Bool {
        automation.steps.contains { step in
            step.type == .logicDecision
                && step.branches.contains { branch in
                    if case .when(let condition) = branch.condition {
                        return !condition.presence(when: true).isEmpty
                            || !condition.presence(when: false).isEmpty
                    }
                    return false
                }
        }
    }

    private static func asked(_ step: Step, _ edge: FlowGraph.Edge, _ place: Int) -> Set<String> {
        guard case .branch(let number) = edge.kind else { return [] }
        var known = Set<String>()
        for branch in step.branches.prefix(number) {
            if case .when(let condition) = branch.condition {
                known.formUnion(condition.presence(when: false))
            }
        }
        if case .when(let condition) = step.branches[number].condition {
            known.formUnion(condition.presence(when: true))
        }
        return known
    }
}
