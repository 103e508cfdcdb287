import Programs
import Values

/// What a page's JSON-LD says of the page: all of its blocks, lists and graphs together.
struct LinkedData {
    /// The blocks as they stand; broken ones are left out.
    private(set) var blocks: [Value] = []
    private(set) var headline: String?
    private(set) var authors: [String] = []
    private(set) var site: String?
    private(set) var description: String?
    private(set) var image: String?
    private(set) var language: String?
    private(set) var keywords: [String] = []
    private(set) var published: String?
    private(set) var modified: String?
    private var rank = 0

    /// Blocks nest no deeper than people write them.
    private static let depthLimit = 16
    private static let blockLimit = 100

    mutating func add(_ text: String) {
        guard blocks.count < LinkedData.blockLimit else { return }
        var body = text.trimmed()[...]
        // Some pages hide the block from old browsers.
        for (opening, closing) in [("<!--", "-->"), ("//<![CDATA[", "//]]>"), ("<![CDATA[", "]]>")]
        where body.hasPrefix(opening) && body.hasSuffix(closing) {
            body = body.dropFirst(opening.count).dropLast(closing.count)
        }
        guard let block = (try? JSON.parse(String(body))) ?? (try? JSON.parse(LinkedData.mended(body))) else {
            return
        }
        blocks.append(block)
        visit(block, 0)
    }

    /// A block as JSON which pages' templates write with line breaks in its texts, commas before its brackets or a
    /// semicolon behind it.
    private static func mended(_ text: Substring) -> String {
        var output: [UInt8] = []
        var (isText, isEscaped) = (false, false)
        for byte in text.utf8 {
            if isText {
                if !isEscaped, byte == UInt8(ascii: "\"") { isText = false }
                isEscaped = !isEscaped && byte == UInt8(ascii: "\\")
                output.append(byte < 0x20 ? 0x20 : byte)
                continue
            }
            isText = byte == UInt8(ascii: "\"")
            if byte == UInt8(ascii: "}") || byte == UInt8(ascii: "]"),
                let last = output.lastIndex(where: { $0 > 0x20 }), output[last] == UInt8(ascii: ",")
            {
                output.removeSubrange(last...)
            }
            output.append(byte)
        }
        while let last = output.last, last <= 0x20 || last == UInt8(ascii: ";") { output.removeLast() }
        return String(decoding: output, as: UTF8.self)
    }

    private mutating func visit(_ value: Value, _ depth: Int) {
        guard depth < LinkedData.depthLimit else { return }
        if let items = value.asList {
            for item in items { visit(item, depth + 1) }
        } else if let map = value.asMap {
            read(map)
            for name in ["@graph", "mainEntity", "mainEntityOfPage", "itemListElement", "item"] {
                if let inner = map[name] { visit(inner, depth + 1) }
            }
        }
    }

    private mutating func read(_ map: MapValue) {
        let types = LinkedData.texts(map["@type"])
        let site = types.contains("WebSite") || types.contains("Organization")
        if site, let name = LinkedData.texts(map["name"]).first, self.site == nil { self.site = name }
        let rank = types.map(LinkedData.rank).max() ?? 0
        guard rank > self.rank else { return }
        self.rank = rank
        headline = LinkedData.texts(map["headline"]).first ?? LinkedData.texts(map["name"]).first ?? headline
        let named =
            LinkedData.texts(map["author"]) + (map["author"] == nil ? LinkedData.texts(map["creator"]) : [])
        if !named.isEmpty { authors = named }
        self.site = LinkedData.texts(map["publisher"]).first ?? self.site
        description = LinkedData.texts(map["description"]).first ?? description
        image = LinkedData.texts(map["image"], key: "url").first ?? image
        language = LinkedData.texts(map["inLanguage"]).first ?? language
        published =
            LinkedData.texts(map["datePublished"]).first ?? LinkedData.texts(map["dateCreated"]).first
            ?? published
        modified = LinkedData.texts(map["dateModified"]).first ?? modified
        let words = LinkedData.texts(map["keywords"]).flatMap(splitKeywords)
        if !words.isEmpty { keywords = words }
    }

    /// How well a thing of a type stands for its page: an article more than the page that holds it.
    private static func rank(_ type: String) -> Int {
        switch type {
        case _ where type.hasSuffix("Article") || type.hasSuffix("Posting") || type == "Report": 3
        case "Product", "Recipe", "VideoObject", "Event", "Book", "Review", "Course", "HowTo", "Dataset",
            "QAPage",
            "DiscussionForumPosting", "PodcastEpisode", "CreativeWork", "Movie", "SoftwareApplication":
            2
        case _ where type.hasSuffix("WebPage") || type.hasSuffix("Page"): 1
        default: 0
        }
    }

    /// The texts that a value holds: its own, those in its list, or the names of what it describes.
    private static func texts(_ value: Value?, key: String = "name") -> [String] {
        guard let value else { return [] }
        if let text = value.asText { return text.trimmed().isEmpty ? [] : [text.trimmed()] }
        if let items = value.asList {
            return items.prefix(50).flatMap { item in item.asList == nil ? texts(item, key: key) : [] }
        }
        guard let inner = value.asMap?[key], inner.asMap == nil else { return [] }
        return texts(inner, key: key)
    }
}

/// Keywords that stand in one text, between commas or semicolons.
func splitKeywords(_ text: String) -> [String] {
    text.split { $0 == "," || $0 == ";" }.map { String($0).trimmed() }.filter { !$0.isEmpty }
}
