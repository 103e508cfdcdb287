/// Words before a value by which a model says what it is there for.
enum SurroundingWords {
    /// It is the answer.
    static let calls = [
        "answer", "final", "finally", "result", "output", "corrected", "fixed", "here is", "here's",
        "correct:",
        "should be",
    ]

    /// It only shows how one might look. In the languages whose labels are read.
    static let examples = [
        "example", "e.g.", "for instance", "such as", "beispiel", "z.b.", "z. b.", "beispielsweise",
        "exemple", "p. ex.",
        "p.ex.", "ejemplo", "p. ej.", "esempio", "exemplo", "voorbeeld", "bijv.", "przykład", "przyklad",
        "пример",
        "например", "örnek", "例如", "例：", "例:", "示例", "例えば", "예:", "예시",
    ]

    /// It is something else than the answer.
    static let beside = [
        "draft", "note", "schema", "input", "explanation", "instead of", "rather than", "wrong", "invalid",
        "sample",
        "alternative",
    ]

    /// What takes the word behind it back: `expected output`, `the tool result`.
    private static let qualifiers: Set<String> = [
        "example", "sample", "expected", "wrong", "incorrect", "invalid", "previous", "earlier", "original",
        "tool",
        "alternative",
    ]

    /// What, before the word of a call, says that none is meant: `not the answer`, `for example, the output`.
    ///
    /// - Parameter words: in lower case, up to the word.
    static func takesBack(_ words: ArraySlice<UInt8>) -> Bool {
        let sentence = clause(words, endedBy: ".!?;\n")
        if ["for example", "for instance", "e.g."].contains(where: { contains(sentence, $0) }) {
            return true
        }
        let parts = parts(of: clause(words, endedBy: ".!?;:,\n"))
        if let last = parts.last, qualifiers.contains(last) { return true }
        return parts.suffix(3).contains(where: isDenial)
    }

    /// Whether words end by one that denies what follows: `(not {…})`.
    static func endsInDenial(_ words: ArraySlice<UInt8>) -> Bool {
        parts(of: clause(words, endedBy: ".!?;\n")).last.map(isDenial) ?? false
    }

    private static func isDenial(_ word: String) -> Bool {
        word == "not" || word == "never" || word.hasSuffix("n't") || word.hasSuffix("n’t")
    }

    private static func clause(_ words: ArraySlice<UInt8>, endedBy signs: String) -> ArraySlice<UInt8> {
        guard let last = words.lastIndex(where: { signs.utf8.contains($0) }) else { return words }
        return words[(last + 1)...]
    }

    private static func parts(of words: ArraySlice<UInt8>) -> [String] {
        words.split { $0 <= 0x20 || "(:,*_`\"".utf8.contains($0) }.map { String(decoding: $0, as: UTF8.self) }
    }

    private static func contains(_ words: ArraySlice<UInt8>, _ text: String) -> Bool {
        String(decoding: words, as: UTF8.self).contains(text)
    }
}
