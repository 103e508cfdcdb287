import AutoSyntax
import CEL
import Diagnostics
import StepKinds

/// A field of a step into which text from outside goes.
struct TaintedField {
    /// The field as `trust` names it and as the run sees it, such as `body.note`; the elements of a list have
    /// the path of the list.
    let path: String
    /// Where its value stands.
    let span: Span
    let taint: Taint

    /// Whether the text comes only from whoever starts the run.
    var isGivenToRun: Bool { taint.way.isEmpty }
}

extension TaintFlow {
    /// The fields of a step into which text from outside goes, each by its own path, in the order of the file.
    func taintedFields(of number: Int, _ typer: inout Typer) -> [TaintedField] {
        steps[number].fields.flatMap { taintedFields(in: $0.value, at: $0.name.text, number, &typer) }
    }

    /// The parts of a value into which text from outside goes.
    ///
    /// - Parameters:
    ///   - path: where the value stands.
    ///   - number: the step whose expressions it is made of.
    func taintedFields(in value: FieldValue, at path: String, _ number: Int, _ typer: inout Typer)
        -> [TaintedField]
    {
        if case .record(let fields, _) = value {
            return fields.flatMap {
                taintedFields(in: $0.value, at: path + "." + $0.name.text, number, &typer)
            }
        }
        guard let taint = taint(of: value, in: number, &typer) else { return [] }
        return [TaintedField(path: path, span: value.span, taint: taint)]
    }
}

/// Whether a path that `trust` names stands for a field.
package func covers(_ trusted: String, _ path: String) -> Bool {
    path == trusted || path.hasPrefix(trusted + ".")
}

extension CheckContext {
    /// Whether a step changes something outside, itself or by the automation that it calls.
    func changesOutside(_ number: Int) -> Bool {
        let step = automation.steps[number]
        if let call = calls[number] { return call.file.called?.changesOutside ?? false }
        return step.kind?.changesOutside(step.given) ?? false
    }
}
