import AutoSyntax
import CEL
import Diagnostics
import Values

/// What would cost money or time at run time for nothing.
@Sendable func checkMoney(_ context: CheckContext) -> [Diagnostic] {
    var findings: [Diagnostic] = []
    for (number, step) in context.automation.steps.enumerated() {
        guard context.graph?.reachable[number] != false else { continue }
        if let finding = noTimeout(step) { findings.append(finding) }
        if let finding = retryWithoutKey(step) { findings.append(finding) }
        guard step.asksModel else { continue }
        if let finding = promptTooLong(step, context.options) { findings.append(finding) }
        findings += unboundedPrompts(step, context)
    }
    return findings + overMaxCost(context)
}

private func noTimeout(_ step: Step) -> Diagnostic? {
    guard step.setting(.timeout) == nil, let way = wayOut(step) else { return nil }
    let seconds = step.asksModel ? "60s" : "30s"
    return Diagnostic(
        .noTimeout,
        "`\(step.name.text)` \(way), and has no `timeout`: one that never answers holds the run for ten minutes",
        at: step.name.span, help: "add timeout: \(seconds)")
}

/// How a step leaves the machine; nil when it does not.
func wayOut(_ step: Step) -> String? {
    guard let type = step.type else { return nil }
    let isLocal = step.modelName == "builtin"
    switch type {
    case .llmCall: return isLocal ? nil : "asks a model"
    case .logicDecision, .textToJSON: return step.asksModel && !isLocal ? "asks a model" : nil
    case .embeddingSearch:
        return step.field("model") != nil && !isLocal && step.modelName != "default"
            ? "asks for embeddings" : nil
    case .restAPI: return "asks a server"
    case .webScrape:
        guard let url = step.field("url") else { return nil }
        return isFile(url) ? nil : "fetches a page"
    case .start, .getUserInput, .python, .dataTransform: return nil
    }
}

/// Whether a url begins with `file:` as written.
private func isFile(_ url: FieldValue) -> Bool {
    guard case .expression(let expression) = url else { return false }
    switch expression.kind {
    case .literal(.string(let text)): return text.hasPrefix("file:")
    case .text(let parts):
        if case .characters(let text) = parts.first { return text.hasPrefix("file:") }
        return false
    case .literal, .name, .select, .has, .index, .call, .unary, .binary, .conditional, .list, .map, .macro:
        return false
    }
}

private func retryWithoutKey(_ step: Step) -> Diagnostic? {
    guard step.type == .restAPI, let retry = step.setting(.retry), step.attempts > 1 else { return nil }
    let method = step.field("method").flatMap(literalValue)?.asText
    let sends = step.field("body") != nil || step.field("form") != nil
    guard method == "POST" || method == "PATCH" || (step.field("method") == nil && sends) else { return nil }
    if case .record(let headers, _) = step.field("headers"),
        headers.contains(where: { $0.name.text.lowercased() == "idempotency-key" })
    {
        return nil
    }
    return Diagnostic(
        .retryWithoutKey,
        "a \(method ?? "POST") that is tried again may be carried out twice: no key tells the server that it is the same",
        at: retry.span,
        help:
            "add headers: { \"Idempotency-Key\": session.id } if the server knows such keys, or leave `retry` out"
    )
}

/// A token is about four bytes of text; counted low, so that what is told is surely too long.
private let bytesPerToken = 4

private func promptTooLong(_ step: Step, _ options: CheckOptions) -> Diagnostic? {
    guard let name = step.modelName, let (model, window) = options.window(of: name) else { return nil }
    var bytes = 0
    var longest: (span: Span, bytes: Int)?
    for field in step.fields
    where ["user", "system", "messages", "question", "text"].contains(field.name.text) {
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
    for field in step.fields
    where ["user", "system", "messages", "question", "text"].contains(field.name.text) {
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
            "replace", "split",
        ]
        guard keeping.contains(name) else { return [] }
        return (target ?? arguments.first).map(wholeReads) ?? []
    case .macro(let macro):
        switch macro.kind {
        case .map, .transformList: return wholeReads(macro.operand)
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
        guard let input = context.automation.inputs.first(where: { $0.name.text == part }),
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
        if source.field("select") != nil {
            guard case .list = context.results[index] else { return nil }
            return (
                "the list `\(name).result`", source.name.span,
                "ask once for an element: each: x in \(name).result, or find what matters by EMBEDDING_SEARCH"
            )
        }
        guard source.field("main") == nil else { return nil }
        return (
            "the page `\(name).result`", source.name.span,
            "take what is needed: `select: { … }` or `main: true` in `\(name)`"
        )
    case .embeddingSearch:
        guard let chunk = source.field("chunk"), wholeNumber(chunk) == 0 else { return nil }
        return (
            "whole documents of `\(name)`", source.name.span, "leave `chunk: 0` out, so that pieces are found"
        )
    case .start, .llmCall, .getUserInput, .logicDecision, .restAPI, .python, .textToJSON, .dataTransform, nil:
        return nil
    }
}

// The cost of a whole run.

private func overMaxCost(_ context: CheckContext) -> [Diagnostic] {
    guard let graph = context.graph,
        let most = context.automation.maxCost?.calls ?? context.options.maxCost
    else { return [] }
    let worst = WorstCase(context.automation, graph)
    let costly = zip(context.automation.steps, worst.steps).filter { $0.1.callsEach > 0 && $0.1.visits > 0 }
    let span = context.automation.maxCost?.span ?? Span(0, 0)
    if let open = costly.first(where: { $0.1.calls == nil }) {
        return [
            Diagnostic(
                .overMaxCost, "how many model calls a run makes has no bound, and `max_cost` allows \(most)",
                at: span,
                notes: [Note(open.0.name.span, "this asks once for each element of a list of any length")],
                help: "write the list out, or leave `max_cost` out")
        ]
    }
    guard let calls = worst.calls, calls > most else { return [] }
    let dearest = costly.max { ($0.1.calls ?? 0) < ($1.1.calls ?? 0) }
    let notes = dearest.map { step, bound in
        [
            Note(
                step.name.span,
                "\(bound.calls ?? 0) of them: \(bound.visits) visits, \(bound.callsEach) calls each")
        ]
    }
    return [
        Diagnostic(
            .overMaxCost, "a run can make \(calls) model calls, and `max_cost` allows \(most)", at: span,
            notes: notes ?? [], help: "lower `max_visits` or `attempts`, or write max_cost \(calls)")
    ]
}
