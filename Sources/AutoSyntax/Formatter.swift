package import Diagnostics

/// A file in its one canonical layout, comments kept; nil when it does not parse, with the findings.
///
/// The meaning is the same before and after: layout that cannot be changed without changing meaning stays as it is.
package func format(_ source: SourceText) -> (text: String?, findings: [Diagnostic]) {
    let parsed = parseAutomation(source)
    guard !parsed.findings.hasErrors else { return (nil, parsed.findings) }
    return (canonicalText(parsed) ?? String(decoding: source.bytes, as: UTF8.self), [])
}

/// A file that parses in its canonical layout; nil when no layout means the same.
private func canonicalText(_ parsed: ParseResult) -> String? {
    let meaning = parsed.automation.meaning
    for keepsBlocks in [false, true] {
        var layout = Layout(tree: parsed.tree, keepsBlocks: keepsBlocks)
        let text = layout.file()
        let again = parseAutomation(SourceText(name: parsed.automation.source.name, text: text))
        if again.findings.isEmpty, again.automation.meaning == meaning { return text }
    }
    return nil
}
