import AutoSyntax
import CEL
import StepKinds
import Values

/// What expressions read of a step: `classify.result`.
package enum StepPartName: String, Sendable, Hashable, CaseIterable {
    /// What the last finished visit gave.
    case result
    /// The last visit's rendered fields.
    case prompt
    /// Why the last visit failed; absent after one that succeeded.
    case error
    /// Every finished visit's result; with `each`, every element's that came to an end.
    case results
    /// The result of this turn of the innermost loop around the reading step; absent where the step has not run in it.
    case current
    /// The elements of `each` that failed: `{ index, kind, message }`.
    case errors
}

/// The type of a step as expressions see it.
func stepType(_ step: Step, result: Type) -> Type {
    // The code of PYTHON may raise exceptions of its own, which stand there by their classes.
    let kind: Type = step.type == .python ? .string : .oneOf(FailureKind.words)
    let error: [RecordType.Field] = [.init("kind", kind), .init("message", .string)]
    var fields: [RecordType.Field] = []
    for part in StepPartName.allCases {
        switch part {
        case .result, .current: fields.append(.init(part.rawValue, result))
        case .prompt: fields.append(.init(part.rawValue, .map(.string, .dyn)))
        case .error: fields.append(.init(part.rawValue, .record(RecordType(fields: error))))
        case .results: fields.append(.init(part.rawValue, step.hasEach ? result : .list(result)))
        case .errors:
            let element = Type.record(RecordType(fields: [.init("index", .int)] + error))
            if step.hasEach { fields.append(.init(part.rawValue, .list(element))) }
        }
    }
    return .record(RecordType(role: .step, fields: fields))
}

extension Step {
    var hasEach: Bool { settings.contains { $0.name.text == SettingName.each.rawValue } }
}
