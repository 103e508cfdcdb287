package import AutoSyntax
import CEL
package import Diagnostics

/// What a run can come to before it is run: the ways through the graph, model calls, tokens, who is asked outside.
package struct RunPlan: Sendable {
    package struct StepPlan: Sendable {
        package let name: String
        package let type: StepType
        package let bound: WorstCase.StepBound
        /// The model's name; nil for a step that asks none, or whose model is computed.
        package let model: String?
        /// Tokens of one call's prompt, and of its reply; what is not known before is assumed.
        package let promptTokens: Int
        package let replyTokens: Int
        /// How it leaves the machine; nil when it stays.
        package let wayOut: String?
    }

    package let steps: [StepPlan]
    package let worst: WorstCase
    /// Ways from START to `end`, each step once; loops are gone through no second time.
    package let paths: [[String]]
    /// Whether there are more ways than these.
    package let hasMorePaths: Bool

    /// Tokens that a reply is taken to have where `max_tokens` does not say.
    package static let assumedReply = 1_000
    /// Tokens that a page, an answer of an API or a document is taken to have.
    package static let assumedPage = 8_000
    private static let mostPaths = 20

    /// `inputs` are the lengths of the inputs that are known, in bytes.
    package init?(_ source: SourceText, inputs: [String: Int]) {
        let parsed = parseAutomation(source)
        let context = CheckContext(
            parsed.automation, syntaxErrors: parsed.findings.hasErrors, options: CheckOptions())
        guard let graph = context.graph else { return nil }
        let worst = WorstCase(context.automation, graph)
        self.worst = worst
        let sizes = Sizes(context: context, inputs: inputs)
        steps = context.automation.steps.enumerated().compactMap { number, step in
            guard let type = step.type, graph.reachable[number] else { return nil }
            return StepPlan(
                name: step.name.text, type: type, bound: worst.steps[number],
                model: step.asksModel ? step.modelName : nil,
                promptTokens: step.asksModel ? sizes.prompt(step) / 4 : 0,
                replyTokens: step.asksModel ? sizes.reply(step) : 0, wayOut: wayOut(step))
        }
        var finder = PathFinder(graph: graph, most: RunPlan.mostPaths)
        finder.walk(graph.start, [])
        paths = finder.found.map { path in
            path.map { $0 == graph.end ? "end" : context.automation.steps[$0].name.text }
        }
        hasMorePaths = finder.hasMore
    }
}

/// How long texts will be, as far as that can be said before.
private struct Sizes {
    let context: CheckContext
    let inputs: [String: Int]

    /// Bytes of a step's prompt.
    func prompt(_ step: Step) -> Int {
        var bytes = 0
        for field in step.fields
        where ["user", "system", "messages", "question", "text"].contains(field.name.text) {
            field.value.forEachExpression { bytes += size($0) }
        }
        return bytes
    }

    func reply(_ step: Step) -> Int {
        if step.type == .logicDecision { return 10 }
        return step.field("max_tokens").flatMap(wholeNumber) ?? RunPlan.assumedReply
    }

    private func size(_ expression: Expression) -> Int {
        switch expression.kind {
        case .literal(let value): return value.asText?.utf8.count ?? 8
        case .select(let operand, let part, _, _):
            guard case .name(let name, _) = operand.kind else { return size(operand) }
            if name == "inputs" { return inputs[part] ?? 400 }
            guard let number = context.stepIndex[name] else { return 40 }
            return result(context.automation.steps[number])
        case .name: return 400
        case .text(let parts):
            return parts.reduce(0) { sum, part in
                switch part {
                case .characters(let text): sum + text.utf8.count
                case .expression(let inner): sum + size(inner)
                }
            }
        case .conditional(_, let yes, let no): return max(size(yes), size(no))
        case .macro(let macro): return size(macro.operand)
        case .has, .index, .call, .unary, .binary, .list, .map:
            return expression.kind.children.reduce(0) { $0 + size($1) }
        }
    }

    private func result(_ step: Step) -> Int {
        let elements = step.setting(.each) == nil ? 1 : 10
        switch step.type {
        case .webScrape, .restAPI: return elements * RunPlan.assumedPage * 4
        case .embeddingSearch:
            let count = step.field("top_k").flatMap(wholeNumber) ?? 5
            let chunk = step.field("chunk").flatMap(wholeNumber) ?? 1_000
            return elements * count * (chunk == 0 ? RunPlan.assumedPage * 4 : chunk)
        case .llmCall, .textToJSON: return elements * reply(step) * 4
        case .start, .logicDecision: return 20
        case .getUserInput: return 400
        case .python, .dataTransform, nil: return elements * 2_000
        }
    }
}

/// Ways through a graph, none of which comes to a step twice.
private struct PathFinder {
    let graph: FlowGraph
    let most: Int
    var found: [[Int]] = []
    var hasMore = false
    private var tries = 0

    init(graph: FlowGraph, most: Int) {
        self.graph = graph
        self.most = most
    }

    mutating func walk(_ node: Int, _ before: [Int]) {
        tries += 1
        guard found.count < most, tries < 20_000 else {
            hasMore = true
            return
        }
        let path = before + [node]
        if node == graph.end {
            found.append(path)
            return
        }
        guard path.count < 2_000 else { return }
        var seen = Set<Int>()
        for edge in graph.edges[node] where !path.contains(edge.to) && seen.insert(edge.to).inserted {
            walk(edge.to, path)
        }
    }
}
