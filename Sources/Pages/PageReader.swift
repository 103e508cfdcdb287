import OrderedCollections
package import Programs
package import Values

/// What a WEB_SCRAPE step wants of a page, read out of it.
package struct PageReader {
    private let document: HTMLDocument
    private let tree: PageTree
    private let base: PageBase
    /// Whether links that are selected are given as absolute urls.
    private var makesAbsolute = false

    /// - Parameter base: the url of the page, from which its links are seen; empty where it has none.
    package init(document: HTMLDocument, base: String) {
        self.document = document
        tree = document.tree
        let tree = document.tree
        let declared = try? document.select("//base[@href]").lazy.compactMap { selection in
            if case .node(let node) = selection { tree.attribute("href", node) } else { nil }
        }.first
        self.base = PageBase(url: base, declared: declared)
    }

    /// - Parameter fields: the step's fields `select`, `main`, `format`, `links`, `tables`, `metadata` and
    ///   `absolute`.
    /// - Throws: when a selector cannot be read or takes too long.
    package func read(_ fields: MapValue) throws(ProgramError) -> Value {
        var reader = self
        reader.makesAbsolute = fields["absolute"]?.asBool == true
        return try reader.readParts(fields)
    }

    private func readParts(_ fields: MapValue) throws(ProgramError) -> Value {
        let part = fields["main"]?.asBool == true ? mainPart(of: tree) : PagePart(tree)
        var extras: [(String, Value)] = []
        if fields["links"]?.asBool == true { extras.append(("links", try links(part))) }
        if fields["tables"]?.asBool == true { extras.append(("tables", try tables(part))) }
        if fields["metadata"]?.asBool == true {
            extras.append(("metadata", .map(metadata(of: tree, base: base))))
        }
        let selection = fields["select"]
        let wantsText =
            selection == nil && extras.isEmpty || fields["format"] != nil
            || (fields["main"]?.asBool == true && selection == nil)
        let text = wantsText ? Value.string(written(part, fields["format"]?.asText ?? "text")) : nil
        guard let selection else {
            guard !extras.isEmpty else { return text ?? .string("") }
            return .record((text.map { [("text", $0)] } ?? []) + extras)
        }
        let selected = try select(selection, from: part.nodes.first)
        if extras.isEmpty, text == nil { return selected }
        var result = selected.asMap ?? MapValue(record: [("selected", selected)])
        if let text { result["text"] = text }
        for (name, value) in extras { result[name] = value }
        return .map(result)
    }

    private func written(_ part: PagePart, _ format: String) -> String {
        switch format {
        case "markdown": PageWriter.write(part, as: .markdown, base: base)
        case "html": part.nodes.map(tree.html).joined(separator: "\n")
        default: PageWriter.write(part, as: .text)
        }
    }

    private func select(_ selector: Value, from node: PageTree.Node?) throws(ProgramError) -> Value {
        switch selector {
        case .string(let css): return try matches(css, node).first.map(Value.string) ?? .null
        case .list(let items):
            var all: [Value] = []
            for item in items {
                if case .string(let css) = item {
                    all += try matches(css, node).map(Value.string)
                } else if let xpath = item.asMap?["xpath"]?.asText {
                    all += try texts(document.select(xpath, from: node), nil).map(Value.string)
                } else {
                    all.append(try select(item, from: node))
                }
            }
            return .list(all)
        case .map(let map):
            if map.count == 1, let xpath = map["xpath"]?.asText {
                return try texts(document.select(xpath, from: node), nil).first.map(Value.string) ?? .null
            }
            guard let each = map["each"] else { return .map(try fields(map, node)) }
            var rows: [Value] = []
            for row in try nodes(each, node) { rows.append(.map(try fields(map, row))) }
            return .list(rows)
        case .null, .bool, .int, .uint, .double, .bytes, .timestamp, .duration, .type, .optional:
            throw ProgramError("a selector is a text, a list or a record")
        }
    }

    private func fields(_ map: MapValue, _ node: PageTree.Node?) throws(ProgramError) -> MapValue {
        var result = MapValue()
        for (name, selector) in map.entries where name != .string("each") || map["each"] == nil {
            result[key: name] = try select(selector, from: node)
        }
        return result
    }

    private func nodes(_ selector: Value, _ node: PageTree.Node?) throws(ProgramError) -> [PageTree.Node] {
        let selections: [HTMLSelection]
        if let css = selector.asText {
            selections = try document.select(CSSSelector(css).xpath, from: node, as: PageReader.subject(css))
        } else {
            selections = try document.select(selector.asMap?["xpath"]?.asText ?? ".", from: node)
        }
        return selections.compactMap { selection in
            if case .node(let node) = selection { node } else { nil }
        }
    }

    private func matches(_ css: String, _ node: PageTree.Node?) throws(ProgramError) -> [String] {
        // `@href` alone takes the attribute of the element itself, which rows of `each` need.
        if css.hasPrefix("@"), let node {
            return [attribute(String(css.dropFirst()), of: node)].compactMap(\.self)
        }
        let selector = try CSSSelector(css)
        let found = try document.select(selector.xpath, from: node, as: PageReader.subject(css))
        return texts(found, selector.attribute)
    }

    private static func subject(_ css: String) -> String { "the selector `\(css.prefix(60))`" }

    private func texts(_ selections: [HTMLSelection], _ attribute: String?) -> [String] {
        selections.compactMap { selection in
            switch selection {
            case .text(let text): text
            case .attribute(let name, let value): link(value, in: name)
            case .node(let node):
                if let attribute {
                    self.attribute(attribute, of: node)
                } else if tree.kind(node) == .element {
                    PageWriter.write(PagePart(tree, [node]), as: .text)
                } else {
                    tree.text(node)
                }
            }
        }
    }

    private func attribute(_ name: String, of node: PageTree.Node) -> String? {
        tree.attribute(name, node).map { link($0, in: name) }
    }

    /// The value of an attribute, as an absolute url where one is wanted and the attribute holds urls.
    private func link(_ value: String, in attribute: String) -> String {
        makesAbsolute && PageReader.linkAttributes.contains(attribute.lowercased())
            ? base.url(of: value) : value
    }

    private static let linkAttributes: Set = [
        "action", "background", "cite", "data", "formaction", "href", "longdesc", "poster", "src",
    ]

    private func links(_ part: PagePart) throws(ProgramError) -> Value {
        var found: [PageTree.Node] = []
        for node in part.nodes { found += try nodes(.string("a[href]"), node) }
        return .list(
            found.map { link in
                .record([
                    ("text", .string(PageWriter.write(PagePart(tree, [link]), as: .text))),
                    ("href", .string(base.url(of: tree.attribute("href", link) ?? ""))),
                ])
            })
    }

    /// Each table as a list of records when its first row names its columns, else as a list of lists.
    private func tables(_ part: PagePart) throws(ProgramError) -> Value {
        var tables: [Value] = []
        var found: [PageTree.Node] = []
        for node in part.nodes { found += try nodes(.string("table"), node) }
        for table in found {
            let rows = tableRows(table, tree)
            let hasHeader = try !document.select("(.//tr)[1]/th", from: table).isEmpty
            guard hasHeader, let header = rows.first, Set(header).count == header.count else {
                tables.append(.list(rows.map { .list($0.map(Value.string)) }))
                continue
            }
            tables.append(
                .list(rows.dropFirst().map { row in .record(zip(header, row).map { ($0, .string($1)) }) }))
        }
        return .list(tables)
    }
}
