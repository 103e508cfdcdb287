import Diagnostics
import Values

/// A finding as the protocol's Diagnostic.
func diagnostic(_ finding: Diagnostic, _ document: Document) -> Value {
    var message = finding.message
    if !finding.label.isEmpty { message += ": " + finding.label }
    if let help = finding.help { message += "\nhelp: " + help }
    var fields: [(String, Value)] = [
        ("range", document.range(finding.span)),
        ("severity", .int(finding.severity == .error ? 1 : 2)),
        ("code", .string(finding.code.rawValue)), ("source", .string("autocheck")),
        ("message", .string(message)),
    ]
    if [.unusedInput, .unusedSecret, .unusedType, .unusedResult, .unreachable].contains(finding.code) {
        fields.append(("tags", .list([.int(1)])))
    }
    if !finding.notes.isEmpty {
        let related = finding.notes.map { note in
            Value.record([("location", document.location(note.span)), ("message", .string(note.label))])
        }
        fields.append(("relatedInformation", .list(related)))
    }
    return .record(fields)
}
