// Words beside a number by which a sentence means another one.

/// Whether a word stands behind a number that makes another number of it: `5 million`, `12 percent`.
func isMultiplied(_ number: String, in text: String) -> Bool {
    text.ranges(of: number).contains { range in
        let word = text[range.upperBound...].drop { $0.isWhitespace || $0 == "-" }.prefix {
            $0.isLetter || $0 == "%"
        }
        return multipliers.contains(word.lowercased()) || word.first.map { "千百万億亿".contains($0) } == true
    }
}

private let multipliers: Set<String> = [
    "hundred", "hundreds", "thousand", "thousands", "million", "millions", "billion", "billions", "trillion",
    "dozen",
    "k", "m", "mn", "mln", "bn", "b", "lakh", "lakhs", "crore", "crores", "%", "percent", "pct", "prozent",
    "tausend",
    "tsd", "millionen", "mio", "milliarde", "milliarden", "mrd", "mille", "milliard", "milliards", "mil",
    "millón",
    "millones", "milhão", "milhões", "mila", "milione", "milioni", "miliardi",
]

/// The words of a text that have digits, without the marks around them.
func numbersNamed(in text: String) -> [String] {
    guard text.utf8.count < 16_000 else { return [] }
    return text.split(whereSeparator: { $0.isWhitespace || "*`\"()[]=:;!?".contains($0) })
        .map { String($0.last.map { ".,".contains($0) } == true ? $0.dropLast() : $0) }
        .filter { $0.utf8.contains(where: \.isDigit) }
}

/// Whether a text names a number only as a bound, or with its sign in words: `less than 5`, `> 5`, `minus 5`.
func isBound(_ number: String, in text: String) -> Bool {
    text.ranges(of: number).contains { range in
        let before = text[..<range.lowerBound].reversed().drop { $0.isWhitespace || $0 == "=" }
        let word = String(String(before.prefix(while: \.isLetter)).reversed())
        if let sign = before.first, "<>≤≥~≈±".contains(sign) { return true }
        return boundWords.contains(word.lowercased())
    }
}

private let boundWords: Set<String> = [
    "almost", "nearly", "knapp", "fast", "presque", "casi", "quase", "quasi", "than", "least", "most",
    "under", "over", "below", "above", "minus", "negative", "unter", "über",
    "mindestens",
    "höchstens", "maximal", "minimal", "als", "moins", "menos", "meno", "минус", "マイナス",
]
