import Programs

/// Who wrote a page, as it is said in words: `By Eva Müller and Jan Novak | Staff Writers`.
enum MetadataByline {
    /// Of so many elements that may name an author, the others name none.
    static let limit = 20

    /// Whether a class or an id says that its element names who wrote the page.
    static func isNamed(_ value: String) -> Bool {
        let words = value.lowercased()
        return ["author", "byline", "autor", "auteur", "autore"].contains { words.contains($0) }
            && !["comment", "avatar", "bio", "image", "photo", "authori"].contains { words.contains($0) }
    }

    /// The names in a byline; none in a longer text, which tells of its author.
    static func names(in text: String) -> [String] {
        guard text.utf8.count < 120 else { return [] }
        let end = text.firstIndex { "|•·@/(".contains($0) || $0.isNumber } ?? text.endIndex
        var names = String(text[..<end])
        for sign in [" - ", " – ", " — ", " on ", " am ", " le "] {
            if let range = names.firstRange(of: sign) { names = String(names[..<range.lowerBound]) }
        }
        return parted(names).flatMap { $0.split(separator: ",").map { String($0).trimmed() } }.filter(
            isFullName)
    }

    /// The people that a name says when it says several; without the word before them.
    static func parted(_ name: String) -> [String] {
        let bare = withoutIntroduction(name.trimmed())
        for sign in [" and ", " & ", " und ", " et ", " y ", "; ", ", "] {
            let parts = bare.components(separatedBy: sign).map { $0.trimmed() }
            if parts.count > 1, parts.allSatisfy({ $0.contains(" ") }) { return parts.flatMap(parted) }
        }
        return [bare]
    }

    private static let introductions = [
        "written by ", "posted by ", "words by ", "text by ", "story by ", "by ", "by: ", "author: ",
        "autor: ",
        "auteur : ", "text: ",
    ]
    /// With some of these a name may begin, too: `von Trier`.
    private static let prepositions = ["von ", "par ", "por ", "di ", "door "]

    private static func withoutIntroduction(_ name: String) -> String {
        let small = name.lowercased()
        if let words = introductions.first(where: small.hasPrefix) {
            return String(name.dropFirst(words.count)).trimmed()
        }
        guard let word = prepositions.first(where: small.hasPrefix) else { return name }
        let rest = String(name.dropFirst(word.count)).trimmed()
        return rest.first?.isUppercase == true && rest.contains(" ") ? rest : name
    }

    private static let particles: Set = [
        "von", "van", "der", "den", "de", "del", "della", "di", "da", "dos", "du", "la", "le", "el", "al",
        "bin",
        "ibn", "zu", "af", "ter", "ten", "y",
    ]
    private static let offices: Set = [
        "staff", "writer", "writers", "editor", "editors", "reporter", "reporters", "correspondent",
        "journalist",
        "columnist", "contributor", "team", "redaktion", "redakteur", "redakteurin", "news", "desk", "press",
    ]

    /// Whether words are two to five that begin with capitals, and say no office.
    private static func isFullName(_ text: String) -> Bool {
        let words = text.split(separator: " ")
        return (2...5).contains(words.count) && text.utf8.count < 60
            && words.allSatisfy { $0.first?.isUppercase == true || particles.contains(String($0)) }
            && words.allSatisfy { !offices.contains($0.lowercased()) }
    }
}
