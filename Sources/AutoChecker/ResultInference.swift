import AutoSyntax
import CEL
import StepKinds
import Values

/// Finds what each step's `result` is, in flow order, so that each step's expressions know those before it.
struct ResultInference {
    let automation: Automation
    let index: [String: Int]
    let declared: [DataType?]
    let inputs: RecordType
    let secrets: RecordType
    /// What called automations give, by the indices of the steps that call them.
    let called: [Int: DataType]

    mutating func infer(order: [Int]) -> [Type] {
        let results = ResultTable(count: automation.steps.count)
        let steps = automation.steps
        let scope = typeScope(
            automation, index, { stepType(steps[$0], result: results.types[$0]) }, inputs, secrets,
            variables: [])
        for number in order {
            let step = automation.steps[number]
            var result =
                declared[number]?.expressionType ?? called[number]?.expressionType
                ?? ownResult(of: step, scope)
            // Each step may wrap the one before in a list: a file of many steps would make a type without end.
            if !result.isNested(atMost: 250) { result = .dyn }
            // Null and the element's type have no type in common; `holdsNulls` of the scope tells the lists that have null.
            if step.hasEach { result = .list(step.givesNulls ? .dyn : result) }
            results.types[number] = result
        }
        return results.types
    }

    private func ownResult(of step: Step, _ scope: TypeScope) -> Type {
        step.kind?.result(step) { expression in
            var typer = Typer(scope: scope.adding(stepVariables(step, scope)))
            return typer.type(of: expression)
        } ?? .dyn
    }
}

extension Step {
    /// What `on_failed` says.
    var onFailed: OnFailed {
        guard case .value(let value) = setting(.onFailed)?.content, let word = literalValue(value)?.asText
        else {
            return .stop
        }
        return OnFailed(rawValue: word) ?? .stop
    }

    /// Whether null stands in its list for each element that failed.
    var givesNulls: Bool { hasEach && onFailed == .null }
}

extension TypeScope {
    func adding(_ variables: [(String, Type)]) -> TypeScope {
        guard !variables.isEmpty else { return self }
        return TypeScope(
            type: { name in variables.last { $0.0 == name }?.1 ?? type(name) },
            names: { names() + variables.map(\.0) }, suggestion: suggestion, holdsNulls: holdsNulls,
            source: source)
    }
}

/// The types found so far: shared with the scope, since a scope that held a copy would make each step cost as much as all.
private final class ResultTable {
    var types: [Type]

    init(count: Int) { types = Array(repeating: .dyn, count: count) }
}

/// What an expression reads of `session`, in steps and in tests.
let sessionFields: [RecordType.Field] = [.init("id", .string), .init("started_at", .timestamp)]

/// The names that expressions of a file may use.
func typeScope(
    _ automation: Automation, _ index: [String: Int], _ step: @escaping (Int) -> Type, _ inputs: RecordType,
    _ secrets: RecordType,
    variables: [(String, Type)]
) -> TypeScope {
    TypeScope(
        type: { name in
            switch name {
            case "inputs": .record(inputs)
            case "secrets": .record(secrets)
            case "session": .record(RecordType(role: .session, fields: sessionFields))
            default: index[name].map(step)
            }
        },
        names: { ["inputs", "secrets", "session"] + automation.offeredNames },
        suggestion: { name in
            if inputs[name] != nil { return "inputs." + name }
            if secrets[name] != nil { return "secrets." + name }
            return nil
        },
        holdsNulls: { read in
            guard case .select(let step, let part, _, _) = read.kind, case .name(let name, _) = step.kind,
                part == StepPartName.result.rawValue || part == StepPartName.current.rawValue
            else { return false }
            return index[name].map { automation.steps[$0].givesNulls } ?? false
        },
        source: automation.source
    ).adding(variables)
}

/// The variables that a step's fields may read, with their types.
func stepVariables(_ step: Step, _ scope: TypeScope) -> [(String, Type)] {
    let elements = eachVariableTypes(step, scope)
    return elements + inputVariable(step, scope.adding(elements))
}

/// The variables of a step's `each`, with their types.
func eachVariableTypes(_ step: Step, _ scope: TypeScope) -> [(String, Type)] {
    guard case .each(let names, let list) = step.setting(.each)?.content, let last = names.last else {
        return []
    }
    var typer = Typer(scope: scope)
    var element = Type.dyn
    if case .list(let type) = typer.type(of: list) { element = type }
    return (names.count == 2 ? [(names[0].text, Type.int)] : []) + [(last.text, element)]
}
