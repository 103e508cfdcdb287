/// A text that is never shown, and the secret's name that is shown for it: the secret itself, or a credential
/// that was made from it.
struct HiddenText: Sendable {
    let name: String
    let text: String

    /// A shorter text turns up by chance.
    static let shortest = 8
    /// A text of blanks or quotes has next to nothing left once those that stand together count once.
    private static let fewestBytes = 6

    /// The bytes that are looked for: white space at both ends often does not come along.
    private var bytes: [UInt8] { HiddenText.trimmed(Array(text.utf8)) }

    var isMaskable: Bool {
        String(decoding: bytes, as: UTF8.self).unicodeScalars.count >= HiddenText.shortest
            && ByteTables.fold(bytes).count >= HiddenText.fewestBytes
    }

    /// The number that the text is, when it is one: how it comes back where somebody took it for a number.
    var number: Double? {
        let isNumber = bytes.allSatisfy { $0 == UInt8(ascii: ".") || ByteTables.hexadecimal[Int($0)] < 10 }
        return isNumber
            ? Double(String(decoding: bytes, as: UTF8.self)).flatMap { $0.isFinite ? $0 : nil } : nil
    }

    /// What to look for in a text whose encodings are undone while it is looked through, folded.
    ///
    /// A text that itself holds what looks like an escape (`%41`) may have that undone as well.
    var patterns: [[UInt8]] {
        var spellings = [bytes, HiddenText.withoutEnd(bytes)]
        for _ in 0..<3 {
            spellings.append(HiddenText.withoutEnd(Escapes.decoded(spellings[spellings.count - 1])))
        }
        // In a form each blank is a `+`, which counts even where several stand together.
        let forms = spellings.map { $0.map { $0 == ByteTables.blank ? UInt8(ascii: "+") : $0 } }
        return (spellings + forms).map(ByteTables.fold).filter { $0.count >= HiddenText.fewestBytes }
    }

    /// The same in UTF-16, of both orders of bytes.
    var widePatterns: [[UInt8]] {
        let units = Array(String(decoding: bytes, as: UTF8.self).utf16)
        let low = units.flatMap { [UInt8($0 & 0xFF), UInt8($0 >> 8)] }
        let high = units.flatMap { [UInt8($0 >> 8), UInt8($0 & 0xFF)] }
        return [low, high].map(ByteTables.fold)
    }

    /// Trimmed, and without what takes the text behind it for its own: the beginning of an escape.
    private static func withoutEnd(_ bytes: [UInt8]) -> [UInt8] {
        Array(trimmed(bytes).reversed().drop(while: Escapes.begins).reversed())
    }

    private static func trimmed(_ bytes: [UInt8]) -> [UInt8] {
        let rest = bytes.drop(while: ByteTables.isWhitespace)
        return Array(rest.reversed().drop(while: ByteTables.isWhitespace).reversed())
    }
}

/// The texts to hide, made ready for the search.
struct SecretForms: Sendable {
    let automaton: SecretAutomaton
    /// The names of each pattern's texts, the one to show first.
    let names: [[String]]
    /// The fewest bytes that any form has.
    let shortest: Int
    private let longest: Int
    /// How many bytes of a decoded text may belong to the same form: it may be escaped,
    /// which takes up to twenty bytes for one where escapes stand in escapes.
    let overlap: Int
    /// The marks that stand for the texts.
    let marks: [[UInt8]]

    /// - Returns: nil where there is nothing to hide.
    init?(_ hidden: [HiddenText]) {
        var names: [[UInt8]: [String]] = [:]
        var longest = 0
        for text in hidden where text.isMaskable {
            for pattern in text.patterns {
                names[pattern, default: []].append(text.name)
                longest = max(longest, pattern.count)
            }
            for pattern in text.widePatterns { names[pattern, default: []].append(text.name) }
        }
        guard let shortest = names.keys.map(\.count).min() else { return nil }
        let patterns = names.keys.sorted { $0.lexicographicallyPrecedes($1) }
        automaton = SecretAutomaton(patterns)
        self.names = patterns.map { Set(names[$0] ?? []).sorted() }
        self.shortest = shortest
        self.longest = longest
        overlap = 24 * longest + 64
        marks = Set(hidden.map(\.name)).sorted().map(SecretForms.mark)
    }

    /// How many bytes without an escape may belong to the same form, where so many codes are undone still:
    /// hexadecimal digits take two bytes for one each time, and so does UTF-16.
    func reach(codes: Int) -> Int { (2 * longest) << codes + 64 }

    static func mark(_ name: String) -> [UInt8] { Array("[secret \(name)]".utf8) }
}
