import AutoSyntax
import CEL
import Diagnostics
import Values

/// Texts that look like expressions, and records that end up in a text.
@Sendable func checkTexts(_ context: CheckContext) -> [Diagnostic] {
    var findings: [Diagnostic] = []
    for (number, step) in context.automation.steps.enumerated() {
        guard let type = step.type else { continue }
        let schema = StepSchema.of(type)
        let names = NamesInScope(context, step)
        var typer = context.typer(for: number)
        for field in step.fields {
            field.value.forEachExpression { expression in
                findings += lookalikes(expression, names, context.automation.source)
            }
            guard schema[field.name.text]?.kind == .text, case .expression(let value) = field.value else {
                continue
            }
            findings += structures(value, &typer)
        }
        for branch in step.branches {
            guard case .when(let condition) = branch.condition else { continue }
            findings += lookalikes(condition, names, context.automation.source)
        }
    }
    return findings
}

/// Which `name.part` mean something in a step.
private struct NamesInScope {
    let context: CheckContext
    let step: Step

    init(_ context: CheckContext, _ step: Step) {
        self.context = context
        self.step = step
    }

    /// Whether a text is such an expression, from its first to its last letter.
    func isRead(_ text: Substring) -> Bool {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count >= 2, parts.allSatisfy(isIdentifier) else { return false }
        let (name, part) = (String(parts[0]), String(parts[1]))
        switch name {
        case "inputs": return context.inputRecord[part] != nil
        case "secrets": return context.secretRecord[part] != nil
        case "session": return part == "id"
        default:
            if step.eachNames.contains(name) { return true }
            return context.stepIndex[name] != nil && StepPartName(rawValue: part) != nil
        }
    }

    /// Whether a text is a whole expression that reads such a name; prose that mentions one is none.
    func isExpression(_ text: String) -> Bool {
        guard text.utf8.count <= 200, text.utf8.contains(UInt8(ascii: ".")), mentionsRead(text),
            let expression = try? parseExpression(SourceText(name: "", text: text), dialect: .automation)
        else { return false }
        switch expression.kind {
        case .binary, .unary, .conditional, .call, .index, .macro, .select: return true
        case .literal, .text, .name, .has, .list, .map: return false
        }
    }

    private func mentionsRead(_ text: String) -> Bool {
        text.split(whereSeparator: { !($0.isLetter || $0.isNumber || $0 == "_" || $0 == ".") }).contains {
            isRead($0)
        }
    }
}

private func lookalikes(_ expression: Expression, _ names: NamesInScope, _ source: SourceText) -> [Diagnostic]
{
    var findings: [Diagnostic] = []
    expression.walk { part in
        switch part.kind {
        case .literal(.string(let text)):
            if names.isRead(text[...]) || names.isExpression(text) {
                findings.append(
                    Diagnostic(
                        .looksLikeExpression, "this is the text \(jsonString(text)) itself, not what it says",
                        at: part.span, help: "write `\(text)` without quotes, or \"${\(text)}\" in a text",
                        fix: FixIt(span: part.span, replacement: text, isSafe: false)))
            } else {
                findings += templates(part.span, names, source)
            }
        case .text: findings += templates(part.span, names, source)
        case .literal, .name, .select, .has, .index, .call, .unary, .binary, .conditional, .list, .map,
            .macro:
            break
        }
    }
    return findings
}

/// `{{ inputs.x }}`, as other tools write it.
private func templates(_ span: Span, _ names: NamesInScope, _ source: SourceText) -> [Diagnostic] {
    let bytes = source.bytes[span.start..<min(span.end, source.bytes.count)]
    let brace = UInt8(ascii: "{")
    var findings: [Diagnostic] = []
    var index = bytes.startIndex
    while let open = bytes[index...].firstIndex(of: brace) {
        index = open + 1
        guard open + 1 < bytes.endIndex, bytes[open + 1] == brace,
            let close = bytes[open...].firstIndex(of: UInt8(ascii: "}")), close + 1 < bytes.endIndex,
            bytes[close + 1] == UInt8(ascii: "}")
        else { continue }
        let inside = String(decoding: bytes[(open + 2)..<close], as: UTF8.self)
        index = close + 1
        let words = inside.split(whereSeparator: \.isWhitespace)
        guard words.count == 1, let name = words.first, names.isRead(name) else { continue }
        let place = Span(open, close + 2)
        findings.append(
            Diagnostic(
                .looksLikeExpression, "`{{…}}` is not filled in here", at: place,
                help: "write ${\(name)}",
                fix: FixIt(span: place, replacement: "${\(name)}", isSafe: false)))
    }
    return findings
}

private func structures(_ value: Expression, _ typer: inout Typer) -> [Diagnostic] {
    guard case .text(let parts) = value.kind else { return [] }
    var findings: [Diagnostic] = []
    for case .expression(let part) in parts {
        let type = typer.type(of: part)
        guard let help = helpForStructure(part, type) else { continue }
        findings.append(
            Diagnostic(
                .structureInText, "\(type.text) stands in this text as JSON, braces and quotes included",
                at: part.span, help: help))
    }
    return findings
}

/// What to write instead of a record or a list of records in a text; nil for any other type.
private func helpForStructure(_ part: Expression, _ type: Type) -> String? {
    switch type {
    case .record(let record) where record.role == .data:
        let text = record.fields.first { $0.type.isText } ?? record.fields.first
        guard let text, case .select = part.kind else {
            return "name a field, or say that JSON is meant: json(…)"
        }
        return "name a field, such as `.\(text.name)`, or say that JSON is meant: json(…)"
    case .list(.record(let record)) where record.role == .data:
        let text = record.fields.first { $0.type.isText } ?? record.fields.first
        return
            "put it into words: `.map(x, x.\(text?.name ?? "name")).join(\"\\n\")`, markdown_table(…), or json(…)"
    case .map: return "name a key, or say that JSON is meant: json(…)"
    case .optional: return nil
    case .record, .list, .dyn, .unknown, .null, .bool, .int, .uint, .double, .string, .bytes, .timestamp,
        .duration, .type, .oneOf, .parameter:
        return nil
    }
}
