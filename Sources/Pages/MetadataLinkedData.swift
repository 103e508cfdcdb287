import OrderedCollections
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
        let body = LinkedData.unwrapped(text)
        guard let block = (try? JSON.parse(String(body))) ?? (try? JSON.parse(LinkedData.mended(body))) else {
            return
        }
        blocks.append(block)
        gatherNames(block, 0)
    }

    /// Reads the blocks, once all of them are there: one may name what another describes.
    mutating func finish() {
        for block in blocks { visit(block, 0) }
    }

    /// A block without the marks that hide it from old browsers, as `/*<![CDATA[*/` and `//-->`.
    private static func unwrapped(_ text: String) -> Substring {
        var body = text.trimmed()[...]
        var isWrapped = true
        while isWrapped {
            isWrapped = false
            for mark in ["<!--", "<![CDATA[", "/*", "*/", "//", ";"] where body.hasPrefix(mark) {
                body = body.dropFirst(mark.count).drop(while: \.isWhitespace)
                isWrapped = true
            }
            for mark in ["-->", "]]>", "/*", "*/", "//"] where body.hasSuffix(mark) {
                body = body.dropLast(mark.count)
                while body.last?.isWhitespace == true { body.removeLast() }
                isWrapped = true
            }
        }
        return body
    }

    /// What things are called that others name by `@id`.
    private var names: [String: String] = [:]

    private mutating func gatherNames(_ value: Value, _ depth: Int) {
        guard depth < LinkedData.depthLimit, names.count < 1_000 else { return }
        if let items = value.asList {
            for item in items { gatherNames(item, depth + 1) }
        } else if let map = value.asMap {
            if let id = map["@id"]?.asText, let name = map["name"]?.asText, names[id] == nil {
                names[id] = name
            }
            for (_, inner) in map.entries where inner.asText == nil { gatherNames(inner, depth + 1) }
        }
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
        let types = texts(map["@type"])
        let site = types.contains("WebSite") || types.contains("Organization")
        if site, let name = texts(map["name"]).first, self.site == nil { self.site = name }
        let rank = types.map(LinkedData.rank).max() ?? 0
        guard rank > self.rank else { return }
        self.rank = rank
        headline = texts(map["headline"]).first ?? texts(map["name"]).first ?? headline
        let named =
            texts(map["author"]) + (map["author"] == nil ? texts(map["creator"]) : [])
        if !named.isEmpty { authors = named }
        self.site = texts(map["publisher"]).first ?? self.site
        description = texts(map["description"]).first ?? description
        image = texts(map["image"], key: "url").first ?? image
        language = texts(map["inLanguage"]).first ?? language
        published =
            texts(map["datePublished"]).first ?? texts(map["dateCreated"]).first
            ?? published
        modified = texts(map["dateModified"]).first ?? modified
        let words = texts(map["keywords"]).flatMap(splitKeywords)
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

    /// The texts that a value holds: its own, those in its list, or the names of what it describes or names by `@id`.
    private func texts(_ value: Value?, key: String = "name") -> [String] {
        guard let value else { return [] }
        if let text = value.asText { return text.trimmed().isEmpty ? [] : [XMLText.decoded(text.trimmed())] }
        if let items = value.asList {
            return items.prefix(50).flatMap { item in item.asList == nil ? texts(item, key: key) : [] }
        }
        if key == "name", let map = value.asMap, map[key] == nil,
            let name = map["@id"]?.asText.flatMap({ names[$0] })
        {
            return [name]
        }
        guard let inner = value.asMap?[key], inner.asMap == nil else { return [] }
        return texts(inner, key: key)
    }
}

/// Keywords that stand in one text, between commas or semicolons.
func splitKeywords(_ text: String) -> [String] {
    text.split { $0 == "," || $0 == ";" }.map { String($0).trimmed() }.filter { !$0.isEmpty }
}
