import AutoSyntax
import CEL
import Diagnostics
import StepKinds
import Values

/// Values that are written out in full: the defaults of inputs.
@Sendable func checkDefaults(_ context: CheckContext) -> [Diagnostic] {
    var findings: [Diagnostic] = []
    for (input, type) in zip(context.automation.inputs, context.inputTypes) {
        guard let value = input.defaultValue else { continue }
        guard let constant = constantValue(value) else {
            let meant = bareWord(value).flatMap { literal(meantBy: $0, type) }
            findings.append(
                Diagnostic(
                    .badDefault, "a default is written out, it cannot be computed", at: value.span,
                    help: meant.map { "write \($0)" }
                        ?? "write a text, a number, true, false, a list or a record",
                    fix: meant.map { FixIt(span: value.span, replacement: $0) }))
            continue
        }
        do throws(Misfit) { _ = try type.fit(constant, extras: .refused) } catch {
            let near = constant.asText.flatMap { text in
                if case .oneOf(let values) = type { nearestName(to: text, in: values) } else { nil }
            }
            let bare = constant.asText.flatMap { bareLiteral($0, for: type) }
            let none =
                constant.isNull
                ? "an input is never null: leave `= null` out, and it has to be given, or write a value" : nil
            findings.append(
                Diagnostic(
                    .badDefault, "the default of `\(input.name.text)` does not fit its type: \(error.text)",
                    at: value.span,
                    notes: [Note(input.type.span, "the type")],
                    help: near.map { "write \"\($0)\"" } ?? bare.map { "write `\($0)`, without quotes" }
                        ?? none,
                    fix: bare.map { FixIt(span: value.span, replacement: $0) }))
        }
    }
    return findings
}

/// The word that stands alone in the place of a value; nil for anything else.
private func bareWord(_ value: FieldValue) -> String? {
    guard case .expression(let expression) = value, case .name(let word, rooted: false) = expression.kind
    else { return nil }
    return word
}

/// What a word without quotes stands for in the place of a value of a type, as it is written.
private func literal(meantBy word: String, _ type: DataType) -> String? {
    switch type {
    case .bool: truths[word.lowercased()].map(String.init)
    case .text: jsonString(word)
    case .oneOf(let values):
        values.first { $0.lowercased() == word.lowercased() }.map { jsonString($0) }
    case .int, .number, .json, .bytes, .url, .list, .record: nil
    }
}

/// What `true` and `false` are called in YAML and by people.
private let truths = ["true": true, "yes": true, "on": true, "false": false, "no": false, "off": false]

/// A number, or `true` or `false`, that stands in quotes, as it is written without them; nil where another type is wanted.
private func bareLiteral(_ text: String, for type: DataType) -> String? {
    switch type {
    case .int: Int64(text) == nil || text.hasPrefix("+") ? nil : text
    case .number:
        text.allSatisfy { $0.isNumber || $0 == "-" || $0 == "." } && Double(text) != nil ? text : nil
    case .bool: truths[text.lowercased()].map(String.init)
    case .text, .json, .bytes, .url, .list, .record, .oneOf: nil
    }
}

/// The value of something that is written out in full; nil when anything in it is computed.
func constantValue(_ value: FieldValue) -> Value? {
    switch value {
    case .record(let fields, _):
        var map = MapValue()
        for field in fields {
            guard let inner = constantValue(field.value) else { return nil }
            map[field.name.text] = inner
        }
        return .map(map)
    case .list(let items, _):
        let values = items.compactMap(constantValue)
        return values.count == items.count ? .list(values) : nil
    case .program(let program), .xpath(let program, _): return .string(program.text)
    case .expression(let expression): return constantValue(expression)
    }
}

private func constantValue(_ expression: Expression) -> Value? {
    switch expression.kind {
    case .literal(let value): return value
    case .list(let elements):
        let values = elements.compactMap { constantValue($0.value) }
        return values.count == elements.count ? .list(values) : nil
    case .map(let entries):
        var map = MapValue()
        for entry in entries {
            guard let key = constantValue(entry.key), let value = constantValue(entry.value) else {
                return nil
            }
            map[key: key] = value
        }
        return .map(map)
    case .text, .name, .select, .has, .index, .call, .unary, .binary, .conditional, .macro: return nil
    }
}
