package import AutoSyntax
package import CEL
import Diagnostics

/// An automation as the API's JSON: steps with their templates, and the transitions between them.
///
/// Source: the body of POST /automations. `ids` gives a step's id by its name. What the API has no place for (inputs,
/// secrets, types, `max_cost`, tests) stands as it was written in the START step's template, under `declarations`.
package func exported(_ automation: Automation, name: String, ids: (String) -> String) -> Value {
    let source = automation.source
    let steps = automation.steps.map { step -> Value in
        let type = step.type ?? .start
        var template = writtenTemplate(step, type, source)
        if type == .start, case .map(var map) = template {
            let declarations = declarations(automation)
            if !declarations.isEmpty { map["declarations"] = .string(declarations) }
            template = .map(map)
        }
        return .record([
            ("id", .string(ids(step.name.text))), ("name", .string(step.name.text)),
            ("step_type", .string(type.rawValue)), ("prompt_template", template),
        ])
    }
    var transitions: [Value] = []
    for step in automation.steps {
        func lead(_ target: Target, _ label: String?) {
            for name in target.names {
                transitions.append(
                    .record([
                        ("source_step_id", .string(ids(step.name.text))),
                        ("target_step_id", name.text == "end" ? .null : .string(ids(name.text))),
                        ("label", label.map(Value.string) ?? .null),
                    ]))
            }
        }
        if let target = step.target { lead(target, nil) }
        for branch in step.branches { lead(branch.target, branch.label.text) }
        for case .target(let target) in step.settings.map(\.content) { lead(target, "error") }
    }
    return .record([
        ("name", .string(name)), ("description", .string(automation.description?.text ?? "")),
        (
            "current_version",
            .record([("steps", .list(steps)), ("step_transitions", .list(transitions))])
        ),
    ])
}

/// The declarations and tests of a file, a line or a block each, as they were written.
private func declarations(_ automation: Automation) -> String {
    let spans =
        automation.inputs.map(\.span) + automation.secrets.map(\.span) + automation.types.map(\.span)
        + (automation.maxCost.map { [$0.span] } ?? []) + automation.tests.map(\.span)
    return spans.sorted { $0.start < $1.start }.map(automation.source.text).joined(separator: "\n")
}
