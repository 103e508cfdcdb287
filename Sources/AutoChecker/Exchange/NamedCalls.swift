import AutoSyntax
package import Diagnostics
import StepKinds
package import Values

/// A step's template with other names for the automations that the step calls, or gives to its model as tools.
///
/// - Parameter name: what stands in the place of a name; nil where it stays.
func template(
    _ template: MapValue, of type: StepType, callsNamed name: (String) -> String?
) -> MapValue {
    func renamed(_ value: Value) -> Value {
        guard let written = value.asText else { return value }
        return name(written).map(Value.string) ?? value
    }
    var template = template
    switch type {
    case .restAPI:
        if let called = template[RestAPI.automation.name] {
            template[RestAPI.automation.name] = renamed(called)
        }
    case .llmCall:
        guard let tools = template[LLMCall.tools.name]?.asList else { break }
        template[LLMCall.tools.name] = .list(
            tools.map { tool in
                if let written = tool.asText, let other = expression(written, callsNamed: name) {
                    return .string(other)
                }
                return renamed(tool)
            })
    case .start, .getUserInput, .logicDecision, .embeddingSearch, .webScrape, .python, .textToJSON,
        .dataTransform:
        break
    }
    return template
}

/// An entry of `tools` that is written as a record, which the API's JSON has as an expression:
/// `${{ automation: "…", ask: true }}`.
///
/// - Returns: nil where it is no such entry, or its name stays.
private func expression(_ written: String, callsNamed name: (String) -> String?) -> String? {
    guard written.hasPrefix("${{"), written.hasSuffix("}}") else { return nil }
    let (head, tail) = ("LLM_CALL a { prompt_template { tools: [", "] } }")
    let source = SourceText(name: "", text: head + written.dropFirst(2).dropLast() + tail)
    guard let tool = parseAutomation(source).automation.steps.first?.writtenTools?.first,
        case .automation(let called) = tool.kind, let other = name(called.text)
    else { return nil }
    let bytes = source.bytes
    let (before, after) = (bytes[head.utf8.count..<called.span.start], bytes[called.span.end...])
    let entry = before + Array(JSON.text(.string(other)).utf8) + after.dropLast(tail.utf8.count)
    return "${" + String(decoding: entry, as: UTF8.self) + "}"
}

/// The automations that a text names by their ids: those that its steps call or give to their models, and those whose
/// types it takes.
package func namedIDs(in source: SourceText) -> Set<ID> {
    let automation = parseAutomation(source).automation
    var names = automation.steps.flatMap(\.namedAutomations)
    for type in automation.types {
        if case .file(let path) = type.body { names.append(path.text) }
    }
    return Set(names.compactMap { ID($0) })
}

extension CheckedAutomation {
    /// The automations that it calls by their ids, and that those call by theirs.
    package var idsCalled: [ID] { family.keys.compactMap(OtherFiles.id(ofPlace:)) }
}
