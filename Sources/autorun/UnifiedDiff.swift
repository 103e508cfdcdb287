/// The difference of two texts as `diff -u` writes it, with three lines around each change.
func unifiedDiff(_ old: [UInt8], _ new: [UInt8], name: String) -> String {
    let before = lines(old)
    let after = lines(new)
    let edits = script(before, after)
    var out = "--- \(name)\n+++ \(name)\n"
    var index = 0
    while index < edits.count {
        guard edits[index].sign != " " else {
            index += 1
            continue
        }
        let start = max(0, index - 3)
        var end = index
        var kept = 0
        while end < edits.count, kept <= 6 {
            kept = edits[end].sign == " " ? kept + 1 : 0
            end += 1
        }
        if kept > 3 { end -= kept - 3 }
        let hunk = edits[start..<end]
        let oldCount = hunk.filter { $0.sign != "+" }.count
        let newCount = hunk.filter { $0.sign != "-" }.count
        // Where a side has no line, it is named by the line before.
        let oldStart = edits[..<start].filter { $0.sign != "+" }.count + min(oldCount, 1)
        let newStart = edits[..<start].filter { $0.sign != "-" }.count + min(newCount, 1)
        out += "@@ -\(oldStart),\(oldCount) +\(newStart),\(newCount) @@\n"
        for edit in hunk { out += "\(edit.sign)\(edit.line)\n" }
        index = end
    }
    return out
}

/// The lines of a text; a last one that no line break ends is another line than one with it, and says so.
private func lines(_ bytes: [UInt8]) -> [String] {
    let parts = bytes.split(separator: 0x0A, omittingEmptySubsequences: false)
    var lines = parts.dropLast().map { String(decoding: $0, as: UTF8.self) }
    if let last = parts.last, !last.isEmpty {
        lines.append(String(decoding: last, as: UTF8.self) + "\n\\ No newline at end of file")
    }
    return lines
}

private func script(_ old: [String], _ new: [String]) -> [(sign: Character, line: String)] {
    let difference = new.difference(from: old)
    var removed = Set<Int>()
    var inserted = Set<Int>()
    for change in difference {
        switch change {
        case .remove(let offset, _, _): removed.insert(offset)
        case .insert(let offset, _, _): inserted.insert(offset)
        }
    }
    var edits: [(Character, String)] = []
    var (i, j) = (0, 0)
    while i < old.count || j < new.count {
        if i < old.count, removed.contains(i) {
            edits.append(("-", old[i]))
            i += 1
        } else if j < new.count, inserted.contains(j) {
            edits.append(("+", new[j]))
            j += 1
        } else {
            edits.append((" ", old[i]))
            i += 1
            j += 1
        }
    }
    return edits
}
