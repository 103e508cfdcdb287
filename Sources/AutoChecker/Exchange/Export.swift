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
///
/// A type that another file declares is written out, so that whoever reads them needs no other file.
func declarations(_ automation: Automation, _ types: TypeTable) -> String {
    let spans =
        automation.inputs.map(\.span) + automation.secrets.map(\.span) + automation.types.map(\.span)
        + [automation.result?.span, automation.maxCost?.span, automation.maxDollars?.span].compactMap(\.self)
        + automation.tests.map(\.span)
    var foreign: [Span: String] = [:]
    for declaration in automation.types {
        guard case .file = declaration.body, let type = types.declared(declaration.name.text) else {
            continue
        }
        foreign[declaration.span] = "type \(declaration.name.text) = \(type.declared)"
    }
    return spans.sorted { $0.start < $1.start }.map { foreign[$0] ?? automation.source.text($0) }
        .joined(separator: "\n")
}

extension DataType {
    /// The type as a file declares it, with the descriptions of its fields.
    fileprivate var declared: String {
        switch self {
        case .text, .int, .number, .bool, .json, .bytes, .url: text
        case .list(let element): "list<\(element.declared)>"
        case .oneOf(let values): "one_of(\(values.map(quotedText).joined(separator: ", ")))"
        case .record(let fields, _):
            fields.isEmpty ? "{}" : "{ \(fields.map(\.declared).joined(separator: ", ")) }"
        }
    }
}

extension DataField {
    fileprivate var declared: String {
        let about = documentation.map { " " + quotedText($0) } ?? ""
        let name = isIdentifier(name) ? name : quotedText(name)
        return "\(name): \(type.declared)\(isOptional ? "?" : "")\(about)"
    }
}
