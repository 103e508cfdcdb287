/// How findings are written out.
package enum FindingFormat: String, Sendable, CaseIterable {
    case terminal
    case short
    case json
}

/// Writes the findings of one file; `terminal` ends each with a blank line, `json` is one array.
package func render(
    _ findings: [Diagnostic], in source: SourceText, as format: FindingFormat, colour: Bool = false
) -> String {
    switch format {
    case .terminal:
        findings.map { TerminalRenderer(source: source, colour: colour).render($0) }.joined(separator: "\n")
    case .short:
        findings.map { shortLine($0, source) }.joined()
    case .json:
        "[" + findings.map { jsonObject($0, source) }.joined(separator: ",\n ") + "]\n"
    }
}

private func shortLine(_ finding: Diagnostic, _ source: SourceText) -> String {
    let place = source.position(at: finding.span.start)
    let code = "\(finding.severity.rawValue)[\(finding.code.rawValue)]"
    return "\(printable(source.name)):\(place.line):\(place.column): \(code): \(printable(finding.message))\n"
}

/// One finding as a JSON object: code, severity, message, file, its place, label, notes, help and fix.
package func jsonObject(_ finding: Diagnostic, _ source: SourceText) -> String {
    var parts = [
        "\"code\":\(jsonString(finding.code.rawValue))",
        "\"severity\":\(jsonString(finding.severity.rawValue))",
        "\"message\":\(jsonString(finding.message))",
        "\"file\":\(jsonString(source.name))",
        place(finding.span, source),
        "\"label\":\(jsonString(finding.label))",
    ]
    let notes = finding.notes.map { "{\(place($0.span, source)),\"label\":\(jsonString($0.label))}" }
    parts.append("\"notes\":[\(notes.joined(separator: ","))]")
    parts.append("\"help\":\(finding.help.map(jsonString) ?? "null")")
    let fix = finding.fix.map { "{\(place($0.span, source)),\"replacement\":\(jsonString($0.replacement))}" }
    parts.append("\"fix\":\(fix ?? "null")")
    return "{\(parts.joined(separator: ","))}"
}

private func place(_ span: Span, _ source: SourceText) -> String {
    let start = source.position(at: span.start)
    let end = source.position(at: span.end)
    return
        "\"line\":\(start.line),\"column\":\(start.column),\"end_line\":\(end.line),\"end_column\":\(end.column)"
}
