import AutoChecker
import AutoSyntax
import CEL
import Diagnostics
import Values

private func occurrence(_ document: Document, _ offset: Int) -> (Occurrence, [Occurrence])? {
    guard let all = document.model?.occurrences,
        let here = all.first(where: { $0.span.start <= offset && offset <= $0.span.end })
    else { return nil }
    return (here, all.filter { $0.kind == here.kind && $0.name == here.name })
}

func definition(_ document: Document, _ offset: Int) -> Value {
    guard let (_, all) = occurrence(document, offset), let place = all.first(where: \.isDeclaration) else {
        return .null
    }
    return document.location(place.span)
}

func references(_ document: Document, _ offset: Int, withDeclaration: Bool) -> Value {
    guard let (_, all) = occurrence(document, offset) else { return .list([]) }
    return .list(all.filter { withDeclaration || !$0.isDeclaration }.map { document.location($0.span) })
}

func highlights(_ document: Document, _ offset: Int) -> Value {
    guard let (_, all) = occurrence(document, offset) else { return .list([]) }
    return .list(
        all.map { place in
            .record([("range", document.range(place.span)), ("kind", .int(place.isDeclaration ? 3 : 2))])
        })
}

func prepareRename(_ document: Document, _ offset: Int) -> Value {
    guard let (here, _) = occurrence(document, offset) else { return .null }
    return .record([("range", document.range(here.span)), ("placeholder", .string(here.name))])
}

func rename(_ document: Document, _ offset: Int, to name: String) -> Value {
    guard isIdentifier(name), let (_, all) = occurrence(document, offset) else { return .null }
    let edits = all.map { edit(document, $0.span, name) }
    return .record([("changes", .record([(document.uri, .list(edits))]))])
}

func edit(_ document: Document, _ span: Span, _ text: String) -> Value {
    .record([("range", document.range(span)), ("newText", .string(text))])
}

/// The canonical layout, as the smallest run of lines that changes.
func formatting(_ document: Document) -> Value {
    guard let text = format(document.source).text else { return .null }
    let old = document.source.bytes
    let new = Array(text.utf8)
    guard old != new else { return .list([]) }
    var start = 0
    while start < min(old.count, new.count), old[start] == new[start] { start += 1 }
    while start > 0, old[start - 1] != 0x0A { start -= 1 }
    var tail = 0
    while tail < min(old.count, new.count) - start, old[old.count - 1 - tail] == new[new.count - 1 - tail] {
        tail += 1
    }
    // A line is left whole, so that no character is cut.
    while tail > 0, old[old.count - tail] != 0x0A { tail -= 1 }
    let span = Span(start, old.count - tail)
    return .list([edit(document, span, String(decoding: new[start..<(new.count - tail)], as: UTF8.self))])
}

func codeActions(_ document: Document, _ findings: [Diagnostic], _ range: Span) -> Value {
    var actions: [Value] = []
    func action(_ title: String, _ kind: String, _ edits: [Value], _ finding: Diagnostic?, preferred: Bool) {
        var fields: [(String, Value)] = [
            ("title", .string(title)), ("kind", .string(kind)),
            ("edit", .record([("changes", .record([(document.uri, .list(edits))]))])),
        ]
        if let finding { fields.append(("diagnostics", .list([diagnostic(finding, document)]))) }
        if preferred { fields.append(("isPreferred", .bool(true))) }
        actions.append(.record(fields))
    }
    let first = document.source.lineIndex(at: range.start)
    let last = document.source.lineIndex(at: range.end)
    for finding in findings {
        let line = document.source.lineIndex(at: finding.span.start)
        guard line >= first, line <= last else { continue }
        if let fix = finding.fix {
            let words = fix.replacement.isEmpty ? "Remove it" : "Replace by `\(fix.replacement)`"
            action(
                words, "quickfix", [edit(document, fix.span, fix.replacement)], finding, preferred: fix.isSafe
            )
        }
        let start = document.source.lineStart(line)
        let indent = document.source.bytes[start...].prefix { $0 == 0x20 || $0 == 0x09 }
        let comment =
            String(decoding: indent, as: UTF8.self)
            + "# autocheck: ignore \(finding.code.rawValue) because …\n"
        action(
            "Silence \(finding.code.rawValue) here", "quickfix",
            [edit(document, Span(start, start), comment)],
            finding, preferred: false)
    }
    let safe = findings.compactMap(\.fix).filter(\.isSafe).sorted { $0.span.start < $1.span.start }
    var end = 0
    var edits: [Value] = []
    for fix in safe where fix.span.start >= end {
        edits.append(edit(document, fix.span, fix.replacement))
        end = fix.span.end
    }
    if !edits.isEmpty { action("Apply all safe mends", "source.fixAll", edits, nil, preferred: false) }
    return .list(actions)
}
