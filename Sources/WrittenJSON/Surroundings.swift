/// What stands around the values of a text, which tells what they are there for.
struct Surroundings {
    /// What a text has a value for.
    enum Role {
        /// It is called an example: never the answer.
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

    func role(of found: ValueInText) -> Role {
        if isAside(found) { return .beside }
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
        if case .record(let fields) = value.content, !fields.isEmpty { return false }
        let before = bytes[max(0, found.range.lowerBound - 40)..<found.range.lowerBound]
        let last = before.last { $0 > 0x20 }
        let isWhole = last == nil && isBlank(bytes[found.range.upperBound...].prefix(200))
        if value.isListOfWords || last == UInt8(ascii: "!") { return !isWhole }
        if found.beginsLine || last == nil || !hasWords(before: found.range.lowerBound) { return false }
        let words = wordsBefore(found, 40)
        if !words.contains(where: \.isLetter) { return false }
        // Code gives values, too.
        return ![":", "=", " is", " are", "default", "return"].contains { words.hasSuffix($0) }
    }

    /// Whether letters stand shortly before a value, back to another.
    private func hasWords(before place: Int) -> Bool {
        for byte in bytes[max(0, place - 40)..<place].reversed() {
            if byte == .openBrace || byte == .closeBrace { return false }
            if byte.isLetter { return true }
        }
        return false
    }

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
        for value in withoutAsides(found) {
            if let last = rows.last?.last, !isDraft(last, before: value),
                isGlue(last.range.upperBound..<max(last.range.upperBound, value.range.lowerBound))
            {
                rows[rows.count - 1].append(value)
            } else {
                rows.append([value])
            }
        }
        return rows
    }

    /// Whether a value was left unfinished and begun anew in a fence.
    private func isDraft(_ first: ValueInText, before second: ValueInText) -> Bool {
        !first.isFenced && second.isFenced && first.value?.holdsCut ?? true
    }

    /// The values that may be an answer. One that is alone and ends its text is no part of a sentence.
    private func withoutAsides(_ found: [ValueInText]) -> [ValueInText] {
        if found.count == 1, let value = found[0].value, !value.isListOfWords,
            bytes[found[0].range.upperBound...].allSatisfy({ $0 <= 0x20 || $0.isCloser || $0 == .semicolon })
        {
            return found
        }
        return found.filter { !isAside($0) }
    }

    /// Whether the values of a row stand on lines of their own.
    func isLines(_ row: [ValueInText]) -> Bool {
        zip(row, row.dropFirst()).allSatisfy { before, after in
            bytes[before.range.upperBound..<after.range.lowerBound].contains(.newline)
        }
    }

    /// Whether nothing stands in a range but blanks, commas, marks of lists and fences, and at most three words that
    /// go on with a list, or one comment.
    private func isGlue(_ range: Range<Int>) -> Bool {
        var words = 0
        var start = range.lowerBound
        for place in range {
            let byte = bytes[place]
            if byte.isLetter || byte.isDigit { continue }
            if start < place, !isNumberOfItem(start..<place, after: range.lowerBound) {
                words += 1
                guard words < 4, Self.isLink(bytes[start..<place]) else { return isComment(range) }
            }
            start = place + 1
            if byte == .quote || byte.isOpener || byte.isCloser { return false }
        }
        return start == range.upperBound || Self.isLink(bytes[start..<range.upperBound])
    }

    /// Whether a number and a point or parenthesis begin a line, as of a list: `2.`.
    private func isNumberOfItem(_ word: Range<Int>, after start: Int) -> Bool {
        guard word.count < 4, bytes[word].allSatisfy(\.isDigit), word.upperBound < bytes.count,
            bytes[word.upperBound] == .point || bytes[word.upperBound] == .closeParenthesis
        else { return false }
        return bytes[start..<word.lowerBound].last { $0 != 0x20 && $0 != 0x09 } == .newline
    }

    private static func isLink(_ word: ArraySlice<UInt8>) -> Bool {
        let links: [StaticString] = ["and", "or", "also", "then", "plus", "this", "another", "json", "jsonl"]
        return word.count < 8
            && links.contains { link in
                link.utf8CodeUnitCount == word.count
                    && link.withUTF8Buffer { $0.elementsEqual(word.lazy.map { $0 | 0x20 }) }
            }
    }

    /// Whether one comment stands in a range, as programs write it between the records that they list.
    private func isComment(_ range: Range<Int>) -> Bool {
        guard range.count < 200 else { return false }
        let words = trimmed(String(decoding: bytes[range], as: UTF8.self).replacing(",", with: ""))
        return words.hasPrefix("/*") && words.hasSuffix("*/")
            || (words.hasPrefix("//") || words.hasPrefix("#")) && !words.contains("\n")
    }
}
