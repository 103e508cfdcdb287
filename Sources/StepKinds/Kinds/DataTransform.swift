import AutoSyntax
import CEL

/// DATA_TRANSFORM: shapes data.
package enum DataTransform {
    package static let input = Key.any("input", "what is transformed")
    package static let jq = Key.program("jq", as: [.program], "a jq program")
    package static let regex = Key.program("regex", as: [.program], "a regular expression of PCRE2")
    package static let replace = Key.text("replace", "what matches become; $1 is a group")
    package static let all = Key.bool("all", "all matches, not the first")
    package static let value = Key.any("value", "an expression")

    package static let kind = StepKind(
        type: .dataTransform, summary: "Shapes data by jq, a regular expression, or an expression.",
        fields: [input.field, jq.field, regex.field, replace.field, all.field, value.field],
        groups: [FieldGroup(names: [jq.name, regex.name, value.name], needsOne: true)],
        companions: [
            Companion(name: replace.name, other: regex.name, bond: .meaningless),
            Companion(name: all.name, other: regex.name, bond: .meaningless),
            Companion(name: jq.name, other: input.name, bond: .unable),
            Companion(name: regex.name, other: input.name, bond: .unable),
        ],
        gives: "what it makes of its input",
        result: { step, type in
            switch step.field(value) {
            case .expression, .record: made(of: step.field(value), type)
            case .list, .program, .xpath: .dyn
            case nil: step.field(regex) != nil && step.field(replace) != nil ? .string : .dyn
            }
        },
        assumedResult: { _ in 2_000 },
        isPure: { _ in true },
        // An empty list and null are values, too, so that the field's own presence says nothing.
        isInPlace: { given in !given.has(jq) && !given.has(regex) },
        work: { _, _ in "computes a value" },
        sample: """
            DATA_TRANSFORM double -> end {
              prompt_template { value: inputs.amount * 2.0 }
            }
            """)
}

/// The type of a value as it is written: a record field by field.
private func made(of value: FieldValue?, _ type: (Expression) -> Type) -> Type {
    switch value {
    case .expression(let expression): type(expression).settled
    case .record(let fields, _):
        .record(RecordType(fields: fields.map { .init($0.name.text, made(of: $0.value, type)) }))
    case nil, .list, .program, .xpath: .dyn
    }
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
            .optional, .parameter:
            self
        }
    }
}
