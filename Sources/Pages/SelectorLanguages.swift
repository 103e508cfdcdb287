import Programs

/// The language of each element of a page: its own `lang`, else that of the element around it.
struct ElementLanguages {
    /// Each language once, in small letters.
    private(set) var languages: [String] = []
    /// The place of each node's language; -1 where none is said.
    private var places: [Int32]

    init(_ tree: PageTree) {
        places = Array(repeating: -1, count: tree.count)
        var known: [String: Int32] = [:]
        let declared = ElementLanguages.declared(tree)
        for node in tree.nodes where tree.kind(node) == .element {
            let own = said(tree, node) ?? (tree.parent(node) == nil ? declared : nil)
            guard let language = own?.lowercased() else {
                places[Int(node.index)] = tree.parent(node).map { places[Int($0.index)] } ?? -1
                continue
            }
            let place = known[language] ?? Int32(languages.count)
            if known[language] == nil {
                known[language] = place
                languages.append(language)
            }
            places[Int(node.index)] = place
        }
    }

    private func said(_ tree: PageTree, _ node: PageTree.Node) -> String? {
        let name = tree.isHTML ? "lang" : "xml:lang"
        return tree.attributes(node).first { $0.name == name }?.value
    }

    /// The place of an element's language in `languages`; nil where the page says none.
    func place(of element: PageTree.Node) -> Int? {
        let place = places[Int(element.index)]
        return place < 0 ? nil : Int(place)
    }

    /// What `<meta http-equiv="content-language">` says, for a page that names one language.
    private static func declared(_ tree: PageTree) -> String? {
        guard tree.isHTML, let meta = tree.nameID(of: "meta") else { return nil }
        let test = AttributeTest(
            AttributeCondition(name: "http-equiv", comparison: .equal, value: "content-language"),
            isHTML: true)
        let content = tree.nodes.lazy.filter { tree.nameID($0) == meta && test.holds($0, in: tree) }
            .compactMap { tree.attribute("content", $0) }.first
        guard let content, !content.contains(",") else { return nil }
        return content.trimmed()
    }
}

/// `:lang()`, made ready for one page.
final class LanguageTest {
    private let ranges: [[Substring]]
    /// What was found for each language of the page.
    private var known: [Int: Bool] = [:]

    init(_ ranges: [String]) {
        self.ranges = ranges.map { $0.lowercased().split(separator: "-", omittingEmptySubsequences: false) }
    }

    func holds(_ element: PageTree.Node, _ languages: ElementLanguages) -> Bool {
        guard let place = languages.place(of: element) else { return ranges.contains([""]) }
        if let answer = known[place] { return answer }
        let tags = languages.languages[place].split(separator: "-", omittingEmptySubsequences: false)
        let answer = ranges.contains { LanguageTest.fits(tags, $0) }
        known[place] = answer
        return answer
    }

    /// Extended filtering of RFC 4647: `de-CH` fits `de-Latn-CH` too, and `*-CH` any language in Switzerland.
    private static func fits(_ tags: [Substring], _ range: [Substring]) -> Bool {
        guard let first = range.first, let language = tags.first else { return false }
        guard first == language || first == "*" && !language.isEmpty else { return false }
        var next = 1
        for wanted in range.dropFirst() where wanted != "*" {
            while next < tags.count, tags[next] != wanted {
                // Behind a single letter stands what is not a part of the language.
                if tags[next].count == 1 { return false }
                next += 1
            }
            guard next < tags.count else { return false }
            next += 1
        }
        return true
    }
}
