package import AutoSyntax
import CEL
package import Diagnostics
package import StepKinds
import Values

/// What a run can come to before it is run: the ways through the graph, model calls, tokens, who is asked outside.
package struct RunPlan: Sendable {
    /// What one step can come to.
    package struct StepPlan: Sendable {
        /// The step's name; of a step of an automation that is called with the call's name in front: `digest.fetch`.
        package let name: String
        /// The index of the step of the planned file itself that it is, or whose call leads to it.
        let ownStep: Int
        /// Which of the ten types it is of.
        package let type: StepType
        /// How often it can run.
        package let bound: WorstCase.StepBound
        /// The model's name; nil for a step that asks none, or whose model is computed.
        package let model: String?
        /// Tokens of one call's prompt; what is not known before is assumed.
        package let promptTokens: Int
        /// Tokens of one call's reply; what is not known before is assumed.
        package let replyTokens: Int
        /// The most that one call can cost, in dollars, with the longest reply; nil where no price is known.
        package let dearestCall: Double?
        /// The models that it may ask whose price is not known.
        let unpriced: [String]
        /// The embedding model that a search asks of a server; nil for any other step.
        package let searchModel: String?
        /// How it leaves the machine; nil when it stays.
        package let wayOut: WayOut?
        /// The servers of tools that its model uses.
        package let toolServers: [ShownToolServer]
        /// The file that it reads, as the automation writes its name, without quotes; nil for none.
        package let reads: String?
        /// The file that it writes, as the automation writes its name, without quotes; nil for none.
        package let writes: String?
    }

    /// All steps, in the order of the file; behind a call those of the automation that is called.
    package let steps: [StepPlan]
    /// The steps that call an automation which leads back to itself: how often its steps run has no bound that is
    /// known before.
    package let recursions: [String]
    /// Whether the automations that are called have more steps than these.
    package let hasMoreSteps: Bool
    /// The file's `max_cost` in dollars; nil where it sets none.
    package let maxDollars: Double?
    /// Ways from START to `end`, each step once; loops are gone through no second time.
    package let paths: [[String]]
    /// Whether there are more ways than these.
    package let hasMorePaths: Bool

    /// Tokens that a reply is taken to have where `max_tokens` does not say.
    package static let assumedReply = LLMCall.assumedTokens
    /// Tokens that a page, an answer of an API or a document is taken to have.
    package static let assumedPage = WebScrape.assumedTokens
    private static let mostPaths = 20
    /// No text is taken to be longer, so that sums of lengths do not overflow.
    fileprivate static let longest = 1 << 40

    /// Plans a file that has no errors; nil where it has no START.
    ///
    /// - Parameters:
    ///   - inputs: the lengths of the inputs that are known, in bytes.
    ///   - lists: of those that are lists, how many elements they have.
    package init?(
        _ source: SourceText, inputs: [String: Int], lists: [String: Int] = [:],
        _ options: CheckOptions = CheckOptions()
    ) {
        let parsed = parseAutomation(source)
        let context = CheckContext(
            parsed.automation, syntaxErrors: parsed.findings.hasErrors, options: options)
        guard let graph = context.graph else { return nil }
        maxDollars = context.automation.maxDollars?.dollars
        let work = PlannedWork(context, inputs: inputs, lists: lists)
        (steps, recursions, hasMoreSteps) = (work.steps, work.recursions, work.hasMoreSteps)
        var finder = PathFinder(
            graph: graph, names: context.automation.steps.map(\.name.text), most: RunPlan.mostPaths)
        paths = finder.ways(from: graph.start, until: graph.count + 1)
        hasMorePaths = finder.hasMore
    }
}

/// How long texts will be, as far as that can be said before.
struct PromptSizes {
    let context: CheckContext
    let inputs: [String: Int]

    /// Bytes of a step's prompt.
    func prompt(_ step: Step) -> Int {
        var bytes = 0
        for field in step.promptFields {
            field.value.forEachExpression { bytes += size($0) }
        }
        return bytes
    }

    func reply(_ step: Step) -> Int {
        if step.type == .logicDecision { return 10 }
        return step.field(LLMCall.maxTokens).flatMap(wholeNumber) ?? RunPlan.assumedReply
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
        return min(product(elements, step.kind?.assumedResult(step) ?? 2_000), RunPlan.longest)
    }
}

/// Ways through a graph, none of which comes to a step twice; branches that run at once stand in brackets.
private struct PathFinder {
    let graph: FlowGraph
    let names: [String]
    let most: Int
    var hasMore = false
    private var tries = 0

    init(graph: FlowGraph, names: [String], most: Int) {
        self.graph = graph
        self.names = names
        self.most = most
    }

    /// Every way from a step to the end, or to the step where the branches of a fork meet.
    mutating func ways(from node: Int, until stop: Int, _ visited: Set<Int> = []) -> [[String]] {
        tries += 1
        guard tries < 20_000, visited.count < 2_000 else {
            hasMore = true
            return []
        }
        if node == stop { return [[]] }
        if node == graph.end { return [["end"]] }
        let visited = visited.union([node])
        var found: [[String]] = []
        var seen = Set<Int>()
        var forks = Set<Int>()
        for edge in graph.edges[node] {
            if let fork = edge.fork {
                guard forks.insert(fork).inserted else { continue }
                found += branches(of: graph.forks[fork], until: stop, visited)
            } else if !visited.contains(edge.to), seen.insert(edge.to).inserted {
                found += ways(from: edge.to, until: stop, visited)
            }
        }
        return limited(found.map { [names[node]] + $0 })
    }

    private mutating func branches(of fork: FlowGraph.Fork, until stop: Int, _ visited: Set<Int>)
        -> [[String]]
    {
        guard let join = fork.join, !visited.contains(join) else { return [] }
        var together: [[String]] = [[]]
        for entry in fork.entries where entry != join {
            let own = ways(from: entry, until: join, visited).map { $0.joined(separator: " -> ") }
            together = limited(together.flatMap { before in own.map { before + [$0] } })
        }
        let behind = join == graph.end ? [["end"]] : ways(from: join, until: stop, visited)
        return limited(
            together.flatMap { parts in
                behind.map {
                    [parts.count > 1 ? "[" + parts.joined(separator: ", ") + "]" : parts.first ?? "[]"] + $0
                }
            })
    }

    private mutating func limited(_ ways: [[String]]) -> [[String]] {
        if ways.count > most { hasMore = true }
        return Array(ways.prefix(most))
    }
}
