import AutoSyntax
import Diagnostics
import StepKinds
import Values

/// What a run of a file can come to: its own steps, and behind each call those of the automation that is called.
struct PlannedWork: Sendable {
    /// A step of a called automation stands behind its call, with the call's name in front: `digest.fetch`.
    private(set) var steps: [RunPlan.StepPlan] = []
    /// The steps that call an automation which leads back to itself, so that nothing bounds how often it runs
    /// but how deep calls may go.
    private(set) var recursions: [String] = []
    /// Whether there are more steps than are listed.
    private(set) var hasMoreSteps = false

    /// Files that call one another several times each can come to any number of steps.
    private static let mostSteps = 1_000

    /// The steps that ask models, with what bounds them.
    var costly: [RunPlan.StepPlan] { steps.filter { $0.bound.callsEach > 0 && $0.bound.visits > 0 } }

    /// Model calls of the whole run; nil when there is no bound.
    var calls: Int? {
        guard !isOpen else { return nil }
        var total = 0
        for step in steps {
            guard let calls = step.bound.calls else { return nil }
            let (sum, overflows) = total.addingReportingOverflow(calls)
            guard !overflows else { return nil }
            total = sum
        }
        return total
    }

    /// Whether what is listed may run oftener than is said of it, or is not all.
    var isOpen: Bool { (!recursions.isEmpty || hasMoreSteps) && !costly.isEmpty }

    /// - Parameters:
    ///   - inputs: the lengths of the inputs that are known, in bytes.
    ///   - lists: of those that are lists, how many elements they have.
    init(_ context: CheckContext, inputs: [String: Int] = [:], lists: [String: Int] = [:]) {
        guard let graph = context.graph else { return }
        let worst = WorstCase(context.automation, graph, lists: lists)
        let sizes = PromptSizes(context: context, inputs: inputs)
        for (number, step) in context.automation.steps.enumerated() where graph.reachable[number] {
            guard let plan = RunPlan.StepPlan(step, number, worst.steps[number], sizes) else { continue }
            add(plan)
            // Each round, and each try anew, may use every tool as often as tools are used at once.
            for tool in context.toolAutomations(number) {
                let tries = product(product(step.attempts, step.rounds), LLMCall.mostCalls)
                if let inside = tool.work {
                    add(inside, calledBy: plan, as: toolName(of: tool.name), tries: tries)
                } else {
                    recursions.append(step.name.text)
                }
            }
            guard let called = context.calls[number]?.file.called else { continue }
            if let inside = called.work {
                add(inside, calledBy: plan, tries: step.attempts)
            } else {
                recursions.append(step.name.text)
            }
        }
    }

    private mutating func add(_ step: RunPlan.StepPlan) {
        if steps.count < Self.mostSteps { steps.append(step) } else { hasMoreSteps = true }
    }

    /// - Parameter tool: the name by which the step's model knows the automation; nil where the step itself calls it.
    private mutating func add(
        _ inside: PlannedWork, calledBy call: RunPlan.StepPlan, as tool: String? = nil, tries: Int
    ) {
        let name = tool.map { call.name + "." + $0 } ?? call.name
        for step in inside.steps { add(step.called(by: call, named: name, tries: tries)) }
        let room = max(0, Self.mostSteps - recursions.count)
        recursions += inside.recursions.prefix(room).map { name + "." + $0 }
        hasMoreSteps = hasMoreSteps || inside.hasMoreSteps
    }
}

extension RunPlan.StepPlan {
    init?(_ step: Step, _ number: Int, _ bound: WorstCase.StepBound, _ sizes: PromptSizes) {
        guard let type = step.type else { return nil }
        let prices = step.asksModel ? CallPrices(step, sizes) : nil
        self.init(
            name: step.name.text, ownStep: number, type: type, bound: bound,
            model: step.asksModel ? step.modelName : nil,
            promptTokens: step.asksModel ? sizes.prompt(step) / bytesPerToken : 0,
            replyTokens: step.asksModel ? sizes.reply(step) : 0,
            dearestCall: prices?.dearest, unpriced: prices?.unpriced ?? [],
            searchModel: step.searchModel(sizes.context.options),
            wayOut: step.wayOut(sizes.context.options.defaultModels),
            toolServers: step.toolServers(sizes.context.options),
            reads: step.fileName(DataTransform.read, sizes.context.automation.source),
            writes: step.fileName(DataTransform.write, sizes.context.automation.source))
    }

    /// The same step as a step of the calling file comes to it.
    ///
    /// - Parameter path: what leads to the called automation, such as `digest`, or `agent.Refund` for a tool.
    fileprivate func called(by call: RunPlan.StepPlan, named path: String, tries: Int) -> RunPlan.StepPlan {
        let visits = product(bound.visits, product(call.bound.visits, tries))
        var elements: Int?
        if let own = bound.elements, let outer = call.bound.elements { elements = product(own, outer) }
        return RunPlan.StepPlan(
            name: path + "." + name, ownStep: call.ownStep, type: type,
            bound: WorstCase.StepBound(visits: visits, elements: elements, callsEach: bound.callsEach),
            model: model, promptTokens: promptTokens, replyTokens: replyTokens, dearestCall: dearestCall,
            unpriced: unpriced, searchModel: searchModel, wayOut: wayOut, toolServers: toolServers,
            reads: reads, writes: writes)
    }
}

extension Step {
    /// A file's name as it is written, without the quotes around it.
    fileprivate func fileName(_ key: Key<String>, _ source: SourceText) -> String? {
        guard type == .dataTransform, let field = field(key) else { return nil }
        if let name = literalValue(field)?.asText { return name }
        let words = source.text(field.span)
        let isQuoted = words.count > 1 && words.hasPrefix("\"") && words.hasSuffix("\"")
        return isQuoted ? String(words.dropFirst().dropLast()) : words
    }
}
