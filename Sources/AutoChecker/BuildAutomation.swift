import AutoSyntax
import CEL
import Diagnostics
import StepKinds
import Values

/// What a run of the automation is given.
func checkedInputs(_ context: CheckContext) -> [CheckedInput] {
    zip(context.automation.inputs, context.inputTypes).map { input, type in
        let value = input.defaultValue.flatMap(constantValue)
        return CheckedInput(
            name: input.name.text, type: type, documentation: input.documentation,
            defaultValue: value.map { (try? type.fit($0)) ?? $0 })
    }
}

/// The automation with its names resolved; only called when there are no errors.
func checkedAutomation(_ context: CheckContext) -> CheckedAutomation? {
    guard let start = context.start, let graph = context.graph else { return nil }
    let automation = context.automation
    let inputs = checkedInputs(context)
    let written = automation.source.name.split(separator: "/").last.map(String.init) ?? automation.source.name
    // Under what it is called by others that it calls: by its name, or by its id on a server.
    let own = context.options.files.flatMap { OtherFiles.id(ofPlace: $0.path) == nil ? nil : $0.path }
    let fileName = own ?? written
    var builder = StepBuilder(context: context, graph: graph)
    let steps = automation.steps.indices.map { builder.step($0) }
    return CheckedAutomation(
        source: automation.source, name: automation.name?.text ?? written,
        description: automation.description?.text ?? "",
        inputs: inputs, secrets: automation.secrets.map(\.name.text), steps: steps, start: start,
        stepIndex: context.stepIndex, declarations: declarations(automation, context.types),
        models: context.options.defaultModels, maxDollars: automation.maxDollars?.dollars,
        trust: context.options.trust, result: context.automationResult, fileName: fileName,
        family: family(context),
        tests: automation.tests.map { checkedTest($0, inputs, context) })
}

/// All automations that one calls, or is led to by its calls: the outermost one has them for all.
private func family(_ context: CheckContext) -> [String: CheckedAutomation] {
    guard let files = context.options.files, files.callers.count == 1 else { return [:] }
    return files.shelf.automations
}

private func checkedTest(_ test: Test, _ inputs: [CheckedInput], _ context: CheckContext) -> CheckedTest {
    func entries(_ name: String) -> [Field] {
        guard case .record(let fields, _) = test.fields.first(where: { $0.name.text == name })?.value else {
            return []
        }
        return fields
    }
    var given = MapValue()
    let entriesOfInputs = Dictionary(
        entries("inputs").map { ($0.name.text, $0.value) }, uniquingKeysWith: { first, _ in first })
    for input in inputs {
        let value = entriesOfInputs[input.name].flatMap(constantValue)
        given[input.name] = value.map { (try? input.type.fit($0)) ?? $0 } ?? input.defaultValue
    }
    var replies: [String: [TestReply]] = [:]
    for entry in entries("replies") + entries("answers") {
        guard let value = constantValue(entry.value) else { continue }
        switch context.tested(entry.name.text) {
        case .step(let step): replies[entry.name.text] = try? repliesOf(value, step.reply)
        case .unseen: replies[entry.name.text] = try? repliesOf(value, .json)
        case .unknown, .callsNothing: break
        }
    }
    let now = test.fields.first { $0.name.text == "now" }.flatMap { testTime($0.value) }
    return CheckedTest(
        name: test.name.text, span: test.span, inputs: .map(given), replies: replies,
        now: now, expectations: test.expectations)
}

private struct StepBuilder {
    let context: CheckContext
    let graph: FlowGraph
    private var joins: [Int: [FlowGraph.EdgeKind: FlowGraph.Fork]] = [:]

    init(context: CheckContext, graph: FlowGraph) {
        self.context = context
        self.graph = graph
        for fork in graph.forks { joins[fork.step, default: [:]][fork.kind] = fork }
    }

    mutating func step(_ number: Int) -> CheckedStep {
        let step = context.automation.steps[number]
        let type = step.type ?? .start
        var onError: Destination?
        if case .target(let target) = step.setting(.onError)?.content {
            onError = destination(target, number, .error)
        }
        var each: Each?
        if case .each(let variables, let list) = step.setting(.each)?.content {
            each = Each(variables: variables.map(\.text), list: list)
        }
        let branches = step.branches.enumerated().map { place, branch in
            CheckedBranch(
                label: branch.label.text, condition: condition(branch.condition),
                destination: destination(branch.target, number, .branch(place)))
        }
        return CheckedStep(
            index: number, name: step.name.text, nameSpan: step.name.span, type: type, fields: step.fields,
            branches: branches,
            next: type == .logicDecision ? nil : step.target.map { destination($0, number, .next) },
            onError: onError, callee: context.calls[number]?.file.called.flatMap(context.relativePath),
            resultType: context.declaredResults[number] ?? context.calls[number]?.file.called?.result,
            timeout: value(step, .timeout).flatMap(time),
            retry: retry(step),
            maxVisits: value(step, .maxVisits).flatMap(count), each: each,
            atOnce: value(step, .atOnce).flatMap(count) ?? 1,
            onFailed: step.onFailed, loopHead: context.nests?.heads[number],
            leavesMachine: step.wayOut(context.options.defaultModels) != nil,
            isCached: value(step, .cache).flatMap(literalValue)?.asBool ?? false,
            trusted: step.trustedFields?.map(\.path) ?? [], closedParts: context.closedParts(of: number),
            template: writtenTemplate(step, type, context.automation.source))
    }

    private func condition(_ condition: Branch.Condition) -> CheckedBranch.Condition {
        switch condition {
        case .when(let expression): .when(expression)
        case .otherwise: .otherwise
        case .label: .label
        }
    }

    private func value(_ step: Step, _ name: SettingName) -> FieldValue? {
        if case .value(let value) = step.setting(name)?.content { value } else { nil }
    }

    // Where the settings turn off the finding that tells of a bad number, the nearest good one is taken.

    private func count(_ value: FieldValue) -> Int? { wholeNumber(value).map { max(1, $0) } }

    private func time(_ value: FieldValue) -> Int64? {
        nanoseconds(value).map { min(max(0, $0), CheckedStep.longestTime) }
    }

    private func retry(_ step: Step) -> Retry {
        var retry = Retry()
        guard case .record(let fields, _) = value(step, .retry) else { return retry }
        retry.attempts = Defaults.attempts
        for field in fields {
            switch RetryPart(rawValue: field.name.text) {
            case .attempts: retry.attempts = count(field.value) ?? retry.attempts
            case .firstDelay: retry.firstDelay = time(field.value) ?? retry.firstDelay
            case .factor: retry.factor = number(field.value).map { max(0, $0) } ?? retry.factor
            case .maxDelay:
                retry.maxDelay = time(field.value) ?? retry.maxDelay
                retry.writtenMaxDelay = retry.maxDelay
            case nil: break
            }
        }
        return retry
    }

    private func destination(_ target: Target, _ from: Int, _ kind: FlowGraph.EdgeKind) -> Destination {
        func place(_ name: Name) -> Destination {
            name.text == "end" ? .end : context.stepIndex[name.text].map(Destination.step) ?? .end
        }
        guard let fork = joins[from]?[kind], let join = fork.join else {
            return target.names.first.map(place) ?? .end
        }
        return .fork(target.names.map(place), join: join == graph.end ? nil : join)
    }
}
