import AutoChecker
import Diagnostics
import Values

/// Mends of findings and comments that silence them.
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
    let places = SilencePlaces(document.tree)
    for finding in findings {
        let line = document.source.lineIndex(at: finding.span.start)
        guard line >= first, line <= last else { continue }
        if let fix = finding.fix {
            let words = fix.replacement.isEmpty ? "Remove it" : "Replace by `\(fix.replacement)`"
            action(
                words, "quickfix", [edit(document, fix.span, fix.replacement)], finding, preferred: fix.isSafe
            )
        }
        guard finding.code.isSilenceable else { continue }
        let start = document.source.lineStart(places.lineBehindComments(of: line))
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
