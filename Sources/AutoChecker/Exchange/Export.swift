import AutoSyntax
import CEL
import Diagnostics
package import Values

/// An automation as the API's JSON: steps with their templates, and the transitions between them.
///
/// Source: the body of POST /automations. `ids` gives a step's id by its name. What the API has no place for (inputs,
/// secrets, types, `max_cost`, tests) stands as it was written in the START step's template, under `declarations`.
///
/// - Parameters:
///   - calls: the id of an automation that steps call or give to their models, by its path from the automation's folder.
///   - ids: the id of a step, by its name.
package func exported(
    _ automation: CheckedAutomation, calls: (String) -> ID, ids: (String) -> String
) -> Value {
    let steps = automation.steps.map { step -> Value in
        var template = step.template
        if case .map(var map) = template {
            if step.type == .start, !automation.declarations.isEmpty {
                map["declarations"] = .string(automation.declarations)
            }
            // A tool may also be the name of a server, or no path at all.
            let called = Set(step.calledFiles)
            map = AutoChecker.template(map, of: step.type) { written in
                let path = OtherFiles.plain(written)
                guard called.contains(path) else { return nil }
                return (OtherFiles.id(ofPlace: path) ?? calls(path)).text
            }
            template = .map(map)
        }
        return .record([
            ("id", .string(ids(step.name))), ("name", .string(step.name)),
            ("step_type", .string(step.type.rawValue)), ("prompt_template", template),
        ])
    }
    var transitions: [Value] = []
    for step in automation.steps {
        func lead(_ destination: Destination, _ label: Value) {
            let target: Value
            switch destination {
            case .end: target = .null
            case .step(let index): target = .string(ids(automation.steps[index].name))
            case .fork(let branches, _):
                for branch in branches { lead(branch, label) }
                return
            }
            transitions.append(
                .record([
                    ("source_step_id", .string(ids(step.name))), ("target_step_id", target),
                    ("label", label),
                ]))
        }
        if let next = step.next { lead(next, .null) }
        for branch in step.branches { lead(branch.destination, .string(branch.label)) }
        if let onError = step.onError { lead(onError, .string("error")) }
    }
    return .record([
        ("name", .string(automation.name)), ("description", .string(automation.description)),
        (
            "current_version",
            .record([("steps", .list(steps)), ("step_transitions", .list(transitions))])
        ),
    ])
}

/// The declarations and tests of a file, a line or a block each, as they were written.
func declarations(_ automation: Automation) -> String {
    let spans =
        automation.inputs.map(\.span) + automation.secrets.map(\.span) + automation.types.map(\.span)
        + [automation.result?.span, automation.maxCost?.span, automation.maxDollars?.span].compactMap(\.self)
        + automation.tests.map(\.span)
    return spans.sorted { $0.start < $1.start }.map(automation.source.text).joined(separator: "\n")
}
