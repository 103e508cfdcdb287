package import Diagnostics
import Values

/// A file in its one canonical layout, comments kept; nil when it does not parse, with the findings.
///
/// The meaning is the same before and after: layout that cannot be changed without changing meaning stays as it is.
package func format(_ source: SourceText) -> (text: String?, findings: [Diagnostic]) {
    let parsed = parseAutomation(source)
    guard !parsed.findings.hasErrors else { return (nil, parsed.findings) }
    let text = canonicalText(of: parsed.tree, meaning: parsed.automation.meaning)
    return (text ?? String(decoding: source.bytes, as: UTF8.self), [])
}

/// A tree without mistakes in its canonical layout; nil when no layout has this meaning.
func canonicalText(of tree: SyntaxTree, meaning: [String]) -> String? {
    for keepsBlocks in [false, true] {
        var layout = Layout(tree: tree, keepsBlocks: keepsBlocks)
        let text = layout.file()
        let again = parseAutomation(SourceText(name: tree.source.name, text: text))
        if again.findings.isEmpty, again.automation.meaning == meaning { return text }
    }
    return nil
}

/// A mended file in the canonical layout, if that is how it was laid out before its mends; else as it is.
///
/// A file with mistakes has no layout to compare with, so its lines are: each that the mends left alone has to stand in
/// the canonical layout too, which sets no other part apart by empty lines.
package func keepingLayout(of original: SourceText, in mended: SourceText) -> SourceText {
    guard let text = format(mended).text else { return mended }
    let formatted = SourceText(name: mended.name, text: text)
    let (before, after, canonical) = (lines(of: original), lines(of: mended), lines(of: formatted))
    let wasLaidOut =
        Set(before).intersection(after).isSubset(of: canonical)
        && after.count(where: \.isEmpty) == canonical.count(where: \.isEmpty)
    return wasLaidOut ? formatted : mended
}

private func lines(of source: SourceText) -> [ArraySlice<UInt8>] {
    (0..<source.lineCount).map(source.line)
}
