import AutoSyntax
import CEL
import Diagnostics
import StepKinds
import Values

/// A step as written, as the API shows it: `type`, then fields, then settings. Expressions stand as `${…}`.
func writtenTemplate(_ step: Step, _ type: StepType, _ source: SourceText) -> Value {
    var template = MapValue(record: [("type", .string(type.rawValue))])
    let kind = StepKind.of(type)
    for field in step.fields {
        let isText = kind[field.name.text]?.kind == .text
        template[field.name.text] = isText ? written(field.value, source) : writtenAny(field.value, source)
    }
    for branch in step.branches {
        let target = source.text(branch.target.span)
        switch branch.condition {
        case .when(let condition):
            template[branch.label.text] = .string("when \(source.text(condition.span)) -> \(target)")
        case .otherwise: template[branch.label.text] = .string("else -> \(target)")
        case .label: template[branch.label.text] = .string("-> \(target)")
        }
    }
    for setting in step.settings {
        switch setting.content {
        case .type(let type): template[setting.name.text] = .string(source.text(type.span))
        case .value(let value): template[setting.name.text] = writtenSetting(value, source)
        case .each(let variables, let list):
            template[setting.name.text] = .string(
                variables.map(\.text).joined(separator: ", ") + " in " + source.text(list.span))
        case .target(let target): template[setting.name.text] = .string("-> " + source.text(target.span))
        }
    }
    return .map(template)
}

/// A setting's value; durations, which settings alone are made of, stand as written.
private func writtenSetting(_ value: FieldValue, _ source: SourceText) -> Value {
    switch value {
    case .record(let fields, _):
        .record(fields.map { ($0.name.text, writtenSetting($0.value, source)) })
    case .expression(let expression):
        if case .literal(.duration) = expression.kind {
            .string(source.text(expression.span))
        } else {
            written(expression, source)
        }
    case .list, .program, .xpath: written(value, source)
    }
}

/// Where any value may stand, a text that is one expression is told from the expression itself.
private func writtenAny(_ value: FieldValue, _ source: SourceText) -> Value {
    switch value {
    case .record(let fields, _): .record(fields.map { ($0.name.text, writtenAny($0.value, source)) })
    case .list(let items, _): .list(items.map { writtenAny($0, source) })
    case .expression(let expression): writtenAny(expression, source)
    case .program, .xpath: written(value, source)
    }
}

private func writtenAny(_ expression: Expression, _ source: SourceText) -> Value {
    switch expression.kind {
    case .text(let parts) where parts.count == 1: .string("${\(source.text(expression.span))}")
    case .list(let elements) where elements.allSatisfy({ !$0.optional }):
        .list(elements.map { writtenAny($0.value, source) })
    case .literal, .text, .name, .select, .has, .index, .call, .unary, .binary, .conditional, .list, .map,
        .macro:
        written(expression, source)
    }
}

private func written(_ value: FieldValue, _ source: SourceText) -> Value {
    switch value {
    case .record(let fields, _): .record(fields.map { ($0.name.text, written($0.value, source)) })
    case .list(let items, _): .list(items.map { written($0, source) })
    case .program(let program): .string(program.text)
    case .xpath(let program, _): .string("xpath(\(JSON.text(.string(program.text))))")
    case .expression(let expression): written(expression, source)
    }
}

private func written(_ expression: Expression, _ source: SourceText) -> Value {
    switch expression.kind {
    case .literal(.string(let text)): .string(text.replacingTemplates())
    // JSON has no such values: they stand as expressions.
    case .literal(.duration), .literal(.uint), .literal(.bytes): .string("${\(source.text(expression.span))}")
    case .literal(let value): value
    case .text(let parts):
        .string(
            parts.map { part in
                switch part {
                case .characters(let text): text.replacingTemplates()
                case .expression(let inner): "${\(source.text(inner.span))}"
                }
            }.joined())
    case .list(let elements) where elements.allSatisfy({ !$0.optional }):
        .list(elements.map { written($0.value, source) })
    case .name, .select, .has, .index, .call, .unary, .binary, .conditional, .list, .map, .macro:
        .string("${\(source.text(expression.span))}")
    }
}
