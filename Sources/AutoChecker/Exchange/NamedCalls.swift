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
        let list = tools.map { tool -> Value in
            guard var map = tool.asMap, let called = map[ToolField.automation] else { return renamed(tool) }
            map[ToolField.automation] = renamed(called)
            return .map(map)
        }
        template[LLMCall.tools.name] = .list(list)
    case .start, .getUserInput, .logicDecision, .embeddingSearch, .webScrape, .python, .textToJSON,
        .dataTransform:
        break
    }
    return template
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
