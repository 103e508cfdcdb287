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
        .record([
            ("id", .string(ids(step.name))), ("name", .string(step.name)),
            ("step_type", .string(step.type.rawValue)),
            ("prompt_template", template(of: step, in: automation, calls)),
        ])
    }
    let ways = automation.steps.flatMap { transitions(from: $0, in: automation, ids) }
    return .record([
        ("name", .string(automation.name)), ("description", .string(automation.description)),
        (
            "current_version",
            .record([("steps", .list(steps)), ("step_transitions", .list(ways))])
        ),
    ])
}

/// A step's template with the ids of the automations that it calls in the place of their paths.
private func template(of step: CheckedStep, in automation: CheckedAutomation, _ calls: (String) -> ID)
    -> Value
{
    guard case .map(var map) = step.template else { return step.template }
    if step.type == .start, !automation.declarations.isEmpty {
        map["declarations"] = .string(automation.declarations)
    }
    // A tool may also be the name of a server, or no path at all.
    let called = Set(step.calledFiles)
    return .map(
        template(map, of: step.type) { written in
            let path = OtherFiles.plain(written)
            guard called.contains(path) else { return nil }
            return (OtherFiles.id(ofPlace: path) ?? calls(path)).text
        })
}

/// The transitions that lead away from a step; one for each branch of a fork.
private func transitions(from step: CheckedStep, in automation: CheckedAutomation, _ ids: (String) -> String)
    -> [Value]
{
    func targets(_ destination: Destination) -> [Value] {
        switch destination {
        case .end: [.null]
        case .step(let index): [.string(ids(automation.steps[index].name))]
        case .fork(let branches, _): branches.flatMap(targets)
        }
    }
    var ways: [(Destination, label: Value)] = []
    if let next = step.next { ways.append((next, .null)) }
    ways += step.branches.map { ($0.destination, .string($0.label)) }
    if let onError = step.onError { ways.append((onError, .string("error"))) }
    return ways.flatMap { destination, label in
        targets(destination).map { target in
            .record([
                ("source_step_id", .string(ids(step.name))), ("target_step_id", target), ("label", label),
            ])
        }
    }
}

/// The declarations and tests of a file, a line or a block each, as they were written.
func declarations(_ automation: Automation) -> String {
    let spans =
        automation.inputs.map(\.span) + automation.secrets.map(\.span) + automation.types.map(\.span)
        + [automation.result?.span, automation.maxCost?.span, automation.maxDollars?.span].compactMap(\.self)
        + automation.tests.map(\.span)
    return spans.sorted { $0.start < $1.start }.map(automation.source.text).joined(separator: "\n")
}
