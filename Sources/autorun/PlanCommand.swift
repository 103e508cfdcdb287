import ArgumentParser
import AutoChecker
import AutoConfig
import AutoModels
import AutoRuntime
import AutoSteps
import AutoSyntax
import Diagnostics
import Foundation
import OrderedCollections
import Processes
import StepKinds
import Values

struct PlanCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "plan", abstract: "Says what a run can come to, and runs nothing.",
        usage: "autorun plan <file> [<options>]",
        discussion: """
            Prints the ways through the graph, the most model calls, tokens and cost, and which steps \
            leave the machine; of a schedule also the next starts. Prices are list prices; [prices] of autorun.toml says what is paid.

              autorun plan triage.auto --input ticket=@ticket.txt
            """)

    @Argument(help: "The .auto file.", completion: .file(extensions: ["auto"]))
    var file: String

    @Option(
        name: .customLong("input"),
        help: ArgumentHelp(
            "An input, whose length counts; @FILE takes a file's text.", valueName: "NAME=VALUE"))
    var inputs: [String] = []

    @Option(
        name: .customLong("inputs"), help: "A JSON file with the inputs, `-` for standard input.",
        completion: .file(extensions: ["json"]))
    var inputsFile: String?

    @Flag(help: "Print the plan as JSON.")
    var json = false

    func run() throws {
        let loaded = try load(file, notingWorkers())
        let automation = loaded.plan.automation
        var known: [String: Value] = [:]
        for input in automation.inputs {
            if let value = input.defaultValue { known[input.name] = value }
        }
        if !inputs.isEmpty || inputsFile != nil {
            let values = try fittedInputs(automation.inputs, pairs: inputs, file: inputsFile)
            for (key, value) in values.asMap?.entries ?? [:] { known[JSON.keyText(key)] = value }
        }
        let environment = ProcessInfo.processInfo.environment
        var settings = try readSettings(for: loaded.folder, UserFolders(environment: environment))
        let models = ModelSettings(
            environment: environment, defaultModel: settings.defaultModel, providers: settings.check.providers
        )
        settings.defaultModel = models.nameOfDefault
        guard
            let plan = RunPlan(
                automation.source, inputs: known.mapValues { size($0) },
                lists: known.compactMapValues { $0.asList?.count }, settings.check.forFile(loaded.stored.path)
            )
        else { return }
        let report = PlanReport(
            plan: plan, settings: settings, name: automation.name, trigger: automation.trigger,
            now: SystemClock().now() / 1_000_000_000)
        let columns = Terminal.columns(.standardOutput)
        print(
            json ? JSON.pretty(report.json) + "\n" : fittingLines(report.text, columns: columns),
            terminator: "")
    }

    private func size(_ value: Value) -> Int { value.asText?.utf8.count ?? JSON.text(value).utf8.count }
}

/// A plan with its prices, written out.
struct PlanReport {
    let plan: RunPlan
    let settings: ProjectSettings
    let name: String
    let trigger: Trigger
    /// Seconds since 1970.
    let now: Int64

    private struct Cost {
        var calls = 0
        var tokensIn = 0
        var tokensOut = 0
        var dollars = 0.0
        /// With the longest replies; of what has a price.
        var mostDollars = 0.0
        var isOpen = false
        var unpriced: [String] = []
    }

    private func cost(_ step: RunPlan.StepPlan) -> Cost? {
        guard step.bound.callsEach > 0 else { return nil }
        var cost = Cost()
        // Of a list of unknown length one element is counted, and told.
        cost.isOpen = step.bound.calls == nil
        cost.calls = step.bound.calls ?? product(step.bound.visits, step.bound.callsEach)
        cost.tokensIn = product(cost.calls, step.promptTokens)
        cost.tokensOut = product(cost.calls, step.replyTokens)
        if let price = step.model.flatMap(settings.price(of:)) {
            cost.dollars =
                Double(cost.calls)
                * price.dollars(
                    inputTokens: step.promptTokens, outputTokens: step.replyTokens)
            cost.mostDollars = Double(cost.calls) * (step.dearestCall ?? 0)
        } else {
            cost.unpriced = [step.model ?? "a model that is computed"]
        }
        return cost
    }

    private func product(_ a: Int, _ b: Int) -> Int {
        let (value, overflow) = a.multipliedReportingOverflow(by: b)
        return overflow ? Int.max / 4 : min(value, Int.max / 4)
    }

    private var total: Cost {
        var start = Cost()
        start.isOpen = plan.hasMoreSteps || !plan.recursions.isEmpty
        return plan.steps.compactMap(cost).reduce(into: start) { sum, cost in
            sum.calls = min(sum.calls, Int.max / 4) + min(cost.calls, Int.max / 4)
            sum.tokensIn = min(sum.tokensIn + cost.tokensIn, Int.max / 4)
            sum.tokensOut = min(sum.tokensOut + cost.tokensOut, Int.max / 4)
            sum.dollars += cost.dollars
            sum.mostDollars += cost.mostDollars
            sum.isOpen = sum.isOpen || cost.isOpen
            for name in cost.unpriced where !sum.unpriced.contains(name) { sum.unpriced.append(name) }
        }
    }

    var text: String {
        var out = "\(safe(name))\n\(starts)\nWays through it:\n"
        for path in plan.paths { out += "  " + path.joined(separator: " -> ") + "\n" }
        if plan.hasMorePaths { out += "  … and more\n" }
        out += "\nLeaves the machine:\n"
        let leaving = plan.steps.filter { $0.wayOut != nil }
        for step in leaving {
            out += "  \(step.name): \(step.wayOut?.words ?? "")\n"
            for server in step.toolServers { out += "  \(step.name): uses \(safe(server.words))\n" }
        }
        if leaving.isEmpty { out += "  nothing\n" }
        out += files("Reads files", \.reads) + files("Writes files", \.writes)
        out += "\nModel calls at the most:\n"
        for step in plan.steps {
            guard let cost = cost(step) else { continue }
            let each = cost.isOpen ? " for each element of its list" : ""
            out +=
                "  \(step.name) (\(modelName(step))): \(cost.calls)\(each), \(step.promptTokens) tokens in and \(step.replyTokens) out each, \(dollars(cost))\n"
        }
        let total = total
        if total.calls == 0 {
            out += "  none\n"
        } else {
            out +=
                "  together: \(total.calls)\(total.isOpen ? " or more calls" : total.calls == 1 ? " call" : " calls"), \(total.tokensIn) tokens in, \(total.tokensOut) out, \(dollars(total))\n"
            out += worstCase(total)
            out +=
                "\nA token is counted as four bytes. Where `max_tokens` does not say, a reply is taken to have \(RunPlan.assumedReply),\na page \(RunPlan.assumedPage). Tries of `retry` and a typed reply asked for again are counted.\n"
        }
        return out + calls + searches + bound
    }

    /// What starts it besides a person or a client; empty for nothing.
    private var starts: String {
        var lines: [String] = []
        if let start = trigger.schedule {
            let next = nextStarts.map { start.local($0) }
            lines.append("schedule \(start.words)\(start.catchesUp ? ", a missed start is made up" : "")")
            lines.append("next: " + next.joined(separator: ", "))
        }
        if let webhook = trigger.webhook { lines.append("webhook \(webhook.words)") }
        return lines.isEmpty ? "" : "\nStarts by itself:\n" + lines.map { "  \(safe($0))\n" }.joined()
    }

    /// The next three starts of its schedule, in seconds since 1970.
    private var nextStarts: [Int64] {
        guard let start = trigger.schedule else { return [] }
        var found: [Int64] = []
        while found.count < 3, let next = start.next(after: found.last ?? now) { found.append(next) }
        return found
    }

    /// The files that steps read or write, a step a line.
    private func files(_ heading: String, _ file: (RunPlan.StepPlan) -> String?) -> String {
        let lines = plan.steps.compactMap { step in file(step).map { "  \(step.name): \(safe($0))\n" } }
        return lines.isEmpty ? "" : "\n\(heading):\n" + lines.joined()
    }

    /// What the calls can cost with the longest replies, as far as prices are known.
    private func worstCase(_ total: Cost) -> String {
        guard total.mostDollars > 0 else { return "" }
        let rest = [
            plan.steps.compactMap(cost).contains(where: \.isOpen)
                ? "a list of unknown length counted once" : nil,
            plan.recursions.isEmpty ? nil : "what calls itself counted once",
            total.unpriced.isEmpty ? nil : "without \(total.unpriced.joined(separator: ", "))",
        ].compactMap(\.self)
        let words = rest.isEmpty ? "" : " (\(rest.joined(separator: ", ")))"
        return "  with the longest replies: \(dollarsText(total.mostDollars))\(words)\n"
    }

    /// What is not counted of the automations that are called.
    private var calls: String {
        var out = ""
        for call in plan.recursions {
            out +=
                "\n\(call) calls an automation that leads back to itself: each time it does, its steps run once more, and nothing but the \(OtherFiles.deepest) calls that may go into one another bounds that.\n"
        }
        if plan.hasMoreSteps { out += "\nThe automations that are called have more steps than these.\n" }
        return out
    }

    /// The searches whose texts go to a server, which nobody can count before.
    private var searches: String {
        plan.steps.map { step in
            guard let model = step.searchModel else { return "" }
            let price = settings.price(of: model).map { "\(dollarsText($0.input)) for a million tokens" }
            return
                "\n\(step.name) embeds its documents by \(model), \(price ?? "whose price is not known (autorun.toml: [prices])"): how many tokens they have shows in the run.\n"
        }.joined()
    }

    /// The file's bound in dollars.
    private var bound: String {
        guard let most = plan.maxDollars else { return "" }
        return "\nmax_cost \(dollarsText(most)): a call that could pass it is not made.\n"
    }

    private func modelName(_ step: RunPlan.StepPlan) -> String {
        guard let model = step.model else { return "computed" }
        return model == "default" ? settings.defaultModel ?? model : model
    }

    private func dollars(_ cost: Cost) -> String {
        if !cost.unpriced.isEmpty, cost.dollars == 0 {
            return "price of \(cost.unpriced.joined(separator: ", ")) not known (autorun.toml: [prices])"
        }
        let amount = "$" + String(format: "%.4f", cost.dollars)
        return cost.unpriced.isEmpty ? amount : "\(amount) and \(cost.unpriced.joined(separator: ", "))"
    }

    var json: Value {
        func dollars(_ cost: Cost) -> Value { cost.unpriced.isEmpty ? .double(cost.dollars) : .null }
        let total = total
        let isOpen = total.isOpen && total.calls > 0
        return .record([
            ("name", .string(name)),
            ("schedule", trigger.schedule.map { .string($0.schedule.text) } ?? .null),
            ("zone", trigger.schedule.map { .string($0.zoneName) } ?? .null),
            ("catch_up", .bool(trigger.schedule?.catchesUp ?? false)),
            ("next_starts", .list(nextStarts.map(timeText))),
            ("webhook", trigger.webhook.map { .string($0.words) } ?? .null),
            ("paths", .list(plan.paths.map { .list($0.map(Value.string)) })),
            ("has_more_paths", .bool(plan.hasMorePaths)),
            (
                "steps",
                .list(
                    plan.steps.map { step in
                        var fields: [(String, Value)] = [
                            ("name", .string(step.name)), ("step_type", .string(step.type.rawValue)),
                            ("max_visits", .int(Int64(step.bound.visits))),
                            ("leaves_machine", .bool(step.wayOut != nil)),
                        ]
                        if !step.toolServers.isEmpty {
                            fields.append(("mcp_servers", .list(step.toolServers.map(\.data))))
                        }
                        if let file = step.reads { fields.append(("reads", .string(file))) }
                        if let file = step.writes { fields.append(("writes", .string(file))) }
                        if let cost = cost(step) {
                            fields += [
                                ("model", step.model.map(Value.string) ?? .null),
                                ("model_calls", cost.isOpen ? .null : .int(Int64(cost.calls))),
                                ("tokens_in", .int(Int64(cost.tokensIn))),
                                ("tokens_out", .int(Int64(cost.tokensOut))), ("cost", dollars(cost)),
                            ]
                        }
                        return .record(fields)
                    })
            ),
            ("model_calls", isOpen ? .null : .int(Int64(total.calls))),
            ("recursions", .list(plan.recursions.map(Value.string))),
            ("has_more_steps", .bool(plan.hasMoreSteps)), ("tokens_in", .int(Int64(total.tokensIn))),
            ("tokens_out", .int(Int64(total.tokensOut))),
            ("cost", dollars(total)), ("max_dollars", plan.maxDollars.map(Value.double) ?? .null),
            (
                "worst_dollars",
                isOpen || !total.unpriced.isEmpty ? .null : .double(total.mostDollars)
            ),
        ])
    }
}
