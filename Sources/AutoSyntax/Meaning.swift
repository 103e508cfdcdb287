import CEL
import Diagnostics
import Values

extension Automation {
    /// What the file says, without places, layout and comments: equal for two files that mean the same.
    package var meaning: [String] {
        var lines = [
            "automation \(name?.text ?? "-")", "description \(description?.text ?? "-")",
            "max_cost \(maxCost.map { String($0.calls) } ?? "-")",
            "max_cost $\(maxDollars.map { String($0.dollars) } ?? "-")",
        ]
        lines += inputs.map {
            "input \($0.name.text): \(meaning($0.type)) \($0.documentation ?? "-") = \($0.defaultValue.map(meaning) ?? "-")"
        }
        lines += secrets.map { "secret \($0.name.text) \($0.documentation ?? "-")" }
        lines += types.map { "type \($0.name.text) \(meaning($0.body))" }
        lines += result.map { ["result \(meaning($0.type))"] } ?? []
        for step in steps {
            lines.append(
                "step \(step.type?.rawValue ?? "-") \(step.name.text) -> \(step.target.map(meaning) ?? "-")")
            lines += step.settings.map { "  \($0.name.text): \(meaning($0.content))" }
            if step.template != nil { lines.append("  prompt_template") }
            lines += step.fields.map { "    \($0.name.text): \(meaning($0.value))" }
            lines += step.branches.map {
                "    \($0.label.text): \(meaning($0.condition)) -> \(meaning($0.target))"
            }
        }
        for test in tests {
            lines.append("test \(test.name.text)")
            lines += test.fields.map { "  \($0.name.text): \(meaning($0.value))" }
            lines += test.expectations.map { "  expect \($0.shape)" }
        }
        return lines
    }

    private func meaning(_ body: TypeDeclaration.Body) -> String {
        switch body {
        case .here(let type): "= " + meaning(type)
        case .file(let path): "from " + jsonString(path.text)
        }
    }

    private func meaning(_ type: TypeNode) -> String {
        switch type.kind {
        case .named(let name): name
        case .list(let element): "list<\(meaning(element))>"
        case .oneOf(let values): "one_of(\(values.map { jsonString($0.text) }.joined(separator: ",")))"
        case .record(let fields):
            "{"
                + fields.map {
                    "\($0.name.text):\(meaning($0.type))\($0.isOptional ? "?" : "") \($0.documentation.map(jsonString) ?? "")"
                }.joined(separator: ",") + "}"
        }
    }

    private func meaning(_ target: Target) -> String { target.names.map(\.text).joined(separator: ",") }

    private func meaning(_ content: Setting.Content) -> String {
        switch content {
        case .type(let type): meaning(type)
        case .value(let value): meaning(value)
        case .each(let variables, let list):
            variables.map(\.text).joined(separator: ",") + " in " + list.shape
        case .target(let target): "-> " + meaning(target)
        }
    }

    private func meaning(_ condition: Branch.Condition) -> String {
        switch condition {
        case .when(let expression): "when " + expression.shape
        case .otherwise: "else"
        case .label: "label"
        }
    }

    private func meaning(_ value: FieldValue) -> String {
        switch value {
        case .expression(let expression): expression.shape
        case .record(let fields, _):
            "record{"
                + fields.map { "\(jsonString($0.name.text)):\(meaning($0.value))" }.joined(separator: ",")
                + "}"
        case .list(let items, _): "list[" + items.map(meaning).joined(separator: ",") + "]"
        case .program(let program): "program " + jsonString(program.text)
        case .xpath(let program, _): "xpath " + jsonString(program.text)
        }
    }
}
