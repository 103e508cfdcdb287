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
    /// Whether a value stands in a fence that is called JSON.
    private let hasFencedJSON: Bool

    init(_ written: WrittenText) {
        bytes = written.bytes
        hasFencedJSON = written.values.contains { $0.isFencedJSON }
    }

    func role(of found: ValueInText) -> Role {
        // Beside JSON a program shows what can be done with it.
        if found.isCode || found.isProgram && hasFencedJSON || isAside(found) { return .beside }
        let words = wordsBefore(found, 60)
        let call = lastPlace(of: SurroundingWords.calls, in: words, areWhole: true)
        if let place = lastPlace(of: SurroundingWords.examples, in: words), place > call ?? -1 {
            return .none
        }
        if let place = lastPlace(of: SurroundingWords.beside, in: words), place > call ?? -1 {
            return .beside
        }
        let letters = Array(words.utf8)
        guard let call else { return SurroundingWords.endsInDenial(letters[...]) ? .beside : .open }
        return SurroundingWords.takesBack(letters[..<call]) ? .beside : .answer
    }

    /// Where the last of some words begins.
    ///
    /// - Parameter areWhole: whether no letters may stand behind them but the `s` of several: `answered` is no answer.
    private func lastPlace(of words: [String], in text: String, areWhole: Bool = false) -> Int? {
        let letters = Array(text.utf8)
        return words.compactMap { word -> Int? in
            let wanted = Array(word.utf8)
            guard letters.count >= wanted.count else { return nil }
            return stride(from: letters.count - wanted.count, through: 0, by: -1).first { place in
                guard letters[place..<(place + wanted.count)].elementsEqual(wanted),
                    place == 0 || !letters[place - 1].isLetter
                else { return false }
                let rest = letters[(place + wanted.count)...].prefix(while: \.isLetter)
                return !areWhole || rest.isEmpty || rest.elementsEqual("s".utf8)
            }
        }.max()
    }

    /// Whether a value is part of a sentence and not what the sentence gives: a footnote `[1]`, a `{}` that is talked
    /// about.
    private func isAside(_ found: ValueInText) -> Bool {
        guard let value = found.value, !found.isFenced else { return false }
        if holdsFields(value) { return false }
        if case .list(let items) = value.content, items.contains(where: holdsFields) { return false }
        let before = bytes[max(0, found.range.lowerBound - 40)..<found.range.lowerBound]
        let last = before.last { $0 > 0x20 }
        let isWhole = last == nil && isBlank(bytes[found.range.upperBound...].prefix(200))
        if value.isListOfWords || last == UInt8(ascii: "!") { return !isWhole }
        if found.beginsLine || last == nil || !hasWords(before: found.range.lowerBound) { return false }
        if last == UInt8(ascii: ">"), isBehindTag(found.range.lowerBound) { return false }
        if last == .closeBracket, isBehindMark(before) { return false }
        let words = wordsBefore(found, 40)
        if !words.contains(where: \.isLetter) { return false }
        // Code gives values, too.
        return ![":", "=", " is", " are", "default", "return"].contains { words.hasSuffix($0) }
    }

    private func holdsFields(_ value: WrittenValue) -> Bool {
        if case .record(let fields) = value.content { !fields.isEmpty } else { false }
    }

    /// Whether a tag stands before a value, and nothing before it on its line: `<answer>[1, 2]</answer>`.
    private func isBehindTag(_ place: Int) -> Bool {
        let line = bytes[max(0, place - 64)..<place]
        guard let start = line.lastIndex(of: UInt8(ascii: "<")),
            line[start...].dropFirst().prefix(while: \.isPartOfName).count > 0
        else { return false }
        return start == 0 || line[..<start].last { $0 != 0x20 && $0 != 0x09 } ?? 0x20 == .newline
    }

    /// Whether a mark of a model stands before a value: `[TOOL_CALLS]`.
    private func isBehindMark(_ before: ArraySlice<UInt8>) -> Bool {
        guard let start = before.lastIndex(of: .openBracket) else { return false }
        let word = before[start...].dropFirst().prefix { $0 != .closeBracket }
        return word.count > 2 && word.allSatisfy { $0 >= 0x41 && $0 <= 0x5A || $0 == 0x5F }
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
        while place > start, isBrace(bytes[place - 1]) || bytes[place - 1] <= 0x20 { place -= 1 }
        var first = place
        while first > start, !isBrace(bytes[first - 1]),
            !(bytes[first - 1] == .newline && first < place && bytes[first] == .newline)
        {
            first -= 1
        }
        while first < place, bytes[first] <= 0x20 { first += 1 }
        return String(decoding: bytes[first..<place], as: UTF8.self).lowercased()
    }

    private func isBrace(_ byte: UInt8) -> Bool { byte == .openBrace || byte == .closeBrace }

    /// The values by the rows in which they stand: with nothing between them but blanks, commas, fences and a word
    /// that goes on with a list.
    ///
    /// - Parameter joinsLabelled: whether records with a label before each stand in one row, too: `First: {…} Second: {…}`.
    func rows(_ found: [ValueInText], joinsLabelled: Bool = false) -> [ArraySlice<ValueInText>] {
        let values = withoutAsides(found)
        var rows: [ArraySlice<ValueInText>] = []
        var start = 0
        for place in values.indices.dropFirst() {
            let end = values[place - 1].range.upperBound
            let between = end..<max(end, values[place].range.lowerBound)
            if between.isEmpty, values[place - 1].isFenced == values[place].isFenced { continue }
            let before = values[place - 1]
            if isDraft(before, before: values[place]) || isSetOff(before, by: between)
                || before.isCode != values[place].isCode
                || !isGlue(between)
                    && !(joinsLabelled && isLabel(between) && before.isRecord && values[place].isRecord
                        && role(of: values[start]) == .open)
            {
                rows.append(values[start..<place])
                start = place
            }
        }
        if !values.isEmpty { rows.append(values[start...]) }
        return rows
    }

    /// Whether a value that is no answer ends its sentence or paragraph, so that what stands behind it is none of it.
    private func isSetOff(_ found: ValueInText, by between: Range<Int>) -> Bool {
        guard !found.isCode, role(of: found) == .beside else { return false }
        let text = bytes[between].filter { $0 != 0x20 && $0 != 0x09 && $0 != 0x0D }
        return text.starts(with: [.newline, .newline]) || text.starts(with: [.point, .newline])
    }

    /// Whether a value was left unfinished and begun anew in a fence.
    private func isDraft(_ first: ValueInText, before second: ValueInText) -> Bool {
        !first.isFenced && second.isFenced && first.value?.holdsCut ?? true
    }

    /// The values that may be an answer. One that is alone and ends its text is no part of a sentence.
    private func withoutAsides(_ found: [ValueInText]) -> [ValueInText] {
        if found.count == 1, let value = found[0].value, !value.isListOfWords,
            bytes[found[0].range.upperBound...].allSatisfy({
                $0 <= 0x20 || $0.isCloser || ";.!".utf8.contains($0)
            })
        {
            return found
        }
        // Nearly always all may be, and copying many takes long.
        guard let first = firstAside(found, from: 0) else { return found }
        var values = Array(found[..<first])
        var place = first
        while place < found.count {
            let aside = firstAside(found, from: place) ?? found.count
            values += found[place..<aside]
            place = aside + 1
        }
        return values
    }

    /// Which is the first value from a place on that is part of a sentence; nil where none is.
    private func firstAside(_ found: [ValueInText], from start: Int) -> Int? {
        var end = -1
        for place in start..<found.count {
            let isNext = found[place].range.lowerBound == end
            // What touches a value that is no part of a sentence is none, either, unless it is a word in brackets.
            if !isNext || found[place].value?.isListOfWords != false, isAside(found[place]) { return place }
            end = found[place].range.upperBound
        }
        return nil
    }

    /// Whether the values of a row stand on lines of their own.
    func isLines(_ row: ArraySlice<ValueInText>) -> Bool {
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
            if start < place, isNumberOfItem(start..<place, after: range.lowerBound) {
                start = place + 1
                continue
            }
            if start < place {
                words += 1
                guard words < 4, Self.isLink(bytes[start..<place]) else { return isComment(range) }
            }
            start = place + 1
            if byte == .quote || byte.isOpener || byte.isCloser { return false }
        }
        return start == range.upperBound || Self.isLink(bytes[start..<range.upperBound])
    }

    /// Whether a range holds a label for the record behind it that counts on, and nothing that takes the one before it back:
    /// `Second:`, `### Person 2`. Any other, such as `Cleaned:`, may say that only this one is meant.
    private func isLabel(_ range: Range<Int>) -> Bool {
        guard range.count < 120 else { return false }
        let text = String(decoding: bytes[range], as: UTF8.self)
        let lines = text.split(whereSeparator: \.isNewline).map { trimmed(String($0)) }
            .filter { !$0.isEmpty && !$0.hasPrefix("```") && $0 != "," }
        guard lines.count == 1, let line = lines.first else { return false }
        let words = line.lowercased().split { !$0.isLetter && !$0.isNumber }
        guard words.count < 7, words.allSatisfy({ !Self.otherWords.contains(String($0)) }),
            words.contains(where: { $0.allSatisfy(\.isNumber) || Self.ordinals.contains(String($0)) })
        else { return false }
        return line.hasSuffix(":") || line.hasSuffix(":**") || line.hasPrefix("#")
            || line.hasPrefix("**") && line.hasSuffix("**")
    }

    private static let ordinals: Set<String> = [
        "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth", "next",
        "another",
    ]

    /// Words before a value that is no further one of several, but a better one or another try.
    private static let otherWords: Set<String> = [
        "answer", "final", "result", "output", "corrected", "correct", "correction", "draft", "attempt",
        "try",
        "version", "option", "alternative", "revised", "updated", "rewritten", "iteration", "round", "step",
        "pass", "or", "not", "no", "instead", "better", "improved",
    ]

    /// Whether a number and a point or parenthesis begin a line, as of a list: `2.`.
    private func isNumberOfItem(_ word: Range<Int>, after start: Int) -> Bool {
        guard word.count < 4, bytes[word].allSatisfy(\.isDigit), word.upperBound < bytes.count,
            bytes[word.upperBound] == .point || bytes[word.upperBound] == .closeParenthesis
        else { return false }
        return bytes[start..<word.lowerBound].last { $0 != 0x20 && $0 != 0x09 } == .newline
    }

    private static func isLink(_ word: ArraySlice<UInt8>) -> Bool {
        let links: [StaticString] = [
            "and", "or", "also", "then", "plus", "this", "another", "json", "jsonl", "data",
        ]
        return word.count < 8
            && links.contains { link in
                link.utf8CodeUnitCount == word.count
                    && link.withUTF8Buffer { $0.elementsEqual(word.lazy.map { $0 | 0x20 }) }
            }
    }

    /// Whether one comment stands in a range, as programs write it between the records that they list.
    private func isComment(_ range: Range<Int>) -> Bool {
        guard range.count < 200, let first = bytes[range].first(where: { $0 > 0x20 && $0 != .comma }),
            first == .slash || first == .hash
        else { return false }
        let words = trimmed(String(decoding: bytes[range], as: UTF8.self).replacing(",", with: ""))
        return words.hasPrefix("/*") && words.hasSuffix("*/")
            || (words.hasPrefix("//") || words.hasPrefix("#")) && !words.contains("\n")
    }
}
