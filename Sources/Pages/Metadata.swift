import Programs
package import Values

/// What a page says of itself: what it is called, who wrote it and when, and all properties that its head and its
/// elements carry.
///
/// The well-known fields are texts (`title headline description author site image language canonical published
/// modified favicon`), lists of texts (`authors tags`) or lists of records (`feeds`); what the page does not say
/// is not there. Each raw property stands beside them by its own name with its first value, unless a well-known
/// field is called so, and in `properties` with all of its values. `json_ld` has the page's JSON-LD blocks.
///
/// - Parameter base: what the page's links are seen from.
package func metadata(of tree: PageTree, base: PageBase) -> MapValue {
    var reader = MetadataReader(tree, base)
    return reader.read()
}

/// Gathers a page's metadata in one pass over its nodes.
struct MetadataReader {
    let tree: PageTree
    let base: PageBase
    private let hintReader = PageHintReader()
    private(set) var properties: [(name: String, values: [String])] = []
    private var places: [String: Int] = [:]
    /// The places of properties by their names in small letters.
    private var smallPlaces: [String: [Int]] = [:]
    private(set) var linked = LinkedData()
    private var title: String?
    private var headings: [String] = []
    /// What `<link rel=canonical>` says.
    private(set) var canonicalLink: String?
    private var favicon: (url: String, worth: Int)?
    private var feeds: [Value] = []
    private var relAuthors: [String] = []
    /// The texts of elements that are called bylines.
    private var bylines: [String] = []
    /// What microdata says of other things than the page, such as a comment's author.
    private var ofOthers: [(name: String, value: String)] = []
    /// Where a date may stand that the head does not tell: elements that hold nothing else.
    private(set) var dated: [PageTree.Node] = []

    /// Of so many elements that may hold a date, the others hold none that is the page's.
    private static let datedLimit = 200

    init(_ tree: PageTree, _ base: PageBase) {
        self.tree = tree
        self.base = base
    }

    mutating func read() -> MapValue {
        gather()
        var result = MapValue()
        func set(_ name: String, _ text: String?) {
            if let text, !text.isEmpty { result[name] = .string(text) }
        }
        set("title", title)
        set("language", language)
        set("headline", headline)
        let authors = authors
        set("author", authors.isEmpty ? first(["author"]) : authors.joined(separator: ", "))
        if !authors.isEmpty { result["authors"] = .list(authors.map(Value.string)) }
        set("site", site)
        set(
            "description",
            first(["description", "og:description", "twitter:description"]) ?? linked.description)
        set("image", (first(["og:image", "og:image:url", "twitter:image"]) ?? linked.image).map(base.url))
        let tags = tags
        if !tags.isEmpty { result["tags"] = .list(tags.map(Value.string)) }
        set("published", published)
        set("modified", modified)
        set("canonical", (canonicalLink ?? first(["og:url"])).map(base.url))
        set("favicon", favicon?.url)
        if !feeds.isEmpty { result["feeds"] = .list(feeds) }
        for (name, values) in properties where result[name] == nil { set(name, values.first) }
        if !properties.isEmpty {
            var all = properties
            for (name, value) in ofOthers {
                if let place = places[name] {
                    all[place].values.append(value)
                } else {
                    all.append((name, [value]))
                }
            }
            result["properties"] = .record(all.map { ($0.name, .list($0.values.map(Value.string))) })
        }
        if !linked.blocks.isEmpty { result["json_ld"] = .list(linked.blocks) }
        return result
    }

    // What stands where.

    private mutating func gather() {
        for node in tree.nodes where tree.kind(node) == .element {
            switch tree.name(node) {
            case "title": if title == nil { title = text(node) }
            case "meta": gatherMeta(node)
            case "link": gatherLink(node)
            case "script":
                if tree.attribute("type", node)?.lowercased().hasPrefix("application/ld+json") == true {
                    linked.add(tree.text(node))
                }
            case "h1": if headings.count < 10 { headings.append(text(node)) }
            case "time", "abbr": if dated.count < MetadataReader.datedLimit { dated.append(node) }
            default: break
            }
            gatherItem(node)
        }
        linked.finish()
    }

    private mutating func gatherMeta(_ node: PageTree.Node) {
        guard let content = tree.attribute("content", node) else { return }
        for attribute in ["name", "property", "itemprop", "http-equiv"] {
            guard let name = tree.attribute(attribute, node), !name.isEmpty else { continue }
            return attribute == "itemprop" ? addItem(name, content, node) : add(name, content)
        }
    }

    private mutating func gatherLink(_ node: PageTree.Node) {
        guard let reference = tree.attribute("href", node), !reference.isEmpty,
            let relation = tree.attribute("rel", node)?.lowercased()
        else { return }
        let words = relation.split(separator: " ")
        if words.contains("canonical"), canonicalLink == nil { canonicalLink = reference }
        let worth = words.contains("icon") ? 2 : relation.hasPrefix("apple-touch-icon") ? 1 : 0
        if worth > favicon?.worth ?? 0 { favicon = (base.url(of: reference), worth) }
        guard words.contains("alternate"), let type = tree.attribute("type", node)?.lowercased(),
            ["application/rss+xml", "application/atom+xml", "application/feed+json", "application/json"]
                .contains(type)
        else { return }
        var feed = [("url", Value.string(base.url(of: reference))), ("type", .string(type))]
        if let title = tree.attribute("title", node), !title.isEmpty {
            feed.append(("title", .string(title)))
        }
        feeds.append(.record(feed))
    }

    /// Microdata, links to authors, and elements whose names say that they hold a date.
    private mutating func gatherItem(_ node: PageTree.Node) {
        var (isItem, isRelated, hints) = (false, false, PageHints())
        tree.eachKnownAttribute(node) { attribute, value in
            switch attribute {
            case .itemprop: isItem = true
            case .rel: isRelated = true
            case .class, .id: hints.formUnion(hintReader.hints(in: value))
            case .role, .href, .style, .hidden, .ariaHidden: break
            }
        }
        if hints.contains(.about) {
            if dated.count < MetadataReader.datedLimit { dated.append(node) }
            gatherByline(node)
        }
        let name = tree.name(node)
        if isItem, name != "meta", let names = tree.attribute("itemprop", node) {
            let value =
                tree.attribute("content", node) ?? tree.attribute("datetime", node)
                ?? tree.attribute("href", node) ?? tree.attribute("src", node) ?? text(node)
            for name in names.split(separator: " ").prefix(8) where !value.isEmpty {
                addItem(String(name), value, node)
            }
        }
        if isRelated, name == "a", let relation = tree.attribute("rel", node)?.lowercased(),
            relation.split(separator: " ").contains("author")
        {
            relAuthors.append(text(node))
        }
    }

    private mutating func gatherByline(_ node: PageTree.Node) {
        guard bylines.count < MetadataByline.limit,
            ["class", "id"].contains(where: { tree.attribute($0, node).map(MetadataByline.isNamed) ?? false }
            ),
            !isInComment(node)
        else { return }
        bylines.append(text(node))
    }

    private func isInComment(_ node: PageTree.Node) -> Bool {
        var above = tree.parent(node)
        for _ in 0..<12 {
            guard let place = above else { return false }
            if tree.attribute("class", place)?.lowercased().contains("comment") == true { return true }
            above = tree.parent(place)
        }
        return false
    }

    /// A property of microdata; where it is one of another thing that the page holds, it says nothing of the page.
    private mutating func addItem(_ name: String, _ value: String, _ node: PageTree.Node) {
        if MetadataReader.ofPages.contains(name.lowercased()), isOfOther(node) {
            ofOthers.append((name, value.trimmed()))
        } else {
            add(name, value)
        }
    }

    /// The properties that tell something of the page as a whole.
    private static let ofPages: Set = [
        "author", "creator", "datepublished", "datecreated", "datemodified", "headline", "image",
        "description",
        "keywords", "inlanguage",
    ]

    /// Whether microdata stands in an item that is a property of another one: a comment, a review, an author.
    private func isOfOther(_ node: PageTree.Node) -> Bool {
        var above = tree.parent(node)
        for _ in 0..<64 {
            guard let place = above else { return false }
            if tree.attribute("itemscope", place) != nil {
                let property = tree.attribute("itemprop", place)?.lowercased() ?? ""
                return !property.isEmpty && !property.hasPrefix("mainentity")
            }
            above = tree.parent(place)
        }
        return false
    }

    private mutating func add(_ name: String, _ value: String) {
        let value = value.trimmed()
        guard let place = places[name] else {
            places[name] = properties.count
            smallPlaces[name.lowercased(), default: []].append(properties.count)
            return properties.append((name, [value]))
        }
        properties[place].values.append(value)
    }

    /// The text in an element, its blanks made one; only the beginning of a long one, and of one with many nodes.
    func text(_ node: PageTree.Node) -> String {
        var all: [UInt8] = []
        for inner in tree.descendants(node).prefix(200) where tree.kind(inner) == .text {
            all += tree.bytes(inner).prefix(2_000)
            if all.count > 2_000 { break }
        }
        let words = all.split { $0 == 0x20 || $0 >= 0x09 && $0 <= 0x0D }
        return words.map { String(decoding: $0, as: UTF8.self) }.joined(separator: " ")
    }

    // The well-known fields.

    /// The first value of the first of some properties that the page has, whatever the letters of their names.
    func first(_ names: [String]) -> String? { all(names).first }

    /// All values of some properties, in the order of the names, which are in small letters.
    func all(_ names: [String]) -> [String] {
        names.flatMap { name in
            (smallPlaces[name] ?? []).flatMap { properties[$0].values }.filter { !$0.isEmpty }
        }
    }

    var language: String? {
        let root = tree.root.flatMap { tree.attribute("lang", $0) ?? tree.attribute("xml:lang", $0) }
        if let root, !root.isEmpty { return root }
        let said =
            first(["content-language", "og:locale", "dc.language", "dcterms.language", "language"])
            ?? linked.language
        return said.map { $0.split(separator: "_").joined(separator: "-") }
    }

    var site: String? {
        first(["og:site_name", "application-name", "apple-mobile-web-app-title"]) ?? linked.site
            ?? first(["dc.publisher", "citation_journal_title", "twitter:site"])
    }

    /// What the page is called, without the name of its site.
    private var headline: String? {
        let heading = headings.count == 1 ? headings.first.flatMap { $0.isEmpty ? nil : $0 } : nil
        let named =
            first(["og:title", "twitter:title", "citation_title", "dc.title", "parsely-title"])
            ?? linked.headline
        guard let whole = named ?? title ?? heading else { return nil }
        // The title is often the heading and the site.
        if let heading, heading.utf8.count > 3, whole.utf8.count > heading.utf8.count,
            whole.hasPrefix(heading), endsName(whole.dropFirst(heading.count))
        {
            return heading
        }
        for separator in [" | ", " - ", " – ", " — ", " · ", " » ", " :: "] {
            let parts = whole.components(separatedBy: separator)
            guard parts.count > 1, let site = site?.lowercased(), let last = parts.last else { continue }
            if last.lowercased() == site { return parts.dropLast().joined(separator: separator) }
            if parts[0].lowercased() == site { return parts.dropFirst().joined(separator: separator) }
        }
        return whole
    }

    /// Whether what follows a heading in the title is the name of the site, and not the rest of a sentence.
    private func endsName(_ rest: Substring) -> Bool {
        rest.first { !$0.isWhitespace }.map { "|-–—·»«:/,;•›<>(~_".contains($0) } ?? true
    }

    private var authors: [String] {
        let said = [
            all(["author", "article:author", "dc.creator", "dcterms.creator", "citation_author"]),
            linked.authors,
            all(["parsely-author", "sailthru.author", "byl", "og:author", "twitter:data1"]).filter {
                !$0.contains { $0.isNumber }
            }, relAuthors, bylines.lazy.map(MetadataByline.names(in:)).first { !$0.isEmpty } ?? [],
        ]
        for names in said {
            var found: [String] = []
            for name in names.flatMap(MetadataByline.parted) where isName(name) && !found.contains(name) {
                found.append(name)
            }
            if !found.isEmpty { return found }
        }
        return []
    }

    private func isName(_ text: String) -> Bool {
        !text.isEmpty && text.utf8.count < 200 && !text.hasPrefix("http") && !text.contains("/")
            && !text.hasPrefix("@")
    }

    private var tags: [String] {
        let said = all(["article:tag", "keywords", "news_keywords", "parsely-tags"])
        let lists = said.isEmpty ? linked.keywords : said.flatMap(splitKeywords)
        var seen: Set<String> = []
        return lists.filter { seen.insert($0).inserted }
    }
}

extension String {
    /// The pieces between a separator, at least one.
    func components(separatedBy separator: String) -> [String] {
        var parts: [String] = []
        var rest = self[...]
        while let range = rest.firstRange(of: separator) {
            parts.append(String(rest[..<range.lowerBound]))
            rest = rest[range.upperBound...]
        }
        return parts + [String(rest)]
    }
}
