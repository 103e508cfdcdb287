import OrderedCollections
import Programs
import Values

/// What the field `select` takes of a page.
extension PageReader {
    /// What a text, a list or a record of selectors takes.
    ///
    /// - Parameter node: the element within which they look; nil for the whole page.
    func select(_ selector: Value, from node: PageTree.Node?) throws(ProgramError) -> Value {
        switch selector {
        case .string: return try first(of: selector, from: node)
        case .list(let items):
            var all: [Value] = []
            for item in items {
                if PageReader.isSelector(item) {
                    all += try texts(selected(item, from: node)).map(Value.string)
                } else {
                    all.append(try select(item, from: node))
                }
            }
            return .list(all)
        case .map(let map):
            if PageReader.isSelector(selector) { return try first(of: selector, from: node) }
            guard let each = map["each"] else { return .map(try fields(map, node)) }
            var rows: [Value] = []
            for row in try nodes(each, node) { rows.append(.map(try fields(map, row))) }
            return .list(rows)
        case .null, .bool, .int, .uint, .double, .bytes, .timestamp, .duration, .type, .optional:
            throw ProgramError("a selector is a text, a list or a record")
        }
    }

    /// Whether it is a CSS selector or an XPath, and no list or record of some.
    private static func isSelector(_ value: Value) -> Bool {
        if case .string = value { return true }
        guard let map = value.asMap else { return false }
        return map.count == 1 && map["xpath"]?.asText != nil
    }

    private func fields(_ map: MapValue, _ node: PageTree.Node?) throws(ProgramError) -> MapValue {
        var result = MapValue()
        for (name, selector) in map.entries where name != .string("each") || map["each"] == nil {
            result[key: name] = try select(selector, from: node)
        }
        return result
    }

    /// The elements that a selector selects.
    ///
    /// - Parameters:
    ///   - selector: CSS, or a record with `xpath`.
    ///   - node: the element within which it looks; nil for the whole page.
    func nodes(_ selector: Value, _ node: PageTree.Node?) throws(ProgramError) -> [PageTree.Node] {
        try selected(selector, from: node).compactMap { selection in
            if case .node(let node) = selection { node } else { nil }
        }
    }

    private func selected(_ selector: Value, from node: PageTree.Node?) throws(ProgramError)
        -> [HTMLSelection]
    {
        let found = try everything(selector, from: node)
        guard let part = mainPart else { return found }
        // What an XPath computes stands nowhere.
        return found.filter { $0.node.map(part.holds) ?? true }
    }

    /// What a selector takes of the whole page, be it in the main part or not.
    private func everything(_ selector: Value, from node: PageTree.Node?) throws(ProgramError)
        -> [HTMLSelection]
    {
        guard let css = selector.asText else {
            return try document.select(selector.asMap?["xpath"]?.asText ?? ".", from: node)
        }
        return try selectors.select(css, from: node).map { part in
            guard let attribute = part.attribute else { return .node(part.node) }
            return .attribute(
                SelectedAttribute(name: attribute.name, element: part.node), value: attribute.value)
        }
    }

    /// The text of the first thing that a selector takes; null where it takes none.
    private func first(of selector: Value, from node: PageTree.Node?) throws(ProgramError) -> Value {
        let found = try selected(selector, from: node)
        return try texts(Array(found.prefix(1))).first.map(Value.string) ?? .null
    }

    /// Bytes of text that one selector may take: elements in each other, each with all its text, could take a page
    /// many times over.
    private static let mostBytes = 256 << 20

    private func texts(_ selections: [HTMLSelection]) throws(ProgramError) -> [String] {
        var texts: [String] = []
        var bytes = 0
        for selection in selections {
            texts.append(text(selection))
            bytes += texts.last?.utf8.count ?? 0
            guard bytes <= PageReader.mostBytes else {
                throw ProgramError(
                    "a selector takes more than \(PageReader.mostBytes >> 20) MB of text of this page")
            }
        }
        return texts
    }

    private func text(_ selection: HTMLSelection) -> String {
        switch selection {
        case .text(let text): text
        case .attribute(let attribute, let value): link(value, in: attribute.name)
        case .node(let node):
            tree.kind(node) == .element
                ? PageWriter.write(PagePart(tree, [node], hidden: mainPart?.hidden ?? []), as: .text)
                : tree.text(node)
        }
    }

    /// The value of an attribute, as an absolute url where one is wanted and the attribute holds urls.
    private func link(_ value: String, in attribute: String) -> String {
        makesAbsolute && PageReader.linkAttributes.contains(attribute.lowercased())
            ? base.url(of: value) : value
    }

    private static let linkAttributes: Set = [
        "action", "background", "cite", "data", "formaction", "href", "longdesc", "poster", "src",
    ]
}
