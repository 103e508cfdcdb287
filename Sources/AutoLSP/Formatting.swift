import AutoSyntax
import Diagnostics
import Values

/// The canonical layout, as the smallest run of lines that changes.
func formatting(_ document: Document) -> Value {
    guard let new = laidOut(document) else { return .null }
    let old = document.source.bytes
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
    // So is CR LF: for an editor there is no place between the two.
    if tail > 0, tail < min(old.count, new.count) - start, old[old.count - tail - 1] == 0x0D,
        new[new.count - tail - 1] == 0x0D
    {
        tail += 1
    }
    let span = Span(start, old.count - tail)
    return .list([edit(document, span, String(decoding: new[start..<(new.count - tail)], as: UTF8.self))])
}

/// The file in the one layout, its lines ended as it ends them: an editor does not mix CR LF with LF, and what is laid
/// out already does not change. Nil for a file that cannot be read.
func laidOut(_ document: Document) -> [UInt8]? {
    guard let text = format(document.source).text else { return nil }
    let old = document.source.bytes
    let isFromWindows = old.firstIndex(of: 0x0A).map { $0 > 0 && old[$0 - 1] == 0x0D } ?? false
    return Array((isFromWindows ? text.replacing("\n", with: "\r\n") : text).utf8)
}

func edit(_ document: Document, _ span: Span, _ text: String) -> Value {
    .record([("range", document.range(span)), ("newText", .string(text))])
}
