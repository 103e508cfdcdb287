import AutoChecker
import Values

// Answers in lines: lists with marks, fields with colons, tables of Markdown.

extension DataType {
    /// The value of this type that the lines of a text are.
    func valueOfLines(_ text: String, cut: CutValues) -> Value? {
        switch self {
        case .record(let fields, _):
            return recordOfLines(linesOf(text), fields).flatMap { try? fit($0, cut: cut) }
        case .list(.record(let fields, let name)):
            let element = DataType.record(fields, name: name)
            guard let records = tableOf(text, fields) ?? recordsOfParagraphs(text, fields) else { return nil }
            let values = records.compactMap { try? element.fit($0, cut: cut) }
            return values.count == records.count ? .list(values) : nil
        case .list(let element): return element.valuesOfLines(text).map(Value.list)
        case .json, .text, .int, .number, .bool, .bytes, .url, .oneOf: return nil
        }
    }

    /// The values of this type that the lines of a text are, one each: with marks before them any, else those that no
    /// other text is, as numbers and labels.
    private func valuesOfLines(_ text: String) -> [Value]? {
        if let items = itemsOfLines(text) {
            var tables = LabelTables()
            let values = items.compactMap { value(of: $0, &tables) }
            return values.count == items.count ? values : nil
        }
        switch self {
        case .int, .number, .bool, .oneOf: break
        case .text, .json, .bytes, .url, .list, .record: return nil
        }
        guard text.utf8.count < 64_000 else { return nil }
        let lines = text.split(whereSeparator: \.isNewline).filter { line in
            !line.hasPrefix("```") && line.contains { !$0.isWhitespace }
        }
        var tables = LabelTables()
        let values = lines.compactMap { valueAsWhole(bareWords(String($0)), &tables) }
        return lines.count > 1 && values.count == lines.count ? values : nil
    }
}

/// The lines of a text without the fences and blanks around them; empty ones stay.
private func linesOf(_ text: String) -> [Substring] {
    // Nobody writes so many fields by hand.
    guard text.utf8.count < 64_000 else { return [] }
    return text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).filter {
        !$0.hasPrefix("```")
    }
}

/// The record that lines such as `name: Ann` or `- **Name:** Ann` are, behind a line that ends with a colon; nil where other
/// lines stand among them.
private func recordOfLines(_ lines: [Substring], _ fields: [DataField]) -> WrittenValue? {
    let full = lines.filter { $0.contains { !$0.isWhitespace } }
    // All in one line, with commas between them: `x: 1, y: 2`.
    if full.count == 1, full[0].contains(","),
        let record = recordOfFields(full[0].split(separator: ","), fields)
    {
        return record
    }
    return recordOfFields(withoutCommas(full), fields)
}

/// The record of which each line is a field.
private func recordOfFields(_ lines: [Substring], _ fields: [DataField]) -> WrittenValue? {
    var given: [(name: String, value: WrittenValue)] = []
    var isFirst = true
    for line in lines {
        defer { isFirst = false }
        guard let sign = line.firstIndex(where: { ":=：".contains($0) }) else { return nil }
        let name = withoutMarks(trimmed(String(itemOfLine(line[..<sign]).map { $0[...] } ?? line[..<sign])))
        let words = trimmed(String(line[line.index(after: sign)...].drop { $0 == "*" }))
        let letters = lettersOnly(name)
        guard !letters.isEmpty, fields.contains(where: { lettersOnly($0.name) == letters }) else {
            if isFirst, words.isEmpty { continue }
            return nil
        }
        given.append((name, cell(words)))
    }
    return given.isEmpty ? nil : WrittenValue(.record(given))
}

/// Lines without the commas at their ends, where all but the last have one.
private func withoutCommas(_ lines: [Substring]) -> [Substring] {
    guard lines.count > 1, lines.dropLast().allSatisfy({ $0.hasSuffix(",") }) else { return lines }
    return lines.map { $0.hasSuffix(",") ? $0.dropLast() : $0 }
}

/// Whether a text begins with a word and a colon or an equals sign on its first line, as fields in lines do.
func beginsField(_ text: String) -> Bool {
    for byte in text.utf8 {
        if byte == .colon || byte == .equals { return true }
        if byte == .newline || byte.isOpener { return false }
    }
    return false
}

/// The records whose fields stand in paragraphs of their own.
private func recordsOfParagraphs(_ text: String, _ fields: [DataField]) -> [WrittenValue]? {
    let paragraphs = linesOf(text).split { line in !line.contains { !$0.isWhitespace } }
    let records = paragraphs.compactMap { recordOfLines(Array($0), fields) }
    let isIntroduced =
        paragraphs.first.map { $0.count == 1 && $0.first?.last(where: { !$0.isWhitespace }) == ":" } ?? false
    return !records.isEmpty && records.count == paragraphs.count - (isIntroduced ? 1 : 0) ? records : nil
}

/// The records that the rows of the only table of Markdown in a text are.
private func tableOf(_ text: String, _ fields: [DataField]) -> [WrittenValue]? {
    let lines = linesOf(text).map { trimmed(String($0)) }
    guard let first = lines.firstIndex(where: { $0.hasPrefix("|") }) else { return nil }
    let table = lines[first...].prefix { $0.hasPrefix("|") }
    guard !lines[table.endIndex...].contains(where: { $0.hasPrefix("|") }), table.count > 2 else {
        return nil
    }
    let head = cells(table[first])
    let rule = cells(table[first + 1])
    guard rule.count == head.count,
        rule.allSatisfy({ $0.contains("-") && $0.allSatisfy { ":-".contains($0) } })
    else {
        return nil
    }
    let known = Set(fields.map { lettersOnly($0.name) })
    guard head.contains(where: { known.contains(lettersOnly($0)) }) else { return nil }
    var records: [WrittenValue] = []
    for line in table.dropFirst(2) {
        let row = cells(line)
        guard row.count == head.count else { return nil }
        records.append(WrittenValue(.record(zip(head, row).map { (name: $0, value: cell($1)) })))
    }
    return records
}

/// The cells of a row of a table: `| a | b |`.
private func cells(_ line: String) -> [String] {
    let inner = line.replacing("\\|", with: "\u{1}").dropFirst()
    return (inner.last == "|" ? inner.dropLast() : inner).split(
        separator: "|", omittingEmptySubsequences: false
    )
    .map { withoutMarks(trimmed(String($0).replacing("\u{1}", with: "|"))) }
}

/// The value that words behind a name mean: nothing where there are none.
private func cell(_ words: String) -> WrittenValue {
    let bare = withoutMarks(words)
    if bare.isEmpty { return WrittenValue(.bare("null")) }
    return WrittenValue(bare == words && meaning(ofWord: bare) != nil ? .bare(bare) : .text(bare))
}

/// Words without the quotes, the marks of code or the stars of bold around all of them.
private func withoutMarks(_ words: String) -> String {
    for mark in ["**", "__", "`", "\"", "'"] {
        guard words.count > 2 * mark.count, words.hasPrefix(mark), words.hasSuffix(mark) else { continue }
        let inner = words.dropFirst(mark.count).dropLast(mark.count)
        if inner.utf8.firstRange(of: mark.utf8) == nil { return trimmed(String(inner)) }
    }
    return words
}

/// The boxes of a list of tasks.
private let boxes = [" [ ] ", " [x] ", " [X] "]

/// Whether each line of a text is an item with a box: `- [x] done`.
func isListOfBoxes(_ text: String) -> Bool {
    let lines = linesOf(text).filter { $0.contains { !$0.isWhitespace } }
    return !lines.isEmpty
        && lines.allSatisfy { line in
            boxes.contains { line.drop(while: \.isWhitespace).dropFirst().hasPrefix($0) }
        }
}

/// The items of a text that is a list of lines with marks or numbers before them, behind a line that ends with a colon;
/// nil where other lines stand among them.
private func itemsOfLines(_ text: String) -> [String]? {
    guard text.utf8.count < 64_000 else { return nil }
    var lines = text.split(whereSeparator: \.isNewline).filter { $0.contains { !$0.isWhitespace } }
    if let first = lines.first, first.last(where: { !$0.isWhitespace }) == ":" { lines.removeFirst() }
    guard let indent = lines.first?.prefix(while: \.isWhitespace) else { return nil }
    var items: [String] = []
    for line in lines {
        guard line.hasPrefix(indent), let item = itemOfLine(line.dropFirst(indent.count)) else { return nil }
        items.append(item)
    }
    return items
}

/// What stands behind the mark or number that begins a line: `- red`, `2. green`.
private func itemOfLine(_ line: Substring) -> String? {
    var rest = line.drop { $0.isASCII && $0.isNumber }
    guard let mark = rest.popFirst(), rest.count > 1, rest.first == " " else { return nil }
    guard line.first == mark ? "-–*•+".contains(mark) : ".)".contains(mark) else { return nil }
    return withoutMarks(trimmed(String(boxes.contains { rest.hasPrefix($0) } ? rest.dropFirst(4) : rest)))
}
