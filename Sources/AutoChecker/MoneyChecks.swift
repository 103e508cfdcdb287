import AutoSyntax
import CEL
import Diagnostics
import StepKinds
import Values

/// What would cost money or time at run time for nothing.
@Sendable func checkMoney(_ context: CheckContext) -> [Diagnostic] {
    var findings: [Diagnostic] = []
    for (number, step) in context.automation.steps.enumerated() {
        guard context.graph?.reachable[number] != false else { continue }
        if let finding = noTimeout(step, context.options) { findings.append(finding) }
        guard step.asksModel else { continue }
        if let finding = promptTooLong(step, context.options) { findings.append(finding) }
        findings += unboundedPrompts(step, context)
    }
    return findings + sharedKeys(context) + overMaxCost(context) + checkMaxDollars(context)
}

private func noTimeout(_ step: Step, _ options: CheckOptions) -> Diagnostic? {
    guard step.setting(.timeout) == nil, let way = step.wayOut(options.defaultModels) else { return nil }
    return Diagnostic(
        .noTimeout,
        "`\(step.name.text)` \(way.words), and has no `timeout`: one that never answers holds the run for \(Defaults.timeoutInWords)",
        at: step.name.span, help: "add timeout: \(way.usualTimeout)")
}

/// A token is about four bytes of text; counted low, so that what is told is surely too long.
let bytesPerToken = 4

private func promptTooLong(_ step: Step, _ options: CheckOptions) -> Diagnostic? {
    guard let name = step.modelName, let (model, window) = options.window(of: name) else { return nil }
    var bytes = 0
    var longest: (span: Span, bytes: Int)?
    for field in step.promptFields {
        let length = fixedLength(field.value)
        bytes += length
        if length > longest?.bytes ?? 0 { longest = (field.value.span, length) }
    }
    guard bytes / bytesPerToken > window, let longest else { return nil }
    return Diagnostic(
        .promptTooLong,
        "the fixed part of this prompt is about \(bytes / bytesPerToken) tokens, `\(model)` takes \(window)",
        at: longest.span,
        help:
            "shorten it, put it into files and find the part that matters by EMBEDDING_SEARCH, or say the window in autorun.toml: [check] windows = { \"\(model)\" = … }"
    )
}

extension Step {
    /// The fields that a model reads.
    var promptFields: [Field] {
        let names = kind?.names(of: .prompt) ?? []
        return fields.filter { names.contains($0.name.text) }
    }
}

private func fixedLength(_ value: FieldValue) -> Int {
    var bytes = 0
    value.forEachExpression { expression in
        expression.walk { part in
            switch part.kind {
            case .literal(.string(let text)): bytes += text.utf8.count
            case .text(let parts):
                for case .characters(let text) in parts { bytes += text.utf8.count }
            case .literal, .name, .select, .has, .index, .call, .unary, .binary, .conditional, .list, .map,
                .macro:
                break
            }
        }
    }
    return bytes
}

// Unbounded sources.

private func unboundedPrompts(_ step: Step, _ context: CheckContext) -> [Diagnostic] {
    var findings: [Diagnostic] = []
    for field in step.promptFields {
        field.value.forEachExpression { expression in
            for whole in wholeReads(expression) {
                guard let source = unboundedSource(whole, step, context) else { continue }
                findings.append(
                    Diagnostic(
                        .unboundedPrompt, "\(source.what) goes whole into a prompt, however long it is",
                        at: whole.span, notes: [Note(source.span, "it comes from here")], help: source.help))
            }
        }
    }
    return findings
}

/// The reads of a text whose values stand in it from end to end.
private func wholeReads(_ expression: Expression) -> [Expression] {
    switch expression.kind {
    case .text(let parts):
        return parts.flatMap { part -> [Expression] in
            if case .expression(let inner) = part { wholeReads(inner) } else { [] }
        }
    case .select: return [expression]
    case .binary(.add, let left, let right): return wholeReads(left) + wholeReads(right)
    case .call(let name, _, let target, let arguments):
        let keeping = [
            "join", "json", "string", "markdown_table", "orValue", "trim", "lowerAscii", "upperAscii",
            "replace", "split", "flatten", "distinct", "sort", "reverse", "chunk", "csv", "parse_csv",
            "url_encode",
        ]
        guard keeping.contains(name) else { return [] }
        return (target ?? arguments.first).map(wholeReads) ?? []
    case .macro(let macro):
        switch macro.kind {
        case .map, .sortBy, .transformList: return wholeReads(macro.operand)
        case .all, .exists, .existsOne, .filter, .transformMap, .transformMapEntry, .optMap, .optFlatMap,
            .bind:
            return []
        }
    case .list(let elements): return elements.flatMap { wholeReads($0.value) }
    case .map(let entries): return entries.flatMap { wholeReads($0.value) }
    case .literal, .name, .has, .index, .unary, .binary, .conditional: return []
    }
}

private func unboundedSource(_ read: Expression, _ reader: Step, _ context: CheckContext) -> (
    what: String, span: Span, help: String
)? {
    guard case .select(let operand, let part, _, _) = read.kind, case .name(let name, _) = operand.kind,
        !reader.eachNames.contains(name)
    else { return nil }
    if name == "inputs" {
        guard let input = context.input(part),
            case .list = context.inputRecord[part]?.type
        else { return nil }
        return (
            "the list `inputs.\(part)`", input.name.span,
            "ask once for an element: each: x in inputs.\(part), or find what matters by EMBEDDING_SEARCH"
        )
    }
    guard part == "result", let index = context.stepIndex[name] else { return nil }
    let source = context.automation.steps[index]
    guard source.setting(.each) == nil else { return nil }
    switch source.type {
    case .webScrape:
        if source.field(WebScrape.select) != nil {
            guard case .list = context.results[index] else { return nil }
            return (
                "the list `\(name).result`", source.name.span,
                "ask once for an element: each: x in \(name).result, or find what matters by EMBEDDING_SEARCH"
            )
        }
        guard source.field(WebScrape.main) == nil else { return nil }
        return (
            "the page `\(name).result`", source.name.span,
            "take what is needed: `select: { … }` or `main: true` in `\(name)`"
        )
    case .embeddingSearch:
        guard let chunk = source.field(EmbeddingSearch.chunk), wholeNumber(chunk) == 0 else { return nil }
        return (
            "whole documents of `\(name)`", source.name.span, "leave `chunk: 0` out, so that pieces are found"
        )
    case .start, .llmCall, .getUserInput, .logicDecision, .restAPI, .python, .textToJSON, .dataTransform, nil:
        return nil
    }
}

// The cost of a whole run.

private func overMaxCost(_ context: CheckContext) -> [Diagnostic] {
    guard context.graph != nil, let most = context.automation.maxCost?.calls ?? context.options.maxCost
    else { return [] }
    let work = PlannedWork(context)
    let span = context.automation.maxCost?.span ?? Span(0, 0)
    if let reason = unboundedCalls(work, context) {
        return [
            Diagnostic(
                .overMaxCost, "how many model calls a run makes has no bound, and `max_cost` allows \(most)",
                at: span, notes: [reason.note], help: reason.help + ", or leave `max_cost` out")
        ]
    }
    guard let calls = work.calls, calls > most else { return [] }
    let dearest = work.costly.max { ($0.bound.calls ?? 0) < ($1.bound.calls ?? 0) }
    let notes = dearest.map { step in
        let (bound, each) = (step.bound, step.bound.callsEach == 1 ? "call" : "calls")
        return [
            Note(
                context.automation.steps[step.ownStep].name.span,
                "\(bound.calls ?? 0) of them\(step.whereInside(context)): \(bound.visits) visits, \(bound.callsEach) \(each) each"
            )
        ]
    }
    let hasRounds = dearest.map { context.automation.steps[$0.ownStep].rounds > 1 } ?? false
    return [
        Diagnostic(
            .overMaxCost,
            "a run can make \(calls) model \(calls == 1 ? "call" : "calls"), and `max_cost` allows \(most)",
            at: span,
            notes: notes ?? [],
            help:
                "lower \(hasRounds ? "`max_rounds`, " : "")`max_visits` or `attempts`, or write max_cost \(calls)"
        )
    ]
}

/// Why the model calls of a run have no bound; nil where they have one.
private func unboundedCalls(_ work: PlannedWork, _ context: CheckContext) -> (note: Note, help: String)? {
    if let open = work.costly.first(where: { $0.bound.calls == nil }) {
        let inside = open.whereInside(context)
        return (
            Note(
                context.automation.steps[open.ownStep].name.span,
                "this asks\(inside) once for each element of a list of any length"), "write the list out"
        )
    }
    guard work.isOpen else { return nil }
    guard let call = work.recursions.first else {
        return (Note(Span(0, 0), "the automations that are called have too many steps"), "call fewer")
    }
    let own = call.split(separator: ".").first.flatMap { context.stepIndex[String($0)] } ?? 0
    return (
        Note(
            context.automation.steps[own].name.span, "`\(call)` calls an automation that leads back to itself"
        ),
        "let it not call itself"
    )
}

extension RunPlan.StepPlan {
    /// Where a step of a called automation is, in words that go on from a remark on its call; empty for a step of
    /// the file itself.
    func whereInside(_ context: CheckContext) -> String {
        context.automation.steps[ownStep].name.text == name ? "" : " in `\(name)`"
    }
}
