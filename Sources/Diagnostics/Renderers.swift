/// How findings are written out.
package enum FindingFormat: String, Sendable, CaseIterable {
    case terminal
    case short
    case json
    case sarif
    case github
}

/// Writes the findings of one file; `terminal` ends each with a blank line, `json` is one array, `sarif` one
/// log.
///
/// - Parameter columns: what a line of the terminal holds that it is written to: longer lines are broken between words, and
///   excerpts are cut around their marks. Left out, lines stay as they are.
package func render(
    _ findings: [Diagnostic], in source: SourceText, as format: FindingFormat, colour: Bool = false,
    columns: Int? = nil
) -> String {
    switch format {
    case .terminal:
        findings.map { TerminalRenderer(source: source, colour: colour, columns: columns).render($0) }
            .joined(separator: "\n")
    case .short:
        findings.map { shortLine($0, source) }.joined()
    case .json:
        "[" + findings.map { jsonObject($0, source) }.joined(separator: ",\n ") + "]\n"
    case .sarif: sarif([(source, findings)]) { $0.rawValue }
    case .github: findings.map { githubLine($0, source) }.joined()
    }
}

/// A workflow command of GitHub Actions, which shows the finding beside the line that it is about.
private func githubLine(_ finding: Diagnostic, _ source: SourceText) -> String {
    let start = source.position(at: finding.span.start)
    let end = source.position(at: finding.span.end)
    var message = finding.message
    if let help = finding.help { message += "\nhelp: " + help }
    let place = "file=\(escaped(source.name, inProperty: true)),line=\(start.line),endLine=\(end.line)"
    let columns = start.line == end.line ? ",col=\(start.column),endColumn=\(end.column)" : ""
    return
        "::\(finding.severity.rawValue) \(place)\(columns),title=\(finding.code.rawValue)::\(escaped(message, inProperty: false))\n"
}

private func escaped(_ text: String, inProperty: Bool) -> String {
    var output = ""
    for scalar in text.unicodeScalars {
        switch scalar {
        case "%": output += "%25"
        case "\n": output += "%0A"
        case "\r": output += "%0D"
        case ":" where inProperty: output += "%3A"
        case "," where inProperty: output += "%2C"
        default: output.unicodeScalars.append(isControl(scalar) ? "?" : scalar)
        }
    }
    return output
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
    let fix = finding.fix.map {
        "{\(place($0.span, source)),\"replacement\":\(jsonString($0.replacement)),\"safe\":\($0.isSafe)}"
    }
    parts.append("\"fix\":\(fix ?? "null")")
    return "{\(parts.joined(separator: ","))}"
}

private func place(_ span: Span, _ source: SourceText) -> String {
    let start = source.position(at: span.start)
    let end = source.position(at: span.end)
    return
        "\"line\":\(start.line),\"column\":\(start.column),\"end_line\":\(end.line),\"end_column\":\(end.column)"
}
