import CEL
import Diagnostics
package import Values

extension Automation {
    /// The tree as JSON: every node with its `line` and `column`, expressions as their text.
    package var json: Value {
        .record([
            ("automation", name.map { .string($0.text) } ?? .null),
            ("description", description.map { .string($0.text) } ?? .null),
            ("inputs", .list(inputs.map(inputJSON))),
            ("secrets", .list(secrets.map { named($0.name, [("description", optional($0.documentation))]) })),
            ("max_cost", maxCost.map { .int(Int64($0.calls)) } ?? .null),
            ("max_cost_dollars", maxDollars.map { .double($0.dollars) } ?? .null),
            ("types", .list(types.map { named($0.name, [typeBodyJSON($0.body)]) })),
            ("result", result.map { typeJSON($0.type) } ?? .null),
            ("steps", .list(steps.map(stepJSON))),
            ("tests", .list(tests.map(testJSON))),
        ])
    }

    private func optional(_ text: String?) -> Value { text.map(Value.string) ?? .null }

    private func place(_ span: Span) -> [(String, Value)] {
        let position = source.position(at: span.start)
        return [("line", .int(Int64(position.line))), ("column", .int(Int64(position.column)))]
    }

    private func named(_ name: Name, _ fields: [(String, Value)]) -> Value {
        .record([("name", .string(name.text))] + fields + place(name.span))
    }

    private func typeBodyJSON(_ body: TypeDeclaration.Body) -> (String, Value) {
        switch body {
        case .here(let type): ("type", typeJSON(type))
        case .file(let path): ("from", .string(path.text))
        }
    }

    private func inputJSON(_ input: Input) -> Value {
        named(
            input.name,
            [
                ("type", typeJSON(input.type)), ("description", optional(input.documentation)),
                ("default", input.defaultValue.map(valueJSON) ?? .null),
            ])
    }

    private func typeJSON(_ type: TypeNode) -> Value {
        switch type.kind {
        case .named(let name): .string(name)
        case .list(let element): .record([("list", typeJSON(element))])
        case .oneOf(let values): .record([("one_of", .list(values.map { .string($0.text) }))])
        case .record(let fields):
            .record([
                (
                    "record",
                    .list(
                        fields.map {
                            named(
                                $0.name,
                                [
                                    ("type", typeJSON($0.type)), ("optional", .bool($0.isOptional)),
                                    ("description", optional($0.documentation)),
                                ])
                        })
                )
            ])
        }
    }

    private func stepJSON(_ step: Step) -> Value {
        named(
            step.name,
            [
                ("step_type", .string(source.text(step.typeSpan))),
                ("target", step.target.map(targetJSON) ?? .null),
                (
                    "settings",
                    .list(step.settings.map { named($0.name, [("value", settingJSON($0.content))]) })
                ),
                ("fields", .list(step.fields.map { named($0.name, [("value", valueJSON($0.value))]) })),
                ("branches", .list(step.branches.map(branchJSON))),
            ])
    }

    private func targetJSON(_ target: Target) -> Value {
        target.names.count == 1 && source.text(target.span) == target.names[0].text
            ? .string(target.names[0].text) : .list(target.names.map { .string($0.text) })
    }

    private func settingJSON(_ content: Setting.Content) -> Value {
        switch content {
        case .type(let type): typeJSON(type)
        case .value(let value): valueJSON(value)
        case .target(let target): targetJSON(target)
        case .each(let variables, let list):
            .record([
                ("variables", .list(variables.map { .string($0.text) })),
                ("in", valueJSON(.expression(list))),
            ])
        }
    }

    private func branchJSON(_ branch: Branch) -> Value {
        let condition: Value =
            switch branch.condition {
            case .when(let expression): valueJSON(.expression(expression))
            case .otherwise: .string("else")
            case .label: .null
            }
        return named(branch.label, [("when", condition), ("target", targetJSON(branch.target))])
    }

    private func valueJSON(_ value: FieldValue) -> Value {
        switch value {
        case .expression(let expression): .record([("expression", .string(source.text(expression.span)))])
        case .record(let fields, _):
            .record([("record", .list(fields.map { named($0.name, [("value", valueJSON($0.value))]) }))])
        case .list(let items, _): .record([("list", .list(items.map(valueJSON)))])
        case .program(let program): .record([("program", .string(program.text))])
        case .xpath(let program, _): .record([("xpath", .string(program.text))])
        }
    }

    private func testJSON(_ test: Test) -> Value {
        named(
            test.name,
            [
                ("fields", .list(test.fields.map { named($0.name, [("value", valueJSON($0.value))]) })),
                ("expect", .list(test.expectations.map { .string(source.text($0.span)) })),
            ])
    }
}
