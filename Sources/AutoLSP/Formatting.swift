import AutoSyntax
import Diagnostics
import Values

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

func edit(_ document: Document, _ span: Span, _ text: String) -> Value {
    .record([("range", document.range(span)), ("newText", .string(text))])
}
