import OrderedCollections
package import Programs
package import Values

/// What a WEB_SCRAPE step wants of a page, read out of it.
package struct PageReader {
    let document: HTMLDocument
    let tree: PageTree
    let selectors: PageSelectors
    let base: PageBase
    /// Whether links that are selected are given as absolute urls.
    private(set) var makesAbsolute = false
    /// The part of which selectors take; nil for the whole page.
    private(set) var mainPart: PagePart?

    /// - Parameter base: the url of the page, from which its links are seen; empty where it has none.
    package init(document: HTMLDocument, base: String) {
        self.document = document
        tree = document.tree
        selectors = PageSelectors(document.tree)
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
        if fields["main"]?.asBool == true { reader.mainPart = Pages.mainPart(of: tree) }
        return try reader.readParts(fields)
    }

    private func readParts(_ fields: MapValue) throws(ProgramError) -> Value {
        let part = mainPart ?? PagePart(tree)
        var extras: [(String, Value)] = []
        if fields["links"]?.asBool == true { extras.append(("links", PageLinks(part, base).values)) }
        if fields["tables"]?.asBool == true {
            var tables = PageTables(part)
            extras.append(("tables", try tables.values()))
        }
        if fields["metadata"]?.asBool == true {
            extras.append(("metadata", .map(metadata(of: tree, base: base))))
        }
        let selection = fields["select"]
        let wantsText =
            selection == nil && extras.isEmpty || fields["format"] != nil
            || (mainPart != nil && selection == nil)
        let text = wantsText ? Value.string(written(part, fields["format"]?.asText)) : nil
        guard let selection else {
            guard !extras.isEmpty else { return text ?? .string("") }
            return .record((text.map { [("text", $0)] } ?? []) + extras)
        }
        let selected = try select(selection, from: nil)
        if extras.isEmpty, text == nil { return selected }
        var result = selected.asMap ?? MapValue(record: [("selected", selected)])
        if let text { result["text"] = text }
        for (name, value) in extras { result[name] = value }
        return .map(result)
    }

    private func written(_ part: PagePart, _ format: String?) -> String {
        switch format {
        case "markdown": PageWriter.write(part, as: .markdown, base: base)
        case "html": tree.isHTML ? HTMLWriter.write(part) : XMLWriter.write(part)
        default: PageWriter.write(part, as: .text)
        }
    }
}
