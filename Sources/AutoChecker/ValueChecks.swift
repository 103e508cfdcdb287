import AutoSyntax
import CEL
import Diagnostics
import Programs
import StepKinds
package import Values

/// What fields hold that would be taken for something else at run time: requirements and images that are none, groups that a pattern has
/// not, values pasted into JSON.
@Sendable func checkValues(_ context: CheckContext) -> [Diagnostic] {
    context.automation.steps.flatMap { step -> [Diagnostic] in
        switch step.type {
        case .python: badRequirements(step) + badMemory(step)
        case .dataTransform: missingGroups(step)
        case .restAPI: pastedJSON(step) + badStatuses(step)
        case .llmCall:
            badImages(step) + badRoles(step) + badModels(step) + fieldsOfOtherProviders(step, context.options)
                + fieldsThatModelsRefuse(step, context.options)
        case .embeddingSearch: badCounts(step) + globsInList(step)
        case .logicDecision, .textToJSON: badModels(step)
        case nil, .start, .getUserInput, .webScrape: []
        }
    }
}

private func badRequirements(_ step: Step) -> [Diagnostic] {
    guard case .expression(let list) = step.field(Python.requirements), case .list(let items) = list.kind
    else {
        return []
    }
    return items.compactMap { item in
        guard case .literal(.string(let text)) = item.value.kind, let problem = requirementProblem(text)
        else {
            return nil
        }
        return Diagnostic(
            .badSetting, problem, at: item.value.span,
            help: "packages are named as on PyPI; files, folders and urls are not installed")
    }
}

/// A size of memory that the step itself would refuse.
private func badMemory(_ step: Step) -> [Diagnostic] {
    guard let field = step.field(Python.memory), let value = literalValue(field),
        (Python.bytes(of: value) ?? 0) < Python.leastMemory
    else { return [] }
    return [
        Diagnostic(
            .badSetting, "\(Python.memoryRange), found \(JSON.text(value))", at: field.span,
            help: "write for example `\(Python.memory.name): \"\(Python.usualMegabytes)MB\"`, or leave it out"
        )
    ]
}

/// Entries of `messages` that the step itself would refuse.
private func badRoles(_ step: Step) -> [Diagnostic] {
    guard case .expression(let list) = step.field(LLMCall.messages), case .list(let items) = list.kind else {
        return []
    }
    if items.isEmpty {
        return [
            Diagnostic(
                .badSetting, "a conversation has one entry at least", at: list.span,
                help: "write [{ role: \"user\", content: \"…\" }]")
        ]
    }
    return items.compactMap { item -> Diagnostic? in
        guard case .map(let entries) = item.value.kind else {
            // What is computed may be a record.
            guard let text = item.value.literalText else { return nil }
            return Diagnostic(
                .badSetting, "an entry of `messages` is a record, found a text", at: item.value.span,
                help: "write { role: \"user\", content: \(jsonString(text)) }")
        }
        for part in LLMCall.MessagePart.allCases
        where !entries.contains(where: { $0.key.literalText == part.rawValue }) {
            // A key that is computed may be it.
            guard entries.allSatisfy({ $0.key.literalText != nil }) else { return nil }
            return Diagnostic(
                .badSetting, "an entry of `messages` has a `\(part.rawValue)`, and this one has none",
                at: item.value.span, help: "write { role: \"user\", content: \"…\" }")
        }
        guard let role = entries.first(where: { $0.key.literalText == LLMCall.MessagePart.role.rawValue }),
            let word = role.value.literalText, !LLMCall.roles.contains(word)
        else { return nil }
        let near = nearestName(to: word, in: LLMCall.roles)
        return Diagnostic(
            .badSetting, "a role is \(inWords(LLMCall.roles, quoted: "\"")), found \(jsonString(word))",
            at: role.value.span, help: near.map { "write \(jsonString($0))" },
            fix: near.map { FixIt(span: role.value.span, replacement: jsonString($0)) })
    }
}

/// Statuses in `expect` that no answer can have, so that the step would always fail, or never where it should.
private func badStatuses(_ step: Step) -> [Diagnostic] {
    guard case .expression(let value) = step.field(RestAPI.expect) else { return [] }
    let items = if case .list(let items) = value.kind { items.map(\.value) } else { [value] }
    return items.compactMap { item in
        guard let status = literalValue(.expression(item)), !RestAPI.isStatus(status) else { return nil }
        return Diagnostic(
            .badSetting, "no answer has the status \(JSON.text(status))", at: item.span,
            help: "write a number such as 200 or 404, all of a hundred as \"2xx\", or a list of these")
    }
}

/// Whole numbers that the search would refuse.
private func badCounts(_ step: Step) -> [Diagnostic] {
    func finding(_ key: Key<Int>, _ problem: (Int) -> String?) -> Diagnostic? {
        guard case .expression(let value) = step.field(key),
            let number = step.field(key).flatMap(wholeNumber), let problem = problem(number)
        else { return nil }
        return Diagnostic(
            .badSetting, problem, at: value.span, help: "leave `\(key.name)` out, or write a larger number")
    }
    return [
        finding(EmbeddingSearch.topK, EmbeddingSearch.problem(ofCount:)),
        finding(EmbeddingSearch.chunk, EmbeddingSearch.problem(ofChunk:)),
    ].compactMap { $0 }
}

/// File names in a list, which holds the texts to be searched themselves.
private func globsInList(_ step: Step) -> [Diagnostic] {
    guard case .expression(let list) = step.field(EmbeddingSearch.documents),
        case .list(let items) = list.kind
    else { return [] }
    return items.compactMap { item in
        guard case .literal(.string(let text)) = item.value.kind, looksLikeGlob(text) else { return nil }
        return Diagnostic(
            .looksLikeExpression, "this is the text \(jsonString(text)) itself, not the files of that name",
            at: item.value.span,
            help: "files are named by one glob without a list: documents: \(jsonString(text))")
    }
}

/// Whether a text is one word with a `*` and a `/` or a file's ending: prose is none.
private func looksLikeGlob(_ text: String) -> Bool {
    text.contains("*") && !text.contains(where: \.isWhitespace) && (text.contains("/") || text.contains("."))
}

/// Images that no model could be shown, as the step itself looks at them.
private func badImages(_ step: Step) -> [Diagnostic] {
    guard case .expression(let list) = step.field(LLMCall.images), case .list(let items) = list.kind else {
        return []
    }
    return items.compactMap { item in
        guard case .literal(let value) = item.value.kind, !isImageAddress(value) else { return nil }
        // Whether bytes are an image is seen when they are sent.
        if case .bytes = value { return nil }
        return Diagnostic(
            .badSetting, "an image is bytes, an https url, a data url or a file url", at: item.value.span,
            help: "write for example \"https://example.org/chart.png\", or \"file:chart.png\" for a file"
        )
    }
}

/// Whether a value is the url of an image that a model can be shown.
package func isImageAddress(_ value: Value) -> Bool {
    guard let url = value.asText, isURL(url) else { return false }
    let parts = url.split(separator: ":", maxSplits: 1)
    switch parts.first?.lowercased() {
    case "http", "https", "file": return true
    case "data":
        // What follows the comma is the image itself.
        let pieces = parts[1].split(separator: ",", maxSplits: 1, omittingEmptySubsequences: false)
        return pieces.count == 2 && !pieces[1].isEmpty
    default: return false
    }
}

private func missingGroups(_ step: Step) -> [Diagnostic] {
    guard case .program(let pattern) = step.field(DataTransform.regex),
        case .expression(let replacement) = step.field(DataTransform.replace),
        case .literal(.string(let text)) = replacement.kind,
        let regex = try? Regex(pattern.text), let problem = regex.missingGroup(in: text)
    else { return [] }
    return [
        Diagnostic(
            .badRegex, problem, at: replacement.span,
            help: regex.groupCount == 0
                ? "put round brackets around what is to be taken over"
                : "the pattern has \(regex.groupCount == 1 ? "one group" : "\(regex.groupCount) groups")")
    ]
}

/// A value between the quotes of JSON written by hand: a quote or a line break in it makes other JSON, or none.
private func pastedJSON(_ step: Step) -> [Diagnostic] {
    guard saysJSON(step), case .expression(let body) = step.field(RestAPI.body) else { return [] }
    let parts = textParts(of: body)
    var findings: [Diagnostic] = []
    for (place, part) in parts.enumerated() {
        guard case .expression(let value) = part, !isMadeJSON(value),
            place > 0, case .characters(let before) = parts[place - 1], before.hasSuffix("\""),
            place + 1 < parts.count, case .characters(let after) = parts[place + 1], after.hasPrefix("\"")
        else { continue }
        findings.append(
            Diagnostic(
                .valueInJSON,
                "a value is pasted between the quotes of JSON, where a quote in it would end the text",
                at: value.span,
                help:
                    "write the body as a record, body: { name: … }, or leave the quotes out and write ${json(…)}"
            ))
    }
    return findings
}

/// A text in its parts, whether values are interpolated or added.
private func textParts(of text: Expression) -> [TextPart] {
    switch text.kind {
    case .text(let parts): return parts
    case .literal(.string(let characters)): return [.characters(characters)]
    case .binary(.add, let left, let right): return textParts(of: left) + textParts(of: right)
    case .literal, .name, .select, .has, .index, .call, .unary, .binary, .conditional, .list, .map, .macro:
        return [.expression(text)]
    }
}

private func isMadeJSON(_ value: Expression) -> Bool {
    if case .call("json", _, nil, _) = value.kind { true } else { false }
}

private func saysJSON(_ step: Step) -> Bool {
    guard case .record(let headers, _) = step.field(RestAPI.headers) else { return false }
    return headers.contains { header in
        header.name.text.lowercased() == "content-type"
            && literalValue(header.value)?.asText?.lowercased().contains("json") == true
    }
}
