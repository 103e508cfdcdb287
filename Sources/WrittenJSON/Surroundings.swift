/// What stands around the values of a text, which tells what they are there for.
struct Surroundings {
    /// What a text has a value for.
    enum Role {
        /// It is part of a sentence, or an example: never the answer.
        case none
        /// It may be the answer where nothing else is.
        case beside
        /// Nothing is said about it.
        case open
        /// It is called the answer.
        case answer
    }

    private let bytes: [UInt8]

    init(_ written: WrittenText) { bytes = written.bytes }

    func role(of found: ValueInText, isAlone: Bool) -> Role {
        if isAside(found) {
            return isAlone && endsText(found) && found.value?.isListOfWords == false ? .beside : .none
        }
        let words = wordsBefore(found, 60)
        let calls = lastPlace(
            of: ["answer", "final", "result", "output", "corrected", "fixed", "here is", "here's"], in: words)
        let examples = ["example", "e.g.", "for instance", "such as"]
        if let place = lastPlace(of: examples, in: words), place > calls ?? -1 { return .none }
        let beside = [
            "draft", "note", "schema", "input", "explanation", "instead of", "rather than", "wrong",
            "invalid",
        ]
        if let place = lastPlace(of: beside, in: words), place > calls ?? -1 { return .beside }
        return calls == nil ? .open : .answer
    }

    /// Where the last of some words begins.
    private func lastPlace(of words: [String], in text: String) -> Int? {
        let letters = Array(text.utf8)
        return words.compactMap { word -> Int? in
            let wanted = Array(word.utf8)
            guard letters.count >= wanted.count else { return nil }
            return stride(from: letters.count - wanted.count, through: 0, by: -1).first { place in
                letters[place..<(place + wanted.count)].elementsEqual(wanted)
                    && (place == 0 || !letters[place - 1].isLetter)
            }
        }.max()
    }

    /// Whether a value is part of a sentence and not what the sentence gives: a footnote `[1]`, a `{}` that is talked
    /// about.
    private func isAside(_ found: ValueInText) -> Bool {
        guard let value = found.value, !found.isFenced else { return false }
        let words = wordsBefore(found, 40)
        let isWhole = words.isEmpty && !bytes[found.range.upperBound...].prefix(200).contains { $0 > 0x20 }
        if value.isListOfWords { return !isWhole }
        if case .record(let fields) = value.content, !fields.isEmpty { return false }
        if words.hasSuffix("!") { return !isWhole }
        if found.beginsLine || words.isEmpty { return false }
        return ![":", "=", " is", " are"].contains { words.hasSuffix($0) }
    }

    private func endsText(_ found: ValueInText) -> Bool { isBlank(bytes[found.range.upperBound...]) }

    /// The words before a value in lower case, back to the value or empty line before it, at most so many bytes.
    private func wordsBefore(_ found: ValueInText, _ most: Int) -> String {
        var place = found.range.lowerBound
        // A fence and its language's name are no words.
        if found.isFenced,
            let mark = bytes[max(0, place - 24)..<place].lastIndex(where: { $0 == .backtick || $0 == .tilde })
        {
            place = mark
            while place > 0, bytes[place - 1] == .backtick || bytes[place - 1] == .tilde { place -= 1 }
        }
        let blanks = max(0, place - most)
        while place > blanks, bytes[place - 1] <= 0x20 { place -= 1 }
        let start = max(0, place - most)
        let words = String(decoding: bytes[start..<place], as: UTF8.self).lowercased()
        let paragraph = words.split(separator: "\n\n").last ?? ""
        return trimmed(String(paragraph.split(whereSeparator: { "{}".contains($0) }).last ?? ""))
    }

    /// The values by the rows in which they stand: with nothing between them but blanks, commas, fences and a word
    /// that goes on with a list.
    func rows(_ found: [ValueInText]) -> [[ValueInText]] {
        var rows: [[ValueInText]] = []
        for value in found {
            if let last = rows.last?.last,
                isGlue(last.range.upperBound..<max(last.range.upperBound, value.range.lowerBound))
            {
                rows[rows.count - 1].append(value)
            } else {
                rows.append([value])
            }
        }
        return rows
    }

    /// Whether the values of a row stand on lines of their own.
    func isLines(_ row: [ValueInText]) -> Bool {
        zip(row, row.dropFirst()).allSatisfy { before, after in
            bytes[before.range.upperBound..<after.range.lowerBound].contains(.newline)
        }
    }

    private func isGlue(_ range: Range<Int>) -> Bool {
        if bytes[range].allSatisfy({ $0 <= 0x20 || $0 == .comma }) { return true }
        guard range.count < 80 else { return false }
        let between = String(decoding: bytes[range], as: UTF8.self).lowercased()
        if isComment(between) { return true }
        let words = between.split { !$0.isLetter && !$0.isNumber }.filter { $0 != "json" && $0 != "jsonl" }
        let links: Set<Substring> = ["and", "or", "also", "then", "plus", "this", "another"]
        return words.count < 4 && words.allSatisfy { links.contains($0) }
    }

    /// Whether a text is one comment, as programs write it between the records that they list.
    private func isComment(_ text: String) -> Bool {
        let words = trimmed(text.replacing(",", with: ""))
        return words.hasPrefix("/*") && words.hasSuffix("*/")
            || (words.hasPrefix("//") || words.hasPrefix("#")) && !words.contains("\n")
    }
}
