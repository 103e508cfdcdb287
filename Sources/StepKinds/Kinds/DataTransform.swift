package import AutoSyntax
package import CEL

/// DATA_TRANSFORM: shapes data.
package enum DataTransform {
    package static let input = Key.any("input", "what is transformed; `value` reads it as `input`")
    package static let read = Key.text(
        "read", as: [.path],
        "in place of `input`, a file in the automation's folder or below; its ending says what it holds")
    package static let jq = Key.program("jq", as: [.program], "a jq program")
    package static let regex = Key.program("regex", as: [.program], "a regular expression of PCRE2")
    package static let replace = Key.text("replace", "what matches become; $1 is a group")
    package static let all = Key.bool("all", "all matches, not the first")
    package static let value = Key.any("value", "an expression")
    package static let write = Key.text(
        "write", as: [.path],
        "the file in the output folder into which the result goes; its ending says in which form")

    /// Whether `value` may read `input`.
    package static func namesInput(_ given: GivenFields) -> Bool {
        given.has(value) && (given.has(input) || given.has(read))
    }

    /// Whether something is made of what is read, rather than that it is the result itself.
    package static func hasProgram(_ given: GivenFields) -> Bool {
        given.has(jq) || given.has(regex) || given.has(value)
    }

    /// The type of what `value` reads as `input`; nil where it reads none.
    package static func inputType(_ step: Step, _ type: (Expression) -> Type) -> Type? {
        guard namesInput(step.given) else { return nil }
        if let input = step.field(input) { return made(of: input, type) }
        guard case .text(let name) = step.given[read] else { return .dyn }
        return FileForm(ofName: name).type
    }

    package static let kind = StepKind(
        type: .dataTransform, summary: "Shapes data by jq, a regular expression, or an expression.",
        fields: [
            input.field, read.field, jq.field, regex.field, replace.field, all.field, value.field,
            write.field,
        ],
        groups: [
            FieldGroup(names: [jq.name, regex.name, value.name, read.name], needsOne: true, excludes: false),
            FieldGroup(names: [jq.name, regex.name, value.name], needsOne: false),
            FieldGroup(names: [input.name, read.name], needsOne: false),
        ],
        companions: [
            Companion(name: replace.name, other: regex.name, bond: .meaningless),
            Companion(name: all.name, other: regex.name, bond: .meaningless),
            Companion(name: jq.name, other: input.name, bond: .unable, instead: read.name),
            Companion(name: regex.name, other: input.name, bond: .unable, instead: read.name),
        ],
        gives: "what it makes of its input",
        result: { step, type in
            switch step.field(value) {
            case .expression, .record: return made(of: step.field(value), type)
            case .list, .program, .xpath: return .dyn
            case nil:
                if step.field(regex) != nil { return step.field(replace) != nil ? .string : .dyn }
                guard step.field(jq) == nil, case .text(let name) = step.given[read] else { return .dyn }
                return FileForm(ofName: name).type
            }
        },
        changesOutside: { given in given.has(write) },
        // The files of the automation's folder are its owner's own.
        assumedResult: { _ in 2_000 },
        isPure: { given in !given.has(read) && !given.has(write) },
        // An empty list and null are values, too, so that the field's own presence says nothing.
        isInPlace: { given in
            !given.has(jq) && !given.has(regex) && !given.has(read) && !given.has(write)
        },
        work: { _, given in given.has(write) ? nil : given.has(read) ? "reads a file" : "computes a value" },
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
