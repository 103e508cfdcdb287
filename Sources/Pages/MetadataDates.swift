extension MetadataReader {
    /// When the page was published, by RFC 3339: as its head, its JSON-LD or its elements say; else as its url or
    /// the first date in its text shows.
    var published: String? {
        let said = all(MetadataReader.published) + [linked.published].compactMap(\.self)
        return (parsed(said) ?? fromAddress ?? fromElements ?? fromText)?.text
    }

    /// When the page was changed last.
    var modified: String? {
        parsed(all(MetadataReader.modified) + [linked.modified].compactMap(\.self))?.text
    }

    /// The names of properties by which pages tell when they were published, best first, in small letters.
    private static let published = [
        "article:published_time", "og:published_time", "og:article:published_time", "datepublished",
        "article:published",
        "publication_date", "publish-date", "publish_date", "published_time", "parsely-pub-date",
        "sailthru.date",
        "citation_publication_date", "citation_date", "citation_online_date", "dc.date.issued",
        "dcterms.issued",
        "dcterms.created", "dc.date.created", "dcterms.date", "dc.date", "datecreated", "article.published",
        "article:post_time", "article_date_original", "article.created", "cxenseparse:recs:publishtime",
        "originalpublicationdate", "pubdate", "published", "published-date", "bt:pubdate",
        "rnews:datepublished",
        "shareaholic:article_published_time", "displaydate", "ptime", "pub_date", "time", "timestamp", "date",
        "date_published", "created", "creation_date", "release_date", "uploaddate", "startdate", "dc:date",
        "dc:created", "dcterms:created", "dc.created",
    ]

    private static let modified = [
        "article:modified_time", "og:updated_time", "og:modified_time", "datemodified", "article:modified",
        "lastmod",
        "last-modified", "last_modified", "dcterms.modified", "dc.date.modified", "dateupdate", "modified",
        "modificationdate", "updatetime", "revision_date", "dc.modified", "dcterms:modified",
    ]

    private var isMonthFirst: Bool {
        let language = (language ?? "").lowercased()
        return language == "en-us" || language == "en_us" || language.isEmpty || language == "en"
    }

    private func parsed(_ texts: [String]) -> PageDate? {
        for text in texts {
            if let found = date(in: text, isMonthFirst: isMonthFirst, isWhole: true) { return found }
        }
        return nil
    }

    /// The first date of an element that says that it holds one: `<time>` and what is named for it.
    private var fromElements: PageDate? {
        var weaker: PageDate?
        for node in dated where !isInComments(node) {
            let name = tree.name(node)
            let words = ((tree.attribute("class", node) ?? "") + (tree.attribute("itemprop", node) ?? ""))
                .lowercased()
            let isChange =
                words.contains("updated") && !words.contains("published") || words.contains("modified")
            for attribute in [
                "datetime", "title", "data-date", "data-time", "data-datetime", "data-timestamp",
            ] {
                guard let value = tree.attribute(attribute, node),
                    let found = date(in: value, isMonthFirst: isMonthFirst, isWhole: true)
                else { continue }
                if !isChange { return found }
                weaker = weaker ?? found
            }
            let text = text(node)
            guard name == "time" || text.utf8.count < 400,
                let found = date(in: text, isMonthFirst: isMonthFirst)
            else { continue }
            if !isChange { return found }
            weaker = weaker ?? found
        }
        return weaker
    }

    private static let comments: Set<Substring> = [
        "comments", "comment", "comment-list", "commentlist", "comments-area", "comment-body", "respond",
        "disqus_thread", "kommentare", "commentaires",
    ]

    /// Whether an element stands among what readers have written below the page.
    private func isInComments(_ node: PageTree.Node) -> Bool {
        var place: PageTree.Node? = node
        while let around = place, !["body", "main", "article"].contains(tree.name(around)) {
            let names = [tree.attribute("id", around), tree.attribute("class", around)].compactMap(\.self)
            for name in names
            where name.lowercased().split(separator: " ").contains(where: MetadataReader.comments.contains) {
                return true
            }
            place = tree.parent(around)
        }
        return false
    }

    /// A date in the page's url, as in /2019/11/20/ or /2019-11-20-title.
    private var fromAddress: PageDate? {
        let address = first(["og:url"]) ?? canonicalLink ?? base.url(of: "")
        let numbers = address.split { !($0 >= "0" && $0 <= "9") }
        for place in numbers.indices where numbers[place].utf8.count == 4 && place + 2 < numbers.endIndex {
            let (month, day) = (numbers[place + 1], numbers[place + 2])
            guard month.utf8.count <= 2, day.utf8.count <= 2, day.startIndex < address.endIndex,
                address.distance(from: numbers[place].endIndex, to: month.startIndex) == 1,
                address.distance(from: month.endIndex, to: day.startIndex) == 1
            else { continue }
            if let year = Int(numbers[place]), let month = Int(month), let day = Int(day),
                let found = PageDate(year: year, month: month, day: day)
            {
                return found
            }
        }
        for number in numbers where number.utf8.count == 8 {
            if let found = date(in: String(number), isWhole: true) { return found }
        }
        return nil
    }

    /// The first date that stands in the page's text, outside of what is no text.
    private var fromText: PageDate? {
        var looked = 0
        for node in tree.nodes where tree.kind(node) == .text {
            let bytes = tree.bytes(node)
            guard bytes.count >= 6, bytes.count <= 120, bytes.contains(where: { $0 >= 0x30 && $0 <= 0x39 }),
                let parent = tree.parent(node),
                !["script", "style", "noscript", "title"].contains(tree.name(parent))
            else { continue }
            looked += 1
            guard looked < 2_000 else { return nil }
            if let found = date(in: String(decoding: bytes, as: UTF8.self), isMonthFirst: isMonthFirst) {
                return found
            }
        }
        return nil
    }
}
