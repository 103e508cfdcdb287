import AutoChecker
import CEL
import Diagnostics
import Values

/// What the call around a place takes.
func signatureHelp(_ document: Document, _ offset: Int) -> Value {
    let context = CompletionContext(document.source, at: offset)
    guard let call = context.before.openCall else { return .null }
    let signatures = FunctionSignature.all(call.name, isMethod: call.isMethod)
    guard !signatures.isEmpty else { return .null }
    // The first form that has so many parameters is the one that is being written.
    let active = signatures.firstIndex { $0.parameters.count > call.argument } ?? signatures.count - 1
    return .record([
        ("signatures", .list(signatures.map(\.answer))), ("activeSignature", .int(Int64(active))),
        ("activeParameter", .int(Int64(call.argument))),
    ])
}

/// One form of a function, a method or a macro, in the language's words.
struct FunctionSignature {
    let label: String
    let parameters: [String]
    let documentation: FunctionDocumentation?

    /// Every form of a name; empty for a name that there is not.
    static func all(_ name: String, isMethod: Bool) -> [FunctionSignature] {
        let documentation = FunctionDocumentation.of(name)
        if let macro = macro(name, isMethod: isMethod, documentation) { return [macro] }
        var seen: Set<String> = []
        return FunctionTable.standard.overloads(name, isMethod: isMethod)
            .map { FunctionSignature($0, documentation) }.filter { seen.insert($0.label).inserted }
    }

    private init(label: String, parameters: [String], documentation: FunctionDocumentation?) {
        self.label = label
        self.parameters = parameters
        self.documentation = documentation
    }

    private init(_ overload: Overload, _ documentation: FunctionDocumentation?) {
        let types = overload.parameters.dropFirst(overload.isMethod ? 1 : 0)
        var names = documentation?.parameters ?? []
        // The documentation of a method that is a function, too, names what stands in the method's parentheses.
        if !overload.isMethod, !FunctionTable.standard.overloads(overload.name, isMethod: true).isEmpty,
            names.count < types.count
        {
            names.insert("value", at: 0)
        }
        let parameters = types.enumerated().map { number, type in
            names.indices.contains(number) ? "\(names[number]): \(type.text)" : type.text
        }
        let target = overload.isMethod ? overload.parameters[0].text + "." : ""
        let rest = overload.isVariadic ? ", …" : ""
        self.init(
            label:
                "\(target)\(overload.name)(\(parameters.joined(separator: ", "))\(rest)) -> \(overload.result.text)",
            parameters: parameters, documentation: documentation)
    }

    private static func macro(
        _ name: String, isMethod: Bool, _ documentation: FunctionDocumentation?
    ) -> FunctionSignature? {
        guard let documentation else { return nil }
        let shown: String
        if name == "has" || documentation.name == MacroKind.bind.rawValue {
            shown = name == "has" ? name : "cel." + name
        } else if isMethod, MacroKind(rawValue: documentation.name) != nil {
            shown = (name.hasPrefix("opt") ? "optional." : "list.") + name
        } else {
            return nil
        }
        return FunctionSignature(
            label: "\(shown)(\(documentation.parameters.joined(separator: ", ")))",
            parameters: documentation.parameters, documentation: documentation)
    }

    fileprivate var answer: Value {
        var fields: [(String, Value)] = [
            ("label", .string(label)),
            ("parameters", .list(parameters.map { .record([("label", .string($0))]) })),
        ]
        if let documentation { fields.append(("documentation", documentation.markup)) }
        return .record(fields)
    }
}

extension FunctionDocumentation {
    /// The sentence and the example, as Markdown.
    var markdown: String { "\(text)\n\n```auto\n\(example)  # \(gives)\n```" }

    /// The same as the protocol's MarkupContent.
    var markup: Value { .record([("kind", .string("markdown")), ("value", .string(markdown))]) }
}
