import Encodings
import Programs
import Values

/// Links, images, code and tables in Markdown.
extension MarkdownWriter {
    // Links and images.

    mutating func addLink(_ element: PageTree.Node) -> MarkdownMarks {
        guard let reference = tree.attribute("href", element)?.trimmed(), !reference.isEmpty else {
            return marks
        }
        let target = base.url(of: reference)
        guard MarkdownWriter.leadsSomewhere(target) else { return marks }
        let title = tree.attribute("title", element)?.trimmed() ?? ""
        let isShown = !title.isEmpty && title == tree.text(element).trimmed()
        links.append(MarkdownSpans.Link(target: target, title: isShown ? "" : title))
        return marks.adding(.link, link: Int32(links.count - 1))
    }

    /// A link that shows nothing but an icon has the name that it gives itself.
    mutating func nameLink(_ element: PageTree.Node) {
        guard marks.link >= 0, marks.link > inline.lastLink else { return }
        let name = tree.attribute("aria-label", element) ?? tree.attribute("title", element) ?? ""
        if name == links[Int(marks.link)].title { links[Int(marks.link)].title = "" }
        Array(name.utf8).withUnsafeBufferPointer { inline.text($0, marks) }
    }

    /// Whether a url leads to a page: one that holds a program or data does not.
    private static func leadsSomewhere(_ target: String) -> Bool {
        let scheme = target.utf8.filter { $0 > 0x20 }.prefix { $0 != UInt8(ascii: ":") }
        guard scheme.count <= 10 else { return true }
        let word = String(decoding: scheme, as: UTF8.self).lowercased()
        return !["javascript", "vbscript", "data", "blob"].contains(word)
            || !target.utf8.contains(UInt8(ascii: ":"))
    }

    mutating func image(_ element: PageTree.Node) {
        let alternative = tree.attribute("alt", element)
        guard let source = tree.imageSource(element) else {
            let words = Array((alternative ?? "").utf8)
            return words.withUnsafeBufferPointer { inline.text($0, marks) }
        }
        // One that says that it has nothing to say is decoration.
        guard alternative != "", !tree.isPixel(element) else { return }
        var output = Array("![".utf8)
        let words = (alternative ?? "").utf8.withBlanksCollapsed
        MarkdownEscapes.append(words[...], to: &output, in: .brackets)
        output += "](".utf8
        let title = tree.attribute("title", element)?.trimmed() ?? ""
        MarkdownSpans.append(
            MarkdownSpans.Link(target: base.url(of: source), title: title == alternative ? "" : title),
            to: &output)
        output.append(UInt8(ascii: ")"))
        inline.written(output, marks)
    }

    /// A box that can be ticked, where it begins an item.
    mutating func box(_ element: PageTree.Node) {
        guard inline.isEmpty, lines.isAtItem, tree.attribute("type", element)?.lowercased() == "checkbox"
        else {
            return
        }
        lead = Array((tree.attribute("checked", element) == nil ? "[ ] " : "[x] ").utf8)
    }

    // Code.

    mutating func preformatted(_ element: PageTree.Node) {
        var reader = PreformattedReader()
        PagePart(tree, [element], hidden: part.hidden).walk(&reader)
        let text = reader.trimmed
        guard !text.isEmpty else { return separate() }
        separate()
        guard flow == .paragraph else { return codeLines(text) }
        let fence = [UInt8](
            repeating: UInt8(ascii: "`"), count: MarkdownSpans.fence(text, atLeast: 3))
        let language = Array((tree.codeLanguage(element) ?? "").utf8)
        lines.write(fence + language + [0x0A] + text + [0x0A] + fence, as: .code)
    }

    /// Code in a cell or a heading, where a block of it cannot stand.
    private mutating func codeLines(_ text: ArraySlice<UInt8>) {
        for line in text.split(separator: 0x0A) {
            separate()
            inline.literal(line, marks.adding(.code))
        }
        separate()
    }

    // Tables.

    /// - Returns: false where the element only lays out what is in it, which is then written as it stands.
    mutating func table(_ element: PageTree.Node) -> Bool {
        let grid = TableGrid(element, of: part)
        guard !grid.isLayout else { return false }
        let rows = grid.rows.map { row in
            row.map { cell in
                guard let cell, !cell.isContinued else { return [UInt8]() }
                return MarkdownWriter.cell(cell.node, of: part, base)
            }
        }
        guard rows.contains(where: { $0.contains { !$0.isEmpty } }) else { return true }
        if let caption = grid.caption {
            PagePart(tree, [caption], hidden: part.hidden).walk(&self)
            separate()
        }
        let width = rows.map(\.count).max() ?? 0
        let head = grid.headCount > 0 ? rows[0] : []
        var output = MarkdownWriter.line(head, width)
        output += "\n|".utf8
        for _ in 0..<width { output += " --- |".utf8 }
        for row in rows.dropFirst(grid.headCount > 0 ? 1 : 0) {
            output.append(0x0A)
            output += MarkdownWriter.line(row, width)
        }
        lines.write(output, as: .table)
        return true
    }

    private static func line(_ cells: [[UInt8]], _ width: Int) -> [UInt8] {
        var line = [UInt8(ascii: "|")]
        for place in 0..<width {
            line.append(0x20)
            if place < cells.count { line += cells[place] }
            line += place < cells.count && !cells[place].isEmpty ? " |".utf8 : "|".utf8
        }
        return line
    }
}

/// Gathers preformatted text, with each line of it where the page shows one.
private struct PreformattedReader: PageVisitor {
    private var text: [UInt8] = []

    mutating func text(_ shown: UnsafeBufferPointer<UInt8>) { text += shown.lazy.filter { $0 != 0x0D } }

    mutating func enter(_ element: PageTree.Node, _ role: ElementRole) -> Bool {
        if role == .lineBreak { text.append(0x0A) }
        if Self.beginsLine(role) { endLine() }
        return true
    }

    mutating func leave(_ element: PageTree.Node, _ role: ElementRole) {
        if Self.beginsLine(role) { endLine() }
    }

    private static func beginsLine(_ role: ElementRole) -> Bool {
        role == .block || role == .paragraph || role == .row || role == .item
    }

    private mutating func endLine() {
        if let last = text.last, last != 0x0A { text.append(0x0A) }
    }

    /// The same without the empty lines at both ends.
    var trimmed: ArraySlice<UInt8> {
        var text = text.drop { $0 == 0x0A }
        while let last = text.last, isBlank(last) { text.removeLast() }
        return text
    }
}

extension PageTree {
    /// The url of what an image shows, be it one that a program loads when it comes into sight; nil for none.
    func imageSource(_ image: Node) -> String? {
        var later: String?
        var shown: String?
        var candidate: String?
        for (name, value) in attributes(image) {
            let value = value.trimmed()
            guard !value.isEmpty else { continue }
            switch name {
            case "src": shown = value
            case "data-src", "data-original", "data-lazy-src", "data-lazy", "data-actualsrc":
                later = later ?? value
            case "srcset", "data-srcset", "data-lazy-srcset":
                var first = value.utf8.prefix { !isBlank($0) }
                while first.last == UInt8(ascii: ",") { first.removeLast() }
                let url = String(decoding: first, as: UTF8.self)
                if name == "srcset" { candidate = url } else { later = later ?? url }
            default: break
            }
        }
        let isReal = { (url: String) in !url.utf8.prefix(5).map { $0 | 0x20 }.elementsEqual("data:".utf8) }
        return [later, shown, candidate].compactMap(\.self).first(where: isReal)
    }

    /// Whether an image is the single pixel by which readers are counted.
    func isPixel(_ image: Node) -> Bool {
        func isOne(_ name: String) -> Bool {
            guard let size = attribute(name, image)?.trimmed() else { return false }
            return size == "1" || size == "0" || size == "1px" || size == "0px"
        }
        return isOne("width") && isOne("height")
    }

    /// The language of a piece of code, as its element, the one around it or the one in it says by its class;
    /// nil where none does.
    func codeLanguage(_ element: Node) -> String? {
        var nodes = [element]
        nodes += children(element).first { kind($0) == .element }.map { [$0] } ?? []
        nodes += parent(element).map { [$0] } ?? []
        for node in nodes where kind(node) == .element {
            for name in ["data-lang", "data-language"] {
                if let language = attribute(name, node).flatMap(PageTree.language) { return language }
            }
            if let language = attribute("class", node).flatMap(languageOfClass) { return language }
        }
        return nil
    }

    private func languageOfClass(_ value: String) -> String? {
        let words = value.split { $0.isWhitespace || $0 == ";" }
        for (place, word) in words.enumerated() {
            for prefix in ["language-", "lang-", "highlight-source-", "highlight-text-", "brush:"]
            where word.hasPrefix(prefix) {
                let said = word.dropFirst(prefix.count)
                let following = place + 1 < words.count ? words[place + 1] : ""
                return PageTree.language(String(said.isEmpty ? following : said))
            }
        }
        return nil
    }

    private static func language(_ word: String) -> String? {
        let word = word.trimmed()
        let isName = word.utf8.allSatisfy {
            isLetter($0) || isDigit($0) || "+#._-".utf8.contains($0)
        }
        return isName && !word.isEmpty && word.utf8.count <= 40 ? word : nil
    }
}
