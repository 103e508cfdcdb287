import AutoSyntax
import Diagnostics
import Values

/// Where in a client's JSON stands what the checker finds in the text that was made of it.
struct ImportedPlaces {
    private let automation: Automation
    private let version: MapValue
    /// The steps as the client sent them; the text has them in the same order.
    private let steps: [MapValue]
    private let transitions: [MapValue]

    /// - Parameter source: the text that was made of `json`.
    init(_ json: Value, _ source: SourceText) {
        automation = parseAutomation(source).automation
        version = json.asMap?["current_version"]?.asMap ?? MapValue()
        steps = (version["steps"]?.asList ?? []).map { $0.asMap ?? MapValue() }
        transitions = (version["step_transitions"]?.asList ?? []).map { $0.asMap ?? MapValue() }
    }

    /// The keys and numbers that lead to a place of the text, from the body on.
    func place(of offset: Int) -> [Value] {
        let body = Value.string("body")
        if let name = automation.name, holds(name.span, offset) { return [body, .string("name")] }
        if let text = automation.description, holds(text.span, offset) {
            return [body, .string("description")]
        }
        if let number = automation.steps.firstIndex(where: { holds($0.span, offset) }),
            steps.indices.contains(number)
        {
            return [body, .string("current_version")]
                + place(of: offset, in: automation.steps[number], number)
        }
        guard let owner = steps.firstIndex(where: { template($0)["declarations"] != nil }) else {
            return [body]
        }
        return [body, .string("current_version")] + template(owner) + [.string("declarations")]
    }

    private func place(of offset: Int, in step: Step, _ number: Int) -> [Value] {
        let whole: [Value] = [.string("steps"), .int(Int64(number))]
        if holds(step.typeSpan, offset) { return whole + [.string("step_type")] }
        if holds(step.name.span, offset) { return whole + [.string("name")] }
        if let target = step.target, let name = target.names.firstIndex(where: { holds($0.span, offset) }) {
            return transition(of: number, labelled: nil, at: name) ?? whole
        }
        let written = template(steps[number])
        if let setting = step.settings.first(where: { holds($0.span, offset) }) {
            if written[setting.name.text] != nil {
                return template(number) + [.string(setting.name.text)]
            }
            return transition(of: number, labelled: "error", at: 0) ?? whole
        }
        if let branch = step.branches.first(where: {
            holds($0.label.span.union($0.target.span), offset)
        }) {
            let label = branch.label.text
            let name = branch.target.names.firstIndex { holds($0.span, offset) }
            if let name, let place = transition(of: number, labelled: label, at: name) { return place }
            if written[label] != nil { return template(number) + [.string(label)] }
            return transition(of: number, labelled: label, at: 0) ?? whole
        }
        if let path = path(to: offset, step.fields) { return template(number) + path }
        return holds(step.template ?? .none, offset) ? template(number) : whole
    }

    /// The names of the fields that lead to a place.
    private func path(to offset: Int, _ fields: [Field]) -> [Value]? {
        for field in fields where holds(field.name.span.union(field.value.span), offset) {
            let name = Value.string(field.name.text)
            if case .record(let inner, _) = field.value, let path = path(to: offset, inner) {
                return [name] + path
            }
            return [name]
        }
        return nil
    }

    private func template(_ step: Int) -> [Value] {
        [.string("steps"), .int(Int64(step)), .string("prompt_template")]
    }

    private func template(_ step: MapValue) -> MapValue { step["prompt_template"]?.asMap ?? MapValue() }

    /// The transition out of a step with a label that is the one at `place` of those.
    private func transition(of step: Int, labelled label: String?, at place: Int) -> [Value]? {
        let own = transitions.indices.filter { index in
            let transition = transitions[index]
            let written = transition["label"]?.asText.flatMap { $0.isEmpty ? nil : $0 }
            return transition["source_step_id"]?.asText == steps[step]["id"]?.asText && written == label
        }
        guard own.indices.contains(place) else { return nil }
        return [.string("step_transitions"), .int(Int64(own[place]))]
    }

    private func holds(_ span: Span, _ offset: Int) -> Bool { span.start <= offset && offset <= span.end }
}
