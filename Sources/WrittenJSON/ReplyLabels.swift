/// No label has so many bytes, and letters of a long text take long.
let longestLabel = 16_000

/// The label that a text is, but for case, blanks and signs.
func labelAsWhole(_ text: String, _ labels: [String]) -> String? {
    let bare = bareWords(text)
    if let label = labels.first(where: { $0 == text || $0 == bare }) { return label }
    guard bare.utf8.count < longestLabel else { return nil }
    let lower = bare.lowercased()
    if let label = labels.first(where: { $0.lowercased() == lower }) { return label }
    let letters = lettersOnly(bare)
    let alike = letters.isEmpty ? [] : labels.filter { lettersOnly($0) == letters }
    return alike.count == 1 ? alike[0] : nil
}

/// The label that a sentence gives as its answer: the only one that it names, at its beginning or end, behind a
/// colon, or in quotes or bold. A sentence that denies something gives none.
func labelMeant(by text: String, _ labels: [String]) -> String? { labelMeant(by: text, LabelForms(labels)) }

/// The same for one of many texts.
func labelMeant(by text: String, _ forms: LabelForms) -> String? {
    // Whoever writes that much has not answered with a label.
    guard text.utf8.count < LabelForms.longestText else { return nil }
    let letters = Array(text.lowercased())
    guard letters.count < 4_000 else { return nil }
    let named = forms.places(in: letters)
    let isTaken = named.reduce(into: letters.map { _ in false }) { taken, place in
        for place in place.range { taken[place] = true }
    }
    guard let first = named.first, named.allSatisfy({ $0.label == first.label }) else { return nil }
    if text.last(where: { !$0.isWhitespace && $0 != "\"" && $0 != "*" }) == "?" { return nil }
    let others = String(zip(letters, isTaken).map { $1 ? " " : $0 })
    let words = others.split { !$0.isLetter && $0 != "'" && $0 != "’" }
    if words.contains(where: isDenial) || deniedWithoutBlanks.contains(where: others.contains) { return nil }
    // Behind a label these are mostly of the reason for it: `spam: it breaks the rules`.
    let before = String(letters[..<first.range.lowerBound]).split { !$0.isLetter }
    if (words.count < 4 ? words : before).contains(where: doubts.contains) { return nil }
    if named.contains(where: { letters.isAnswer($0.range) }) { return first.label }
    // What no sentence has as a word of its own is named for no other reason.
    return isUnlikeWords(first.label) && text.utf8.firstRange(of: first.label.utf8) != nil ? first.label : nil
}

/// Words by which a sentence denies something, or says that it does not know, in the languages that models answer in.
private let denials: Set<Substring> = [
    "not", "no", "non", "never", "cannot", "neither", "nor", "none", "except", "excluding", "formerly",
    "unsure", "unclear", "unable", "unlikely", "hardly", "sorry", "refuse", "error", "limit", "overloaded",
    "kein", "keine", "keinen", "keinem", "keiner", "keines", "nicht", "nie", "niemals", "weder", "kaum",
    "unklar",
    "pas", "jamais", "aucun", "aucune", "nunca", "ningún", "ninguno", "ninguna", "tampoco",
    "não", "nem", "nenhum", "nenhuma", "nessun", "nessuno", "nessuna", "niet", "geen", "nooit",
    "inte", "ikke", "ingen", "żaden", "nigdy", "není", "не", "нет", "ни", "никогда", "değil", "hiç",
    "नहीं", "ليس", "ليست", "لا", "لیس",
]

/// Words that deny the label behind them, or one that they stand alone with.
private let doubts: Set<Substring> = [
    "anything", "without", "false", "wrong", "incorrect", "untrue", "exclude", "excludes", "excluded", "rule",
    "rules", "ruled", "ni", "né", "ej",
]

/// The same in languages that part their words otherwise.
private let deniedWithoutBlanks = [
    "ではない", "ではなく", "じゃない", "ません", "分からない", "わからない", "不是", "不属于", "不屬於", "并非", "並非", "没有", "沒有",
    "无法", "無法", "不确定", "아니", "아닙", "않", "없", "ไม่",
]

private func isDenial(_ word: Substring) -> Bool {
    if denials.contains(word) { return true }
    // English has it at the end of a word, French at the beginning.
    return ["'", "’"].contains { word.hasSuffix("n\($0)t") || word.hasPrefix("n\($0)") }
}

/// The labels that a text names, each once.
func labelsNamed(in text: String, _ labels: [String]) -> [String] {
    guard text.utf8.count < 4_000 else { return [] }
    let named = LabelForms(labels).places(in: Array(text.lowercased())).map(\.label)
    return labels.filter { named.contains($0) }
}

/// Whether a label is no word of a sentence: it has digits, underscores or capitals only.
private func isUnlikeWords(_ label: String) -> Bool {
    label.contains { $0.isNumber || $0 == "_" } || label.count > 2 && !label.contains { $0.isLowercase }
}

extension [Character] {
    /// Whether what stands at a place is what a text gives as its answer.
    fileprivate func isAnswer(_ range: Range<Int>) -> Bool {
        let marks: Set<Character> = [
            "*", "\"", "'", "`", "“", "”", "„", "‘", "’", "‚", "«", "»", "‹", "›", "「", "」", "『", "』", "_",
            "(", ")",
            "[", "]",
        ]
        let blanks: Set<Character> = [" ", "\u{A0}", "\u{202F}"]
        let before = self[..<range.lowerBound].reversed().drop { blanks.contains($0) }
        let after = self[range.upperBound...].drop { blanks.contains($0) }
        if let opens = before.first, marks.contains(opens), let closes = after.first, marks.contains(closes) {
            return true
        }
        let isBehindColon = before.first { !$0.isWhitespace } == ":"
        if before.first == "\n", after.first == "\n" { return true }
        let isFirst = before.isEmpty && after.first.map { ".,:;!()-–—\n".contains($0) } ?? true
        let isLast = after.allSatisfy { $0.isWhitespace || $0 == "." || $0 == "!" }
        return isBehindColon || isFirst || isLast
    }
}

/// A text without the blanks, quotes and marks around it.
func bareWords(_ text: String) -> String {
    func isPlain(_ byte: UInt8?) -> Bool { byte.map { $0 < 0x80 && ($0.isLetter || $0.isDigit) } ?? false }
    if isPlain(text.utf8.first), isPlain(text.utf8.last) { return text }
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
