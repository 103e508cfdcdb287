import AutoSyntax
import Diagnostics
import Values

/// The canonical layout of the lines that a range touches; what stands in other lines stays as it is.
func formatting(_ document: Document, _ range: Span) -> Value {
    guard let text = laidOut(document) else { return .null }
    let source = document.source
    let first = source.lineIndex(at: range.start)
    var last = source.lineIndex(at: max(range.start, range.end))
    // A range that ends before the first character of a line does not touch that line.
    if last > first, range.end == source.lineStart(last) { last -= 1 }
    let old = lines(source.bytes)
    let new = lines(text)
    let edits = changes(from: old, to: new).filter {
        first <= $0.old.lowerBound && $0.old.upperBound <= last + 1
            && (!$0.old.isEmpty || $0.old.lowerBound <= last)
    }
    return .list(
        edits.map { change in
            let span = Span(
                offset(of: change.old.lowerBound, source), offset(of: change.old.upperBound, source))
            return edit(document, span, String(decoding: new[change.new].joined(), as: UTF8.self))
        })
}

/// Lines that others take the place of.
private struct LineChange {
    let old: Range<Int>
    let new: Range<Int>
}

/// The lines of a text, each with its line break.
private func lines(_ bytes: [UInt8]) -> [ArraySlice<UInt8>] {
    var lines: [ArraySlice<UInt8>] = []
    var start = 0
    while start < bytes.count {
        let end = bytes[start...].firstIndex(of: 0x0A).map { $0 + 1 } ?? bytes.count
        lines.append(bytes[start..<end])
        start = end
    }
    return lines
}

private func offset(of line: Int, _ source: SourceText) -> Int {
    line < source.lineCount ? source.lineStart(line) : source.bytes.count
}

/// The runs of lines that differ, each as short as can be.
private func changes(from old: [ArraySlice<UInt8>], to new: [ArraySlice<UInt8>]) -> [LineChange] {
    let difference = new.difference(from: old)
    let removed = Set(difference.removals.map(\.place))
    let inserted = Set(difference.insertions.map(\.place))
    var changes: [LineChange] = []
    var (from, to) = (0, 0)
    while from < old.count || to < new.count {
        let (firstOld, firstNew) = (from, to)
        while removed.contains(from) { from += 1 }
        while inserted.contains(to) { to += 1 }
        if from > firstOld || to > firstNew {
            changes += parts(LineChange(old: firstOld..<from, new: firstNew..<to), old, new)
        }
        from += 1
        to += 1
    }
    return changes
}

extension CollectionDifference.Change {
    fileprivate var place: Int {
        switch self {
        case .insert(let offset, _, _), .remove(let offset, _, _): offset
        }
    }
}

/// A change cut wherever both texts have come to the end of a line with the same characters, blanks aside: so a line
/// among others that change can be changed alone.
private func parts(
    _ change: LineChange, _ old: [ArraySlice<UInt8>], _ new: [ArraySlice<UInt8>]
) -> [LineChange] {
    func ends(_ lines: ArraySlice<ArraySlice<UInt8>>) -> [Int] {
        var count = 0
        return lines.map { line in
            count += characters(line).count
            return count
        }
    }
    let (oldLines, newLines) = (old[change.old], new[change.new])
    guard oldLines.flatMap(characters) == newLines.flatMap(characters) else { return [change] }
    let newEnds = ends(newLines)
    var parts: [LineChange] = []
    var (from, to) = (0, 0)
    for (line, end) in ends(oldLines).enumerated() {
        guard let other = newEnds[to...].firstIndex(of: end) else { continue }
        parts.append(
            LineChange(
                old: (change.old.lowerBound + from)..<(change.old.lowerBound + line + 1),
                new: (change.new.lowerBound + to)..<(change.new.lowerBound + other + 1)))
        (from, to) = (line + 1, other + 1)
    }
    if from < oldLines.count || to < newLines.count {
        parts.append(
            LineChange(
                old: (change.old.lowerBound + from)..<change.old.upperBound,
                new: (change.new.lowerBound + to)..<change.new.upperBound))
    }
    return parts
}

private func characters(_ line: ArraySlice<UInt8>) -> [UInt8] {
    line.filter { ![0x20, 0x09, 0x0D, 0x0A].contains($0) }
}
