import AutoChecker
import AutoSyntax
import CEL
import Diagnostics
import StepKinds
import Values

/// The numbers of the protocol's CompletionItemKind that are used here.
private enum ItemKind: Int64 {
    case method = 2
    case function = 3
    case field = 5
    case variable = 6
    case keyword = 14
    case value = 12
    case structure = 22
    case property = 10
}

private struct Item {
    let label: String
    let kind: ItemKind
    var detail = ""
    var documentation = ""
    /// What is written when it is not the label.
    var text: String?
}

func completion(_ document: Document, _ offset: Int) -> Value {
    let context = CompletionContext(document.source, at: offset)
    let items = Completer(document: document, context: context).items()
    return .record([
        ("isIncomplete", .bool(false)),
        (
            "items",
            .list(
                items.enumerated().map { number, item in
                    var fields: [(String, Value)] = [
                        ("label", .string(item.label)), ("kind", .int(item.kind.rawValue)),
                        ("sortText", .string(String(number).leftPadded(to: 5))),
                        (
                            "textEdit",
                            .record([
                                ("range", document.range(context.word)),
                                ("newText", .string(item.text ?? item.label)),
                            ])
                        ),
                    ]
                    if !item.detail.isEmpty { fields.append(("detail", .string(item.detail))) }
                    if !item.documentation.isEmpty {
                        fields.append(("documentation", .string(item.documentation)))
                    }
                    return .record(fields)
                })
        ),
    ])
}

private struct Completer {
    let document: Document
    let context: CompletionContext
    private var model: SemanticModel? { document.model }
    private var step: Int? { context.step.flatMap { model?.stepNumber($0) } }

    func items() -> [Item] {
        switch context.place {
        case .declaration:
            return DeclarationWord.allCases.map {
                Item(label: $0.rawValue, kind: .keyword, documentation: $0.documentation)
            }
                + StepType.allCases.map {
                    Item(label: $0.rawValue, kind: .keyword, documentation: StepKind.of($0).summary)
                }
        case .target: return targets
        case .setting: return settings
        case .field(let type): return fields(type)
        case .type: return types
        case .testEntry:
            return TestWord.allCases.map {
                Item(label: $0.rawValue, kind: .keyword, documentation: $0.documentation)
            }
        case .value(let type, let field): return values(type, field)
        case .text(let type, let field): return texts(type, field)
        case .nowhere: return []
        }
    }

    private var targets: [Item] {
        let names = model?.automation.steps.filter { $0.type != .start } ?? []
        return names.map { Item(label: $0.name.text, kind: .method, detail: $0.type?.rawValue ?? "") }
            + [Item(label: "end", kind: .keyword, documentation: "The end of the automation.")]
    }

    private var settings: [Item] {
        let present = step.flatMap { model?.automation.steps[$0] }.map { $0.settings.map(\.name.text) } ?? []
        let open = SettingName.allCases.filter { !present.contains($0.rawValue) }
        return [
            Item(
                label: "prompt_template", kind: .keyword, documentation: "What the step does.",
                text: "prompt_template {")
        ]
            + open.map {
                Item(
                    label: $0.rawValue, kind: .property, documentation: $0.documentation,
                    text: $0 == .onError ? "on_error -> " : $0.rawValue + ": ")
            }
    }

    private func fields(_ type: StepType?) -> [Item] {
        guard let type else { return [] }
        let present = step.flatMap { model?.automation.steps[$0] }.map { $0.fields.map(\.name.text) } ?? []
        return StepKind.of(type).fields.filter { !present.contains($0.name) }.map {
            Item(
                label: $0.name, kind: .property, detail: $0.isRequired ? "needed" : "",
                documentation: $0.documentation, text: $0.name + ": ")
        }
    }

    private var types: [Item] {
        Words.types.map { Item(label: $0.word, kind: .keyword, documentation: $0.text) }
            + (model?.automation.types ?? []).map {
                Item(label: $0.name.text, kind: .structure, detail: document.source.text($0.type.span))
            }
    }

    private func values(_ type: StepType?, _ field: String) -> [Item] {
        if let operand = context.before.operand { return members(of: operand) }
        var items: [Item] = []
        if let type, case .choice(let values) = StepKind.of(type)[field]?.kind {
            items += values.map { Item(label: "\"\($0)\"", kind: .value) }
        }
        if context.step == nil, [TestWord.replies, .answers].map(\.rawValue).contains(field) {
            return targets.dropLast()
        }
        items += (model?.names(in: step) ?? []).map {
            Item(label: $0.name, kind: .variable, detail: detail($0.type))
        }
        let functions = FunctionTable.standard.names(isMethod: false).filter { !$0.contains("@") }
        return items + functions.map { Item(label: $0, kind: .function, text: $0 + "(") }
    }

    private func detail(_ type: Type) -> String {
        guard case .record(let record) = type, record.role == .step else { return type.text }
        return "result: " + (record["result"]?.type.text ?? "")
    }

    private func members(of chain: String) -> [Item] {
        guard let type = model?.type(of: chain, in: step) else { return [] }
        return members(of: type)
    }

    private func members(of type: Type) -> [Item] {
        switch type {
        case .record(let record):
            return record.fields.map {
                Item(label: $0.name, kind: .field, detail: $0.type.text + ($0.isOptional ? "?" : ""))
            }
        case .optional(let inner):
            return members(of: inner).filter { $0.kind == .field }
                + ["orValue", "hasValue", "value", "optMap", "or"].map {
                    Item(label: $0, kind: .method, text: $0 + "(")
                }
        case .list:
            return MacroKind.allCases.filter { ![.optMap, .optFlatMap, .bind].contains($0) }.map {
                Item(
                    label: $0.rawValue, kind: .method, documentation: "a macro over the elements",
                    text: $0.rawValue + "(")
            } + methods(for: type)
        case .dyn, .unknown, .null, .bool, .int, .uint, .double, .string, .bytes, .timestamp, .duration,
            .type,
            .map, .oneOf, .parameter:
            return methods(for: type)
        }
    }

    private func methods(for type: Type) -> [Item] {
        let table = FunctionTable.standard
        return table.names(isMethod: true).compactMap { name in
            guard
                let overload = table.overloads(name, isMethod: true).first(where: {
                    type.fits($0.parameters[0])
                })
            else { return nil }
            let rest = overload.parameters.dropFirst().map(\.text).joined(separator: ", ")
            return Item(
                label: name, kind: .method, detail: "(\(rest)) -> \(overload.result.text)", text: name + "(")
        }
    }

    /// Inside quotes: the values of what is compared, or the choices of the field.
    private func texts(_ type: StepType?, _ field: String) -> [Item] {
        if let type, case .choice(let values) = StepKind.of(type)[field]?.kind {
            return values.map { Item(label: $0, kind: .value) }
        }
        guard let chain = context.before.compared, let compared = model?.type(of: chain, in: step),
            case .oneOf(let values) = unwrapped(compared)
        else { return [] }
        return values.map { Item(label: $0, kind: .value, detail: chain) }
    }

    private func unwrapped(_ type: Type) -> Type {
        if case .optional(let inner) = type { inner } else { type }
    }
}
