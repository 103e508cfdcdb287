/// The label that a text means: that it is, or that it gives in a sentence.
///
/// - Returns: nil where the text means none, or perhaps several.
func label(_ text: String, _ labels: [String]) -> String? {
    labelAsWhole(text, labels) ?? labelMeant(by: text, labels)
}

/// The label that a text is, but for case, blanks and signs.
func labelAsWhole(_ text: String, _ labels: [String]) -> String? {
    let bare = bareWords(text)
    if let label = labels.first(where: { $0 == text || $0 == bare }) { return label }
    let lower = bare.lowercased()
    if let label = labels.first(where: { $0.lowercased() == lower }) { return label }
    let letters = lettersOnly(bare)
    let alike = letters.isEmpty ? [] : labels.filter { lettersOnly($0) == letters }
    return alike.count == 1 ? alike[0] : nil
}

/// The label that a sentence gives as its answer: the only one that it names, at its beginning or end, behind a
/// colon, or in quotes or bold. A sentence that denies something gives none.
func labelMeant(by text: String, _ labels: [String]) -> String? {
    let letters = Array(text.lowercased())
    // Whoever writes that much has not answered with a label.
    guard letters.count < 4_000 else { return nil }
    let named = places(of: labels, in: letters)
    let isTaken = named.reduce(into: letters.map { _ in false }) { taken, place in
        for place in place.range { taken[place] = true }
    }
    guard let first = named.first, named.allSatisfy({ $0.label == first.label }) else { return nil }
    if text.last(where: { !$0.isWhitespace && $0 != "\"" && $0 != "*" }) == "?" { return nil }
    let others = String(zip(letters, isTaken).map { $1 ? " " : $0 })
    let words = others.split { !$0.isLetter && $0 != "'" && $0 != "’" }
    let denials: Set<Substring> = [
        "not", "no", "never", "cannot", "neither", "nor", "unsure", "unclear", "unable", "unlikely", "hardly",
        "sorry", "refuse", "error", "limit", "overloaded",
    ]
    if words.contains(where: { denials.contains($0) || $0.hasSuffix("n't") || $0.hasSuffix("n’t") }) {
        return nil
    }
    if named.contains(where: { letters.isAnswer($0.range) }) { return first.label }
    // What no sentence has as a word of its own is named for no other reason.
    return isUnlikeWords(first.label) && text.utf8.firstRange(of: first.label.utf8) != nil ? first.label : nil
}

/// The labels that a text names, each once.
func labelsNamed(in text: String, _ labels: [String]) -> [String] {
    guard text.utf8.count < 4_000 else { return [] }
    let named = places(of: labels, in: Array(text.lowercased())).map(\.label)
    return labels.filter { named.contains($0) }
}

/// Where a text names labels, the longest first, so that `bug report` does not name `bug`.
private func places(of labels: [String], in letters: [Character]) -> [(label: String, range: Range<Int>)] {
    var isTaken = letters.map { _ in false }
    var named: [(label: String, range: Range<Int>)] = []
    for label in labels.sorted(by: { $0.count > $1.count }) {
        let lower = label.lowercased()
        // In a sentence `NOT_STARTED` is "not started".
        let spoken = String(lower.map { "_-".contains($0) ? " " : $0 })
        for form in spoken == lower ? [lower] : [lower, spoken] {
            for range in letters.words(Array(form)) where !isTaken[range.lowerBound] {
                for place in range { isTaken[place] = true }
                named.append((label, range))
            }
        }
    }
    return named
}

/// Whether a label is no word of a sentence: it has digits, underscores or capitals only.
private func isUnlikeWords(_ label: String) -> Bool {
    label.contains { $0.isNumber || $0 == "_" } || label.count > 2 && !label.contains { $0.isLowercase }
}

extension [Character] {
    /// Where some letters stand as words of their own.
    fileprivate func words(_ word: [Character]) -> [Range<Int>] {
        func isPart(_ place: Int) -> Bool {
            indices.contains(place) && (self[place].isLetter || self[place].isNumber || self[place] == "_")
        }
        guard !word.isEmpty, word.count <= count else { return [] }
        return (0...(count - word.count)).filter { start in
            self[start..<(start + word.count)].elementsEqual(word) && !isPart(start - 1)
                && !isPart(start + word.count)
        }.map { $0..<($0 + word.count) }
    }

    /// Whether what stands at a place is what a text gives as its answer.
    fileprivate func isAnswer(_ range: Range<Int>) -> Bool {
        let marks: Set<Character> = ["*", "\"", "'", "`", "“", "”", "‘", "’", "_", "(", ")", "[", "]"]
        let before = self[..<range.lowerBound].reversed().drop { $0 == " " }
        let after = self[range.upperBound...].drop { $0 == " " }
        if let opens = before.first, marks.contains(opens), let closes = after.first, marks.contains(closes) {
            return true
        }
        let isBehindColon = before.first { !$0.isWhitespace } == ":"
        if before.first == "\n", after.first == "\n" { return true }
        let isFirst = before.isEmpty && after.first.map { ".,:;!(-–—\n".contains($0) } ?? true
        let isLast = after.allSatisfy { $0.isWhitespace || $0 == "." || $0 == "!" }
        return isBehindColon || isFirst || isLast
    }
}

/// A text without the blanks, quotes and marks around it.
func bareWords(_ text: String) -> String {
    guard let first = text.unicodeScalars.firstIndex(where: { !isAround($0) }),
        let last = text.unicodeScalars.lastIndex(where: { !isAround($0) })
    else { return "" }
    return (isPoint(before: first, in: text) ? "." : "") + String(text.unicodeScalars[first...last])
}

/// Whether the mark before a digit is the point of a number: `.5`.
private func isPoint(before first: String.Index, in text: String) -> Bool {
    let before = text.unicodeScalars[..<first]
    guard before.last == ".", before.dropLast().last != "." else { return false }
    return ("0"..."9").contains(text.unicodeScalars[first])
}

/// Whether a character is a blank, a quote or a mark, as stand around an answer.
private func isAround(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar {
    case "\"", "'", ".", "`", "*", " ", "\n", "\t", "\r": true
    default: !scalar.isASCII && scalar.properties.isWhitespace
    }
}
