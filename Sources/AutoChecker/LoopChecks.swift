import AutoSyntax
import CEL
import Diagnostics
import Values

/// Loops whose way out asks only what no round of them changes.
func unchangingLoops(_ context: CheckContext, _ graph: FlowGraph) -> [Diagnostic] {
    let steps = context.automation.steps
    return loops(in: graph, without: { _ in false }).compactMap { loop -> Diagnostic? in
        let members = Set(loop)
        var conditions: [(step: Int, condition: Expression)] = []
        for step in loop {
            for edge in graph.edges[step] where !members.contains(edge.to) {
                guard case .branch = edge.kind, steps[step].field("question") == nil else { return nil }
            }
            guard graph.edges[step].contains(where: { !members.contains($0.to) }) else { continue }
            for branch in steps[step].branches {
                if case .when(let condition) = branch.condition { conditions.append((step, condition)) }
            }
        }
        guard let first = conditions.first else { return nil }
        let changing = Set(loop.map { steps[$0].name.text })
        var reads = false
        for (_, condition) in conditions {
            condition.walk { part in
                if case .name(let name, _) = part.kind, changing.contains(name) { reads = true }
            }
        }
        guard !reads else { return nil }
        let names = loop.map { steps[$0].name.text }
        return Diagnostic(
            .unchangingLoop,
            "the loop of \(inWords(names.count > 6 ? Array(names.prefix(5)) + ["…"] : names, joiner: "and")) never changes what its way out asks",
            at: first.condition.span,
            notes: [Note(steps[first.step].name.span, "each round asks the same here")],
            help:
                "ask for the result of a step in the loop, or count its rounds: `\(names[0]).results.size() < 5`"
        )
    }
}
