/// The beginning of a text that takes at most so many columns; `…` stands for what was cut off.
package func cut(_ text: String, to columns: Int) -> String {
    guard displayWidth(of: text) > columns else { return text }
    guard columns > 0 else { return "" }
    return beginning(of: text, columns: columns - 1) + "…"
}

/// The characters of a text that fit into so many columns.
private func beginning(of text: String, columns: Int) -> String {
    var used = 0
    var kept = ""
    for character in text {
        used += displayWidth(of: String(character))
        guard used <= columns else { break }
        kept.append(character)
    }
    return kept
}

/// A text in lines of at most so many columns, broken between words.
///
/// The text's own line breaks stay, and so does the space at the beginning of its lines.
///
/// - Parameters:
///   - columns: at least 1 counts.
///   - breaksWords: whether a word longer than a line is broken where the line ends; else it stays whole, so that an address
///     can be copied.
/// - Returns: at least one line.
package func wrapped(_ text: String, columns: Int, breaksWords: Bool = true) -> [String] {
    withPlainSpace(text).split(separator: "\n", omittingEmptySubsequences: false).flatMap {
        wrappedLine(String($0), columns: max(1, columns), breaksWords)
    }
}

/// A text whose lines end in a line feed alone and that has no tabs, whose width depends on where they stand.
package func withPlainSpace(_ text: String) -> String {
    guard text.utf8.contains(where: { $0 == 0x09 || $0 == 0x0D }) else { return text }
    return String(
        text.flatMap { character -> [Character] in
            switch character {
            case "\t": Array(repeating: " ", count: 4)
            case "\r\n": ["\n"]
            case "\r": []
            default: [character]
            }
        })
}

private func wrappedLine(_ text: String, columns: Int, _ breaksWords: Bool) -> [String] {
    guard displayWidth(of: text) > columns else { return [text] }
    var lines: [String] = []
    var line = String(text.prefix { $0 == " " }.prefix(columns / 2))
    var hasWords = false
    for word in text.split(separator: " ") {
        let joined = hasWords ? line + " " + word : line + word
        if displayWidth(of: joined) <= columns {
            line = joined
        } else {
            if hasWords { lines.append(line) }
            line = hasWords ? String(word) : joined
            hasWords = true
            guard breaksWords else { continue }
            let pieces = broken(line, columns: columns)
            lines += pieces.dropLast()
            line = pieces.last ?? ""
        }
        hasWords = true
    }
    return lines + [line]
}

/// A text in pieces of at most so many columns, wherever that breaks it.
///
/// - Parameter columns: at least 1 counts; a character wider than that stands alone.
/// - Returns: at least one piece.
package func broken(_ text: String, columns: Int) -> [String] {
    var pieces = [""]
    var used = 0
    for character in text {
        let width = displayWidth(of: String(character))
        if used > 0, used + width > max(1, columns) {
            pieces.append("")
            used = 0
        }
        pieces[pieces.count - 1].append(character)
        used += width
    }
    return pieces
}
