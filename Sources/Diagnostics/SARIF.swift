/// Findings of several files as one SARIF 2.1.0 log, the format that code hosts and editors read.
///
/// `title` gives a code's few words; columns count Unicode scalars.
package func sarif(
    _ files: [(source: SourceText, findings: [Diagnostic])], title: (Code) -> String
) -> String {
    let codes = Code.allCases.filter { code in files.contains { $0.findings.contains { $0.code == code } } }
    let rules = codes.map { code in
        let level = code.severity == .error ? "error" : "warning"
        return
            "{\"id\":\(jsonString(code.rawValue)),\"shortDescription\":{\"text\":\(jsonString(title(code)))},\"defaultConfiguration\":{\"level\":\"\(level)\"}}"
    }
    let results = files.flatMap { file in
        file.findings.map { sarifResult($0, file.source, codes.firstIndex(of: $0.code) ?? 0) }
    }
    return """
        {"$schema":"https://json.schemastore.org/sarif-2.1.0.json","version":"2.1.0","runs":[{"tool":{"driver":{"name":"autocheck","version":\(jsonString(toolVersion)),"rules":[\(rules.joined(separator: ",\n  "))]}},"columnKind":"unicodeCodePoints","results":[
        \(results.joined(separator: ",\n"))
        ]}]}

        """
}

private func sarifResult(_ finding: Diagnostic, _ source: SourceText, _ rule: Int) -> String {
    var message = finding.message
    if let help = finding.help { message += ". Help: \(help)" }
    var parts = [
        "\"ruleId\":\(jsonString(finding.code.rawValue))", "\"ruleIndex\":\(rule)",
        "\"level\":\(jsonString(finding.severity.rawValue))", "\"message\":{\"text\":\(jsonString(message))}",
        "\"locations\":[{\(location(finding.span, source))}]",
    ]
    if !finding.notes.isEmpty {
        let related = finding.notes.enumerated().map { number, note in
            "{\"id\":\(number + 1),\(location(note.span, source)),\"message\":{\"text\":\(jsonString(note.label))}}"
        }
        parts.append("\"relatedLocations\":[\(related.joined(separator: ","))]")
    }
    if let fix = finding.fix {
        parts.append(
            "\"fixes\":[{\"description\":{\"text\":\(jsonString(finding.help ?? "mend it"))},\"artifactChanges\":[{\(artifact(source)),\"replacements\":[{\"deletedRegion\":\(region(fix.span, source)),\"insertedContent\":{\"text\":\(jsonString(fix.replacement))}}]}]}]"
        )
    }
    return "{\(parts.joined(separator: ","))}"
}

private func location(_ span: Span, _ source: SourceText) -> String {
    "\"physicalLocation\":{\(artifact(source)),\"region\":\(region(span, source))}"
}

private func artifact(_ source: SourceText) -> String {
    "\"artifactLocation\":{\"uri\":\(jsonString(percentEncoded(source.name, keepsSlashes: true)))}"
}

private func region(_ span: Span, _ source: SourceText) -> String {
    let start = source.position(at: span.start)
    let end = source.position(at: span.end)
    return
        "{\"startLine\":\(start.line),\"startColumn\":\(start.column),\"endLine\":\(end.line),\"endColumn\":\(max(end.column, end.line == start.line ? start.column : 1))}"
}
