import Programs
import Values

/// The links of a page as values.
struct PageLinks {
    private let part: PagePart
    private var tree: PageTree { part.tree }
    private let base: PageBase

    init(_ part: PagePart, _ base: PageBase) {
        self.part = part
        self.base = base
    }

    /// Each link in the order of the page, as `{text, href}`, and `title` where it has one. The text of a
    /// link that shows only a picture is the picture's.
    var values: Value {
        .list(
            part.elements(concealed: true).compactMap { element in
                guard isLink(element), let reference = tree.attribute("href", element) else { return nil }
                return value(element, reference)
            })
    }

    private func isLink(_ node: PageTree.Node) -> Bool {
        tree.role(node) == .link || tree.name(node) == "area"
    }

    private func value(_ link: PageTree.Node, _ reference: String) -> Value {
        var fields: [(String, Value)] = [
            ("text", .string(text(link))), ("href", .string(base.url(of: reference))),
        ]
        if let title = tree.attribute("title", link)?.trimmed(), !title.isEmpty {
            fields.append(("title", .string(title)))
        }
        return .record(fields)
    }

    private func text(_ link: PageTree.Node) -> String {
        let part = PagePart(tree, [link], hidden: part.hidden)
        let text = PageWriter.write(part, as: .text)
        if !text.isEmpty { return text }
        if let own = tree.attribute("alt", link)?.trimmed(), !own.isEmpty { return own }
        let pictures = tree.descendants(link).filter { tree.kind($0) == .element && tree.role($0) == .image }
        let said = pictures.compactMap { tree.attribute("alt", $0)?.trimmed() }.filter { !$0.isEmpty }
        if !said.isEmpty { return said.joined(separator: " ") }
        return tree.attribute("aria-label", link)?.trimmed() ?? ""
    }
}
