import AutoSyntax
import Diagnostics
import StepKinds
import Values

extension CheckOptions {
    /// The most that one call of a model can cost, in dollars; nil where its price is not known.
    ///
    /// - Parameter replyTokens: the longest reply that is asked for; nil where only the model bounds it.
    /// - Parameter reasoning: what `reasoning` says; nil where it is left out, or known in the run only.
    package func dearestCall(
        of model: String, promptTokens: Int, replyTokens: Int?, reasoning: String? = nil
    ) -> Double? {
        price(of: model).map { price in
            // Only Anthropic lets a model think beyond `max_tokens`, as far as the model's longest reply goes.
            let thinking = kind(ofModel: model) == .anthropic ? LLMCall.thinkingTokens(reasoning) : 0
            let asked = replyTokens ?? longestReply(of: model)
            let reply = min(asked + thinking, max(asked, knownModel(model)?.longestReply ?? .max))
            return price.dollars(inputTokens: promptTokens, outputTokens: reply)
        }
    }

    /// Tokens of the longest reply that a model can give, as far as that is known.
    private func longestReply(of model: String) -> Int {
        let name = model == DefaultModels.word ? defaultModel ?? model : model
        return knownModel(name)?.longestReply ?? window(of: name)?.tokens ?? RunPlan.assumedReply
    }
}

/// What one call of a step can cost.
struct CallPrices {
    /// The most that it can cost, in dollars, whichever of the step's models answers; nil where no price is
    /// known.
    var dearest: Double?
    /// The models whose price is not known.
    var unpriced: [String] = []

    init(_ step: Step, _ sizes: PromptSizes) {
        let options = sizes.context.options
        for model in step.namedModels {
            // The model that the environment will name is known in the run only, as one that is computed.
            if model == DefaultModels.word, options.defaultModel == nil { continue }
            let dollars = options.dearestCall(
                of: model, promptTokens: sizes.prompt(step) / bytesPerToken,
                replyTokens: step.field(LLMCall.maxTokens).flatMap(wholeNumber),
                reasoning: step.field(LLMCall.reasoning.name).flatMap(literalValue)?.asText)
            if let dollars { dearest = max(dearest ?? 0, dollars) } else { unpriced.append(model) }
        }
    }
}

/// What a step's model calls can come to in one run.
private struct StepSpending {
    /// The step of the file itself.
    let step: Step
    /// Which step of a called automation it is that spends; empty for a step of the file itself.
    let whereInside: String
    /// Of a list whose length is not known before, one element is counted: the run holds the bound.
    let calls: Int
    let dollarsEach: Double

    var dollars: Double { Double(calls) * dollarsEach }
}

extension Step {
    /// The models that may be asked, as far as they are written out.
    fileprivate var namedModels: [String] {
        let written = writtenModels.map(\.name)
        return written.isEmpty ? [modelName].compactMap(\.self) : written
    }
}

extension Step {
    /// The embedding model that a search asks of a server; nil for any other step, and where the model is the one of
    /// this machine, or computed.
    func searchModel(_ options: CheckOptions) -> String? {
        guard type == .embeddingSearch else { return nil }
        let written = field(EmbeddingSearch.model)
        let name = written == nil ? DefaultModels.word : written.flatMap(literalValue)?.asText
        let model = name == DefaultModels.word ? options.embeddingModel : name
        return model == DefaultModels.local ? nil : model
    }
}

/// Holds what the model calls of a run can cost against `max_cost $…`, as far as prices are known.
func checkMaxDollars(_ context: CheckContext) -> [Diagnostic] {
    guard let most = context.automation.maxDollars, context.graph != nil else { return [] }
    var findings: [Diagnostic] = []
    var unpriced: Set<String> = []
    var costs: [StepSpending] = []
    let work = PlannedWork(context)
    for plan in work.costly {
        let step = context.automation.steps[plan.ownStep]
        for model in plan.unpriced where unpriced.insert(model).inserted {
            findings.append(unknownPrice(of: model, at: step.name.span))
        }
        guard let dearest = plan.dearestCall else { continue }
        let calls = plan.bound.calls ?? product(plan.bound.visits, plan.bound.callsEach)
        costs.append(
            StepSpending(
                step: step, whereInside: plan.whereInside(context), calls: calls, dollarsEach: dearest))
    }
    for plan in work.steps {
        guard let model = plan.searchModel, context.options.price(of: model) == nil,
            unpriced.insert(model).inserted
        else { continue }
        let step = context.automation.steps[plan.ownStep]
        findings.append(unknownPrice(of: model, at: step.name.span))
    }
    return findings + (overMaxDollars(costs, most).map { [$0] } ?? [])
}

private func unknownPrice(of model: String, at span: Span) -> Diagnostic {
    var finding = Diagnostic(
        .overMaxCost,
        "what `\(model)` costs is not known, so `max_cost` in dollars does not count its calls", at: span,
        help: "say it in autorun.toml: [prices] \"\(model)\" = { input = …, output = … }")
    finding.severity = .warning
    return finding
}

private func overMaxDollars(_ costs: [StepSpending], _ most: MaxDollars) -> Diagnostic? {
    let all = costs.reduce(0) { $0 + $1.dollars }
    guard all > most.dollars + roundingRest(of: most.dollars),
        let dearest = costs.max(by: { $0.dollars < $1.dollars })
    else { return nil }
    let calls = dearest.calls == 1 ? "1 call" : "\(dearest.calls) calls"
    // Rounded up, so that what is written is enough.
    let enough = dollarsText(((all - roundingRest(of: all)) * 100).rounded(.up) / 100)
    return Diagnostic(
        .overMaxCost,
        "a run's model calls can cost \(dollarsText(all)), and `max_cost` allows \(dollarsText(most.dollars))",
        at: most.span,
        notes: [
            Note(
                dearest.step.name.span,
                "\(dollarsText(dearest.dollars)) of them\(dearest.whereInside): \(calls), \(dollarsText(dearest.dollarsEach)) each with the longest reply"
            )
        ],
        help:
            "bound replies by `max_tokens`, lower `max_visits` or `attempts`, ask a cheaper model, or write max_cost \(enough)"
    )
}
