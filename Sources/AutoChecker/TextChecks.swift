import AutoSyntax
import CEL
import Diagnostics
import StepKinds
import Values

/// Texts that look like expressions, and records that end up in a text.
@Sendable func checkTexts(_ context: CheckContext) -> [Diagnostic] {
    var findings: [Diagnostic] = []
    for (number, step) in context.automation.steps.enumerated() {
        guard let type = step.type else { continue }
        let kind = StepKind.of(type)
        let names = NamesInScope(context, step)
        var typer = context.typer(for: number)
        for field in step.fields {
            field.value.forEachExpression { expression in
                findings += lookalikes(expression, names, context.automation.source)
            }
            guard kind[field.name.text]?.kind == .text, case .expression(let value) = field.value else {
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
        case "session": return sessionFields.contains { $0.name == part }
        default:
            if step.eachNames.contains(name) { return true }
            return context.stepIndex[name] != nil && StepPartName(rawValue: part) != nil
        }
    }

    /// Whether a text is the path of a file that has the name of an element: `"parts/place.auto"` beside
    /// `each: place in …`.
    func isPath(_ text: String) -> Bool {
        if text.hasSuffix(".auto") { return true }
        guard text.contains("/"), !text.contains(where: \.isWhitespace) else { return false }
        let file = text.split(separator: "/").last?.prefix { $0 != "." } ?? ""
        return step.eachNames.contains(String(file))
    }

    /// What to write inside `${…}` for what stands in other tools' brackets: `inputs.x` for itself and for `x`; nil for
    /// words that name nothing.
    func read(_ text: Substring) -> String? {
        if isRead(text) { return String(text) }
        // `steps.ask.output` and `outputs.ask` of other tools.
        let parts = text.split(separator: ".")
        if parts.count > 1, ["steps", "nodes", "outputs", "results", "jobs"].contains(parts[0]),
            context.stepIndex[String(parts[1])] != nil
        {
            return parts[1] + ".result"
        }
        guard isIdentifier(text) else { return nil }
        let name = String(text)
        if step.eachNames.contains(name) { return name }
        if context.inputRecord[name] != nil { return "inputs." + name }
        return context.stepIndex[name] != nil ? name + ".result" : nil
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
            if !names.isPath(text), names.isRead(text[...]) || names.isExpression(text) {
                findings.append(
                    Diagnostic(
                        .looksLikeExpression, "this is the text \(jsonString(text)) itself, not what it says",
                        at: part.span, help: "write `\(text)` without quotes, or \"${\(text)}\" in a text",
                        fix: FixIt(span: part.span, replacement: text, isSafe: false)))
            } else {
                findings += templates(part.span, names, source)
            }
        case .text: findings += templates(part.span, names, source)
        case .binary:
            let written = source.bytes[part.span.start..<part.span.end]
            guard isDate(written) else { break }
            let quoted = quotedText(String(decoding: written, as: UTF8.self))
            findings.append(
                Diagnostic(
                    .expected, "a date is a text, and a text stands in quotes", at: part.span,
                    help: "write \(quoted)", fix: FixIt(span: part.span, replacement: quoted)))
        case .literal, .name, .select, .has, .index, .call, .unary, .conditional, .list, .map,
            .macro:
            break
        }
    }
    return findings
}

/// `{{ inputs.x }}`, `{x}` and `$x`, as other tools write them, and `${…}` in single quotes.
private func templates(_ span: Span, _ names: NamesInScope, _ source: SourceText) -> [Diagnostic] {
    // The letter before the quotes was told, with what is to be written.
    if hasFillingPrefix(before: span.start, in: source.bytes) { return [] }
    let bytes = source.bytes[span.start..<min(span.end, source.bytes.count)]
    if bytes.first == UInt8(ascii: "'") { return singleQuotes(bytes, span, names) }
    var findings: [Diagnostic] = []
    var index = bytes.startIndex
    while index < bytes.endIndex {
        if let place = statement(at: index, in: bytes) {
            index = place.end
            if !findings.contains(where: { $0.message == statementMessage }) {
                findings.append(statementFinding(place))
            }
            continue
        }
        if let (place, words) = escapedRead(at: index, in: bytes), names.isRead(words) {
            index = place.end
            findings.append(dollarSign(place, words))
            continue
        }
        guard let found = foreignRead(at: index, in: bytes) else {
            index += 1
            continue
        }
        index = found.place.end
        // n8n's roots, such as `{{ $json.url }}`, are no words of a text.
        if !found.isBare, found.shown == "{{…}}", found.words.first == "$" {
            findings.append(
                Diagnostic(
                    .looksLikeExpression, "`{{…}}` is not filled in here", at: found.place,
                    help: "write ${…} with what is read: `${inputs.name}`, or `${step.result}` of a step"))
            continue
        }
        guard let read = names.read(found.words),
            !found.isBare || names.isRead(found.words) || !read.contains(".result")
        else { continue }
        findings.append(
            Diagnostic(
                .looksLikeExpression, "`\(found.shown)` is not filled in here", at: found.place,
                help: "write ${\(read)}",
                fix: FixIt(span: found.place, replacement: "${\(read)}", isSafe: false)))
    }
    return findings
}

/// In bytes. What is longer is no name, and to look for the end of each from each would take long.
private let longestForm = 200

/// `{% for x in list %}` of Jinja and others; nil where none stands.
private func statement(at index: Int, in bytes: ArraySlice<UInt8>) -> Span? {
    guard bytes[index...].starts(with: "{%".utf8),
        let end = bytes[index...].prefix(longestForm).firstRange(of: Array("%}".utf8))?.upperBound
    else { return nil }
    let word = String(decoding: bytes[(index + 2)..<end], as: UTF8.self).drop { $0 == "-" || $0 == " " }
        .prefix { $0.isLetter }
    return ["for", "if", "elif", "else", "set", "endfor", "endif"].contains(word) ? Span(index, end) : nil
}

private let statementMessage = "a text has no statements: `{% … %}` stands in it letter for letter"

private func statementFinding(_ place: Span) -> Diagnostic {
    Diagnostic(
        .looksLikeExpression, statementMessage, at: place,
        help:
            "a list is put into a text by `${inputs.list.map(x, \"- \" + x).join(\"\\n\")}`, a choice by `${condition ? \"this\" : \"that\"}`"
    )
}

/// `$${words}`, which fills in nothing; nil where it does not stand.
private func escapedRead(at index: Int, in bytes: ArraySlice<UInt8>) -> (place: Span, words: Substring)? {
    let escape = Array("$${".utf8)
    let start = index + escape.count
    guard bytes[index...].starts(with: escape), index == bytes.startIndex || bytes[index - 1] != escape[0],
        let end = bytes[start...].prefix(longestForm).firstIndex(of: UInt8(ascii: "}"))
    else { return nil }
    return (Span(index, end + 1), String(decoding: bytes[start..<end], as: UTF8.self)[...])
}

/// A sum in dollars, as people write it.
private func dollarSign(_ place: Span, _ words: Substring) -> Diagnostic {
    let mend = "${\"$\"}${\(words)}"
    return Diagnostic(
        .looksLikeExpression, "`$${` stands for the characters `${`, so `\(words)` is not filled in here",
        at: place, help: "write `\(mend)` for a dollar sign before the value",
        fix: FixIt(span: place, replacement: mend, isSafe: false))
}

/// What may be another tool's interpolation.
private struct ForeignRead {
    let place: Span
    /// What stands between its signs.
    let words: Substring
    /// How the form is called in a finding.
    let shown: String
    /// Whether no bracket ends it, so that prose may look like it.
    let isBare: Bool
}

private func foreignRead(at index: Int, in bytes: ArraySlice<UInt8>) -> ForeignRead? {
    let (open, close, dollar) = (UInt8(ascii: "{"), UInt8(ascii: "}"), UInt8(ascii: "$"))
    func byte(_ place: Int) -> UInt8? { bytes.indices.contains(place) ? bytes[place] : nil }
    if bytes[index] == dollar {
        guard byte(index - 1) != dollar, byte(index - 1) != UInt8(ascii: "\\"),
            let first = byte(index + 1), isIdentifierStart(first)
        else { return nil }
        var end = index + 1
        while let next = byte(end), isIdentifierPart(next) || next == UInt8(ascii: ".") { end += 1 }
        while byte(end - 1) == UInt8(ascii: ".") { end -= 1 }
        let words = String(decoding: bytes[(index + 1)..<end], as: UTF8.self)
        return ForeignRead(place: Span(index, end), words: words[...], shown: "$" + words, isBare: true)
    }
    guard bytes[index] == open, byte(index - 1) != dollar else { return nil }
    // `${{ x }}`, which the parser has told.
    if byte(index - 1) == open, byte(index - 2) == dollar, byte(index - 3) != dollar { return nil }
    let isDouble = byte(index + 1) == open
    let start = index + (isDouble ? 2 : 1)
    guard start < bytes.endIndex, let end = bytes[start...].prefix(longestForm).firstIndex(of: close),
        !isDouble || byte(end + 1) == close
    else { return nil }
    let inside = String(decoding: bytes[start..<end], as: UTF8.self).split(whereSeparator: \.isWhitespace)
    guard inside.count == 1, let words = inside.first else { return nil }
    return ForeignRead(
        place: Span(index, end + (isDouble ? 2 : 1)), words: words, shown: isDouble ? "{{…}}" : "{\(words)}",
        isBare: false)
}

/// A text in single quotes takes `${…}` letter for letter.
private func singleQuotes(_ bytes: ArraySlice<UInt8>, _ span: Span, _ names: NamesInScope) -> [Diagnostic] {
    let text = String(decoding: bytes, as: UTF8.self)
    guard let open = text.firstRange(ofText: "${"), let close = text[open.upperBound...].firstIndex(of: "}"),
        names.read(text[open.upperBound..<close]) != nil
            || names.isExpression(String(text[open.upperBound..<close]))
    else { return [] }
    let width = text.hasPrefix("'''") ? 3 : 1
    let inside = text.dropFirst(width).dropLast(width)
    let quotes = String(repeating: "\"", count: width)
    return [
        Diagnostic(
            .looksLikeExpression, "`${…}` is not filled in in single quotes", at: span,
            help: "put the text in double quotes",
            fix: inside.contains("\"")
                ? nil : FixIt(span: span, replacement: quotes + inside + quotes, isSafe: false))
    ]
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
    case .record(let record) where record.role == .data || record.role == .open:
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
