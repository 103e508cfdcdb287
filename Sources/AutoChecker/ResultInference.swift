import AutoSyntax
import CEL
import Values

/// Finds what each step's `result` is, in flow order, so that each step's expressions know those before it.
struct ResultInference {
    let automation: Automation
    let index: [String: Int]
    let declared: [DataType?]
    let inputs: RecordType
    let secrets: RecordType

    mutating func infer(order: [Int]) -> [Type] {
        let results = ResultTable(count: automation.steps.count)
        let scope = typeScope(automation, index, { results.types[$0] }, inputs, secrets, variables: [])
        for number in order {
            let step = automation.steps[number]
            var result = declared[number]?.expressionType ?? ownResult(of: step, scope)
            // Each step may wrap the one before in a list: a file of many steps would make a type without end.
            if !result.isNested(atMost: 250) { result = .dyn }
            if step.hasEach { result = .list(step.onFailed == .null ? .dyn : result) }
            results.types[number] = result
        }
        return results.types
    }

    private func ownResult(of step: Step, _ scope: TypeScope) -> Type {
        guard let type = step.type else { return .dyn }
        switch type {
        case .start, .llmCall: return .string
        case .getUserInput:
            guard let values = literalTexts(step.field("choices")), !values.isEmpty else { return .string }
            return .oneOf(values)
        case .logicDecision: return .oneOf(step.branches.map(\.label.text))
        case .embeddingSearch:
            return .list(
                .record(
                    RecordType(fields: [
                        .init("text", .string), .init("score", .double), .init("source", .string),
                        .init("index", .int),
                    ])))
        case .restAPI:
            return .record(
                RecordType(fields: [
                    .init("status", .int), .init("headers", .map(.string, .string)), .init("body", .dyn),
                ]))
        case .webScrape: return scrapeResult(step)
        case .python, .textToJSON: return .dyn
        case .dataTransform:
            guard case .expression(let value) = step.field("value") else { return transformResult(step) }
            let variables = eachVariableTypes(step, scope)
            var typer = Typer(scope: scope.adding(variables))
            return typer.type(of: value).settled
        }
    }

    private func transformResult(_ step: Step) -> Type {
        if case .record = step.field("value") { return .dyn }
        return step.field("regex") != nil && step.field("replace") != nil ? .string : .dyn
    }

    private func scrapeResult(_ step: Step) -> Type {
        let extras = ["links", "tables", "metadata"].filter { step.field($0) != nil }
        guard let select = step.field("select") else { return extras.isEmpty ? .string : .dyn }
        return extras.isEmpty && step.field("main") == nil && step.field("format") == nil
            ? selected(select) : .dyn
    }

    private func selected(_ value: FieldValue) -> Type {
        switch value {
        case .program, .xpath, .expression: .string
        case .list: .list(.string)
        case .record(let fields, _):
            if fields.contains(where: { $0.name.text == "each" }) {
                .list(
                    .record(
                        RecordType(
                            fields: fields.filter { $0.name.text != "each" }.map {
                                .init($0.name.text, selected($0.value))
                            })))
            } else {
                .record(RecordType(fields: fields.map { .init($0.name.text, selected($0.value)) }))
            }
        }
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

    func setting(_ name: SettingName) -> Setting? { settings.first { $0.name.text == name.rawValue } }
}

/// The texts of a list that is written out.
func literalTexts(_ value: FieldValue?) -> [String]? {
    guard case .expression(let expression) = value, case .list(let elements) = expression.kind else {
        return nil
    }
    var texts: [String] = []
    for element in elements {
        guard case .literal(.string(let text)) = element.value.kind else { return nil }
        texts.append(text)
    }
    return texts
}

extension Type {
    /// A single literal's type is of no use to a reader of the value: text is text.
    var settled: Type {
        switch self {
        case .oneOf: .string
        case .list(let element): .list(element.settled)
        case .record(let record):
            .record(
                RecordType(
                    name: record.name, role: record.role,
                    fields: record.fields.map { .init($0.name, $0.type.settled, isOptional: $0.isOptional) }))
        case .unknown: .dyn
        case .dyn, .null, .bool, .int, .uint, .double, .string, .bytes, .timestamp, .duration, .type, .map,
            .optional,
            .parameter:
            self
        }
    }
}

extension TypeScope {
    func adding(_ variables: [(String, Type)]) -> TypeScope {
        guard !variables.isEmpty else { return self }
        return TypeScope(
            type: { name in variables.last { $0.0 == name }?.1 ?? type(name) },
            names: { names() + variables.map(\.0) }, suggestion: suggestion)
    }
}

/// The types found so far: shared with the scope, since a scope that held a copy would make each step cost as much as all.
private final class ResultTable {
    var types: [Type]

    init(count: Int) { types = Array(repeating: .dyn, count: count) }
}

/// The names that expressions of a file may use.
func typeScope(
    _ automation: Automation, _ index: [String: Int], _ result: @escaping (Int) -> Type, _ inputs: RecordType,
    _ secrets: RecordType,
    variables: [(String, Type)]
) -> TypeScope {
    TypeScope(
        type: { name in
            switch name {
            case "inputs": .record(inputs)
            case "secrets": .record(secrets)
            case "session": .record(RecordType(role: .session, fields: [.init("id", .string)]))
            default: index[name].map { stepType(result($0), hasEach: automation.steps[$0].hasEach) }
            }
        },
        names: { ["inputs", "secrets", "session"] + automation.offeredNames },
        suggestion: { name in
            if inputs[name] != nil { return "inputs." + name }
            if secrets[name] != nil { return "secrets." + name }
            return nil
        }
    ).adding(variables)
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
